//! ChatTruco's datagrams: what one asks, and how one is written. Knows nobody and remembers nothing.
//!
//! A datagram is UTF-8 text of words; the first word says what it is, in exactly this spelling.
//! Invariant: whatever is written here is no longer than `DATAGRAM_BYTES`.

use super::out::Password;
use crate::dialect::password;
use crate::hub::Secret;
use crate::limits::{DATAGRAM_BYTES, EMAIL_BYTES};

/// The answers, as clients compare them.
pub(super) const REGISTERED: &str = "sin_ok";
pub(super) const EMAIL_TAKEN: &str = "sin_erro_em";
pub(super) const BAD_REGISTRATION: &str = "sin_erro";
pub(super) const NO_SUCH_EMAIL: &str = "erro_em";
pub(super) const WRONG_PASSWORD: &str = "erro_pw";
pub(super) const BAD_LOGIN: &str = "erro";
/// What a heartbeat begins with; the list follows.
pub(super) const HEARTBEAT_HEAD: &str = "Truco ";

/// What stands before the text of a message.
const TEXT_MARK: &str = "#m#";

/// A legal e-mail: one `@` between two parts of visible ASCII, without what separates the entries of
/// a list, or names and words in a line of the text dialect: the hub would not have such a one.
/// ASCII alone, so that no two can be told apart by a computer and not by a reader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Email {
    typed: String,
    key: String,
}

impl Email {
    pub(super) fn parse(text: &str) -> Option<Email> {
        let legal = |c: u8| c.is_ascii_graphic() && !b"#:@,<>[]".contains(&c);
        let (user, host) = text.split_once('@')?;
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(legal);
        let is_legal = is_part(user) && is_part(host) && text.len() <= EMAIL_BYTES;
        is_legal.then(|| Email {
            typed: text.to_owned(),
            key: text.to_ascii_lowercase(),
        })
    }

    /// As the client of its owner spells it, which listens to no other spelling.
    pub(super) fn typed(&self) -> &str {
        &self.typed
    }

    /// Who it is: the same in any case.
    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

/// What is asked of the accounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Registration,
    Login,
}

/// What one datagram asks.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Asked<'a> {
    /// `Sin EMAIL PASSWORD` or `Con EMAIL PASSWORD`.
    Account {
        kind: Kind,
        email: Email,
        password: Password,
    },
    /// `Seis EMAIL`: the answer to a heartbeat.
    Alive { email: String },
    /// `Envia TO FROM #m#TEXT`.
    Message {
        to: &'a str,
        from: String,
        text: &'a str,
    },
    /// Something of the two first that can be answered at once.
    Wrong(&'static str),
    /// Nothing that is answered, and why.
    Nothing(&'static str),
}

pub(super) fn parse(datagram: &[u8], truncated: bool) -> Asked<'_> {
    if truncated || datagram.len() > DATAGRAM_BYTES {
        return Asked::Nothing("too long");
    }
    let Ok(text) = std::str::from_utf8(datagram) else {
        let lossy = String::from_utf8_lossy(datagram);
        return parse_account(&words(&lossy)).unwrap_or(Asked::Nothing("not UTF-8"));
    };
    // Some send the end of a line or of a C string along.
    let text = text.trim_end_matches(['\0', '\r', '\n']);
    let words = words(text);
    if let Some(asked) = parse_account(&words) {
        return asked;
    }
    match words[..] {
        ["Seis", email] => Asked::Alive {
            email: email.to_ascii_lowercase(),
        },
        ["Envia", ..] => parse_message(text).unwrap_or(Asked::Nothing("not a message")),
        [] => Asked::Nothing("empty"),
        _ => Asked::Nothing("not ChatTruco"),
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_ascii_whitespace().take(4).collect()
}

/// What has a password in it is answered whatever it holds: its client waits for a word.
fn parse_account(words: &[&str]) -> Option<Asked<'static>> {
    Some(match *words {
        ["Sin", email, password] => account(Kind::Registration, email, password),
        ["Con", email, password] => account(Kind::Login, email, password),
        ["Sin", ..] => Asked::Wrong(BAD_REGISTRATION),
        ["Con", ..] => Asked::Wrong(BAD_LOGIN),
        _ => return None,
    })
}

