//! Conns of proxies that are named by the operator: a header that tells for whom the proxy speaks is taken off
//! before anything else is read, and from then on the conn comes from there. Nobody else is believed.
//!
//! Until then such a conn takes a place without an address, and is judged when its client is known. One that is a
//! proxy's own may bring requests of many clients, one after another, and each tells its own; it is a conn of the
//! proxy's address only once it turns out to bring none.
//! Invariants: whose client is not known has been told nothing, and all that it has sent is here. A conn between two
//! requests counts for nobody.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::Server;
use super::refusals::{Refused, response};
use crate::conn::{Conn, ConnDefaults, Naming, Phase};
use crate::flood::Flood;
use crate::hub::{Gone, Id, Net, Request as Ask};
use crate::net::sys::{Accepted, Sys};
use crate::ops::logging::ARRIVAL;
use crate::proxy;
use crate::proxy::Header;
use crate::web::http::{Request, Response, Status};

/// See the top of this file.
#[derive(Default)]
pub(super) struct Proxies {
    named: Vec<Net>,
    /// Conns whose client is not known yet.
    unknown: BTreeMap<Id, Unknown>,
    /// Conns of a proxy's own address, which may bring requests.
    carriers: BTreeMap<Id, Carrier>,
    /// Conns whose client is known and not let in, until the end of the turn.
    refused: BTreeMap<Id, Refused<()>>,
}

/// What has come of a conn whose client is not known.
struct Unknown {
    defaults: ConnDefaults,
    bytes: Vec<u8>,
}

/// A conn that may bring requests of many clients.
struct Carrier {
    proxy: SocketAddr,
    /// Whether it brings one now, and counts for its client.
    is_counted: bool,
}

impl Proxies {
    /// Whether somebody from there is believed.
    pub(super) fn are_at(&self, address: IpAddr) -> bool {
        self.named.iter().any(|net| net.holds(address))
    }

    /// Whether a conn is a proxy's own, and may bring requests.
    pub(super) fn carry(&self, id: Id) -> bool {
        self.carriers.contains_key(&id)
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
        let until = self.life.now + self.admission.name_within(Naming::Asked);
        let conn = Conn::new(socket, peer, defaults, Phase::Unasked { until });
        let id = self.conns.insert(conn);
        self.admission.places.take_unknown(peer.ip());
        let unknown = Unknown {
            defaults,
            bytes: Vec::new(),
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
            Header::Possible | Header::Begun => {}
            Header::Absent => self.know_client(id, None, 0),
            Header::Whole { told, len } => self.know_client(id, told, len),
            Header::Malformed => self.drop_unknown(id, "is wrong"),
        }
        true
    }

    /// A header is waited for no longer: its time is over, or nothing more comes. Whether the conn may be asked for a
    /// name, if it was not.
    pub(super) fn ends_unknown(&mut self, id: Id) -> bool {
        let Some(unknown) = self.proxies.unknown.get(&id) else {
            return true;
        };
        match proxy::read(&unknown.bytes) {
            Header::Begun => self.drop_unknown(id, "has no end"),
            _ if self.conns[id].wire.has_ended() => self.know_client(id, None, 0),
            _ => self.drop_unknown(id, "did not come"),
        }
        !self.conns[id].wire.transport.is_shaking()
    }

    /// A conn comes from there, or from where it seems to come from; its header has so many bytes.
    fn know_client(&mut self, id: Id, told: Option<SocketAddr>, len: usize) {
        let Some(unknown) = self.proxies.unknown.remove(&id) else {
            return;
        };
        let Unknown {
            defaults,
            mut bytes,
        } = unknown;
        let conn = &mut self.conns[id];
        let proxy = conn.peer();
        let peer = client(told, proxy);
        conn.comes_from(peer);
        bytes.drain(..len);
        self.admission.places.give_unknown(proxy.ip());
        if self.proxies.are_at(peer.ip()) {
            self.admission.places.take_unknown(peer.ip());
            let carrier = Carrier {
                proxy: peer,
                is_counted: false,
            };
            self.proxies.carriers.insert(id, carrier);
            return self.meet(id, defaults.secure, &mut bytes);
        }
        log::debug!("{proxy} speaks for {peer}");
        let judged = self.judge(peer);
        self.admission.places.take(peer.ip());
        match judged {
            Ok(()) => self.meet(id, defaults.secure, &mut bytes),
            Err(why) => {
                let refused = Refused {
                    socket: (),
                    defaults: self.of_refused(defaults),
                    why,
                    bytes,
                };
                self.proxies.refused.insert(id, refused);
                self.work.mark_dead(id, &mut self.conns[id]);
            }
        }
    }

