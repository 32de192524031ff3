//! Every limit of the server, with its arithmetic. Nothing else in the crate holds a bare number
//! that decides what a user may do or how much memory a user may cost.

use std::time::Duration;

/// The port that papo has when no other is said, and that its clients try.
pub const PORT: u16 = 12345;

/// Bytes of text in one line, without its end. A long paragraph has about 900 bytes.
pub const LINE_BYTES: usize = 1024;
/// Overlong lines in a row before the conn is closed: the first two are told.
pub const LONG_LINES: u32 = 3;
/// Bytes without any line end before the conn is closed: 16 lines' worth.
pub const ENDLESS_BYTES: usize = 16 * LINE_BYTES;
/// Combining marks kept on one letter; scripts in use need four or five.
pub const MARKS: usize = 8;

/// Blanks in a row that stay inside a text: a tab, and far too few to fill a row of a screen.
pub const BLANKS: usize = 4;

/// Columns of blanks that stay at its beginning: four levels of code.
pub const INDENTATION: usize = 16;

/// Characters in a name ...
pub const NAME_CHARS: usize = 20;
/// ... or, when that is more, bytes: the clients of Chat em Tempo Real (VPN) know names of 50.
pub const NAME_BYTES: usize = 50;
/// Bytes in a password: a phrase of twenty words. An endless one would cost time to read and hash.
pub const PASSWORD_BYTES: usize = 128;
/// Bytes in the e-mail address of a direct user; RFC 5321 lets no mail travel to a longer one.
pub const EMAIL_BYTES: usize = 254;
/// Names told in a join, a leave or a welcome; the rest is a number, so that N joins cost N lines
/// of bounded length and never N x N names.
pub const NAMES_SHOWN: usize = 5;
/// Reasons for leaving that wait to be told in one line each. There are fewer but for the words of
/// those who leave with words, and what is looked through for each who leaves is to be short.
pub const REASONS_TOLD: usize = 8;
/// Rooms of fewer readers than this are told at once who came or left.
pub const NEWS_AT_ONCE: u32 = 64;
/// Larger ones after a pause of so much for each reader since the last time. A write to a reader
/// costs about 5 us, so that this news takes a quarter of the processor at most; the pause is 20 ms
/// in a room of 1000 and 200 ms in one of 10,000.
pub const NEWS_PAUSE: Duration = Duration::from_micros(20);
/// Names in each line of an answer to `/online`, and rooms in one to `/rooms`: 200 x 82 bytes at most
/// = 16 KiB.
pub const NAMES_LISTED: usize = 200;
/// Direct users in an answer to `/online`: 50 x 256 bytes at most = 13 KiB, so that the answer with
/// its three lines has at most 46 KiB.
pub const DIRECTS_LISTED: usize = 50;
/// Names one user may ignore.
pub const IGNORES: usize = 100;

/// Lines of a room that are kept for `/history`.
pub const HISTORY_LINES: usize = 100;
/// Bytes of text of a room that are kept for `/history`.
pub const HISTORY_BYTES: usize = 16 * 1024;
/// Lines that `/history` tells without a number.
pub const HISTORY_TOLD: usize = 20;

/// Bytes of memory that conns, feeds and histories may hold together, unless the operator says
/// otherwise: what 96 feeds at their largest hold, or 2000 conns that do not read. What one conn, one
/// feed or one history may hold is bounded by the limits below; this is for many of them at once.
pub const MEMORY_BYTES: usize = 256 * 1024 * 1024;
/// Of that, conns may hold so many eighths ...
pub const CONNS_EIGHTHS: usize = 4;
/// ... feeds so many ...
pub const FEEDS_EIGHTHS: usize = 3;
/// ... and histories so many: 32 MiB, or 2000 rooms with a full one.
pub const HISTORIES_EIGHTHS: usize = 1;
/// When feeds or histories hold too much, the largest are cut until all hold so many eighths of what
/// they may: so the next time is far.
pub const SPARED_EIGHTHS: usize = 6;
/// All conns are looked at when they were given this part of what they may hold since the last look:
/// so they never hold more than a sixteenth beyond it, and 8 MiB of lines pay for one look.
pub const LOOK_PART: usize = 16;

