//! Checks that every bot receives each line of every other bot of its group, once and in order. Pure: the
//! caller passes the sent and the received lines, and gets the faults in the end.
//!
//! One ledger checks the bots of one thread; the counters of sent lines are shared by all ledgers.
//! It needs four bytes for each pair of receiver and sender and a few for each receiver; faults cost more,
//! and there should be none. Invariant: of each sender's lines before `expected`, a receiver has received
//! all but those in `gaps`.

mod verdict;

use crate::scenario::Groups;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
pub(crate) use verdict::{Fault, Findings, Order, Verdict};

/// Most pairs of receiver and sender: 64 Mi of them are 256 MiB.
pub(crate) const PAIRS: u64 = 1 << 26;
/// Most gaps that are kept, to tell a late line from a duplicate: 1 Mi of them are about 40 MiB.
const GAPS: usize = 1 << 20;

/// How many lines each sender has sent, by lane. Each counter is written by one thread.
pub(crate) struct Sent(Vec<AtomicU32>);

/// The ledger of the bots of one thread.
pub(crate) struct Ledger<'a> {
    sent: &'a Sent,
    groups: Groups,
    /// Whether bots have to get their own lines too.
    echoes: bool,
    /// The first bot of this ledger.
    first: usize,
    /// The next expected counter: a row for each receiver, with one for each sender of its group.
    expected: Vec<u32>,
    receivers: Vec<Receiver>,
    /// From the first line of a gap, as (receiver, sender, counter), to the counter after its last line.
    gaps: BTreeMap<(u32, u32, u32), u32>,
    duplicated: Fault,
    disordered: Fault,
    echoed: Fault,
    invented: Fault,
}

/// The state of one receiver, beside its row of `expected`.
struct Receiver {
    /// The first bot of its group; the senders follow from there.
    senders_from: u32,
    /// The number of these senders.
    senders: u32,
    /// The lane of the first of them.
    lanes_from: u32,
    /// Where its row of `expected` begins.
    row: usize,
    /// A rolling hash of (sender, counter) in the order of arrival.
    order: u64,
    /// Lines that were skipped over and have not come since.
    missing: u64,
    /// Lines that the server said it skipped.
    told: u64,
    /// Whether a line came late or twice.
    irregular: bool,
}

/// What a received line is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// An expected line. This receiver no longer waits for the lines of the same sender before it.
    Expected {
        /// The lane of its sender.
        lane: usize,
        /// Lines of the sender that were skipped over.
        jumped: u32,
    },
    /// A line that was not expected; the ledger has noted the fault.
    Fault,
}

impl Sent {
    pub(crate) fn new(senders: usize) -> Self {
        Self((0..senders).map(|_| AtomicU32::new(0)).collect())
    }

    /// Count a line of this sender. Returns its counter.
    pub(crate) fn send(&self, lane: usize) -> u32 {
        // Only one thread writes it. A receiver reads it later, because the line came through a server;
        // the orderings cost nothing and say so.
        let counter = self.count(lane);
        self.0[lane].store(counter + 1, Ordering::Release);
        counter
    }

    fn count(&self, lane: usize) -> u32 {
        self.0[lane].load(Ordering::Acquire)
    }
}

impl<'a> Ledger<'a> {
    /// A ledger of these bots, whose numbers follow each other.
    pub(crate) fn new(groups: Groups, bots: Range<usize>, echoes: bool, sent: &'a Sent) -> Self {
        let mut row = 0;
        let receiver = |bot| {
            let group = groups.of(bot);
            let receiver = Receiver {
                senders_from: groups.members(group).start as u32,
                senders: groups.senders_of(group) as u32,
                lanes_from: groups.lanes(group).start as u32,
                row,
                order: 0,
                missing: 0,
                told: 0,
                irregular: false,
            };
            row += receiver.senders as usize;
            receiver
        };
        Self {
            sent,
            groups,
            echoes,
            first: bots.start,
            receivers: bots.map(receiver).collect(),
            expected: vec![0; row],
            gaps: BTreeMap::new(),
            duplicated: Fault::default(),
            disordered: Fault::default(),
            echoed: Fault::default(),
            invented: Fault::default(),
        }
    }

    /// Whether the `receiver`-th bot of this ledger is this sender.
    pub(crate) fn is_sender(&self, receiver: usize, sender: u32) -> bool {
        (self.first + receiver) as u32 == sender
    }

