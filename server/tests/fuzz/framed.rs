//! What a browser gets: whole WebSocket frames with a JSON object each, written independently of web/frame.rs.

use papo_server::dialect::{Clock, Dialect, Style, render};
use papo_server::hub::{Ids, Notice, Tag};
use serde_json::Value;

use crate::safe::assert_safe;

/// The messages in these bytes. Each frame ends at its only newline.
#[track_caller]
pub(crate) fn messages(mut bytes: &[u8]) -> Vec<Value> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        assert_eq!(bytes[0], 0x81, "a text in one frame");
        let (head, len) = match bytes[1] {
            126 => (4, usize::from(u16::from_be_bytes([bytes[2], bytes[3]]))),
            127 => panic!("a message of more than 64 KiB"),
            short => (2, usize::from(short)),
        };
        let (frame, rest) = bytes.split_at(head + len);
        let newlines = frame.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!((newlines, frame.last()), (1, Some(&b'\n')));
        let message: Value = serde_json::from_slice(&frame[head..]).expect("JSON");
        assert!(
            message["type"].is_string() && message["time"].is_number(),
            "{message}"
        );
        check_texts(&message);
        messages.push(message);
        bytes = rest;
    }
    messages
}

/// Only a list for people has newlines; all texts are safe to show.
fn check_texts(value: &Value) {
    match value {
        Value::String(text) => text.split('\n').for_each(assert_safe),
        Value::Array(values) => values.iter().for_each(check_texts),
        Value::Object(fields) => fields.values().for_each(check_texts),
        _ => {}
    }
}

/// What a browser in this language would get of a notice.
#[track_caller]
pub(crate) fn check_browser(style: Style, notice: &Notice) {
    let style = Style {
        dialect: Dialect::Web,
        crlf: false,
        ids: Ids::Tags,
        ..style
    };
    let mut out = Vec::new();
    render(style, Clock::default(), notice, &mut out);
    let told = messages(&out);
    let may_be_nothing = matches!(notice, Notice::Tag(Tag::Shows(_) | Tag::Again { .. }));
    assert!(may_be_nothing || !told.is_empty(), "{notice:?}");
}
