//! The limits of ChatTruco's directory, with their arithmetic. What the rest of the server needs
//! too is in the server's limits.rs.

use std::time::Duration;

/// Bytes of a datagram of the directory, either way: the buffer of a ChatTruco client. That is more
/// than one Ethernet frame; the kernel fragments it.
pub const DATAGRAM_BYTES: usize = 2048;
/// Bytes of datagrams that the kernel may keep for the directory, each way: a small one takes 768 with
/// its overhead, so 1000 logins or answers fit, if the system allows so much.
pub const DATAGRAM_BUFFER: usize = 1 << 20;
/// Names that a list can hold at most: its shortest entry is `a:1.2.3.4#`.
pub(super) const LISTED: usize = DATAGRAM_BYTES / 10;
/// Users of the directory online at once. Each costs a list a second: 1000 x 2 KiB = 2 MB/s, a fifth
/// of a 100 Mbit network. A list shows about 80 of them.
pub(super) const DIRECTORY_USERS: usize = 1000;
/// The interval of a user's heartbeats. A client exits after 4 s without one, so three in a row may
/// be lost.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(1);
/// Unanswered heartbeats in a row after which a user is offline.
pub(super) const HEARTBEATS_MISSED: u32 = 3;
/// Heartbeats sent in one turn: 32 x 2 KiB = 64 KiB, which fits into the usual send buffer of 208
/// KiB with the kernel's overhead.
pub(super) const HEARTBEATS_PER_TURN: usize = 32;
/// A client of the directory that has not answered a heartbeat yet gets no datagram longer than
/// this many times its login, except its own entry: its address may be forged, and somebody else
/// would be flooded. QUIC allows three too (RFC 9000, 8.1).
pub(super) const UNPROVEN_TIMES: usize = 3;
/// Private lines that wait for a client that has just logged in: it answers within a second or is
/// gone after four.
pub(super) const DATAGRAMS_WAITING: usize = 16;
/// A login that comes again sooner than this has a list of no more than [`UNPROVEN_TIMES`] its own
/// length, and the rest with the next heartbeat: one that is repeated by somebody else brings two
/// whole lists a second.
pub(super) const LIST_AGAIN: Duration = Duration::from_millis(500);
/// A login moves its user's heartbeats by up to a second, but no sooner again than this: a client
/// without one for 4 s ends.
pub(super) const HEARTBEAT_MOVED: Duration = Duration::from_secs(3);
/// How long the answer to a login is repeated to the same datagram from the same address without
/// asking the accounts: papo-chattruco repeats each second.
pub(super) const ANSWER_KEPT: Duration = Duration::from_secs(10);
/// A question without a verdict by then is answered with a refusal. A hash takes 25 ms, so a
/// thousand before it take half of that.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Failed logins of one address at once, and then in each minute (ergo: 3 a minute).
pub(super) const LOGINS_PER_ADDRESS: u32 = 3;
/// Failed logins into one account at once, and then in each minute, from all addresses together,
/// which can be forged: 14,400 guesses a day. Not fewer, since using them up locks the owner out.
pub(super) const LOGINS_PER_EMAIL: u32 = 10;
/// Registrations of one address at once, and then in each minute.
pub(super) const REGISTRATIONS: u32 = 3;
/// Messages of one user of the directory at once ...
pub(super) const DATAGRAM_BURST: u32 = 10;
/// ... and then in each second: as for a conn, but a datagram cannot wait and is refused.
pub(super) const DATAGRAMS_PER_S: u32 = 2;
/// The interval between log lines about meaningless datagrams or dropped logins.
pub(super) const DATAGRAM_LOG: Duration = Duration::from_secs(10);
/// Datagrams received in one turn. Each takes about 1 us, a login a few more.
pub const DATAGRAMS_PER_TURN: usize = 64;
