//! What is done without anybody who types: going to a room, saying one line, printing what is said.
//!
//! Invariant: a line that was to be said once is the end of the session when the server has answered it, and not
//! before.

use std::fmt::Write;
use std::time::Instant;

use super::LineSession;
use crate::ending::Failure;
use crate::options::Task;
use crate::session::protocol::Line;
use crate::session::tagged::{About, Deed, Did, Tagged, Told};
use crate::session::{Mode, Received, Session, Shown, When};

impl LineSession {
    /// Whether the server's lines are wanted with tags. A plain filter prints them as they are.
    pub(super) fn wants_tags(&self) -> bool {
        self.mode == Mode::Terminal || self.task.is_some() || self.room.is_some() || self.is_quiet
    }

    /// The user is in, and goes to the room that was asked for.
    pub(super) fn begin_task(&mut self, shown: &mut Vec<Shown>) {
        let here = self.talk.rooms.speaks_in().map(str::to_lowercase);
        match self
            .room
            .as_deref()
            .map(|room| room.trim_start_matches('#'))
        {
            Some(room) if here != Some(room.to_lowercase()) => self.send(&format!("/join {room}")),
            _ => self.go_on_with_task(shown),
        }
    }

    /// The user speaks in the room that was asked for.
    pub(super) fn go_on_with_task(&mut self, shown: &mut Vec<Shown>) {
        self.has_arrived = true;
        if let Some(Task::Say(text)) = &mut self.task
            && !text.is_empty()
        {
            let text = std::mem::take(text);
            let own = self.chat.say(&text);
            self.talk.outbox.say(&text, own);
        }
        self.send_waiting(shown);
    }

    /// What was heard may be all that was to be done.
    pub(super) fn end_task(&mut self, now: Instant, shown: &[Shown]) {
        if self.mode == Mode::Terminal || !self.is_in() {
            return;
        }
        let is_answered = self.talk.outbox.texts().is_empty();
        match (&self.task, self.refusal.take()) {
            // What was meant for a room is said nowhere else.
            _ if self.room.is_some() && !self.has_arrived => {
                let error = shown.iter().find_map(|shown| match shown {
                    Shown::Received(Received { line, .. }) => line.strip_prefix("! "),
                    _ => None,
                });
                let failure = error.map(|why| Err(Failure::Service(why.to_owned())));
                self.ending = self.ending.take().or(failure);
            }
            (Some(Task::Say(_)), Some(why)) => {
                self.ending = Some(Err(Failure::Service(why)));
            }
            (Some(Task::Say(rest)), None)
                if rest.is_empty() && is_answered && self.farewell_ends.is_none() =>
            {
                self.leave(now);
            }
            _ => {}
        }
    }

    /// Of what is shown only what the program's user wants to read.
    pub(super) fn choose(&self, shown: &mut Vec<Shown>) {
        let is_private = |line: &str| line.starts_with('[');
        shown.retain(|shown| match (&self.task, shown) {
            (Some(Task::Say(_)), Shown::Received(_)) => false,
            (_, Shown::Received(Received { when, .. }))
                if self.is_quiet && *when == When::Before =>
            {
                false
            }
            (Some(Task::Follow), Shown::Received(received)) if self.is_quiet => {
                received.room.is_some() || is_private(&received.line)
            }
            // The lines that are written as JSON.
            (Some(Task::FollowJson), Shown::Received(received)) => received.line.starts_with('{'),
            _ => true,
        });
    }
}

/// A line of a room, or for the user alone, as a JSON object; nothing for what is no line. The names are those of
/// docs/protocol.md, "Browsers and other WebSocket clients".
pub(super) fn json(tagged: &Tagged, epoch: Option<u64>) -> Option<String> {
    let mut object = Object(format!("{{\"time\":{}", tagged.at));
    let told = Fields::of(&tagged.told)?;
    object.text("type", told.kind);
    if let Some(place) = tagged.place {
        object.text("room", place.room);
        if let (Some(epoch), Some(number)) = (place.epoch.or(epoch), place.number) {
            object.text("id", &format!("{epoch}:{number}"));
        }
    }
    if let Some((name, about)) = told.about {
        let epoch = about.epoch.or(epoch).unwrap_or_default();
        object.text(name, &format!("{epoch}:{}", about.number));
    }
    if let Some((name, who)) = told.who {
        object.text(name, who);
    }
    if let Some((name, text)) = told.text {
        object.text(name, text);
    }
    match tagged.told {
        Told::Skipped(lines) => object.number("lines", lines),
        Told::Cannot => object.number("lines", 0),
        Told::Before { .. } => object.text("old", "join"),
        _ => {}
    }
    Some(object.0 + "}")
}

