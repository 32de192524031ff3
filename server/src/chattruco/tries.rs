//! Logins and registrations that wait for the accounts, and recent answers: a repeated datagram is
//! asked once and answered each time.
//!
//! One try for each address, since a client waits for one answer at a time: until the verdict the
//! address is ignored, and the answer is kept until the address asks something else. Passwords are
//! not stored, only a keyed fingerprint of their datagram. Invariant: no two tries have the same
//! ticket.

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
    by_peer: BTreeMap<SocketAddr, (Try, State)>,
    last_ticket: u64,
    /// Random, but without visible effect.
    fingerprint: RandomState,
}

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
    Asked { ticket: u64, until: Time },
    Answered { answer: Answer, until: Time },
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
    /// Its address waits for an answer, to this try or another.
    Waiting,
    /// It was answered recently.
    Answered(Answer),
}

impl Tries {
    pub(super) fn fingerprint(&self, datagram: &[u8]) -> u64 {
        self.fingerprint.hash_one(datagram)
    }

    pub(super) fn known(&self, now: Time, peer: SocketAddr, fingerprint: u64) -> Known {
        match self.by_peer.get(&peer) {
            Some((_, State::Asked { until, .. })) if now < *until => Known::Waiting,
            Some((tried, State::Answered { answer, until }))
                if now < *until && tried.fingerprint == fingerprint =>
            {
                Known::Answered(*answer)
            }
            _ => Known::Nothing,
        }
    }

    /// Whether there is room for a try of this address. Kept answers make room for it: they only
    /// save questions, and in a flood no two are alike.
    pub(super) fn has_room(&mut self, now: Time, peer: SocketAddr) -> bool {
        if self.by_peer.len() >= QUESTIONS {
            let is_open = |state: &State| match state {
                State::Asked { until, .. } => now < *until,
                State::Answered { .. } => false,
            };
            self.by_peer.retain(|_, (_, state)| is_open(state));
        }
        self.by_peer.len() < QUESTIONS || self.by_peer.contains_key(&peer)
    }

    /// Notes a try that the accounts are asked about; returns its ticket.
    pub(super) fn ask(&mut self, now: Time, tried: Try) -> u64 {
        self.last_ticket += 1;
        let state = State::Asked {
            ticket: self.last_ticket,
            until: now + ANSWER_WITHIN,
        };
        self.by_peer.insert(tried.peer, (tried, state));
        self.last_ticket
    }

    /// Takes the try of this ticket, unless it is kept with its answer.
    pub(super) fn take(&mut self, ticket: u64) -> Option<Try> {
        let is_it =
            |state: &State| matches!(state, State::Asked { ticket: of, .. } if *of == ticket);
        let (&peer, _) = self.by_peer.iter().find(|(_, (_, state))| is_it(state))?;
        self.by_peer.remove(&peer).map(|(tried, _)| tried)
    }

    pub(super) fn keep(&mut self, now: Time, tried: Try, answer: Answer) {
        let state = State::Answered {
            answer,
            until: now + ANSWER_KEPT,
        };
        self.by_peer.insert(tried.peer, (tried, state));
    }

    /// Earlier answers about this e-mail are no longer true.
    pub(super) fn forget_answers(&mut self, email: &Email) {
        self.by_peer.retain(|_, (tried, state)| {
            tried.email.key() != email.key() || matches!(state, State::Asked { .. })
        });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_peer.len()
    }
}
