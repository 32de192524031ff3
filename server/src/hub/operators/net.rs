//! A range of addresses that is banned or believed as one: a single address, or all with the same prefix.
//!
//! Invariant: IPv4 is never stored as mapped IPv6, and the bits after the prefix are 0, so equal
//! nets are equal values.

use std::fmt;
use std::net::IpAddr;

/// See the top of this file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Net {
    address: IpAddr,
    bits: u8,
}

impl Net {
    /// `ADDRESS` or `ADDRESS/BITS`.
    pub fn parse(text: &str) -> Option<Net> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let typed: IpAddr = address.parse().ok()?;
        let address = typed.to_canonical();
        // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
        let hidden = width(typed) - width(address);
        let bits = match bits {
            Some(bits) => bits.checked_sub(hidden)?,
            None => width(address),
        };
        let legal = bits <= width(address);
        legal.then(|| Net {
            address: first(address, bits),
            bits,
        })
    }

    /// Whether the address is in this range. Loopback never is: everybody who connects through this
    /// host shares it.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.holds(address) && !address.to_canonical().is_loopback()
    }

    /// Whether the address is in this range, be it loopback or not.
    pub fn holds(&self, address: IpAddr) -> bool {
        let bits = u32::from(self.bits);
        // A ban looks at the address of everybody who is here.
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(v4)) => {
                let differ = u32::from(own) ^ u32::from(v4);
                differ.leading_zeros() >= bits
            }
            (IpAddr::V6(own), IpAddr::V6(v6)) => {
                let differ = u128::from(own) ^ u128::from(v6);
                differ.leading_zeros() >= bits
            }
            _ => false,
        }
    }

    /// Whether it holds loopback addresses only.
    pub fn is_loopback(&self) -> bool {
        let enough = if self.address.is_ipv4() { 8 } else { 128 };
        self.address.is_loopback() && self.bits >= enough
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        match self.bits == width(self.address) {
            true => Ok(()),
            false => write!(f, "/{}", self.bits),
        }
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The first address with the same prefix.
fn first(address: IpAddr, bits: u8) -> IpAddr {
    let bits = u32::from(bits);
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Net {
        Net::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    fn has(text: &str, address: &str) -> bool {
        net(text).contains(address.parse().expect("an address"))
    }

    #[test]
    fn a_net_has_one_spelling() {
        for (typed, shown) in [
            ("10.0.0.5", "10.0.0.5"),
            ("10.0.0.5/32", "10.0.0.5"),
            ("10.0.0.5/24", "10.0.0.0/24"),
            ("10.0.0.5/0", "0.0.0.0/0"),
            ("::ffff:10.0.0.5", "10.0.0.5"),
            ("::ffff:10.0.0.5/120", "10.0.0.0/24"),
            ("FE80::1", "fe80::1"),
            ("fe80::1/64", "fe80::/64"),
            ("fe80::1/0", "::/0"),
        ] {
            assert_eq!(net(typed).to_string(), shown);
            assert_eq!(net(shown), net(typed));
        }
    }

    #[test]
    fn illegal_nets() {
        for typed in [
            "",
            "ana",
            "10.0.0",
            "10.0.0.5/",
            "10.0.0.5/33",
            "::1/129",
            "10.0.0.5/-1",
            "1/2/3",
            "::ffff:10.0.0.5/90",
            "10.0.0.5:80",
        ] {
            assert_eq!(Net::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_net_contains_its_addresses() {
        assert!(has("10.0.0.0/24", "10.0.0.255"));
        assert!(has("10.0.0.0/24", "::ffff:10.0.0.255"));
        assert!(!has("10.0.0.0/24", "10.0.1.0"));
        assert!(has("10.0.0.5", "10.0.0.5"));
        assert!(!has("10.0.0.5", "10.0.0.6"));
        assert!(has("fe80::/64", "fe80::1:2:3:4"));
        assert!(!has("fe80::/64", "fe80:0:0:1::1"));
        assert!(has("0.0.0.0/0", "192.168.1.5"));
        assert!(!has("::/0", "192.168.1.5"));
    }

    #[test]
    fn loopback_is_in_no_net() {
        for (typed, address) in [
            ("127.0.0.1", "127.0.0.1"),
            ("0.0.0.0/0", "127.0.0.1"),
            ("::/0", "::1"),
        ] {
            assert!(!has(typed, address));
            assert!(net(typed).holds(address.parse().expect("an address")));
        }
        assert!(net("127.0.0.0/8").is_loopback() && net("::1").is_loopback());
        assert!(!net("0.0.0.0/0").is_loopback() && !net("::/0").is_loopback());
        assert!(!net("126.0.0.0/7").is_loopback());
    }
}
