//! Base64 as HTTP, WebSocket and pages write it: the usual letters, with padding (RFC 4648, section 4).

use base64::prelude::{BASE64_STANDARD, Engine};

/// These bytes as text.
pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The bytes of this text, if it is such.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}
