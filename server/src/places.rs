//! Counts conns by address, and says which addresses are full. It knows no conns, only numbers.
//!
//! A conn of IPv6 is counted by its address, since users who share a network, for whom papo is
//! made, share one /64. But a single host can have a whole /64; so scarce things are counted by
//! /64: wrong passwords, and places once the server is nearly full.
//!
//! Invariant: each `take` is undone by one `give`, each `take_unknown` by one `give_unknown`.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use crate::hub::Gone;
use crate::limits::PLACES_ON_HOST;

/// See the top of this file.
#[derive(Debug)]
pub struct Places {
    /// Conns at once; 0 is no limit.
    most: usize,
    /// Conns at once from one address that is not loopback; 0 is no limit.
    per_address: u32,
    here: usize,
    strangers: usize,
    by_address: HashMap<IpAddr, u32>,
    by_network: HashMap<IpAddr, u32>,
}

impl Places {
    /// No conns yet.
    pub fn new(most: usize, per_address: u32) -> Places {
        Places {
            most,
            per_address,
            here: 0,
            strangers: 0,
            by_address: HashMap::new(),
            by_network: HashMap::new(),
        }
    }

    /// Why a conn from this address is refused, if it is. The last few places are for clients on
    /// this host, so that its operator can always join.
    pub fn refuse(&self, from: IpAddr) -> Option<Gone> {
        if self.is_full(from) {
            return Some(Gone::Full);
        }
        let address = counted(from)?;
        let count = |table: &HashMap<IpAddr, u32>, key| table.get(&key).copied().unwrap_or(0);
        let mut taken = count(&self.by_address, address);
        if self.is_scarce() {
            taken = taken.max(count(&self.by_network, network(address)));
        }
        (self.per_address > 0 && taken >= self.per_address).then_some(Gone::AddressFull)
    }

    /// Whether there is no place at all for a conn from this address.
    pub fn is_full(&self, from: IpAddr) -> bool {
        let all = self.here + self.strangers;
        let kept = PLACES_ON_HOST.min(self.most / 8);
        let is_kept = counted(from).is_some() && self.strangers >= self.most.saturating_sub(kept);
        self.most > 0 && (all >= self.most || is_kept)
    }

    /// Counts a conn from a proxy at this address, which has not told for whom it speaks.
    pub fn take_unknown(&mut self, proxy: IpAddr) {
        *self.unknown(proxy) += 1;
    }

    /// It is closed, or has told.
    pub fn give_unknown(&mut self, proxy: IpAddr) {
        *self.unknown(proxy) -= 1;
    }

    fn unknown(&mut self, proxy: IpAddr) -> &mut usize {
        match counted(proxy) {
            Some(_) => &mut self.strangers,
            None => &mut self.here,
        }
    }

    /// Counts a conn from this address.
    pub fn take(&mut self, from: IpAddr) {
        let Some(address) = counted(from) else {
            self.here += 1;
            return;
        };
        self.strangers += 1;
        *self.by_address.entry(address).or_default() += 1;
        *self.by_network.entry(network(address)).or_default() += 1;
    }

    /// A conn from this address is closed.
    pub fn give(&mut self, from: IpAddr) {
        let Some(address) = counted(from) else {
            self.here -= 1;
            return;
        };
        self.strangers -= 1;
        take_back(&mut self.by_address, address);
        take_back(&mut self.by_network, network(address));
    }

    /// Whether four fifths of the places are taken by others than one who is there.
    pub fn is_nearly_full(&self) -> bool {
        self.most > 0 && self.here + self.strangers > self.most / 5 * 4 + 1
    }

    /// Whether three quarters of the places are taken.
    fn is_scarce(&self) -> bool {
        self.most > 0 && self.here + self.strangers >= self.most / 4 * 3
    }
}

fn take_back(table: &mut HashMap<IpAddr, u32>, key: IpAddr) {
    if let Some(count) = table.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            table.remove(&key);
        }
    }
}

/// The address by which a conn is counted; none for loopback, which everybody on the host shares.
pub fn counted(ip: IpAddr) -> Option<IpAddr> {
    let ip = ip.to_canonical();
    (!ip.is_loopback()).then_some(ip)
}

/// The key for scarce things: an IPv4 address, or the whole /64 of an IPv6 one.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v6(network: u16, host: u16) -> IpAddr {
        IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, host])
    }

    #[test]
    fn the_last_places_are_for_those_on_the_host() {
        let mut places = Places::new(100, 0);
        for n in 0..100 - PLACES_ON_HOST as u8 {
            let from = IpAddr::from([10, 0, 0, n]);
            assert_eq!(places.refuse(from), None);
            places.take(from);
        }
        let (stranger, here) = ([10, 0, 1, 1].into(), [127, 0, 0, 1].into());
        assert_eq!(places.refuse(stranger), Some(Gone::Full));
        for _ in 0..PLACES_ON_HOST {
            assert_eq!(places.refuse(here), None);
            places.take(here);
        }
        assert_eq!(places.refuse(here), Some(Gone::Full));
        // Conns on the host may exceed their places, but their places stay theirs.
        places.give([10, 0, 0, 1].into());
        assert_eq!(places.refuse(here), None);
        places.take(here);
        assert_eq!(places.refuse(stranger), Some(Gone::Full));
    }

    #[test]
    fn who_is_unknown_counts_for_all_and_not_for_the_proxy() {
        let mut places = Places::new(100, 1);
        let proxy = IpAddr::from([10, 0, 0, 1]);
        for _ in 0..90 {
            assert!(!places.is_full(proxy));
            places.take_unknown(proxy);
        }
        assert_eq!(places.refuse(proxy), None);
        places.take(proxy);
        assert_eq!(places.refuse(proxy), Some(Gone::AddressFull));
        places.take_unknown(proxy);
        assert!(places.is_full(proxy) && !places.is_full([127, 0, 0, 1].into()));
        (0..91).for_each(|_| places.give_unknown(proxy));
        places.give(proxy);
        assert_eq!((places.here, places.strangers), (0, 0));
    }

    #[test]
    fn a_network_counts_as_one_when_places_are_scarce() {
        let mut places = Places::new(100, 10);
        // A class of sixty in one /64, each from its own address.
        for n in 0..75 {
            assert_eq!(places.refuse(v6(1, n)), None);
            places.take(v6(1, n));
        }
        assert_eq!(places.refuse(v6(1, 1000)), Some(Gone::AddressFull));
        assert_eq!(places.refuse(v6(2, 1)), None);
        assert_eq!(places.refuse([10, 0, 0, 1].into()), None);
        for n in 0..75 {
            places.give(v6(1, n));
        }
        assert!(places.by_address.is_empty() && places.by_network.is_empty());
    }

    #[test]
    fn an_address_is_counted_in_either_family() {
        let hidden: IpAddr = "::ffff:10.0.0.1".parse().expect("an address");
        let plain: IpAddr = [10, 0, 0, 1].into();
        assert_eq!(counted(hidden), Some(plain));
        assert_eq!(network(hidden), plain);
        assert_eq!(network(v6(1, 1)), network(v6(1, 2)));
        assert_ne!(network(v6(1, 1)), network(v6(2, 1)));
        let here: IpAddr = "::1".parse().expect("an address");
        assert_eq!(counted(here), None);
    }
}