    /// A request has come, which counts for its client if a proxy brings it, or is refused.
    pub(super) fn count_request(&mut self, id: Id, request: &Request) -> Result<(), Response> {
        let Some(Carrier { proxy, .. }) = self.proxies.carriers.get(&id) else {
            return Ok(());
        };
        let proxy = *proxy;
        let chain = request.values("x-forwarded-for");
        let Some(told) = proxy::forwarded(chain, |address| self.proxies.are_at(address)) else {
            log::warn!("{proxy}: its X-Forwarded-For is wrong");
            let text = "What ends X-Forwarded-For is no address.";
            return Err(Response::text(Status::BadRequest, text));
        };
        // It tells no port; that of the proxy leads to its log.
        let told = told.map(|address| SocketAddr::new(address, proxy.port()));
        let peer = client(told, proxy);
        // Who is there to stay comes in; other requests are limited as those on a connection of their own.
        let may = match request.header("upgrade") {
            Some(_) => Self::may_come,
            None => Self::may_ask,
        };
        if let Err(why) = self.count_for(id, peer, may) {
            log::warn!("{peer} turned away: {}", why.label());
            self.metrics.gone(&why);
            return Err(response(self.conns[id].style.lang, why));
        }
        log::info!(target: ARRIVAL, "{peer} connected through {proxy}");
        if let Some(carrier) = self.proxies.carriers.get_mut(&id) {
            carrier.is_counted = true;
        }
        Ok(())
    }

    /// A request was answered, and the next one on this conn may be another client's.
    pub(super) fn end_request(&mut self, id: Id) {
        if let Some(carrier) = self.proxies.carriers.get_mut(&id)
            && carrier.is_counted
        {
            carrier.is_counted = false;
            let conn = &mut self.conns[id];
            self.admission.places.give(conn.peer().ip());
            self.admission.places.take_unknown(carrier.proxy.ip());
            conn.comes_from(carrier.proxy);
            conn.intake.flood = Flood::default();
        }
    }

    /// A conn turns out to bring no requests: if it is a proxy's own it counts for that. Whether it is let in; who is
    /// not is told so.
    pub(super) fn counts_itself(&mut self, id: Id) -> bool {
        let Some(Carrier { proxy, .. }) = self.proxies.carriers.get(&id) else {
            return true;
        };
        match self.count_for(id, *proxy, Self::may_come) {
            Ok(()) => self.proxies.carriers.remove(&id).is_some(),
            Err(why) => {
                self.request(id, Ask::Leave(why));
                false
            }
        }
    }

    /// A conn that counted for nobody counts for somebody, unless they may not be here.
    fn count_for(
        &mut self,
        id: Id,
        client: SocketAddr,
        may: fn(&mut Self, IpAddr) -> Result<(), Gone>,
    ) -> Result<(), Gone> {
        let proxy = self.conns[id].peer().ip();
        self.admission.places.give_unknown(proxy);
        if let Err(why) = may(self, client.ip()) {
            self.admission.places.take_unknown(proxy);
            return Err(why);
        }
        self.admission.places.take(client.ip());
        self.conns[id].comes_from(client);
        self.hub.note_address(id, client.ip());
        Ok(())
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
        let carrier = self.proxies.carriers.remove(&id);
        let is_nobodys = carrier.is_some_and(|carrier| !carrier.is_counted);
        match self.proxies.unknown.remove(&id).is_some() || is_nobodys {
            true => self.admission.places.give_unknown(from),
            false => self.admission.places.give(from),
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

/// Who is on the host of a proxy elsewhere is not on this one.
fn client(told: Option<SocketAddr>, proxy: SocketAddr) -> SocketAddr {
    let is_meant = |told: &SocketAddr| !told.ip().is_loopback() || proxy.ip().is_loopback();
    told.filter(is_meant).unwrap_or(proxy)
}
