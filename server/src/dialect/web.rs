//! Notices for browsers and other clients that speak WebSocket: a JSON object in a frame of its own for each
//! message. docs/protocol.md has the table of messages. Sentences for people are in words/, as ever.
//!
//! Invariant: each message is a whole frame that ends at its only newline, and is an object with `type` and
//! `time`. What a user wrote is in one field and cannot be another.

mod message;
mod object;

use super::{Clock, Dialect, Ids, Place, Style, forms};
use crate::hub::Notice;
use crate::web::frame;
pub use message::{BadMessage, line_of};
use object::Object;

/// See [`super::render`].
pub(super) fn render(style: Style, clock: Clock, notice: &Notice, out: &mut Vec<u8>) {
    for text in sentences(style, clock, notice).lines() {
        send(
            Object::of("info")
                .number("time", clock.at)
                .text("text", text),
            out,
        );
    }
}

/// See [`super::render_line`].
pub(super) fn line(
    style: Style,
    clock: Clock,
    place: Place<'_>,
    notice: &Notice,
    out: &mut Vec<u8>,
) {
    let id = format!("{}:{}", place.id.epoch, place.id.number);
    for text in sentences(style, clock, notice).lines() {
        let object = Object::of("info").number("time", clock.at);
        send(
            object
                .text("room", place.room)
                .text("id", &id)
                .text("text", text),
            out,
        );
    }
}

/// What people read of a notice, without the marks at the beginning of its lines.
fn sentences(style: Style, clock: Clock, notice: &Notice) -> String {
    let style = Style {
        dialect: Dialect::Text,
        ids: Ids::Hidden,
        crlf: false,
        ..style
    };
    let mut out = Vec::new();
    forms::render(style, clock, "", notice, &mut out);
    let text = String::from_utf8_lossy(&out);
    let bare = |line: &str| {
        let bare = line.strip_prefix("* ").or_else(|| line.strip_prefix("! "));
        bare.unwrap_or(line).to_owned() + "\n"
    };
    text.lines().map(bare).collect()
}

/// Appends a frame with this object.
fn send(object: Object, out: &mut Vec<u8>) {
    frame::text(&object.end(), out);
}
