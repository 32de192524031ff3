//! TLS as the loop sees it: which conns speak it, how many handshakes go on in a turn, and what who speaks in clear
//! is told.
//!
//! A conn whose first bytes are those of TLS is recognised anew by what is inside. A handshake has the time for a
//! name; its conn is told nothing before it is over.
//! Invariant: at most [`HANDSHAKES`] steps of handshakes are taken in a turn, and none begins after
//! [`HANDSHAKES_WITHIN`].

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::time::Duration;

use super::Server;
use crate::conn::{Conn, Naming, Phase};
use crate::fanout::feeds::Feeds;
use crate::hub::{self, Foreign, Gone, Id, Notice, Outcome, Time};
use crate::limits::SPEAKS_FIRST_WITHIN;
use crate::net::sys::Sys;
use crate::store::certificate::{Certified, Identity};
use crate::transport::Transport;
use crate::transport::tls::limits::{HANDSHAKES, HANDSHAKES_WITHIN};
use crate::web::http::{Credentials, Request};

/// The record with which a server ends a handshake: a fatal alert.
const HANDSHAKE_FAILURE: &[u8] = &[0x15, 3, 1, 0, 2, 2, 40];

/// The answer to a request in clear where all is encrypted.
const CLEAR_REQUEST: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Connection: close\r\n\r\nHere all is encrypted: write https:// before the address.\n";

/// See the top of this file.
#[derive(Default)]
pub(super) struct Secure {
    identity: Option<Identity>,
    /// Whether nobody is served in clear.
    is_only: bool,
    /// Steps of handshakes that were taken in this turn, and until when more may be.
    steps: u32,
    until: Option<Time>,
    /// Who was told that their password is not hidden.
    advised: BTreeSet<Id>,
}

impl<Socket> Conn<Socket> {
    /// What it is owed is forgotten, if it could not read any of it.
    pub(super) fn drop_half_shaken(&mut self, now: Time, feeds: &Feeds) {
        if self.wire.transport.is_shaking() {
            self.break_output(now, feeds);
        }
    }
}

impl Secure {
    /// Whether nobody is served in clear.
    pub(super) fn is_only(&self) -> bool {
        self.is_only
    }

    /// How a conn that speaks in clear so far comes to its name.
    pub(super) fn naming(&self, naming: Naming) -> Naming {
        match self.is_only {
            true => Naming::AskedLater,
            false => naming,
        }
    }

    /// Whether a conn may be read: a step of its handshake may be taken in this turn, if there is one.
    pub(super) fn may_read<S: Sys>(&mut self, sys: &mut S, transport: &Transport) -> bool {
        if !transport.is_shaking() {
            return true;
        }
        if self.steps == HANDSHAKES {
            return false;
        }
        let now = sys.now();
        let until = *self.until.get_or_insert(now + HANDSHAKES_WITHIN);
        self.steps += u32::from(now < until);
        now < until
    }

    /// This conn has ended.
    pub(super) fn forget(&mut self, id: Id) {
        self.advised.remove(&id);
    }
}

impl<S: Sys> Server<S> {
    /// Speaks TLS with who begins so; with nobody else, if it is the only way.
    pub fn serve_tls(&mut self, identity: Identity, is_only: bool) {
        self.secure.identity = Some(identity);
        self.secure.is_only = is_only;
    }

    /// The certificate was read again; the old one stays if that failed.
    pub(super) fn take_certificate(&mut self, read: Result<Certified, String>) {
        match read {
            Ok(Certified {
                identity,
                fingerprint,
            }) => {
                log::info!("certificate for TLS: SHA-256 {fingerprint}");
                self.secure.identity = Some(identity);
            }
            Err(fault) => log::error!("{fault}; the old certificate stays"),
        }
    }

    /// Read those whose bytes are here already.
    pub(super) fn read_unread(&mut self) {
        (self.secure.steps, self.secure.until) = (0, None);
        for _ in 0..self.work.unread.len() {
            let Some(id) = self.work.unread.pop_front() else {
                return;
            };
            if let Some(conn) = self.conns.get_mut(id) {
                conn.wire.transport.leave_unread();
                self.read_conn(id);
                // It may have to wait for the next turn.
                self.schedule(id);
            }
        }
    }

    /// The first bytes of a conn are those of another protocol: whether it is spoken with it from here on.
    pub(super) fn meets_foreign(&mut self, id: Id, foreign: Foreign, first: &[u8]) -> bool {
        match foreign {
            Foreign::Http => self.refuses_clear_request(id) || self.begin_requests(id, first),
            Foreign::Tls => self.begins_tls(id, first),
            Foreign::Ssh => false,
        }
    }

    fn begins_tls(&mut self, id: Id, first: &[u8]) -> bool {
        let conn = &self.conns[id];
        let may = matches!(conn.phase, Phase::Unasked { .. })
            && !conn.wire.transport.is_secure()
            && self.secure.identity.is_some();
        if may {
            self.speak_tls(id, first);
        }
        may
    }

