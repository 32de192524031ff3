//! What a browser sends: JSON with a line, perhaps with a mark, which becomes the line that one would type at nc.
//! Nothing is decided about the line itself.
//!
//! Invariant: one message is one line; no newline and no erase key is left in it.

use serde_json::Value;

use crate::limits::MARK_CHARS;

/// Why a message is no line. The conn is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadMessage {
    /// It is no JSON object.
    NotJson,
    /// It has no line that is a text.
    NoLine,
    /// Its mark is no word of at most [`MARK_CHARS`] characters.
    BadMark,
}

impl BadMessage {
    /// The number that the close frame gives as the reason (RFC 6455, chapter 7.4.1).
    pub fn code(self) -> u16 {
        match self {
            BadMessage::NotJson => 1003,
            BadMessage::NoLine | BadMessage::BadMark => 1008,
        }
    }
}

/// The line of a message `{"line": "...", "mark": "..."}`, without a newline at its end. Fields that are not
/// known are ignored.
///
/// # Errors
/// It has no line.
pub fn line_of(message: &str) -> Result<String, BadMessage> {
    let whole = serde_json::from_str(message);
    let fields = match whole.or_else(|_| serde_json::from_str(&with_whole_characters(message))) {
        Ok(Value::Object(fields)) => fields,
        _ => return Err(BadMessage::NotJson),
    };
    let line = fields.get("line").and_then(Value::as_str);
    let line = in_one_row(line.ok_or(BadMessage::NoLine)?);
    match fields.get("mark") {
        None | Some(Value::Null) => Ok(line),
        Some(Value::String(mark)) if is_mark(mark) => Ok(format!("/once {mark} {line}")),
        Some(_) => Err(BadMessage::BadMark),
    }
}

/// A text of JavaScript may be cut within a character, of which one half is left; in its place comes the sign for
/// what is no character. A conn that ended for that would end again when its browser says the line again.
fn with_whole_characters(message: &str) -> String {
    let half = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        let number = u16::from_str_radix(digits, 16).ok()?;
        (0xD800..0xE000).contains(&number).then_some(number)
    };
    let mut whole = String::new();
    let mut rest = message;
    while let Some(at) = rest.find('\\') {
        whole.push_str(&rest[..at]);
        rest = &rest[at..];
        let (taken, text) = match (half(rest), rest.get(6..).and_then(half)) {
            (Some(..0xDC00), Some(0xDC00..)) => (12, &rest[..12]),
            (Some(_), _) => (6, "\\ufffd"),
            (None, _) => {
                let len = rest.chars().take(2).map(char::len_utf8).sum();
                (len, &rest[..len])
            }
        };
        whole.push_str(text);
        rest = &rest[taken..];
    }
    whole + rest
}

/// A pasted text has its newlines as spaces.
fn in_one_row(text: &str) -> String {
    let text = text.trim_end_matches(['\r', '\n']).replace("\r\n", " ");
    let character = |c: char| match c {
        '\r' | '\n' => Some(' '),
        // A key that erases is pressed in the browser and sends nothing.
        c if c.is_ascii_control() && c != '\t' => None,
        c => Some(c),
    };
    text.chars().filter_map(character).collect()
}

fn is_mark(mark: &str) -> bool {
    let is_in_word = |c: char| !c.is_whitespace() && !c.is_control();
    !mark.is_empty() && mark.chars().all(is_in_word) && mark.chars().count() <= MARK_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: Result<&str, BadMessage>) {
        assert_eq!(line_of(message), expected.map(str::to_owned), "{message}");
    }

    #[test]
    fn a_message_is_the_line_that_one_would_type() {
        check(r#"{"line":"ana"}"#, Ok("ana"));
        check(r#"{"line":""}"#, Ok(""));
        check(
            r#" {"line": "/join games", "later": [1]} "#,
            Ok("/join games"),
        );
        check(
            r#"{"line":"ol\u00e1 \ud83d\ude42 \"x\" \\"}"#,
            Ok("olá 🙂 \"x\" \\"),
        );
        check(r#"{"mark":"17","line":"hi"}"#, Ok("/once 17 hi"));
        check(
            r#"{"mark":"17","line":"    code"}"#,
            Ok("/once 17     code"),
        );
        check(r#"{"mark":null,"line":"hi"}"#, Ok("hi"));
    }

    #[test]
    fn half_a_character_does_not_end_a_conversation() {
        check(r#"{"line":"a\ud800b"}"#, Ok("a\u{fffd}b"));
        check(
            r#"{"line":"\udc00\ud83d\ude42\ud83d"}"#,
            Ok("\u{fffd}🙂\u{fffd}"),
        );
        check(r#"{"line":"\\ud800 \"\uDBFF\n"}"#, Ok(r#"\ud800 "�"#));
        check(r#"{"line":"\ud800"#, Err(BadMessage::NotJson));
        check(r#"{"line":"\ud800\é"}"#, Err(BadMessage::NotJson));
        check(r#"{"line":"\ud800\"#, Err(BadMessage::NotJson));
    }

    #[test]
    fn a_message_is_one_line_whatever_is_in_it() {
        check(
            r#"{"line":"one\ntwo\r\nthree\rfour\n\r\n"}"#,
            Ok("one two three four"),
        );
        check(
            r#"{"line":"/quit\b\u007f\u0015\u0017\u0000 no\tyes"}"#,
            Ok("/quit no\tyes"),
        );
        check(r#"{"mark":"a","line":"\u0015/quit"}"#, Ok("/once a /quit"));
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for message in [
            "",
            "hello",
            "[]",
            "\"line\"",
            "17",
            "{\"line\":\"a\"",
            "{\"line\":\"a\"}x",
        ] {
            check(message, Err(BadMessage::NotJson));
        }
        check(&"[".repeat(100_000), Err(BadMessage::NotJson));
        for message in [
            "{}",
            r#"{"line":17}"#,
            r#"{"line":null}"#,
            r#"{"line":["a"]}"#,
        ] {
            check(message, Err(BadMessage::NoLine));
        }
        for mark in [
            r#""""#,
            "17",
            r#""a b""#,
            r#""a\nb""#,
            "[]",
            r#""123456789012345678901234567890123""#,
        ] {
            check(
                &format!(r#"{{"line":"x","mark":{mark}}}"#),
                Err(BadMessage::BadMark),
            );
        }
        assert_eq!(
            (BadMessage::NotJson.code(), BadMessage::NoLine.code()),
            (1003, 1008)
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_one_line(text: String, mark in "[a-z0-9]{1,32}") {
            let message = serde_json::json!({"line": text, "mark": mark}).to_string();
            let line = line_of(&message).expect("a line");
            let is_erasing = |c| matches!(c, '\n' | '\r' | '\x08' | '\x7f' | '\x15' | '\x17');
            assert!(!line.contains(is_erasing));
            assert!(line.starts_with(&format!("/once {mark} ")));
        }

        #[test]
        fn any_message_is_a_line_or_refused(message: String) {
            if let Ok(line) = line_of(&message) {
                assert!(!line.contains('\n'));
            }
        }
    }
}
