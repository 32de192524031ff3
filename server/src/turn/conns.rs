//! All conns, by id: the one place that compares generations. It knows which conn to look at next, and
//! has the poller told what each needs; it knows no chat and no feeds.
//!
//! What survives an upgrade of the running program: `slab` and `generations`, but for what of a conn is of
//! the moment (`armed`, `handling`, what its wire has told the poller). The rest is made anew from that.
//!
//! Invariant: an id that was used once never finds another conn, whoever has its slot now.

use std::collections::BTreeSet;
use std::ops::{Index, IndexMut};

use slab::Slab;

use super::work::Work;
use crate::conn::{Conn, Handling};
use crate::flood::Rate;
use crate::hub::{Id, Time};
use crate::net::sys::Sys;

/// See the top of this file.
pub(super) struct Conns<Socket> {
    slab: Slab<Conn<Socket>>,
    /// How many conns each slot has had before; as long as the slab ever was.
    generations: Vec<u32>,
    /// When to look at which conn: at most one entry for each, as its `armed` says, at or before its
    /// deadline. One whose deadline has moved later is found too early and armed again.
    timers: BTreeSet<(Time, Id)>,
    /// Bytes that conns have grown by since the memory of all was last added up.
    pub(super) bytes_since_audit: usize,
}

impl<Socket> Conns<Socket> {
    pub(super) fn new() -> Conns<Socket> {
        Conns {
            slab: Slab::new(),
            generations: Vec::new(),
            timers: BTreeSet::new(),
            bytes_since_audit: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slab.len()
    }

    /// The conn of this id, unless it has departed.
    pub(super) fn get(&self, id: Id) -> Option<&Conn<Socket>> {
        match self.generations.get(id.slot()) == Some(&id.generation) {
            true => self.slab.get(id.slot()),
            false => None,
        }
    }

    /// See [`Conns::get`].
    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Conn<Socket>> {
        match self.generations.get(id.slot()) == Some(&id.generation) {
            true => self.slab.get_mut(id.slot()),
            false => None,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Id, &Conn<Socket>)> {
        self.slab.iter().map(|(slot, conn)| (self.id(slot), conn))
    }

    pub(super) fn insert(&mut self, conn: Conn<Socket>) -> Id {
        let slot = self.slab.insert(conn);
        if self.generations.len() <= slot {
            self.generations.resize(slot + 1, 0);
        }
        self.id(slot)
    }

    /// Take a conn out; its id finds nothing from now on.
    pub(super) fn remove(&mut self, id: Id) -> Option<Conn<Socket>> {
        self.get(id)?;
        let conn = self.slab.remove(id.slot());
        self.generations[id.slot()] = id.generation.wrapping_add(1);
        if let Some(armed) = conn.armed {
            self.timers.remove(&(armed, id));
        }
        Some(conn)
    }

    /// The earliest time at which a conn is to be looked at.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// The next conn that is to be looked at by now.
    pub(super) fn pop_due(&mut self, now: Time) -> Option<Id> {
        self.deadline().filter(|at| *at <= now)?;
        let (_, id) = self.timers.pop_first()?;
        self[id].armed = None;
        Some(id)
    }

    /// Arm a timer for a conn's deadline, and queue the conn when it has something to handle at once.
    /// Whether it stands in the queue.
    pub(super) fn schedule(&mut self, id: Id, now: Time, rate: Rate, work: &mut Work) -> bool {
        let Some(conn) = self.get_mut(id) else {
            return false;
        };
        let may_speak = conn.intake.ready_at(rate) <= now;
        if conn.handling == Handling::Ready && conn.has_work() && !conn.is_paused() && may_speak {
            conn.handling = Handling::Queued;
            work.queue.push_back(id);
        }
        if conn.wants_input() && conn.wire.transport.queue_unread() {
            work.unread.push_back(id);
        }
        let (queued, armed) = (conn.handling == Handling::Queued, conn.armed);
        if let Some((at, _)) = conn.deadline(rate)
            && armed.is_none_or(|armed| at < armed)
        {
            conn.armed = Some(at);
            if let Some(armed) = armed {
                self.timers.remove(&(armed, id));
            }
            self.timers.insert((at, id));
        }
        queued
    }

    /// Tell the poller what a conn needs now, when that is not what it was told. Whether that worked.
    pub(super) fn watch<S: Sys<Socket = Socket>>(&mut self, sys: &mut S, id: Id) -> bool {
        let Some(conn) = self.get_mut(id) else {
            return true;
        };
        let reads = conn.wants_input();
        let told = conn.wire.watch(sys, id, reads);
        if let Err(error) = &told {
            log::error!("{}: cannot be watched: {error}", conn.peer());
        }
        told.is_ok()
    }

    /// Bytes of memory that all conns hold, used or not.
    pub(super) fn memory(&self) -> usize {
        self.slab.iter().map(|(_, conn)| conn.memory()).sum()
    }

    fn id(&self, slot: usize) -> Id {
        Id {
            index: slot as u32,
            generation: self.generations[slot],
        }
    }

    /// Check the timers; for tests.
    pub(super) fn invariants(&self) {
        let armed = self.slab.iter().filter(|(_, conn)| conn.armed.is_some());
        assert_eq!(self.timers.len(), armed.count(), "one timer a conn");
    }
}

/// The conn of an id that is known not to have departed.
impl<Socket> Index<Id> for Conns<Socket> {
    type Output = Conn<Socket>;

    fn index(&self, id: Id) -> &Conn<Socket> {
        self.get(id).expect("it is there")
    }
}

impl<Socket> IndexMut<Id> for Conns<Socket> {
    fn index_mut(&mut self, id: Id) -> &mut Conn<Socket> {
        self.get_mut(id).expect("it is there")
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::conn::{ConnDefaults, Phase};

    const RATE: Rate = Rate {
        lines_per_s: 0,
        burst: 1,
    };

    /// A conn that has to give a name within so many seconds.
    fn conn(seconds: u64) -> Conn<()> {
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let phase = Phase::nameless(Time::from_secs(seconds));
        Conn::new((), peer, ConnDefaults::default(), phase)
    }

    #[test]
    fn a_departed_id_finds_nothing_and_its_successor_is_untouched() {
        let mut conns = Conns::new();
        let mut work = Work::default();
        let first = conns.insert(conn(60));
        assert!(!conns.schedule(first, Time::ZERO, RATE, &mut work));
        assert!(conns.remove(first).is_some());
        assert_eq!(conns.deadline(), None, "its timer goes with it");
        let second = conns.insert(conn(30));
        assert_eq!(first.slot(), second.slot());
        assert!(conns.get(first).is_none() && conns.get_mut(first).is_none());
        assert!(conns.remove(first).is_none());
        conns.schedule(first, Time::ZERO, RATE, &mut work);
        assert_eq!(conns.deadline(), None);
        assert_eq!(conns.iter().map(|(id, _)| id).collect::<Vec<_>>(), [second]);
    }

    #[test]
    fn a_timer_is_replaced_only_by_an_earlier_one() {
        let mut conns = Conns::new();
        let mut work = Work::default();
        let id = conns.insert(conn(60));
        for (until, armed) in [(60, 60), (90, 60), (30, 30)] {
            let until = Time::from_secs(until);
            conns[id].phase = Phase::nameless(until);
            conns.schedule(id, Time::ZERO, RATE, &mut work);
            assert_eq!(conns.deadline(), Some(Time::from_secs(armed)));
            conns.invariants();
        }
        assert_eq!(conns.pop_due(Time::from_secs(29)), None);
        assert_eq!(conns.pop_due(Time::from_secs(30)), Some(id));
        assert_eq!(conns.pop_due(Time::from_secs(30)), None);
        conns.invariants();
    }

    #[test]
    fn a_conn_with_lines_is_queued_once() {
        let mut conns = Conns::new();
        let mut work = Work::default();
        let id = conns.insert(conn(60));
        conns[id].push(Time::ZERO, &mut b"ana\n".to_vec());
        assert!(conns.schedule(id, Time::ZERO, RATE, &mut work));
        assert!(conns.schedule(id, Time::ZERO, RATE, &mut work));
        assert_eq!(work.queue, [id]);
    }
}