    /// A conn speaks TLS from here on. It has the time for a name until the handshake is over.
    pub(super) fn speak_tls(&mut self, id: Id, first: &[u8]) {
        let Some(identity) = &self.secure.identity else {
            return self.work.failed.push((id, Gone::Foreign(Foreign::Tls)));
        };
        let within = self.admission.name_within(Naming::Asked);
        let conn = &mut self.conns[id];
        let mut all = conn.intake.reopen();
        all.extend_from_slice(first);
        if let Err(error) = conn.wire.secure(identity, &all) {
            log::error!("{}: TLS: {error}", conn.peer());
            return self.work.failed.push((id, Gone::Lost));
        }
        let until = self.life.now + within;
        conn.phase = Phase::Unasked { until };
        self.conns.bytes_since_audit += conn.wire.transport.memory();
    }

    /// Read a conn once, and see what became of its handshake.
    pub(super) fn read_wire(&mut self, id: Id, buffer: &mut [u8]) -> io::Result<usize> {
        let conn = &mut self.conns[id];
        let before = conn.wire.transport.memory();
        let read = conn.wire.read(&mut self.sys, buffer);
        let after = conn.wire.transport.memory();
        let is_shaken = conn.wire.transport.takes_shaken();
        if let Err(error) = &read
            && error.kind() == ErrorKind::InvalidData
        {
            log::info!("{}: TLS: {error}", conn.peer());
        }
        self.conns.bytes_since_audit += after.saturating_sub(before);
        if is_shaken {
            self.meet_secure(id);
        }
        read
    }

    /// A handshake is over: the conn is met as if it had just come.
    fn meet_secure(&mut self, id: Id) {
        let conn = &self.conns[id];
        if matches!(conn.phase, Phase::Unasked { .. }) {
            self.begin_naming(id, conn.naming());
        }
    }

    /// A client that speaks TLS where it is not spoken gets an alert as its farewell, since it cannot read text.
    /// Whether this notice was that farewell.
    pub(super) fn ends_handshake(&mut self, id: Id, notice: &Notice) -> bool {
        let is_it = matches!(
            notice,
            Notice::Bye {
                why: Gone::Foreign(Foreign::Tls),
                ..
            }
        );
        if is_it {
            self.insert(id, HANDSHAKE_FAILURE);
        }
        is_it
    }

    /// How long a conn may be silent before it is spoken to. Where all is encrypted its handshake may come late, and
    /// nothing is said to it until then.
    pub(super) fn silence(&self, id: Id) -> Duration {
        match self.is_unserved(id) {
            true => self.admission.name_within(Naming::Asked),
            false => SPEAKS_FIRST_WITHIN,
        }
    }

    /// Whether a conn speaks in clear where nobody is served so.
    fn is_unserved(&self, id: Id) -> bool {
        self.secure.is_only && !self.conns[id].wire.transport.is_secure()
    }

    /// Whether a browser that speaks in clear is not served; it is told so.
    fn refuses_clear_request(&mut self, id: Id) -> bool {
        let refuses = self.is_unserved(id);
        if refuses {
            self.insert(id, CLEAR_REQUEST);
            self.end_requests(id);
        }
        refuses
    }

    /// Whether who speaks in clear is not served; they are told so.
    pub(super) fn refuses_clear(&mut self, id: Id) -> bool {
        let refuses = self.is_unserved(id);
        if refuses {
            self.request(id, hub::Request::Leave(Gone::InClear));
        }
        refuses
    }

    /// A conn was asked for a password: who speaks in clear over a network is told what would hide it, once.
    pub(super) fn advise(&mut self, id: Id, notice: &Notice) {
        if self.secure.identity.is_none() || !asks_for_password(notice) {
            return;
        }
        if self.conns.get(id).is_some_and(is_open) && self.secure.advised.insert(id) {
            self.tell(id, &Notice::PasswordInClear);
        }
    }

    /// The same for a script that has sent one with its request. One that a proxy brings may have come to it hidden.
    pub(super) fn advise_script(&self, id: Id, request: &Request) -> Option<&'static str> {
        let has_one = matches!(request.credentials(), Credentials::Basic(_, password) if !password.is_empty());
        let may = self.secure.identity.is_some() && has_one && !self.proxies.carry(id);
        (may && is_open(&self.conns[id]))
            .then_some("this password can be read on the network; https:// hides it")
    }
}

/// Whether what a conn sends can be read on the way to this host.
fn is_open<Socket>(conn: &Conn<Socket>) -> bool {
    !conn.wire.transport.is_secure() && !conn.peer().ip().is_loopback()
}

fn asks_for_password(notice: &Notice) -> bool {
    matches!(
        notice,
        Notice::AskPassword(_) | Notice::AskNewPassword(_) | Notice::Ordered(Outcome::AskPassword)
    )
}
