//! Somebody has their place again: their seats, their ignores, and how others are told.

use super::{Budget, HowLeft, LeftPlace, LeftRoom, Returned};
use crate::hub::effect::RoomId;
use crate::hub::id::Id;
use crate::hub::memberships::{Memberships, Presence};
use crate::hub::name::Name;
use crate::hub::notice::Notice;
use crate::hub::rooms::LOBBY;
use crate::hub::{Crowd, Hub, Time};
use crate::limits::{BACK_SOON, NAMES_SHOWN};

impl Hub {
    /// Seats for a user who is to have this name: those that they had if they come back, else one in the
    /// lobby.
    pub(in crate::hub) fn seats_for(&mut self, now: Time, id: Id, name: &Name) -> Memberships {
        let address = self.rules.address(id);
        let places = &mut self.leavers.places;
        // Nobody gets a registered name who has not proved that it is theirs.
        let is_owner = self.accounts.is_registered(name);
        match places.take_by_name(now, name.key(), address, is_owner) {
            Some(place) => {
                let seats = self.seat_again(now, id, place, Presence::Entering);
                if let Some((who, gaps)) = self.leavers.fetched.take()
                    && let Some(returned) = self.leavers.returned.get_mut(&who)
                {
                    returned.gaps = gaps;
                }
                seats
            }
            None => Memberships::new(self.take_seat(id, LOBBY, Presence::Entering)),
        }
    }

    /// Seats for a user who has this place again, with their ignores. `first` is how they come to the room that
    /// they speak in.
    pub(in crate::hub) fn seat_again(
        &mut self,
        now: Time,
        id: Id,
        place: LeftPlace,
        first: Presence,
    ) -> Memberships {
        let is_lost = place.how == HowLeft::Lost;
        let is_soon = is_lost && place.ago(now) < BACK_SOON;
        for who in place.ignores.into_iter().filter(|_| is_lost) {
            self.ignores.ignore(id, who);
        }
        let mut seats: Option<Memberships> = None;
        for LeftRoom { name: room, .. } in place.rooms.iter().filter(|_| is_lost) {
            if seats.is_some() && !self.rooms.has(room) && self.rooms.are_full() {
                continue;
            }
            let room = self.rooms.open(room.clone());
            if is_soon {
                self.forget_departure(room, &place.name);
            }
            match &mut seats {
                None => seats = Some(Memberships::new(self.take_seat(id, room, first))),
                Some(seats) => {
                    seats.add(self.take_seat(id, room, Presence::Joining));
                    self.several.insert(id);
                }
            }
        }
        let returned = Returned {
            number: place.number,
            is_soon,
            rooms: place.rooms,
            missed: Budget::default(),
            before: Budget::default(),
            gaps: Vec::new(),
        };
        self.leavers.returned.insert(id, returned);
        seats.unwrap_or_else(|| Memberships::new(self.take_seat(id, LOBBY, first)))
    }

    /// Who is back is not told as gone, if they have not been told so yet.
    fn forget_departure(&mut self, room: RoomId, name: &Name) {
        let departures = &mut self.rooms[room].departures;
        for (crowd, _) in departures.iter_mut() {
            crowd.names.retain(|other| other != name);
        }
        departures.retain(|(crowd, _)| crowd.names.len() + crowd.others > 0);
    }

    /// Who has come to a room: lines for those who are new, and for those who are back.
    pub(in crate::hub) fn told_arrivals(
        &self,
        room: RoomId,
    ) -> impl Iterator<Item = Notice> + use<> {
        let returned = &self.leavers.returned;
        let is_back = |who: &Id| returned.get(who).is_some_and(|user| user.is_soon);
        let arrivals = &self.rooms[room].arrivals;
        let crowd = |are_back: bool| {
            let who = arrivals.iter().filter(move |who| is_back(who) == are_back);
            let names = who.clone().map(|who| &self.users[*who].name);
            Crowd::of(names, who.count(), NAMES_SHOWN)
        };
        let (back, new) = match returned.is_empty() {
            true => (Crowd::default(), crowd(false)),
            false => (crowd(true), crowd(false)),
        };
        let is_some = |crowd: &Crowd| !crowd.names.is_empty();
        let new = Some(new).filter(is_some).map(Notice::Joined);
        let back = Some(back).filter(is_some).map(Notice::Back);
        new.into_iter().chain(back)
    }

    /// Whether this user is told in place of a join that they are back.
    pub(in crate::hub) fn is_back_soon(&self, id: Id) -> bool {
        let returned = self.leavers.returned.get(&id);
        returned.is_some_and(|user| user.is_soon)
    }

    /// A user reads all of their rooms again.
    pub(in crate::hub) fn is_settled_in(&mut self, id: Id) {
        self.leavers.returned.remove(&id);
    }
}
