//! HAProxy's PROXY protocol: the header with which a proxy tells for whom it speaks, as text (version 1) or as
//! binary (version 2); and the header of a request by which one over HTTP does. Who may be believed is decided
//! elsewhere.
//!
//! Invariant: what is read depends on the bytes and not on how they come; what was read once stays when more
//! bytes follow.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// With this each header of version 1 begins ...
const TEXT: &[u8] = b"PROXY ";
/// ... and with its line end it has at most so many bytes, as the protocol says.
const TEXT_BYTES: usize = 107;
/// With this each header of version 2 begins; no other protocol does.
const BINARY: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Version and command, family, and the length of the rest follow.
const BINARY_HEAD: usize = BINARY.len() + 4;
/// Bytes in that rest: addresses have 216 at most, and what proxies add, such as a client's certificate, some
/// thousand.
const BINARY_BYTES: usize = 8 * 1024;

/// What bytes of a conn are, from its first one on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Header {
    /// They may be the beginning of a header.
    Possible,
    /// They are the beginning of one.
    Begun,
    /// They are none.
    Absent,
    /// The first so many are one.
    Whole {
        /// The address of the client, unless the proxy speaks for itself or does not tell.
        told: Option<SocketAddr>,
        /// Its bytes.
        len: usize,
    },
    /// They begin like one, and are wrong.
    Malformed,
}

/// Reads the header with which these bytes begin, if they do.
pub fn read(bytes: &[u8]) -> Header {
    for (signature, rest) in [(TEXT, text as fn(&[u8]) -> Header), (BINARY, binary)] {
        if bytes.starts_with(signature) {
            return rest(bytes);
        }
        if signature.starts_with(bytes) {
            return Header::Possible;
        }
    }
    Header::Absent
}

fn text(bytes: &[u8]) -> Header {
    let within = &bytes[..bytes.len().min(TEXT_BYTES)];
    let Some(end) = within.iter().position(|byte| *byte == b'\n') else {
        return match within.len() == TEXT_BYTES {
            true => Header::Malformed,
            false => Header::Begun,
        };
    };
    let line = within[TEXT.len()..end].strip_suffix(b"\r");
    let line = line.and_then(|line| str::from_utf8(line).ok());
    match line.and_then(client) {
        Some(told) => Header::Whole { told, len: end + 1 },
        None => Header::Malformed,
    }
}

/// The client of a line like `TCP4 192.0.2.1 192.0.2.2 50000 12345`; none inside if it is not told.
fn client(line: &str) -> Option<Option<SocketAddr>> {
    if line == "UNKNOWN" || line.starts_with("UNKNOWN ") {
        return Some(None);
    }
    let words: Vec<&str> = line.split(' ').collect();
    let [family, from, to, from_port, to_port] = *words else {
        return None;
    };
    let address = |text: &str| match family {
        "TCP4" => text.parse::<Ipv4Addr>().ok().map(IpAddr::from),
        "TCP6" => text.parse::<Ipv6Addr>().ok().map(IpAddr::from),
        _ => None,
    };
    let port = |text: &str| -> Option<u16> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_number)
    };
    address(to).zip(port(to_port))?;
    Some(Some(socket(address(from)?, port(from_port)?)))
}

fn binary(bytes: &[u8]) -> Header {
    let Some((head, rest)) = bytes.split_at_checked(BINARY_HEAD) else {
        return Header::Begun;
    };
    let [command, family, long, short] = [12, 13, 14, 15].map(|at| head[at]);
    let len = usize::from(u16::from_be_bytes([long, short]));
    let of_addresses = match (command, family) {
        (0x20, _) => 0,
        (0x21, 0x00 | 0x12 | 0x22 | 0x31 | 0x32) => 0,
        (0x21, 0x11) => 12,
        (0x21, 0x21) => 36,
        _ => return Header::Malformed,
    };
    if !(of_addresses..=BINARY_BYTES).contains(&len) {
        return Header::Malformed;
    }
    let Some(addresses) = rest.get(..len) else {
        return Header::Begun;
    };
    let port = |at: usize| u16::from_be_bytes([addresses[at], addresses[at + 1]]);
    let told = match (of_addresses, addresses) {
        (12, [a, b, c, d, ..]) => Some(socket([*a, *b, *c, *d].into(), port(8))),
        (36, addresses) => {
            let from = addresses.first_chunk::<16>();
            from.map(|from| socket((*from).into(), port(32)))
        }
        _ => None,
    };
    let len = BINARY_HEAD + len;
    Header::Whole { told, len }
}

