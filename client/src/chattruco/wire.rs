//! The datagrams of ChatTruco, read and written. It keeps no state and never fails: anything else is
//! `Unknown`.
//!
//! Invariant: every text that `parse` returns is clean (see text.rs), every e-mail is one word, and a
//! list holds only whole entries.

use std::net::IpAddr;

use crate::text;

/// Longest datagram of the protocol; the other clients read no more.
pub(super) const DATAGRAM_BYTES: usize = 2048;

/// The port of servers and clients alike.
pub(super) const PORT: u16 = 54319;

/// What stands before the text of a message. Only the first one counts: the text may hold more.
const TEXT_MARK: &str = "#m#";

/// A user in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The e-mail, or the name of a user of another transport.
    pub(super) email: String,
    /// Where the user's messages come from and go to.
    pub(super) ip: IpAddr,
}

/// A received datagram.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Datagram {
    /// `Truco LIST`, each second: who is online. The client has to answer.
    Heartbeat(Vec<Entry>),
    /// `LIST`: the login succeeded.
    List(Vec<Entry>),
    /// Another answer to `Con` or `Sin`.
    Answer(Answer),
    /// `Envia TO FROM #m#TEXT`
    Message {
        to: String,
        /// The sender, as the datagram claims.
        from: String,
        /// The lines of the text; empty ones are left out.
        lines: Vec<String>,
    },
    Unknown,
}

/// An answer of one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// `sin_ok`
    Registered,
    /// `sin_erro_em`: the e-mail is already registered.
    Taken,
    /// `sin_erro`: the server does not take the registration, now or at all.
    NoRegistration,
    /// `erro`: it does not take the login.
    NoLogin,
    /// `erro_em`: the e-mail is not registered.
    NoSuchEmail,
    /// `erro_pw`
    WrongPassword,
}

pub(super) fn parse(bytes: &[u8]) -> Datagram {
    let text = String::from_utf8_lossy(bytes);
    // Some programs send their whole buffer, and its rest is zeros.
    let text = text.trim_end_matches('\0').trim();
    match text.split_once(char::is_whitespace) {
        Some(("Truco", list)) => return Datagram::Heartbeat(parse_list(list)),
        Some(("Envia", rest)) => return parse_message(rest).unwrap_or(Datagram::Unknown),
        _ => {}
    }
    match text {
        "Truco" => Datagram::Heartbeat(Vec::new()),
        "sin_ok" => Datagram::Answer(Answer::Registered),
        "sin_erro_em" => Datagram::Answer(Answer::Taken),
        "sin_erro" => Datagram::Answer(Answer::NoRegistration),
        "erro" => Datagram::Answer(Answer::NoLogin),
        "erro_em" => Datagram::Answer(Answer::NoSuchEmail),
        "erro_pw" => Datagram::Answer(Answer::WrongPassword),
        _ => match parse_list(text) {
            entries if entries.is_empty() => Datagram::Unknown,
            entries => Datagram::List(entries),
        },
    }
}

/// `Sin EMAIL PASSWORD`: register.
pub(super) fn register(email: &str, password: &str) -> String {
    format!("Sin {email} {password}")
}

/// `Con EMAIL PASSWORD`: log in.
pub(super) fn log_in(email: &str, password: &str) -> String {
    format!("Con {email} {password}")
}

/// `Seis EMAIL`: the answer to every heartbeat.
pub(super) fn alive(email: &str) -> String {
    format!("Seis {email}")
}

/// `Envia TO FROM #m#TEXT`: a message.
pub(super) fn message(to: &str, from: &str, text: &str) -> String {
    format!("Envia {to} {from} {TEXT_MARK}{text}")
}

/// A text that the original client shows whole: its windows take no line with a letter above U+FFFF, and
/// its text ends at a second mark.
pub(super) fn readable(text: &str) -> String {
    let mut readable = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        readable.push(match c {
            '\u{10000}'.. => char::REPLACEMENT_CHARACTER,
            c => c,
        });
        if text[at..].starts_with(TEXT_MARK) {
            readable.push(' ');
        }
    }
    readable
}

/// Whether the text can be one word of a datagram.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Whether the text can be an e-mail: a word that does not end an entry of a list too early. The server
/// decides about the rest of its form.
pub(super) fn is_email(text: &str) -> bool {
    is_word(text) && text::is_clean(text) && !text.contains([':', '#'])
}

/// `EMAIL:IP#` repeated. An entry without its `#` was cut on the way and is left out.
fn parse_list(list: &str) -> Vec<Entry> {
    let Some((list, _cut)) = list.rsplit_once('#') else {
        return Vec::new();
    };
    let entry = |entry: &str| {
        // The first colon: an address may hold more of them, an e-mail holds none.
        let (email, ip) = entry.split_once(':')?;
        let email = text::received(email.trim().as_bytes());
        let ip: IpAddr = ip.trim().parse().ok()?;
        let ip = ip.to_canonical();
        is_word(&email).then_some(Entry { email, ip })
    };
    list.split('#').filter_map(entry).collect()
}

