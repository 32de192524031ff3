//! Every limit of the server, with its arithmetic. Nothing else in the crate holds a bare number
//! that decides what a user may do or how much memory a user may cost.

use std::time::Duration;

/// Bytes of text in one line, without its end. A long paragraph has about 900 bytes.
pub const LINE_BYTES: usize = 1024;
/// Overlong lines in a row before the conn is closed: the first two are told.
pub const LONG_LINES: u32 = 3;
/// Bytes without any line end before the conn is closed: 16 lines' worth.
pub const ENDLESS_BYTES: usize = 16 * LINE_BYTES;
/// Combining marks kept on one letter; scripts in use need four or five.
pub const MARKS: usize = 8;

/// Characters in a name.
pub const NAME_CHARS: usize = 20;
/// Names told in a join, a leave or a welcome; the rest is a number, so that N joins cost N lines
/// of bounded length and never N x N names.
pub const NAMES_SHOWN: usize = 5;
/// Rooms of fewer readers than this are told at once who came or left.
pub const NEWS_AT_ONCE: u32 = 64;
/// Larger ones after a pause of so much for each reader since the last time. A write to a reader
/// costs about 5 us, so that this news takes a quarter of the processor at most; the pause is 20 ms
/// in a room of 1000 and 200 ms in one of 10,000.
pub const NEWS_PAUSE: Duration = Duration::from_micros(20);
/// Names in one answer to `/online`, and rooms in one to `/rooms`: 200 x 61 bytes at most = 12 KiB.
pub const NAMES_LISTED: usize = 200;
/// Names one user may ignore.
pub const IGNORES: usize = 100;

/// Lines of a room that are kept for `/history`.
pub const HISTORY_LINES: usize = 100;
/// Bytes of text of a room that are kept for `/history`, so that 1000 rooms cost 16 MiB at most.
pub const HISTORY_BYTES: usize = 16 * 1024;
/// Lines that `/history` tells without a number.
pub const HISTORY_TOLD: usize = 20;

/// Bytes read from one conn in one turn, with one call.
pub const READ_BYTES: usize = 16 * 1024;
/// Lines handled for one conn in one turn.
pub const READ_LINES: usize = 16;
/// Bytes handled in one turn for all conns together (each line counts [`LINE_COST_BYTES`] more); the
/// rest waits for the next turn. With one conn's last helping of `READ_LINES` lines (17 KiB) still
/// less than `WRITE_BYTES`: what a turn brings in, the same turn can write out to every reader, so
/// nobody falls behind who takes what is written.
pub const TURN_BYTES: usize = 32 * 1024;
/// What a line costs in a feed beside its text: a name of 20 characters (60 bytes) and brackets.
pub const LINE_COST_BYTES: usize = 64;
/// Conns accepted in one turn.
pub const ACCEPTS: usize = 16;
/// Bytes written to one conn in one turn.
pub const WRITE_BYTES: usize = 64 * 1024;
/// Slices in one `writev`: the kernel takes 1024, more than 64 never paid.
pub const WRITE_SLICES: usize = 64;

/// A room's feed grows to this while a reader lags, and no further.
pub const FEED_BYTES: usize = 1024 * 1024;
/// A feed begins with this: about 60 lines; 2000 rooms cost 8 MiB.
pub const FEED_FIRST_BYTES: usize = 4096;
/// Unread private bytes of one conn; more than that closes it.
pub const PRIVATE_BYTES: usize = 64 * 1024;
/// Unread bytes of one conn above which its own commands wait, so that the answers to them cannot
/// fill its queue. The largest single answer is below `PRIVATE_BYTES - PAUSE_BYTES` = 48 KiB.
pub const PAUSE_BYTES: usize = 16 * 1024;

/// Lines before there is a name.
pub const NAMELESS_LINES: u32 = 32;
/// Time to give a name.
pub const NAME_WITHIN: Duration = Duration::from_secs(60);
/// The same when more than 4/5 of the conns are taken.
pub const NAME_WITHIN_WHEN_FULL: Duration = Duration::from_secs(10);
/// A reader that takes no byte for this long, while it is owed some, is gone.
pub const NO_PROGRESS: Duration = Duration::from_secs(600);
/// The last lines of a user whose connection is gone are said for so long: 130 of them at the usual
/// rate. Without an end, flood control would stretch the 6 MB that the kernel may hold of one
/// `yes | nc` over days, with the name taken and nobody there to stop it.
pub const GONE_WITHIN: Duration = Duration::from_secs(60);
/// What is due is flushed for so long when we close, and at a stop of the server.
pub const FLUSH_WITHIN: Duration = Duration::from_secs(5);
/// After our half is closed we read on for so long, so that the kernel does not answer unread
/// input with a reset that destroys our last line on its way.
pub const LINGER: Duration = Duration::from_secs(2);
/// Pause of accepting when descriptors have run out (nginx has the same).
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(500);
/// Descriptors kept free of conns (a quarter of them where they are few): listeners, poller, timer,
/// log, console, libraries.
pub const RESERVED_DESCRIPTORS: usize = 64;

/// Bytes of text one user may send at once ...
pub const FLOOD_BURST_BYTES: u32 = 8 * 1024;
/// ... and then each second.
pub const FLOOD_BYTES_PER_S: u32 = 2 * 1024;
