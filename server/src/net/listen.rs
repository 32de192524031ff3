//! Listening sockets, with every option set that their conns inherit. Accepts nothing itself.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::AsFd;
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::conn::ConnDefaults;
use crate::conn::web::Serves;
use crate::dialect::framing::Framing;
use crate::dialect::words::Lang;
use crate::dialect::{Dialect, Style};
use crate::limits::{PORT, WAITING};

/// A listening socket.
pub type Listener = Socket;

/// Dead peers are detected after 60 + 4 x 15 = 120 s; nc cannot answer a ping.
///
/// No `TCP_USER_TIMEOUT`: it would also hit peers that are alive but do not read, which have 10
/// minutes.
pub const KEEPALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(60))
    .with_interval(Duration::from_secs(15))
    .with_retries(4);

/// A listener as the operator wrote it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spec {
    /// Its address.
    pub place: Place,
    /// The kind of its clients.
    pub kind: Kind,
    /// The first language, if given.
    pub lang: Option<Lang>,
    /// Whether they speak TLS from the first byte.
    pub secure: bool,
}

/// The kind of clients a listener is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Kind {
    /// Browsers, clients that send lines and clients without line ends; it finds out.
    #[default]
    Auto,
    /// Clients that send lines.
    Text,
    /// Clients that send each message at once, without a line end.
    Chunks,
    /// Clients without names, those of Sistema de Chat TCP.
    Relay,
    /// Clients of TChat.
    TChat,
    /// Clients of Chat em Tempo Real (VPN).
    Vpn,
    /// Clients of Chat em Rede.
    Rede,
    /// As `Auto`, and clients without line ends are those of Chat em Rede.
    AutoRede,
    /// Browsers and scripts.
    Web,
}

impl Kind {
    fn parse(word: &str) -> Option<Kind> {
        Some(match word {
            "auto" => Kind::Auto,
            "text" => Kind::Text,
            "chunks" => Kind::Chunks,
            "relay" | "sistema" => Kind::Relay,
            "tchat" => Kind::TChat,
            "vpn" => Kind::Vpn,
            "rede" => Kind::Rede,
            "auto-rede" => Kind::AutoRede,
            "web" => Kind::Web,
            _ => return None,
        })
    }
}

impl Default for Spec {
    fn default() -> Spec {
        Spec {
            place: Place::Anywhere { port: PORT },
            kind: Kind::Auto,
            lang: None,
            secure: false,
        }
    }
}

impl Spec {
    /// Parses `[ADDR:]PORT[/tls][/KIND][,LANG]`; a comma may stand for a slash.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn parse(text: &str) -> Result<Spec, String> {
        let (place, rest) = text.split_at(text.find(['/', ',']).unwrap_or(text.len()));
        let mut words = rest.split(['/', ',']).skip(1).peekable();
        let secure = words.next_if_eq(&"tls").is_some();
        let kind = words.peek().and_then(|word| Kind::parse(word));
        if kind.is_some() {
            words.next();
        }
        let lang = words.peek().and_then(|word| Lang::parse(word));
        if lang.is_some() {
            words.next();
        }
        if let Some(word) = words.next() {
            return Err(format!(
                "'{word}' is none of tls, auto, text, web, chunks, relay (or sistema), tchat, vpn, rede, auto-rede, \
                 and then en, pt"
            ));
        }
        Ok(Spec {
            place: Place::parse(place)?,
            kind: kind.unwrap_or_default(),
            lang,
            secure,
        })
    }

    /// The defaults of its conns; `lang` is used if none was given. The older systems are Portuguese.
    pub fn defaults(&self, lang: Lang) -> ConnDefaults {
        let (dialect, framing, lang) = match self.kind {
            Kind::Auto | Kind::AutoRede => (Dialect::Text, Framing::Unknown, lang),
            Kind::Text | Kind::Web => (Dialect::Text, Framing::Lines, lang),
            Kind::Chunks => (Dialect::Text, Framing::Chunks, Lang::Pt),
            Kind::Relay => (Dialect::Relay, Framing::Chunks, Lang::Pt),
            Kind::TChat => (Dialect::TChat, Framing::Lines, Lang::Pt),
            Kind::Vpn => (Dialect::Vpn, Framing::Chunks, Lang::Pt),
            Kind::Rede => (Dialect::Rede, Framing::Chunks, Lang::Pt),
        };
        let lang = self.lang.unwrap_or(lang);
        let style = Style {
            dialect,
            lang,
            crlf: false,
            ..Style::default()
        };
        let endless = (self.kind == Kind::AutoRede).then_some(Style {
            dialect: Dialect::Rede,
            lang: Lang::Pt,
            crlf: false,
            ..Style::default()
        });
        ConnDefaults {
            style,
            framing,
            endless,
            serves: match self.kind {
                Kind::Auto | Kind::AutoRede => Serves::Both,
                Kind::Web => Serves::Web,
                _ => Serves::Lines,
            },
            secure: self.secure,
        }
    }
}

