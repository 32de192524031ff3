//! What is done without anybody who types: going to a room, saying one line, printing what is said.
//!
//! Invariant: a line that was to be said once is the end of the session when the server has answered it, and not
//! before.

use std::collections::HashSet;
use std::time::Instant;
use std::{iter, mem};

use super::{LineSession, Linking};
use crate::ending::{End, Failure};
use crate::options::{Since, Task};
use crate::session::lines::Lines;
use crate::session::link::{CONNECT_TIMEOUT, Link};
use crate::session::post;
use crate::session::protocol::{Event, LOBBY, Line, Typed};
use crate::session::tagged::{About, Did, Tagged, Told};
use crate::session::{Mode, Received, Session, Shown, When};
use crate::words::stamp;

/// How far it is that lines of before are asked for.
#[derive(Debug)]
pub(super) enum CatchUp {
    /// If any are wanted.
    Due,
    /// The user is where they are to be asked for.
    Now,
    /// The place is taken over, since a place is told all lines behind one. The old connection is kept until then,
    /// so that nobody reads that the user has left.
    Taken(#[expect(dead_code, reason = "it is only kept open")] Linking),
    /// They were asked for by their time, and these came.
    Told(HashSet<(Option<u64>, Option<u64>)>),
    Done,
}

impl LineSession {
    /// Say the line of a registered name as scripts do, over HTTP, for which nobody has to come: a window of the
    /// user's under that name goes on. Whether that was it.
    pub(super) fn say_as_owner(&mut self) -> bool {
        let (Some(Task::Say(text)), Some(account), Linking::Here(link)) =
            (&self.task, &self.account, &mut self.linking)
        else {
            return false;
        };
        let text = match Typed::parse(text) {
            Typed::Say(text) => text,
            _ => text,
        };
        let said = post::say(link, self.room.as_deref().unwrap_or(LOBBY), account, text);
        self.ending = Some(said.map(|()| End::Left));
        true
    }

    /// Whether this tagged line may be shown: a line of before only if such were asked for, and once; and while that
    /// is about to begin none, since it will come again.
    pub(super) fn is_wanted(&mut self, tagged: &Tagged) -> bool {
        let follows = matches!(self.task, Some(Task::Follow | Task::FollowJson));
        let Some(place) = tagged.place.filter(|_| follows) else {
            return true;
        };
        let is_before = matches!(tagged.told, Told::Before { .. });
        let by_id = matches!(self.since, Some(Since::Line(..)));
        match &mut self.catch_up {
            CatchUp::Due | CatchUp::Now if by_id => matches!(tagged.told, Told::Epoch(_)),
            CatchUp::Told(told) if is_before => {
                !self.talk.rooms.was_live(place) && told.insert((place.epoch, place.number))
            }
            _ => !is_before,
        }
    }

    /// Ask for lines of before, once the user is where they were said.
    pub(super) fn begin_catching_up(&mut self) {
        let Linking::Here(link) = &self.linking else {
            return;
        };
        if !matches!(self.catch_up, CatchUp::Now) || self.ending.is_some() {
            return;
        }
        match self.since.clone() {
            Some(Since::Line(epoch, number)) => {
                let room = self.talk.rooms.speaks_in().unwrap_or(LOBBY).to_owned();
                match Link::dial(&self.server, link.trust(), CONNECT_TIMEOUT) {
                    Ok(link) => {
                        self.talk.rooms.begin(&room, epoch, number);
                        self.received = Lines::default();
                        let before = mem::replace(&mut self.linking, Linking::Here(link));
                        self.catch_up = CatchUp::Taken(before);
                        self.resume();
                    }
                    Err(failure) => self.ending = Some(Err(failure)),
                }
            }
            Some(Since::Time(time)) => {
                self.send(&format!("/history since {time}"));
                self.catch_up = CatchUp::Told(HashSet::new());
            }
            None => self.catch_up = CatchUp::Done,
        }
    }

