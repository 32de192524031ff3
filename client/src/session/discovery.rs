//! Looks for servers on the network: one question by multicast DNS for `_papo._tcp`, from a port of its own on
//! each network of this computer, so servers that announce papo answer only to it (RFC 6762, 6.7). IPv4 only.
//!
//! It is used when no server was named and none is on this computer; it starts no thread and ends within
//! `LONGEST`. Invariant: an announcement is anybody's word, so a password is never sent on the strength of it.

use std::io::ErrorKind::NotFound;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use std::{io, iter};

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use nix::poll::{PollFd, PollFlags};
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, QCLASS, QTYPE, Question, ResourceRecord, TYPE};

use super::link::{CONNECT_TIMEOUT, Link};
use crate::ending::{Absence, Choice, Failure};
use crate::options::{Options, Server, Trust, address};
use crate::text;
use crate::wait::wait;
use crate::words::Phrase;

const SERVICE: &str = "_papo._tcp.local";
const GROUP: (Ipv4Addr, u16) = (Ipv4Addr::new(224, 0, 0, 251), 5353);

/// How long answers are waited for when none comes.
const LONGEST: Duration = Duration::from_secs(2);
/// The question is asked again: Wi-Fi loses multicast.
const ASK_EVERY: Duration = Duration::from_millis(600);
/// How long others may take when one has answered.
const OTHERS_WITHIN: Duration = Duration::from_millis(500);
/// Most servers that are listed.
const SERVERS: usize = 32;
/// The longest packet of multicast DNS.
const PACKET_BYTES: usize = 9000;

/// A server that is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// What its owner calls it.
    pub(crate) name: String,
    pub(crate) server: Server,
    pub(crate) has_tls: bool,
}

impl Found {
    /// What one types to join it.
    pub(crate) fn command(&self) -> String {
        let tls = if self.has_tls { "--tls " } else { "" };
        format!("papo {tls}{}", self.server.typed())
    }

    /// Whom to trust there.
    pub(crate) fn trust(&self, wanted: Option<Trust>) -> Option<Trust> {
        wanted.or_else(|| self.has_tls.then_some(Trust::Known))
    }
}

/// A connection to the server that was named; otherwise to the one on this computer, or else on the network.
pub(super) fn find(options: &Options, tell: impl Fn(Phrase)) -> Result<(Link, Server), Failure> {
    let reach = |server: &Server, trust: Option<Trust>| {
        let link = Link::dial(server, trust, CONNECT_TIMEOUT)?;
        Ok((link, server.clone()))
    };
    let (server, servers) = (&options.server, &options.servers);
    let is_it = |known: &String| address(known).is_ok_and(|place| place.0.host == server.host);
    let is_known = || servers.is_empty() || servers.values().any(is_it);
    // A short name of the settings, perhaps.
    let is_mistyped = || !server.host.contains('.') && !is_known();
    match reach(server, options.tls.clone()) {
        Err(Failure::Connect(..)) if options.may_look => {
            tell(Phrase::Looking);
            let found = look(options)?;
            tell(Phrase::Joining(&found));
            reach(&found.server, found.trust(options.tls.clone()))
        }
        Err(Failure::Connect(_, error)) if error.kind() == NotFound && is_mistyped() => {
            let known: Vec<&str> = servers.keys().map(String::as_str).collect();
            Err(Failure::Unknown(server.host.clone(), known.join(", ")))
        }
        reached => reached,
    }
}

/// The only server that is announced and does for these options.
pub(super) fn look(options: &Options) -> Result<Found, Failure> {
    let absent = |absence| Failure::Nowhere(absence);
    let sockets = sockets().map_err(|error| absent(Absence::CannotAsk(error)))?;
    if sockets.is_empty() {
        return Err(absent(Absence::NoNetwork));
    }
    let found = ask(&sockets).map_err(|error| absent(Absence::CannotAsk(error)))?;
    choose(found, options)
}

fn choose(found: Vec<Found>, options: &Options) -> Result<Found, Failure> {
    if found.is_empty() {
        return Err(Failure::Nowhere(Absence::NoAnswer));
    }
    let wants_tls = options.tls.is_some();
    let fits = |found: &&Found| found.has_tls || !wants_tls;
    let mut fitting: Vec<Found> = found.iter().filter(fits).cloned().collect();
    let choice = match fitting.len() {
        0 => return Err(Failure::Choose(Choice::NoTls, found)),
        1 if options.password_file.is_none() => return Ok(fitting.remove(0)),
        1 => Choice::Password,
        _ => Choice::Several,
    };
    Err(Failure::Choose(choice, fitting))
}

