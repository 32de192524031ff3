//! The lines in flight, as one thread sees them: each is in flight from when it was sent until the last
//! of its confirmations in this thread. Pure; it knows neither time nor sockets.
//!
//! A line of another thread's sender is confirmed by each receiver of this thread; then the sender's
//! thread is told once. A line of this thread's sender is confirmed by each receiver of this thread, and
//! by each other thread that has receivers of it. A receiver confirms a line when it has it, or can no
//! longer get it.
//! One counter for each line, so a delivery costs one subtraction. Invariant: the front line of each lane
//! is in flight, or the lane is empty.

use std::collections::VecDeque;

/// The lines in flight of all senders.
pub(crate) struct InFlight {
    lanes: Vec<Lane>,
}

/// The lines of one sender, oldest first.
#[derive(Clone)]
struct Lane {
    /// How many confirmations each line needs.
    confirmations: u32,
    /// Counter of the front line.
    first: u32,
    /// Missing confirmations of each line from the front on. Later lines miss all of theirs.
    left: VecDeque<u32>,
}

impl InFlight {
    /// A lane for each sender, with the number of confirmations that each of its lines needs.
    pub(crate) fn new(confirmations: impl Iterator<Item = u32>) -> Self {
        let lane = |confirmations| Lane {
            confirmations,
            first: 0,
            left: VecDeque::new(),
        };
        Self {
            lanes: confirmations.map(lane).collect(),
        }
    }

    /// Count one confirmation of this line; true if it was the last one.
    pub(crate) fn confirm(&mut self, lane: usize, counter: u32) -> bool {
        let lane = &mut self.lanes[lane];
        let place = (counter - lane.first) as usize;
        if place >= lane.left.len() {
            lane.left.resize(place + 1, lane.confirmations);
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
    fn a_line_is_complete_when_all_have_it() {
        let mut in_flight = InFlight::new([2, 1].into_iter());
        assert!(!in_flight.confirm(0, 0));
        assert!(in_flight.confirm(0, 0));
        assert!(in_flight.confirm(1, 0));
        assert!(in_flight.confirm(1, 1));
        assert!(!in_flight.confirm(0, 1));
    }

    #[test]
    fn a_later_line_may_be_complete_before_an_earlier_one() {
        let mut in_flight = InFlight::new([2].into_iter());
        assert!(!in_flight.confirm(0, 2));
        assert!(!in_flight.confirm(0, 1));
        assert!(in_flight.confirm(0, 2));
        assert!(!in_flight.confirm(0, 0));
        assert!(in_flight.confirm(0, 0));
        assert!(!in_flight.confirm(0, 3));
        assert!(in_flight.confirm(0, 1));
        assert!(in_flight.confirm(0, 3));
    }
}
