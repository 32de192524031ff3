//! Private lines that were told to users, until it is known whether they have arrived: the hub has the lines, here is
//! how far each has gone out.
//!
//! Invariant: at most [`PRIVATES_KEPT`] lines; what is forgotten counts as arrived.

use std::collections::VecDeque;

use super::reaching::Out;
use crate::hub::Id;
use crate::hub::name::Name;
use crate::limits::PRIVATES_KEPT;
use crate::net::sys::Sys;
use crate::turn::Server;
use crate::turn::conns::Conns;

/// See the top of this file.
#[derive(Default)]
pub(super) struct Privates {
    /// Those of which something has still to go out.
    going: Vec<Followed>,
    /// The others, oldest first.
    out: VecDeque<Followed>,
}

/// A line, by the number that the hub has given it.
struct Followed {
    to: Id,
    number: u64,
    out: Out,
}

impl Privates {
    /// Conns were flushed.
    pub(super) fn note<Socket>(&mut self, conns: &Conns<Socket>) {
        if self.going.is_empty() {
            return;
        }
        let mut going = std::mem::take(&mut self.going);
        going.retain_mut(|line| {
            conns.get(line.to).is_some_and(|conn| !line.out.note(conn)) || {
                self.out.push_back(Followed {
                    to: line.to,
                    number: line.number,
                    out: line.out,
                });
                false
            }
        });
        self.going = going;
        self.forget();
    }

    fn forget(&mut self) {
        let too_many = self.out.len().saturating_sub(PRIVATES_KEPT);
        self.out.drain(..too_many);
        let too_many = self.going.len().saturating_sub(PRIVATES_KEPT);
        self.going.drain(..too_many);
    }

    /// Those to one conn, which are followed no more.
    fn take(&mut self, to: Id) -> Vec<Followed> {
        let is_its = |line: &Followed| line.to == to;
        let all = std::mem::take(&mut self.out).into_iter();
        let (mut taken, out): (Vec<Followed>, Vec<Followed>) = all.partition(is_its);
        self.out = out.into();
        taken.extend(self.going.extract_if(.., |line| is_its(line)));
        taken
    }
}

impl<S: Sys> Server<S> {
    /// A user was told a private line just now.
    pub(super) fn follow(&mut self, to: Id, number: u64) {
        if let Some(conn) = self.conns.get(to) {
            let out = Out::new(conn);
            self.deliveries
                .privates
                .going
                .push(Followed { to, number, out });
            self.deliveries.privates.forget();
        }
    }

    /// A user is gone: the hub is told which lines may not have reached them.
    pub(super) fn tell_undelivered(&mut self, who: Id, name: &Name, is_owner: bool) {
        let followed = self.deliveries.privates.take(who);
        let conn = self.conns.get(who);
        let left = conn.and_then(|conn| conn.wire.unacknowledged(&mut self.sys));
        let is_missing = |line: &&Followed| match (conn, left) {
            (Some(conn), Some(left)) => line.out.missing(conn, left) > 0,
            _ => true,
        };
        let missing = followed.iter().filter(is_missing).map(|line| line.number);
        let numbers: Vec<u64> = missing.collect();
        let user = (who, name, is_owner);
        self.hub.undelivered(user, &numbers, &mut self.effects);
        self.deliver();
    }
}
