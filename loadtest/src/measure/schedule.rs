//! When lines are due, and which sender is next. Pure: the caller passes the time, in microseconds since
//! the start of the run. Senders are identified by their index over all groups, their lane.
//!
//! A window is the closed model: each group has so many lines in flight, and a line is due as soon as
//! another is complete, so a slow server gets fewer lines. A rate is the open model: lines are due at
//! fixed times, whatever the server does, and latency counts from there. When a line is sent late, that is
//! the fault of the tester and not of the server, and is counted separately.
//!
//! Several threads share one plan without communication: each takes the lines of its own senders.
//! Invariant: over all threads, each place in the window is either the turn of a sender or a line in
//! flight.

use crate::scenario::Groups;
use std::collections::VecDeque;
use std::ops::Range;

/// How lines are paced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// So many lines in flight in each group.
    Window(u32),
    /// So many lines a second, over all senders of all groups.
    Rate(f64),
}

/// A line of the open model that is later than this counts as late: 1 ms is far more than one turn of an
/// idle tester takes and far less than a user notices.
const LATE: u64 = 1000;

/// The plan of the measured phase for some of the senders.
pub(crate) struct Schedule {
    pace: Pace,
    groups: Groups,
    /// The senders of this thread.
    own: Range<usize>,
    /// How many senders all threads have.
    all: u64,
    start: u64,
    end: u64,
    /// Senders that have a place in the window, in the order of their turns.
    turns: VecDeque<u32>,
    launched: u64,
    late: u64,
    worst: u64,
    overrun: u64,
}

/// A line that has to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Its sender.
    pub(crate) lane: usize,
    /// When it was due.
    pub(crate) due: u64,
}

impl Schedule {
    /// The lines of the senders `own`, from `start` on for `length`.
    pub(crate) fn new(
        pace: Pace,
        groups: Groups,
        own: Range<usize>,
        start: u64,
        length: u64,
    ) -> Self {
        Self {
            pace,
            groups,
            turns: match pace {
                Pace::Window(window) => first_turns(groups, &own, window as usize),
                Pace::Rate(_) => VecDeque::new(),
            },
            own,
            all: groups.senders_in_all() as u64,
            start,
            end: start + length,
            launched: 0,
            late: 0,
            worst: 0,
            overrun: 0,
        }
    }

    /// The next line that is due.
    pub(crate) fn next(&mut self, now: u64) -> Option<Due> {
        let next = match self.pace {
            Pace::Window(_) if now < self.end => Due {
                lane: self.turns.pop_front()? as usize,
                due: now,
            },
            Pace::Window(_) => return None,
            Pace::Rate(_) => Due {
                due: self.wake().filter(|&due| due <= now)?,
                lane: self.own.start + (self.launched % self.own.len() as u64) as usize,
            },
        };
        self.launched += 1;
        let late = now - next.due;
        if late > LATE {
            self.late += 1;
        }
        self.worst = self.worst.max(late);
        self.overrun = now.saturating_sub(self.end);
        Some(next)
    }

    /// The sender that gets the place of a complete line in the window. The senders of a group take turns,
    /// so it is the one after all that have a place now.
    pub(crate) fn next_in_turn(&self, lane: usize) -> Option<usize> {
        let Pace::Window(window) = self.pace else {
            return None;
        };
        let lanes = self.groups.lanes(lane / self.groups.senders);
        Some(lanes.start + (lane - lanes.start + window as usize) % lanes.len())
    }

    /// Give a sender of this thread a place in the window.
    pub(crate) fn turn(&mut self, lane: usize) {
        self.turns.push_back(lane as u32);
    }

    /// When the next line of the open model is due; `None` for the closed model and after the end.
    pub(crate) fn wake(&self) -> Option<u64> {
        let Pace::Rate(rate) = self.pace else {
            return None;
        };
        // All senders take turns; those of this thread follow each other in each round.
        let own = self.own.len() as u64;
        let round = self.launched.checked_div(own)?;
        let line = round * self.all + self.own.start as u64 + self.launched % own;
        let due = self.start + (line as f64 * 1e6 / rate) as u64;
        (due < self.end).then_some(due)
    }

    /// When to look again even if nothing happens.
    pub(crate) fn alarm(&self, now: u64) -> Option<u64> {
        match self.pace {
            Pace::Window(_) => (now < self.end).then_some(self.end),
            Pace::Rate(_) => self.wake().or((now < self.end).then_some(self.end)),
        }
    }

    /// Whether the time is over and no line is due any more.
    pub(crate) fn over(&self, now: u64) -> bool {
        match self.pace {
            Pace::Window(_) => now >= self.end,
            Pace::Rate(_) => now >= self.end && self.wake().is_none(),
        }
    }

    /// How many lines the tester sent late, and how late the latest one was.
    pub(crate) fn late(&self) -> (u64, u64) {
        (self.late, self.worst)
    }

    /// How long after the end the last line was sent.
    pub(crate) fn overrun(&self) -> u64 {
        self.overrun
    }
}

