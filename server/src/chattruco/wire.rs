//! ChatTruco's datagrams: parses and writes them. It knows no users and has no state.
//!
//! A datagram is UTF-8 text; its first word, spelled exactly, tells its kind. Invariant: every
//! datagram written here fits into `DATAGRAM_BYTES`.

use super::letters::readable;
use super::limits::DATAGRAM_BYTES;
use crate::dialect::password;
use crate::hub::Secret;
use crate::limits::EMAIL_BYTES;

/// The answers that clients compare with.
pub(super) const REGISTERED: &str = "sin_ok";
pub(super) const EMAIL_TAKEN: &str = "sin_erro_em";
pub(super) const BAD_REGISTRATION: &str = "sin_erro";
pub(super) const NO_SUCH_EMAIL: &str = "erro_em";
pub(super) const WRONG_PASSWORD: &str = "erro_pw";
pub(super) const BAD_LOGIN: &str = "erro";
/// The beginning of a heartbeat; the list follows.
pub(super) const HEARTBEAT_HEAD: &str = "Truco ";

/// Stands before the text of a message.
pub(super) const TEXT_MARK: &str = "#m#";

/// A legal e-mail: one `@` between two parts of visible ASCII, without the separators of list
/// entries and of names and words in the text dialect, which the hub would refuse. ASCII only, so
/// that no two different addresses look alike.
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

    /// As its owner's client spells it; the client accepts no other spelling.
    pub(super) fn typed(&self) -> &str {
        &self.typed
    }

    /// Its identity: the same in any case.
    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

/// A question to the accounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Registration,
    Login,
}

/// The request in a datagram.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Asked<'a> {
    /// `Sin EMAIL PASSWORD` or `Con EMAIL PASSWORD`.
    Account {
        kind: Kind,
        email: Email,
        password: Secret,
    },
    /// `Seis EMAIL`: the answer to a heartbeat.
    Alive { email: String },
    /// `Envia TO FROM #m#TEXT`.
    Message {
        to: &'a str,
        from: String,
        text: &'a str,
    },
    /// One of the first two that can be answered at once.
    Wrong(&'static str),
    /// Not to be answered, and why.
    Nothing(&'static str),
}

pub(super) fn parse(datagram: &[u8], truncated: bool) -> Asked<'_> {
    if truncated || datagram.len() > DATAGRAM_BYTES {
        // Whatever is in the part that came, the whole is no login and no registration.
        return match datagram.get(..4) {
            Some(b"Sin ") => Asked::Wrong(BAD_REGISTRATION),
            Some(b"Con ") => Asked::Wrong(BAD_LOGIN),
            _ => Asked::Nothing("too long"),
        };
    }
    let Ok(text) = std::str::from_utf8(datagram) else {
        let lossy = String::from_utf8_lossy(datagram);
        return parse_account(&words(&lossy)).unwrap_or(Asked::Nothing("not UTF-8"));
    };
    // Some clients send a line end or the end of a C string.
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

/// A datagram with a password is answered whatever it holds: its client waits.
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
    // What is no password is answered at once, as a client without an answer waits for ever.
    let is_text = password::text(password.as_bytes()).is_ok();
    let password = Secret::of_client(password).filter(|_| is_text);
    match (Email::parse(email), password, kind) {
        (Some(email), Some(password), kind) => Asked::Account {
            kind,
            email,
            password,
        },
        (Some(_), None, Kind::Login) => Asked::Wrong(WRONG_PASSWORD),
        // This e-mail cannot be registered.
        (None, _, Kind::Login) => Asked::Wrong(NO_SUCH_EMAIL),
        (_, _, Kind::Registration) => Asked::Wrong(BAD_REGISTRATION),
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

/// `Envia TO FROM #m#TEXT`, the text in letters that the client shows, with its end cut off if
/// needed. None if there is no room for any text.
pub(super) fn message(to: &str, from: &str, text: &str) -> Option<String> {
    let text = &*readable(text);
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