    /// The room at the beginning of a line, if the user is in it and speaks elsewhere.
    pub(super) fn other_room<'a>(&self, text: &'a str) -> Option<&'a str> {
        let (room, rest) = text.strip_prefix('#')?.split_once(' ')?;
        let is_it = |known: &str| known.to_lowercase() == room.to_lowercase();
        let speaks_there = self.talk.rooms.speaks_in().is_some_and(is_it);
        let is_meant = self.talk.rooms.names().any(is_it) && !speaks_there;
        (is_meant && !rest.contains('\n')).then_some(room)
    }

    /// Whether the server's lines are wanted with tags. A plain filter prints them as they are.
    pub(super) fn wants_tags(&self) -> bool {
        self.mode == Mode::Terminal || self.task.is_some() || self.room.is_some() || self.is_quiet
    }

    /// The user is in, and goes to the room that was asked for.
    pub(super) fn begin_task(&mut self, shown: &mut Vec<Shown>) {
        let here = self.talk.rooms.speaks_in().map(str::to_lowercase);
        let room = self.room.as_deref();
        let room = room.map(|room| room.trim_start_matches('#').to_owned());
        match room {
            Some(room) if here != Some(room.to_lowercase()) => {
                // Who is in it as well before they speak there stays in the lobby.
                if self.others.contains(&room) {
                    self.others.retain(|other| *other != room);
                    self.send(&format!("/also {room}"));
                }
                self.send(&format!("/join {room}"));
            }
            _ => self.go_on_with_task(shown),
        }
    }

    /// The user speaks in the room that was asked for, or it is refused: a refusal from now on is of another one.
    fn arrive(&mut self) {
        self.has_arrived = true;
        for room in mem::take(&mut self.others) {
            self.send(&format!("/also {room}"));
        }
    }

    /// The user speaks in the room that was asked for.
    pub(super) fn go_on_with_task(&mut self, shown: &mut Vec<Shown>) {
        self.arrive();
        if matches!(self.catch_up, CatchUp::Due) {
            self.catch_up = CatchUp::Now;
        }
        self.send_waiting(shown);
    }

    /// What was heard may be all that was to be done.
    pub(super) fn end_task(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        if !self.is_in() || self.ending.is_some() {
            return;
        }
        // What was meant for a room is said nowhere else.
        if self.room.is_some() && !self.has_arrived {
            let error = shown.iter().find_map(|shown| match shown {
                Shown::Received(Received { line, .. }) => line.strip_prefix("! "),
                _ => None,
            });
            match error {
                Some(_) if self.mode == Mode::Terminal => {
                    self.arrive();
                    let unsaid = self.talk.outbox.take_all();
                    self.tell_lost(unsaid, shown);
                }
                Some(why) => self.ending = Some(Err(Failure::Service(why.to_owned()))),
                None => {}
            }
            return;
        }
        let is_answered = self.talk.outbox.texts().is_empty();
        let is_done = matches!(self.task, Some(Task::Say(_))) && is_answered;
        if is_done && self.farewell_ends.is_none() {
            self.leave(now);
        }
    }

    /// Of what is shown only what the program's user wants to read. What was said before that was asked for has its
    /// time. What the server refuses, and a dismissal, go to standard error.
    pub(super) fn choose(&self, shown: &mut Vec<Shown>) {
        let is_asked_for = self.chat.is_quitting || self.ending.is_some();
        let is_dismissal = |line: &str| {
            let text = line.strip_prefix("* ");
            text.is_some_and(|text| Event::parse(text) == Event::Dismissal)
        };
        shown.retain_mut(|shown| {
            let Shown::Received(heard) = shown else {
                return true;
            };
            let Received { line, at, when, .. } = heard;
            let is_of_room = heard.room.is_some();
            let is_trouble = line.starts_with("! ") || is_dismissal(line);
            if self.task.is_some() && is_trouble && !is_of_room {
                *shown = Shown::Note(mem::take(line));
                return !is_asked_for;
            }
            let is_told = !is_of_room && line.starts_with("* ");
            match &self.task {
                Some(Task::Say(_)) => false,
                // The lines that are written as JSON.
                Some(Task::FollowJson) => line.starts_with('{'),
                Some(Task::Follow) if self.is_quiet && is_told => false,
                Some(Task::Follow) => {
                    let is_old = self.since.is_some() && *when != When::Now;
                    if let Some(time) = at.filter(|_| is_old).and_then(stamp) {
                        *line = format!("[{time}] {line}");
                    }
                    true
                }
                None => !self.is_quiet || *when != When::Before,
            }
        });
    }
}

