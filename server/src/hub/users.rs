//! The table of users: who has which slot, and who has which name.
//! It never changes a room and never makes an effect.
//!
//! Invariant: `by_name` and `by_look` hold exactly the names and looks of the users in the slots,
//! each with the id of its owner, so a name is free in the instant in which its user is removed;
//! `in_order` holds exactly the users.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::Time;
use super::accounts::Number;
use super::guests::Guests;
use super::id::Id;
use super::memberships::Memberships;
use super::reply::Writer;
use super::tags::Ids;
use crate::hub::name::Name;

/// One user.
pub(super) struct User {
    pub(super) name: Name,
    pub(super) rooms: Memberships,
    /// When it got its first name.
    pub(super) since: Time,
    /// When it last said something to anybody, if it did.
    pub(super) spoke: Option<Time>,
    /// Whether it has said nothing since it came, or nothing since a command without its slash: the next
    /// such line is not meant for others.
    pub(super) seeks: bool,
    /// Who wrote privately last.
    pub(super) heard_from: Option<Box<Writer>>,
    /// The registrations that it has proved to be its own, perhaps of names that it had before. Each
    /// has cost a password hash.
    pub(super) proved: Box<[Number]>,
    pub(super) rank: Rank,
    /// What its lines begin with.
    pub(super) ids: Ids,
    /// The number of its place on disk; 0 is none.
    pub(super) place: u64,
    /// Its place in the order of arrival, never used again. 0 is none; the table sets it then.
    pub(super) arrival: u64,
}

/// Who types: that decides what a line can mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rank {
    /// No user yet: it was asked for the password of a name.
    Claimant,
    /// A user like any other.
    User,
    /// Asked for the operators' password.
    Asked,
    /// It was asked for the operators' password and gave one; the verdict is still to come.
    Proving,
    /// It has proved it.
    Operator,
}

/// What the hub knows of an id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// A conn that has no name yet.
    Nameless,
    /// A user.
    User,
    /// It has left, or its slot has a new owner: nothing is done for it any more.
    Gone,
}

/// All users by slot, by name and by the look of the name.
#[derive(Default)]
pub(super) struct Users {
    slots: Vec<Slot>,
    /// By the name's key alone: a whole name in it would cost each user 16 bytes more.
    by_name: HashMap<Rc<str>, Id>,
    /// By all of the name's looks.
    by_look: HashMap<Rc<str>, Id>,
    guests: Guests,
    in_order: BTreeMap<u64, Id>,
    arrivals: u64,
}

/// What is known of an index, with the generation of the last one who had it.
enum Slot {
    /// Nobody had it so far, as far as the hub knows.
    Fresh,
    Taken(u32, Box<User>),
    /// Later generations are nameless conns.
    Left(u32),
}

impl Users {
    pub(super) fn standing(&self, id: Id) -> Standing {
        match self.slots.get(id.slot()) {
            None | Some(Slot::Fresh) => Standing::Nameless,
            Some(Slot::Taken(owner, _)) if *owner == id.generation => Standing::User,
            Some(Slot::Left(last)) if is_later(id.generation, *last) => Standing::Nameless,
            Some(Slot::Taken(..) | Slot::Left(_)) => Standing::Gone,
        }
    }

