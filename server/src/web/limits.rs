//! The limits of what browsers and scripts send, with their arithmetic: as in the file of the same name above,
//! no other file of this folder holds a bare number that decides what a user may do.

use std::time::Duration;

/// Bytes in the head of a request over HTTP, as in most web servers: a browser's has 500 to 1000.
pub const HEAD_BYTES: usize = 8 * 1024;
/// Headers in it: browsers send a dozen, a proxy adds some.
pub const HEADERS: usize = 64;
/// Bytes in its target, the path and the query: a room's name with each byte written as three, and more. So the
/// first line of a request fits into a line of text (1024 bytes), which it may still be until `HTTP/` comes.
pub const TARGET_BYTES: usize = 1000;
/// Bytes in its body: some dozen long lines; what monitoring systems send to a hook has up to 20 KB.
pub const BODY_BYTES: usize = 64 * 1024;
/// Bytes in the line before each chunk of a body, most of them extensions, which nobody uses ...
pub const CHUNK_LINE_BYTES: usize = 256;
/// ... and in all headers after the last one together, of which none is looked at.
pub const TRAILER_BYTES: usize = 1024;
/// Bytes in a WebSocket message: a line with each byte escaped as six, its mark, and JSON around them.
pub const MESSAGE_BYTES: usize = 8 * 1024;

/// A request over HTTP has so long to come, from its first byte or from the connect.
pub const REQUEST_WITHIN: Duration = Duration::from_secs(20);
/// A conn may wait so long for its next request, and take so long to read an answer.
pub const KEPT_ALIVE: Duration = Duration::from_secs(60);
/// A script that listens is told so often that the server is there, as ntfy does: proxies end conns that are
/// silent for 60 s.
pub const KEEPALIVE_EVERY: Duration = Duration::from_secs(45);
/// Lines that one request may say.
pub const LINES_AT_ONCE: usize = 20;
/// Lines that all scripts of one address, or all senders of one hook, may say at once, and then in each minute.
pub const SCRIPT_LINES: u32 = 120;
/// Passwords of scripts verified at once for one address, and then in each minute: 60 x 25 ms of the worker.
pub const SCRIPT_LOGINS: u32 = 60;
/// Hooks at once: all are listed by `/hook`, in 20 KB.
pub const HOOKS: usize = 100;
