//! Parses what a receiver got, line by line, in either language: the same event becomes the same
//! value. Written from docs/protocol.md; it shares no code with the server's dialects.

use std::collections::BTreeSet;

use crate::about::{self, About};
pub(crate) use crate::forms::Form;
use crate::forms::{papo_of_vpn, remove_own_join};
use crate::messages;
use crate::notices::notice;
use crate::relayed::of_relay;

/// A line that everybody in a room gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    Said {
        from: String,
        text: String,
    },
    Acted {
        from: String,
        text: String,
    },
    Joined(Crowd),
    /// These are in the room again, or still, after a moment without a connection.
    Back(Crowd),
    Left {
        who: Crowd,
        why: String,
    },
    Went {
        who: String,
        room: String,
    },
    Renamed {
        from: String,
        to: String,
    },
    /// About a line of the room.
    About(About),
    Announced(String),
    DirectJoined(String),
    DirectLeft(String),
}

/// Some names, and how many more.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Crowd {
    pub(crate) names: Vec<String>,
    pub(crate) others: usize,
}

/// A line as its receiver got it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Entry {
    /// A line of the room, and whether it is Portuguese, if that can be seen.
    Event(Event, Option<bool>),
    /// A replayed public line or action.
    Past(Event),
    /// The lines that follow are of another day.
    Day,
    /// So many lines were missed, of which so many follow; none if it is not known.
    Missed(Option<(usize, usize)>),
    /// This many lines were lost here.
    Gap(usize),
    /// From here on it reads this room, with so many others in it.
    Enter {
        room: String,
        others: usize,
        welcome: Option<String>,
    },
    /// From here on it reads one more room, with so many others in it ...
    Also {
        room: String,
        others: usize,
    },
    /// ... or one less.
    NotIn(String),
    /// A line with the mark of this room.
    Marked(String, Box<Entry>),
    /// From here on its language is Portuguese, or English.
    Lang(bool),
    YouAre(String),
    Ignoring(String),
    Hearing(String),
    Private {
        from: String,
        text: String,
    },
    /// From here on it is an operator.
    Operator,
    /// So many lines are pinned in the room that it has come into.
    HasPins,
    AskName,
    AskPassword(String),
    /// It is asked for the operators' password.
    AskProof,
    /// A line's number, the number of lines, and the version of the message of the day.
    Motd(usize, usize, usize),
    Bye(String),
    Refused(String),
    Answer,
}

impl Entry {
    /// Whether a line of this receiver was refused because of a mute.
    pub(crate) fn is_muted(&self) -> bool {
        let is_it =
            |why: &str| why.starts_with("you are muted") || why.starts_with("você está silenciado");
        matches!(self, Entry::Refused(why) if is_it(why))
    }
}

impl Crowd {
    /// How many users they are.
    pub(crate) fn len(&self) -> usize {
        self.names.len() + self.others
    }

    /// Whether this name is, or may be, among them.
    pub(crate) fn may_have(&self, name: &str) -> bool {
        self.others > 0 || self.names.iter().any(|one| one == name)
    }

    /// `NAME, NAME and 3 others`, in either language.
    pub(crate) fn parse(text: &str) -> Option<Crowd> {
        let (list, others) = match (text.split_once(" e mais "), text.split_once(" and ")) {
            (Some((list, number)), _) => (list, number.parse().ok()?),
            (None, Some((list, rest))) if rest.contains(" other") => {
                (list, rest.split(' ').next()?.parse().ok()?)
            }
            _ => (text, 0),
        };
        let list = list.replace(" and ", ", ").replace(" e ", ", ");
        let names: Vec<String> = list.split(", ").map(str::to_owned).collect();
        let legal = |name: &String| !name.is_empty() && !name.contains([' ', ':', '@', '[']);
        names.iter().all(legal).then_some(Crowd { names, others })
    }
}

/// The lines of a transcript. A last line without an end was cut off by the connection.
///
/// I8: valid UTF-8, no control or direction character, and each line begins with the mark of its
/// kind.
pub(crate) fn entries(written: &[u8], form: Form) -> Vec<Entry> {
    if form == Form::Web {
        return messages::entries(written);
    }
    let whole = written
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let bytes = without_telnet(&written[..whole]);
    let text = String::from_utf8(bytes).expect("I8: what is sent is UTF-8");
    let since = text.find("\r\n").unwrap_or(text.len());
    let (before, after) = text.split_at(since);
    assert!(
        !before.contains('\r') && !after.replace("\r\n", "").contains(['\r', '\n']),
        "a telnet's lines end in CR LF, from when it is one: {text:?}"
    );
    let of_line = |line: &str| {
        let harms = |c: char| {
            c.is_control()
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c)
        };
        assert!(!line.contains(harms), "I8: what harms a reader: {line:?}");
        let line = match form {
            Form::Papo | Form::Web => line,
            Form::Sistema => return of_relay(line),
            Form::Vpn | Form::Either => &papo_of_vpn(line),
        };
        assert!(
            line.starts_with(['<', '[', '~', '*', '!', '#']),
            "I8: no mark: {line:?}"
        );
        of_text(line).unwrap_or(Entry::Answer)
    };
    let mut entries: Vec<Entry> = text.lines().map(of_line).collect();
    entries.retain(|entry| *entry != Entry::Day);
    if matches!(form, Form::Vpn | Form::Either) {
        remove_own_join(&mut entries, form);
    }
    entries
}

