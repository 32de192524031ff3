//! What browsers and scripts speak, as bytes: HTTP/1.1 and WebSocket.
//!
//! It knows no socket, no conn and no chat: bytes come in, requests and messages go out, and the reverse.

mod encoding;
pub mod frame;
pub mod hook;
pub mod http;
pub mod limits;
pub mod page;
pub mod qr;
pub mod socket;
#[cfg(test)]
mod torn;
