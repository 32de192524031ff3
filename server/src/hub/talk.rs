//! Talking: public lines, actions, private lines, the operator's lines, and not listening.
//!
//! It never tells a line back to its speaker, and never tells a speaker that it is ignored.
//! `say` is the hot path: one effect, and as good as nothing to look up.

use std::rc::Rc;

use super::effect::{Effect, RoomId};
use super::id::Id;
use super::notice::{Complaint, Notice, SaidKind};
use super::{Hub, Time, refuse, tell};

impl Hub {
    /// A public line or action.
    pub(super) fn say(
        &mut self,
        now: Time,
        id: Id,
        text: &str,
        kind: SaidKind,
        effects: &mut Vec<Effect>,
    ) {
        let user = &mut self.users[id];
        user.spoke = now;
        let (room, from) = (user.room, user.name.clone());
        let text: Rc<str> = text.into();
        let mut except = vec![id];
        for deaf in self.ignores.deaf_to(&from) {
            if *deaf != id && self.users[*deaf].room == room {
                except.push(*deaf);
            }
        }
        let notice = match kind {
            SaidKind::Line => Notice::Public {
                from: from.clone(),
                text: text.clone(),
            },
            SaidKind::Action => Notice::Action {
                from: from.clone(),
                text: text.clone(),
            },
        };
        self.tell_room(now, room, notice, except, effects);
        // Not before: an arrival, who is welcomed just now with the history, would read it twice.
        self.rooms[room].history.push(now, from, text, kind);
    }

    /// A private line to a name as typed.
    pub(super) fn private(
        &mut self,
        now: Time,
        id: Id,
        to: String,
        text: &str,
        effects: &mut Vec<Effect>,
    ) {
        match self.find(&to) {
            None => refuse(id, Complaint::NoSuchUser(to), effects),
            Some(to) if to == id => refuse(id, Complaint::Yourself, effects),
            Some(to) => self.deliver(now, id, to, text, effects),
        }
    }

    /// A private line to whoever wrote privately last. If that user has left, its name may be
    /// another's by now, who must not get what was meant for the first.
    pub(super) fn reply(&mut self, now: Time, id: Id, text: &str, effects: &mut Vec<Effect>) {
        match &self.users[id].heard_from {
            None => refuse(id, Complaint::NobodyToReply, effects),
            Some((to, _)) if self.users.get(*to).is_some() => {
                self.deliver(now, id, *to, text, effects);
            }
            Some((_, name)) => {
                let name = name.shown().to_owned();
                refuse(id, Complaint::NoSuchUser(name), effects);
            }
        }
    }

    fn deliver(&mut self, now: Time, id: Id, to: Id, text: &str, effects: &mut Vec<Effect>) {
        self.users[id].spoke = now;
        let from = self.users[id].name.clone();
        if self.ignores.ignores(to, &from) {
            return;
        }
        self.arrived(now, to, effects);
        self.users[to].heard_from = Some((id, from.clone()));
        let text = text.into();
        tell(to, Notice::Private { from, text }, effects);
    }

    /// The operator speaks to everybody who has a name.
    pub(super) fn announce(&mut self, now: Time, text: &str, effects: &mut Vec<Effect>) {
        let text: Rc<str> = text.into();
        let rooms: Vec<RoomId> = self.rooms.iter().map(|(room, _)| room).collect();
        for room in rooms {
            let notice = Notice::Announced(text.clone());
            self.tell_room(now, room, notice, Vec::new(), effects);
        }
    }

    /// Ignore a name, or hear it again. Who is ignored need not be there to be heard again.
    pub(super) fn ignore(&mut self, id: Id, typed: String, effects: &mut Vec<Effect>) {
        let listed = crate::name::Name::parse(&typed).ok();
        if let Some(name) = listed.filter(|name| self.ignores.ignores(id, name)) {
            self.ignores.hear(id, &name);
            return tell(id, Notice::Hearing(name), effects);
        }
        let Some(other) = self.find(&typed) else {
            return refuse(id, Complaint::NoSuchUser(typed), effects);
        };
        if other == id {
            return refuse(id, Complaint::Yourself, effects);
        }
        let name = self.users[other].name.clone();
        if self.ignores.ignore(id, name.clone()) {
            tell(id, Notice::Ignoring(name), effects);
        } else {
            refuse(id, Complaint::IgnoreFull, effects);
        }
    }

    pub(super) fn tell_ignored(&self, id: Id, effects: &mut Vec<Effect>) {
        let names = self.ignores.list(id).to_vec();
        tell(id, Notice::Ignored(names), effects);
    }
}