    pub(super) fn get(&self, id: Id) -> Option<&User> {
        match self.slots.get(id.slot()) {
            Some(Slot::Taken(owner, user)) if *owner == id.generation => Some(user),
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut User> {
        match self.slots.get_mut(id.slot()) {
            Some(Slot::Taken(owner, user)) if *owner == id.generation => Some(user),
            _ => None,
        }
    }

    /// Who has the name with this key.
    pub(super) fn find(&self, key: &str) -> Option<Id> {
        self.by_name.get(key).copied()
    }

    /// Who came as this one, if they are still here.
    pub(super) fn of_arrival(&self, arrival: u64) -> Option<Id> {
        self.in_order.get(&arrival).copied()
    }

    /// Whether `asks` can have this name: nobody else has it, or one that looks like it.
    pub(super) fn is_free(&self, name: &Name, asks: Option<Id>) -> bool {
        let is_its = |owner: Option<&Id>| owner.is_none_or(|owner| Some(*owner) == asks);
        is_its(self.by_name.get(name.key()))
            && name.doubles().all(|key| is_its(self.by_name.get(&key)))
            && name.all_looks().all(|look| is_its(self.by_look.get(&look)))
    }

    /// The name for the next guest; nobody has it or had it.
    pub(super) fn guest_name(&self) -> Name {
        self.guests.next_name()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.by_name.len()
    }

    /// Everybody, in the order of the slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Id, &User)> + Clone {
        let slots = self.slots.iter().enumerate();
        slots.filter_map(|(index, slot)| match slot {
            Slot::Taken(generation, user) => {
                let (index, generation) = (index as u32, *generation);
                Some((Id { index, generation }, &**user))
            }
            Slot::Fresh | Slot::Left(_) => None,
        })
    }

    /// Everybody's names, in the order of arrival: slots are used again, so theirs is another.
    pub(super) fn names(&self) -> impl Iterator<Item = &Name> + Clone {
        self.in_order.values().map(|id| &self[*id].name)
    }

    /// A nameless conn becomes a user; its name is free. Who goes on at another conn keeps their place.
    pub(super) fn insert(&mut self, id: Id, mut user: User) {
        debug_assert_eq!(self.standing(id), Standing::Nameless);
        if user.arrival == 0 {
            self.arrivals += 1;
            user.arrival = self.arrivals;
        }
        self.in_order.insert(user.arrival, id);
        self.enlist(id, &user.name);
        *self.slot_mut(id) = Slot::Taken(id.generation, Box::new(user));
    }

    /// The conn is over, with a name or without; its id never counts again.
    pub(super) fn remove(&mut self, id: Id) -> Option<User> {
        match std::mem::replace(self.slot_mut(id), Slot::Left(id.generation)) {
            Slot::Taken(_, user) => {
                self.delist(&user.name);
                self.in_order.remove(&user.arrival);
                Some(*user)
            }
            Slot::Fresh | Slot::Left(_) => None,
        }
    }

    /// Another name, which is free for this user. Returns the old one.
    pub(super) fn rename(&mut self, id: Id, name: &Name) -> Name {
        let old = std::mem::replace(&mut self[id].name, name.clone());
        self.delist(&old);
        self.enlist(id, name);
        old
    }

    fn enlist(&mut self, id: Id, name: &Name) {
        self.by_name.insert(name.shared_key(), id);
        self.by_look.extend(name.looks().map(|look| (look, id)));
        self.guests.take(name);
    }

    fn delist(&mut self, name: &Name) {
        self.by_name.remove(name.key());
        for look in name.looks() {
            self.by_look.remove(&look);
        }
    }

    fn slot_mut(&mut self, id: Id) -> &mut Slot {
        if self.slots.len() <= id.slot() {
            self.slots.resize_with(id.slot() + 1, || Slot::Fresh);
        }
        &mut self.slots[id.slot()]
    }

    pub(super) fn invariants(&self) {
        assert_eq!(self.iter().count(), self.by_name.len(), "one name a user");
        let looks = self.iter().flat_map(|(_, user)| user.name.looks());
        assert_eq!(looks.count(), self.by_look.len(), "no two look the same");
        assert_eq!(self.in_order.len(), self.by_name.len(), "one place a user");
        for (id, user) in self.iter() {
            assert_eq!(self.in_order.get(&user.arrival), Some(&id));
            self.guests.invariants(&user.name);
            assert_eq!(
                self.find(user.name.key()),
                Some(id),
                "the name leads to its owner"
            );
            assert_eq!(
                self.by_look.get(&user.name.look()),
                Some(&id),
                "and so does its look"
            );
        }
    }
}

/// For ids that are known to be of a user: [`Users::standing`] said so, or a room seats them.
impl std::ops::Index<Id> for Users {
    type Output = User;
    fn index(&self, id: Id) -> &User {
        self.get(id).expect("the id is a user's")
    }
}

impl std::ops::IndexMut<Id> for Users {
    fn index_mut(&mut self, id: Id) -> &mut User {
        self.get_mut(id).expect("the id is a user's")
    }
}

/// Generations wrap, so "later" means less than half way round.
fn is_later(generation: u32, last: u32) -> bool {
    let ahead = generation.wrapping_sub(last);
    ahead != 0 && ahead < u32::MAX / 2
}

#[cfg(test)]
mod tests {
    use super::super::{Complaint, Effect, Hub, Notice, Request};
    use super::*;