/// Bytes read from one conn in one turn, with one call.
pub const READ_BYTES: usize = 16 * 1024;
/// Lines handled for one conn in one turn.
pub const READ_LINES: usize = 16;
/// Bytes handled in one turn for all conns together (each line counts [`LINE_COST_BYTES`] more); the
/// rest waits for the next turn. A line counts with what cleaning makes of it, so with the last one
/// (3 KiB) it is still less than `WRITE_BYTES`: what a turn brings in, the same turn can write out to
/// every reader, so nobody falls behind who takes what is written.
pub const TURN_BYTES: usize = 32 * 1024;
/// What a line costs in a feed beside its text: a name of 20 characters (60 bytes) and brackets.
pub const LINE_COST_BYTES: usize = 64;
/// Places of `--max-conns` that are for those on the host, where there are so many that an eighth of
/// them is that much: an operator or two, with room for what watches the server.
pub const PLACES_ON_HOST: usize = 8;
/// Conns accepted in one turn.
pub const ACCEPTS: usize = 16;
/// Conns that may wait at a listener: as many as the kernel grants (`somaxconn`, usually 4096), so
/// that a class can join at once.
pub const WAITING: i32 = 4096;
/// Those who are not let in and have a moment to read why. Few, because each has a descriptor, of
/// which there may be none to spare; one more ends the moment of the first.
pub const REFUSED: usize = 4;
/// Bytes written to one conn in one turn.
pub const WRITE_BYTES: usize = 64 * 1024;
/// Slices in one `writev`: the kernel takes 1024, more than 64 never paid.
pub const WRITE_SLICES: usize = 64;

/// A room's feed grows to this while a reader lags, and no further.
pub const FEED_BYTES: usize = 1024 * 1024;
/// A feed begins with this: about 60 lines; 2000 rooms cost 8 MiB.
pub const FEED_FIRST_BYTES: usize = 4096;
/// Up to this it may grow at the cost of those who lag elsewhere: a turn brings up to 49 KiB, and a
/// full ring forgets a quarter at once.
pub const FEED_GRANTED_BYTES: usize = 128 * 1024;
/// Lines of a feed are counted from marks, one in so many bytes: 16 bytes for each of them, 1.6 %.
pub const FEED_MARK_BYTES: usize = 1024;
/// Unread private bytes of one conn; more than that closes it.
pub const PRIVATE_BYTES: usize = 64 * 1024;
/// Private bytes are kept in pieces of so many, unless one answer is longer, and each piece is freed
/// when it is sent: about 60 lines.
pub const INSERT_BYTES: usize = 4 * 1024;
/// Runs of lines in a feed that one conn has to leave out, for whom it ignores, before it is moved
/// ahead: 1024 x 40 bytes x 2 = 80 KiB.
pub const SKIPS: usize = 1024;
/// What one outbox may hold, used or not. One that holds half of it is closed; the rest is for one
/// answer more, `SKIPS`, and room.
pub const OUTBOX_BYTES: usize = 512 * 1024;
/// Unread bytes of one conn above which its own commands wait, so that the answers to them cannot
/// fill its queue. The largest single answer is below `PRIVATE_BYTES - PAUSE_BYTES` = 48 KiB.
pub const PAUSE_BYTES: usize = 16 * 1024;

