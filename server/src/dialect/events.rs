//! What is said in a room, as events for scripts that listen over HTTP: JSON, server-sent events, or the text
//! alone. docs/protocol.md has the fields. Who comes and goes is not told.
//!
//! Invariant: an event ends at its only newline. In server-sent events, where an empty line ends one, the lines
//! before end in CR alone, as their standard permits.

use super::web::object::Object;
use super::{Clock, Place};
use crate::hub::{Deed, LineId, Notice, Said, SaidKind};

/// How an event is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Shape {
    /// A JSON object in a line.
    Json,
    /// The same as a server-sent event.
    Sse,
    /// The text alone.
    Raw,
}

/// What a script is told besides what is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// It listens from here on.
    Open,
    /// The server is still there.
    Keepalive,
    /// The server stops.
    End,
}

/// Something that was said.
struct Message<'a> {
    room: &'a str,
    id: LineId,
    /// In seconds since 1970.
    time: i64,
    from: &'a str,
    text: &'a str,
    is_action: bool,
}

impl Shape {
    /// The type of the whole.
    pub fn content_type(self) -> &'static str {
        match self {
            Shape::Json => "application/x-ndjson; charset=utf-8",
            Shape::Sse => "text/event-stream; charset=utf-8",
            Shape::Raw => "text/plain; charset=utf-8",
        }
    }

    /// Appends what is no line of the room: its name, and the room if it is about one.
    pub fn sign(self, clock: Clock, sign: Sign, room: &str, out: &mut Vec<u8>) {
        let name = match sign {
            Sign::Open => "open",
            Sign::Keepalive => "keepalive",
            Sign::End => "end",
        };
        let event = Object::empty().number("time", clock.at).text("event", name);
        match self {
            Shape::Raw if sign == Sign::Keepalive => out.push(b'\n'),
            _ => self.put(None, event.text("topic", room), "", out),
        }
    }

    /// Appends lines of before.
    pub fn before(self, clock: Clock, room: &str, said: &[Said], out: &mut Vec<u8>) {
        for said in said {
            let message = Message {
                room,
                id: said.id,
                time: clock.second_of(said.age),
                from: said.from.shown(),
                text: &said.text,
                is_action: said.kind == SaidKind::Action,
            };
            self.message(&message, out);
        }
    }

    /// Appends that so many lines are missing, or 0 if nobody knows how many.
    pub fn skipped(self, clock: Clock, lines: u64, out: &mut Vec<u8>) {
        let event = Object::empty()
            .number("time", clock.at)
            .text("event", "skipped");
        self.put(None, event.count("lines", lines as usize), "", out);
    }

    /// Appends a line that was said just now.
    pub fn said(self, clock: Clock, place: Place<'_>, from: &str, text: &str, out: &mut Vec<u8>) {
        let message = Message {
            room: place.room,
            id: place.id,
            time: clock.at,
            from,
            text,
            is_action: false,
        };
        self.message(&message, out);
    }

    fn message(self, message: &Message<'_>, out: &mut Vec<u8>) {
        let LineId { epoch, number } = message.id;
        let id = format!("{epoch}:{number}");
        let mut event = Object::empty()
            .id("id", &id)
            .number("time", message.time)
            .text("event", "message")
            .text("topic", message.room)
            .text("from", message.from)
            .text("message", message.text);
        if message.is_action {
            event = event.flag("action", true);
        }
        self.put(Some(&id), event, message.text, out);
    }

    fn put(self, id: Option<&str>, event: Object, text: &str, out: &mut Vec<u8>) {
        match self {
            Shape::Json => {
                out.extend_from_slice(&event.end());
                out.push(b'\n');
            }
            Shape::Sse => {
                if let Some(id) = id {
                    out.extend_from_slice(format!("id: {id}\r").as_bytes());
                }
                out.extend_from_slice(b"data: ");
                out.extend_from_slice(&event.end());
                // The comment after the empty line is for readers that look for two line ends that are alike.
                out.extend_from_slice(b"\r\r:\n");
            }
            Shape::Raw if text.is_empty() => {}
            Shape::Raw => {
                out.extend_from_slice(text.as_bytes());
                out.push(b'\n');
            }
        }
    }
}

/// See [`super::render_line`].
pub(super) fn line(
    shape: Shape,
    clock: Clock,
    place: Place<'_>,
    notice: &Notice,
    out: &mut Vec<u8>,
) {
    let (from, text, is_action) = match notice {
        Notice::Public { from, text } => (from, text, false),
        Notice::Action { from, text } => (from, text, true),
        Notice::Refer(reference) => match &reference.deed {
            Deed::Replied(text) => (&reference.by, text, false),
            _ => return,
        },
        _ => return,
    };
    let message = Message {
        room: place.room,
        id: place.id,
        time: clock.at,
        from: from.shown(),
        text,
        is_action,
    };
    shape.message(&message, out);
}

/// See [`super::render`].
pub(super) fn render(shape: Shape, clock: Clock, notice: &Notice, out: &mut Vec<u8>) {
    match notice {
        Notice::History { room, said, .. } => shape.before(clock, room.shown(), said, out),
        Notice::Skipped { lines } => shape.skipped(clock, *lines, out),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::hub::name::Name;

    fn event(shape: Shape, notice: &Notice) -> String {
        let place = Place {
            room: "lobby",
            mark: "",
            id: LineId {
                epoch: 5,
                number: 17,
            },
        };
        let mut out = Vec::new();
        line(shape, Clock::default(), place, notice, &mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn an_event_ends_at_its_only_newline() {
        let from = Name::parse("ana").expect("a name");
        let text: Rc<str> = "\"oi\"\\".into();
        let public = Notice::Public {
            from: from.clone(),
            text: text.clone(),
        };
        let json = "{\"id\":\"5:17\",\"time\":0,\"event\":\"message\",\"topic\":\"lobby\",\
                    \"from\":\"ana\",\"message\":\"\\\"oi\\\"\\\\\"";
        assert_eq!(event(Shape::Json, &public), format!("{json}}}\n"));
        let sse = format!("id: 5:17\rdata: {json}}}\r\r:\n");
        assert_eq!(event(Shape::Sse, &public), sse);
        assert_eq!(event(Shape::Raw, &public), "\"oi\"\\\n");
        let action = Notice::Action {
            from: from.clone(),
            text,
        };
        let action = event(Shape::Json, &action);
        assert_eq!(action, format!("{json},\"action\":true}}\n"));
        let left = Notice::YouAre(from);
        assert_eq!(event(Shape::Json, &left), "");
    }
}
