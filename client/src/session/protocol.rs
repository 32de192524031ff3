//! The protocol of docs/protocol.md as far as a client reads it: what kind a received line is, and
//! what events mean. It keeps no state and never fails: a line of no known kind is `Other`.

pub(crate) use super::typed::Typed;

/// Longest line that the server takes, in bytes.
pub(crate) const LINE_BYTES: usize = 1024;

/// The room in which everybody is at first.
pub(crate) const LOBBY: &str = "lobby";

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
        Line::of_room(line)
            .or_else(|| Line::of_other_room(line))
            .unwrap_or(Line::Other(line))
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
                let name = last_word(head);
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

    /// The names that the line tells.
    pub(super) fn names(&self) -> Vec<&'a str> {
        match self {
            Line::Public { name, .. } | Line::Private { name, .. } | Line::Action { name, .. } => {
                vec![name]
            }
            // A line of before, which has its time first.
            Line::Event(text) if text.starts_with('[') => Vec::new(),
            Line::Event(text) => names_told(text).collect(),
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
    /// Somebody has another name.
    OtherName {
        from: &'a str,
        to: &'a str,
    },
    /// Somebody has left papo.
    Left(&'a str),
    /// The user is not in this room any more.
    NotIn(&'a str),
    /// The server's last line, which ends the conversation. That of a server that stops does not.
    Dismissal,
    Other,
}

impl<'a> Event<'a> {
    /// Parse the text of an event. Only the server writes these beginnings: events about users begin
    /// with a name, and a name holds neither a comma nor a space.
    pub(super) fn parse(text: &'a str) -> Event<'a> {
        let begins = |beginnings: [&str; 2]| beginnings.iter().any(|b| text.starts_with(b));
        if begins(["welcome, ", "boas-vindas, "]) {
            let rest = text.split_once(", ").map(|(_, rest)| rest);
            let name = rest.and_then(|rest| rest.split_once('!'));
            return name.map_or(Event::Other, |(name, _)| Event::Welcome(name));
        }
        if begins(["you are now ", "seu nome agora é "]) {
            return Event::Renamed(last_word(text));
        }
        if begins(["papo: what is the password ", "papo: qual é a senha "]) {
            return Event::PasswordQuestion;
        }
        if text.starts_with("papo: ") {
            return Event::NameQuestion;
        }
        if begins(["bye, ", "até logo, "]) || begins(["bye: ", "até logo: "]) {
            let stops = [": the server stops", ": o servidor vai parar"];
            return match stops.iter().any(|stops| text.ends_with(stops)) {
                true => Event::Other,
                false => Event::Dismissal,
            };
        }
        Event::of_room(text)
            .or_else(|| Event::of_somebody(text))
            .unwrap_or(Event::Other)
    }

    fn of_somebody(text: &'a str) -> Option<Event<'a>> {
        let (name, rest) = text.split_once(' ')?;
        let is_now = ["is now ", "agora é "].into_iter();
        if let Some(to) = is_now.clone().find_map(|is_now| rest.strip_prefix(is_now)) {
            return Some(Event::OtherName { from: name, to });
        }
        let left = ["left", "saiu"].into_iter();
        let how = left.clone().find_map(|left| rest.strip_prefix(left))?;
        let is_end = how.is_empty() || how.starts_with([':', ' ']);
        is_end.then_some(Event::Left(name))
    }

    fn of_room(text: &'a str) -> Option<Event<'a>> {
        let after = |beginnings: [&str; 2]| beginnings.iter().find_map(|b| text.strip_prefix(*b));
        if let Some(room) = after(["you are alone in ", "você está só em "]) {
            return Some(Event::SpeaksIn(room)).filter(|_| !room.contains(' '));
        }
        let not_in = [
            ("you are not in ", " any more"),
            ("você não está mais em ", ""),
        ];
        let left = not_in
            .iter()
            .find_map(|(before, after)| text.strip_prefix(before)?.strip_suffix(after));
        if let Some(room) = left {
            return Some(Event::NotIn(room)).filter(|_| !room.contains(' '));
        }
        let with = after(["you are in ", "você está em "])?;
        let (room, rest) = with.split_once(' ')?;
        (rest.starts_with("with ") || rest.starts_with("com ")).then_some(Event::SpeaksIn(room))
    }
}

/// The names that an event tells: who came, and who is here.
fn names_told(text: &str) -> impl Iterator<Item = &str> {
    let ends = [
        " joined",
        " is back",
        " are back",
        " entrou",
        " entraram",
        " voltou",
        " voltaram",
    ];
    let joined = ends.into_iter().find_map(|end| text.strip_suffix(end));
    let present = || {
        let lists = [" here: ", " aqui: ", " with ", " com "];
        let text = text.split(';').next()?;
        let (start, list) = lists.into_iter().find_map(|mark| text.split_once(mark))?;
        let is_list = start.bytes().all(|b| b.is_ascii_digit())
            || ["welcome, ", "boas-vindas, ", "you are ", "você "]
                .iter()
                .any(|beginning| start.starts_with(beginning));
        is_list.then_some(list)
    };
    // A name holds no space, so "3 others" and "mais 807" fall out.
    joined
        .or_else(present)
        .unwrap_or_default()
        .split(", ")
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" e "))
        .filter(|name| !name.contains(' '))
}

/// The rooms that an event tells: where the user is, and which rooms there are.
pub(super) fn rooms_told(text: &str) -> impl Iterator<Item = &str> {
    let speaks_in = match Event::parse(text) {
        Event::SpeaksIn(room) => Some(room),
        _ => None,
    };
    let listed = || {
        let (count, list) = text.split_once(": ")?;
        let (number, what) = count.split_once(' ')?;
        let is_list = number.bytes().all(|b| b.is_ascii_digit())
            && ["room", "rooms", "sala", "salas"].contains(&what);
        is_list.then_some(list)
    };
    let listed = listed().unwrap_or_default().split(", ");
    let listed = listed.filter_map(|part| part.split_once(" (").map(|(room, _)| room));
    speaks_in.into_iter().chain(listed)
}

fn last_word(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_ids() {
        let answer = |name, remark, text| Line::Public { name, remark, text };
        let (name, text) = ("ana", "waves");
        let line = Box::new(Line::Action { name, text });
        let with_id = Line::WithId { id: "a3", line };
        let answered = answer("ana", "re bob", "\"a > b\" yes");
        assert_eq!(Line::parse("<ana re bob> \"a > b\" yes"), answered);
        assert_eq!(Line::parse("[a3] ~ ana waves"), with_id);
        assert_eq!(Line::parse("[a3] hello"), Line::Other("[a3] hello"));
        let (room, line) = ("games", Box::new(answer("ana", "edited", "yes")));
        let elsewhere = Line::parse("#games <ana edited> yes");
        assert_eq!(elsewhere, Line::OtherRoom { room, line });
    }

    #[test]
    fn kinds_of_lines() {
        let private = |head, name, text| Line::Private { head, name, text };
        let public = |name, text| Line::Public {
            name,
            remark: "",
            text,
        };
        let other = |room, line| Line::OtherRoom {
            room,
            line: Box::new(line),
        };
        for (line, expected) in [
            ("<ana> a > b", public("ana", "a > b")),
            ("<ana> ", public("ana", "")),
            (
                "[private from ana] psst",
                private("private from ana", "ana", "psst"),
            ),
            (
                "[privado de ana] [x] y",
                private("privado de ana", "ana", "[x] y"),
            ),
            (
                "~ ana waves",
                Line::Action {
                    name: "ana",
                    text: "waves",
                },
            ),
            ("* ana joined", Line::Event("ana joined")),
            ("! no such user: bob", Line::Error("no such user: bob")),
            ("#games <ana> hi", other("games", public("ana", "hi"))),
            (
                "#games ~ ana waves",
                other(
                    "games",
                    Line::Action {
                        name: "ana",
                        text: "waves",
                    },
                ),
            ),
            (
                "#jogos * ana entrou",
                other("jogos", Line::Event("ana entrou")),
            ),
            ("#games", Line::Other("#games")),
            ("#games hi", Line::Other("#games hi")),
            ("#games ! no", Line::Other("#games ! no")),
            ("#a #b <ana> x", Line::Other("#a #b <ana> x")),
            (
                "#games [private from ana] x",
                Line::Other("#games [private from ana] x"),
            ),
            ("", Line::Other("")),
            ("<ana", Line::Other("<ana")),
            ("hello", Line::Other("hello")),
            ("é", Line::Other("é")),
        ] {
            assert_eq!(Line::parse(line), expected, "for {line}");
        }
    }

    #[test]
    fn events() {
        for (text, expected) in [
            ("papo: what is your name?", Event::NameQuestion),
            (
                "papo: what is the password of ana? (an empty line: another name)",
                Event::PasswordQuestion,
            ),
            (
                "papo: qual é a senha de ana? (linha vazia: outro nome)",
                Event::PasswordQuestion,
            ),
            (
                "papo: what is the password of the operators? (an empty line: none)",
                Event::PasswordQuestion,
            ),
            (
                "papo: qual é a senha dos operadores? (linha vazia: nenhuma)",
                Event::PasswordQuestion,
            ),
            (
                "welcome, ana! you are alone in lobby; ...",
                Event::Welcome("ana"),
            ),
            ("boas-vindas, zé! ...", Event::Welcome("zé")),
            ("you are now anna", Event::Renamed("anna")),
            ("seu nome agora é anna", Event::Renamed("anna")),
            ("bob left: \"you are now eva\"", Event::Left("bob")),
            ("bob saiu (conexão perdida)", Event::Left("bob")),
            (
                "bob is now robert",
                Event::OtherName {
                    from: "bob",
                    to: "robert",
                },
            ),
            ("[server] you are now eva", Event::Other),
            ("your name is now me", Event::Other),
            ("welcome, ", Event::Other),
            ("you are alone in games", Event::SpeaksIn("games")),
            (
                "you are in games with bob and eva",
                Event::SpeaksIn("games"),
            ),
            ("você está em jogos com rita", Event::SpeaksIn("jogos")),
            ("you are in 20 rooms already", Event::Other),
            ("you are not in games any more", Event::NotIn("games")),
            ("você não está mais em jogos", Event::NotIn("jogos")),
            ("bye, ana: the operator removed you (x)", Event::Dismissal),
            ("até logo, ana", Event::Dismissal),
            ("bye, ana: the server stops", Event::Other),
        ] {
            assert_eq!(Event::parse(text), expected, "for {text}");
        }
    }

    #[test]
    fn rooms_in_events() {
        for (text, expected) in [
            ("2 rooms: lobby (3, you), games (1)", "lobby games"),
            ("1 sala: lobby (1, você)", "lobby"),
            ("you are alone in games", "games"),
            ("2 here: ana (x), bob", ""),
            ("ana left: \"2 rooms: a (1)\"", ""),
        ] {
            let rooms: Vec<_> = rooms_told(text).collect();
            assert_eq!(rooms.join(" "), expected, "for {text}");
        }
    }

    #[test]
    fn names_in_events() {
        for (text, expected) in [
            ("ana joined", "ana"),
            ("ana is back", "ana"),
            ("ana, bob e carl voltaram", "ana bob carl"),
            ("ana, bob and carl joined", "ana bob carl"),
            ("ana, bob e mais 807 entraram", "ana bob"),
            (
                "welcome, eva! you are in lobby with bob, carl and 3 others; /help lists",
                "bob carl",
            ),
            ("you are in games with bob and carl", "bob carl"),
            ("você está em games com bob e carl", "bob carl"),
            (
                "you are also in games with bob; its lines begin with #games, and ...",
                "bob",
            ),
            (
                "você também está em games com bob e eva; as linhas de lá começam ...",
                "bob eva",
            ),
            (
                "you are also in games, alone; its lines begin with #games",
                "",
            ),
            ("topic of games: \"you are with bob\"", ""),
            ("2 here: ana, bob", "ana bob"),
            ("2 aqui: ana, bob", "ana bob"),
            ("ana left: \"with love\"", ""),
            ("ana left: \"eva joined\"", ""),
            ("ana left: \"2 here: eva\"", ""),
            ("ana left", ""),
        ] {
            assert_eq!(
                names_told(text).collect::<Vec<_>>().join(" "),
                expected,
                "for {text}"
            );
        }
    }
}
