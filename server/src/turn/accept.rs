//! New conns: within a budget for each turn, within the limits, and what to do when there is no
//! descriptor left. Those who are not let in get a last line each and a moment in which it can be read;
//! they are no conns: nothing of them is watched, and what they send is read only to be dropped.

use std::fmt::Display;
use std::io::{ErrorKind, IoSlice};
use std::net::SocketAddr;

use super::Server;
use crate::conn::{Conn, ConnDefaults, Naming, Phase};
use crate::hub::{Gone, Id, Notice, Request, Time};
use crate::limits::{ACCEPTS, SPEAKS_FIRST_WITHIN, WAITING};
use crate::net::sys::{Accepted, Interest, Listening, Ready, Sys, is_exhaustion};
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

    /// Tell one who is not let in why, and close: soon, or at once on the descriptor that is kept for this.
    fn refuse(&mut self, accepted: Accepted<S::Socket>, listener: usize, why: Gone) {
        let is_on_reserve = matches!(accepted, Accepted::OnReserve(_));
        let (Accepted::Conn(mut socket, _) | Accepted::OnReserve(mut socket)) = accepted;
        // Who expects TLS can read nothing else.
        if !self.scrapes.is_theirs(listener) && !self.defaults(listener).secure {
            let words = self.defaults(listener).refusal(why);
            // It has just been accepted and its send buffer is empty: the line fits or it is gone.
            let _ = self.sys.write(&mut socket, &[IoSlice::new(&words)]);
        }
        self.sys.shutdown(&mut socket);
        if is_on_reserve {
            let _ = self.sys.read(&mut socket, &mut self.read_buffer);
            return self.sys.close(socket, Interest::Off);
        }
        self.admission.refuse(self.life.now, socket);
        self.dismiss(self.life.now);
    }

    /// Close those whose moment is over by this time. What they have sent is read before, because unread
    /// input makes the kernel answer with a reset, which may destroy our line on its way.
    pub(super) fn dismiss(&mut self, by: Time) {
        const READS: usize = 4;
        while let Some(mut socket) = self.admission.pop_refused(by) {
            for _ in 0..READS {
                if !matches!(self.sys.read(&mut socket, &mut self.read_buffer), Ok(n) if n > 0) {
                    break;
                }
            }
            self.sys.close(socket, Interest::Off);
        }
    }

    fn admit(&mut self, socket: S::Socket, peer: SocketAddr, listener: usize) {
        let judged = match self.hub.is_banned(self.life.now, peer.ip()) {
            true => Err(Gone::Banned("".into())),
            false => self.admission.judge(self.life.now, peer.ip()),
        };
        if let Err(why) = judged {
            log::warn!("{peer} turned away: {}", why.label());
            self.metrics.gone(&why);
            return self.refuse(Accepted::Conn(socket, peer), listener, why);
        }
        let defaults = self.defaults(listener);
        let until = self.life.now + SPEAKS_FIRST_WITHIN;
        let id = self.insert_conn(socket, peer, defaults, Phase::Unasked { until });
        self.hub.note_address(id, peer.ip());
        log::info!(target: ARRIVAL, "{peer} connected");
        match defaults.secure {
            true => self.speak_tls(id, b""),
            false => self.begin_naming(id, self.secure.naming(self.conns[id].naming())),
        }
        self.settle(id);
    }

    /// A conn has come, and can be spoken to.
    pub(super) fn begin_naming(&mut self, id: Id, naming: Naming) {
        match naming {
            Naming::Asked => self.ask_for_name(id),
            Naming::AskedLater => {
                let until = self.life.now + SPEAKS_FIRST_WITHIN;
                self.conns[id].phase = Phase::Unasked { until };
            }
            Naming::Unasked => self.await_name(id, Naming::Unasked),
            Naming::Guest => self.request(id, Request::EnterGuest),
            Naming::None => self.await_request(id),
        }
    }

    /// A conn has spoken first, or is not waited for: it is asked for a name, unless it was before.
    pub(super) fn ask_for_name(&mut self, id: Id) {
        if matches!(self.conns[id].phase, Phase::Unasked { .. }) && !self.refuses_clear(id) {
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
    fn defaults(&self, listener: usize) -> ConnDefaults {
        let defaults = self.config.listeners.get(listener);
        defaults.copied().unwrap_or_default()
    }
}
