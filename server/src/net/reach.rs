//! The address by which others on the network reach this host, to show to the operator. It only
//! asks the system; it sends nothing and does not affect who is served.
//!
//! Invariant: the result is neither loopback nor the address of a bridge that connects only
//! containers and virtual machines of this host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::Path;

use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::{AddressFamily, SockaddrLike};

/// Where Linux describes its interfaces.
const INTERFACES: &str = "/sys/class/net";

/// An address of this host and its kind of interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Own {
    ip: IpAddr,
    link: Link,
}

/// Better ones first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Link {
    /// A network card, or a bridge with one.
    Card,
    /// The interface of a container, a VLAN and the like.
    Virtual,
    /// One end of a tunnel.
    Tunnel,
}

/// The address to give to others, if this host has one; IPv4 only if the server listens on no
/// other.
pub fn address(only_v4: bool) -> Option<IpAddr> {
    let own: Vec<Own> = getifaddrs().ok()?.filter_map(|found| own(&found)).collect();
    choose(&own, route(), only_v4)
}

/// The names of the interfaces at which neighbours are told of this server.
pub fn interfaces() -> Vec<String> {
    let found = getifaddrs().into_iter().flatten();
    let named = found.filter_map(|found| Some((own(&found)?, found.interface_name)));
    let named: Vec<(Own, String)> = named.collect();
    told(&named, route())
}

/// All addresses of this host that others may reach it by, for its certificate.
pub fn addresses() -> Vec<IpAddr> {
    let found = getifaddrs().into_iter().flatten();
    let own = found.filter_map(|found| own(&found)).map(|own| own.ip);
    [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        .into_iter()
        .chain(own)
        .collect()
}

/// `route` is the source address that the system would use towards the Internet.
fn choose(own: &[Own], route: Option<IpAddr>, only_v4: bool) -> Option<IpAddr> {
    let fits = |own: &&Own| own.ip.is_ipv4() || !only_v4;
    let rank = |own: &&Own| {
        let is_makeshift = matches!(own.ip, IpAddr::V4(ip) if ip.is_link_local());
        let is_route = Some(own.ip) == route;
        (
            own.link_on(route),
            is_makeshift,
            own.ip.is_ipv6(),
            !is_route,
        )
    };
    own.iter().filter(fits).min_by_key(rank).map(|own| own.ip)
}

/// Those of the best kind, and none at the end of a tunnel.
fn told(own: &[(Own, String)], route: Option<IpAddr>) -> Vec<String> {
    let links = own.iter().map(|(own, _)| own.link_on(route));
    let best = links.filter(|&link| link != Link::Tunnel).min();
    let told = own
        .iter()
        .filter(|(own, _)| Some(own.link_on(route)) == best);
    told.map(|(_, name)| name.clone()).collect()
}

impl Own {
    /// The interface with the default route also reaches the neighbours, unless it is a tunnel.
    fn link_on(&self, route: Option<IpAddr>) -> Link {
        match self.link {
            Link::Virtual if Some(self.ip) == route => Link::Card,
            link => link,
        }
    }
}

/// The source address of a datagram to the Internet. None is sent.
fn route() -> Option<IpAddr> {
    let socket = UdpSocket::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))).ok()?;
    // An address for documentation: nobody has it, so only the default route leads there.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

fn own(found: &InterfaceAddress) -> Option<Own> {
    let address = found.address.as_ref()?;
    let ip: IpAddr = match address.family()? {
        AddressFamily::Inet => address.as_sockaddr_in()?.ip().into(),
        AddressFamily::Inet6 => address.as_sockaddr_in6()?.ip().into(),
        _ => return None,
    };
    // A link-local address would need its zone.
    let needs_zone = matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let flags = found.flags;
    if ip.is_loopback() || needs_zone || !flags.contains(InterfaceFlags::IFF_UP) {
        return None;
    }
    let link = match flags.contains(InterfaceFlags::IFF_POINTOPOINT) {
        true => Link::Tunnel,
        false => link(&Path::new(INTERFACES).join(&found.interface_name))?,
    };
    Some(Own { ip, link })
}

/// The kind of an interface, from what the system lists for it; none for a bridge without a card.
fn link(interface: &Path) -> Option<Link> {
    let is_card = |interface: &Path| interface.join("device").exists();
    match std::fs::read_dir(interface.join("brif")) {
        Ok(ports) => ports
            .flatten()
            .any(|port| is_card(&Path::new(INTERFACES).join(port.file_name())))
            .then_some(Link::Card),
        Err(_) if is_card(interface) => Some(Link::Card),
        Err(_) => Some(Link::Virtual),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(ip: &str, link: Link) -> Own {
        let ip = ip.parse().expect(ip);
        Own { ip, link }
    }

    #[test]
    fn the_address_that_neighbours_reach() {
        let check = |own: &[Own], route: &str, expected: &str| {
            let route = route.parse().ok();
            assert_eq!(choose(own, route, false), expected.parse().ok(), "{own:?}");
        };
        check(&[], "", "");
        let card = own("192.168.1.5", Link::Card);
        let global = own("2001:db8::5", Link::Card);
        let makeshift = own("169.254.7.7", Link::Card);
        let tunnel = own("10.8.0.2", Link::Tunnel);
        let inside = own("172.18.0.3", Link::Virtual);
        let other = own("10.1.1.1", Link::Card);
        check(&[global, card], "", "192.168.1.5");
        check(&[makeshift, global], "", "2001:db8::5");
        check(&[makeshift], "", "169.254.7.7");
        check(&[tunnel, card], "10.8.0.2", "192.168.1.5");
        check(&[tunnel], "10.8.0.2", "10.8.0.2");
        check(&[other, card], "192.168.1.5", "192.168.1.5");
        check(&[inside], "172.18.0.3", "172.18.0.3");
        check(&[card, inside], "", "192.168.1.5");
        assert_eq!(choose(&[global], None, true), None);
    }

    #[test]
    fn the_interfaces_with_neighbours() {
        let check = |own: &[(Own, String)], route: &str, expected: &[&str]| {
            assert_eq!(told(own, route.parse().ok()), expected, "{own:?}");
        };
        let named = |ip, link, name: &str| (own(ip, link), name.to_owned());
        let card = named("192.168.1.5", Link::Card, "eth0");
        let wifi = named("10.1.1.1", Link::Card, "wlan0");
        let tunnel = named("10.8.0.2", Link::Tunnel, "wg0");
        let inside = named("172.18.0.3", Link::Virtual, "eth1");
        check(&[], "", &[]);
        check(std::slice::from_ref(&tunnel), "10.8.0.2", &[]);
        check(std::slice::from_ref(&inside), "", &["eth1"]);
        let all = [card, tunnel, inside, wifi];
        check(&all, "10.8.0.2", &["eth0", "wlan0"]);
        check(&all, "172.18.0.3", &["eth0", "eth1", "wlan0"]);
    }

    #[test]
    fn it_is_never_loopback() {
        assert!(address(false).is_none_or(|ip| !ip.is_loopback()));
    }
}
