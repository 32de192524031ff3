//! Which query is next: a lane for each kind of asker, so that a flood of one kind cannot delay the
//! others. It only orders what it is given.
//!
//! Invariant: a lane keeps its order. A query in an empty lane waits for the current one and then
//! for at most one of each other lane; a query from the host for at most one of all of them.

use std::collections::VecDeque;

use super::Query;
use crate::limits::{DATAGRAM_PLACES, LANE_PLACES, QUESTIONS};

/// The kind of asker, in the order of preference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// A conn on this host, where the operator is. Bans too, which cost no hash.
    Host,
    /// The operators' password from the network.
    Operators,
    /// A login over TCP.
    Logins,
    /// A registration, a change or an end of one, over TCP.
    Registrations,
    /// A login to ChatTruco's directory. A datagram's address may be forged, so it comes late ...
    DatagramLogins,
    /// ... but before registrations: a login costs no hash if the e-mail is not registered, a
    /// registration always does.
    DatagramRegistrations,
    /// Letters of all kinds. They cost no hash, and their order counts.
    Letters,
}

impl Lane {
    /// How many may wait in it. ChatTruco's clients never ask again, and most logins of a datagram
    /// flood cost no hash, so there is room for the honest ones.
    pub(super) fn places(self) -> usize {
        match self {
            Lane::DatagramLogins => QUESTIONS,
            Lane::DatagramRegistrations => DATAGRAM_PLACES,
            _ => LANE_PLACES,
        }
    }
}

/// The number of lanes.
pub(super) const LANES: usize = 7;

/// See the top of this file.
#[derive(Default)]
pub(super) struct Lanes {
    waiting: [VecDeque<Query>; LANES],
    /// When each lane was last served, counted in queries, and which was the last.
    served: [u64; LANES],
    count: u64,
}

impl Lanes {
    pub(super) fn push(&mut self, query: Query) {
        self.waiting[query.lane as usize].push_back(query);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.iter().all(VecDeque::is_empty)
    }

    /// The next query: from the host's lane unless that was the last one, otherwise from the lane
    /// that was served least recently.
    pub(super) fn next(&mut self) -> Option<Query> {
        const HOST: usize = Lane::Host as usize;
        let waits = |lane: &usize| !self.waiting[*lane].is_empty();
        let host_is_next = waits(&HOST) && self.served[HOST] < self.count;
        let others = (0..LANES).filter(|lane| *lane != HOST && waits(lane));
        let longest = others.min_by_key(|lane| self.served[*lane]);
        let lane = match longest {
            Some(lane) if !host_is_next => lane,
            _ => HOST,
        };
        let query = self.waiting[lane].pop_front()?;
        self.count += 1;
        self.served[lane] = self.count;
        Some(query)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Asker, Task};
    use super::*;

    fn query(lane: Lane, ticket: u64) -> Query {
        Query {
            asker: Asker::Operator(None),
            task: Task::List(ticket.to_string()),
            lane,
        }
    }

    /// The order in which queries come out.
    fn drained(lanes: &mut Lanes, most: usize) -> Vec<(Lane, u64)> {
        let next = std::iter::from_fn(|| lanes.next());
        let ticket = |query: &Query| match &query.task {
            Task::List(ticket) => ticket.parse().expect("a number"),
            other => panic!("{other:?} is no task of these tests"),
        };
        next.take(most)
            .map(|query| (query.lane, ticket(&query)))
            .collect()
    }

    #[test]
    fn a_flood_in_one_lane_delays_the_others_by_one() {
        let others = [
            Lane::Host,
            Lane::Operators,
            Lane::Logins,
            Lane::Registrations,
            Lane::DatagramLogins,
            Lane::DatagramRegistrations,
            Lane::Letters,
        ];
        for flooded in others {
            for other in others.into_iter().filter(|other| *other != flooded) {
                let mut lanes = Lanes::default();
                for ticket in 0..100 {
                    lanes.push(query(flooded, ticket));
                }
                for ticket in 0..50 {
                    // Whether they come one at a time or many at once.
                    lanes.push(query(other, 2 * ticket));
                    lanes.push(query(other, 2 * ticket + 1));
                    let served = drained(&mut lanes, 4);
                    let own: Vec<u64> = served
                        .iter()
                        .filter(|(lane, _)| *lane == other)
                        .map(|(_, ticket)| *ticket)
                        .collect();
                    assert_eq!(own, [2 * ticket, 2 * ticket + 1], "{served:?}");
                }
            }
        }
    }

    #[test]
    fn the_host_waits_for_one_whatever_floods_and_starves_nobody() {
        let mut lanes = Lanes::default();
        let network = [Lane::Logins, Lane::Registrations, Lane::DatagramLogins];
        for ticket in 0..4 {
            for lane in network.into_iter().chain([Lane::Host]) {
                lanes.push(query(lane, ticket));
            }
        }
        let served: Vec<Lane> = drained(&mut lanes, 8)
            .into_iter()
            .map(|(lane, _)| lane)
            .collect();
        let [first, second, third] = network;
        let host = Lane::Host;
        let expected = [first, host, second, host, third, host, first, host];
        assert_eq!(served, expected);
        assert_eq!(drained(&mut lanes, 100).len(), 8, "nobody is forgotten");
        assert!(lanes.is_empty());
    }
}
