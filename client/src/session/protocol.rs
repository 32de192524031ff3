//! The protocol of docs/protocol.md as far as a client reads it: what kind a received line is, and
//! what events mean. It keeps no state and never fails: a line of no known kind is `Other`.

pub(crate) use super::typed::Typed;

/// Longest line that the server takes, in bytes.
pub(crate) const LINE_BYTES: usize = 1024;

/// The room in which everybody is at first.
pub(crate) const LOBBY: &str = "lobby";

/// How reasons begin for which nobody is to come back by themselves.
const DISMISSALS: [&str; 8] = [
    "the operator removed you",
    "o operador encerrou",
    "you are banned",
    "a sua entrada está proibida",
    "you logged in elsewhere",
    "você entrou por outra conexão",
    "your lines are too long",
    "suas linhas são longas demais",
];

/// A received line by its kind; the texts are parts of the line.
#[derive(Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the form of each kind names its fields")]
pub enum Line<'a> {
    /// `<NAME> TEXT`, or `<NAME REMARK> TEXT`, where the remark says whom the line answers or that it was edited.
    Public {
        name: &'a str,
        remark: &'a str,
        text: &'a str,
    },
    /// `[HEAD] TEXT`; the last word of the head is the name.
    Private {
        head: &'a str,
        name: &'a str,
        text: &'a str,
    },
    /// `~ NAME TEXT`
    Action { name: &'a str, text: &'a str },
    /// `* TEXT`
    Event(&'a str),
    /// `! TEXT`
    Error(&'a str),
    /// `#ROOM LINE`: a public line, an action or an event of a room that the user is in but does not
    /// speak in.
    OtherRoom { room: &'a str, line: Box<Line<'a>> },
    /// `[ID] LINE`: a line that others can refer to, for users who want to see ids.
    WithId { id: &'a str, line: Box<Line<'a>> },
    /// Anything else; a papo server never sends it.
    Other(&'a str),
}

impl<'a> Line<'a> {
    /// Parse a received line.
    pub fn parse(line: &'a str) -> Line<'a> {
        let known = Line::of_room(line).or_else(|| Line::of_other_room(line));
        known.unwrap_or(Line::Other(line))
    }

    fn of_room(line: &'a str) -> Option<Line<'a>> {
        let mut rest = line.chars();
        Some(match rest.next()? {
            '<' => {
                let (head, text) = rest.as_str().split_once("> ")?;
                let (name, remark) = head.split_once(' ').unwrap_or((head, ""));
                Line::Public { name, remark, text }
            }
            '[' => {
                let (head, text) = rest.as_str().split_once("] ")?;
                if !head.contains(' ') {
                    let line = Box::new(Line::of_room(text)?);
                    return Some(Line::WithId { id: head, line });
                }
                // One that has waited has its time behind the name.
                let name = last_word(head.split(',').next().unwrap_or(head));
                Line::Private { head, name, text }
            }
            '~' => {
                let (name, text) = rest.as_str().strip_prefix(' ')?.split_once(' ')?;
                Line::Action { name, text }
            }
            '*' => Line::Event(rest.as_str().strip_prefix(' ')?),
            '!' => Line::Error(rest.as_str().strip_prefix(' ')?),
            _ => return None,
        })
    }

    fn of_other_room(line: &'a str) -> Option<Line<'a>> {
        let (room, rest) = line.strip_prefix('#')?.split_once(' ')?;
        match Line::of_room(rest)? {
            Line::Private { .. } | Line::Error(_) => None,
            line => Some(Line::OtherRoom {
                room,
                line: Box::new(line),
            }),
        }
    }

    /// The room in which the user speaks now, if the line tells that.
    pub(crate) fn speaks_in(&self) -> Option<&'a str> {
        let Line::Event(text) = self else { return None };
        match Event::parse(text) {
            Event::SpeaksIn(room) => Some(room),
            _ => None,
        }
    }

    /// The names that the line tells.
    pub(super) fn names(&self) -> Vec<&'a str> {
        match self {
            Line::Public { name, .. } | Line::Private { name, .. } | Line::Action { name, .. } => {
                vec![name]
            }
            // A line of before, which has its time first.
            Line::Event(text) if text.starts_with('[') => Vec::new(),
            Line::Event(text) => names_told(text),
            Line::OtherRoom { line, .. } | Line::WithId { line, .. } => line.names(),
            Line::Error(_) | Line::Other(_) => Vec::new(),
        }
    }
}

/// The events that change what the client does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    NameQuestion,
    PasswordQuestion,
    /// The server accepted this name.
    Welcome(&'a str),
    /// The user has this name now.
    Renamed(&'a str),
    /// The user speaks in this room now.
    SpeaksIn(&'a str),
    /// Somebody with this name has another one.
    OtherName(&'a str, &'a str),
    /// The user is not in this room any more.
    NotIn(&'a str),
    /// The server's last line to a user who left or is not wanted. Others, as that of a server that stops or is
    /// full, do not end the conversation.
    Dismissal,
    Other,
}

impl<'a> Event<'a> {
    /// Parse the text of an event. Only the server writes these beginnings: events about users begin
    /// with a name, and a name holds neither a comma nor a space.
    pub(super) fn parse(text: &'a str) -> Event<'a> {
        let told = Event::of_user(text).or_else(|| Event::of_somebody(text));
        told.unwrap_or(Event::Other)
    }

    fn of_user(text: &'a str) -> Option<Event<'a>> {
        let after = |beginnings: &[&str]| after(text, beginnings);
        if let Some(rest) = after(&["welcome, ", "boas-vindas, "]) {
            return Some(Event::Welcome(rest.split_once('!')?.0));
        }
        if let Some(rest) = after(&["you are now ", "seu nome agora é "]) {
            return Some(Event::Renamed(last_word(rest)));
        }
        if after(&["papo: what is the password ", "papo: qual é a senha "]).is_some() {
            return Some(Event::PasswordQuestion);
        }
        if after(&["papo: "]).is_some() {
            return Some(Event::NameQuestion);
        }
        if after(&["bye, ", "até logo, ", "bye: ", "até logo: "]).is_some() {
            let why = text.split_once(": ").map(|(_, why)| why);
            let is_meant = why.is_none_or(|why| self::after(why, &DISMISSALS).is_some());
            return is_meant.then_some(Event::Dismissal);
        }
        if let Some(room) = after(&["you are alone in ", "você está só em "]) {
            return Some(Event::SpeaksIn(word(room)?));
        }
        if let Some(with) = after(&["you are in ", "você está em "]) {
            let (room, rest) = with.split_once(' ')?;
            return self::after(rest, &["with ", "com "]).map(|_| Event::SpeaksIn(room));
        }
        let english = || after(&["you are not in "])?.strip_suffix(" any more");
        let room = after(&["você não está mais em "]).or_else(english)?;
        Some(Event::NotIn(word(room)?))
    }

    fn of_somebody(text: &'a str) -> Option<Event<'a>> {
        let (name, rest) = text.split_once(' ')?;
        let to = after(rest, &["is now ", "agora é "])?;
        Some(Event::OtherName(name, to))
    }
}

/// What stands behind the first of these beginnings that the text has.
pub(super) fn after<'a>(text: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    beginnings.iter().find_map(|b| text.strip_prefix(b))
}

/// The text, if it is a single word.
fn word(text: &str) -> Option<&str> {
    (!text.contains(' ')).then_some(text)
}

/// The names that an event tells: who came, and who is here.
fn names_told(text: &str) -> Vec<&str> {
    let comes = |moved: &Moved| matches!(moved.way, Way::Came | Way::Back);
    let moved = Moved::parse(text).filter(comes);
    let here = || counted(text, &["here", "aqui"]);
    let with = || {
        let text = text.split(';').next()?;
        after(text, &["welcome, ", "boas-vindas, ", "you are ", "você "])?;
        let mut marks = [" with ", " com "].into_iter();
        marks.find_map(|mark| Some(text.split_once(mark)?.1))
    };
    // A name holds no space, so "3 others" and "mais 807" fall out.
    let told = || parts(here().or_else(with).unwrap_or_default()).filter_map(word);
    moved.map_or_else(|| told().collect(), |moved| moved.names)
}

/// The parts of a list of names.
fn parts(list: &str) -> impl Iterator<Item = &str> {
    let parts = list.split(", ").flat_map(|part| part.split(" and "));
    parts.flat_map(|part| part.split(" e "))
}

/// The list of `2 here: ana, bob`, or of something else that is counted.
pub(super) fn counted<'a>(text: &'a str, what: &[&str]) -> Option<&'a str> {
    let (head, list) = text.split_once(": ")?;
    let (number, counted) = head.split_once(' ')?;
    let is_number = number.bytes().all(|b| b.is_ascii_digit());
    (is_number && what.contains(&counted)).then_some(list)
}

/// How many `807 others` or `mais 807` are.
fn number(part: &str) -> Option<usize> {
    let number = part.strip_prefix("mais ").or_else(|| {
        let (number, others) = part.split_once(' ')?;
        ["other", "others"].contains(&others).then_some(number)
    });
    number?.parse::<u32>().ok().map(|number| number as usize)
}

/// The parts of a list that are names, perhaps with a remark behind them.
pub(super) fn named(list: &str) -> impl Iterator<Item = &str> {
    parts(list).filter(|part| number(part).is_none())
}

/// How many more a list has.
pub(super) fn unnamed(list: &str) -> usize {
    let numbers = parts(list).filter_map(number);
    numbers.fold(0, usize::saturating_add)
}

/// Who came or went, as an event tells it.
#[derive(Debug)]
pub(crate) struct Moved<'a> {
    pub(crate) names: Vec<&'a str>,
    /// How many more, without their names.
    pub(crate) others: usize,
    pub(crate) way: Way,
    /// Nothing is told but that: no reason that is news, nor that somebody is none of papo's.
    pub(crate) is_usual: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Came,
    Back,
    Left,
    /// To another room.
    Went,
}

/// What stands behind the names.
#[rustfmt::skip]
const WAYS: [(&str, Way); 12] = [
    (" joined", Way::Came), (" is back", Way::Back), (" are back", Way::Back), (" entrou", Way::Came),
    (" entraram", Way::Came), (" voltou", Way::Back), (" voltaram", Way::Back), (" left", Way::Left),
    (" saiu", Way::Left), (" saíram", Way::Left), (" went to", Way::Went), (" foi para", Way::Went),
];

impl<'a> Moved<'a> {
    /// Parse the text of an event.
    pub(crate) fn parse(text: &'a str) -> Option<Moved<'a>> {
        WAYS.iter().find_map(|&(mark, way)| {
            // The last one, or the first with a reason behind it: somebody may be called "left".
            let whole = text.strip_suffix(mark).map(|list| (list, ""));
            let (list, rest) = whole.or_else(|| text.split_once(mark))?;
            let is_told = match way {
                Way::Came | Way::Back => ["", " (direct)", " (direto)"].contains(&rest),
                Way::Left | Way::Went => rest.is_empty() || rest.starts_with([':', ' ']),
            };
            let usual = ["", " (connection lost)", " (conexão perdida)"];
            let names: Vec<&str> = named(list).collect();
            let is_name = |name: &&str| !name.is_empty() && !name.contains([' ', ',']);
            (is_told && names.iter().all(is_name)).then(|| Moved {
                names,
                others: unnamed(list),
                way,
                is_usual: usual.contains(&rest) || rest.starts_with(": \""),
            })
        })
    }
}

/// The rooms that an event tells: where the user is, or which rooms there are.
pub(super) fn rooms_told(text: &str) -> Vec<&str> {
    if let Event::SpeaksIn(room) = Event::parse(text) {
        return vec![room];
    }
    let list = counted(text, &["room", "rooms", "sala", "salas"]);
    let rooms = list.unwrap_or_default().split(", ");
    rooms
        .filter_map(|part| Some(part.split_once(" (")?.0))
        .collect()
}

fn last_word(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or(text)
}

#[cfg(test)]
mod tests;
