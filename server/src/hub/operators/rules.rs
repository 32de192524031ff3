//! The operators' rules: bans, mutes, lockdown. Also the address of each conn, which bans by
//! address need. It makes no effects.
//!
//! Invariant: at most [`BANS`] bans and as many mutes, no two for the same target. An expired rule
//! is ignored at once and removed when the next one is added.

use std::fmt;
use std::net::IpAddr;
use std::rc::Rc;

use crate::hub::Time;
use crate::hub::guests;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::Who;
use crate::hub::operators::net::Net;
use crate::limits::BANS;

/// The target of a ban.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// Anybody of this name.
    Name(Name),
    /// Anybody from these addresses.
    Net(Net),
}

/// One ban.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ban {
    /// Its target.
    pub whom: Target,
    /// The operator's name; empty for the console.
    pub by: Rc<str>,
    /// The reason, or empty.
    pub why: Rc<str>,
    /// When it ends; none is never.
    pub until: Option<Time>,
}

/// See the top of this file.
#[derive(Default)]
pub(in crate::hub) struct Rules {
    /// Oldest first.
    bans: Vec<Ban>,
    mutes: Vec<Mute>,
    pub(in crate::hub) locked: bool,
    /// By slot: the last conn there and its address.
    addresses: Vec<Option<(Id, IpAddr)>>,
}

struct Mute {
    whom: Who,
    until: Option<Time>,
}

impl Target {
    /// A name or addresses, as typed; no text is both.
    pub fn parse(typed: &str) -> Option<Target> {
        match Net::parse(typed) {
            Some(net) => Some(Target::Net(net)),
            None => Name::parse(typed).ok().map(Target::Name),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Name(name) => f.write_str(name.shown()),
            Target::Net(net) => net.fmt(f),
        }
    }
}

impl Rules {
    pub(in crate::hub) fn clear_bans(&mut self) {
        self.bans.clear();
    }

    /// Adds a ban, replacing one of the same target; false when there are too many.
    pub(in crate::hub) fn ban(&mut self, now: Time, ban: Ban) -> bool {
        self.bans
            .retain(|other| other.whom != ban.whom && lasts(other.until, now));
        let has_room = self.bans.len() < BANS;
        if has_room {
            self.bans.push(ban);
        }
        has_room
    }

    /// Lifts a ban, if there is one.
    pub(in crate::hub) fn unban(&mut self, now: Time, whom: &Target) -> Option<Ban> {
        let is_it = |ban: &Ban| ban.whom == *whom && lasts(ban.until, now);
        let at = self.bans.iter().position(is_it)?;
        Some(self.bans.remove(at))
    }

    pub(in crate::hub) fn ban_of_name(&self, now: Time, name: &Name) -> Option<&Ban> {
        let is_it = |ban: &&Ban| matches!(&ban.whom, Target::Name(other) if other == name);
        self.list(now).find(is_it)
    }

    pub(in crate::hub) fn ban_of_address(&self, now: Time, address: IpAddr) -> Option<&Ban> {
        let is_it = |ban: &&Ban| matches!(&ban.whom, Target::Net(net) if net.contains(address));
        self.list(now).find(is_it)
    }

    /// All bans in force, oldest first.
    pub(in crate::hub) fn list(&self, now: Time) -> impl Iterator<Item = &Ban> {
        self.bans.iter().filter(move |ban| lasts(ban.until, now))
    }

    /// Mutes a user until then; false when there are too many mutes.
    pub(in crate::hub) fn mute(&mut self, now: Time, whom: Who, until: Option<Time>) -> bool {
        self.mutes
            .retain(|mute| mute.whom != whom && lasts(mute.until, now));
        let has_room = self.mutes.len() < BANS;
        if has_room {
            self.mutes.push(Mute { whom, until });
        }
        has_room
    }

    /// Ends a mute; false when there was none.
    pub(in crate::hub) fn unmute(&mut self, now: Time, whom: &Who) -> bool {
        let muted = self.mute_of(now, whom).is_some();
        self.mutes.retain(|mute| mute.whom != *whom);
        muted
    }

    /// A user has left. Nobody gets a guest's name again, so a mute of a guest ends.
    pub(in crate::hub) fn forget_guest(&mut self, name: &Name) {
        if !self.mutes.is_empty() && guests::number(name).is_some() {
            self.mutes.retain(|mute| !is_name(mute, name));
        }
    }

    /// A direct user has left, and a mute of them ends.
    pub(in crate::hub) fn forget_direct(&mut self, email: &Rc<str>) {
        if !self.mutes.is_empty() {
            let whom = Who::Direct(email.clone());
            self.mutes.retain(|mute| mute.whom != whom);
        }
    }

