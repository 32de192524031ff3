//! I1 for a reader of several rooms: each room's lines are compared with that room's order, whatever
//! comes between.
//!
//! Lines without a mark are those of the room spoken in, as told last; private lines are exact against
//! them. Lines with the mark of a room may come before it is told that it is there, if the reader lags.

use std::collections::BTreeMap;

use crate::lines::{Entry, Event};
use crate::order::Order;
use crate::walk::{Reader, is_own_went};

/// See the top of this file.
pub(crate) struct Several<'a> {
    orders: &'a [Order],
    /// The room spoken in, and who reads it.
    spoken: (String, Reader<'a>),
    marked: BTreeMap<String, Reader<'a>>,
    /// Lines of rooms of which it has not been told yet that it is there.
    early: BTreeMap<String, Vec<Entry>>,
}

impl<'a> Several<'a> {
    /// A conn that reads nothing yet.
    pub(crate) fn new(orders: &'a [Order], reader: Reader<'a>) -> Several<'a> {
        Several {
            orders,
            spoken: (String::new(), reader),
            marked: BTreeMap::new(),
            early: BTreeMap::new(),
        }
    }

    /// Walk along a whole transcript.
    pub(crate) fn read(&mut self, entries: &[Entry]) {
        let of_spoken = |entry: &&Entry| !matches!(entry, Entry::Marked(..));
        let mut own: Vec<Entry> = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            match entry {
                Entry::Marked(room, entry) => self.see_marked(room, entry),
                Entry::Also { room, others } => {
                    self.spoken.1.read(&std::mem::take(&mut own));
                    let after = entries[at + 1..].iter().filter(of_spoken);
                    let after: Vec<Entry> = after.cloned().collect();
                    let lines = lines_until_it_left(room, &entries[at + 1..]);
                    self.enter(room, *others, &after, lines);
                }
                Entry::NotIn(room) => {
                    self.spoken.1.read(&std::mem::take(&mut own));
                    if let Some(mut reader) = self.marked.remove(room) {
                        reader.end(is_own_went);
                        self.spoken.1.learn_passed(reader);
                        self.see_early(room);
                    }
                }
                Entry::Enter { room, others, .. } if self.marked.contains_key(room) => {
                    self.spoken.1.read(&std::mem::take(&mut own));
                    let after = entries[at + 1..].iter().filter(of_spoken);
                    let after: Vec<Entry> = after.cloned().collect();
                    self.speak_in(room, *others, &after);
                }
                Entry::Enter { room, .. } => {
                    own.push(entry.clone());
                    self.spoken.0.clone_from(room);
                }
                Entry::Ignoring(_) | Entry::Hearing(_) => {
                    own.push(entry.clone());
                    let rooms = self.marked.values_mut();
                    rooms.for_each(|reader| reader.read(std::slice::from_ref(entry)));
                }
                _ => own.push(entry.clone()),
            }
        }
        self.spoken.1.read(&own);
    }

    fn see_marked(&mut self, room: &str, entry: &Entry) {
        match self.marked.get_mut(room) {
            // What comes after its leave is of the next time that it is there.
            Some(reader) if !reader.may_have_gone() || reader.may_see(entry) => {
                reader.read(std::slice::from_ref(entry));
            }
            _ => {
                let early = self.early.entry(room.to_owned()).or_default();
                early.push(entry.clone());
            }
        }
    }

    fn see_early(&mut self, room: &str) {
        for entry in self.early.remove(room).unwrap_or_default() {
            self.see_marked(room, &entry);
        }
    }

    /// It is in one more room. If it is known to leave that, these lines come before.
    fn enter(&mut self, room: &str, others: usize, after: &[Entry], lines: Option<Vec<Entry>>) {
        if let Some(mut reader) = self.marked.remove(room) {
            reader.end(is_own_went);
            self.spoken.1.learn_passed(reader);
        }
        let mut reader = self.spoken.1.clone();
        reader.is_marked = true;
        reader.enter(room, others, None, after);
        if let Some(lines) = lines {
            let early = self.early.get(room).cloned().unwrap_or_default();
            reader.leaves_after(&[early, lines].concat());
        }
        self.marked.insert(room.to_owned(), reader);
        self.see_early(room);
    }

    /// It speaks in a room that it read before, and may have left the other one for that: whether it has,
    /// is seen only when there is more to read.
    fn speak_in(&mut self, room: &str, others: usize, after: &[Entry]) {
        let mut reader = self.marked.remove(room).expect("it is there");
        reader.may_enter(is_own_went, others, after);
        reader.is_marked = false;
        reader.pt = self.spoken.1.pt;
        let before = std::mem::replace(&mut self.spoken, (room.to_owned(), reader));
        let (room, mut reader) = before;
        reader.is_marked = true;
        self.spoken.1.learn_passed(reader.clone());
        self.marked.insert(room.clone(), reader);
        self.see_early(&room);
    }

    fn readers(&mut self) -> impl Iterator<Item = &mut Reader<'a>> {
        std::iter::once(&mut self.spoken.1).chain(self.marked.values_mut())
    }

    /// It has read all that it was owed when it left.
    pub(crate) fn end(&mut self, is_own: impl Fn(&Event, &str) -> bool + Copy) {
        self.readers().for_each(|reader| reader.end(is_own));
    }

    /// It is there and has read everything.
    pub(crate) fn is_up_to_date(&mut self) {
        self.readers().for_each(Reader::is_up_to_date);
        let early = self.early.keys();
        let early: Vec<&String> = early
            .filter(|room| self.orders.iter().any(|order| order.room == **room))
            .collect();
        assert!(
            early.is_empty(),
            "lines of {early:?}, of which it was told nothing"
        );
    }

    /// What it may be called, and where, as far as that is certain.
    pub(crate) fn stands(&mut self) -> Vec<(String, &'static str)> {
        let stands = |reader: &mut Reader| {
            let (name, room) = reader.stands()?;
            Some((name.to_owned(), room))
        };
        let there = self.readers().filter(|reader| !reader.may_have_gone());
        there.filter_map(stands).collect()
    }
}

