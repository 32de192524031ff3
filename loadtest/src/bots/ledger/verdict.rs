//! What the ledgers found, and the verdict that combines the ledgers of all threads. Pure.

use std::collections::BTreeMap;
use std::fmt;

/// How often a fault happened, and where first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) count: u64,
    /// The first: receiver, sender, counter.
    pub(crate) first: Option<(u32, u32, u32)>,
}

/// Whether all receivers of a group got the lines of its senders in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Yes: so many bots were compared.
    Same(usize),
    /// So many got another order than the first of their group.
    Differs(usize),
    /// No group has two bots that can be compared.
    Unknown,
}

/// The findings of one ledger.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(super) lost: Fault,
    pub(super) skipped: u64,
    pub(super) duplicated: Fault,
    pub(super) disordered: Fault,
    pub(super) echoed: Fault,
    pub(super) invented: Fault,
    /// Group and order of each receiver that can be compared.
    pub(super) orders: Vec<(usize, u64)>,
}

/// The faults of a run.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// Lines that never came, without a word of the server.
    pub(crate) lost: Fault,
    /// Lines that the server said it skipped.
    pub(crate) skipped: u64,
    /// Lines that came twice.
    pub(crate) duplicated: Fault,
    /// Lines that came after a later one of the same sender.
    pub(crate) disordered: Fault,
    /// Lines that came back to their sender where there are no echoes.
    pub(crate) echoed: Fault,
    /// Lines with a header that no bot has sent.
    pub(crate) invented: Fault,
    /// The order across senders, in each group.
    pub(crate) order: Order,
}

impl Order {
    /// How many receivers got another order.
    pub(crate) fn differing(self) -> usize {
        match self {
            Self::Differs(bots) => bots,
            Self::Same(_) | Self::Unknown => 0,
        }
    }
}

impl Fault {
    /// Count one more; the first place is kept.
    pub(super) fn note(&mut self, place: (u32, u32, u32)) {
        self.count += 1;
        self.first.get_or_insert(place);
    }

    /// The first of both is the one with the lower counter: threads have no common clock here.
    fn with(self, other: Fault) -> Fault {
        let firsts = self.first.into_iter().chain(other.first);
        Fault {
            count: self.count + other.count,
            first: firsts.min_by_key(|&(receiver, sender, counter)| (counter, sender, receiver)),
        }
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
    /// Combine the findings of several ledgers.
    pub(crate) fn of(findings: &[Findings]) -> Self {
        let sum = |fault: fn(&Findings) -> Fault| {
            findings
                .iter()
                .map(fault)
                .fold(Fault::default(), Fault::with)
        };
        Self {
            lost: sum(|found| found.lost),
            skipped: findings.iter().map(|found| found.skipped).sum(),
            duplicated: sum(|found| found.duplicated),
            disordered: sum(|found| found.disordered),
            echoed: sum(|found| found.echoed),
            invented: sum(|found| found.invented),
            order: compare(findings.iter().flat_map(|found| &found.orders)),
        }
    }

    /// One sentence for each kind of fault that was found.
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

/// Compare the receivers of each group with the first of them.
fn compare<'a>(orders: impl Iterator<Item = &'a (usize, u64)>) -> Order {
    // The first order of each group, and how many receivers were compared with it.
    let mut groups: BTreeMap<usize, (u64, usize)> = BTreeMap::new();
    let mut differing = 0;
    for &(group, order) in orders {
        let (first, compared) = groups.entry(group).or_insert((order, 0));
        *compared += 1;
        differing += usize::from(order != *first);
    }
    let compared = groups.values().map(|&(_, compared)| compared);
    match (compared.filter(|&bots| bots > 1).sum(), differing) {
        (0, _) => Order::Unknown,
        (bots, 0) => Order::Same(bots),
        _ => Order::Differs(differing),
    }
}
