//! The rooms of a user, as tagged lines tell of them: the last line of each, by which a resume goes on, the lines
//! that others may be about, and the room in which the user speaks. It sends nothing and draws nothing.
//!
//! Invariant: at most `ROOMS` rooms with `LINES` lines of `QUOTE_CHARS` characters each, whatever a server sends.

use std::collections::VecDeque;

use super::protocol::{LINE_BYTES, Line};
use super::tagged::{About, Place};

/// More rooms than one can be in (20).
const ROOMS: usize = 32;
/// Lines of a room that are remembered: five times as many as the server accepts answers to, and most of what comes at
/// once after a drop.
const LINES: usize = 500;
/// More than a room's name can have.
const NAME_BYTES: usize = 200;
/// So much of a line is shown where another one is about it.
const QUOTE_CHARS: usize = 40;

/// See the top of this file.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    /// The one that was heard of last is the last.
    list: Vec<Room>,
    speaks_in: Option<String>,
}

#[derive(Debug, Default)]
struct Room {
    name: String,
    epoch: u64,
    /// The last line before those that were told as they were said.
    first: u64,
    /// The highest number that was seen in this epoch.
    last: u64,
    lines: VecDeque<Quote>,
}

/// A line that was told, or the beginning of it.
#[derive(Debug)]
pub(super) struct Quote {
    epoch: u64,
    number: u64,
    pub(super) from: String,
    pub(super) text: String,
}

impl Rooms {
    /// The room in which the user speaks, as far as it is known.
    pub(super) fn speaks_in(&self) -> Option<&str> {
        self.speaks_in.as_deref()
    }

    /// The epoch of a room that the user reads.
    pub(super) fn epoch(&self, room: &str) -> Option<u64> {
        Some(self.known(room)?.epoch)
    }

    fn known(&self, name: &str) -> Option<&Room> {
        self.list.iter().find(|room| room.name == name)
    }

    pub(super) fn speak_in(&mut self, room: &str) {
        self.speaks_in = Some(room.to_owned());
    }

    /// The names of the rooms.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|room| room.name.as_str())
    }

    /// Whether this line of before was told as it was said, too.
    pub(super) fn was_live(&self, place: Place<'_>) -> bool {
        let room = self.known(place.room);
        room.is_some_and(|room| place.epoch == Some(room.epoch) && place.number > Some(room.first))
    }

    /// A command about a line, with the number of the line that its short id means now: once the command is sent,
    /// another line may have that id. `None` if there is such an id, and its line is not known.
    pub(super) fn numbered(&self, typed: &str) -> Option<String> {
        let (command, rest) = typed.trim().split_once(char::is_whitespace)?;
        let word = rest.split_whitespace().next()?;
        let (named, id) = match word.strip_prefix('#') {
            Some(word) => word.split_once(':')?,
            None => (self.speaks_in().unwrap_or_default(), word),
        };
        let is_short = id.starts_with(|c: char| c.is_ascii_alphabetic())
            && id.len() > 1
            && id[1..].bytes().all(|b| b.is_ascii_digit());
        if !is_short {
            return Some(typed.to_owned());
        }
        let id = id.to_ascii_lowercase();
        let mut lines = self.known(named)?.lines.iter().rev();
        let line = lines.find(|line| short_id(line.number) == id)?;
        let rest = rest.trim_start().strip_prefix(word)?;
        Some(format!(
            "{command} #{named}:{}:{}{rest}",
            line.epoch, line.number
        ))
    }

    /// The user is not in this room any more.
    pub(super) fn leave(&mut self, room: &str) {
        self.list.retain(|known| known.name != room);
    }

    /// The user reads the room from the line after this one on.
    pub(super) fn begin(&mut self, room: &str, epoch: u64, last: u64) {
        let room = self.of(room);
        (room.epoch, room.first, room.last) = (epoch, last, last);
    }

    /// This line of a room was told.
    pub(super) fn passed(&mut self, place: Place<'_>) {
        if let (Some(number), None) = (place.number, place.epoch) {
            let room = self.of(place.room);
            room.last = room.last.max(number);
        }
    }

    /// Somebody said this there.
    pub(super) fn said(&mut self, place: Place<'_>, line: &Line<'_>) {
        let (Line::Public { name, text, .. } | Line::Action { name, text }) = line else {
            return;
        };
        let room = self.of(place.room);
        let Some(number) = place.number else {
            return;
        };
        let quote = Quote {
            epoch: place.epoch.unwrap_or(room.epoch),
            number,
            from: name.chars().take(QUOTE_CHARS).collect(),
            text: text.chars().take(QUOTE_CHARS).collect(),
        };
        room.lines
            .retain(|line| (line.epoch, line.number) != (quote.epoch, number));
        room.lines.push_back(quote);
        if room.lines.len() > LINES {
            room.lines.pop_front();
        }
    }

    /// The line that a line of this room is about.
    pub(super) fn quoted(&self, room: &str, about: About) -> Option<&Quote> {
        let room = self.known(room)?;
        let epoch = about.epoch.unwrap_or(room.epoch);
        let is_it = |line: &&Quote| (line.epoch, line.number) == (epoch, about.number);
        room.lines.iter().find(is_it)
    }

    /// The line by which a place is taken over after a drop.
    pub(super) fn resume(&self, key: &str) -> String {
        let mut line = format!("/resume {key}");
        for room in self.list.iter().rev() {
            let place = format!(" {}:{}:{}", room.name, room.epoch, room.last);
            // The server tells where it goes on in a room that is not named.
            if line.len() + place.len() <= LINE_BYTES {
                line += &place;
            }
        }
        line
    }

    fn of(&mut self, name: &str) -> &mut Room {
        let name = &name[..name.floor_char_boundary(NAME_BYTES)];
        let known = self.list.iter().position(|room| room.name == name);
        let room = known.map(|at| self.list.remove(at));
        if self.list.len() == ROOMS {
            self.list.remove(0);
        }
        self.list.push(room.unwrap_or_else(|| Room {
            name: name.to_owned(),
            ..Room::default()
        }));
        let last = self.list.len() - 1;
        &mut self.list[last]
    }
}

