//! papo's lines of text. Everything that loadtest knows of docs/protocol.md is here.

use super::{Incoming, Place, Who};
use crate::bots::line;

/// The longest text to a partner: the command before it is part of the line.
pub(super) const LONGEST_PRIVATE: usize = line::LONGEST - "/private bot65535 ".len();

/// Name and room at once: the server takes them in order.
pub(super) fn hello(who: Who, out: &mut Vec<u8>) -> bool {
    let bot = who.bot;
    let hello = match who.place {
        Place::Lobby | Place::Pair => format!("bot{bot}\n"),
        Place::Room(room) => format!("bot{bot}\n/join room{room}\n"),
    };
    out.extend_from_slice(hello.as_bytes());
    true
}

/// See `Protocol::say`.
pub(super) fn say(who: Who, text: &[u8], out: &mut Vec<u8>) {
    if who.place == Place::Pair {
        out.extend_from_slice(format!("/private bot{} ", who.partner()).as_bytes());
    }
    out.extend_from_slice(text);
    out.push(b'\n');
}

/// Parse a line. Its first character tells its kind; the words of the rest are those that
/// docs/protocol.md promises in both languages.
pub(super) fn parse(who: Who, line: &[u8]) -> Incoming<'_> {
    match line.first() {
        // `<NAME> TEXT`; a name holds no `>`.
        Some(b'<') => match memchr::memchr(b'>', line) {
            Some(end) => Incoming::Said(line.get(end + 2..).unwrap_or_default()),
            None => Incoming::Notice(line),
        },
        // `[private from NAME] TEXT`; a name holds no `]`.
        Some(b'[') => match memchr::memchr(b']', line) {
            Some(end) => Incoming::Said(line.get(end + 2..).unwrap_or_default()),
            None => Incoming::Notice(line),
        },
        Some(b'!') => Incoming::Refused(line),
        Some(b'*') => notice(who, line),
        _ => Incoming::Notice(line),
    }
}

fn notice(who: Who, line: &[u8]) -> Incoming<'_> {
    let Some(text) = str::from_utf8(line)
        .ok()
        .and_then(|line| line.strip_prefix("* "))
    else {
        return Incoming::Notice(line);
    };
    if welcomes(who, text) {
        return Incoming::Welcome;
    }
    if throttles(text) {
        return Incoming::Throttled;
    }
    match skipped(text) {
        Some(lines) => Incoming::Skipped(lines),
        None => join_or_leave(text).unwrap_or(Incoming::Notice(line)),
    }
}

/// Whether this is the welcome, or for a bot with a room the answer to `/join`. Of the welcome only the
/// name is checked, which is promised in all languages between the first `, ` and the first `!`. No name
/// holds a `!`, so no other notice looks like this.
fn welcomes(who: Who, text: &str) -> bool {
    if let Place::Room(room) = who.place {
        let mut words = text.split([' ', ',', ';']);
        return ["you are", "você está"]
            .iter()
            .any(|start| text.starts_with(start))
            && words.any(|word| {
                word.strip_prefix("room")
                    .is_some_and(|n| n.parse() == Ok(room))
            });
    }
    let named = text
        .split_once('!')
        .and_then(|(before, _)| before.split_once(", "));
    named.is_some_and(|(_, name)| {
        name.strip_prefix("bot")
            .is_some_and(|n| n.parse() == Ok(who.bot))
    })
}

/// The number in `312 lines skipped: ...` and its Portuguese, `312 linhas puladas: ...`.
fn skipped(text: &str) -> Option<u64> {
    let mut words = text.split(' ');
    let count = words.next()?.parse().ok()?;
    let (noun, verb) = (words.next()?, words.next()?);
    let english = noun.starts_with("line") && verb.starts_with("skipped");
    let portuguese = noun.starts_with("linha") && verb.starts_with("pulada");
    (english || portuguese).then_some(count)
}

/// `slow down: your lines are held back to 2 a second` and its Portuguese: too many words for a name with
/// an action.
fn throttles(text: &str) -> bool {
    [
        "slow down: your lines are held back to ",
        "mais devagar: suas linhas agora saem a ",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}

/// How many joined or left: `ana joined`, `ana, bob and 3 others left`, `ana left (kicked)`, `ana went
/// to games`, and the same in Portuguese.
fn join_or_leave(text: &str) -> Option<Incoming<'static>> {
    const VERBS: [(&str, bool); 12] = [
        (" joined", true),
        (" is back", true),
        (" are back", true),
        (" entrou", true),
        (" entraram", true),
        (" voltou", true),
        (" voltaram", true),
        (" left", false),
        (" saiu", false),
        (" saíram", false),
        (" went to ", false),
        (" foi para ", false),
    ];
    // Only names stand before the verb: `bob left: "she joined"` quotes a user.
    let (count, came) = VERBS.iter().find_map(|&(verb, came)| {
        let (names, _) = text.split_once(verb)?;
        Some((count(names)?, came))
    })?;
    Some(if came {
        Incoming::Came(count)
    } else {
        Incoming::Left(count)
    })
}

