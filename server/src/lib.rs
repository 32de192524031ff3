//! papo's server: this comment is the map.
//!
//! # The life of a line, in ten hops
//!
//! 1. `net/os` waits; `net/poller` says which socket has something to read. One wait begins a turn
//!    ([`turn::Server::turn`] numbers its steps).
//! 2. `turn/input` reads the socket once, into one buffer for all.
//! 3. `telnet` takes out what is telnet's, and answers it.
//! 4. `framing` cuts the bytes into lines. At most 16 of a conn are handled in a turn, as fast as
//!    `flood` lets them through; the rest stays in the conn's inbox.
//! 5. `dialect` makes the line safe to show (`clean`) and a request of it: say, private, join ...
//! 6. `hub` judges the request and answers with effects: tell this room, tell this user, close.
//! 7. `turn/deliver` has `dialect` render the effect's notice with `words`, once for each style
//!    (dialect and language) that the room has readers of ...
//! 8. ... and appends the bytes to that room's `feed`. Nothing is copied for each reader; who must
//!    not see the line, its speaker above all, gets a skip in its `outbox`.
//! 9. `turn/flush` asks each reader's `outbox` for the pieces it is owed, from its cursor in the
//!    feed on, and writes them with one call.
//! 10. A reader that takes less is asked again when `poller` says it has room; one that the feed's
//!     end has overtaken by a whole ring is moved ahead and told how many lines it lost.
//!
//! # Where to begin to read
//!
//! [`turn::Server::turn`] for the loop, [`hub::Hub::handle`] for what chat means, [`fanout::outbox::Outbox`]
//! for the heart of the fan-out, `limits` for every number. The tests of [`hub`] are transcripts in
//! server/tests/transcripts: read them first to see what users see.
//!
//! `turn` is the loop, on `net` with the system calls, `store` with the disk and `ops` for operators. The
//! rest only computes and knows no socket, no file and no clock: `dialect` (with telnet, framing and
//! words), `hub`, `fanout` (rings and readers), `chattruco`. Nothing names another in a circle. A test
//! (server/tests/tidy.rs) holds both.
//!
//! # What is deliberately absent
//!
//! - Threads, locks and an async runtime on the way of a line. Three threads stand beside the loop:
//!   one writes the log, one reads the message of the day, one keeps the accounts (disk and password
//!   hashes). None of them knows a conn.
//! - Callbacks and `dyn`: what can happen is a closed enum (`Request`, `Effect`, `Notice`, `Ready`).
//! - A queue for each reader, and with it the choice between endless memory and cutting the slow.
//! - Errors in the hub: odd input is an effect too. `io::Result` ends in `turn`, as a [`hub::Gone`].
//! - Writing or closing while reading. Conns die at one place, at the end of a turn.
//! - State on disk, but for accounts and bans. What was said is forgotten when the server ends.
//! - Randomness, wall-clock time (but in the log) and walks over hash maps: the simulation
//!   (server/tests/simulation) replays an evening from its seed.
//!
//! Words and reasons are in docs/architecture.md, what goes over the wire in docs/protocol.md.

pub mod chattruco;
pub mod conn;
pub mod dialect;
pub mod fanout;
pub mod flood;
pub mod hub;
pub mod limits;
pub mod net;
pub mod ops;
pub mod pace;
pub mod places;
pub mod store;
pub mod transport;
pub mod turn;
