//! Who is in the rooms of the user. The server is asked once in each room in which they speak, and its answer is not
//! shown; from then on those who come and go are noted. It sends nothing and draws nothing.
//!
//! Invariant: who was never told is in `others`, so `names` and `others` together are as many as there are, until some
//! left without their names: then the server is asked again. At most `ROOMS` rooms with `NAMES` names each are kept,
//! whatever a server sends.

use std::collections::{BTreeMap, VecDeque};

use super::protocol::{Event, Line, Moved, Way, counted, named, unnamed};

/// More rooms than one can be in (20).
const ROOMS: usize = 32;
/// Names of a room; a window shows a hundred. The server tells at most 200 at once.
const NAMES: usize = 4096;

/// See the top of this file.
#[derive(Debug, Default)]
pub(crate) struct People {
    known: Vec<Here>,
    /// The rooms that the server was asked about and has not answered yet.
    asked: VecDeque<String>,
    /// Whether its answer goes on.
    is_answering: bool,
}

/// Who is in one room.
#[derive(Debug, Default)]
pub(crate) struct Here {
    room: String,
    /// The server is to be asked again.
    is_stale: bool,
    /// In alphabetical order: by the name in lower case.
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) others: usize,
}

impl People {
    /// The user speaks in this room. True if the server is to be asked `/online` now.
    pub(super) fn enter(&mut self, room: &str) -> bool {
        let is_known = self.of(room).is_some_and(|here| !here.is_stale);
        let is_new = !is_known && !self.asked.iter().any(|asked| asked == room);
        if is_new {
            self.asked.push_back(room.to_owned());
        }
        is_new
    }

    /// The user is not in this room any more.
    pub(super) fn leave(&mut self, room: &str) {
        self.known.retain(|known| known.room != room);
    }

    /// What was known may be wrong, as after a drop.
    pub(super) fn forget(&mut self) {
        *self = People::default();
    }

    /// Who is in this room, if the server has answered.
    pub(crate) fn of(&self, room: &str) -> Option<&Here> {
        self.known.iter().find(|known| known.room == room)
    }

    /// Whether this line of no room is what was asked for.
    pub(super) fn is_answer(&mut self, line: &Line<'_>) -> bool {
        let Line::Event(text) = line else {
            return false;
        };
        if let Some(list) = counted(text, &["here", "aqui"])
            && let Some(room) = self.asked.pop_front()
        {
            let mut here = Here {
                room,
                ..Here::default()
            };
            here.add(named(list).map(first_word), unnamed(list));
            self.known.retain(|known| known.room != here.room);
            self.known.truncate(ROOMS - 1);
            self.known.insert(0, here);
            self.is_answering = true;
        } else {
            self.is_answering &= is_rest(text);
        }
        self.is_answering
    }

    /// Learn from a line of this room.
    pub(super) fn hear(&mut self, room: &str, line: &Line<'_>) {
        if let Line::OtherRoom { line, .. } = line {
            return self.hear(room, line);
        }
        let known = self.known.iter_mut().find(|known| known.room == room);
        let (Some(here), Line::Event(text)) = (known, line) else {
            return;
        };
        if let Event::OtherName(from, to) = Event::parse(text) {
            here.remove(from);
            here.add([to], 0);
        } else if let Some(moved) = Moved::parse(text) {
            // Who the others are only the server knows.
            here.is_stale |= moved.others > 0;
            match moved.way {
                Way::Came | Way::Back => here.add(moved.names, moved.others),
                Way::Left | Way::Went => moved.names.into_iter().for_each(|name| here.remove(name)),
            }
        }
    }
}

impl Here {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.names.len().saturating_add(self.others)
    }

    fn add<'a>(&mut self, names: impl IntoIterator<Item = &'a str>, others: usize) {
        self.others = self.others.saturating_add(others);
        for name in names {
            match self.names.len() {
                NAMES => self.others = self.others.saturating_add(1),
                _ => drop(self.names.insert(name.to_lowercase(), name.to_owned())),
            }
        }
    }

    fn remove(&mut self, name: &str) {
        let known = self.names.remove(&name.to_lowercase());
        self.others = self.others.saturating_sub(usize::from(known.is_none()));
    }
}

