//! Simulated datagrams: lost, doubled, late and damaged in both directions.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use papo_server::chattruco::{DATAGRAM_BYTES, DATAGRAMS_PER_TURN};
use papo_server::hub::Time;
use papo_server::net::sys::datagrams::Datagram;

use crate::dice::Dice;
use crate::faults::{Counts, Fault, Faults};

/// See the top of this file.
#[derive(Default)]
pub(crate) struct Post {
    /// On their way to the server.
    to_server: Vec<(Time, SocketAddr, Vec<u8>)>,
    /// Delivered to the server, torn ones too, each with how many it had sent by then.
    pub(crate) delivered: Vec<(usize, SocketAddr, Vec<u8>)>,
    /// Sent by the server, whether or not they arrived.
    pub(crate) sent: Vec<(SocketAddr, Vec<u8>)>,
    /// What arrived at each client and was not read yet.
    mail: BTreeMap<SocketAddr, Vec<Vec<u8>>>,
}

/// The server's address as clients know it.
pub(crate) const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 1, 0, 254));

impl Post {
    pub(crate) fn has_some(&self, now: Time) -> bool {
        self.to_server.iter().any(|(at, ..)| *at <= now)
    }

    /// A client sends a datagram to the server.
    pub(crate) fn post(&mut self, now: Time, from: SocketAddr, bytes: &[u8], way: &mut Way) {
        for _ in 0..way.copies() {
            let at = now + way.delay();
            self.to_server.push((at, from, bytes.to_vec()));
        }
    }

    /// Passes on what has arrived at the server.
    pub(crate) fn receive(
        &mut self,
        now: Time,
        budget: usize,
        way: &mut Way,
        mut take: impl FnMut(Datagram<'_>),
    ) {
        // I7: no more in a turn than the server asked for.
        assert!(
            budget <= DATAGRAMS_PER_TURN,
            "I7: {budget} datagrams in a turn"
        );
        self.to_server.sort_by_key(|(at, ..)| *at);
        let due = self.to_server.partition_point(|(at, ..)| *at <= now);
        for (_, from, bytes) in self.to_server.drain(..due.min(budget)) {
            let len = bytes.len().min(DATAGRAM_BYTES);
            let torn = way.happens(Fault::DatagramTorn);
            let len = if torn { way.dice.below(len + 1) } else { len };
            let truncated = len < bytes.len();
            take(Datagram {
                from,
                local: LOCAL,
                bytes: &bytes[..len],
                truncated,
            });
            let delivered = (self.sent.len(), from, bytes[..len].to_vec());
            self.delivered.push(delivered);
        }
    }

    /// The server sends a datagram.
    pub(crate) fn send(&mut self, to: SocketAddr, local: IpAddr, bytes: &[u8], way: &mut Way) {
        assert_eq!(local, LOCAL, "from the address that its receiver knows");
        assert!(bytes.len() <= DATAGRAM_BYTES, "no datagram is longer");
        self.sent.push((to, bytes.to_vec()));
        for _ in 0..way.copies() {
            self.mail.entry(to).or_default().push(bytes.to_vec());
        }
    }

    /// What has arrived at a client.
    pub(crate) fn collect(&mut self, at: SocketAddr) -> Vec<Vec<u8>> {
        self.mail.remove(&at).unwrap_or_default()
    }
}

/// What may happen to a datagram on its way.
pub(crate) struct Way<'a> {
    pub(crate) dice: &'a mut Dice,
    pub(crate) faults: &'a Faults,
    pub(crate) counts: &'a mut Counts,
}

impl Way<'_> {
    fn happens(&mut self, fault: Fault) -> bool {
        let happens = self.dice.chance(self.faults.of(fault));
        if happens {
            self.counts.add(fault.name());
        }
        happens
    }

    fn copies(&mut self) -> usize {
        if self.happens(Fault::DatagramLost) {
            return 0;
        }
        1 + usize::from(self.happens(Fault::DatagramTwice))
    }

    /// Late ones are overtaken by others.
    fn delay(&mut self) -> Duration {
        let most = if self.happens(Fault::DatagramLate) {
            3000
        } else {
            2
        };
        Duration::from_millis(self.dice.below(most) as u64)
    }
}