/// An address to listen at: `PORT`, `ADDR:PORT`, `NAME:PORT` or `[V6]:PORT`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// On every address of the host.
    Anywhere {
        /// The port; 0 for any free one.
        port: u16,
    },
    /// On one address.
    At(SocketAddr),
}

impl Place {
    /// Parses what the operator wrote.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn parse(text: &str) -> Result<Place, String> {
        let expected = || {
            format!(
                "'{text}' is not [ADDR:]PORT, for example 12345, 192.168.1.5:12345 or [::1]:12345"
            )
        };
        if let Ok(port) = text.parse() {
            return Ok(Place::Anywhere { port });
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(expected)?;
        let port: u16 = port.parse().map_err(|_| expected())?;
        if host.is_empty() || host == "*" {
            return Ok(Place::Anywhere { port });
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if bare.contains(':') && bare.len() == host.len() {
            return Err(expected());
        }
        let found = (bare, port)
            .to_socket_addrs()
            .map_err(|error| format!("'{host}': {error}"))?
            .next();
        found
            .map(Place::At)
            .ok_or_else(|| format!("'{host}' has no address"))
    }
}

/// Opens a listening socket.
///
/// # Errors
/// As the system says, usually `AddrInUse`.
pub fn listen(place: &Place) -> io::Result<Socket> {
    match *place {
        Place::At(address) => bind(address),
        // One socket for both families; hosts without IPv6 get IPv4.
        Place::Anywhere { port } => {
            match bind(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port)) {
                Err(error)
                    if error.kind() != io::ErrorKind::AddrInUse
                        && error.kind() != io::ErrorKind::PermissionDenied =>
                {
                    bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port))
                }
                bound => bound,
            }
        }
    }
}

/// The addresses of these listeners, with the actual port.
///
/// # Errors
/// As the system says.
pub fn addresses(listeners: &[Socket]) -> io::Result<Vec<SocketAddr>> {
    let address = |listener: &Socket| {
        listener
            .local_addr()?
            .as_socket()
            .ok_or(io::ErrorKind::AddrNotAvailable.into())
    };
    listeners.iter().map(address).collect()
}

/// Explains why listening failed, and what to do about it; `option` is the option in question.
pub fn explain(option: &str, place: &Place, error: &io::Error) -> String {
    let place = match place {
        Place::Anywhere { port } => format!("port {port}"),
        Place::At(address) => address.to_string(),
    };
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "{place} is in use, perhaps by another papo-server; try {option} with another port"
        ),
        io::ErrorKind::PermissionDenied => {
            format!("{place} is reserved for root; try {option} with a port above 1023")
        }
        _ => format!("cannot listen on {place}: {error}; try {option} with another place"),
    }
}

fn bind(address: SocketAddr) -> io::Result<Socket> {
    let kind = Type::STREAM.nonblocking().cloexec();
    let socket = Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    socket.set_reuse_address(true)?;
    take(&socket, address)?;
    prepare(&socket)?;
    Ok(socket)
}

/// Binds the socket even if the host gets the address only later: at boot a server may start before
/// the network, and a laptop may return to its Wi-Fi.
pub(super) fn take(socket: &impl AsFd, address: SocketAddr) -> io::Result<()> {
    let socket = SockRef::from(socket);
    match socket.bind(&address.into()) {
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            match address {
                SocketAddr::V4(_) => socket.set_freebind_v4(true)?,
                SocketAddr::V6(_) => socket.set_freebind_v6(true)?,
            }
            socket.bind(&address.into())?;
            log::warn!(
                "{} is not an address of this host so far (`ip addr` lists those that are); \
                 once it is, people can come there",
                address.ip()
            );
            Ok(())
        }
        bound => bound,
    }
}

