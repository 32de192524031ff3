//! Logins and registrations that wait for the accounts, and recent answers to logins: a datagram that
//! comes again is asked once.
//!
//! A client waits for one answer at a time. So the same datagram from the same address, before it is
//! answered, is one that the network has doubled: it has the answer of the first. After that it is
//! another request, which for a login is answered again without asking, if it comes soon. Passwords
//! are not stored, only a keyed fingerprint of their datagram. Invariant: a try is in `open` if and
//! only if it waits for a verdict; no two have the same ticket.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};

use super::limits::{ANSWER_KEPT, ANSWER_WITHIN};
use super::wire::{Email, Kind};
use crate::hub::Time;
use crate::limits::QUESTIONS;

/// See the top of this file.
#[derive(Default, Debug)]
pub(super) struct Tries {
    by_datagram: BTreeMap<Sent, (Try, State)>,
    /// By ticket, and so in the order in which they were asked.
    open: BTreeMap<u64, Sent>,
    last_ticket: u64,
    /// Random, but without visible effect.
    fingerprint: RandomState,
}

/// A datagram: the client's address, and the fingerprint.
type Sent = (SocketAddr, u64);

#[derive(Clone, Debug)]
pub(super) struct Try {
    pub(super) kind: Kind,
    pub(super) email: Email,
    /// The client's address, and the address of ours that it uses.
    pub(super) peer: SocketAddr,
    pub(super) local: IpAddr,
    pub(super) fingerprint: u64,
    /// The length of the datagram.
    pub(super) bytes: usize,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Until when a verdict counts.
    Asked {
        until: Time,
    },
    Answered {
        answer: Answer,
        until: Time,
    },
}

/// The answer to the client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    Word(&'static str),
    List,
}

/// What is known about a datagram.
pub(super) enum Known {
    /// Nothing: ask.
    Nothing,
    /// It waits for the accounts.
    Waiting,
    /// It was answered recently.
    Answered(Answer),
}

impl Tries {
    pub(super) fn fingerprint(&self, datagram: &[u8]) -> u64 {
        self.fingerprint.hash_one(datagram)
    }

    pub(super) fn known(&self, now: Time, peer: SocketAddr, fingerprint: u64) -> Known {
        match self.by_datagram.get(&(peer, fingerprint)) {
            Some((_, State::Asked { .. })) => Known::Waiting,
            Some((_, State::Answered { answer, until })) if now < *until => {
                Known::Answered(*answer)
            }
            _ => Known::Nothing,
        }
    }

    /// Whether a client at this address waits for a verdict.
    pub(super) fn is_waiting(&self, peer: SocketAddr) -> bool {
        let mut all = self.by_datagram.range((peer, 0)..=(peer, u64::MAX));
        all.any(|(_, (_, state))| matches!(state, State::Asked { .. }))
    }

    /// Whether there is room for another one. Kept answers make room for it: they only save
    /// questions, and in a flood no two are alike.
    pub(super) fn has_room(&mut self) -> bool {
        if self.by_datagram.len() >= QUESTIONS {
            self.by_datagram
                .retain(|_, (_, state)| matches!(state, State::Asked { .. }));
        }
        self.by_datagram.len() < QUESTIONS
    }

    /// Notes a try that the accounts are asked about; returns its ticket.
    pub(super) fn ask(&mut self, now: Time, tried: Try) -> u64 {
        self.last_ticket += 1;
        let sent = (tried.peer, tried.fingerprint);
        let until = now + ANSWER_WITHIN;
        self.open.insert(self.last_ticket, sent);
        self.by_datagram
            .insert(sent, (tried, State::Asked { until }));
        self.last_ticket
    }

    /// Takes the try of this ticket, if it still waits.
    pub(super) fn take(&mut self, ticket: u64) -> Option<Try> {
        let sent = self.open.remove(&ticket)?;
        self.by_datagram.remove(&sent).map(|(tried, _)| tried)
    }

    /// When `take_late` has something next.
    pub(super) fn deadline(&self) -> Option<Time> {
        let (_, sent) = self.open.first_key_value()?;
        match self.by_datagram[sent].1 {
            State::Asked { until } => Some(until),
            State::Answered { .. } => None,
        }
    }

    /// Takes a try whose verdict has not come in time.
    pub(super) fn take_late(&mut self, now: Time) -> Option<Try> {
        self.deadline().filter(|until| *until <= now)?;
        let (ticket, _) = self.open.first_key_value()?;
        self.take(*ticket)
    }

    /// Keeps a try with its answer.
    pub(super) fn keep(&mut self, now: Time, tried: Try, answer: Answer) {
        let until = now + ANSWER_KEPT;
        let state = State::Answered { answer, until };
        let sent = (tried.peer, tried.fingerprint);
        self.by_datagram.insert(sent, (tried, state));
    }

    /// Earlier answers about this e-mail are no longer true.
    pub(super) fn forget_answers(&mut self, email: &Email) {
        self.by_datagram.retain(|_, (tried, state)| {
            tried.email.key() != email.key() || matches!(state, State::Asked { .. })
        });
    }

    #[cfg(test)]
    pub(super) fn invariants(&self) {
        let asked = self
            .by_datagram
            .iter()
            .filter(|(_, (_, state))| matches!(state, State::Asked { .. }))
            .map(|(sent, _)| *sent);
        let mut open: Vec<Sent> = self.open.values().copied().collect();
        open.sort_unstable();
        assert_eq!(asked.collect::<Vec<_>>(), open);
        assert!(self.by_datagram.len() <= QUESTIONS);
    }
}
