//! What the bots speak: how a bot comes in, and what a line from the server is. Everything that
//! loadtest knows of docs/protocol.md stands here.
//!
//! A closed enum: a new protocol is a new variant and the compiler names every place that must
//! know of it. Pure; it never touches a socket and never reads the text that a bot said.

/// The languages of servers that the bots know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// papo's lines of text.
    Papo,
    /// Whatever one conn says, all others get, byte for byte: `loadtest reference`.
    Raw,
}

/// What a line from the server means to a bot that is in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    /// Somebody said this to all.
    Said(&'a [u8]),
    /// The server says that it has left out so many lines.
    Skipped(u64),
    /// The server did not do what the bot's last line asked for.
    Refused,
    /// Anything else: joins, leaves, help.
    Notice,
}

impl Protocol {
    /// What `--protocol` takes.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "papo" => Some(Self::Papo),
            "raw" => Some(Self::Raw),
            _ => None,
        }
    }

    /// The name of it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Papo => "papo",
            Self::Raw => "raw",
        }
    }

    /// What a bot says first, and then waits for its welcome; `None` when being connected is all.
    pub(crate) fn hello(self, bot: usize) -> Option<String> {
        match self {
            Self::Papo => Some(format!("bot{bot}\n")),
            Self::Raw => None,
        }
    }

    /// Whether the line is the welcome of this bot. Its words depend on the server's language, so
    /// only what is promised for all languages is looked at: the name, between the first `, ` and
    /// the first `!`. No name holds a `!`, hence no other notice looks like this.
    pub(crate) fn welcomes(self, line: &[u8], bot: usize) -> bool {
        match self {
            Self::Papo => {
                let text = String::from_utf8_lossy(line);
                let Some((before, _)) = text.split_once('!') else {
                    return false;
                };
                before.starts_with("* ")
                    && before.split_once(", ").map(|(_, name)| name) == Some(&format!("bot{bot}"))
            }
            Self::Raw => true,
        }
    }

    /// What a line means to a bot that is in.
    pub(crate) fn incoming(self, line: &[u8]) -> Incoming<'_> {
        match self {
            Self::Papo => match line.first() {
                // `<NAME> TEXT`; a name holds no `>`.
                Some(b'<') => match memchr::memchr(b'>', line) {
                    Some(end) => Incoming::Said(line.get(end + 2..).unwrap_or_default()),
                    None => Incoming::Notice,
                },
                Some(b'!') => Incoming::Refused,
                _ => skipped(line).map_or(Incoming::Notice, Incoming::Skipped),
            },
            Self::Raw => Incoming::Said(line),
        }
    }
}

/// The number in `* 312 lines skipped: ...` and its Portuguese, `* 312 linhas puladas: ...`.
fn skipped(line: &[u8]) -> Option<u64> {
    let text = str::from_utf8(line.strip_prefix(b"* ")?).ok()?;
    let mut words = text.split(' ');
    let count = words.next()?.parse().ok()?;
    let (noun, verb) = (words.next()?, words.next()?);
    let english = noun.starts_with("line") && verb.starts_with("skipped");
    let portuguese = noun.starts_with("linha") && verb.starts_with("pulada");
    (english || portuguese).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Protocol::{Papo, Raw};

    #[test]
    fn the_welcome_is_known_in_each_language_and_only_to_its_bot() {
        for line in [
            "* welcome, bot17! you are alone in lobby; /help lists the commands",
            "* welcome, bot17! you are in lobby with bot1, bot2 and 3 others; /help lists the commands",
            "* boas-vindas, bot17! você está só em lobby",
        ] {
            assert!(Papo.welcomes(line.as_bytes(), 17), "{line}");
            assert!(!Papo.welcomes(line.as_bytes(), 1), "{line}");
        }
        for line in [
            "* papo: what is your name?",
            "* bot1, bot17 and 3 others joined",
            "* bot1, bot17 joined",
            "! no, bot17! that name is taken",
            "<eve> * welcome, bot17!",
            "",
        ] {
            assert!(!Papo.welcomes(line.as_bytes(), 17), "{line}");
        }
    }

    #[test]
    fn the_first_character_says_what_a_line_is() {
        for (line, meaning) in [
            ("<bot17> hello > all", Incoming::Said(b"hello > all")),
            ("<bot17> ", Incoming::Said(b"")),
            ("<bot17>", Incoming::Said(b"")),
            ("<bot17", Incoming::Notice),
            ("! not so fast", Incoming::Refused),
            ("* bot1 joined", Incoming::Notice),
            ("* 2 here: bot1, bot2", Incoming::Notice),
            ("* [5 min] <bot1> 3 lines skipped", Incoming::Notice),
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
            ("", Incoming::Notice),
        ] {
            assert_eq!(Papo.incoming(line.as_bytes()), meaning, "{line}");
        }
    }

    #[test]
    fn a_raw_line_is_what_was_said() {
        assert_eq!(Raw.incoming(b"* hello"), Incoming::Said(b"* hello"));
        assert_eq!(Raw.hello(17), None);
        assert_eq!(Papo.hello(17).as_deref(), Some("bot17\n"));
    }
}
