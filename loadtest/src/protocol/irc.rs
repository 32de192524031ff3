//! IRC: lines of at most 512 bytes. A bot registers, then joins its channel, and has joined at the end of the
//! list of names. A pair needs no channel: it waits for the end of the message of the day.
//! (modern.ircdocs.horse)

use super::frame;
use super::{Incoming, MAX_MESSAGE, Place, Who};
use crate::bots::line;
use std::io::Write;

/// The longest text. A server puts `:bot12345!~bot@HOST PRIVMSG #room12345 :` in front of it, with up
/// to 63 bytes of host, and a line end behind: less than 112 of the 512 bytes.
pub(super) const LONGEST: usize = 400;
/// The longest line, with tags, which take up to 8191 bytes.
const LINE: usize = 8191 + 512;

/// See `Protocol::hello`.
pub(super) fn hello(who: Who, out: &mut Vec<u8>) -> bool {
    let hello = format!("NICK bot{}\r\nUSER bot 0 * :bot\r\n", who.bot);
    out.extend_from_slice(hello.as_bytes());
    true
}

/// A ping gets its token back; the other question is the end of the registration.
pub(super) fn answer(who: Who, question: &[u8], out: &mut Vec<u8>) {
    match question.strip_prefix(b"PING") {
        Some(token) => {
            out.extend_from_slice(b"PONG");
            out.extend_from_slice(token);
        }
        None => {
            out.extend_from_slice(b"JOIN ");
            target(who, out);
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// See `Protocol::say`.
pub(super) fn say(who: Who, text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"PRIVMSG ");
    target(who, out);
    out.extend_from_slice(b" :");
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

/// See `Protocol::goodbye`.
pub(super) fn goodbye(out: &mut Vec<u8>) {
    out.extend_from_slice(b"QUIT\r\n");
}

/// See `Protocol::read`.
pub(super) fn read(who: Who, tail: &mut Vec<u8>, bytes: &[u8], mut each: impl FnMut(Incoming<'_>)) {
    if tail.len() > MAX_MESSAGE {
        return;
    }
    line::split(tail, bytes, |line| {
        each(understand(who, line.strip_suffix(b"\r").unwrap_or(line)));
    });
    if tail.len() > LINE {
        frame::refuse("a line has no end", tail, each);
    }
}

/// Where a bot sends its lines.
fn target(who: Who, out: &mut Vec<u8>) {
    match who.place {
        Place::Lobby => out.write_all(b"#papo"),
        Place::Room(room) => write!(out, "#room{room}"),
        Place::Pair => write!(out, "bot{}", who.partner()),
    }
    .expect("a vector takes everything");
}

/// `[:SOURCE ]COMMAND[ PARAMETERS]`. Anything else is a notice.
fn understand(who: Who, line: &[u8]) -> Incoming<'_> {
    let (source, message) = match line.strip_prefix(b":") {
        Some(line) => cut(line),
        None => (&b""[..], line),
    };
    let (command, rest) = cut(message);
    let pair = who.place == Place::Pair;
    match command {
        b"PRIVMSG" => Incoming::Said(text(rest)),
        b"PING" => Incoming::Question(message),
        // Registered.
        b"001" if !pair => Incoming::Question(message),
        // The end of the message of the day, or none: one of them always comes.
        b"376" | b"422" if pair => Incoming::Welcome,
        // The end of the list of names, which follows a join.
        b"366" if !pair => Incoming::Welcome,
        b"JOIN" if !is_own(who, source) => Incoming::Came(1),
        b"PART" | b"QUIT" if !is_own(who, source) => Incoming::Left(1),
        // `KICK CHANNEL NAME`
        b"KICK" if is_own(who, cut(cut(rest).1).0) => Incoming::Refused(line),
        b"KICK" => Incoming::Left(1),
        b"422" => Incoming::Notice(line),
        b"ERROR" => Incoming::Refused(line),
        [b'4' | b'5', b'0'..=b'9', b'0'..=b'9'] => Incoming::Refused(line),
        _ => Incoming::Notice(line),
    }
}

/// The first word, and the rest.
fn cut(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|&byte| byte == b' ') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, b""),
    }
}

/// The text of `TARGET TEXT` or `TARGET :TEXT`.
fn text(rest: &[u8]) -> &[u8] {
    let text = cut(rest).1;
    text.strip_prefix(b":").unwrap_or(text)
}

