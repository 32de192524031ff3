//! What every bot is owed: each line of every other bot, once, in order. Pure: it is told of lines
//! that were sent and lines that came, and says in the end what went wrong.
//!
//! Four bytes for each pair of receiver and sender and a few for each receiver; faults cost more,
//! and there should be none. Invariant: of each sender's lines before `expected`, a receiver has
//! got all but those in `gaps`.

use std::collections::BTreeMap;
use std::fmt;

/// Pairs of receiver and sender that are accepted: 64 Mi of them are 256 MiB.
pub(crate) const PAIRS: u64 = 1 << 26;
/// Gaps that are remembered, to tell a late line from a doubled one: 1 Mi of them are about 40 MiB.
const GAPS: usize = 1 << 20;

/// The book-keeping of one run.
pub(crate) struct Ledger {
    /// Lines sent so far, by sender.
    sent: Vec<u32>,
    /// The next counter owed, by receiver and sender.
    expected: Vec<u32>,
    receivers: Vec<Receiver>,
    /// First line of a gap, as (receiver, sender, counter), to the counter after its last.
    gaps: BTreeMap<(u32, u32, u32), u32>,
    duplicated: Fault,
    disordered: Fault,
    echoed: Fault,
    invented: Fault,
}

/// What is known of one receiver beside its expectations.
#[derive(Clone, Default)]
struct Receiver {
    /// A rolling hash of (sender, counter) in the order in which they came.
    order: u64,
    /// Lines that were jumped over and have not come since.
    missing: u64,
    /// Lines that the server said it left out.
    told: u64,
    /// Whether lines came that were not the next of their sender.
    irregular: bool,
}

/// How a line that came stands to what was owed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It is owed, and so many of the same sender before it have been jumped over. Each of those
    /// lines is settled for this receiver now, come what may.
    Owed {
        /// Lines jumped over.
        jumped: u32,
    },
    /// It is not owed, or not any more; the ledger has noted the fault.
    Fault,
}

/// How often something happened, and where first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    /// How often.
    pub(crate) count: u64,
    /// The first: receiver, sender, counter.
    pub(crate) first: Option<(u32, u32, u32)>,
}

/// Whether all receivers saw the lines of all senders in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// They did: so many bots were compared.
    Same(usize),
    /// So many saw another order than the first of them.
    Differs(usize),
    /// Fewer than two bots only listened and got everything.
    Unknown,
}

/// What went wrong in a run.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// Lines that never came and that nobody told of.
    pub(crate) lost: Fault,
    /// Lines that never came, as the server had told.
    pub(crate) skipped: u64,
    /// Lines that came again.
    pub(crate) duplicated: Fault,
    /// Lines that came after a later one of the same sender.
    pub(crate) disordered: Fault,
    /// Lines that came back to their sender.
    pub(crate) echoed: Fault,
    /// Lines with a header that nobody has sent.
    pub(crate) invented: Fault,
    /// The order across senders.
    pub(crate) order: Order,
}

impl Order {
    /// How many saw another order.
    pub(crate) fn differing(self) -> usize {
        match self {
            Self::Differs(bots) => bots,
            Self::Same(_) | Self::Unknown => 0,
        }
    }
}

impl Ledger {
    /// For so many bots, of which the first `senders` send.
    pub(crate) fn new(bots: usize, senders: usize) -> Self {
        Self {
            sent: vec![0; senders],
            expected: vec![0; bots * senders],
            receivers: vec![Receiver::default(); bots],
            gaps: BTreeMap::new(),
            duplicated: Fault::default(),
            disordered: Fault::default(),
            echoed: Fault::default(),
            invented: Fault::default(),
        }
    }

    /// A line of this sender goes out: gives its counter.
    pub(crate) fn send(&mut self, sender: usize) -> u32 {
        let counter = self.sent[sender];
        self.sent[sender] += 1;
        counter
    }

    /// A line came.
    pub(crate) fn receive(&mut self, receiver: usize, sender: u32, counter: u32) -> Arrival {
        let senders = self.sent.len();
        let place = (receiver as u32, sender, counter);
        if self
            .sent
            .get(sender as usize)
            .is_none_or(|&sent| counter >= sent)
        {
            self.invented.note(place);
            return Arrival::Fault;
        }
        if receiver == sender as usize {
            self.echoed.note(place);
            return Arrival::Fault;
        }
        let expected = &mut self.expected[receiver * senders + sender as usize];
        if counter < *expected {
            self.fault(place);
            return Arrival::Fault;
        }
        let jumped = counter - *expected;
        let state = &mut self.receivers[receiver];
        if jumped > 0 {
            state.missing += u64::from(jumped);
            if self.gaps.len() < GAPS {
                self.gaps.insert((place.0, sender, *expected), counter);
            }
        }
        *expected = counter + 1;
        // An odd multiplier (the golden ratio) after each addition makes the sum depend on order.
        let line = u64::from(sender) << 32 | u64::from(counter);
        state.order = (state.order.rotate_left(5) ^ line).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Arrival::Owed { jumped }
    }

