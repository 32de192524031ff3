//! papo's server. This comment is the map.
//!
//! # The life of a line, in ten steps
//!
//! 1. `net/os` waits; `net/poller` reports which socket is readable. One wait begins a turn
//!    ([`turn::Server::turn`] numbers its steps).
//! 2. `turn/input` reads the conn's `transport` once, into a buffer shared by all conns.
//! 3. `dialect/telnet` removes telnet's sequences and answers them.
//! 4. `dialect/framing` splits the bytes into lines. At most 16 lines of a conn are handled in a
//!    turn, as fast as `flood` permits; the rest stays in the conn's inbox.
//! 5. `dialect` cleans the line (`clean`) and parses it into a request: say, private, join ...
//! 6. `hub` decides, and answers with effects: tell this room, tell this user, close.
//! 7. `turn/deliver` lets `dialect` render the effect's notice with `words`, once for each style
//!    (dialect and language) that has readers in the room ...
//! 8. ... and appends the bytes to the room's feed of that style. No reader gets a copy; conns that
//!    must not see the line, such as its speaker's, get a skip in their `reader`.
//! 9. `turn/flush` asks each conn's `reader` for the pieces to send, starting at its cursor in the
//!    feed, and gives them to its `transport`, which writes them with one call.
//! 10. A reader that takes less continues when `net/poller` reports room. If the ring overwrites a
//!     reader's position, its cursor is moved ahead and it is told how many lines it lost.
//!
//! # Where to start reading
//!
//! [`turn::Server::turn`] for the loop, [`hub::Hub::handle`] for the rules of chat,
//! [`fanout::reader::Reader`] for the core of the fan-out, `limits` for every number. The
//! transcripts in server/tests/transcripts show what users see: read them first.
//!
//! `turn` is the loop. It stands on `conn` and `transport` (one socket), `net` (system calls),
//! `store` (disk) and `ops` (for operators).
//! The rest only computes and knows no socket, no file and no clock: `dialect`, `hub`, `fanout`
//! (feeds and readers), `chattruco`. Modules do not import each other in a circle. A test
//! (server/tests/tidy.rs) checks both.
//!
//! # What is deliberately absent
//!
//! - Threads, locks and an async runtime on the path of a line. Four threads stand beside the loop:
//!   one writes the log, one reads the message of the day, one keeps the accounts (disk and password
//!   hashes), one the archive of what was said. None of them knows a conn.
//! - Callbacks and `dyn`: everything that can happen is a closed enum (`Request`, `Effect`,
//!   `Notice`, `Ready`).
//! - A queue for each reader, which would either grow without bound or disconnect slow readers.
//! - Errors in the hub: odd input has an effect like any other. `io::Result` ends in `turn`, as a
//!   [`hub::Gone`].
//! - Writing or closing while reading. Conns are closed in one place, at the end of a turn.
//! - State on disk, except accounts and bans. Conversations are gone when the server stops.
//! - Randomness, wall-clock time (except in the log and where a line shows it, see `clock`) and walks over
//!   hash maps: the simulation (server/tests/simulation) replays a run from its seed.
//!
//! docs/architecture.md has the terms and decisions, docs/protocol.md the wire format.

pub mod chattruco;
pub mod clock;
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
pub mod proxy;
pub mod store;
pub mod transport;
pub mod turn;
pub mod web;
