//! How others join: what they type, what they open with a browser, and the code to scan.
//!
//! It is found out at the start and stays so. Invariant: unless the operator says otherwise, it is the address at
//! which the neighbours of this host reach it.

use std::net::{Ipv4Addr, SocketAddr};

use crate::dialect::words::Lang;
use crate::dialect::words::console::{Console, InClear, Join, console};
use crate::net::listen::Kind;
use crate::net::reach;
use crate::ops::options::Options;
use crate::web::qr;

/// See the top of this file.
pub struct Invitation {
    /// What browsers open.
    pub url: String,
    /// Whether the operator gave it.
    is_given: bool,
    place: SocketAddr,
    /// The listener for everybody.
    listener: SocketAddr,
    /// What browsers open without the operator's proxy.
    own: String,
    reach: Reach,
    /// Who may join without TLS.
    pub in_clear: InClear,
}

/// Who can join there.
enum Reach {
    Network,
    /// The server listens on loopback only.
    OnlyHere,
    /// This host has no address for others.
    Nowhere,
}

impl Invitation {
    /// For a server that listens at these places, in the order of its options.
    pub fn new(places: &[SocketAddr], options: &Options) -> Invitation {
        // The first port that any client can join at, from elsewhere if possible; with --seeds that is not the
        // first listener.
        let specs = options.listen.iter().zip(places);
        let open = specs.filter(|(spec, _)| matches!(spec.kind, Kind::Auto | Kind::AutoRede));
        let open = open.min_by_key(|(_, place)| place.ip().is_loopback());
        let listener = open.map_or(places[0], |(_, place)| *place);
        let (ip, port) = (listener.ip(), listener.port());
        let (place, reach) = match ip.is_unspecified() {
            false if ip.is_loopback() => (listener, Reach::OnlyHere),
            false => (listener, Reach::Network),
            true => match reach::address(ip.is_ipv4()) {
                Some(ip) => ((ip, port).into(), Reach::Network),
                None => ((Ipv4Addr::LOCALHOST, port).into(), Reach::Nowhere),
            },
        };
        let scheme = if options.tls.is_some() {
            "https"
        } else {
            "http"
        };
        let own = format!("{scheme}://{place}");
        Invitation {
            url: options.url.clone().unwrap_or_else(|| own.clone()),
            is_given: options.url.is_some(),
            place,
            listener,
            own,
            reach,
            in_clear: in_clear(options),
        }
    }

    /// What is told at the start.
    pub fn told(&self) -> Vec<Console<'_>> {
        let join = |url| Join {
            place: self.place,
            url,
            in_clear: self.in_clear,
        };
        let here = match self.reach {
            Reach::Network => return vec![Console::Invite(join(&self.url))],
            Reach::OnlyHere => Console::OnlyHere(join(&self.own)),
            Reach::Nowhere => Console::Unreachable(join(&self.own)),
        };
        let given = self.is_given.then_some(Console::Scan(&self.url));
        given.into_iter().chain([here]).collect()
    }

    /// That TLS is spoken, with a certificate of this SHA-256.
    pub fn tls<'a>(&self, fingerprint: &'a str) -> Console<'a> {
        Console::Tls {
            fingerprint,
            place: self.place,
            in_clear: self.in_clear,
        }
    }

    /// The address with its code for a terminal, if a phone can use it: light on dark, whatever the terminal's own
    /// colours are.
    pub fn code(&self, lang: Lang) -> Option<String> {
        let mut lines = console(lang, &Console::Scan(&self.url)) + "\n";
        for line in qr::lines(&self.url)?.lines() {
            lines += &format!("\x1b[97;40m{line}\x1b[0m\n");
        }
        Some(lines)
    }

    /// The listener that other computers reach or may reach once they share a network with this one.
    pub fn listener_for_others(&self) -> Option<SocketAddr> {
        (!matches!(self.reach, Reach::OnlyHere)).then_some(self.listener)
    }

    /// The names of this server for browsers, beside those that only a local network has.
    pub fn hosts(&self) -> Vec<String> {
        let authority = self.url.split('/').nth(2).unwrap_or_default();
        let name = authority.split(':').next().unwrap_or_default();
        match self.is_given && !name.starts_with('[') {
            true => vec![name.to_owned()],
            false => Vec::new(),
        }
    }
}

fn in_clear(options: &Options) -> InClear {
    match (&options.tls, &options.chattruco) {
        (Some(tls), Some(_)) if tls.is_only => InClear::ChatTruco,
        (Some(tls), None) if tls.is_only => InClear::Nobody,
        _ => InClear::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::options::{Command, parse};

    fn invitation(line: &str, places: &[&str]) -> Invitation {
        let words = line.split_whitespace().map(Into::into);
        let Ok(Command::Serve(options)) = parse(words) else {
            panic!("{line}");
        };
        let place = |place: &&str| place.parse().expect("an address");
        let places: Vec<SocketAddr> = places.iter().map(place).collect();
        Invitation::new(&places, &options)
    }

    #[test]
    fn others_are_sent_to_the_listener_for_everybody() {
        let seeds = "--listen 192.168.1.5:4004/tchat --listen 192.168.1.5:12345";
        let invited = invitation(seeds, &["192.168.1.5:4004", "192.168.1.5:12345"]);
        assert_eq!(invited.url, "http://192.168.1.5:12345");
        assert!(invited.hosts().is_empty());
        let code = invited.code(Lang::En).expect("a phone can use it");
        assert!(code.starts_with("Join with a browser: http://192.168.1.5:12345\n\x1b[97;40m██"));
    }

    #[test]
    fn what_the_operator_says_goes_before_what_the_server_knows() {
        let line = "--url https://chat.example:8443/papo/";
        let invited = invitation(line, &["127.0.0.1:12345"]);
        assert_eq!(invited.url, "https://chat.example:8443/papo");
        assert_eq!(invited.hosts(), ["chat.example"]);
        assert!(invited.code(Lang::Pt).is_some());
    }

    #[test]
    fn browsers_are_sent_to_tls_where_it_is_spoken() {
        let invited = invitation("--tls self", &["192.168.1.5:12345"]);
        assert_eq!(invited.url, "https://192.168.1.5:12345");
        assert_eq!(invited.in_clear, InClear::All);
        for (line, in_clear) in [
            ("--tls self,only", InClear::Nobody),
            ("--tls self,only --chattruco 54319", InClear::ChatTruco),
        ] {
            let invited = invitation(line, &["192.168.1.5:12345"]);
            assert_eq!(invited.in_clear, in_clear, "{line}");
        }
    }

    #[test]
    fn a_listener_for_others_goes_before_one_for_this_host() {
        let both = "--listen 127.0.0.1:12345 --listen 192.168.1.5:12346";
        let invited = invitation(both, &["127.0.0.1:12345", "192.168.1.5:12346"]);
        assert_eq!(invited.url, "http://192.168.1.5:12346");
        let there = "192.168.1.5:12346".parse().ok();
        assert_eq!(invited.listener_for_others(), there);
    }

    #[test]
    fn a_phone_cannot_use_loopback() {
        let invited = invitation("", &["[::1]:12345"]);
        assert_eq!(invited.url, "http://[::1]:12345");
        assert_eq!(invited.listener_for_others(), None);
        assert_eq!(invited.code(Lang::En), None);
    }
}