/// The client of a request by the values of its `X-Forwarded-For`, to which each proxy adds whom it speaks for: the
/// last that is no proxy. Anybody may have written what stands before it. None inside if nobody is told; none at all
/// if that cannot be read.
pub fn forwarded<'a>(
    values: impl Iterator<Item = &'a str>,
    is_proxy: impl Fn(IpAddr) -> bool,
) -> Option<Option<IpAddr>> {
    let words: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
    let words = words
        .iter()
        .rev()
        .map(|word| word.trim_matches([' ', '\t']));
    for word in words.filter(|word| !word.is_empty()) {
        let address = address(word)?.to_canonical();
        if !is_proxy(address) {
            return Some(Some(address));
        }
    }
    Some(None)
}

/// An address, perhaps in brackets or with a port.
fn address(word: &str) -> Option<IpAddr> {
    let bracketed = word
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let alone = match bracketed {
        Some(six) => six.parse::<Ipv6Addr>().ok().map(IpAddr::from),
        None => word.parse().ok(),
    };
    alone.or_else(|| Some(word.parse::<SocketAddr>().ok()?.ip()))
}

/// An IPv4 address stays one in either family.
fn socket(address: IpAddr, port: u16) -> SocketAddr {
    SocketAddr::new(address.to_canonical(), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let len = (rest.len() as u16).to_be_bytes();
        [BINARY, &[command, family], &len, rest].concat()
    }

    fn v4_rest() -> Vec<u8> {
        [&[192, 0, 2, 1, 192, 0, 2, 2][..], &[0xc3, 0x50, 0x30, 0x39]].concat()
    }

    fn v6_rest(from: &str) -> Vec<u8> {
        let from: Ipv6Addr = from.parse().expect("an address");
        let to = Ipv6Addr::LOCALHOST;
        [&from.octets()[..], &to.octets(), &[0xc3, 0x50, 0x30, 0x39]].concat()
    }

    /// Checks what is read of this header at every split, and with more behind it.
    #[track_caller]
    fn check(header: &[u8], told: Option<&str>) {
        let told = told.map(|told| told.parse().expect("an address and a port"));
        let len = header.len();
        for split in 0..len {
            let expected = match split {
                0..6 => Header::Possible,
                6..12 if header[0] == b'\r' => Header::Possible,
                _ => Header::Begun,
            };
            assert_eq!(read(&header[..split]), expected, "at {split}");
        }
        for more in ["", "\n", "ana\n", "PROXY UNKNOWN\r\n"] {
            let all = [header, more.as_bytes()].concat();
            assert_eq!(read(&all), Header::Whole { told, len });
        }
    }

    #[test]
    fn headers_of_text() {
        let four = "PROXY TCP4 192.0.2.1 192.0.2.2 50000 12345\r\n";
        check(four.as_bytes(), Some("192.0.2.1:50000"));
        let six = "PROXY TCP6 2001:db8::1 2001:db8::2 50000 12345\r\n";
        check(six.as_bytes(), Some("[2001:db8::1]:50000"));
        let mapped = "PROXY TCP6 ::ffff:192.0.2.1 ::1 50000 12345\r\n";
        check(mapped.as_bytes(), Some("192.0.2.1:50000"));
        check(b"PROXY UNKNOWN\r\n", None);
        let long = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        let longest = format!("PROXY UNKNOWN {long} {long} 65535 65535\r\n");
        assert_eq!(longest.len(), TEXT_BYTES);
        check(longest.as_bytes(), None);
    }

    #[test]
    fn headers_of_bytes() {
        check(&v2(0x21, 0x11, &v4_rest()), Some("192.0.2.1:50000"));
        let six = v2(0x21, 0x21, &v6_rest("2001:db8::1"));
        check(&six, Some("[2001:db8::1]:50000"));
        let mapped = v2(0x21, 0x21, &v6_rest("::ffff:192.0.2.1"));
        check(&mapped, Some("192.0.2.1:50000"));
        // What a proxy adds is skipped.
        let added = [&v4_rest()[..], &[0x04, 0, 3, 1, 2, 3]].concat();
        check(&v2(0x21, 0x11, &added), Some("192.0.2.1:50000"));
        // It speaks for itself, or for who has no address of ours.
        for (command, family, len) in [
            (0x20, 0x00, 0),
            (0x20, 0x11, 12),
            (0x20, 0xff, 7),
            (0x21, 0x00, 0),
            (0x21, 0x12, 12),
            (0x21, 0x31, 216),
        ] {
            check(&v2(command, family, &vec![7; len]), None);
        }
    }

    #[test]
    fn what_is_wrong_is_known_by_its_end() {
        for line in [
            "PROXY \r\n",
            "PROXY TCP4\r\n",
            "PROXY TCP4 192.0.2.1 192.0.2.2 50000 12345\n",
            "PROXY TCP4 192.0.2.1 192.0.2.2 50000\r\n",
            "PROXY TCP4 192.0.2.1 192.0.2.2 50000 12345 \r\n",
            "PROXY  TCP4 192.0.2.1 192.0.2.2 50000 12345\r\n",
            "PROXY TCP4 192.0.2.1 192.0.2.2 50000 65536\r\n",
            "PROXY TCP4 192.0.2.1 192.0.2.2 +5000 12345\r\n",
            "PROXY TCP4 192.0.2.256 192.0.2.2 50000 12345\r\n",
            "PROXY TCP4 2001:db8::1 2001:db8::2 50000 12345\r\n",
            "PROXY TCP6 192.0.2.1 192.0.2.2 50000 12345\r\n",
            "PROXY UDP4 192.0.2.1 192.0.2.2 50000 12345\r\n",
            "PROXY UNKNOWNS\r\n",
            "PROXY hello\r\n",
            "PROXY \u{fffd}\r\n",
        ] {
            assert_eq!(read(line.as_bytes()), Header::Malformed, "{line}");
        }
        let endless = [TEXT, &[b'x'; 200]].concat();
        assert_eq!(read(&endless[..TEXT_BYTES - 1]), Header::Begun);
        assert_eq!(read(&endless[..TEXT_BYTES]), Header::Malformed);
        for wrong in [
            v2(0x11, 0x11, &v4_rest()),
            v2(0x22, 0x11, &v4_rest()),
            v2(0x21, 0x11, &v4_rest()[..11]),
            v2(0x21, 0x21, &v4_rest()),
            v2(0x21, 0x41, &v4_rest()),
            v2(0x21, 0x13, &v4_rest()),
            v2(0x20, 0x00, &vec![0; BINARY_BYTES + 1]),
        ] {
            assert_eq!(read(&wrong), Header::Malformed, "{wrong:?}");
        }
    }

    #[test]
    fn others_are_told_apart_as_soon_as_possible() {
        for (bytes, len) in [
            (&b"ana\n"[..], 1),
            (b"Paul\n", 2),
            (b"PROXY\n", 6),
            (b"\n", 1),
            (b"\r\nana", 3),
            (b"\r\n\r\n\r\n", 5),
            (b"POST / HTTP/1.1\r\n", 2),
            (b"\x16\x03\x01", 1),
            (b"proxy tcp4", 1),
        ] {
            for split in 0..=bytes.len() {
                let expected = match split < len {
                    true => Header::Possible,
                    false => Header::Absent,
                };
                assert_eq!(read(&bytes[..split]), expected, "{bytes:?} at {split}");
            }
        }
    }

    #[test]
    fn the_client_of_a_request_is_the_last_that_is_no_proxy() {
        let is_proxy = |address: IpAddr| {
            ["127.0.0.1", "10.0.0.9", "2001:db8::9"].contains(&address.to_string().as_str())
        };
        let told = |values: &[&str]| {
            let told = forwarded(values.iter().copied(), is_proxy);
            told.map(|told| told.map(|told| told.to_string()))
        };
        for (values, expected) in [
            (&["192.0.2.1"][..], "192.0.2.1"),
            (&["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
            (&["6.6.6.6", "192.0.2.1"], "192.0.2.1"),
            (&["192.0.2.1,10.0.0.9 ,\t127.0.0.1"], "192.0.2.1"),
            (&["192.0.2.1, ::ffff:10.0.0.9"], "192.0.2.1"),
            (&["::ffff:192.0.2.1"], "192.0.2.1"),
            (&["192.0.2.1:50000"], "192.0.2.1"),
            (&["2001:db8::1, [2001:db8::9]:443"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["[2001:db8::1]:50000"], "2001:db8::1"),
            (&["nonsense, \"6.6.6.6, 192.0.2.1"], "192.0.2.1"),
            (&["192.0.2.1, ,"], "192.0.2.1"),
        ] {
            assert_eq!(told(values), Some(Some(expected.to_owned())), "{values:?}");
        }
        for nobody in [
            &[][..],
            &[""],
            &[" , "],
            &["127.0.0.1"],
            &["10.0.0.9", "127.0.0.1"],
        ] {
            assert_eq!(told(nobody), Some(None), "{nobody:?}");
        }
        for wrong in [
            "unknown",
            "192.0.2.1, unknown",
            "192.0.2.1, unknown, 127.0.0.1",
            "192.0.2.256",
            "192.0.2.1 127.0.0.1",
            "192.0.2.1:",
            "192.0.2.1:65536",
            "[192.0.2.1]",
            "[2001:db8::1",
            "for=192.0.2.1",
            "\"192.0.2.1\"",
        ] {
            assert_eq!(told(&[wrong]), None, "{wrong}");
        }
    }
}
