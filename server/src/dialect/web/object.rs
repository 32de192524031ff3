//! A JSON object, written field by field.
//!
//! Invariant: it has no newline, and no text ends before its quote: quotes, backslashes and controls are
//! escaped. A field that is written twice is twice there.

use std::fmt::{Display, Write};

/// An object that is open yet.
pub(in crate::dialect) struct Object(Vec<u8>);

impl Object {
    /// An object with this type.
    pub(in crate::dialect) fn of(kind: &str) -> Object {
        let mut object = Object::empty();
        object.put_text("type", kind);
        object
    }

    /// An object inside another one.
    pub(in crate::dialect) fn empty() -> Object {
        let mut json = Vec::with_capacity(256);
        json.push(b'{');
        Object(json)
    }

    /// One more field with a text.
    pub(in crate::dialect) fn text(mut self, key: &str, text: &str) -> Object {
        self.put_text(key, text);
        self
    }

    /// The same, or null.
    pub(in crate::dialect) fn text_or_null(mut self, key: &str, text: Option<&str>) -> Object {
        match text {
            Some(text) => self.put_text(key, text),
            None => self.put(key, "null"),
        }
        self
    }

    /// One more field with a text of digits, letters and colons.
    pub(in crate::dialect) fn id(mut self, key: &str, id: impl Display) -> Object {
        self.put(key, format_args!("\"{id}\""));
        self
    }

    /// One more field with a number.
    pub(in crate::dialect) fn number(mut self, key: &str, number: i64) -> Object {
        self.put(key, number);
        self
    }

    /// The same with a count.
    pub(in crate::dialect) fn count(mut self, key: &str, count: usize) -> Object {
        self.put(key, count);
        self
    }

    /// The same, or null.
    pub(in crate::dialect) fn count_or_null(mut self, key: &str, count: Option<usize>) -> Object {
        match count {
            Some(count) => self.put(key, count),
            None => self.put(key, "null"),
        }
        self
    }

    /// One more field that is true or false.
    pub(in crate::dialect) fn flag(mut self, key: &str, is_so: bool) -> Object {
        self.put(key, is_so);
        self
    }

    /// One more field with a list of texts.
    pub(in crate::dialect) fn texts<'a>(
        self,
        key: &str,
        texts: impl Iterator<Item = &'a str>,
    ) -> Object {
        self.list(key, texts, quote)
    }

    /// One more field with a list of pairs of texts.
    pub(in crate::dialect) fn pairs<'a>(
        self,
        key: &str,
        pairs: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Object {
        self.list(key, pairs, |(one, other), json| {
            json.push(b'[');
            quote(one, json);
            json.push(b',');
            quote(other, json);
            json.push(b']');
        })
    }

    /// One more field with a list of objects.
    pub(in crate::dialect) fn objects(
        self,
        key: &str,
        objects: impl Iterator<Item = Object>,
    ) -> Object {
        self.list(key, objects, |object, json| {
            json.extend_from_slice(&object.end());
        })
    }

    /// One more field with an object.
    pub(in crate::dialect) fn object(
        mut self,
        key: &str,
        fields: impl FnOnce(Object) -> Object,
    ) -> Object {
        self.key(key);
        self.0.extend_from_slice(&fields(Object::empty()).end());
        self
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The whole object.
    pub(in crate::dialect) fn end(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }

    fn list<T>(
        mut self,
        key: &str,
        items: impl Iterator<Item = T>,
        put: impl Fn(T, &mut Vec<u8>),
    ) -> Object {
        self.key(key);
        self.0.push(b'[');
        for (at, item) in items.enumerate() {
            if at > 0 {
                self.0.push(b',');
            }
            put(item, &mut self.0);
        }
        self.0.push(b']');
        self
    }

    fn put_text(&mut self, key: &str, text: &str) {
        self.key(key);
        quote(text, &mut self.0);
    }

    fn put(&mut self, key: &str, value: impl Display) {
        self.key(key);
        let _ = write!(Written(&mut self.0), "{value}");
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        quote(key, &mut self.0);
        self.0.push(b':');
    }
}

/// Takes what something is written as.
struct Written<'a>(&'a mut Vec<u8>);

impl Write for Written<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// A text in quotes. What needs no escape is copied in one piece.
fn quote(text: &str, json: &mut Vec<u8>) {
    json.push(b'"');
    let mut rest = text.as_bytes();
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    while let Some(at) = rest.iter().position(is_special) {
        json.extend_from_slice(&rest[..at]);
        match rest[at] {
            byte @ (b'"' | b'\\') => json.extend_from_slice(&[b'\\', byte]),
            b'\n' => json.extend_from_slice(b"\\n"),
            byte => {
                let _ = write!(Written(json), "\\u{byte:04x}");
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
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read(object: Object) -> Value {
        let json = object.end();
        assert!(!json.contains(&b'\n'));
        serde_json::from_slice(&json).expect("JSON")
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            texts in prop::collection::vec("[\\x00-\\x20\"\\\\é{}\\[\\],:🙂]{0,20}", 4),
            any: String,
            number: i64,
            count: u32,
            is_so: bool,
        ) {
            let object = Object::of(&texts[0])
                .text(&texts[1], &any)
                .number("\"n", number)
                .count("c", count as usize)
                .flag("f", is_so)
                .id("i", format_args!("{count}:{count}"))
                .texts("t", texts.iter().map(String::as_str))
                .pairs("p", texts.iter().map(|text| (text.as_str(), any.as_str())))
                .objects("o", texts.iter().map(|text| Object::empty().text("x", text)))
                .object("q", |object| object.text("y", &any).text_or_null("z", None))
                .count_or_null("u", None)
                .text_or_null("w", Some(&any));
            let expected = json!({
                "type": texts[0],
                texts[1].as_str(): any,
                "\"n": number,
                "c": count,
                "f": is_so,
                "i": format!("{count}:{count}"),
                "t": texts,
                "p": texts.iter().map(|text| json!([text, any])).collect::<Vec<_>>(),
                "o": texts.iter().map(|text| json!({"x": text})).collect::<Vec<_>>(),
                "q": {"y": any, "z": null},
                "u": null,
                "w": any,
            });
            prop_assert_eq!(read(object), expected);
        }
    }
}
