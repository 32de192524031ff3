//! The scenarios by name, with the groups of their bots and their troublemakers. Pure.
//!
//! Bots of a group have consecutive numbers; the first ones of each group send. So bot, group and lane (the
//! index of a sender over all groups) follow from each other by arithmetic, without tables.

use crate::protocol::{Place, Who};
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// All in one room: each line goes to all bots.
    Fanout,
    /// Two by two, privately.
    Pairs,
    /// Many small rooms.
    Rooms,
    /// All have joined and nobody sends: what does that cost?
    Idle,
    /// All join at once and leave at once, again and again.
    Storm,
    /// One room in which some leave and join all the time.
    Churn,
    /// One room in which some read slowly, or not at all.
    Slow,
    /// One room, while others send garbage.
    Garbage,
    /// One room with all of these troublemakers at once.
    Mixed,
}

impl Scenario {
    pub(crate) const ALL: [Scenario; 9] = [
        Scenario::Fanout,
        Scenario::Pairs,
        Scenario::Rooms,
        Scenario::Idle,
        Scenario::Storm,
        Scenario::Churn,
        Scenario::Slow,
        Scenario::Garbage,
        Scenario::Mixed,
    ];

    /// The scenario with this name, as `--scenario` takes it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fanout => "fanout",
            Self::Pairs => "pairs",
            Self::Rooms => "rooms",
            Self::Idle => "idle",
            Self::Storm => "storm",
            Self::Churn => "churn",
            Self::Slow => "slow",
            Self::Garbage => "garbage",
            Self::Mixed => "mixed",
        }
    }

    /// The default numbers of troublemakers.
    pub(crate) fn troublemakers(self) -> TroublemakerCounts {
        let none = TroublemakerCounts::default();
        match self {
            Self::Fanout | Self::Pairs | Self::Rooms | Self::Idle | Self::Storm => none,
            Self::Slow => TroublemakerCounts {
                slow: 10,
                stopped: 10,
                ..none
            },
            Self::Garbage => TroublemakerCounts {
                garbage: 20,
                ..none
            },
            Self::Churn => TroublemakerCounts { churn: 50, ..none },
            Self::Mixed => TroublemakerCounts {
                slow: 5,
                stopped: 5,
                garbage: 10,
                churn: 25,
            },
        }
    }
}

/// The number of troublemakers of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TroublemakerCounts {
    pub(crate) slow: u32,
    pub(crate) stopped: u32,
    pub(crate) garbage: u32,
    pub(crate) churn: u32,
}

/// The groups of the measured bots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Groups {
    /// The number of all bots.
    pub(crate) bots: usize,
    /// Bots in a group; the last group may have fewer.
    pub(crate) size: usize,
    /// How many bots of each group send: the first ones.
    pub(crate) senders: usize,
    /// Whether a line goes only to the partner.
    pub(crate) private: bool,
}

impl Groups {
    /// The groups of a scenario. `size` is that of a room, `senders` the number in each group.
    pub(crate) fn of_scenario(
        scenario: Scenario,
        bots: usize,
        size: usize,
        senders: usize,
    ) -> Self {
        use Scenario::{Churn, Fanout, Garbage, Idle, Mixed, Pairs, Rooms, Slow, Storm};
        let one = Self {
            bots,
            size: bots,
            senders,
            private: false,
        };
        match scenario {
            Fanout | Storm | Churn | Slow | Garbage | Mixed => one,
            Idle => Self { senders: 1, ..one },
            Rooms => Self { size, ..one },
            Pairs => Self {
                size: 2,
                senders: 1,
                private: true,
                ..one
            },
        }
    }

    /// The number of groups.
    pub(crate) fn count(&self) -> usize {
        self.bots.div_ceil(self.size)
    }

    /// The group of a bot.
    pub(crate) fn of(&self, bot: usize) -> usize {
        bot / self.size
    }

    /// The bots of a group.
    pub(crate) fn members(&self, group: usize) -> Range<usize> {
        let first = group * self.size;
        first..(first + self.size).min(self.bots)
    }

    /// How many bots of a group send. In a group of one nobody would receive it.
    pub(crate) fn senders_of(&self, group: usize) -> usize {
        match self.members(group).len() {
            1 => 0,
            members => self.senders.min(members),
        }
    }

    /// The number of all senders, and so of lanes.
    pub(crate) fn senders_in_all(&self) -> usize {
        // Only the last group can be smaller.
        let last = self.count() - 1;
        last * self.senders + self.senders_of(last)
    }