/// The parts of a line, each with its name.
struct Fields<'a> {
    kind: &'static str,
    about: Option<(&'static str, About)>,
    who: Option<(&'static str, &'a str)>,
    text: Option<(&'static str, &'a str)>,
}

impl<'a> Fields<'a> {
    fn of(told: &Told<'a>) -> Option<Fields<'a>> {
        match told {
            Told::Line(line) => Fields::line(line, None),
            Told::Answer(about, line) => Fields::line(line, Some(*about)),
            Told::Before { re, line, .. } => Fields::line(line, *re),
            Told::Deed(about, Deed { by, what }) => {
                let (kind, text) = match what {
                    Did::Edited(text) => ("edited", Some(("text", *text))),
                    Did::Deleted => ("deleted", None),
                    Did::Reacted(word) => ("reacted", Some(("word", *word))),
                    Did::Pinned => ("pinned", None),
                    Did::Unpinned => ("unpinned", None),
                };
                Some(Fields {
                    kind,
                    about: Some(("about", *about)),
                    who: Some(("by", by)),
                    text,
                })
            }
            Told::Skipped(_) | Told::Cannot => Some(Fields {
                kind: "skipped",
                about: None,
                who: None,
                text: None,
            }),
            Told::Said { .. } | Told::Epoch(_) | Told::Key(_) | Told::Resumed { .. } => None,
        }
    }

    fn line(line: &'a str, re: Option<About>) -> Option<Fields<'a>> {
        let (kind, from, text) = match Line::parse(line) {
            Line::Public { name, text, .. } => ("line", Some(name), text),
            Line::Action { name, text } => ("action", Some(name), text),
            Line::Private { name, text, .. } => ("private", Some(name), text),
            Line::Event(text) => ("info", None, text),
            Line::Error(text) => ("error", None, text),
            _ => return None,
        };
        Some(Fields {
            kind,
            about: re.map(|re| ("re", re)),
            who: from.map(|from| ("from", from)),
            text: Some(("text", text)),
        })
    }
}

/// The beginning of a JSON object.
struct Object(String);

impl Object {
    fn text(&mut self, name: &str, text: &str) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, ",\"{name}\":\"{}\"", escaped(text));
    }

    fn number(&mut self, name: &str, number: u64) {
        let _ = write!(self.0, ",\"{name}\":{number}");
    }
}

/// A text within the quotes of JSON (RFC 8259, chapter 7).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_json() {
        for (line, expected) in [
            (
                "@9 #lobby:4 <ana> a \"b\" \\ c",
                r#"{"time":9,"type":"line","room":"lobby","id":"7:4","from":"ana","text":"a \"b\" \\ c"}"#,
            ),
            (
                "@9 #lobby:5:3 old ~ ana waves",
                r#"{"time":9,"type":"action","room":"lobby","id":"5:3","from":"ana","text":"waves","old":"join"}"#,
            ),
            (
                "@9 [private from bob] psst",
                r#"{"time":9,"type":"private","from":"bob","text":"psst"}"#,
            ),
            (
                "@9 * 2 here: a, b",
                r#"{"time":9,"type":"info","text":"2 here: a, b"}"#,
            ),
            (
                "@9 #lobby:5 ^4 <bob> yes",
                r#"{"time":9,"type":"line","room":"lobby","id":"7:5","re":"7:4","from":"bob","text":"yes"}"#,
            ),
            (
                "@9 #lobby:6 ^5:4 reacted <bob> +1",
                r#"{"time":9,"type":"reacted","room":"lobby","id":"7:6","about":"5:4","by":"bob","word":"+1"}"#,
            ),
            (
                "@9 #lobby skipped 3",
                r#"{"time":9,"type":"skipped","room":"lobby","lines":3}"#,
            ),
        ] {
            let tagged = Tagged::parse(line).expect("a tag");
            assert_eq!(json(&tagged, Some(7)).as_deref(), Some(expected));
        }
        let said = Tagged::parse("@9 #lobby:4 said").expect("a tag");
        assert_eq!(json(&said, Some(7)), None);
    }
}