    /// What a user does, and whom it tells something and what.
    fn ask(hub: &mut Hub, index: u32, request: Request) -> Option<(u32, Notice)> {
        let id = Id {
            index,
            generation: 1,
        };
        let mut effects = Vec::new();
        hub.handle(Time::ZERO, id, request, &mut effects);
        let told = effects.into_iter().find_map(|effect| match effect {
            Effect::Tell { to, notice } => Some((to.index, notice)),
            _ => None,
        });
        hub.settle(Time::ZERO, &mut Vec::new());
        hub.invariants();
        told
    }

    fn taken(to: u32, name: &str) -> Option<(u32, Notice)> {
        let complaint = Complaint::NameTaken(name.to_owned());
        Some((to, Notice::Refused(complaint)))
    }

    fn enter(name: &str) -> Request {
        Request::Enter(name.to_owned())
    }

    fn nick(name: &str) -> Request {
        Request::Nick(name.to_owned())
    }

    #[test]
    fn a_user_is_small() {
        // What the allocator gives out as 160 bytes. Each of a hundred thousand users pays for more.
        assert!(size_of::<User>() <= 152, "{}", size_of::<User>());
        assert!(size_of::<Slot>() <= 16, "{}", size_of::<Slot>());
    }

    #[test]
    fn iara_and_lara_are_two_and_nobody_looks_like_either() {
        let mut hub = Hub::new(0);
        assert_eq!(ask(&mut hub, 0, enter("Iara")), None);
        assert_eq!(ask(&mut hub, 1, enter("lara")), taken(1, "lara"));
        assert_eq!(ask(&mut hub, 1, enter("Lara")), None);
        assert_eq!(ask(&mut hub, 2, enter("IARA")), taken(2, "IARA"));
        let private = Request::Private {
            to: "lara".to_owned(),
            text: "oi".into(),
        };
        let told = ask(&mut hub, 0, private);
        assert!(
            matches!(told, Some((1, Notice::Private { .. }))),
            "{told:?}"
        );
    }

    #[test]
    fn ones_own_name_in_another_case_is_free_unless_it_looks_like_anothers() {
        let mut hub = Hub::new(0);
        ask(&mut hub, 0, enter("iara"));
        ask(&mut hub, 1, enter("lara"));
        assert_eq!(ask(&mut hub, 0, nick("Iara")), taken(0, "Iara"));
        ask(&mut hub, 1, nick("Lara"));
        let now_iara = ask(&mut hub, 0, nick("Iara"));
        assert!(matches!(now_iara, Some((0, Notice::YouAre(_)))));
        // The old looks are free again, the new ones are not.
        assert_eq!(ask(&mut hub, 2, enter("1ara")), taken(2, "1ara"));
        ask(&mut hub, 0, nick("ana"));
        ask(&mut hub, 1, nick("bia"));
        assert_eq!(ask(&mut hub, 2, enter("1ara")), None);
    }

    #[test]
    fn names_are_in_the_order_of_arrival_also_when_a_slot_is_used_again() {
        let mut hub = Hub::new(0);
        ask(&mut hub, 0, enter("ana"));
        ask(&mut hub, 1, enter("bob"));
        ask(&mut hub, 0, Request::Leave(super::super::Gone::Hangup));
        let again = Id {
            index: 0,
            generation: 2,
        };
        hub.handle(Time::ZERO, again, enter("carl"), &mut Vec::new());
        assert_eq!(hub.names().collect::<Vec<_>>(), ["bob", "carl"]);
        hub.invariants();
    }
}
