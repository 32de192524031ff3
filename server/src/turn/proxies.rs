//! Conns of proxies that are named by the operator: a header that tells for whom the proxy speaks is taken off
//! before anything else is read, and from then on the conn comes from there. Nobody else is believed.
//!
//! Until then such a conn takes a place without an address, and is judged when its client is known. One without a
//! header is a conn of the proxy's own address.
//! Invariant: whose client is not known has been told nothing, and all that it has sent is here.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::Server;
use super::refusals::Refused;
use crate::conn::{Conn, ConnDefaults, Naming, Phase};
use crate::hub::{Gone, Id, Net};
use crate::limits::SPEAKS_FIRST_WITHIN;
use crate::net::sys::{Accepted, Sys};
use crate::proxy;
use crate::proxy::Header;

/// See the top of this file.
#[derive(Default)]
pub(super) struct Proxies {
    named: Vec<Net>,
    /// Conns whose client is not known yet.
    unknown: BTreeMap<Id, Unknown>,
    /// Conns whose client is known and not let in, until the end of the turn.
    refused: BTreeMap<Id, Refused<()>>,
}

/// What has come of a conn whose client is not known.
struct Unknown {
    defaults: ConnDefaults,
    bytes: Vec<u8>,
    /// Whether they are the beginning of a header.
    is_begun: bool,
}

impl Proxies {
    /// Whether somebody from there is believed.
    pub(super) fn are_at(&self, address: IpAddr) -> bool {
        self.named.iter().any(|net| net.holds(address))
    }
}

impl<S: Sys> Server<S> {
    /// Believes proxies at these addresses when they tell for whom they speak.
    pub fn trust_proxies(&mut self, named: Vec<Net>) {
        self.proxies.named = named;
    }

    /// A proxy has connected.
    pub(super) fn admit_unknown(&mut self, socket: S::Socket, peer: SocketAddr, listener: usize) {
        if self.admission.places.is_full(peer.ip()) {
            log::warn!("{peer} turned away: {}", Gone::Full.label());
            self.metrics.gone(&Gone::Full);
            return self.refuse(Accepted::Conn(socket, peer), listener, Gone::Full);
        }
        let defaults = self.defaults(listener);
        let until = self.life.now + SPEAKS_FIRST_WITHIN;
        let conn = Conn::new(socket, peer, defaults, Phase::Unasked { until });
        let id = self.conns.insert(conn);
        self.admission.places.take_unknown(peer.ip());
        let unknown = Unknown {
            defaults,
            bytes: Vec::new(),
            is_begun: false,
        };
        self.proxies.unknown.insert(id, unknown);
        self.settle(id);
    }

    /// What a conn has sent, if its client is not known; true if so.
    pub(super) fn take_header(&mut self, id: Id, bytes: &[u8]) -> bool {
        let Some(unknown) = self.proxies.unknown.get_mut(&id) else {
            return false;
        };
        unknown.bytes.extend_from_slice(bytes);
        match proxy::read(&unknown.bytes) {
            Header::Possible => {}
            Header::Begun if unknown.is_begun => {}
            Header::Begun => {
                unknown.is_begun = true;
                let until = self.life.now + self.admission.name_within(Naming::Asked);
                self.conns[id].phase = Phase::Unasked { until };
            }
            Header::Absent => self.know_client(id, None, 0),
            Header::Whole { told, len } => self.know_client(id, told, len),
            Header::Malformed => self.drop_unknown(id, "is wrong"),
        }
        true
    }

    /// A header is waited for no longer. Whether the conn may be asked for a name, if it was not.
    pub(super) fn ends_unknown(&mut self, id: Id) -> bool {
        match self.proxies.unknown.get(&id) {
            None => return true,
            Some(unknown) if unknown.is_begun => self.drop_unknown(id, "has no end"),
            Some(_) => self.know_client(id, None, 0),
        }
        !self.conns[id].wire.transport.is_shaking()
    }

    /// A conn comes from there, or from where it seems to come from; its header has so many bytes.
    fn know_client(&mut self, id: Id, told: Option<SocketAddr>, len: usize) {
        let Some(Unknown {
            defaults,
            mut bytes,
            ..
        }) = self.proxies.unknown.remove(&id)
        else {
            return;
        };
        let conn = &mut self.conns[id];
        let proxy = conn.peer();
        // Who is on the host of a proxy elsewhere is not on this one.
        let is_meant = |told: &SocketAddr| !told.ip().is_loopback() || proxy.ip().is_loopback();
        let peer = told.filter(is_meant).unwrap_or(proxy);
        conn.comes_from(peer);
        log::debug!("{proxy} speaks for {peer}");
        self.admission.places.give_unknown(proxy.ip());
        let judged = self.judge(peer);
        self.admission.places.take(peer.ip());
        bytes.drain(..len);
        match judged {
            Ok(()) => self.meet(id, defaults.secure, &mut bytes),
            Err(why) => {
                let refused = Refused {
                    socket: (),
                    defaults,
                    why,
                    bytes,
                };
                self.proxies.refused.insert(id, refused);
                self.work.mark_dead(id, &mut self.conns[id]);
            }
        }
    }

    /// A conn is not served, because its header cannot be read.
    fn drop_unknown(&mut self, id: Id, fault: &str) {
        let conn = &mut self.conns[id];
        log::warn!("{}: its PROXY header {fault}", conn.peer());
        self.metrics.gone(&Gone::Lost);
        self.work.mark_dead(id, conn);
    }

    /// A conn has ended: its place is free, and its socket is closed unless its client is to be told why.
    pub(super) fn part(&mut self, id: Id, conn: Conn<S::Socket>) {
        let from = conn.peer().ip();
        match self.proxies.unknown.remove(&id) {
            Some(_) => self.admission.places.give_unknown(from),
            None => self.admission.places.give(from),
        }
        match self.proxies.refused.remove(&id) {
            Some(refused) => {
                let socket = conn.wire.release(&mut self.sys, id);
                self.turn_away(refused.with(socket));
            }
            None => conn.wire.close(&mut self.sys),
        }
    }
}