    /// Whether a name is muted. While there are no mutes, this is one look at an empty list.
    pub(in crate::hub) fn is_muted(&self, now: Time, name: &Name) -> bool {
        let mut mutes = self.mutes.iter();
        mutes.any(|mute| is_name(mute, name) && lasts(mute.until, now))
    }

    /// For how long a name is still muted; none is for ever.
    pub(in crate::hub) fn muted_for(&self, now: Time, name: &Name) -> Option<Time> {
        let mute = self.mutes.iter().find(|mute| is_name(mute, name))?;
        Some(mute.until?.saturating_sub(now))
    }

    /// The mute of a user: for how long still, none is for ever.
    pub(in crate::hub) fn mute_of(&self, now: Time, whom: &Who) -> Option<Option<Time>> {
        let mut mutes = self.mutes.iter();
        let mute = mutes.find(|mute| mute.whom == *whom && lasts(mute.until, now))?;
        Some(mute.until.map(|until| until - now))
    }

    /// Notes the address of a conn.
    pub(in crate::hub) fn note_address(&mut self, id: Id, address: IpAddr) {
        if self.addresses.len() <= id.slot() {
            self.addresses.resize(id.slot() + 1, None);
        }
        self.addresses[id.slot()] = Some((id, address.to_canonical()));
    }

    /// The conns from a net, by slot; some may have left. It scans every slot, 2 ns each: an index
    /// by address would cost 60 bytes a conn for a rare order.
    pub(in crate::hub) fn conns_from(&self, net: Net) -> Vec<Id> {
        let known = self.addresses.iter().flatten();
        let inside = known.filter(|(_, address)| net.contains(*address));
        inside.map(|(id, _)| *id).collect()
    }

    /// The address of a conn, if known.
    pub(in crate::hub) fn address(&self, id: Id) -> Option<IpAddr> {
        let last = self.addresses.get(id.slot()).copied().flatten();
        last.filter(|(owner, _)| *owner == id)
            .map(|(_, address)| address)
    }

    pub(in crate::hub) fn invariants(&self) {
        assert!(self.bans.len() <= BANS && self.mutes.len() <= BANS);
        for (at, ban) in self.bans.iter().enumerate() {
            let mut others = self.bans[at + 1..].iter();
            assert!(others.all(|other| other.whom != ban.whom), "banned twice");
        }
    }
}

fn is_name(mute: &Mute, name: &Name) -> bool {
    matches!(&mute.whom, Who::User(other) if other == name)
}

fn lasts(until: Option<Time>, now: Time) -> bool {
    until.is_none_or(|until| until > now)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ban(whom: &str, until: Option<u64>) -> Ban {
        Ban {
            whom: Target::parse(whom).expect("a target"),
            by: "ana".into(),
            why: "".into(),
            until: until.map(Duration::from_secs),
        }
    }

    #[test]
    fn an_expired_ban_is_ignored() {
        let mut rules = Rules::default();
        let bob = Name::parse("BOB").expect("a name");
        assert!(rules.ban(Time::ZERO, ban("bob", Some(60))));
        assert!(rules.ban_of_name(Time::from_secs(59), &bob).is_some());
        assert!(rules.ban_of_name(Time::from_secs(60), &bob).is_none());
        let whom = Target::Name(bob);
        assert_eq!(rules.unban(Time::from_secs(60), &whom), None);
        assert!(rules.unban(Time::from_secs(59), &whom).is_some());
    }

    #[test]
    fn expired_bans_make_room_in_a_full_list() {
        let mut rules = Rules::default();
        for n in 0..BANS {
            assert!(rules.ban(Time::ZERO, ban(&format!("u{n}"), Some(60))));
        }
        assert!(!rules.ban(Time::ZERO, ban("bob", None)));
        assert_eq!(rules.list(Time::ZERO).count(), BANS);
        assert!(rules.ban(Time::ZERO, ban("u7", None)), "not one more");
        assert!(rules.ban(Time::from_secs(60), ban("bob", None)));
        assert_eq!(rules.list(Time::from_secs(60)).count(), 2);
        rules.invariants();
    }

    #[test]
    fn an_address_belongs_to_one_generation() {
        let mut rules = Rules::default();
        let id = |generation| Id {
            index: 3,
            generation,
        };
        rules.note_address(id(1), [10, 0, 0, 1].into());
        assert_eq!(rules.address(id(1)), Some([10, 0, 0, 1].into()));
        assert_eq!(rules.address(id(2)), None);
        rules.note_address(id(2), [10, 0, 0, 2].into());
        assert_eq!(rules.address(id(1)), None);
    }
}
