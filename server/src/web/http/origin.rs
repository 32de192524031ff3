//! Which page a request comes from, and which host it believes to talk to.
//!
//! A page of somebody else may send requests here with its visitor's browser, which tells the page's origin. Or its
//! own name may be made to point here after it was loaded; then the browser takes this server for that page's, and
//! only the name of the host shows it. So a host is believed if a stranger cannot own its name.

use std::net::IpAddr;

/// Names under these are of the local network.
const LOCAL: [&str; 5] = [".local", ".lan", ".internal", ".home.arpa", ".localhost"];

/// Whether a host, as a request names it, may be this server's: an address, a name without a dot or of the local
/// network, or one of its own names. Its port does not matter.
pub fn is_allowed_host(host: &str, own: &[&str]) -> bool {
    let Some((name, _)) = split(host) else {
        return false;
    };
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    let address = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let is_own = |own: &&str| own.trim_end_matches('.').eq_ignore_ascii_case(name);
    !name.is_empty()
        && (address.unwrap_or(name).parse::<IpAddr>().is_ok()
            || !name.contains(['.', '[', ']'])
            || LOCAL.iter().any(|local| name.ends_with(local))
            || own.iter().any(is_own))
}

/// Whether a page with this origin was loaded from this host and port.
pub fn is_same_origin(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let default = match scheme {
        _ if scheme.eq_ignore_ascii_case("http") => 80,
        _ if scheme.eq_ignore_ascii_case("https") => 443,
        _ => return false,
    };
    let (Some((page, page_port)), Some((own, own_port))) = (split(authority), split(host)) else {
        return false;
    };
    !own.is_empty()
        && page.eq_ignore_ascii_case(own)
        && page_port.unwrap_or(default) == own_port.unwrap_or(default)
}

/// A name, or an address with its brackets, and a port.
fn split(host: &str) -> Option<(&str, Option<u16>)> {
    let end = match host.starts_with('[') {
        true => host.find(']')? + 1,
        false => host.find(':').unwrap_or(host.len()),
    };
    let (name, rest) = host.split_at(end);
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._[:]".contains(&byte));
    match rest.strip_prefix(':') {
        _ if !is_plain => None,
        None if rest.is_empty() => Some((name, None)),
        Some("") => Some((name, None)),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some((name, Some(port.parse().ok()?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_believed_if_strangers_cannot_own_its_name() {
        let own = ["papo.example.org", "Desk.example"];
        for good in [
            "localhost",
            "localhost:12345",
            "localhost:",
            "LocalHost.",
            "192.168.1.7:12345",
            "127.0.0.1",
            "[::1]:12345",
            "[fe80::1]",
            "raspberrypi",
            "printer:80",
            "ana.local",
            "ana.lan:12345",
            "chat.internal",
            "a.b.home.arpa",
            "papo.localhost",
            "PAPO.example.org",
            "papo.example.org.:443",
            "desk.example",
        ] {
            assert!(is_allowed_host(good, &own), "{good}");
        }
        for bad in [
            "",
            ".",
            ":80",
            "evil.example",
            "localhost.evil.example",
            "papo.example.org.evil.example",
            "evil.example:12345",
            "192.168.1.7.evil.example",
            "192.168.1.7.nip.io",
            "local.evil",
            "evilpapo.example.org",
            "[::1].evil.example",
            "[evil.example]",
            "[evil]",
            "[::1",
            "::1",
            "localhost:x",
            "localhost:99999",
            "localhost:80:80",
            "ana@localhost",
            "a,b",
        ] {
            assert!(!is_allowed_host(bad, &own), "{bad}");
        }
    }

    #[test]
    fn a_page_is_of_its_host_and_port() {
        for (origin, host) in [
            ("http://localhost:12345", "localhost:12345"),
            ("HTTP://LOCALHOST:12345", "localhost:12345"),
            ("http://192.168.1.7:12345", "192.168.1.7:12345"),
            ("http://[::1]:12345", "[::1]:12345"),
            ("https://chat.example", "chat.example"),
            ("https://chat.example", "chat.example:443"),
            ("https://chat.example:443", "chat.example"),
            ("http://chat.example", "chat.example:80"),
        ] {
            assert!(is_same_origin(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("null", "localhost:12345"),
            ("", ""),
            ("http://", ""),
            ("http://localhost:12346", "localhost:12345"),
            ("http://localhost", "localhost:12345"),
            ("http://localhost:12345", "localhost"),
            ("http://evil.example", "chat.example"),
            ("https://chat.example", "chat.example:80"),
            ("http://chat.example.evil", "chat.example"),
            ("file://localhost:12345", "localhost:12345"),
            ("chrome-extension://localhost", "localhost"),
            ("http://localhost:12345/", "localhost:12345"),
            ("http://ana@localhost", "localhost"),
            ("localhost", "localhost"),
        ] {
            assert!(!is_same_origin(origin, host), "{origin} {host}");
        }
    }
}
