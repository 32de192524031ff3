//! A proxy's header from a conn's bytes: what is read does not depend on how they come, stays when more follow, and
//! is what another program would have read.

use papo_server::proxy::{Header, read};

/// The longest header that is read.
const MOST: usize = 16 + 8 * 1024;

pub(crate) fn check(data: &[u8]) {
    let mut before = Header::Possible;
    for len in 0..=data.len() {
        let now = read(&data[..len]);
        let is_next = match before {
            Header::Possible => !matches!(now, Header::Whole { .. }),
            Header::Begun => now != Header::Possible && now != Header::Absent,
            Header::Absent | Header::Whole { .. } | Header::Malformed => now == before,
        };
        assert!(is_next, "{before:?} became {now:?} at {len}");
        assert!(len < MOST || !matches!(now, Header::Possible | Header::Begun));
        before = now;
    }
    let Header::Whole { told, len } = before else {
        return;
    };
    assert!(len <= data.len());
    let Some(told) = told else {
        return;
    };
    assert_eq!(told.ip(), told.ip().to_canonical());
    let family = match told.is_ipv4() {
        true => "TCP4",
        false => "TCP6",
    };
    let (ip, port) = (told.ip(), told.port());
    let again = format!("PROXY {family} {ip} {ip} {port} 1\r\n");
    let (told, len) = (Some(told), again.len());
    assert_eq!(read(again.as_bytes()), Header::Whole { told, len });
}