/// A line of the text dialect, if it is none of the answers that nobody looks at.
pub(crate) fn of_text(line: &str) -> Option<Entry> {
    if let Some((room, rest)) = line.strip_prefix('#').and_then(|rest| rest.split_once(' ')) {
        let entry = of_text(rest).expect("I8: a line of a room after its mark");
        return Some(Entry::Marked(room.to_owned(), Box::new(entry)));
    }
    if let Some(event) = spoken(line) {
        return Some(Entry::Event(event, None));
    }
    if let Some(rest) = line.strip_prefix('[') {
        let (head, text) = rest.split_once("] ")?;
        let from = head.rsplit(' ').next()?.to_owned();
        let text = text.to_owned();
        return Some(Entry::Private { from, text });
    }
    if let Some(rest) = line.strip_prefix("! ") {
        return Some(Entry::Refused(rest.to_owned()));
    }
    let rest = line.strip_prefix("* ")?;
    told(rest).or_else(|| notice(rest).map(|(event, pt)| Entry::Event(event, Some(pt))))
}

/// `<ana> good morning` or `~ ana waves`.
fn spoken(line: &str) -> Option<Event> {
    let own = |text: &str| text.to_owned();
    if let Some((from, text)) = line
        .strip_prefix('<')
        .and_then(|rest| rest.split_once("> "))
    {
        if let Some(about) = about::said(from, text) {
            return Some(Event::About(about));
        }
        // A line of before may have been edited.
        let from = from.split(' ').next()?;
        return Some(Event::Said {
            from: own(from),
            text: own(text),
        });
    }
    let (from, text) = line.strip_prefix("~ ")?.split_once(' ')?;
    let edited = ["(edited) ", "(corrigido) "];
    let bare = edited.iter().find_map(|mark| text.strip_prefix(mark));
    let text = bare.unwrap_or(text);
    Some(Event::Acted {
        from: own(from),
        text: own(text),
    })
}

/// A line for this receiver alone.
fn told(rest: &str) -> Option<Entry> {
    if let Some(entry) = entered(rest) {
        return Some(entry);
    }
    let last = || rest.rsplit(' ').next().unwrap_or_default().to_owned();
    let named = |word: usize| {
        let name = rest.split(' ').nth(word).unwrap_or_default();
        name.trim_end_matches([';', '?']).to_owned()
    };
    Some(match rest {
        "your language is English" => Entry::Lang(false),
        "seu idioma é português" => Entry::Lang(true),
        "papo: what is your name?" | "papo: qual é o seu nome?" => Entry::AskName,
        "papo: what is the password of the operators? (an empty line: none)"
        | "papo: qual é a senha dos operadores? (linha vazia: nenhuma)" => Entry::AskProof,
        _ if rest.starts_with("papo: what is the password") => Entry::AskPassword(named(6)),
        _ if rest.starts_with("papo: qual é a senha") => Entry::AskPassword(named(6)),
        _ if rest.starts_with("you are an operator; ") => Entry::Operator,
        _ if rest.starts_with("você é operador; ") => Entry::Operator,
        _ if rest.starts_with("you are now ") => Entry::YouAre(last()),
        _ if rest.starts_with("seu nome agora é ") => Entry::YouAre(last()),
        _ if rest.starts_with("you ignore ") && rest.contains(" now; ") => {
            Entry::Ignoring(named(2))
        }
        _ if rest.starts_with("agora você ignora ") => Entry::Ignoring(named(3)),
        _ if rest.starts_with("you do not ignore ") => Entry::Hearing(named(4)),
        _ if rest.starts_with("você não ignora mais ") => Entry::Hearing(named(4)),
        _ if rest.starts_with("bye") || rest.starts_with("até logo") => {
            Entry::Bye(rest.split_once(": ").map_or("", |(_, why)| why).to_owned())
        }
        _ if rest.starts_with("motd ") => {
            let mut numbers = rest[5..].split([' ', '/']).map(|n| n.parse().unwrap_or(0));
            let mut next = || numbers.next().unwrap_or(0);
            Entry::Motd(next(), next(), next())
        }
        _ if rest.starts_with("--- ") && rest.ends_with(" ---") => Entry::Day,
        _ if rest.contains(" pinned in ") && rest.contains("; /") => Entry::HasPins,
        _ if rest.contains(" fixada") && rest.contains("; /") => Entry::HasPins,
        _ if gap(rest).is_some() => Entry::Gap(gap(rest)?),
        _ if missed(rest).is_some() => missed(rest)?,
        _ => {
            let (time, said) = rest.strip_prefix('[')?.split_once("] ")?;
            if !is_time(time) {
                return None;
            }
            let marked = said.strip_prefix('#').and_then(|said| said.split_once(' '));
            Entry::Past(spoken(marked.map_or(said, |(_, said)| said))?)
        }
    })
}

