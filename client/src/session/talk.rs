//! What the user and the rooms say, as tagged lines tell it: which lines are shown and how, which of the user's own
//! are confirmed, and what is needed to go on after a drop. It sends nothing.
//!
//! Invariant: a line of the user's is shown as said only when the server has said so.

use super::chat::Chat;
use super::outbox::{Outbox, Said};
use super::protocol::Line;
use super::rooms::{Rooms, short_id};
use super::tagged::{About, Place, Tagged, Told};
use super::{Received, Shown, When};
use crate::commands;
use crate::words::{Language, Phrase, deed};

/// See the top of this file.
#[derive(Debug, Default)]
pub(super) struct Talk {
    pub(super) rooms: Rooms,
    pub(super) outbox: Outbox,
    /// Whether lines are shown with their ids.
    pub(super) shows_ids: bool,
    /// Whether a command was sent since a room began: then lines of before are its answer, and not those that the
    /// room begins with.
    is_asking: bool,
    /// By which the place is taken over after a drop.
    pub(super) key: Option<String>,
    /// When that was done last: what is told with an earlier time was missed.
    resumed_at: Option<i64>,
}

/// What a tagged line means beyond what is shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    /// Nothing.
    Shown,
    /// A line of no room, which is not shown yet.
    Line(&'a str),
    /// The user is in, and can come back after a drop.
    In,
    /// The user is back.
    Back,
}

impl Talk {
    /// The place of the user is gone, and with it what was known of the rooms.
    pub(super) fn forget_place(&mut self) {
        (self.key, self.resumed_at) = (None, None);
        self.rooms = Rooms::default();
    }

    /// Send a command that the server answers.
    pub(super) fn order(&mut self, line: &str, shown: Option<Shown>) {
        self.is_asking = true;
        self.outbox.order(line, shown);
    }