    /// The bot that is the sender of this lane.
    pub(crate) fn sender(&self, index: usize) -> usize {
        index / self.senders * self.size + index % self.senders
    }

    /// The lanes of a group.
    pub(crate) fn lanes(&self, group: usize) -> Range<usize> {
        let first = group * self.senders;
        first..first + self.senders_of(group)
    }

    /// The lanes of the senders among these bots.
    pub(crate) fn lanes_among(&self, bots: &Range<usize>) -> Range<usize> {
        let before = |bot: usize| {
            let (group, place) = (bot / self.size, bot % self.size);
            group * self.senders + place.min(self.senders)
        };
        let all = self.senders_in_all();
        before(bots.start).min(all)..before(bots.end).min(all)
    }

    /// The number of pairs of a receiver and a sender of its group.
    pub(crate) fn owed(&self) -> u64 {
        self.bots as u64 * self.senders as u64
    }

    /// The bots of each thread, for at most so many threads. Groups stay whole, unless there is only one.
    pub(crate) fn split(&self, threads: usize) -> Vec<Range<usize>> {
        let (units, each) = match self.count() {
            1 => (self.bots, 1),
            count => (count, self.size),
        };
        let threads = threads.clamp(1, units);
        let edge = |thread: usize| (units * thread / threads * each).min(self.bots);
        (0..threads)
            .map(|thread| edge(thread)..edge(thread + 1))
            .collect()
    }

    /// What the protocol has to know about a bot.
    pub(crate) fn who(&self, bot: usize) -> Who {
        let place = match (self.private, self.count()) {
            (true, _) => Place::Pair,
            (false, 1) => Place::Lobby,
            (false, _) => Place::Room(self.of(bot)),
        };
        Who { bot, place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_of_a_group_follow_each_other() {
        let rooms = Groups {
            bots: 12,
            size: 5,
            senders: 1,
            private: false,
        };
        assert_eq!(rooms.count(), 3);
        assert_eq!((rooms.of(4), rooms.of(5)), (0, 1));
        assert_eq!(rooms.members(2), 10..12);
        assert_eq!(rooms.who(7).place, Place::Room(1));
        let one = Groups { size: 12, ..rooms };
        assert_eq!(one.who(7).place, Place::Lobby);
    }

    #[test]
    fn senders_are_numbered_over_all_groups() {
        let rooms = Groups::of_scenario(Scenario::Rooms, 12, 5, 3);
        assert_eq!(rooms.senders_in_all(), 8);
        let senders: Vec<usize> = (0..8).map(|index| rooms.sender(index)).collect();
        assert_eq!(senders, [0, 1, 2, 5, 6, 7, 10, 11]);
        assert_eq!(rooms.lanes(2), 6..8);
        assert_eq!(rooms.lanes_among(&(0..5)), 0..3);
        assert_eq!(rooms.lanes_among(&(5..12)), 3..8);
        assert_eq!(rooms.lanes_among(&(1..2)), 1..2);
        let lonely = Groups::of_scenario(Scenario::Rooms, 11, 5, 1);
        assert_eq!((lonely.count(), lonely.senders_in_all()), (3, 2));
        assert_eq!(lonely.lanes_among(&(10..11)), 2..2);
        let pairs = Groups::of_scenario(Scenario::Pairs, 8, 5, 1);
        assert_eq!((pairs.count(), pairs.senders_in_all()), (4, 4));
        assert_eq!(pairs.sender(3), 6);
        assert_eq!(pairs.who(6).place, Place::Pair);
    }

    #[test]
    fn threads_share_the_bots_and_cut_no_group_but_a_single_one() {
        let one = Groups::of_scenario(Scenario::Fanout, 5, 5, 1);
        assert_eq!(one.split(2), [0..2, 2..5]);
        assert_eq!(one.split(9).len(), 5);
        let rooms = Groups::of_scenario(Scenario::Rooms, 12, 5, 1);
        assert_eq!(rooms.split(2), [0..5, 5..12]);
        assert_eq!(rooms.split(8), [0..5, 5..10, 10..12]);
    }

    #[test]
    fn every_scenario_has_a_name_of_its_own() {
        for scenario in Scenario::ALL {
            assert_eq!(Scenario::named(scenario.name()), Some(scenario));
        }
        assert_eq!(Scenario::named("other"), None);
    }
}