/// `10:31`.
fn is_time(text: &str) -> bool {
    let shape = text
        .bytes()
        .map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    shape.eq(*b"00:00")
}

pub(crate) fn gap(rest: &str) -> Option<usize> {
    let is_one = rest.ends_with(": you were reading too slowly")
        || rest.ends_with(": você estava lendo devagar demais");
    rest.split(' ').next().filter(|_| is_one)?.parse().ok()
}

/// `7 lines since you were away`, and what else is said in its place.
fn missed(rest: &str) -> Option<Entry> {
    if rest.starts_with("which lines you have missed") || rest.starts_with("não se sabe que linhas")
    {
        return Some(Entry::Missed(None));
    }
    let is_it =
        rest.contains(" since you were away") || rest.contains(" enquanto você esteve fora");
    let mut numbers = rest
        .split([' ', ',', ';'])
        .filter(|_| is_it)
        .filter_map(|word| word.parse().ok());
    let count = numbers.next()?;
    let is_bounded = rest.contains("shows all") || rest.contains("mostra todas");
    let shown = if is_bounded { 0 } else { count };
    Some(Entry::Missed(Some((
        count,
        numbers.next().unwrap_or(shown),
    ))))
}

/// The welcome, or the answer to `/join`, `/also` and `/leave`.
fn entered(rest: &str) -> Option<Entry> {
    let no_more = [
        ("you are not in ", " any more"),
        ("você não está mais em ", ""),
    ];
    let room = no_more
        .iter()
        .find_map(|(before, after)| rest.strip_prefix(before)?.strip_suffix(after));
    if let Some(room) = room {
        return Some(Entry::NotIn(room.to_owned()));
    }
    let also = ["you are also in ", "você também está em "];
    if let Some(place) = also.iter().find_map(|words| rest.strip_prefix(words)) {
        let place = place.split("; ").next()?;
        let with = [" with ", " com "];
        let company = with.iter().find_map(|with| place.split_once(with));
        let (room, others) = match company {
            Some((room, crowd)) => (room, Crowd::parse(crowd)?.len()),
            None => (place.split(", ").next()?, 0),
        };
        let room = room.to_owned();
        return Some(Entry::Also { room, others });
    }
    let welcome = ["welcome, ", "boas-vindas, "]
        .iter()
        .find_map(|word| rest.strip_prefix(word)?.split_once("! "));
    let (name, place) = welcome.map_or((None, rest), |(name, rest)| (Some(name), rest));
    let place = place.split("; /").next()?;
    let alone = ["you are alone in ", "você está só em "];
    let among = [("you are in ", " with "), ("você está em ", " com ")];
    let (room, others) = match alone.iter().find_map(|words| place.strip_prefix(words)) {
        Some(room) => (room, 0),
        None => among.iter().find_map(|(words, with)| {
            let (room, crowd) = place.strip_prefix(words)?.split_once(with)?;
            Some((room, Crowd::parse(crowd)?.len()))
        })?,
    };
    Some(Entry::Enter {
        room: room.to_owned(),
        others,
        welcome: name.map(str::to_owned),
    })
}

/// Removes telnet's bytes, which are not shown.
pub(crate) fn without_telnet(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        at += match (bytes[at], bytes.get(at + 1)) {
            (255, Some(250)) => {
                let rest = &bytes[at..];
                rest.windows(2)
                    .position(|end| end == [255, 240])
                    .map_or(rest.len(), |end| end + 2)
            }
            // The Enter after a password, which was hidden as well.
            (255, Some(252)) if bytes[at..].starts_with(b"\xff\xfc\x01\r\n") => 5,
            // Moves the cursor to the beginning of its row.
            (b'\r', Some(0)) => 2,
            (255, Some(251..=254)) => 3,
            (255, _) => 2,
            (byte, _) => {
                text.push(byte);
                1
            }
        };
    }
    text
}

/// All names that the receiver had in a transcript.
pub(crate) fn own_names(entries: &[Entry]) -> BTreeSet<&str> {
    let own = entries.iter().filter_map(|entry| match entry {
        Entry::Enter { welcome, .. } => welcome.as_deref(),
        Entry::YouAre(name) => Some(name.as_str()),
        _ => None,
    });
    own.collect()
}
