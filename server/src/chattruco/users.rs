//! Who is online in the directory, in order of login, and when each heartbeat is due.
//!
//! Each user's heartbeat stays at the moment of the second at which they logged in, so heartbeats
//! are spread over the second. Invariant: every user has one number, one entry in `by_email` and
//! one in `beats`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};

use super::limits::{DIRECTORY_USERS, HEARTBEAT, UNPROVEN_TIMES};
use super::wire::Email;
use crate::flood::Flood;
use crate::hub::Time;

/// See the top of this file.
#[derive(Default, Debug)]
pub(super) struct Users {
    /// Numbers grow, so this is the order of logins.
    by_number: BTreeMap<u64, User>,
    by_email: HashMap<String, u64>,
    beats: BTreeSet<(Time, u64)>,
    last_number: u64,
}

#[derive(Debug)]
pub(super) struct User {
    pub(super) email: Email,
    /// The client's address: datagrams from elsewhere are not its own.
    pub(super) peer: SocketAddr,
    /// The address of ours that the client uses.
    pub(super) local: IpAddr,
    /// Its entry in lists.
    pub(super) entry: String,
    /// Heartbeats in a row that it has not answered.
    pub(super) unanswered: u32,
    /// The limits on what it is sent, until it proves its address.
    pub(super) unproven: Option<Unproven>,
    /// When a login was last answered with a list.
    pub(super) listed: Option<Time>,
    pub(super) flood: Flood,
}

/// A client that has answered no heartbeat yet: its address may be forged, and then the host there
/// asked for nothing.
#[derive(Debug)]
pub(super) struct Unproven {
    /// The maximal bytes of a datagram to it.
    pub(super) bytes: usize,
    /// Whether a list was cut to that.
    pub(super) is_cut: bool,
    /// Datagrams that wait for its first answer.
    pub(super) waiting: Vec<Vec<u8>>,
}

/// The effect of a login.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Login {
    New,
    MovedFrom(IpAddr),
    Again,
    /// The directory is full.
    Full,
}

impl Users {
    pub(super) fn login(
        &mut self,
        now: Time,
        email: Email,
        peer: SocketAddr,
        local: IpAddr,
        bytes: usize,
    ) -> Login {
        let mut unproven = Unproven {
            bytes: bytes * UNPROVEN_TIMES,
            is_cut: false,
            waiting: Vec::new(),
        };
        let entry = format!("{}:{}#", email.typed(), peer.ip());
        if let Some(user) = self.find_mut(email.key()) {
            let before = user.peer;
            let listed = user.listed.filter(|_| before == peer);
            (user.email, user.peer, user.local, user.entry) = (email, peer, local, entry);
            (user.unanswered, user.listed) = (0, listed);
            if before != peer {
                let waiting = user.unproven.take().map(|before| before.waiting);
                unproven.waiting = waiting.unwrap_or_default();
                user.unproven = Some(unproven);
            }
            return match before == peer {
                true => Login::Again,
                false => Login::MovedFrom(before.ip()),
            };
        }
        if self.by_number.len() >= DIRECTORY_USERS {
            return Login::Full;
        }
        self.last_number += 1;
        let number = self.last_number;
        self.by_email.insert(email.key().to_owned(), number);
        self.beats.insert((now + HEARTBEAT, number));
        let user = User {
            email,
            peer,
            local,
            entry,
            unanswered: 0,
            unproven: Some(unproven),
            listed: None,
            flood: Flood::default(),
        };
        self.by_number.insert(number, user);
        Login::New
    }

    pub(super) fn find(&self, email: &str) -> Option<&User> {
        self.by_number.get(self.by_email.get(email)?)
    }

    /// The limits of this user, if their client has not proven its address.
    pub(super) fn unproven(&mut self, email: &str) -> Option<&mut Unproven> {
        self.find_mut(email)?.unproven.as_mut()
    }

    pub(super) fn find_mut(&mut self, email: &str) -> Option<&mut User> {
        self.by_number.get_mut(self.by_email.get(email)?)
    }

    /// The user of this e-mail, if their client has this address.
    pub(super) fn find_at(&mut self, email: &str, peer: SocketAddr) -> Option<&mut User> {
        self.find_mut(email).filter(|user| user.peer == peer)
    }

    pub(super) fn next_beat(&self) -> Option<Time> {
        self.beats.first().map(|(at, _)| *at)
    }

    /// The next due heartbeat, and since when it is due; then call `beat_again` or `remove`.
    pub(super) fn pop_beat(&mut self, now: Time) -> Option<(Time, u64)> {
        self.beats.first().filter(|(at, _)| *at <= now)?;
        self.beats.pop_first()
    }

    /// The next heartbeat is at the same moment of a later second: after a pause of ours a user
    /// gets one, not all that were missed, and they stay spread.
    pub(super) fn beat_again(&mut self, now: Time, (due, number): (Time, u64)) {
        let missed = (now - due).as_nanos() / HEARTBEAT.as_nanos();
        let missed = u32::try_from(missed).unwrap_or(u32::MAX - 1);
        self.beats.insert((due + HEARTBEAT * (missed + 1), number));
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut User> {
        self.by_number.get_mut(&number)
    }

    /// A user whose heartbeat was popped goes offline.
    pub(super) fn remove(&mut self, number: u64) -> Option<User> {
        let user = self.by_number.remove(&number)?;
        self.by_email.remove(user.email.key());
        Some(user)
    }

    /// A user whose heartbeat is not due goes offline.
    pub(super) fn remove_user(&mut self, email: &str) -> Option<User> {
        let number = *self.by_email.get(email)?;
        self.beats.retain(|(_, of)| *of != number);
        self.remove(number)
    }

    /// All users, in order of login.
    pub(super) fn iter(&self) -> impl Iterator<Item = &User> {
        self.by_number.values()
    }

    #[cfg(test)]
    pub(super) fn invariants(&self) {
        assert_eq!(self.by_number.len(), self.by_email.len());
        assert_eq!(self.by_number.len(), self.beats.len());
        for (_, number) in &self.beats {
            let user = &self.by_number[number];
            assert_eq!(self.by_email.get(user.email.key()), Some(number));
        }
    }
}