/// A socket on each network. A socket with an address of this computer sends to a group on that network.
fn sockets() -> io::Result<Vec<UdpSocket>> {
    let wanted = InterfaceFlags::IFF_UP | InterfaceFlags::IFF_MULTICAST;
    let mut sockets = Vec::new();
    for network in getifaddrs()?.filter(|network| network.flags.contains(wanted)) {
        let address = network.address.as_ref().and_then(|it| it.as_sockaddr_in());
        if let Some(address) = address.filter(|address| !address.ip().is_loopback()) {
            let socket = UdpSocket::bind((address.ip(), 0))?;
            socket.set_nonblocking(true)?;
            sockets.push(socket);
        }
    }
    Ok(sockets)
}

/// Ask on all networks at once; the servers that answer, each once.
fn ask(sockets: &[UdpSocket]) -> io::Result<Vec<Found>> {
    // Answers repeat it.
    let id = std::process::id() as u16;
    let question = question(id).map_err(io::Error::other)?;
    let mut found: Vec<Found> = Vec::new();
    let mut next = Instant::now();
    let mut end = next + LONGEST;
    loop {
        let now = Instant::now();
        if now >= end {
            return Ok(found);
        }
        if now >= next {
            next = now + ASK_EVERY;
            let send = |socket: &UdpSocket| socket.send_to(&question, GROUP);
            // One network may be down while another is up.
            sockets.iter().map(send).reduce(Result::or).transpose()?;
        }
        let poll_fd = |socket| PollFd::new(AsFd::as_fd(socket), PollFlags::POLLIN);
        let mut fds: Vec<PollFd> = sockets.iter().map(poll_fd).collect();
        wait(&mut fds, Some(next.min(end)))?;
        let mut buffer = [0; PACKET_BYTES];
        for socket in sockets {
            let Ok((bytes, from)) = socket.recv_from(&mut buffer) else {
                continue;
            };
            for new in read(&buffer[..bytes], from.ip(), id) {
                if found.len() < SERVERS && !found.contains(&new) {
                    found.push(new);
                    end = end.min(Instant::now() + OTHERS_WITHIN);
                }
            }
        }
    }
}

fn question(id: u16) -> Result<Vec<u8>, simple_dns::SimpleDnsError> {
    let mut packet = Packet::new_query(id);
    let (kind, class) = (QTYPE::TYPE(TYPE::PTR), QCLASS::CLASS(CLASS::IN));
    let question = Question::new(Name::new(SERVICE)?, kind, class, false);
    packet.questions.push(question);
    packet.build_bytes_vec()
}

/// The servers that a packet from there tells of.
fn read(packet: &[u8], from: IpAddr, id: u16) -> Vec<Found> {
    let packet = Packet::parse(packet)
        .ok()
        .filter(|packet| packet.id() == id);
    let (Some(packet), Ok(service)) = (packet, Name::new(SERVICE)) else {
        return Vec::new();
    };
    let records: Vec<&ResourceRecord> =
        iter::chain(&packet.answers, &packet.additional_records).collect();
    let instances = of(&service, &records).filter_map(|data| match data {
        RData::PTR(instance) => server(&instance.0, &records, from),
        _ => None,
    });
    instances.collect()
}

/// What the records tell of this name.
fn of<'a>(
    name: &'a Name,
    records: &'a [&'a ResourceRecord],
) -> impl Iterator<Item = &'a RData<'a>> {
    let named = records.iter().filter(move |record| record.name == *name);
    named.map(|record| &record.rdata)
}

