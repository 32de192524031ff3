//! A line that is said under a registered name as scripts do it, over HTTP (docs/protocol.md, "Scripts over HTTP").
//! Nobody joins for it.
//!
//! Invariant: the line was said if the server has answered so with 200, and nothing else is taken for that.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::link::Link;
use crate::ending::Failure;
use crate::text;
use crate::wait::wait;

/// How long the answer may take.
const WITHIN: Duration = Duration::from_secs(30);
/// More than any answer has.
const ANSWER_BYTES: usize = 64 * 1024;

/// Say it in this room under this name with its password.
pub(super) fn say(
    link: &mut Link,
    room: &str,
    (name, password): &(String, String),
    said: &str,
) -> Result<(), Failure> {
    let credentials = BASE64_STANDARD.encode(format!("{name}:{password}"));
    let path = path(room.trim_start_matches('#'));
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {credentials}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{said}",
        said.len()
    );
    link.send(request.as_bytes());
    let answer = answer(link)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(Failure::Closed)?;
    if head.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    let why = body.lines().next().unwrap_or_default();
    Err(Failure::Service(text::received(why.as_bytes())))
}

/// All that the server sends until it closes.
fn answer(link: &mut Link) -> Result<String, Failure> {
    let end = Instant::now() + WITHIN;
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    while Instant::now() < end && answer.len() < ANSWER_BYTES {
        link.flush();
        match link.receive(&mut buffer) {
            Ok(Some(0)) => break,
            Ok(Some(n)) => answer.extend_from_slice(&buffer[..n]),
            Ok(None) => {
                wait(&mut [link.poll_fd()], Some(end)).map_err(Failure::ConnectionLost)?;
            }
            Err(error) => return Err(Failure::ConnectionLost(error)),
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn path(room: &str) -> String {
    let escaped = |byte: u8| match byte.is_ascii_alphanumeric() || b"_-".contains(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    room.bytes().map(escaped).collect()
}
