//! A JSON object, written field by field.
//!
//! Invariant: it has no newline, and no text ends before its quote: quotes, backslashes and controls are
//! escaped. A field that is written twice is twice there.

use std::fmt::Write;

/// An object that is open yet.
pub(super) struct Object(Vec<u8>);

impl Object {
    /// An object of this type.
    pub(super) fn of(kind: &str) -> Object {
        let mut json = Vec::with_capacity(256);
        json.extend_from_slice(b"{\"type\":");
        quote(kind, &mut json);
        Object(json)
    }

    /// One more field with a text.
    pub(super) fn text(mut self, key: &str, text: &str) -> Object {
        self.key(key);
        quote(text, &mut self.0);
        self
    }

    /// One more field with a number.
    pub(super) fn number(mut self, key: &str, number: i64) -> Object {
        self.key(key);
        let _ = write!(Ascii(&mut self.0), "{number}");
        self
    }

    /// The whole object.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }

    fn key(&mut self, key: &str) {
        self.0.push(b',');
        quote(key, &mut self.0);
        self.0.push(b':');
    }
}

/// Takes what a number is written as.
struct Ascii<'a>(&'a mut Vec<u8>);

impl Write for Ascii<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// A text in quotes. What needs no escape is copied in one piece.
fn quote(text: &str, json: &mut Vec<u8>) {
    json.push(b'"');
    let mut rest = text.as_bytes();
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    while let Some(at) = rest.iter().position(special) {
        json.extend_from_slice(&rest[..at]);
        match rest[at] {
            byte @ (b'"' | b'\\') => json.extend_from_slice(&[b'\\', byte]),
            byte => {
                let _ = write!(Ascii(json), "\\u{byte:04x}");
            }
        }
        rest = &rest[at + 1..];
    }
    json.extend_from_slice(rest);
    json.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(key in "\\PC{0,9}", text: String, control in "[\\x00-\\x1f\"\\\\é]{0,20}", number: i64) {
            let json = Object::of(&control).text(&key, &text).number("n", number).end();
            proptest::prop_assert!(!json.contains(&b'\n'));
            let read: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
            proptest::prop_assert_eq!(&read["n"], number);
            if !["type", "n"].contains(&&*key) {
                proptest::prop_assert_eq!(&read["type"], &*control);
                proptest::prop_assert_eq!(&read[&key], &*text);
            }
        }
    }
}
