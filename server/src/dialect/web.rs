//! Notices for browsers and other clients that speak WebSocket: a JSON object in a frame of its own for each
//! message, and their messages as lines. docs/protocol.md has the table of messages. Sentences for people are in
//! words/, as ever.
//!
//! Invariant: each message is a whole frame that ends at its only newline, and is an object with `type` and
//! `time`. What a user wrote is in one field and cannot be another.

mod answers;
mod before;
mod message;
pub(super) mod object;
mod rooms;

use super::text::{self, Parsed};
use super::words::{self, Lines};
use super::{Clock, Dialect, Ids, Place, Standing, Style, forms};
use crate::dialect::editing::Line;
use crate::dialect::words::Hint;
use crate::hub::name::Name;
use crate::hub::{Cannot, Complaint, LineId, Notice, Request, Tag};
use crate::web::frame;
pub use message::{BadMessage, line_of};
use object::Object;

/// What is the same in all messages of a notice.
#[derive(Clone, Copy)]
struct Told<'a> {
    style: Style,
    clock: Clock,
    /// When it happened, in seconds since 1970.
    time: i64,
    room: Option<&'a str>,
    id: Option<LineId>,
    old: Option<Old>,
}

/// Why something of before is told.
#[derive(Clone, Copy)]
enum Old {
    Join,
    Asked,
    Missed,
}

/// See [`super::parse`]. Lines have their ids in each message, so these are not switched on or off.
pub(super) fn parse(style: Style, standing: Standing, line: Line) -> Parsed {
    match text::parse(style.lang, standing, line) {
        Ok(Some(Request::ShowIds(_))) => text::refuse(Complaint::Hint(Hint::HasIds)),
        parsed => parsed,
    }
}

/// See [`super::render`].
pub(super) fn render(style: Style, clock: Clock, notice: &Notice, out: &mut Vec<u8>) {
    Told::new(style, clock).tell(notice, out);
}

/// See [`super::render_line`].
pub(super) fn line(
    style: Style,
    clock: Clock,
    place: Place<'_>,
    notice: &Notice,
    out: &mut Vec<u8>,
) {
    let told = Told {
        room: Some(place.room),
        id: Some(place.id),
        ..Told::new(style, clock)
    };
    told.tell(notice, out);
}

/// See [`super::render_gap`].
pub(super) fn gap(style: Style, clock: Clock, mark: &str, lines: u64, out: &mut Vec<u8>) {
    let room = mark.trim_matches(['#', ' ']);
    let told = Told {
        room: Some(room).filter(|room| !room.is_empty()),
        ..Told::new(style, clock)
    };
    told.tell(&Notice::Skipped { lines }, out);
}

impl<'a> Told<'a> {
    fn new(style: Style, clock: Clock) -> Told<'a> {
        Told {
            style,
            clock,
            time: clock.at,
            room: None,
            id: None,
            old: None,
        }
    }

    /// Appends the messages of a notice.
    fn tell(&self, notice: &Notice, out: &mut Vec<u8>) {
        let one = self.event(notice).or_else(|| self.answer(notice));
        match (one, notice) {
            (Some(object), _) => send(object, out),
            (None, Notice::Tag(tag)) => self.tag(tag, out),
            (None, Notice::History { .. } | Notice::Pins { .. } | Notice::Page(_)) => {
                self.before(notice, out);
            }
            (None, _) => self.info(notice, out),
        }
    }

    /// A message of this type, with what all messages have.
    fn of(&self, kind: &str) -> Object {
        let mut object = Object::of(kind).number("time", self.time);
        if let Some(room) = self.room {
            object = object.text("room", room);
        }
        if let Some(id) = self.id {
            object = object.id("id", full(id));
        }
        match self.old {
            Some(Old::Join) => object.text("old", "join"),
            Some(Old::Asked) => object.text("old", "asked"),
            Some(Old::Missed) => object.text("old", "missed"),
            None => object,
        }
    }

    /// The sentence of a notice, in the user's language.
    fn sentence(&self, notice: &Notice) -> String {
        let mut out = Vec::new();
        let mut lines = Lines::begin(&mut out, "", "", "\n", &[]);
        lines.ids = Ids::Tags;
        match notice {
            Notice::Missed { elsewhere, missed } => {
                let room = elsewhere.as_ref();
                words::missed(self.style.lang, self.clock, room, *missed, &mut lines);
            }
            _ => words::say(self.style.lang, notice, &mut lines),
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// What people read, a message for each line without the mark at its beginning.
    fn info(&self, notice: &Notice, out: &mut Vec<u8>) {
        let style = Style {
            dialect: Dialect::Text,
            ids: Ids::Hidden,
            crlf: false,
            ..self.style
        };
        let mut lines = Vec::new();
        forms::render(style, self.clock, "", notice, &mut lines);
        for line in String::from_utf8_lossy(&lines).lines() {
            let bare = line.strip_prefix("* ").unwrap_or(line);
            send(self.of("info").text("text", bare), out);
        }
    }

    /// What is told of ids, keys and places. What each message has anyway is not told.
    fn tag(&self, tag: &Tag, out: &mut Vec<u8>) {
        let object = match tag {
            Tag::Shows(_) => return,
            Tag::Yours { room, id, mark } => {
                let said = self.of("said").text("room", room.shown());
                let said = said.id("id", full(*id));
                match mark {
                    Some(mark) => said.text("mark", mark),
                    None => said,
                }
            }
            Tag::Done { mark } => self.of("done").text("mark", mark),
            Tag::Refused { mark, complaint } => {
                let text = self.sentence(&Notice::Refused(complaint.clone()));
                self.of("error").text("mark", mark).text("text", &text)
            }
            Tag::At { room, last } => {
                let at = self.of("at").text("room", room.shown());
                at.id("last", full(*last))
            }
            Tag::Key(key) => self.of("key").text("key", &key.reveal().to_string()),
            Tag::Resumed { name, rooms } => {
                let rooms = rooms.iter().map(Name::shown);
                let resumed = self.of("resumed").text("name", name.shown());
                resumed.texts("rooms", rooms)
            }
            Tag::Again { room, lines } => {
                return lines.iter().for_each(|line| self.again(room, line, out));
            }
            Tag::Cannot { room, why } => {
                let why = match why {
                    Cannot::EpochChanged => "epoch-changed",
                    Cannot::TooFarBack => "too-far-back",
                    Cannot::NotKnown => "not-known",
                    Cannot::Unreadable => "unreadable",
                };
                self.of("cannot")
                    .text("room", room.shown())
                    .text("why", why)
            }
        };
        send(object, out);
    }
}

/// How a line is called: `/resume` takes this after its room, and commands about lines take it as it is.
fn full(LineId { epoch, number }: LineId) -> impl std::fmt::Display {
    std::fmt::from_fn(move |f| write!(f, "{epoch}:{number}"))
}

/// Appends a frame with this object.
fn send(object: Object, out: &mut Vec<u8>) {
    frame::text(&object.end(), out);
}