    /// Check a line that the `receiver`-th bot of this ledger has received.
    pub(crate) fn receive(&mut self, receiver: usize, sender: u32, counter: u32) -> Arrival {
        let place = ((self.first + receiver) as u32, sender, counter);
        let state = &mut self.receivers[receiver];
        // A sender of another group is as unknown as one that does not exist.
        let nth = sender.wrapping_sub(state.senders_from);
        let lane = (state.lanes_from + nth) as usize;
        if nth >= state.senders || counter >= self.sent.count(lane) {
            self.invented.note(place);
            return Arrival::Fault;
        }
        if place.0 == sender && !self.echoes {
            self.echoed.note(place);
            return Arrival::Fault;
        }
        let expected = &mut self.expected[state.row + nth as usize];
        if counter < *expected {
            self.fault(receiver, place);
            return Arrival::Fault;
        }
        let jumped = counter - *expected;
        if jumped > 0 {
            state.missing += u64::from(jumped);
            if self.gaps.len() < GAPS {
                self.gaps.insert((place.0, sender, *expected), counter);
            }
        }
        *expected = counter + 1;
        // An odd multiplier (the golden ratio) after each addition makes the hash depend on the order.
        let line = u64::from(sender) << 32 | u64::from(counter);
        state.order = (state.order.rotate_left(5) ^ line).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Arrival::Expected { lane, jumped }
    }

    /// The server told a receiver that it has skipped so many lines.
    pub(crate) fn skip(&mut self, receiver: usize, lines: u64) {
        self.receivers[receiver].told += lines;
    }

    /// Note a line before the expected one: it is late if it was missing, else a duplicate.
    fn fault(&mut self, receiver: usize, place: (u32, u32, u32)) {
        let (bot, sender, counter) = place;
        self.receivers[receiver].irregular = true;
        let gap = self.gaps.range(..=place).next_back();
        match gap.map(|(&from, &to)| (from, to)) {
            Some((from, to)) if (from.0, from.1) == (bot, sender) && counter < to => {
                self.gaps.remove(&from);
                if from.2 < counter {
                    self.gaps.insert(from, counter);
                }
                if counter + 1 < to {
                    self.gaps.insert((bot, sender, counter + 1), to);
                }
                self.receivers[receiver].missing -= 1;
                self.disordered.note(place);
            }
            _ => self.duplicated.note(place),
        }
    }

    /// Finish: every line that has not come is missing.
    pub(crate) fn close(mut self) -> Findings {
        for (receiver, state) in self.receivers.iter_mut().enumerate() {
            let bot = (self.first + receiver) as u32;
            for nth in 0..state.senders {
                let sender = state.senders_from + nth;
                let sent = self.sent.count((state.lanes_from + nth) as usize);
                let expected = self.expected[state.row + nth as usize];
                if (bot != sender || self.echoes) && expected < sent {
                    state.missing += u64::from(sent - expected);
                    if self.gaps.len() < GAPS {
                        self.gaps.insert((bot, sender, expected), sent);
                    }
                }
            }
        }
        let silent = |state: &Receiver| state.missing.saturating_sub(state.told);
        let unknown = |bot: u32| silent(&self.receivers[bot as usize - self.first]) > 0;
        let first = self.gaps.keys().copied();
        Findings {
            lost: Fault {
                count: self.receivers.iter().map(silent).sum(),
                first: first
                    .filter(|&(bot, ..)| unknown(bot))
                    .min_by_key(|&(bot, sender, counter)| (counter, sender, bot)),
            },
            skipped: self.receivers.iter().map(|state| state.told).sum(),
            orders: self.orders(),
            duplicated: self.duplicated,
            disordered: self.disordered,
            echoed: self.echoed,
            invented: self.invented,
        }
    }

    /// The orders of the receivers that can be compared: those that get all lines of their group (a sender
    /// does not get its own, without echoes), and that have missed none of them.
    fn orders(&self) -> Vec<(usize, u64)> {
        let bots = self.receivers.iter().zip(self.first..);
        bots.filter(|(state, bot)| {
            let says = (*bot as u32) < state.senders_from + state.senders;
            (self.echoes || !says) && state.missing == 0 && !state.irregular
        })
        .map(|(state, bot)| (self.groups.of(bot), state.order))
        .collect()
    }
}

#[cfg(test)]
mod tests;