/// Whether it is what the server answers behind those who are here.
fn is_rest(text: &str) -> bool {
    #[rustfmt::skip]
    let what = ["elsewhere", "em outras salas", "direct", "direto", "diretos", "away", "ausente", "ausentes"];
    counted(text, &what).is_some() || text.ends_with(" HTTP")
}

/// A name, without a remark behind it.
fn first_word(part: &str) -> &str {
    part.split(' ').next().unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(people: &mut People, text: &str) -> String {
        people.hear("lobby", &Line::Event(text));
        let here = people.of("lobby").expect("it was answered");
        let names: Vec<&str> = here.names.values().map(String::as_str).collect();
        format!("{}+{}", names.join(" "), here.others)
    }

    #[test]
    fn those_who_are_here_are_asked_for_once_and_followed() {
        let mut people = People::default();
        assert!(people.enter("lobby") && !people.enter("lobby"));
        assert!(!people.is_answer(&Line::Event("bob joined")));
        for rest in [
            "5 here: ana, bob, carl and 2 others",
            "1 elsewhere: dora (games)",
            "1 away: bob",
            "2 scripts listen here, over HTTP",
        ] {
            assert!(people.is_answer(&Line::Event(rest)), "{rest}");
        }
        assert!(!people.is_answer(&Line::Event("bob joined")));
        assert!(!people.is_answer(&Line::Event("1 away: bob")));
        assert!(!people.is_answer(&Line::Event("2 here: ana, bob")));
        for (text, expected) in [
            ("x is y", "ana bob carl+2"),
            ("Eva joined", "ana bob carl Eva+2"),
            ("bob left: \"eva left\"", "ana carl Eva+2"),
            ("gil and hugo joined", "ana carl Eva gil hugo+2"),
            ("carl went to games", "ana Eva gil hugo+2"),
            ("somebody left (kicked)", "ana Eva gil hugo+1"),
            ("Eva is now eve", "ana eve gil hugo+1"),
            ("ana, gil and 807 others joined", "ana eve gil hugo+808"),
            ("ana, gil e mais 800 saíram", "eve hugo+808"),
            ("left and joined joined", "eve hugo joined left+808"),
            ("joined left", "eve hugo left+808"),
            (
                "joined, left and bob joined",
                "bob eve hugo joined left+808",
            ),
            ("bob, left and joined left", "eve hugo+808"),
            (
                "bob, saiu e entrou entraram",
                "bob entrou eve hugo saiu+808",
            ),
            ("bob, saiu e entrou saíram", "eve hugo+808"),
            ("x@y.z joined (direct)", "eve hugo x@y.z+808"),
            ("papo: a word about bob joined", "eve hugo x@y.z+808"),
        ] {
            assert_eq!(told(&mut people, text), expected, "{text}");
        }
        assert!(people.enter("lobby") && !people.enter("lobby"));
        assert!(people.is_answer(&Line::Event("2 here: ana, eve")));
        assert_eq!(told(&mut people, "x is y"), "ana eve+0");
        assert!(!people.enter("lobby"));
        people.hear("games", &Line::Event("zoe joined"));
        assert!(people.of("games").is_none());
    }

    #[test]
    fn each_room_has_its_own_people_until_the_user_leaves_it() {
        let mut people = People::default();
        assert!(people.enter("lobby") && people.enter("games"));
        assert!(people.is_answer(&Line::Event("1 aqui: ana")));
        assert!(people.is_answer(&Line::Event("2 aqui: ana, bob")));
        assert!(!people.enter("lobby") && !people.enter("games"));
        assert_eq!(people.of("games").map(Here::count), Some(2));
        assert_eq!(told(&mut people, "carl entrou"), "ana carl+0");
        people.leave("lobby");
        assert!(people.enter("lobby"));
        people.forget();
        assert!(people.enter("games"));
    }

    #[test]
    fn numbers_and_names_are_bounded() {
        let mut people = People::default();
        people.enter("lobby");
        let many = "9 here: ana and 18446744073709551615 others";
        assert!(people.is_answer(&Line::Event(many)));
        for begin in (0..2 * NAMES).step_by(64) {
            let names: Vec<String> = (begin..begin + 64).map(|n| format!("n{n}")).collect();
            let most = u32::MAX;
            told(
                &mut people,
                &format!("{} and {most} others joined", names.join(", ")),
            );
        }
        let here = people.of("lobby").expect("it was answered");
        assert!(here.names.len() == NAMES && here.count() > NAMES);
    }
}
