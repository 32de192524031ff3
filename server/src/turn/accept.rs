//! New conns: within a budget for each turn, within the limits, and what to do when there is no
//! descriptor left.

use std::fmt::Display;
use std::io::ErrorKind;
use std::net::SocketAddr;

use super::Server;
use crate::conn::{Conn, ConnDefaults, Naming, Phase};
use crate::hub::{Gone, Id, Notice, Request};
use crate::limits::{ACCEPTS, SPEAKS_FIRST_WITHIN, WAITING};
use crate::net::sys::{Accepted, Listening, Ready, Sys, is_exhaustion};
use crate::ops::logging::ARRIVAL;

impl<S: Sys> Server<S> {
    pub(super) fn accept(&mut self) {
        if self.admission.resume(self.life.now) {
            self.sys.listen(Listening::On);
        }
        if !self.life.is_serving() {
            return;
        }
        let mut budget = ACCEPTS;
        for at in 0..self.work.ready.len() {
            if let Ready::Listener(listener) = self.work.ready[at] {
                self.accept_from(listener, &mut budget);
            }
        }
    }

    fn accept_from(&mut self, listener: usize, budget: &mut usize) {
        while *budget > 0 {
            *budget -= 1;
            match self.sys.accept(listener) {
                Ok(Accepted::Conn(socket, peer)) => {
                    // An IPv4 peer of a socket for both families is an IPv4 peer.
                    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                    if self.scrapes.is_theirs(listener) {
                        self.admit_scrape(socket, peer);
                    } else {
                        self.admit(socket, peer, listener);
                    }
                }
                Ok(on_reserve @ Accepted::OnReserve(_)) => {
                    self.pause_accepting(&"no descriptor is left");
                    self.refuse(on_reserve, listener, Gone::Full);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if is_exhaustion(&error) => return self.pause_accepting(&error),
                // The one who waited is gone already, or a signal came: the next, please.
                Err(error) => log::debug!("accept: {error}"),
            }
        }
    }

    /// The listeners are about to be closed: who waits there is told so, and is not reset.
    pub(super) fn turn_all_away(&mut self) {
        for listener in 0..self.config.listeners.len() {
            if self.scrapes.is_theirs(listener) {
                continue;
            }
            for _ in 0..WAITING {
                match self.sys.accept(listener) {
                    Ok(accepted) => self.refuse(accepted, listener, Gone::Stopping),
                    Err(error)
                        if error.kind() == ErrorKind::WouldBlock || is_exhaustion(&error) =>
                    {
                        break;
                    }
                    // Accepting failed for the one who waited, and not for those behind it.
                    Err(_) => {}
                }
            }
        }
    }

    fn admit(&mut self, socket: S::Socket, peer: SocketAddr, listener: usize) {
        if self.proxies.are_at(peer.ip()) {
            return self.admit_unknown(socket, peer, listener);
        }
        if let Err(why) = self.judge(peer) {
            return self.refuse(Accepted::Conn(socket, peer), listener, why);
        }
        let defaults = self.defaults(listener);
        let until = self.life.now + SPEAKS_FIRST_WITHIN;
        let id = self.insert_conn(socket, peer, defaults, Phase::Unasked { until });
        self.meet(id, defaults.secure, &mut []);
        self.settle(id);
    }

    /// A conn is let in, of which these bytes have come.
    pub(super) fn meet(&mut self, id: Id, is_secure: bool, first: &mut [u8]) {
        let peer = self.conns[id].peer();
        self.hub.note_address(id, peer.ip());
        log::info!(target: ARRIVAL, "{peer} connected");
        if is_secure {
            return self.speak_tls(id, first);
        }
        self.begin_naming(id, self.secure.naming(self.conns[id].naming()));
        if !first.is_empty() {
            self.take_bytes(id, first);
        }
    }

    /// A conn has come, and can be spoken to.
    pub(super) fn begin_naming(&mut self, id: Id, naming: Naming) {
        match naming {
            Naming::Unasked | Naming::Guest if !self.counts_itself(id) => {}
            Naming::Asked => self.ask_for_name(id),
            Naming::AskedLater => {
                let until = self.life.now + self.silence(id);
                self.conns[id].phase = Phase::Unasked { until };
            }
            Naming::Unasked => self.await_name(id, Naming::Unasked),
            Naming::Guest => self.request(id, Request::EnterGuest),
            Naming::None => self.await_request(id),
        }
    }

    /// A conn has spoken first, or is not waited for: it is asked for a name, unless it was before.
    pub(super) fn ask_for_name(&mut self, id: Id) {
        let may_ask = self.ends_unknown(id);
        let is_unasked = matches!(self.conns[id].phase, Phase::Unasked { .. });
        if may_ask && is_unasked && self.counts_itself(id) && !self.refuses_clear(id) {
            self.await_name(id, Naming::Asked);
            self.tell(id, &Notice::AskName);
        }
    }

    fn await_name(&mut self, id: Id, naming: Naming) {
        let within = self.admission.name_within(naming);
        self.conns[id].phase = Phase::nameless(self.life.now + within);
    }

    /// A new conn.
    pub(super) fn insert_conn(
        &mut self,
        socket: S::Socket,
        peer: SocketAddr,
        defaults: ConnDefaults,
        phase: Phase,
    ) -> Id {
        self.admission.places.take(peer.ip());
        let conn = Conn::new(socket, peer, defaults, phase);
        self.conns.insert(conn)
    }

    /// Out of descriptors: nobody is accepted for a while, because the listener would be reported again
    /// without end.
    fn pause_accepting(&mut self, why: &dyn Display) {
        if self.admission.pause(self.life.now) {
            log::error!(
                "accept: {why}; {} conns are served, new ones wait",
                self.conns.len()
            );
        }
        self.sys.listen(Listening::Off);
    }

    /// How the conns of a listener are met.
    pub(super) fn defaults(&self, listener: usize) -> ConnDefaults {
        let defaults = self.config.listeners.get(listener);
        defaults.copied().unwrap_or_default()
    }
}