fn parse_message(rest: &str) -> Option<Datagram> {
    let (head, text) = rest.split_once(TEXT_MARK)?;
    let mut words = head.split_whitespace();
    let (to, from) = (words.next()?, words.next()?);
    let lines = text
        .split(['\n', '\r'])
        .map(|line| text::received(line.trim().as_bytes()))
        .filter(|line| !line.is_empty());
    words.next().is_none().then(|| Datagram::Message {
        to: text::received(to.as_bytes()),
        from: text::received(from.as_bytes()),
        lines: lines.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entries(entries: &[(&str, &str)]) -> Vec<Entry> {
        let entry = |&(email, ip): &(&str, &str)| Entry {
            email: email.to_owned(),
            ip: ip.parse().expect("an address"),
        };
        entries.iter().map(entry).collect()
    }

    fn check(bytes: &[u8], expected: &Datagram) {
        assert_eq!(parse(bytes), *expected, "for {:?}", bytes.escape_ascii());
    }

    #[test]
    fn lists_are_read_up_to_what_was_cut() {
        let two = entries(&[("ana@x", "10.0.0.1"), ("bob", "10.0.0.2")]);
        let list = "ana@x:10.0.0.1#bob:10.0.0.2#";
        check(list.as_bytes(), &Datagram::List(two.clone()));
        check(
            format!("Truco {list}").as_bytes(),
            &Datagram::Heartbeat(two.clone()),
        );
        check(
            format!("{list}eva@x:10.0.0.1").as_bytes(),
            &Datagram::List(two.clone()),
        );
        check(
            format!("Truco {list}\0\0\0").as_bytes(),
            &Datagram::Heartbeat(two),
        );
        check(
            b"Truco ana@x:fe80::1#::#x:y#:10.0.0.1#bob:::ffff:10.0.0.2#",
            &Datagram::Heartbeat(entries(&[("ana@x", "fe80::1"), ("bob", "10.0.0.2")])),
        );
        check(b"Truco", &Datagram::Heartbeat(Vec::new()));
        check(b"Truco ana@x:10.0.0.1", &Datagram::Heartbeat(Vec::new()));
    }

    #[test]
    fn answers() {
        for (text, answer) in [
            ("sin_ok", Answer::Registered),
            ("sin_erro_em\n", Answer::Taken),
            ("sin_erro", Answer::NoRegistration),
            ("erro_em", Answer::NoSuchEmail),
            ("erro_pw", Answer::WrongPassword),
            ("erro\0\0", Answer::NoLogin),
        ] {
            check(text.as_bytes(), &Datagram::Answer(answer));
        }
        for text in ["", "hello", "trucage", "Envia", "#", "erro_xx"] {
            check(text.as_bytes(), &Datagram::Unknown);
        }
    }

    #[test]
    fn messages() {
        let message = |lines: &[&str]| Datagram::Message {
            to: "ana@x".to_owned(),
            from: "bob@x".to_owned(),
            lines: lines.iter().map(|&line| line.to_owned()).collect(),
        };
        check(b"Envia ana@x bob@x #m#hi there", &message(&["hi there"]));
        check(b"Envia ana@x bob@x #m#a #m# b", &message(&["a #m# b"]));
        check(
            b"Envia ana@x bob@x #m#one\r\n\ntwo\n",
            &message(&["one", "two"]),
        );
        check(b"Envia ana@x bob@x #m#", &message(&[]));
        check(b"Envia ana@x bob@x #m#\x1b[2J", &message(&["\u{FFFD}[2J"]));
        check(b"Envia ana@x #m#hi", &Datagram::Unknown);
        check(b"Envia ana@x bob@x eva@x #m#hi", &Datagram::Unknown);
        check(b"Envia ana@x bob@x hi", &Datagram::Unknown);
        check(
            super::message("ana@x", "bob@x", "hi").as_bytes(),
            &message(&["hi"]),
        );
    }

    #[test]
    fn texts_for_the_original_client() {
        for (text, shown) in [
            ("olá ❤", "olá ❤"),
            ("oi 😀", "oi \u{fffd}"),
            ("a #m# b #m#m#", "a # m# b # m# m#"),
        ] {
            assert_eq!(readable(text), shown);
        }
    }

    #[test]
    fn words() {
        assert!(is_email("ana@x") && is_email("ana"));
        for text in ["", "a b", "a\n", "a:b", "a#b", "a\u{202E}"] {
            assert!(!is_email(text), "{text:?}");
        }
        assert!(is_word("a:b#c"));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_clean(head in "(Truco |Envia |Envia a b #m#|)", bytes: Vec<u8>) {
            let is_clean = |text: &String| text::is_clean(text);
            match parse(&[head.as_bytes(), &bytes].concat()) {
                Datagram::Heartbeat(entries) | Datagram::List(entries) => {
                    prop_assert!(entries.iter().all(|entry| is_clean(&entry.email)));
                }
                Datagram::Message { to, from, lines } => {
                    prop_assert!(is_clean(&to) && is_clean(&from) && lines.iter().all(is_clean));
                }
                Datagram::Answer(_) | Datagram::Unknown => {}
            }
        }
    }
}