    /// The server told a receiver that it has left out so many lines.
    pub(crate) fn skip(&mut self, receiver: usize, lines: u64) {
        self.receivers[receiver].told += lines;
    }

    /// A line that is not the next of its sender: late if it was missing, else a second copy.
    fn fault(&mut self, place: (u32, u32, u32)) {
        let (receiver, sender, counter) = place;
        self.receivers[receiver as usize].irregular = true;
        let gap = self.gaps.range(..=place).next_back();
        match gap.map(|(&from, &to)| (from, to)) {
            Some((from, to)) if (from.0, from.1) == (receiver, sender) && counter < to => {
                self.gaps.remove(&from);
                if from.2 < counter {
                    self.gaps.insert(from, counter);
                }
                if counter + 1 < to {
                    self.gaps.insert((receiver, sender, counter + 1), to);
                }
                self.receivers[receiver as usize].missing -= 1;
                self.disordered.note(place);
            }
            _ => self.duplicated.note(place),
        }
    }

    /// The end: whatever has not come by now is missing.
    pub(crate) fn close(mut self) -> Verdict {
        let senders = self.sent.len();
        for (receiver, state) in self.receivers.iter_mut().enumerate() {
            for (sender, &sent) in self.sent.iter().enumerate() {
                let expected = self.expected[receiver * senders + sender];
                if receiver != sender && expected < sent {
                    state.missing += u64::from(sent - expected);
                    if self.gaps.len() < GAPS {
                        self.gaps
                            .insert((receiver as u32, sender as u32, expected), sent);
                    }
                }
            }
        }
        let silent = |state: &Receiver| state.missing.saturating_sub(state.told);
        let first = self.gaps.keys().copied();
        Verdict {
            lost: Fault {
                count: self.receivers.iter().map(silent).sum(),
                first: first
                    .filter(|&(receiver, ..)| silent(&self.receivers[receiver as usize]) > 0)
                    .min_by_key(|&(receiver, sender, counter)| (counter, sender, receiver)),
            },
            skipped: self.receivers.iter().map(|state| state.told).sum(),
            duplicated: self.duplicated,
            disordered: self.disordered,
            echoed: self.echoed,
            invented: self.invented,
            order: self.compare(),
        }
    }

    /// A sender does not see its own lines, so only those who just listen can be compared; and of
    /// them those who got everything, else the missing lines alone would make the difference.
    fn compare(&self) -> Order {
        let mut orders = self
            .receivers
            .iter()
            .skip(self.sent.len())
            .filter(|state| state.missing == 0 && !state.irregular)
            .map(|state| state.order);
        let Some(first) = orders.next() else {
            return Order::Unknown;
        };
        let (others, differing) = orders.fold((0, 0), |(others, differing), order| {
            (others + 1, differing + usize::from(order != first))
        });
        match (others, differing) {
            (0, _) => Order::Unknown,
            (_, 0) => Order::Same(others + 1),
            _ => Order::Differs(differing),
        }
    }
}

impl Fault {
    fn note(&mut self, place: (u32, u32, u32)) {
        self.count += 1;
        self.first.get_or_insert(place);
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} line{}",
            self.count,
            if self.count == 1 { "" } else { "s" }
        )?;
        match self.first {
            Some((receiver, sender, counter)) => {
                write!(
                    f,
                    " (first: line {counter} of bot{sender} at bot{receiver})"
                )
            }
            None => Ok(()),
        }
    }
}

impl Verdict {
    /// One sentence for each kind of fault that was found; none when all is well.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (fault, what) in [
            (self.lost, "lost"),
            (self.duplicated, "duplicated"),
            (self.disordered, "out of order"),
            (self.echoed, "sent back to their sender"),
            (self.invented, "never sent by anybody"),
        ] {
            if fault.count > 0 {
                faults.push(format!("{what}: {fault}"));
            }
        }
        if self.skipped > 0 {
            faults.push(format!(
                "lines skipped, as the server told: {}",
                self.skipped
            ));
        }
        if let Order::Differs(bots) = self.order {
            faults.push(format!(
                "order differs between listeners: {bots} from the first"
            ));
        }
        faults
    }
}

#[cfg(test)]
mod tests;