fn server(instance: &Name, records: &[&ResourceRecord], from: IpAddr) -> Option<Found> {
    let place = of(instance, records).find_map(|data| match data {
        RData::SRV(place) => Some(place),
        _ => None,
    })?;
    let has_tls = of(instance, records).any(|data| match data {
        RData::TXT(about) => about.iter_raw().any(|field| field == (b"tls", Some(b"1"))),
        _ => false,
    });
    let addresses = of(&place.target, records).filter_map(|data| match data {
        RData::A(a) => Some(IpAddr::from(Ipv4Addr::from(a.address))),
        _ => None,
    });
    let addresses: Vec<IpAddr> = addresses.collect();
    // It has answered from there, so it can be reached there.
    let is_known = addresses.is_empty() || addresses.contains(&from);
    let ip = if is_known { from } else { addresses[0] };
    let label = instance.get_labels().first()?;
    (place.port != 0).then(|| Found {
        name: text::received(label.as_ref()),
        server: Server {
            host: ip.to_string(),
            port: place.port,
        },
        has_tls,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Command, parse};
    use crate::settings::Settings;

    /// What a server with `--announce-as 'Sala 7'` has answered.
    const ANSWER: &[u8] = b"\x00\x07\x84\x00\x00\x01\x00\x01\x00\x00\x00\x03\x05_papo\x04_tcp\x05local\x00\
        \x00\x0c\x00\x01\xc0\x0c\x00\x0c\x00\x01\x00\x00\x00\n\x00\t\x06Sala 7\xc0\x0c\xc0.\x00!\x00\x01\x00\x00\
        \x00\n\x00\x1a\x00\x00\x00\x0009\x11papo-12345-Sala-7\xc0\x17\xc0.\x00\x10\x00\x01\x00\x00\x00\n\x00\
        \x15\x06path=/\rversion=0.1.0\xc0I\x00\x01\x00\x01\x00\x00\x00\n\x00\x04\n\t\x00\x01";

    fn answer(bytes: &[u8], from: [u8; 4], id: u16) -> Vec<Found> {
        read(bytes, IpAddr::from(from), id)
    }

    fn found(name: &str, place: &str, has_tls: bool) -> Found {
        let (host, port) = place.split_once(':').expect("a place");
        let port = port.parse().expect("a port");
        let server = Server {
            host: host.to_owned(),
            port,
        };
        Found {
            name: name.to_owned(),
            server,
            has_tls,
        }
    }

    #[test]
    fn an_answer_tells_of_a_server() {
        let expected = found("Sala 7", "10.9.0.1:12345", false);
        assert_eq!(expected.command(), "papo 10.9.0.1");
        let there = [10, 9, 0, 1];
        assert_eq!(answer(ANSWER, there, 7), std::slice::from_ref(&expected));
        // It has another address on this network.
        assert_eq!(answer(ANSWER, [10, 8, 0, 1], 7), [expected]);
        // It is none to our question.
        assert_eq!(answer(ANSWER, there, 8), []);
        let other = ANSWER.to_ascii_lowercase();
        let other = String::from_utf8_lossy(&other).replace("_papo", "_pipo");
        assert_eq!(answer(other.as_bytes(), [10, 9, 0, 1], 7), []);
    }

    #[test]
    fn whether_it_has_tls_and_what_could_harm_a_terminal() {
        let mut secure = ANSWER.to_vec();
        let at = secure.windows(6).position(|it| it == b"path=/");
        let at = at.expect("it is there");
        // A field as long as the path.
        secure.splice(at - 1..at + 6, *b"\x05tls=1\0");
        let name = secure.windows(6).position(|it| it == b"Sala 7");
        secure[name.expect("it is there") + 4] = 0x1b;
        let read = answer(&secure, [10, 9, 0, 1], 7);
        assert_eq!(read, [found("Sala\u{fffd}7", "10.9.0.1:12345", true)]);
        assert_eq!(read[0].command(), "papo --tls 10.9.0.1");
    }

    #[test]
    fn torn_answers_tell_of_nobody_and_harm_nobody() {
        for end in 0..ANSWER.len() {
            assert_eq!(answer(&ANSWER[..end], [10, 9, 0, 1], 7), []);
        }
        for at in 0..ANSWER.len() {
            for byte in 0..=255 {
                let mut bytes = ANSWER.to_vec();
                bytes[at] = byte;
                let read = answer(&bytes, [10, 9, 0, 1], 7);
                let is_clean = |found: &Found| !found.name.contains(char::is_control);
                assert!(read.len() <= 1 && read.iter().all(is_clean));
            }
        }
    }

    #[test]
    fn which_is_joined_by_itself() {
        let options = |line: &str| match parse(line.split_whitespace().map(Into::into), "C", |_| {
            Ok(Settings::default())
        }) {
            Ok(Command::Run(options)) => options,
            other => panic!("{line}: {other:?}"),
        };
        let clear = found("a", "10.0.0.1:12345", false);
        let secure = found("b", "10.0.0.2:7000", true);
        let both = || vec![clear.clone(), secure.clone()];
        let check = |found: Vec<Found>, line: &str, expected: Result<&Found, Choice>| match (
            choose(found, &options(line)),
            expected,
        ) {
            (Ok(chosen), Ok(expected)) => assert_eq!(chosen, *expected),
            (Err(Failure::Choose(why, _)), Err(expected)) => assert_eq!(why, expected),
            (other, _) => panic!("{line}: {other:?}"),
        };
        check(vec![clear.clone()], "", Ok(&clear));
        check(vec![secure.clone()], "", Ok(&secure));
        check(both(), "", Err(Choice::Several));
        check(both(), "--tls", Ok(&secure));
        check(vec![clear.clone()], "--tls", Err(Choice::NoTls));
        let password = "--name ana --password-file f";
        check(vec![secure.clone()], password, Err(Choice::Password));
        let nobody = choose(Vec::new(), &options(""));
        assert!(matches!(nobody, Err(Failure::Nowhere(Absence::NoAnswer))));
        assert_eq!(secure.trust(None), Some(Trust::Known));
        assert_eq!(secure.trust(Some(Trust::Anew)), Some(Trust::Anew));
        assert_eq!(clear.trust(None), None);
    }
}