/// Whether this is the bot itself, `bot17` or `bot17!USER@HOST`.
fn is_own(who: Who, source: &[u8]) -> bool {
    let name = source.split(|&byte| byte == b'!').next();
    let number = name.and_then(|name| str::from_utf8(name.strip_prefix(b"bot")?).ok());
    number.is_some_and(|number| number.parse() == Ok(who.bot))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;
    use frame::tests::{heard, means, survives};

    const LOBBY: Who = Who {
        bot: 17,
        place: Place::Lobby,
    };
    const PAIR: Who = Who {
        bot: 17,
        place: Place::Pair,
    };

    fn of(line: &str) -> Incoming<'_> {
        understand(LOBBY, line.as_bytes())
    }

    #[test]
    fn a_bot_comes_in_and_speaks_in_its_place() {
        let room = Who {
            place: Place::Room(3),
            ..LOBBY
        };
        for (who, join, said) in [
            (LOBBY, "JOIN #papo\r\n", "PRIVMSG #papo :a b\r\n"),
            (room, "JOIN #room3\r\n", "PRIVMSG #room3 :a b\r\n"),
            (PAIR, "", "PRIVMSG bot16 :a b\r\n"),
        ] {
            let mut out = Vec::new();
            assert!(hello(who, &mut out));
            let welcome = b":here 001 bot17 :Welcome";
            if let Incoming::Question(question) = understand(who, welcome) {
                answer(who, question, &mut out);
            }
            say(who, b"a b", &mut out);
            let out = String::from_utf8(out).unwrap();
            let hello = "NICK bot17\r\nUSER bot 0 * :bot\r\n";
            assert_eq!(out, format!("{hello}{join}{said}"));
        }
    }

    #[test]
    fn a_sign_of_life_is_given_at_any_time() {
        for (ping, pong) in [
            ("PING :here.example", "PONG :here.example\r\n"),
            (":here PING 12 34", "PONG 12 34\r\n"),
            ("PING", "PONG\r\n"),
        ] {
            let Incoming::Question(question) = of(ping) else {
                panic!("{ping} is no question");
            };
            let mut out = Vec::new();
            answer(LOBBY, question, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), pong);
        }
    }

    #[test]
    fn a_line_means_this() {
        for (line, meaning) in [
            (":a!b@c PRIVMSG #papo :one two", Incoming::Said(b"one two")),
            (":a!b@c PRIVMSG #papo one", Incoming::Said(b"one")),
            (":a!b@c PRIVMSG #papo ::-)", Incoming::Said(b":-)")),
            (":a!b@c PRIVMSG #papo", Incoming::Said(b"")),
            (":here 366 bot17 #papo :End", Incoming::Welcome),
            (":bot1!b@c JOIN #papo", Incoming::Came(1)),
            (":bot177!b@c JOIN :#papo", Incoming::Came(1)),
            (":bot1!b@c PART #papo :bye", Incoming::Left(1)),
            (":bot1!b@c QUIT :gone", Incoming::Left(1)),
            (":bot17!b@c KICK #papo bot1 :out", Incoming::Left(1)),
        ] {
            assert_eq!(of(line), meaning, "{line}");
        }
        for line in [
            ":bot17!b@c JOIN #papo",
            ":bot17!b@c PART #papo",
            ":bot17 QUIT",
            ":bot1!b@c NICK eve",
            ":here 353 bot17 = #papo :bot1 bot2",
            ":here 376 bot17 :End",
            ":here 422 bot17 :MOTD File is missing",
            ":here NOTICE * :*** wait",
            ":here MODE #papo +nt",
            ":",
            "",
        ] {
            assert_eq!(of(line), Incoming::Notice(line.as_bytes()), "{line}");
        }
        for line in [
            ":here 433 * bot17 :Nickname is already in use",
            ":here 404 bot17 #papo :Cannot send to channel",
            "ERROR :Closing Link: too many connections",
            ":op!b@c KICK #papo bot17 :out",
        ] {
            assert_eq!(of(line), Incoming::Refused(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_pair_is_in_after_the_message_of_the_day() {
        for (line, welcomes) in [
            (":here 001 bot17 :Welcome", false),
            (":here 376 bot17 :End", true),
            (":here 422 bot17 :MOTD File is missing", true),
            (":here 366 bot17 #papo :End", false),
        ] {
            let is = understand(PAIR, line.as_bytes()) == Incoming::Welcome;
            assert_eq!(is, welcomes, "{line}");
        }
    }

    #[test]
    fn a_stream_means_the_same_wherever_it_is_cut() {
        let stream = b":here 001 bot17 :Welcome\r\nPING :x\r\n:bot17!b@c JOIN :#papo\r\n\
            :here 366 bot17 #papo :End\r\n:bot1!b@c JOIN :#papo\r\n:a!b@c PRIVMSG #papo :one two\n\
            \r\nERROR :bye\r\n";
        let said = [
            "Question 001 bot17 :Welcome",
            "Question PING :x",
            "Notice :bot17!b@c JOIN :#papo",
            "Welcome",
            "Came(1)",
            "Said one two",
            "Notice ",
            "Refused ERROR :bye",
        ];
        means(Protocol::Irc, LOBBY, stream, &said);
        survives(Protocol::Irc, LOBBY, stream);
    }

    #[test]
    fn a_line_without_an_end_is_refused_and_nothing_after_it_is_understood() {
        let endless = [b'x'; LINE + 1];
        let after = b"\r\n:a!b@c PRIVMSG #papo :one\r\n";
        let heard = heard(Protocol::Irc, LOBBY, &[&endless, after, after]);
        assert_eq!(heard, ["Refused a line has no end"]);
    }
}