/// Prepares a listener that another process opened.
///
/// # Errors
/// As the system says.
pub fn adopt(listener: TcpListener) -> io::Result<Listener> {
    let socket = Socket::from(listener);
    prepare(&socket)?;
    Ok(socket)
}

/// Listens, with all options that its conns inherit.
fn prepare(socket: &Socket) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(&KEEPALIVE)?;
    // telnet sends its data mark as urgent data; out of line, the filter would swallow a letter
    // instead.
    socket.set_out_of_band_inline(true)?;
    socket.listen(WAITING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conns_inherit_what_finds_dead_peers() {
        let place = Place::At(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = listen(&place).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let peer = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        peer.connect(&address).expect("it listens");
        let (conn, _) = listener.accept().expect("somebody waits");
        assert!(conn.keepalive().expect("an option"));
        let minute = Duration::from_secs(60);
        assert_eq!(conn.tcp_keepalive_time().expect("an option"), minute);
        assert_eq!(
            conn.tcp_keepalive_interval().expect("an option"),
            minute / 4
        );
        assert_eq!(conn.tcp_keepalive_retries().expect("an option"), 4);
        assert!(conn.tcp_nodelay().expect("an option"));
        assert!(conn.out_of_band_inline().expect("an option"));
    }

    #[test]
    fn listeners_as_people_write_them() {
        let spec = Spec::parse("9999/chunks,en").expect("it is right");
        assert_eq!((spec.kind, spec.lang), (Kind::Chunks, Some(Lang::En)));
        let met = |text: &str| Spec::parse(text).expect(text).defaults(Lang::En);
        assert_eq!(met("12345").framing, Framing::Unknown);
        assert_eq!(met("[::1]:4004/text,pt").style.lang, Lang::Pt);
        assert_eq!(
            met("3001/relay").style,
            Style {
                dialect: Dialect::Relay,
                lang: Lang::Pt,
                crlf: false,
                ..Style::default()
            }
        );
        assert_eq!(met("3001/sistema"), met("3001/relay"));
        let auto_rede = met("12345/auto-rede");
        assert_eq!(auto_rede.style, met("12345").style);
        assert_eq!(auto_rede.endless, Some(met("12345/rede").style));
        let secure = |text: &str| {
            let spec = Spec::parse(text).expect(text);
            (spec.secure, spec.kind, spec.lang)
        };
        assert_eq!(secure("443/tls"), (true, Kind::Auto, None));
        assert_eq!(secure("443/tls,pt"), (true, Kind::Auto, Some(Lang::Pt)));
        for text in ["443/tls/text,pt", "443/tls,text,pt"] {
            assert_eq!(secure(text), (true, Kind::Text, Some(Lang::Pt)));
        }
        assert_eq!(secure("443/tls,chunks"), (true, Kind::Chunks, None));
        for wrong in ["443/tlsx", "443/tls/", "443/tls,", "443/text/tls"] {
            assert!(Spec::parse(wrong).is_err(), "{wrong}");
        }
        for wrong in ["9999/chunk", "9999,fr", "9999/", "/text"] {
            assert!(Spec::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn places_as_people_write_them() {
        assert_eq!(Place::parse("12345"), Ok(Place::Anywhere { port: 12345 }));
        assert_eq!(Place::parse(":4004"), Ok(Place::Anywhere { port: 4004 }));
        assert_eq!(
            Place::parse("127.0.0.1:0"),
            Ok(Place::At(([127, 0, 0, 1], 0).into()))
        );
        assert_eq!(
            Place::parse("[::1]:5"),
            Ok(Place::At((Ipv6Addr::LOCALHOST, 5).into()))
        );
        for wrong in ["", "x", "99999", "127.0.0.1", "::1:5", "127.0.0.1:x"] {
            let fault = Place::parse(wrong).expect_err(wrong);
            assert!(fault.contains("12345"), "{fault}");
        }
    }
}
