//! What must hold between two requests. For tests; it changes nothing.

use super::Hub;
use super::memberships::Presence;
use super::users::Standing;

impl Hub {
    /// Check what must always hold between two calls; for tests.
    ///
    /// # Panics
    /// When it does not hold.
    pub fn invariants(&self) {
        self.users.invariants();
        self.rooms.invariants();
        let users = self.users.iter().count();
        self.ignores.invariants(users);
        self.aways.invariants(|id| self.users.get(id).is_some());
        self.visits.invariants();
        self.privates.invariants();
        self.directs.invariants();
        self.leavers.invariants(|id| self.users.get(id).is_some());
        self.sessions.invariants(|id| self.users.get(id).is_some());
        if let Some(on_disk) = &self.leavers.on_disk {
            on_disk.invariants(|id| self.users.get(id).map(|user| user.place));
        }
        self.rules.invariants();
        let is_nameless = |id| self.users.standing(id) == Standing::Nameless;
        self.accounts.invariants(is_nameless);
        self.leavers.catch_ups.invariants(is_nameless);
        let seated: usize = self.rooms.iter().map(|(_, room)| room.members.len()).sum();
        let places: usize = self.users.iter().map(|(_, user)| user.rooms.len()).sum();
        assert_eq!(places, seated, "a seat for each membership");
        let several = self.users.iter().filter(|(_, user)| user.rooms.len() > 1);
        assert!(several.map(|(id, _)| id).eq(self.several.iter().copied()));
        assert!(self.pages.keys().all(|id| self.users.get(*id).is_some()));
        for (id, user) in self.users.iter() {
            user.rooms.invariants();
            for place in user.rooms.iter() {
                let room = &self.rooms[place.room];
                assert_eq!(
                    room.members.get(&place.seat),
                    Some(&id),
                    "the seat is its owner's"
                );
                let arrives = room.arrivals.contains(&id);
                assert_eq!(arrives, place.presence != Presence::Reading);
            }
        }
        for (id, room) in self.rooms.iter() {
            let listeners = self.listeners.values().filter(|at| **at == id);
            assert_eq!(
                room.listeners,
                listeners.count(),
                "a room for each listener"
            );
            assert!(
                room.is_settled() || self.unsettled.contains(&id),
                "forgotten news"
            );
        }
    }
}
