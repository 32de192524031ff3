//! Talking: public lines, actions, private lines, the operator's lines, and not listening.
//!
//! It never tells a line back to its speaker, and never tells a speaker that it is ignored.
//! `say` is the hot path: one effect, and as good as nothing to look up.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::archive::entry::LineId;
use super::directs::ToDirect;
use super::effect::{Effect, RoomId};
use super::id::Id;
use super::notice::{Complaint, Notice, Said, SaidKind, Who};
use super::persons::Person;
use super::refer::{Author, Deed, Quote, Reference};
use super::request::Request;
use super::tags::Ids;
use super::{Hub, Time, refuse, tell};
use crate::hub::lang::Hint;
use crate::hub::name::Name;
use crate::limits::ROOMS_JOINED;

impl Hub {
    /// The request as it is meant: a command without its slash is refused with a hint when its sender
    /// has said nothing before, or nothing but that; else it is said.
    pub(super) fn meant(
        &mut self,
        id: Id,
        request: Request,
        effects: &mut Vec<Effect>,
    ) -> Option<Request> {
        let user = &mut self.users[id];
        match request {
            Request::Bare { meant, .. } if user.seeks => {
                refuse(id, Complaint::Hint(Hint::Slash(meant)), effects);
                None
            }
            Request::Bare { text, .. } => {
                user.seeks = true;
                Some(Request::Say(text))
            }
            Request::Say(_)
            | Request::Act(_)
            | Request::Private { .. }
            | Request::Reply(_)
            | Request::Refer(_)
            | Request::Once { .. } => {
                user.seeks = false;
                Some(request)
            }
            _ => Some(request),
        }
    }

    /// A public line or action.
    pub(super) fn say(
        &mut self,
        now: Time,
        id: Id,
        text: Rc<str>,
        kind: SaidKind,
        effects: &mut Vec<Effect>,
    ) {
        let room = self.users[id].rooms.spoken();
        let line = self.speak(now, id, room, (text, kind, None), effects);
        if self.users[id].ids != Ids::Hidden {
            self.tell_yours(id, room, line, effects);
        }
    }

    /// The same in one of their rooms, perhaps in answer to a line there, and without an answer: which line it is.
    pub(super) fn speak(
        &mut self,
        now: Time,
        id: Id,
        room: RoomId,
        (text, kind, re): (Rc<str>, SaidKind, Option<Quote>),
        effects: &mut Vec<Effect>,
    ) -> LineId {
        let user = &mut self.users[id];
        user.spoke = Some(now);
        let from = user.name.clone();
        let mut except = self.ignorers_in(id, room);
        except.push(id);
        let by = self.author_of_next(id);
        let line = self.tell_said_by(now, room, (from, text, kind, re), (by, except), effects);
        self.end_away(id, effects);
        line
    }

    /// Tells a line to its room and keeps it among the last ones. Its id.
    pub(super) fn tell_said_by(
        &mut self,
        now: Time,
        room: RoomId,
        (from, text, kind, re): (Name, Rc<str>, SaidKind, Option<Quote>),
        (by, except): (Author, Vec<Id>),
        effects: &mut Vec<Effect>,
    ) -> LineId {
        let notice = match (kind, &re) {
            (_, Some(quote)) => Notice::Refer(Box::new(Reference {
                by: from.clone(),
                quote: quote.clone(),
                deed: Deed::Replied(text.clone()),
            })),
            (SaidKind::Line, None) => Notice::Public {
                from: from.clone(),
                text: text.clone(),
            },
            (SaidKind::Action, None) => Notice::Action {
                from: from.clone(),
                text: text.clone(),
            },
        };
        let line = self.tell_room(now, room, notice, except, effects);
        let said = Said {
            id: line,
            from,
            text,
            kind,
            age: Time::ZERO,
            is_edited: false,
            re: re.map(Box::new),
        };
        // Not before: an arrival, who is welcomed just now with the history, would read it twice.
        self.rooms.remember(room, now, said, by);
        line
    }

    /// The others in a room who ignore this user, and so do not read what they say there.
    pub(super) fn ignorers_in(&self, id: Id, room: RoomId) -> Vec<Id> {
        match self.ignores.ignorers_of(&self.users[id].name) {
            Some(deaf) => self
                .deaf_in(room, deaf)
                .filter(|deaf| *deaf != id)
                .collect(),
            None => Vec::new(),
        }
    }