/// The lines of a room that come before it is told that it is not there any more, or is there again. None if it
/// speaks there first, or stays.
fn lines_until_it_left(room: &str, rest: &[Entry]) -> Option<Vec<Entry>> {
    let mut lines = Vec::new();
    for entry in rest {
        match entry {
            Entry::Marked(of, line) if of == room => lines.push((**line).clone()),
            Entry::NotIn(of) | Entry::Also { room: of, .. } if of == room => return Some(lines),
            Entry::Enter { room: of, .. } if of == room => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::rc::Rc;

    use papo_server::hub::Time;

    use super::*;
    use crate::lines::Crowd;

    fn ana() -> Crowd {
        Crowd {
            names: ["ana".to_owned()].into(),
            others: 0,
        }
    }

    fn joined() -> Event {
        Event::Joined(ana())
    }

    fn went(room: &str) -> Event {
        Event::Went {
            who: "ana".into(),
            room: room.into(),
        }
    }

    fn order(room: &'static str, events: Vec<Event>, present: &[usize]) -> Order {
        Order {
            room,
            times: vec![Time::ZERO; events.len()],
            kept: vec![Rc::default(); events.len()],
            events,
            present: present.to_vec(),
            names: BTreeSet::new(),
            unnamed: 1,
            crowded: false,
            privates: Vec::new(),
        }
    }

    fn enter(room: &str, welcome: Option<&str>) -> Entry {
        Entry::Enter {
            room: room.into(),
            others: 1,
            welcome: welcome.map(Into::into),
        }
    }

    fn also() -> Entry {
        Entry::Also {
            room: "games".into(),
            others: 1,
        }
    }

    /// Another user of its name came and left before, so where it reads the lobby is not certain.
    #[test]
    fn a_room_may_be_left_by_a_name_that_was_there_before() {
        let left = Event::Left {
            who: ana(),
            why: String::new(),
        };
        let orders = [
            order(
                "lobby",
                vec![joined(), left, joined(), went("games")],
                &[2, 1, 2, 1],
            ),
            order("games", vec![joined()], &[2]),
        ];
        let reader = Reader::new(&orders, 0, 0, "ana".into());
        let mut several = Several::new(&orders, reader);
        several.read(&[enter("lobby", Some("ana")), also(), enter("games", None)]);
        several.is_up_to_date();
        assert_eq!(several.stands(), [("ana".to_owned(), "games")]);
    }

    /// It lags: what is said when it is in a room for the second time comes before it is told of the first.
    #[test]
    fn lines_may_come_before_it_is_told_that_it_left_and_is_there_again() {
        let said = Event::Said {
            from: "bia".into(),
            text: "hi".into(),
        };
        let events = vec![joined(), went("lobby"), joined(), said.clone()];
        let orders = [
            order("lobby", vec![joined()], &[2]),
            order("games", events, &[2, 1, 2, 2]),
        ];
        let mut reader = Reader::new(&orders, 0, 0, "ana".into());
        reader.roams = true;
        let mut several = Several::new(&orders, reader);
        let line = Entry::Marked("games".into(), Entry::Event(said, None).into());
        let not_in = Entry::NotIn("games".into());
        several.read(&[enter("lobby", Some("ana")), line, also(), not_in, also()]);
        several.is_up_to_date();
    }
}