/// A line of a room, or for the user alone, as a JSON object; nothing for what is no line. The names are those of
/// docs/protocol.md, "Browsers and other WebSocket clients".
pub(super) fn json(tagged: &Tagged, epoch: Option<u64>) -> Option<String> {
    let told = Fields::of(&tagged.told)?;
    let mut object = format!("{{\"time\":{},\"type\":\"{}\"", tagged.at, told.kind);
    let mut text = |name: &str, text: &str| {
        object += &format!(",\"{name}\":\"{}\"", escaped(text));
    };
    if let Some(place) = tagged.place {
        text("room", place.room);
        if let (Some(epoch), Some(number)) = (place.epoch.or(epoch), place.number) {
            text("id", &format!("{epoch}:{number}"));
        }
    }
    if let Some((name, about)) = told.about {
        let epoch = about.epoch.or(epoch).unwrap_or_default();
        text(name, &format!("{epoch}:{}", about.number));
    }
    for (name, said) in told.texts {
        text(name, said);
    }
    match tagged.told {
        Told::Skipped(lines) => object += &format!(",\"lines\":{lines}"),
        Told::Cannot => object += ",\"lines\":0",
        Told::Before { .. } => object += ",\"old\":\"join\"",
        _ => {}
    }
    Some(object + "}")
}

/// The parts of a line, each with its name.
struct Fields<'a> {
    kind: &'static str,
    about: Option<(&'static str, About)>,
    texts: Vec<(&'static str, &'a str)>,
}

impl<'a> Fields<'a> {
    fn of(told: &Told<'a>) -> Option<Fields<'a>> {
        match told {
            Told::Line(line) => Fields::line(line, None),
            Told::Answer(about, line) => Fields::line(line, Some(*about)),
            Told::Before { re, line, .. } => Fields::line(line, *re),
            Told::Deed { about, by, did } => {
                let (kind, text) = match *did {
                    Did::Edited(text) => ("edited", Some(("text", text))),
                    Did::Deleted => ("deleted", None),
                    Did::Reacted(word) => ("reacted", Some(("word", word))),
                    Did::Pinned => ("pinned", None),
                    Did::Unpinned => ("unpinned", None),
                };
                Some(Fields {
                    kind,
                    about: Some(("about", *about)),
                    texts: iter::chain([("by", *by)], text).collect(),
                })
            }
            Told::Skipped(_) | Told::Cannot => Some(Fields {
                kind: "skipped",
                about: None,
                texts: Vec::new(),
            }),
            Told::Said { .. } | Told::Epoch(_) | Told::Key(_) | Told::Resumed { .. } => None,
        }
    }

    fn line(line: &'a str, re: Option<About>) -> Option<Fields<'a>> {
        let (kind, from, text) = match Line::parse(line) {
            Line::Public { name, text, .. } => ("line", Some(("from", name)), text),
            Line::Action { name, text } => ("action", Some(("from", name)), text),
            Line::Private { name, text, .. } => ("private", Some(("from", name)), text),
            Line::Event(text) => ("info", None, text),
            Line::Error(text) => ("error", None, text),
            _ => return None,
        };
        Some(Fields {
            kind,
            about: re.map(|re| ("re", re)),
            texts: iter::chain(from, [("text", text)]).collect(),
        })
    }
}

/// A text within the quotes of JSON (RFC 8259, chapter 7).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => {
                escaped += &format!("\\u{:04x}", u32::from(c));
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
