//! The scenarios by name, and what each makes of the bots: how they are grouped, and which
//! troublemakers come along. Pure.
//!
//! Bots of a group have consecutive numbers; the first ones of each group send. So bot, group and
//! sender follow from each other by arithmetic, and nothing has to be looked up.

use crate::protocol::{Place, Who};

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
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.bots.div_ceil(self.size)
    }

    /// The group of a bot.
    pub(crate) fn of(&self, bot: usize) -> usize {
        bot / self.size
    }

    /// The bots of a group.
    pub(crate) fn members(&self, group: usize) -> std::ops::Range<usize> {
        let first = group * self.size;
        first..(first + self.size).min(self.bots)
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
    fn every_scenario_has_a_name_of_its_own() {
        for scenario in Scenario::ALL {
            assert_eq!(Scenario::named(scenario.name()), Some(scenario));
        }
        assert_eq!(Scenario::named("other"), None);
    }
}