/// Lines before there is a name.
pub const NAMELESS_LINES: u32 = 32;
/// Time to give a name.
pub const NAME_WITHIN: Duration = Duration::from_secs(60);
/// The same when more than 4/5 of the conns are taken.
pub const NAME_WITHIN_WHEN_FULL: Duration = Duration::from_secs(10);
/// A conn of a listener that understands everybody, which has sent something without a line end and
/// then nothing for so long, is a client that sends no line ends. Longer than a slow network tears a
/// line apart, shorter than its user waits for an answer.
pub const CHUNK_SILENCE: Duration = Duration::from_millis(500);
/// The same for a single letter, which is rather the first one of a name that somebody types at a
/// terminal that sends each key: longer than one looks for the next key.
pub const LETTER_SILENCE: Duration = Duration::from_secs(3);
/// After such a silence so long: somebody who looks up and goes on typing is found out.
pub const GUESS_KEPT: Duration = Duration::from_secs(5);
/// A CR with no LF behind it for so long, from a conn that never sent an LF, is Enter at a terminal in raw
/// mode. Longer than a network tears CR LF apart, shorter than a user notices.
pub const RETURN_SILENCE: Duration = Duration::from_millis(100);
/// Before the last word of a relay client: what was sent before must have been read by then, because
/// the word counts only when one read returns it alone.
pub const HUSH: Duration = Duration::from_millis(200);
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
/// A wake-up later than this means that the process stood still, and everybody gets that time back.
pub const STALL: Duration = Duration::from_secs(5);
/// Who wants the name of somebody from its own address waits so long for a sign of life of that one,
/// whose system is asked each second: ten questions without an answer are no lost packets and no walk
/// from one access point to the next.
pub const GHOST_WITHIN: Duration = Duration::from_secs(10);
/// It is gone only when so many questions in a row have had no answer, so that no lost packet is taken
/// for an end,
pub const GHOST_QUESTIONS: u32 = 3;
/// and when one of them came after the wish for its name, and has waited so long.
pub const GHOST_ANSWER: Duration = Duration::from_secs(2);
/// Between two looks at what has come of that; a system that is there answers within one of them.
pub const GHOST_LOOK: Duration = Duration::from_millis(250);
/// Pause of accepting when descriptors have run out (nginx has the same).
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(500);
/// Descriptors kept free of conns (a quarter of them where they are few): listeners, poller, timer,
/// log, console, libraries.
pub const RESERVED_DESCRIPTORS: usize = 64;

/// Bytes of text one user may send at once ...
pub const FLOOD_BURST_BYTES: u32 = 8 * 1024;
/// ... and then each second.
pub const FLOOD_BYTES_PER_S: u32 = 2 * 1024;

