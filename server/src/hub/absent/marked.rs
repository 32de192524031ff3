//! Private lines with a program's mark for who is not here: they are done when the store has them, and answered
//! then, wherever the program is connected by that time.
//!
//! Invariant: while the store has not answered, a line that comes with the same mark is not looked at.

use std::rc::Rc;

use super::letters::{Errand, Origin};
use super::{Absence, AbsenceFault, Unkept};
use crate::hub::KeyHash;
use crate::hub::effect::Effect;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::{Complaint, Notice};
use crate::hub::sessions::tell_done;
use crate::hub::tags::Tag;
use crate::hub::{Hub, Time, tell};

/// Lines that the store has not answered for.
#[derive(Default)]
pub(in crate::hub) struct Marked {
    waiting: Vec<Waiting>,
    next: u64,
}

struct Waiting {
    number: u64,
    whose: Whose,
    mark: Rc<str>,
}

/// The sender: known by the key, or else by the arrival.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Key(KeyHash),
    Arrival(u64),
}

impl Hub {
    /// Whether a line of a user with this mark waits for the store.
    pub(in crate::hub) fn is_waiting(&self, id: Id, mark: &str) -> bool {
        let whose = self.whose(id);
        let mut waiting = self.marked.waiting.iter();
        waiting.any(|line| line.whose == whose && *line.mark == *mark)
    }

    /// Whether what a line with a mark has led to is a letter. It is then answered later.
    pub(in crate::hub) fn waits(&mut self, id: Id, mark: &Rc<str>, effects: &mut [Effect]) -> bool {
        let letter = effects.iter_mut().find_map(|effect| match effect {
            Effect::Letters(Errand::Leave { origin, .. }) => Some(origin),
            _ => None,
        });
        let Some(origin) = letter else { return false };
        let number = self.marked.next;
        self.marked.next += 1;
        *origin = Origin::Marked(number);
        let (whose, mark) = (self.whose(id), mark.clone());
        self.marked.waiting.push(Waiting {
            number,
            whose,
            mark,
        });
        true
    }

    /// The store has kept such a line, or has not: then it may be sent again.
    pub(super) fn marked_left(
        &mut self,
        now: Time,
        number: u64,
        to: Name,
        unkept: Option<Unkept>,
        effects: &mut Vec<Effect>,
    ) {
        let mut waiting = self.marked.waiting.iter();
        let Some(at) = waiting.position(|line| line.number == number) else {
            return;
        };
        let Waiting { whose, mark, .. } = self.marked.waiting.swap_remove(at);
        let id = match whose {
            Whose::Key(key) => self.sessions.find(key),
            Whose::Arrival(arrival) => self.users.of_arrival(arrival),
        };
        let Some(id) = id else {
            if let (Whose::Key(key), None) = (whose, unkept) {
                self.leavers.places.keep_mark(now, key, mark);
            }
            return;
        };
        self.arrived(now, id, effects);
        match unkept {
            None => {
                self.sessions.keep_mark(id, mark.clone(), None);
                self.place_changed(id);
                tell(id, Notice::Absence(Absence::Kept(to)), effects);
                tell_done(id, mark, None, effects);
            }
            Some(why) => {
                let complaint = Complaint::Absence(AbsenceFault::Unkept(to, why));
                tell(id, Notice::Tag(Tag::Refused { mark, complaint }), effects);
            }
        }
    }

    fn whose(&self, id: Id) -> Whose {
        let key = self.sessions.get(id).and_then(|session| session.key);
        key.map_or(Whose::Arrival(self.users[id].arrival), Whose::Key)
    }
}

/// Why nothing came of a request, if that is what is told.
pub(in crate::hub) fn refusal(notice: &Notice) -> Option<Complaint> {
    match notice {
        Notice::Refused(complaint) => Some(complaint.clone()),
        Notice::Absence(Absence::Unkept(to, why)) => {
            Some(Complaint::Absence(AbsenceFault::Unkept(to.clone(), *why)))
        }
        _ => None,
    }
}
