//! What the operators' orders mean for everybody else: who is not let in, and who is not heard.
//!
//! It lays down nothing itself (orders.rs) and keeps nothing (rules.rs).
//!
//! Invariant: nobody who is banned becomes a user or gets a name that is.

use super::arrivals::room_name;
use super::effect::Effect;
use super::id::Id;
use super::notice::{Complaint, Gone};
use super::outcome::Fault;
use super::request::Request;
use super::{Hub, Time, farewell, refuse};
use crate::hub::name::Name;

impl Hub {
    /// What a muted user may not ask is refused and gone: whatever would tell others a word of its
    /// choosing, be it a name or a room. Its last words are taken out.
    pub(super) fn heard(
        &self,
        now: Time,
        id: Id,
        request: Request,
        effects: &mut Vec<Effect>,
    ) -> Option<Request> {
        let name = &self.users[id].name;
        if !self.rules.is_muted(now, name) {
            return Some(request);
        }
        match request {
            Request::Say(_) | Request::Act(_) | Request::Private { .. } | Request::Reply(_) => {
                let left = self.rules.muted_for(now, name);
                refuse(id, Complaint::Order(Fault::Muted { left }), effects);
                None
            }
            // Another name would be another's, and one more thing to shout.
            Request::Nick(_) => {
                let left = self.rules.muted_for(now, name);
                refuse(id, Complaint::Order(Fault::MutedName { left }), effects);
                None
            }
            // The others would read the name of the room. What is no name is refused as for everybody.
            Request::Join(typed) if room_name(&typed).is_ok_and(|room| !self.rooms.has(&room)) => {
                let left = self.rules.muted_for(now, name);
                refuse(id, Complaint::Order(Fault::MutedRoom { left }), effects);
                None
            }
            Request::Leave(Gone::Quit(_)) => Some(Request::Leave(Gone::Quit("".into()))),
            other => Some(other),
        }
    }

    /// Whether a conn that wants this name, or one that the server gives, may not have it; then it has
    /// been told. `known` is who has proved a registration.
    pub(super) fn turned_back(
        &mut self,
        now: Time,
        id: Id,
        name: Option<&Name>,
        known: bool,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let address = self.rules.address(id);
        let banned = address.and_then(|address| self.rules.of_address(now, address));
        let why = match banned {
            Some(ban) => Some(Gone::Banned(ban.why.clone())),
            None if self.rules.locked && !known => Some(Gone::Locked),
            None => None,
        };
        if let Some(why) = why {
            self.stop_asking(id, effects);
            self.users.remove(id);
            farewell(id, None, why, effects);
            return true;
        }
        let Some(fault) = name.and_then(|name| self.name_banned(now, name)) else {
            return false;
        };
        refuse(id, fault, effects);
        true
    }

    /// The complaint about a name that is banned.
    pub(super) fn name_banned(&self, now: Time, name: &Name) -> Option<Complaint> {
        let ban = self.rules.of_name(now, name)?;
        let (name, why) = (name.clone(), ban.why.clone());
        Some(Complaint::Order(Fault::NameBanned { name, why }))
    }
}