/// Wrong passwords at once from one address, and as many again in each minute, as ergo allows.
pub const WRONG_PASSWORDS: u32 = 3;
/// The same for one account, from wherever they come. More than from one address, so that a guesser
/// does not keep its owner out.
pub const WRONG_PASSWORDS_FOR_ONE: u32 = 10;
/// Names registered and passwords changed at once from one address, and as many again in each
/// minute: a few for each user of a host that several share.
pub const ACCOUNT_CHANGES: u32 = 10;
/// Orders of operators about bans and accounts that wait for the worker: a second's work, less than 1 MiB.
pub const CHANGES_WAITING: usize = 1000;
/// Memory of one argon2id hash, in KiB: 19 MiB. This and the next two are what the OWASP Password
/// Storage Cheat Sheet asks for at least: m=19456, t=2, p=1. There is one worker, so one such memory.
pub const HASH_MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
pub const HASH_PASSES: u32 = 2;
/// Lanes in it; one, as the worker is one thread.
pub const HASH_LANES: u32 = 1;
/// A stored hash may ask for so many times the memory and the passes of ours, as another version may
/// have made it: 304 MiB. More than that is damage, and is not tried.
pub const HASH_EXCESS: u32 = 16;
/// The memory of a hash is kept for the next one so long: people log in one upon the other after a
/// restart, and a server where nobody does should not hold 19 MiB.
pub const HASH_MEMORY_KEPT: Duration = Duration::from_secs(5);
/// Questions about accounts that may wait for the worker in each lane, and answers for the loop. At 15
/// to 30 ms for each, the last one of a lane waits for 2 s, or longer by what stands in other lanes;
/// more are told that the server is busy. Logins by datagram have [`QUESTIONS`] places instead.
pub const LANE_PLACES: usize = 64;
/// Answers about accounts that are not there, held back for as long as a hash takes, 25 ms: enough for
/// 40,000 a second, more than come in; 1000 x 0.4 KiB = 400 KiB. With more the oldest goes out early.
pub const ANSWERS_HELD: usize = 1000;
/// A database that another program holds is waited for so long.
pub const ACCOUNTS_LOCKED: Duration = Duration::from_secs(2);
/// Bans at once, and mutes: 1000 x 0.3 KiB = 300 KiB. Each address that comes is compared with all.
pub const BANS: usize = 1000;
/// Bans in an answer to `/banned`: 60 x 0.6 KiB at most = 36 KiB.
pub const BANS_LISTED: usize = 60;
/// Accounts in an answer to `/accounts`: 60 x 0.3 KiB = 18 KiB.
pub const ACCOUNTS_LISTED: usize = 60;
/// Characters of the reason of a kick or a ban; what is longer is cut.
pub const REASON_CHARS: usize = 120;
/// Conns at once that ask for the metrics.
pub const SCRAPES: usize = 8;
/// Time for the head of such a request ...
pub const SCRAPE_WITHIN: Duration = Duration::from_secs(10);
/// ... and bytes in it, as most web servers have it.
pub const SCRAPE_BYTES: usize = 8 * 1024;
/// Bytes of a datagram of the directory, either way: the buffer of a ChatTruco client. More than one
/// Ethernet frame holds; the kernel cuts and joins it.
pub const DATAGRAM_BYTES: usize = 2048;
/// Users of the directory online at once. Each costs a list a second: 1000 x 2 KiB = 2 MB/s, a fifth
/// of a 100 Mbit network. A list shows about 80 of them.
pub const DIRECTORY_USERS: usize = 1000;
/// Between two heartbeats of one user. A client that gets none for 4 s ends itself, so three in a row
/// may be lost on the way to it.
pub const HEARTBEAT: Duration = Duration::from_secs(1);
/// Heartbeats in a row without an answer after which a user is offline.
pub const HEARTBEATS_MISSED: u32 = 3;
/// Heartbeats sent in one turn: 32 x 2 KiB = 64 KiB, which the usual send buffer of 208 KiB holds
/// with the kernel's own bytes.
pub const HEARTBEATS_PER_TURN: usize = 32;
/// A client of the directory that has answered no heartbeat yet is sent no datagram of more than so many
/// times the bytes of its login, but for its own entry: its address may be somebody else's, who would
/// be flooded with ours. Three is what QUIC allows (RFC 9000, 8.1).
pub const UNPROVEN_TIMES: usize = 3;
/// Private lines that wait for such a client: it answers within a second or is gone after four.
pub const DATAGRAMS_WAITING: usize = 16;
/// A list that is asked for again sooner than this is not sent again: whoever repeats a login to have
/// lists sent to somebody else gets two a second out of it, and a heartbeat is on its way anyway.
pub const LIST_AGAIN: Duration = Duration::from_millis(500);
/// How long the answer to a login or a registration is given again to the same datagram from the same
/// address, without asking the accounts: clients repeat after a second or a few.
pub const ANSWER_KEPT: Duration = Duration::from_secs(10);
/// A question that the accounts have not answered by then is forgotten. A hash takes 25 ms and few
/// wait for one, so such an answer is lost, not late.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Addresses with a question or a kept answer: 40 hashes a second x 10 s = 400 answers, and room for
/// those who wait; 1000 x 0.4 KiB = 400 KiB.
pub const QUESTIONS: usize = 1000;
/// Logins of one address that may fail at once, and then each minute (ergo: 3 a minute).
pub const LOGINS_PER_ADDRESS: u32 = 3;
/// Logins into one account that may fail at once, and then each minute, from all addresses together,
/// which can be forged: 14,400 guesses a day. No fewer, since whoever uses them up keeps the owner out.
pub const LOGINS_PER_EMAIL: u32 = 10;
/// Registrations of one address at once, and then each minute.
pub const REGISTRATIONS: u32 = 3;
/// Messages of one user of the directory at once ...
pub const DATAGRAM_BURST: u32 = 10;
/// ... and then each second: as for a conn, but a datagram cannot wait and is refused.
pub const DATAGRAMS_PER_S: u32 = 2;
/// Between two lines of the log about datagrams that mean nothing, or about logins not looked at.
pub const DATAGRAM_LOG: Duration = Duration::from_secs(10);
/// Datagrams received in one turn. Each is looked at for about 1 us, a login for a few more.
pub const DATAGRAMS_PER_TURN: usize = 64;
