//! The lines in the air: each line is in the air from its launch until the last receiver has got
//! it (or can no longer get it). Pure; it knows neither time nor sockets.
//!
//! One counter for each line, so that a delivery costs one subtraction. Invariant: in each lane the
//! front line is in the air, or the lane is empty.

use std::collections::VecDeque;

/// The lines in the air of all senders.
pub(crate) struct Flight {
    lanes: Vec<Lane>,
    /// Receivers of each line.
    receivers: u32,
    /// Lines in the air.
    lines: usize,
}

/// The lines of one sender, oldest first.
#[derive(Clone, Default)]
struct Lane {
    /// Counter of the front line.
    first: u32,
    /// Receivers that have still to get it, for each line from the front on.
    left: VecDeque<u32>,
}

impl Flight {
    pub(crate) fn new(senders: usize, receivers: u32) -> Self {
        Self {
            lanes: vec![Lane::default(); senders],
            receivers,
            lines: 0,
        }
    }

    /// The next line of this sender goes out.
    pub(crate) fn launch(&mut self, sender: usize) {
        self.lanes[sender].left.push_back(self.receivers);
        self.lines += 1;
    }

    /// One receiver more has got this line. Each receiver lands once on each line.
    pub(crate) fn land(&mut self, sender: usize, counter: u32) {
        let lane = &mut self.lanes[sender];
        let left = &mut lane.left[(counter - lane.first) as usize];
        *left -= 1;
        if *left > 0 {
            return;
        }
        self.lines -= 1;
        while lane.left.front() == Some(&0) {
            lane.left.pop_front();
            lane.first += 1;
        }
    }

    /// Lines in the air.
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_down_when_all_have_it() {
        let mut flight = Flight::new(2, 2);
        flight.launch(0);
        flight.launch(1);
        assert_eq!(flight.lines(), 2);
        flight.land(0, 0);
        assert_eq!(flight.lines(), 2);
        flight.land(0, 0);
        assert_eq!(flight.lines(), 1);
        flight.land(1, 0);
        flight.land(1, 0);
        assert_eq!(flight.lines(), 0);
    }

    #[test]
    fn a_later_line_may_be_down_before_an_earlier_one() {
        let mut flight = Flight::new(1, 1);
        (0..3).for_each(|_| flight.launch(0));
        flight.land(0, 1);
        assert_eq!(flight.lines(), 2);
        flight.land(0, 0);
        assert_eq!(flight.lines(), 1);
        flight.launch(0);
        flight.land(0, 3);
        flight.land(0, 2);
        assert_eq!(flight.lines(), 0);
    }
}
