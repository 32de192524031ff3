//! Who is online in the directory, in order of login, and when each heartbeat is due.
//!
//! Each user's heartbeat stays at the moment of the second at which they logged in, so heartbeats
//! are spread over the second. Invariant: every user has one number, one entry in `by_email` and
//! one in `beats`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};

use super::limits::{DIRECTORY_USERS, HEARTBEAT, HEARTBEAT_MOVED, UNPROVEN_TIMES};
use super::tries::Try;
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
    /// It has answered no heartbeat since its last login, so it may still wait for the list: lines
    /// for it wait.
    pub(super) is_settling: bool,
    /// Datagrams that wait for its answer to a heartbeat.
    pub(super) waiting: Vec<Vec<u8>>,
    /// When a login was last answered with a whole list.
    pub(super) listed: Option<Time>,
    /// When a login last moved its heartbeats.
    moved: Time,
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

impl User {
    /// A login of a user who is online; also whether their heartbeats are to begin anew a second
    /// later, as a client that waits for its list takes anything for it.
    fn log_in_again(&mut self, now: Time, tried: &Try) -> (Login, bool) {
        let before = std::mem::replace(&mut self.peer, tried.peer);
        self.email = tried.email.clone();
        (self.local, self.entry) = (tried.local, entry_of(tried));
        (self.unanswered, self.is_settling) = (0, true);
        let unproven = Unproven::by(tried);
        if before != tried.peer {
            (self.unproven, self.listed) = (Some(unproven), None);
        } else if let Some(limits) = &mut self.unproven {
            limits.bytes = limits.bytes.min(unproven.bytes);
        }
        let is_moved = before != tried.peer || self.moved + HEARTBEAT_MOVED <= now;
        if is_moved {
            self.moved = now;
        }
        let login = match before == tried.peer {
            true => Login::Again,
            false => Login::MovedFrom(before.ip()),
        };
        (login, is_moved)
    }
}

impl Unproven {
    fn by(tried: &Try) -> Unproven {
        Unproven {
            bytes: tried.bytes * UNPROVEN_TIMES,
            is_cut: false,
        }
    }
}

fn entry_of(tried: &Try) -> String {
    format!("{}:{}#", tried.email.typed(), tried.peer.ip())
}

impl Users {
    pub(super) fn login(&mut self, now: Time, tried: &Try) -> Login {
        let Try { email, .. } = tried;
        if let Some(&number) = self.by_email.get(email.key())
            && let Some(user) = self.by_number.get_mut(&number)
        {
            let (login, is_moved) = user.log_in_again(now, tried);
            if is_moved {
                self.beats.retain(|(_, of)| *of != number);
                self.beats.insert((now + HEARTBEAT, number));
            }
            return login;
        }
        if self.by_number.len() >= DIRECTORY_USERS {
            return Login::Full;
        }
        self.last_number += 1;
        let number = self.last_number;
        self.by_email.insert(email.key().to_owned(), number);
        self.beats.insert((now + HEARTBEAT, number));
        let user = User {
            email: email.clone(),
            peer: tried.peer,
            local: tried.local,
            entry: entry_of(tried),
            unanswered: 0,
            unproven: Some(Unproven::by(tried)),
            is_settling: true,
            waiting: Vec::new(),
            listed: None,
            moved: now,
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
