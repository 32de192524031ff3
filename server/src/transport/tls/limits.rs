//! The limits of TLS, with their arithmetic.

use std::time::Duration;

/// What a conn that speaks TLS is taken to hold at rest: the state of rustls, with 4 KiB to read into. Measured:
/// 7.6 KiB more than one in clear (docs/benchmarks.md).
pub const TLS_BYTES: usize = 8 * 1024;
/// Bytes of a conn in one record of TLS, at most: what the protocol allows.
pub const TLS_RECORD_BYTES: usize = 16 * 1024;
/// Records of which it is remembered how long they are, so that it is known what a lost peer has not
/// acknowledged: 4 bytes each, 512 a conn.
pub const TLS_RECORDS: usize = 128;
/// Records that are written over TLS 1.2, at most: no key there is for more than 2^24, nor can it be changed, and rustls
/// drops what comes after; some are its own. (Over TLS 1.3 it changes the key in time.)
pub const TLS12_RECORDS: u32 = (1 << 24) - 100;
/// Handshakes of TLS that go on in one turn: a step takes 0.2 ms with a key of the kind that we make ...
pub const HANDSHAKES: u32 = 16;
/// ... and with larger ones of the operator's several: no more begin after this time. So a line that comes
/// meanwhile waits for two turns of some milliseconds each.
pub const HANDSHAKES_WITHIN: Duration = Duration::from_millis(3);