/// The short id of a line with this number, by which people refer to it: `a1` to `z99`, again and again.
pub(super) fn short_id(number: u64) -> String {
    let place = number % (26 * 99);
    let letter = ('a'..='z').nth((place / 99) as usize);
    format!("{}{}", letter.unwrap_or('a'), place % 99 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(room: &str, number: u64) -> Place<'_> {
        Place {
            room,
            epoch: None,
            number: Some(number),
        }
    }

    #[test]
    fn a_resume_names_the_last_line_of_each_room() {
        let mut rooms = Rooms::default();
        rooms.begin("lobby", 7, 3);
        rooms.begin("games", 8, 1);
        rooms.passed(place("lobby", 5));
        rooms.passed(place("lobby", 4));
        assert_eq!(rooms.resume("k"), "/resume k lobby:7:5 games:8:1");
        rooms.begin("lobby", 9, 0);
        rooms.leave("games");
        assert_eq!(rooms.resume("k"), "/resume k lobby:9:0");
        for n in 0..1000 {
            rooms.begin(&format!("room{n}{}", "é".repeat(40)), 7, 1);
        }
        assert_eq!(rooms.list.len(), ROOMS);
        assert!(rooms.resume("k").len() <= LINE_BYTES);
    }

    #[test]
    fn lines_that_others_are_about_are_found_for_a_while() {
        let mut rooms = Rooms::default();
        rooms.begin("lobby", 7, 0);
        let about = |number| About {
            epoch: None,
            number,
        };
        for number in 1..=2 * LINES as u64 {
            let text = "x".repeat(1000);
            let line = Line::Public {
                name: "ana",
                remark: "",
                text: &text,
            };
            rooms.said(place("lobby", number), &line);
        }
        assert!(rooms.quoted("lobby", about(1)).is_none());
        let told = rooms.quoted("lobby", about(750)).expect("it is known");
        assert_eq!((told.from.as_str(), told.text.len()), ("ana", QUOTE_CHARS));
        assert!(rooms.quoted("games", about(150)).is_none());
        let other = About {
            epoch: Some(6),
            number: 150,
        };
        assert!(rooms.quoted("lobby", other).is_none());
    }

    #[test]
    fn a_short_id_is_the_number_of_the_line_that_it_means_now() {
        let mut rooms = Rooms::default();
        rooms.begin("lobby", 7, 0);
        rooms.speak_in("lobby");
        let line = Line::parse("<ana> hi");
        rooms.said(place("lobby", 2), &line);
        rooms.said(place("lobby", 2 + 26 * 99), &line);
        let numbered = |typed: &str| rooms.numbered(typed);
        let expected = Some("/reply #lobby:7:2576 a3 yes".to_owned());
        assert_eq!(
            numbered("/reply A3  a3 yes"),
            expected.map(|it| it.replace(" a3", "  a3"))
        );
        assert_eq!(
            numbered("/delete #lobby:a3"),
            Some("/delete #lobby:7:2576".to_owned())
        );
        assert_eq!(numbered("/delete a4"), None);
        for other in ["/edit teh/the", "/delete !!", "/pin 7:3"] {
            assert_eq!(numbered(other).as_deref(), Some(other));
        }
    }
}
