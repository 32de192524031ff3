//! The lines in the air, as one thread sees them: each is in the air from its launch until the last
//! of those whom this thread counts has got it (or can no longer get it). Pure; it knows neither
//! time nor sockets.
//!
//! Who counts is, for a line of another thread's sender, each of our own receivers; when all have it,
//! the sender's thread is told once. For a line of our own sender it is each of our own receivers,
//! and each other thread that has some.
//! One counter for each line, so that a delivery costs one subtraction. Invariant: in each lane the
//! front line is in the air, or the lane is empty.

use std::collections::VecDeque;

/// The lines in the air of all senders.
pub(crate) struct Flight {
    lanes: Vec<Lane>,
}

/// The lines of one sender, oldest first.
#[derive(Clone)]
struct Lane {
    /// How often each line has to land.
    landings: u32,
    /// Counter of the front line.
    first: u32,
    /// Landings that are still to come, for each line from the front on. Lines that follow have
    /// all theirs to come.
    left: VecDeque<u32>,
}

impl Flight {
    /// A lane for each sender, with how often each of its lines has to land.
    pub(crate) fn new(landings: impl Iterator<Item = u32>) -> Self {
        let lane = |landings| Lane {
            landings,
            first: 0,
            left: VecDeque::new(),
        };
        Self {
            lanes: landings.map(lane).collect(),
        }
    }

    /// One of those who count has this line; whether it was the last. Each lands once on each line.
    pub(crate) fn land(&mut self, lane: usize, counter: u32) -> bool {
        let lane = &mut self.lanes[lane];
        let place = (counter - lane.first) as usize;
        if place >= lane.left.len() {
            lane.left.resize(place + 1, lane.landings);
        }
        let left = &mut lane.left[place];
        *left -= 1;
        if *left > 0 {
            return false;
        }
        while lane.left.front() == Some(&0) {
            lane.left.pop_front();
            lane.first += 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_down_when_all_have_it() {
        let mut flight = Flight::new([2, 1].into_iter());
        assert!(!flight.land(0, 0));
        assert!(flight.land(0, 0));
        assert!(flight.land(1, 0));
        assert!(flight.land(1, 1));
        assert!(!flight.land(0, 1));
    }

    #[test]
    fn a_later_line_may_be_down_before_an_earlier_one() {
        let mut flight = Flight::new([2].into_iter());
        assert!(!flight.land(0, 2));
        assert!(!flight.land(0, 1));
        assert!(flight.land(0, 2));
        assert!(!flight.land(0, 0));
        assert!(flight.land(0, 0));
        assert!(!flight.land(0, 3));
        assert!(flight.land(0, 1));
        assert!(flight.land(0, 3));
    }
}