    /// Learn from a line, and show it.
    pub(super) fn hear<'a>(
        &mut self,
        Tagged { at, place, told }: Tagged<'a>,
        chat: &mut Chat,
        shown: &mut Vec<Shown>,
    ) -> Meaning<'a> {
        match (told, place) {
            (Told::Line(line), None) => return Meaning::Line(line),
            (Told::Key(key), _) => {
                self.key = Some(key.to_owned());
                return Meaning::In;
            }
            (Told::Resumed { name, rooms }, _) => {
                chat.rename(name);
                if let Some(room) = rooms.first() {
                    self.rooms.speak_in(room);
                }
                self.resumed_at = Some(at);
                return Meaning::Back;
            }
            (Told::Said { mark }, place) => {
                let said = self.outbox.answered(mark);
                shown.extend(said.and_then(|said| self.confirmed(said, at, place)));
            }
            (told, Some(place)) => {
                if let Some(line) = self.of_room(&told, place, chat.language) {
                    let line = self.placed(place, &line);
                    let is_news = chat.hear(&Line::parse(&line));
                    let is_begun = self.rooms.epoch(place.room) > Some(0);
                    let when = match (place.epoch, self.resumed_at) {
                        (Some(_), _) if self.is_asking && is_begun => When::Asked,
                        (Some(_), _) => When::Before,
                        (None, Some(back)) if at < back => When::Missed,
                        (None, _) => When::Now,
                    };
                    let (at, room) = (Some(at), Some(place.room.to_owned()));
                    let received = Received {
                        line,
                        at,
                        when,
                        room,
                    };
                    let is_told = is_news || when != When::Now;
                    shown.extend(is_told.then_some(Shown::Received(received)));
                }
            }
            (_, None) => {}
        }
        Meaning::Shown
    }

    /// A line of a room as it is shown, without the name of the room.
    fn of_room(&mut self, told: &Told, place: Place, language: Language) -> Option<String> {
        self.rooms.passed(place);
        let event = |phrase: &Phrase| format!("* {}", phrase.text(language));
        let line = match told {
            Told::Line(line) => (*line).to_owned(),
            Told::Answer(about, line) => self.answer(place, *about, line),
            Told::Before {
                re,
                is_edited,
                line,
            } => {
                let re = re.map(|about| self.re(place, about).0);
                let edited = is_edited.then(|| Phrase::Edited.text(language));
                let remarks: Vec<String> = re.into_iter().chain(edited).collect();
                remarked(line, &remarks.join(", "))
            }
            Told::Deed { about, by, did } => {
                let quoted = self.rooms.quoted(place.room, *about);
                let (from, text) = quoted.map_or(("?", "..."), |line| (&line.from, &line.text));
                return Some(deed(language, by, *did, from, text));
            }
            Told::Skipped(lines) => event(&Phrase::Skipped(*lines)),
            Told::Cannot => event(&Phrase::NotCaughtUp(place.room)),
            Told::Epoch(epoch) => {
                let last = place.number.unwrap_or_default();
                self.rooms.begin(place.room, *epoch, last);
                self.is_asking = false;
                return None;
            }
            Told::Said { .. } | Told::Key(_) | Told::Resumed { .. } => return None,
        };
        self.rooms.said(place, &Line::parse(&line));
        Some(line)
    }

    /// A line with its room, if that is another one, and with its id, if that is wanted.
    fn placed(&self, place: Place, line: &str) -> String {
        let id = match place.number {
            Some(number) if self.shows_ids && line.starts_with(['<', '~']) => {
                format!("[{}] ", short_id(number))
            }
            _ => String::new(),
        };
        match self.rooms.speaks_in() {
            Some(room) if room != place.room => format!("#{} {id}{line}", place.room),
            _ => id + line,
        }
    }

    /// An answer with whom and what it answers, as the server writes it for people.
    fn answer(&self, place: Place, about: About, line: &str) -> String {
        let (remark, quote) = self.re(place, about);
        let line = remarked(line, &remark);
        match line.split_once("> ") {
            Some((head, text)) if !quote.is_empty() => format!("{head}> \"{quote}\" {text}"),
            _ => line,
        }
    }

    /// A reply of the user's as others read it, if this command is one.
    pub(super) fn reply(&self, numbered: &str, me: Option<&str>) -> Option<Shown> {
        let mut words = numbered.splitn(3, ' ');
        commands::english(words.next()?.strip_prefix('/')?).filter(|name| *name == "reply")?;
        let place = Place::parse(words.next()?.strip_prefix('#')?)?;
        let (epoch, number) = (place.epoch, place.number?);
        let line = format!("<{}> {}", me?, words.next()?.trim_start());
        let line = self.answer(place, About { epoch, number }, &line);
        let (at, room) = (None, None);
        Some(Shown::Own { line, at, room })
    }

    /// `re NAME`, and the beginning of that line, as far as it is known.
    fn re(&self, place: Place, about: About) -> (String, String) {
        match self.rooms.quoted(place.room, about) {
            Some(quoted) => (format!("re {}", quoted.from), quoted.text.clone()),
            None => (format!("re {}", about.number), String::new()),
        }
    }

    /// How a line of the user's is shown, now that it was said.
    fn confirmed(&mut self, said: Said, at: i64, place: Option<Place>) -> Option<Shown> {
        if let Some(place) = place {
            self.rooms.passed(place);
            // After a drop it was told among the lines that were missed.
            let epoch = None;
            let about = place.number.map(|number| About { epoch, number });
            if about.is_some_and(|about| self.rooms.quoted(place.room, about).is_some()) {
                return None;
            }
        }
        let (mut line, at) = match said.shown? {
            Shown::Own { line, .. } => (line, Some(at)),
            other => return Some(other),
        };
        if let Some(place) = place {
            self.rooms.said(place, &Line::parse(&line));
            line = self.placed(place, &line);
        }
        let room = place.map(|place| place.room.to_owned());
        Some(Shown::Own { line, at, room })
    }
}

/// A line with a remark behind the name.
fn remarked(line: &str, remark: &str) -> String {
    match line.split_once("> ") {
        Some((head, text)) if !remark.is_empty() && head.starts_with('<') => {
            format!("{head} {remark}> {text}")
        }
        _ => line.to_owned(),
    }
}