/// The number of users in `ana, bob and 3 others`; `None` if it is no such list.
fn count(names: &str) -> Option<u64> {
    let (listed, last) = match names.rsplit_once(" and ").or(names.rsplit_once(" e ")) {
        Some((listed, last)) => (listed, Some(last)),
        None => (names, None),
    };
    let named = listed.split(", ").count() as u64;
    if listed.split(", ").any(|name| name.contains(' ')) {
        return None;
    }
    let rest = match last {
        None => 0,
        Some(last) => last
            .strip_suffix(" others")
            .or(last.strip_prefix("mais "))
            .map_or(Some(1), |others| others.parse().ok())?,
    };
    Some(named + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOBBY: Who = Who {
        bot: 17,
        place: Place::Lobby,
    };

    fn of(line: &str) -> Incoming<'_> {
        parse(LOBBY, line.as_bytes())
    }

    #[test]
    fn the_welcome_is_known_in_each_language_and_only_to_its_bot() {
        let other = Who { bot: 1, ..LOBBY };
        for line in [
            "* welcome, bot17! you are alone in lobby; /help lists the commands",
            "* welcome, bot17! you are in lobby with bot1, bot2 and 3 others; /help lists the commands",
            "* boas-vindas, bot17! você está só em lobby",
        ] {
            assert_eq!(of(line), Incoming::Welcome, "{line}");
            assert_ne!(parse(other, line.as_bytes()), Incoming::Welcome, "{line}");
        }
        for line in [
            "* papo: what is your name?",
            "* bot1, bot17 and 3 others joined",
            "* bot1, bot17 joined",
            "! no, bot17! that name is taken",
            "<eve> * welcome, bot17!",
            "",
        ] {
            assert_ne!(of(line), Incoming::Welcome, "{line}");
        }
    }

    #[test]
    fn with_a_room_the_answer_to_join_is_the_welcome() {
        let who = Who {
            bot: 17,
            place: Place::Room(3),
        };
        let mut out = Vec::new();
        hello(who, &mut out);
        assert_eq!(out, b"bot17\n/join room3\n");
        for (line, welcomes) in [
            ("* welcome, bot17! you are alone in lobby", false),
            ("* you are alone in room3", true),
            ("* you are in room3 with bot1 and bot2", true),
            ("* você está em room3 com bot1", true),
            ("* you are in room33 with bot1", false),
        ] {
            let is = parse(who, line.as_bytes()) == Incoming::Welcome;
            assert_eq!(is, welcomes, "{line}");
        }
    }

    #[test]
    fn the_first_character_says_what_a_line_is() {
        for (line, meaning) in [
            ("<bot17> hello > all", Incoming::Said(b"hello > all")),
            ("<bot17> ", Incoming::Said(b"")),
            ("<bot17>", Incoming::Said(b"")),
            ("<bot17", Incoming::Notice(b"<bot17")),
            ("[private from bot3] psst", Incoming::Said(b"psst")),
            ("! not so fast", Incoming::Refused(b"! not so fast")),
            ("* bot1 joined", Incoming::Came(1)),
            ("* bot1 and bot2 joined", Incoming::Came(2)),
            ("* bot1 is back", Incoming::Came(1)),
            ("* bot1 and bot2 are back", Incoming::Came(2)),
            ("* a, b, c, d, e and 807 others joined", Incoming::Came(812)),
            ("* a, b, c, d, e e mais 807 entraram", Incoming::Came(812)),
            ("* bot1 left (connection lost)", Incoming::Left(1)),
            ("* bot1, bot2 and bot3 left", Incoming::Left(3)),
            ("* bot1 left: \"bob joined\"", Incoming::Left(1)),
            ("* bot1 went to games", Incoming::Left(1)),
            (
                "* 1 line skipped: you were reading too slowly",
                Incoming::Skipped(1),
            ),
            (
                "* 312 lines skipped: you were reading too slowly",
                Incoming::Skipped(312),
            ),
            (
                "* 312 linhas puladas: você estava lendo devagar demais",
                Incoming::Skipped(312),
            ),
            (
                "* slow down: your lines are held back to 2 a second",
                Incoming::Throttled,
            ),
            (
                "* mais devagar: suas linhas agora saem a 2 por segundo",
                Incoming::Throttled,
            ),
            ("", Incoming::Notice(b"")),
        ] {
            assert_eq!(of(line), meaning, "{line}");
        }
        for line in [
            "* 2 here: bot1, bot2",
            "* [5 min] <bot1> 3 lines skipped",
            "* bye, bot17",
            "* slow down: he says",
        ] {
            assert_eq!(of(line), Incoming::Notice(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_pair_speaks_privately() {
        let who = Who {
            bot: 6,
            place: Place::Pair,
        };
        let mut out = Vec::new();
        say(who, b"psst", &mut out);
        assert_eq!(out, b"/private bot7 psst\n");
    }
}
