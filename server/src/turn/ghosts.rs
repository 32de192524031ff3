//! Ghosts: users whose connection is dead and who have not been missed yet, because nobody has sent them
//! anything or the system still tries. Who comes back finds the own name taken. So before somebody from
//! the same place is refused a name, its holder's system is asked for a sign of life: it answers also
//! for one who only sleeps, reads nothing or types nothing, and no neighbour behind the same router can
//! keep it from answering. Nobody else's name is looked at, and no registered one: that goes with its
//! password.
//!
//! Invariant: while a probe is open its asker is not heard; it ends within [`GHOST_WITHIN`] and a turn,
//! and then its request is judged as any other.

use super::Server;
use crate::conn::Conn;
use crate::hub::{Gone, Id, Notice, Request, Time};
use crate::limits::{GHOST_LOOK, GHOST_WITHIN};
use crate::net::sys::Sys;
use crate::places::{counted, network};

/// One who waits for a name, and the one who has it.
pub(super) struct Probe {
    asker: Id,
    holder: Id,
    request: Request,
    since: Time,
    look_at: Time,
}

/// What is known of a holder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    /// It has given a sign of life since it was asked, or left in another way.
    Settled,
    /// It has not.
    Silent,
    /// Nor will it.
    Dead,
}

impl<S: Sys> Server<S> {
    /// Whether what `asker` wants has to wait until it is known if the holder of that name is alive.
    pub(super) fn awaits_sign(&mut self, asker: Id, request: &Request) -> bool {
        let (Request::Enter(typed) | Request::Nick(typed)) = request else {
            return false;
        };
        // What comes with a refused name is no name, and a line that is meant for nobody asks nothing.
        if self.conns[asker.slot()].name_refused {
            return false;
        }
        let Some((holder, name)) = self.hub.holder(asker, typed) else {
            return false;
        };
        let place = |conn: &Conn<S::Socket>| counted(conn.peer.ip()).map(network);
        let own = self.conn(asker).and_then(|conn| place(conn));
        let Some(conn) = self.conn(holder) else {
            return false;
        };
        // Nobody on this host is a ghost: its system is ours.
        if holder == asker || own.is_none() || place(conn) != own {
            return false;
        }
        let socket = &self.conns[holder.slot()].socket;
        self.sys.ask_for_sign(socket, true);
        self.probes.push(Probe {
            asker,
            holder,
            request: request.clone(),
            since: self.now,
            look_at: self.now + GHOST_LOOK,
        });
        if let Some(conn) = self.conn(asker) {
            conn.awaits_verdict = true;
        }
        self.tell(asker, &Notice::AsksHolder(name));
        true
    }

    /// When to look at the probes again.
    pub(super) fn next_look(&self) -> Option<Time> {
        self.probes.iter().map(|probe| probe.look_at).min()
    }

    /// Look at those holders that are due.
    pub(super) fn look_for_signs(&mut self) {
        if self.next_look().is_none_or(|at| at > self.now) {
            return;
        }
        let mut settled = Vec::new();
        for mut probe in std::mem::take(&mut self.probes) {
            if probe.look_at > self.now {
                self.probes.push(probe);
                continue;
            }
            match self.look(&probe) {
                Holder::Silent => {
                    probe.look_at = self.now + GHOST_LOOK;
                    self.probes.push(probe);
                }
                holder => settled.push((probe, holder)),
            }
        }
        for (probe, holder) in settled {
            self.end_probe(probe, holder);
        }
    }

    fn look(&mut self, probe: &Probe) -> Holder {
        let waits = self
            .conn(probe.asker)
            .is_some_and(|conn| conn.standing().is_some());
        if !waits || self.hub.name(probe.holder).is_none() {
            return Holder::Settled;
        }
        let asked_for = self.now - probe.since;
        let socket = &self.conns[probe.holder.slot()].socket;
        match self.sys.last_sign(socket) {
            Some(ago) if ago >= asked_for && asked_for >= GHOST_WITHIN => Holder::Dead,
            Some(ago) if ago >= asked_for => Holder::Silent,
            _ => Holder::Settled,
        }
    }

    fn end_probe(&mut self, probe: Probe, state: Holder) {
        let Probe {
            asker,
            holder,
            request,
            ..
        } = probe;
        if state == Holder::Dead && self.hub.name(holder).is_some() {
            self.request(holder, Request::Leave(Gone::Elsewhere));
        } else if self.probes.iter().all(|other| other.holder != holder)
            && self.conn(holder).is_some()
        {
            let socket = &self.conns[holder.slot()].socket;
            self.sys.ask_for_sign(socket, false);
        }
        let Some(conn) = self.conn(asker) else { return };
        conn.awaits_verdict = false;
        if conn.standing().is_some() {
            self.ask(asker, request, false);
        }
        self.settle(asker);
    }
}
