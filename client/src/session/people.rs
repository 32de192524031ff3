//! Who is in the room in which the user speaks. The server is asked for them once in each room, and its answer is not
//! shown; from then on those who come and go are noted. It sends nothing and draws nothing.
//!
//! Invariant: who was never told is in `others`, so `names` and `others` together are as many as there are.

use super::protocol::{Event, Line, came, counted, parts};

/// See the top of this file.
#[derive(Debug, Default)]
pub(crate) struct People {
    /// The room that the server was asked about.
    room: Option<String>,
    pub(crate) names: Vec<String>,
    pub(crate) others: usize,
    awaited: Awaited,
}

/// What the server still answers.
#[derive(Debug, Default, PartialEq, Eq)]
enum Awaited {
    #[default]
    Nothing,
    Here,
    /// Who is in other rooms, if there is anybody.
    Elsewhere,
}

impl People {
    /// The user speaks in this room. True if the server is to be asked `/online` now.
    pub(super) fn enter(&mut self, room: &str) -> bool {
        let is_other = self.room.as_deref() != Some(room);
        if is_other {
            self.room = Some(room.to_owned());
            self.awaited = Awaited::Here;
        }
        is_other
    }

    /// What was known may be wrong, as after a drop.
    pub(super) fn forget(&mut self) {
        *self = People::default();
    }

    /// Whether this line of no room is what was asked for.
    pub(super) fn is_answer(&mut self, line: &Line<'_>) -> bool {
        let Line::Event(text) = line else {
            return false;
        };
        match self.awaited {
            Awaited::Here => {
                let Some(list) = counted(text, &["here", "aqui"]) else {
                    return false;
                };
                (self.names, self.others) = (Vec::new(), 0);
                self.add(list);
                self.awaited = Awaited::Elsewhere;
                true
            }
            Awaited::Elsewhere => {
                self.awaited = Awaited::Nothing;
                counted(text, &["elsewhere", "em outras salas"]).is_some()
            }
            Awaited::Nothing => false,
        }
    }

    /// Learn from a line of this room.
    pub(super) fn hear(&mut self, room: &str, line: &Line<'_>) {
        let Line::Event(text) = line else {
            return;
        };
        if self.room.as_deref() != Some(room) {
            return;
        }
        if let Event::OtherName(from, to) = Event::parse(text) {
            self.remove(from);
            self.add(to);
        } else if let Some(list) = joined(text) {
            self.add(list);
        } else if let Some(list) = went(text) {
            self.remove(list);
        }
    }

    fn add(&mut self, list: &str) {
        for part in parts(list) {
            match unnamed(part) {
                Some(others) => self.others += others,
                None => {
                    let name = first_word(part).to_owned();
                    if !self.names.contains(&name) {
                        self.names.push(name);
                    }
                }
            }
        }
    }

    fn remove(&mut self, list: &str) {
        for part in parts(list) {
            let known = self.names.iter().position(|name| name == first_word(part));
            let others = match (unnamed(part), known) {
                (Some(others), _) => others,
                (None, Some(at)) => {
                    self.names.remove(at);
                    0
                }
                (None, None) => 1,
            };
            self.others = self.others.saturating_sub(others);
        }
    }
}

fn joined(text: &str) -> Option<&str> {
    let direct = [" (direct)", " (direto)"].into_iter();
    let text = { direct }
        .find_map(|end| text.strip_suffix(end))
        .unwrap_or(text);
    came(text).filter(|list| is_list(list))
}

fn went(text: &str) -> Option<&str> {
    let ends = [" left", " saiu", " saíram"];
    let whole = ends.into_iter().find_map(|end| text.strip_suffix(end));
    let reasons = [
        " left (",
        " left: \"",
        " saiu (",
        " saiu: \"",
        " went to ",
        " foi para ",
    ];
    let with_reason = || {
        reasons
            .into_iter()
            .find_map(|mark| Some(text.split_once(mark)?.0))
    };
    whole.or_else(with_reason).filter(|list| is_list(list))
}

/// Whether a text is nothing but names, and how many others there are.
fn is_list(text: &str) -> bool {
    parts(text).all(|part| !part.is_empty() && (!part.contains(' ') || unnamed(part).is_some()))
}

/// How many `807 others` or `mais 807` are.
fn unnamed(part: &str) -> Option<usize> {
    let number = match part.strip_prefix("mais ") {
        Some(number) => number,
        None => part
            .strip_suffix(" others")
            .or(part.strip_suffix(" other"))?,
    };
    number.parse().ok()
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
        format!("{}+{}", people.names.join(" "), people.others)
    }

    #[test]
    fn those_who_are_here_are_asked_for_once_and_followed() {
        let mut people = People::default();
        assert!(people.enter("lobby") && !people.enter("lobby"));
        assert!(!people.is_answer(&Line::Event("bob joined")));
        assert!(people.is_answer(&Line::Event("5 here: ana, bob, carl and 2 others")));
        assert!(people.is_answer(&Line::Event("1 elsewhere: dora (games)")));
        assert!(!people.is_answer(&Line::Event("2 here: ana, bob")));
        assert_eq!(told(&mut people, "x is y"), "ana bob carl+2");
        for (text, expected) in [
            ("eva joined", "ana bob carl eva+2"),
            ("bob left: \"eva left\"", "ana carl eva+2"),
            ("gil and hugo joined", "ana carl eva gil hugo+2"),
            ("carl went to games", "ana eva gil hugo+2"),
            ("somebody left (kicked)", "ana eva gil hugo+1"),
            ("eva is now eve", "ana gil hugo eve+1"),
            ("ana, gil and 807 others joined", "ana gil hugo eve+808"),
            ("ana, gil e mais 800 saíram", "hugo eve+8"),
            ("x@y.z joined (direct)", "hugo eve x@y.z+8"),
            ("papo: a word about bob joined", "hugo eve x@y.z+8"),
        ] {
            assert_eq!(told(&mut people, text), expected, "{text}");
        }
        people.hear("games", &Line::Event("zoe joined"));
        assert!(!people.names.contains(&"zoe".to_owned()));
    }

    #[test]
    fn an_answer_to_what_was_not_asked_is_shown() {
        let mut people = People::default();
        people.enter("lobby");
        assert!(people.is_answer(&Line::Event("1 aqui: ana")));
        assert!(!people.is_answer(&Line::Event("bob entrou")));
        assert!(!people.is_answer(&Line::Event("1 em outras salas: bob (x)")));
        assert_eq!(told(&mut people, "bob entrou"), "ana bob+0");
        people.forget();
        assert!(people.enter("lobby"));
    }
}