/// The first places in the windows of all groups that belong to the senders `own`.
fn first_turns(groups: Groups, own: &Range<usize>, window: usize) -> VecDeque<u32> {
    let mut turns = VecDeque::new();
    for group in own.start / groups.senders..own.end.div_ceil(groups.senders) {
        let lanes = groups.lanes(group);
        let places = lanes
            .clone()
            .cycle()
            .take(window * usize::from(!lanes.is_empty()));
        turns.extend(
            places
                .filter(|lane| own.contains(lane))
                .map(|lane| lane as u32),
        );
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn room(bots: usize, senders: usize) -> Groups {
        Groups::of_scenario(Scenario::Fanout, bots, bots, senders)
    }

    fn lanes(schedule: &mut Schedule, now: u64) -> Vec<usize> {
        std::iter::from_fn(|| schedule.next(now).map(|due| due.lane)).collect()
    }

    #[test]
    fn a_window_is_filled_until_the_end() {
        let mut schedule = Schedule::new(Pace::Window(2), room(3, 1), 0..1, 100, 50);
        let due = |due| Some(Due { lane: 0, due });
        assert_eq!(schedule.next(100), due(100));
        assert_eq!(schedule.next(110), due(110));
        assert_eq!(schedule.next(120), None);
        schedule.turn(schedule.next_in_turn(0).unwrap());
        assert_eq!(schedule.next(149), due(149));
        assert!(!schedule.over(149));
        schedule.turn(0);
        assert_eq!(schedule.next(150), None);
        assert!(schedule.over(150));
        assert_eq!(schedule.wake(), None);
        assert_eq!(schedule.late(), (0, 0));
    }

    #[test]
    fn senders_take_turns_across_threads() {
        let groups = room(5, 3);
        let mut alone = Schedule::new(Pace::Window(2), groups, 0..3, 0, 9);
        assert_eq!(lanes(&mut alone, 0), [0, 1]);
        assert_eq!(alone.next_in_turn(0), Some(2));
        assert_eq!(alone.next_in_turn(1), Some(0));
        assert_eq!(alone.next_in_turn(2), Some(1));
        let mut first = Schedule::new(Pace::Window(4), groups, 0..2, 0, 9);
        let mut second = Schedule::new(Pace::Window(4), groups, 2..3, 0, 9);
        let mut nobody = Schedule::new(Pace::Window(4), groups, 3..3, 0, 9);
        assert_eq!(lanes(&mut first, 0), [0, 1, 0]);
        assert_eq!(lanes(&mut second, 0), [2]);
        assert_eq!(lanes(&mut nobody, 0), [0; 0]);
    }

    #[test]
    fn each_group_has_a_window_of_its_own() {
        let rooms = Groups::of_scenario(Scenario::Rooms, 11, 5, 2);
        let mut schedule = Schedule::new(Pace::Window(3), rooms, 0..4, 0, 9);
        assert_eq!(lanes(&mut schedule, 0), [0, 1, 0, 2, 3, 2]);
        assert_eq!(schedule.next_in_turn(3), Some(2));
    }

    #[test]
    fn a_rate_does_not_depend_on_lines_in_flight() {
        let mut schedule = Schedule::new(Pace::Rate(1000.0), room(3, 1), 0..1, 500, 3000);
        let mut next = |now| schedule.next(now).map(|due| due.due);
        assert_eq!(next(499), None);
        assert_eq!(next(500), Some(500));
        assert_eq!(next(1000), None);
        assert_eq!(next(1500), Some(1500));
        assert_eq!(next(2600), Some(2500));
        assert_eq!(next(9999), None);
        // The phase lasts as planned, however few lines it has.
        assert!(!schedule.over(3499) && schedule.over(3500));
        assert_eq!(
            (schedule.alarm(2600), schedule.alarm(3500)),
            (Some(3500), None)
        );
        assert_eq!(schedule.next_in_turn(0), None);
        assert_eq!(schedule.late(), (0, 100));
    }

    #[test]
    fn a_rate_is_the_same_for_one_thread_and_for_several() {
        let groups = room(9, 5);
        let due = |own: Range<usize>| {
            let mut schedule = Schedule::new(Pace::Rate(1000.0), groups, own, 7, 23_000);
            std::iter::from_fn(move || schedule.next(99_999)).map(|due| (due.due, due.lane))
        };
        let mut several: Vec<(u64, usize)> = due(0..2).chain(due(2..5)).collect();
        several.sort_unstable();
        assert_eq!(several.len(), 23);
        assert!(due(0..5).eq(several));
        assert_eq!(due(5..5).count(), 0);
    }

    #[test]
    fn what_the_tester_missed_is_sent_late_and_counted() {
        let mut schedule = Schedule::new(Pace::Rate(1000.0), room(2, 1), 0..1, 0, 5000);
        let due: Vec<_> = std::iter::from_fn(|| schedule.next(3500).map(|due| due.due)).collect();
        assert_eq!(due, [0, 1000, 2000, 3000]);
        assert_eq!((schedule.late(), schedule.overrun()), ((3, 3500), 0));
        schedule.next(5600);
        assert_eq!(schedule.overrun(), 600);
    }
}