    /// Those of the deaf who are in this room. Whoever are fewer are looked through, the deaf or the
    /// room: a line to few does not cost more because thousands elsewhere ignore its speaker.
    pub(super) fn deaf_in<'a>(
        &'a self,
        room: RoomId,
        deaf: &'a BTreeSet<Id>,
    ) -> impl Iterator<Item = Id> + 'a {
        let members = &self.rooms[room].members;
        let by_room = members.len() < deaf.len();
        let here = by_room.then(|| members.values().filter(|id| deaf.contains(id)));
        let is_here = move |id: &&Id| self.users[**id].rooms.has(room);
        let known = (!by_room).then(|| deaf.iter().filter(is_here));
        let both = here
            .into_iter()
            .flatten()
            .chain(known.into_iter().flatten());
        both.copied()
    }

    /// A private line to a name or an address as typed.
    pub(super) fn private(
        &mut self,
        now: Time,
        id: Id,
        to: &str,
        text: Rc<str>,
        effects: &mut Vec<Effect>,
    ) {
        match self.find_other(Some(id), to) {
            Ok(to) => self.write_to(now, id, to, text, effects),
            Err(Complaint::NoSuchUser(to)) => self.write_later(now, id, &to, text, effects),
            Err(complaint) => refuse(id, complaint, effects),
        }
    }

    pub(super) fn write_to(
        &mut self,
        now: Time,
        id: Id,
        to: Person,
        text: Rc<str>,
        effects: &mut Vec<Effect>,
    ) {
        self.users[id].spoke = Some(now);
        match to {
            Person::User(to) => self.hand_over(now, Person::User(id), to, text, effects),
            Person::Direct(to) => {
                let (to, from) = (self.directs[to].clone(), self.users[id].name.clone());
                effects.push(Effect::Direct {
                    to,
                    from,
                    what: ToDirect::Line(text),
                });
            }
        }
    }

    /// A private line to a user, who is not told it if it ignores the writer.
    pub(super) fn hand_over(
        &mut self,
        now: Time,
        person: Person,
        to: Id,
        text: Rc<str>,
        effects: &mut Vec<Effect>,
    ) {
        self.tell_away(person, to, effects);
        let from = self.who(person);
        if self.ignores.ignores(to, &from) {
            return;
        }
        self.arrived(now, to, effects);
        self.tell_private(now, (person, to), text, effects);
    }

    /// Tells every room. A user of several rooms gets the line once, where they speak.
    pub(super) fn tell_all(&mut self, now: Time, notice: &Notice, effects: &mut Vec<Effect>) {
        let rooms: Vec<RoomId> = self.rooms.iter().map(|(room, _)| room).collect();
        let mut elsewhere: BTreeMap<RoomId, Vec<Id>> = BTreeMap::new();
        for id in &self.several {
            let user = &self.users[*id];
            // A program gets each line of each room, since it counts them.
            let all = match user.ids {
                Ids::Tags => ROOMS_JOINED,
                Ids::Hidden | Ids::Short => 1,
            };
            for place in user.rooms.iter().skip(all) {
                elsewhere.entry(place.room).or_default().push(*id);
            }
        }
        for room in rooms {
            let except = elsewhere.remove(&room).unwrap_or_default();
            self.tell_room(now, room, notice.clone(), except, effects);
        }
    }

    /// Ignore a name, or hear it again. Who is ignored need not be there to be heard again.
    pub(super) fn ignore(&mut self, id: Id, typed: &str, effects: &mut Vec<Effect>) {
        let listed = match Name::parse(typed) {
            Ok(name) => Who::User(name),
            Err(_) => Who::Direct(typed.into()),
        };
        if let Some(who) = self.ignores.stop_ignoring(id, &listed) {
            return tell(id, Notice::Hearing(who), effects);
        }
        let who = match self.find_other(Some(id), typed) {
            Ok(person) => self.who(person),
            Err(Complaint::NoSuchUser(_)) if self.heard_lately(id, &listed) => listed,
            Err(complaint) => return refuse(id, complaint, effects),
        };
        if self.ignores.ignore(id, who.clone()) {
            tell(id, Notice::Ignoring(who), effects);
        } else {
            refuse(id, Complaint::IgnoreFull, effects);
        }
    }

    pub(super) fn tell_ignored(&self, id: Id, effects: &mut Vec<Effect>) {
        let listed = self.ignores.list(id).to_vec();
        tell(id, Notice::Ignored(listed), effects);
    }
}
