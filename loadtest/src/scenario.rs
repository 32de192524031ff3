//! The scenarios by name, and what each makes of the bots: how they are grouped, and which
//! troublemakers come along. Pure.
//!
//! Bots of a group have consecutive numbers; the first ones of each group send. So bot, group and
//! sender follow from each other by arithmetic, and nothing has to be looked up.

use crate::protocol::{Place, Who};
use std::ops::Range;

/// What a run is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// All in one room: each line goes to everybody.
    Fanout,
    /// Two by two, privately.
    Pairs,
    /// Many small rooms.
    Rooms,
    /// Everybody is there and nobody says anything: what does that cost?
    Idle,
    /// All come at once and leave at once, again and again.
    Storm,
    /// One room in which some keep leaving and coming back.
    Churn,
    /// One room in which some read slowly, or not at all.
    Slow,
    /// One room beside which some send garbage.
    Garbage,
    /// One room with all of these troublemakers at once.
    Mixed,
}

impl Scenario {
    /// All of them, in the order in which they are told.
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

    /// What `--scenario` takes.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.name() == name)
    }

    /// The name of it.
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

    /// How many troublemakers come along, unless told otherwise.
    pub(crate) fn troublemakers(self) -> Troublemakers {
        let none = Troublemakers::default();
        match self {
            Self::Fanout | Self::Pairs | Self::Rooms | Self::Idle | Self::Storm => none,
            Self::Slow => Troublemakers {
                slow: 10,
                stopped: 10,
                ..none
            },
            Self::Garbage => Troublemakers {
                garbage: 20,
                ..none
            },
            Self::Churn => Troublemakers { churn: 50, ..none },
            Self::Mixed => Troublemakers {
                slow: 5,
                stopped: 5,
                garbage: 10,
                churn: 25,
            },
        }
    }
}

/// How many there are of each kind of troublemaker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Troublemakers {
    pub(crate) slow: u32,
    pub(crate) stopped: u32,
    pub(crate) garbage: u32,
    pub(crate) churn: u32,
}

/// How the bots that behave are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Groups {
    /// All bots.
    pub(crate) bots: usize,
    /// Bots in a group; the last group may have fewer. All bots, when there is one group.
    pub(crate) size: usize,
    /// Bots of each group that send, the first ones of it.
    pub(crate) senders: usize,
    /// Whether a line goes to the partner alone.
    pub(crate) private: bool,
}

impl Groups {
    /// The groups of a scenario. `size` is that of a room, `senders` those of each group.
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

    /// How many there are.
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

    /// How many bots of a group send. In a group of one nobody would hear it.
    pub(crate) fn senders_of(&self, group: usize) -> usize {
        match self.members(group).len() {
            1 => 0,
            members => self.senders.min(members),
        }
    }

    /// All senders have an index, in the order of their numbers. How many there are.
    pub(crate) fn senders_in_all(&self) -> usize {
        // Only the last group can be smaller.
        let last = self.count() - 1;
        last * self.senders + self.senders_of(last)
    }

    /// The bot that is the sender of this index.
    pub(crate) fn sender(&self, index: usize) -> usize {
        index / self.senders * self.size + index % self.senders
    }

    /// The indexes of the senders of a group.
    pub(crate) fn lanes(&self, group: usize) -> Range<usize> {
        let first = group * self.senders;
        first..first + self.senders_of(group)
    }

    /// The indexes of the senders among bots that follow each other.
    pub(crate) fn lanes_among(&self, bots: &Range<usize>) -> Range<usize> {
        let before = |bot: usize| {
            let (group, place) = (bot / self.size, bot % self.size);
            group * self.senders + place.min(self.senders)
        };
        let all = self.senders_in_all();
        before(bots.start).min(all)..before(bots.end).min(all)
    }

    /// Pairs of a receiver and a sender that it hears.
    pub(crate) fn owed(&self) -> u64 {
        self.bots as u64 * self.senders as u64
    }

    /// The bots for each of so many threads, or of fewer when there is not enough for all. Groups
    /// stay whole, unless there is but one.
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

    /// A bot as its protocol has to know it.
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
