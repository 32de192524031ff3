//! The faults, how often each happens in a seed, and how often each has happened.
//!
//! A fault that can be drawn but never happens is a gap in the harness. So everything is counted by
//! name, and a run over many seeds fails if a name of this file was never counted.

use std::collections::BTreeMap;

use crate::dice::Dice;

/// What the simulated system does to the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    OneByteRead,
    ShortRead,
    InterruptedRead,
    ReadBlocks,
    ReadTimesOut,
    OneByteWrite,
    ShortWrite,
    InterruptedWrite,
    WriteBlocks,
    WriteFails,
    AcceptAborts,
    AcceptInterrupted,
    AcceptNoMemory,
    NoReserve,
    WatchFails,
    Stale,
    Spurious,
    SplitBatch,
    EmptyWait,
    ClockJump,
    Stall,
    AccountsBusy,
    AccountsFail,
    ConsoleInterrupted,
    ConsoleFails,
    ReloadFails,
    DatagramLost,
    DatagramTwice,
    DatagramLate,
    DatagramTorn,
    ArchiveFull,
    ArchiveFails,
    RecallBusy,
    RecallFails,
    RecallLate,
}

/// Each fault with its name and its maximal rate, in a thousand calls.
const FAULTS: [(Fault, &str, usize); 35] = [
    (Fault::OneByteRead, "one-byte read", 500),
    (Fault::ShortRead, "short read", 500),
    (Fault::InterruptedRead, "interrupted read", 200),
    (Fault::ReadBlocks, "nothing to read after all", 200),
    (Fault::ReadTimesOut, "read times out", 15),
    (Fault::OneByteWrite, "one-byte write", 200),
    (Fault::ShortWrite, "short write", 500),
    (Fault::InterruptedWrite, "interrupted write", 200),
    (Fault::WriteBlocks, "no room after all", 300),
    (Fault::WriteFails, "write fails for good", 10),
    (Fault::AcceptAborts, "accept aborts", 300),
    (Fault::AcceptInterrupted, "accept interrupted", 300),
    (Fault::AcceptNoMemory, "accept has no memory", 300),
    (Fault::NoReserve, "no reserve", 300),
    (Fault::WatchFails, "watch fails", 100),
    (Fault::Stale, "stale readiness", 200),
    (Fault::Spurious, "spurious readiness", 200),
    (Fault::SplitBatch, "batch is split", 200),
    (Fault::EmptyWait, "wait finds nothing", 200),
    (Fault::ClockJump, "clock jumps an hour", 8),
    (Fault::Stall, "process stalls", 15),
    (Fault::AccountsBusy, "accounts are busy", 300),
    (Fault::AccountsFail, "accounts fail", 200),
    (Fault::ConsoleInterrupted, "console interrupted", 300),
    (Fault::ConsoleFails, "console fails", 100),
    (Fault::ReloadFails, "reload fails", 500),
    (Fault::DatagramLost, "datagram lost", 300),
    (Fault::DatagramTwice, "datagram twice", 300),
    (Fault::DatagramLate, "datagram late", 300),
    (Fault::DatagramTorn, "datagram torn", 100),
    (Fault::ArchiveFull, "archive is full", 50),
    (Fault::ArchiveFails, "archive fails", 50),
    (Fault::RecallBusy, "archive is busy", 300),
    (Fault::RecallFails, "archive cannot be read", 300),
    (Fault::RecallLate, "archive answers late", 300),
];

/// Other events that must happen in the seeds of a normal run: by the peers, by the operator, or as
/// the server's answer to a fault.
const DEEDS: [&str; 86] = [
    "attic opened again",
    "bad frame",
    "bad message",
    "banned",
    "broken pipe",
    "browser closes",
    "browser let in",
    "browser told of its end",
    "browser within TLS",
    "browser",
    "browser's line confirmed",
    "chatter",
    "chunks",
    "clean end",
    "comes too often",
    "console ends",
    "descriptors run out",
    "direct user garbage",
    "direct user gone",
    "direct user moves",
    "direct user muted",
    "direct user put out",
    "direct user",
    "dribbler",
    "empty lines",
    "flooder",
    "forced stop",
    "garbage",
    "gone before the answer",
    "guessed chunks",
    "guesser",
    "half-close",
    "ignorer",
    "hole in the archive",
    "hook speaks",
    "impostor",
    "kept out",
    "last line without end",
    "lines of another room",
    "lines of another room skipped",
    "lines skipped",
    "letter told",
    "logged in elsewhere",
    "lurker",
    "message too long",
    "metrics",
    "mover",
    "muted",
    "name after a minute",
    "never reads",
    "no request",
    "no room",
    "operator",
    "owner",
    "password renewed",
    "password reset",
    "ping answered",
    "proved operator",
    "reconnect",
    "refused",
    "registrar",
    "registration ended",
    "relay",
    "reload",
    "reset",
    "reset with data pending",
    "roamer",
    "scraper",
    "script held back",
    "script listens",
    "script listens after a line",
    "script polls",
    "script polls after a line",
    "script speaks",
    "script without its password",
    "script",
    "silent",
    "slow",
    "stop",
    "storm",
    "stray",
    "telnet",
    "thief",
    "thinker",
    "thought too long",
    "turned away",
];

/// The rate of each fault, in a thousand calls; 0 if a seed does without.
#[derive(Clone)]
pub(crate) struct Faults {
    per_mille: [u32; FAULTS.len()],
    /// Conns at once before descriptors run out.
    pub(crate) descriptors: usize,
}

impl Faults {
    /// No faults.
    pub(crate) fn none() -> Faults {
        Faults {
            per_mille: [0; FAULTS.len()],
            descriptors: usize::MAX,
        }
    }

    /// Half of the faults, each at a random rate.
    pub(crate) fn draw(dice: &mut Dice) -> Faults {
        let mut faults = Faults::none();
        for (fault, _, most) in FAULTS {
            if dice.chance(500) {
                faults.per_mille[fault as usize] = dice.below(most) as u32;
            }
        }
        if dice.chance(300) {
            faults.descriptors = dice.between(4, 9);
        }
        faults
    }

    pub(crate) fn set(&mut self, fault: Fault, per_mille: u32) {
        self.per_mille[fault as usize] = per_mille;
    }

    pub(crate) fn of(&self, fault: Fault) -> u32 {
        self.per_mille[fault as usize]
    }

    /// Without faults that let time pass: a stop has a deadline.
    pub(crate) fn in_time(mut self) -> Faults {
        self.per_mille[Fault::ClockJump as usize] = 0;
        self.per_mille[Fault::Stall as usize] = 0;
        self
    }
}

impl Fault {
    pub(crate) fn name(self) -> &'static str {
        FAULTS[self as usize].1
    }
}

/// How often each event has happened.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub(crate) struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub(crate) fn add(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    pub(crate) fn merge(&mut self, other: Counts) {
        for (what, times) in other.0 {
            *self.0.entry(what).or_default() += times;
        }
    }

    /// Events that should have happened but did not.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let all = FAULTS.iter().map(|(_, name, _)| *name).chain(DEEDS);
        all.filter(|name| !self.0.contains_key(name)).collect()
    }

    /// One line for each.
    pub(crate) fn table(&self) -> String {
        let line = |(what, times): (&&str, &u64)| format!("{times:>12}  {what}\n");
        self.0.iter().map(line).collect()
    }
}

#[test]
fn each_fault_has_its_row() {
    for (row, (fault, ..)) in FAULTS.iter().enumerate() {
        assert_eq!(*fault as usize, row, "{fault:?}");
    }
}