fn account(kind: Kind, email: &str, password: &str) -> Asked<'static> {
    // No account can have it; said at once, as a client that gets no answer waits for ever.
    let is_password = Secret::fits(password) && password::text(password.as_bytes()).is_ok();
    match (Email::parse(email), kind) {
        (_, Kind::Registration) if !is_password => Asked::Wrong(BAD_REGISTRATION),
        (Some(_), Kind::Login) if !is_password => Asked::Wrong(WRONG_PASSWORD),
        (Some(email), kind) => Asked::Account {
            kind,
            email,
            password: Password(password.to_owned()),
        },
        (None, Kind::Registration) => Asked::Wrong(BAD_REGISTRATION),
        // Nobody can have registered it.
        (None, Kind::Login) => Asked::Wrong(NO_SUCH_EMAIL),
    }
}

fn parse_message(text: &str) -> Option<Asked<'_>> {
    let (to, rest) = text.strip_prefix("Envia ")?.split_once(' ')?;
    let (from, rest) = rest.split_once(' ')?;
    let text = rest.strip_prefix(TEXT_MARK)?;
    let is_named = !to.is_empty() && !from.is_empty();
    is_named.then(|| Asked::Message {
        to,
        from: from.to_ascii_lowercase(),
        text,
    })
}

/// `Envia TO FROM #m#TEXT`, with the end of the text cut off where it does not fit. None when there
/// is no room for any text.
pub(super) fn message(to: &str, from: &str, text: &str) -> Option<String> {
    const CUT: &str = "…";
    let mut datagram = format!("Envia {to} {from} {TEXT_MARK}");
    let room = DATAGRAM_BYTES.checked_sub(datagram.len() + CUT.len())?;
    if text.len() <= room + CUT.len() {
        datagram.push_str(text);
    } else {
        datagram.push_str(&text[..text.floor_char_boundary(room)]);
        datagram.push_str(CUT);
    }
    Some(datagram)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mails() {
        for good in ["a@b", "Ana.Sa@x", "a+b@c.d-e"] {
            assert_eq!(Email::parse(good).expect(good).typed(), good);
        }
        let long = format!("{}@x", "a".repeat(EMAIL_BYTES - 2));
        assert!(Email::parse(&long).is_some());
        let longer = format!("a{long}");
        for bad in [
            "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a#@c", "a@c:1", "é@c", "a\x1b@c", "a,b@c",
            "<a@c>", "[a]@c", &longer,
        ] {
            assert_eq!(Email::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_message_keeps_its_spaces() {
        assert_eq!(
            parse(b"Envia bob Ana@X #m#  two  words \r\n\0\0", false),
            Asked::Message {
                to: "bob",
                from: "ana@x".into(),
                text: "  two  words "
            }
        );
        for bad in [
            "Envia",
            "Envia bob",
            "Envia bob a@x",
            "Envia bob a@x hi",
            "Envia  a@x #m#hi",
        ] {
            assert_eq!(
                parse(bad.as_bytes(), false),
                Asked::Nothing("not a message"),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_message_is_cut_only_where_it_must_be() {
        let head = "Envia a@x bob #m#";
        let fits = "x".repeat(DATAGRAM_BYTES - head.len());
        assert_eq!(message("a@x", "bob", &fits), Some(format!("{head}{fits}")));
        let cut = message("a@x", "bob", &"é".repeat(DATAGRAM_BYTES)).expect("there is room");
        assert!(
            cut.ends_with("é…") && cut.len() > DATAGRAM_BYTES - 2 && cut.len() <= DATAGRAM_BYTES
        );
        assert_eq!(message("a@x", &"b".repeat(DATAGRAM_BYTES), "hi"), None);
    }
}
