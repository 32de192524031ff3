//! How bans, mutes and lockdown affect users: who is refused and whose lines are.
//!
//! The rules are made in orders.rs and stored in rules.rs.
//!
//! Invariant: no banned conn becomes a user, and nobody gets a banned name.

use crate::hub::absent::AboutAbsence;
use crate::hub::arrivals::room_name;
use crate::hub::effect::Effect;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::{Complaint, Gone};
use crate::hub::operators::Fault;
use crate::hub::request::Request;
use crate::hub::{Hub, Time, farewell, refuse};

impl Hub {
    /// Refuses what a muted user may not do: anything that would show others a word they chose, be
    /// it a name or a room. Their parting words are removed.
    pub(in crate::hub) fn unless_muted(
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
            Request::Refer(ref refer) if !refer.says() => Some(request),
            Request::Say(_)
            | Request::Refer(_)
            | Request::Act(_)
            | Request::Private { .. }
            | Request::Reply(_)
            | Request::SetTopic(_)
            | Request::Absence(AboutAbsence::Away(_)) => {
                let left = self.rules.muted_for(now, name);
                refuse(id, Complaint::Order(Fault::Muted { left }), effects);
                None
            }
            // Others would read the new name.
            Request::Nick(_) => {
                let left = self.rules.muted_for(now, name);
                refuse(id, Complaint::Order(Fault::MutedName { left }), effects);
                None
            }
            // Others would read the name of a new room. An illegal name is refused as for
            // everybody.
            Request::Join(typed) | Request::Also(typed)
                if room_name(&typed).is_ok_and(|room| !self.rooms.has(&room)) =>
            {
                let left = self.rules.muted_for(now, name);
                refuse(id, Complaint::Order(Fault::MutedRoom { left }), effects);
                None
            }
            Request::Leave(Gone::Quit(_)) => Some(Request::Leave(Gone::Quit("".into()))),
            other => Some(other),
        }
    }

    /// Whether a ban or lockdown refuses this conn or its name; then the conn has been told. `name`
    /// is none for a guest; `known` says that a password has been proved.
    pub(in crate::hub) fn is_refused(
        &mut self,
        now: Time,
        id: Id,
        name: Option<&Name>,
        known: bool,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let address = self.rules.address(id);
        let banned = address.and_then(|address| self.rules.ban_of_address(now, address));
        let why = match banned {
            Some(ban) => Some(Gone::Banned(ban.why.clone())),
            None if self.rules.locked && !known => Some(Gone::Locked),
            None => None,
        };
        if let Some(why) = why {
            self.stop_asking(id, effects);
            self.forget_nameless(id);
            farewell(id, None, why, effects);
            return true;
        }
        let Some(fault) = name.and_then(|name| self.name_banned(now, name)) else {
            return false;
        };
        refuse(id, fault, effects);
        true
    }

    /// The complaint about a banned name.
    pub(in crate::hub) fn name_banned(&self, now: Time, name: &Name) -> Option<Complaint> {
        let ban = self.rules.ban_of_name(now, name)?;
        let (name, why) = (name.clone(), ban.why.clone());
        Some(Complaint::Order(Fault::NameBanned { name, why }))
    }
}
