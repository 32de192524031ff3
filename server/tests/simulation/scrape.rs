//! Clients of the metrics: what they send, and what they may get. Exactly one answer, complete
//! unless the connection broke, and never a line of the chat.

use crate::dice::Dice;
use crate::link::Link;

/// The listener for them.
pub(crate) const DOOR: usize = 8;

/// A random request.
pub(crate) fn request(dice: &mut Dice) -> Vec<u8> {
    let line = dice.pick(&[
        "GET /metrics HTTP/1.1",
        "GET /metrics HTTP/1.1",
        "GET / HTTP/1.0",
        "POST /metrics HTTP/1.1",
        "hello",
    ]);
    let long = "x".repeat(dice.pick(&[0, 0, 900, 1100]));
    // Some are never complete.
    let end = dice.pick(&["\r\n", "\r\n", ""]);
    format!("{line}\r\nHost: x{long}\r\n{end}").into_bytes()
}

/// Checks the answer to its request. `in_time`: it had all the time it needs.
pub(crate) fn check(link: &Link, in_time: bool) -> Option<&'static str> {
    let asked = String::from_utf8_lossy(&link.read);
    let is_sound = !link.reset && !link.failed && !link.unwatched && link.id.is_some();
    let is_let_in = link.id.is_some();
    assert!(
        is_let_in || link.written.is_empty(),
        "not let in, it is told {:?}",
        String::from_utf8_lossy(&link.written)
    );
    if link.written.is_empty() {
        let must = in_time && is_sound && link.blocked.is_none() && asked.contains("\r\n\r\n");
        assert!(!must, "nobody answers {asked:?}");
        return None;
    }
    let told = String::from_utf8(link.written.clone()).expect("I8: what is sent is UTF-8");
    let status = match asked.lines().next().unwrap_or_default() {
        _ if asked.lines().any(|line| line.len() > 1024) => "431",
        "GET /metrics HTTP/1.1" => "200",
        "GET / HTTP/1.0" => "404",
        "POST /metrics HTTP/1.1" => "405",
        _ => "400",
    };
    let Some((head, body)) = told.split_once("\r\n\r\n") else {
        assert!("HTTP/1.1 ".starts_with(told.get(..9).unwrap_or(&told)));
        return None;
    };
    let begins = format!("HTTP/1.1 {status} ");
    assert!(head.starts_with(&begins), "{asked:?} is told {head:?}");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    let length: usize = length.and_then(|n| n.parse().ok()).expect("a length");
    assert!(body.len() <= length, "more than the length says");
    let is_whole = body.len() == length;
    assert!(
        is_whole || !link.server_fin || !is_sound || link.blocked.is_some(),
        "{} bytes of {length}",
        body.len()
    );
    if status == "200" && is_whole {
        for line in body.lines().filter(|line| !line.starts_with('#')) {
            let value = line.strip_prefix("papo_").and_then(|l| l.rsplit_once(' '));
            let is_number = value.is_some_and(|(_, value)| value.parse::<f64>().is_ok());
            assert!(is_number, "no metric: {line:?}");
        }
        return Some("metrics");
    }
    None
}
