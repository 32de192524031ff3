//! The messages to a browser as lines to others: the same event becomes the same value. Written from
//! docs/protocol.md; it shares no code with the server's dialects.

use serde_json::Value;

use crate::about::{About, Deed};
use crate::frames;
use crate::lines::{Crowd, Entry, Event, of_text};
use crate::numbers::Place;

/// A message of one room, as far as it tells a line of it.
pub(crate) struct Numbered {
    pub(crate) place: Place,
    pub(crate) what: What,
}

/// What stands at a place of a room.
pub(crate) enum What {
    /// This event.
    Event(Event),
    /// A line that was said before; it may have been corrected.
    Past { from: String, text: String },
    /// A line of the reader's own, with the mark that it has sent.
    Own(Option<String>),
}

/// What a browser was told, as lines.
pub(crate) fn entries(written: &[u8]) -> Vec<Entry> {
    let mut spoken = String::new();
    let messages = frames::read(written).messages;
    let entries = messages.iter().filter_map(|message| {
        check_texts(message);
        in_room(message, &mut spoken)
    });
    entries.filter(|entry| *entry != Entry::Day).collect()
}

/// The lines of rooms among the messages, with their places.
pub(crate) fn numbered(messages: &[Value]) -> Vec<Numbered> {
    messages.iter().filter_map(numbered_of).collect()
}

fn numbered_of(message: &Value) -> Option<Numbered> {
    let room = message["room"].as_str()?;
    let place = Place::new(room, message["id"].as_str()?);
    let mark = || message["mark"].as_str().map(str::to_owned);
    let what = match (field(message, "type"), &message["old"]) {
        ("said", _) => What::Own(mark()),
        (_, Value::Null) => match entry(message, &mut String::new())? {
            Entry::Event(event, _) => What::Event(event),
            other => panic!("{other:?} has a place"),
        },
        _ => What::Past {
            from: own(message, "from"),
            text: own(message, "text"),
        },
    };
    Some(Numbered { place, what })
}

/// I8: no control or direction character, but for the ends of lines in long lists.
fn check_texts(message: &Value) {
    let is_list = matches!(field(message, "type"), "here" | "rooms");
    let harms = |c: char| {
        c.is_control() && !(is_list && c == '\n')
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    let fields = message.as_object().expect("an object").values();
    let mut texts = fields.filter_map(Value::as_str);
    assert!(
        !texts.any(|text| text.contains(harms)),
        "I8: what harms a reader: {message}"
    );
}

fn field<'a>(message: &'a Value, key: &str) -> &'a str {
    message[key].as_str().unwrap_or_default()
}

fn own(message: &Value, key: &str) -> String {
    field(message, key).to_owned()
}

/// A line, with the mark of its room if that is not the one spoken in.
fn in_room(message: &Value, spoken: &mut String) -> Option<Entry> {
    let entry = entry(message, spoken)?;
    let room = field(message, "room");
    let is_of_room = matches!(entry, Entry::Event(..) | Entry::Gap(_));
    if room.is_empty() || room == spoken || !is_of_room {
        return Some(entry);
    }
    Some(Entry::Marked(room.to_owned(), Box::new(entry)))
}

fn entry(message: &Value, spoken: &mut String) -> Option<Entry> {
    let kind = field(message, "type");
    let (from, text) = (own(message, "from"), own(message, "text"));
    let answer = || of_text(&format!("* {text}")).unwrap_or(Entry::Answer);
    let event = match kind {
        "line" => Event::Said { from, text },
        "action" => Event::Acted { from, text },
        "edited" => Event::About(About {
            by: own(message, "by"),
            deed: Deed::Edited,
            of: None,
            quote: None,
            text,
        }),
        "private" => return Some(Entry::Private { from, text }),
        "error" => return Some(Entry::Refused(text)),
        "welcome" => {
            *spoken = own(message, "room");
            return Some(answer());
        }
        "room" => {
            if message["speak"] == true {
                *spoken = own(message, "room");
            }
            return Some(answer());
        }
        // Who speaks elsewhere now is told where.
        "out" => return Some(answer()).filter(|_| field(message, "room") != spoken),
        "skipped" => {
            let lines = message["lines"].as_u64().expect("a number") as usize;
            assert_eq!(answer(), Entry::Gap(lines));
            return Some(Entry::Gap(lines));
        }
        "said" | "done" | "at" | "key" => return None,
        "here" | "rooms" | "slow" | "muted" | "unmuted" => return Some(Entry::Answer),
        "joined" | "back" | "left" | "went" | "renamed" | "deleted" | "reacted" | "pinned"
        | "unpinned" | "direct" => match answer() {
            Entry::Event(event, pt) => {
                check_fields(message, &event);
                return Some(Entry::Event(event, pt));
            }
            other => panic!("{message} is {other:?}"),
        },
        "ask" | "motd" | "you" | "lang" | "missed" | "bye" | "info" => return Some(answer()),
        _ => panic!("a message of no known type: {message}"),
    };
    let old = &message["old"];
    match old.is_null() {
        true => Some(Entry::Event(event, None)),
        false => Some(Entry::Past(event)),
    }
}

/// For programs stands there what the sentence says.
fn check_fields(message: &Value, event: &Event) {
    let is = |key, value: &str| message[key].as_str() == Some(value);
    let agrees = match event {
        Event::Joined(crowd) | Event::Back(crowd) | Event::Left { who: crowd, .. } => {
            let Crowd { names, others } = crowd;
            message["names"] == serde_json::json!(names) && message["more"] == *others
        }
        Event::Went { who, room } => is("who", who) && is("to", room),
        Event::Renamed { from, to } => is("from", from) && is("to", to),
        Event::About(about) => is("by", &about.by) && message["about"].is_string(),
        Event::DirectJoined(who) => is("who", who) && message["here"] == true,
        Event::DirectLeft(who) => is("who", who) && message["here"] == false,
        Event::Said { .. } | Event::Acted { .. } | Event::Announced(_) => false,
    };
    assert!(agrees, "{message} is {event:?}");
}
