//! Strays: recognises by their first bytes clients that speak another protocol, so that they get
//! one polite line instead of a dialogue about names. Looked at only before a conn has said anything.

use crate::hub::Foreign;

/// Whether the first bytes of a conn are a TLS record of the handshake kind. The first byte is
/// enough: 0x16 is control-V, with which no name begins.
pub fn is_tls(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x16)
}

/// What protocol a conn speaks whose first line is this, if it is none of ours.
pub fn of_line(line: &[u8]) -> Option<Foreign> {
    if line.starts_with(b"SSH-") {
        return Some(Foreign::Ssh);
    }
    let version = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let is_request =
        version.starts_with(b"HTTP/") && line.iter().filter(|byte| **byte == b' ').count() >= 2;
    is_request.then_some(Foreign::Http)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_strays_from_names() {
        assert_eq!(of_line(b"GET / HTTP/1.1"), Some(Foreign::Http));
        assert_eq!(of_line(b"PRI * HTTP/2.0"), Some(Foreign::Http));
        assert_eq!(of_line(b"SSH-2.0-OpenSSH_9.2"), Some(Foreign::Ssh));
        assert_eq!(of_line(b"get"), None);
        assert_eq!(of_line(b"ana"), None);
        assert_eq!(of_line("josé".as_bytes()), None);
        assert!(is_tls(&[0x16, 0x03, 0x01]));
        assert!(!is_tls(b"ana\n"));
    }
}
