//! Every limit of the server, with its arithmetic, but those of ChatTruco alone
//! (chattruco/limits.rs), of browsers and scripts (web/limits.rs) and of TLS (transport/tls/limits.rs). No other file holds a bare number that decides
//! what a user may do or how much memory a user may cost.

use std::time::Duration;

/// The default port, which clients try too.
pub const PORT: u16 = 12345;

/// Bytes of text in one line, without its end. A long paragraph has about 900 bytes.
pub const LINE_BYTES: usize = 1024;
/// Overlong lines in a row before the conn is closed; the first two are refused with a notice.
pub const LONG_LINES: u32 = 3;
/// Bytes without a line end before the conn is closed: 16 lines.
pub const ENDLESS_BYTES: usize = 16 * LINE_BYTES;
/// Combining marks after one letter; scripts in use need four or five.
pub const MARKS: usize = 8;
/// Blanks in a row inside a text: a tab, and far too few to fill a row of a screen.
pub const BLANKS: usize = 4;
/// Columns of blanks at the beginning of a text: four levels of code.
pub const INDENTATION: usize = 16;

/// Characters in a name ...
pub const NAME_CHARS: usize = 20;
/// ... or bytes, if that allows more: the clients of Chat em Tempo Real (VPN) have names of 50.
pub const NAME_BYTES: usize = 50;
/// Bytes in a password: a phrase of twenty words. A longer one would cost time to read and hash.
pub const PASSWORD_BYTES: usize = 128;
/// Bytes in the e-mail address of a direct user: the maximum of RFC 5321.
pub const EMAIL_BYTES: usize = 254;
/// Names shown in a join, a leave or a welcome; the rest is a number, so that N joins cost N lines
/// of bounded length and not N x N names.
pub const NAMES_SHOWN: usize = 5;
/// Different reasons among pending leaves; more are told at once. Only quits with parting words
/// could make more, and each leave searches the list.
pub const REASONS_TOLD: usize = 8;
/// Rooms with fewer readers than this are told of joins and leaves at the end of the turn.
pub const NEWS_AT_ONCE: u32 = 64;
/// Larger rooms are told after a pause of this much for each reader. A write to a reader costs
/// about 5 us, so joins and leaves take at most a quarter of the processor; the pause is 20 ms in a
/// room of 1000 and 200 ms in one of 10,000.
pub const NEWS_PAUSE: Duration = Duration::from_micros(20);
/// Names in each line of the answer to `/online`, and rooms in that to `/rooms`: 200 x 82 bytes at
/// most = 16 KiB.
pub const NAMES_LISTED: usize = 200;
/// Direct users in the answer to `/online`: 50 x 256 bytes at most = 13 KiB, so the answer with its
/// three lines has at most 46 KiB.
pub const DIRECTS_LISTED: usize = 50;
/// Rooms one user may be in. Each is a feed to read and a line for all who are in it when the user comes
/// and goes: twenty are more than anybody follows, and 1000 users in twenty rooms are 20,000 seats of
/// 48 bytes, 1 MB.
pub const ROOMS_JOINED: usize = 20;
/// A room that is there only because somebody is in it beside others: itself, its topic and its feed's
/// first bytes, 2 KiB as measured, and as much again. `/also` opens no new room once all rooms would hold
/// more than the histories may, 8192 of them as long as `--memory` is what it is at first.
pub const ROOM_BYTES: usize = 4 * 1024;
/// So many rooms there may be however small `--memory` is.
pub const ROOMS_LEAST: usize = 100;
/// Characters of a room's topic: three lines of a terminal, and with letters of four bytes 800 bytes, so
/// that the topics of 2000 rooms hold at most 1.6 MB.
pub const TOPIC_CHARS: usize = 200;
/// Seats of other rooms that are looked at for an answer to `/online`, 50 ns each: whoever is in several
/// rooms has several.
pub const SEATS_SEARCHED: usize = 2000;
/// Readers that are looked at for an answer to `/seen`, 50 ns each: a public line to them costs more.
pub const SENT_SEARCHED: usize = 2000;
/// Of those, conns about which the kernel is asked, half a microsecond each.
pub const SENT_ASKED: usize = 100;
/// Names one user may ignore.
pub const IGNORES: usize = 100;
/// Who is away remembers so many who wrote to them and know it.
pub const AWAY_TOLD: usize = 256;
/// Private lines that wait for one owner of a name who is not here.
pub const LETTERS: usize = 200;
/// Bytes of text in them.
pub const LETTERS_BYTES: usize = 64 * 1024;
/// Of those, lines of one writer: nobody alone fills the boxes of others.
pub const LETTERS_OF_ONE: usize = 20;
/// How long they wait: 30 days.
pub const LETTER_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Bytes of them that are told at once: a quarter of what may wait for a conn.
pub const LETTERS_AT_ONCE: usize = PRIVATE_BYTES / 4;
/// Whether told ones have arrived is looked at after this time, and then more and more rarely ...
pub const LETTERS_LOOK: Duration = Duration::from_millis(50);
/// ... up to this.
pub const LETTERS_LOOK_MOST: Duration = Duration::from_secs(60);
/// Private lines to users that are remembered until it is known whether they have arrived, and the bytes of text
/// in them: in all less than 2 MB.
pub const PRIVATES_KEPT: usize = 4096;
/// See [`PRIVATES_KEPT`].
pub const PRIVATES_BYTES: usize = 1024 * 1024;
/// No longer than this: the kernel gives a peer up after 15 minutes.
pub const PRIVATES_WITHIN: Duration = Duration::from_secs(30 * 60);
/// Names of people who are away that `/online` tells at most.
pub const AWAY_LISTED: usize = 30;
/// Names of unregistered people who are gone, of whom it is known when they were here: some 200 bytes each.
pub const VISITORS: usize = 10_000;
/// Characters in a program's mark of a line: a UUID without its dashes.
pub const MARK_CHARS: usize = 32;
/// Marks of a session that are known again, with the ids of their lines: more than a program sends before it
/// waits for answers. 64 x 150 bytes = 10 KB for who uses them.
pub const MARKS_KEPT: usize = 64;
/// A program finds its place again within this time.
pub const RESUME_WITHIN: Duration = Duration::from_secs(10 * 60);
/// What a program is sent at once of what it has missed, in all rooms together: the rest of what waits for one
/// conn, `PRIVATE_BYTES`, is for answers.
pub const RESUME_BYTES: usize = 48 * 1024;
/// Lines that are fetched at once from the archive of what somebody has missed: as many as
/// [`RESUME_BYTES`] hold.
pub const CATCH_UP_LINES: usize = 250;
/// Who has found the archive too busy for that asks again after this time.
pub const CATCH_UP_PAUSE: Duration = Duration::from_millis(100);
/// So many places of programs that left are kept; those left longest ago go first. One has 11 KB if it used
/// all of its marks, and 10 KB if it ignored a hundred: 20 MB if all did their worst.
pub const SESSIONS_KEPT: usize = 1000;

/// Lines of a room kept for `/history`.
pub const HISTORY_LINES: usize = 100;
/// Lines that may be pinned in a room: what fits on a screen.
pub const PINS: usize = 10;
/// Reactions to one line: 20 x 100 bytes = 2 KB.
pub const REACTIONS: usize = 20;
/// Characters of a reaction, which is a word.
pub const REACTION_CHARS: usize = 20;
/// Characters that are quoted of a line that another one is about: as much as people need to know it again ...
pub const QUOTE_CHARS: usize = 32;
/// ... and bytes, for characters with many marks.
pub const QUOTE_BYTES: usize = 256;
/// Bytes of text of a room kept for `/history`.
pub const HISTORY_BYTES: usize = 16 * 1024;
/// Bytes of a room's last lines of every kind, for who was away for a moment: about 120 lines; at least the
/// half of it is held.
pub const RECENT_BYTES: usize = 16 * 1024;
/// Whoever was lost finds their rooms and what they missed within this time, from the same address ...
pub const BACK_WITHIN: Duration = Duration::from_secs(10 * 60);
/// ... and is told to the others as back, in place of a leave and a join, within this one.
pub const BACK_SOON: Duration = Duration::from_secs(2 * 60);
/// The owner of a registered name finds them for so long.
pub const PROVED_BACK_WITHIN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// So many who were lost are remembered, and so many owners of names; those who left longest ago go first.
/// Of one in one room who ignores nobody 300 bytes, at most 10 KiB: 20 MB if 2000 did their worst.
pub const LEFT_REMEMBERED: usize = 1000;
/// Places that a server reads at its start: all that it would remember, and those of 10,000 users who were
/// there to the end.
pub const PLACES_KEPT: usize = 2 * LEFT_REMEMBERED + SESSIONS_KEPT + 10_000;
/// Rooms that nobody is in whose last lines stay in memory, and rooms whose last lines are read at the
/// start: those left, or spoken in, most recently. Their lines count among the histories, and are the
/// first to go when all hold too much.
pub const CLOSED_ROOMS: usize = 1000;
/// What such a room holds beside its lines and its topic: twice its name, and places in two tables.
pub const CLOSED_ROOM_BYTES: usize = 512;
/// Bytes of entries that may wait for the disk: about 80,000 lines, which is what comes in 4 s at 20,000
/// a second, and in hours at what people type. More are lost to the archive, and are marked as missing.
pub const ARCHIVE_BYTES: usize = 8 * 1024 * 1024;
/// KiB of pages that the writer of the archive keeps. It writes at the end of its tables, so these are enough
/// for each commit; with SQLite's own 2 MB they stayed for good after 5000 had joined at once.
pub const ARCHIVE_CACHE_KIB: i64 = 256;
/// A commit of the archive waits so long for more lines than its first, and so commits are at least as far
/// apart ...
pub const COMMIT_PAUSE: Duration = Duration::from_millis(10);
/// ... and so many times as long as the processor was busy with the one before, which is 0.2 to 0.4 ms for few
/// lines: the more it costs to keep what is said, the more lines share that ...
pub const COMMIT_SHARE: u32 = 100;
/// ... but no longer than this: a power cut costs so much and the time of a commit.
pub const COMMIT_PAUSE_MOST: Duration = Duration::from_millis(50);
/// After a failed commit the next one is tried so much later.
pub const COMMIT_AGAIN: Duration = Duration::from_secs(1);
/// How often the archive is searched for lines to delete while lines come in ...
pub const SWEEP_PAUSE: Duration = Duration::from_secs(1);
/// ... and while none do.
pub const SWEEP_AT_REST: Duration = Duration::from_secs(60);
/// Lines deleted in one transaction, which takes some milliseconds: with one after each commit 100,000 a
/// second, more than can come in.
pub const SWEEP_LINES: usize = 1000;
/// An archive up to this size is checked as a whole at the start, which takes 4 s for 1 GB; of a larger one
/// only what the start reads. Damage elsewhere shows when it is met.
pub const CHECKED_BYTES: u64 = 64 * 1024 * 1024;
/// Of each room so many lines are searched at the start for the last public ones, of which there are fewer
/// where many come and go.
pub const LINES_SEARCHED: usize = 1000;
/// Questions about what was said that wait for the archive's thread: after a restart everybody may ask at
/// once. Each takes about a millisecond.
pub const RECALLS: usize = 1000;
/// Answers that wait for the loop: 64 x 24 KiB = 1.5 MiB.
pub const RECALLED: usize = 64;
/// Text in one of them, names included: as much as waits for a conn before its commands do.
pub const RECALL_BYTES: usize = 16 * 1024;
/// Lines that are looked at for one answer.
pub const RECALL_VISITS: usize = 10_000;
/// How long a question waits for what was said before it to be on disk.
pub const RECALL_WITHIN: Duration = Duration::from_secs(5);
/// How long a search looks before it tells what it has found so far. It looks at the time between two tables, each of
/// which takes some milliseconds, so its thread answers within 50 ms.
pub const SEARCH_WITHIN: Duration = Duration::from_millis(30);
/// Lines that are indexed in one step, which takes 10 ms.
pub const INDEX_LINES: usize = 1000;
/// Lines that are removed from the index in one step: each takes a quarter of a millisecond.
pub const INDEX_GONE: usize = 50;
/// How often it is looked for lines to index while nobody searches ...
pub const INDEX_PAUSE: Duration = Duration::from_secs(10);
/// ... and between two steps, so that a fifth of a core is used ...
pub const INDEX_REST: Duration = Duration::from_millis(50);
/// ... unless more bytes than this come in each second, about 1500 lines: then it is put off.
pub const INDEX_CALM_BYTES: u64 = 200_000;
/// After a failure the index is made anew so much later.
pub const INDEX_AGAIN: Duration = Duration::from_secs(60);
/// How long a stop waits for the archive's last commit.
pub const ARCHIVE_CLOSES: Duration = Duration::from_secs(5);
/// Operators are told that the archive works again after so long without a failure: a disk that is too slow
/// fails many times a second.
pub const ARCHIVE_CALM: Duration = Duration::from_secs(3);
/// Rooms in which lines were lost and not yet marked as missing; those of further ones are counted
/// together. 1000 x 150 bytes = 150 KB.
pub const HOLES: usize = 1000;
/// Bytes of lines that change others (deletions, corrections, pins, topics) and that the archive could not
/// take: they wait for it here. 2500 deletions.
pub const HELD_BYTES: usize = 256 * 1024;
/// Lines on one page of lines of before: two screens.
pub const PAGE_LINES: usize = 50;
/// Further pages that are looked at for one question when a page has nothing to tell: together 110,000 lines,
/// some tens of milliseconds of the archive's thread.
pub const PAGES_SEARCHED: usize = 10;
/// Lines that `/history` shows without a number.
pub const HISTORY_TOLD: usize = 20;

/// Bytes of memory that conns, feeds and histories may hold together by default: 96 feeds at their
/// largest, or 2000 conns that do not read. The limits below bound one conn, one feed or one
/// history; this one bounds many at once.
pub const MEMORY_BYTES: usize = 256 * 1024 * 1024;
/// The share of conns in eighths ...
pub const CONNS_EIGHTHS: usize = 4;
/// ... that of feeds ...
pub const FEEDS_EIGHTHS: usize = 3;
/// ... and that of histories: 32 MiB, or 2000 rooms with a full history.
pub const HISTORIES_EIGHTHS: usize = 1;
/// When feeds or histories exceed their share, the largest are cut until all hold this many eighths
/// of it, so that the next time is far off.
pub const SPARED_EIGHTHS: usize = 6;
/// Conns are audited when they have received this part of their share since the last audit: so they
/// never exceed it by more than a sixteenth, and 8 MiB of lines pay for one audit.
pub const LOOK_PART: usize = 16;

/// Bytes read from one conn in one turn, by one call.
pub const READ_BYTES: usize = 16 * 1024;
/// Lines handled for one conn in one turn.
pub const READ_LINES: usize = 16;
/// Bytes handled in one turn for all conns together (each line counts [`LINE_COST_BYTES`] extra);
/// the rest waits for the next turn. A line counts after cleaning, so together with the last one (3
/// KiB) the sum stays below `WRITE_BYTES`: what comes in during a turn can be written to every
/// reader in the same turn, so no reader who keeps reading falls behind.
pub const TURN_BYTES: usize = 32 * 1024;
/// What a line costs in a feed beside its text: a name of 20 characters (60 bytes) and brackets.
pub const LINE_COST_BYTES: usize = 64;
/// Places of `--max-conns` reserved for clients on this host, unless that is more than an eighth:
/// enough for an operator or two and for monitoring.
pub const PLACES_ON_HOST: usize = 8;
/// Conns accepted in one turn.
pub const ACCEPTS: usize = 16;
/// Conns that may wait at a listener: as many as the kernel allows (`somaxconn`, usually 4096), so
/// that a class can join at once.
pub const WAITING: i32 = 4096;
/// Refused conns that are kept open for a moment to read why. Few, since each takes a descriptor
/// when there may be none to spare; a further one closes the oldest.
pub const REFUSED: usize = 8;
/// Bytes written to one conn in one turn.
pub const WRITE_BYTES: usize = 64 * 1024;
/// Slices in one `writev`: the kernel takes 1024, but more than 64 never paid off.
pub const WRITE_SLICES: usize = 64;

/// A room's feed grows up to this while a reader lags.
pub const FEED_BYTES: usize = 1024 * 1024;
/// The initial size of a feed: about 60 lines; 2000 rooms cost 8 MiB.
pub const FEED_FIRST_BYTES: usize = 4096;
/// A feed may grow to this even at the cost of lagging readers elsewhere: a turn brings up to 49
/// KiB, and a full ring drops a quarter at once.
pub const FEED_GRANTED_BYTES: usize = 128 * 1024;
/// Lines of a feed are counted from marks, one in so many bytes: 16 bytes each, 1.6 %.
pub const FEED_MARK_BYTES: usize = 1024;
/// Lines of a feed whose ids are known by where they end: as many as one who was away is told, and as many
/// joins and leaves between; 4 bytes each, 1 KiB a feed.
pub const FEED_IDS: usize = 256;
/// Changes between feeds and private bytes that are remembered of all readers together, so that it is
/// known what a lost peer has not acknowledged: those of several minutes when hundreds talk; 32 bytes each,
/// 512 KiB. A power of two.
pub const STRETCHES: usize = 16 * 1024;
/// Unread private bytes of one conn; beyond that it is closed.
pub const PRIVATE_BYTES: usize = 64 * 1024;
/// Private bytes are stored in pieces of this size (longer for one long answer), and each is freed
/// when it is sent: about 60 lines.
pub const INSERT_BYTES: usize = 4 * 1024;
/// Emptied queues of readers, each with a piece and room for 16 patches, that are kept for those who
/// get something private next: 64 x 4.8 KiB = 307 KiB.
pub const SPARE_QUEUES: usize = 64;
/// Buffers of inboxes that are empty again, kept for those who send something next: 64 x 4 KiB = 256 KiB.
pub const SPARE_BUFFERS: usize = 64;
/// The largest of them: some lines.
pub const SPARE_BUFFER_BYTES: usize = 4 * 1024;
/// Unread lines of a room that one does not speak in are carried along when one stops reading it, as
/// long as they are no more than this together with what is private already: half of what closes a
/// conn.
pub const CARRIED_BYTES: usize = PRIVATE_BYTES / 2;
/// Runs of lines in feeds that one conn has to skip because of its ignores, before its cursor is
/// moved ahead: 1024 x 40 bytes x 2 = 80 KiB.
pub const SKIPS: usize = 1024;
/// What one reader may hold, used or not. A conn whose reader holds half of it is closed; the other
/// half is for one more answer, `SKIPS`, and spare capacity.
pub const READER_BYTES: usize = 512 * 1024;
/// Unread bytes of one conn above which its commands wait, so that their answers cannot fill its
/// queue. The largest answer is below `PRIVATE_BYTES - PAUSE_BYTES` = 48 KiB.
pub const PAUSE_BYTES: usize = 16 * 1024;

/// Lines before a name is given.
pub const NAMELESS_LINES: u32 = 32;
/// At a listener that understands everybody a conn may speak first, which tells what it is: browsers and
/// clients with a name send something as soon as they are connected, which takes 10 ms on a LAN and 250
/// around the world. Who says nothing for so long is somebody at nc, and is asked for a name before they
/// wonder.
pub const SPEAKS_FIRST_WITHIN: Duration = Duration::from_millis(300);
/// Time to give a name.
pub const NAME_WITHIN: Duration = Duration::from_secs(60);
/// The same while more than 4/5 of the conns are taken.
pub const NAME_WITHIN_WHEN_FULL: Duration = Duration::from_secs(10);
/// Time to give a name without being asked for it: clients of Chat em Tempo Real (VPN) connect, and only
/// then ask their users for the name, who may think for minutes. `NAME_WITHIN` while more than 4/5 of the
/// conns are taken.
pub const UNASKED_NAME_WITHIN: Duration = Duration::from_secs(600);
/// A conn of an `auto` listener that has sent something without a line end and then nothing for
/// this long is a client without line ends. Longer than a slow network splits a line, shorter than
/// its user waits for an answer.
pub const CHUNK_SILENCE: Duration = Duration::from_millis(500);
/// The same after a single letter, which is more likely the first one of a name typed at a terminal
/// that sends each key: longer than one looks for the next key.
pub const LETTER_SILENCE: Duration = Duration::from_secs(3);
/// After such a guess, input within this time can still show that the user types after all.
pub const GUESS_KEPT: Duration = Duration::from_secs(5);
/// A CR without an LF for this long, from a conn that never sent an LF, is Enter at a terminal in
/// raw mode. Longer than a network splits CR LF, shorter than a user notices.
pub const RETURN_SILENCE: Duration = Duration::from_millis(100);
/// What clients without line ends read at once and decode by itself: no more goes to them in one piece.
pub const PIECE_BYTES: usize = 1024;
/// No shorter rest is left of a line that needs several pieces: shown alone it could be a word with a
/// meaning, as Sistema's `x`; and how far before its end a piece may end for the sake of a letter with marks.
pub const PIECE_REST: usize = 64;
/// After the system of such a client has acknowledged a piece, its thread has this long to come back to its
/// next read. Showing a kilobyte takes these programs some milliseconds, a busy system lets a thread wait
/// for a few tens, and several hundred are felt: ten times the first, five times the second, and the
/// last not reached. With the acknowledgement, at once or 40 ms later, 3.5 KiB a second are possible, and
/// a person reads 50 bytes.
pub const PIECE_MOMENT: Duration = Duration::from_millis(250);
/// Of what such a client has not read of its rooms it gets so much when it leaves, which takes 2.4 s; what
/// [`PRIVATE_BYTES`] hold would take half a minute.
pub const PARTING_BYTES: usize = 4 * 1024;
/// When to ask again whether a piece is acknowledged: as long as most systems delay that at most, and then
/// a quarter of the time since it was sent, ...
pub const PIECE_LOOK: Duration = Duration::from_millis(50);
/// ... but no longer than this: a client that comes back after a while is not kept waiting for more.
pub const PIECE_LOOK_LAST: Duration = Duration::from_secs(1);
/// A reader that takes no byte for this long while bytes wait for it is closed.
pub const NO_PROGRESS: Duration = Duration::from_secs(600);
/// Lines that a user sent before the connection ended are still said for this long: 130 of them at
/// the usual rate. Without this limit, flood control would stretch the 6 MB that the kernel may
/// hold of one `yes | nc` over days, with the name taken and nobody there to stop it.
pub const GONE_WITHIN: Duration = Duration::from_secs(60);
/// Time to flush what is pending when a conn closes or the server stops.
pub const FLUSH_WITHIN: Duration = Duration::from_secs(5);
/// Time to read on after our half is closed. Unread input would make the kernel send a reset, which
/// destroys our last line on its way.
pub const LINGER: Duration = Duration::from_secs(2);
/// A wake-up later than this means that the process was suspended; all deadlines move by that time.
pub const STALL: Duration = Duration::from_secs(5);
/// How long a user who wants a name held from their own address waits at most while the holder's system
/// is asked. Only if its answers take long, or it is asked rarely by now, is that not known within 3 s.
pub const GHOST_WITHIN: Duration = Duration::from_secs(10);
/// The holder is gone only after this many unanswered questions in a row: two lost packets are not its end.
pub const GHOST_QUESTIONS: u32 = 3;
/// Each of these had this long for an answer, or as long as its answers took if that is longer. Probes leave
/// once a second, so a walk from one access point to the next takes less than the three.
pub const GHOST_ANSWER: Duration = Duration::from_secs(1);
/// If the next question comes this long after the last, its answer is not waited for: pauses double, so the
/// holder has been silent for seven eighths of that. The fourth retransmission is 3 s after the data.
pub const GHOST_SILENCE: Duration = Duration::from_secs(3);
/// How often the signs are looked at. On a LAN the first look finds the answer of a live system.
pub const GHOST_LOOK: Duration = Duration::from_millis(50);
/// How long to stop accepting when descriptors have run out (as in nginx).
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(500);
/// Descriptors kept free of conns (a quarter of all if they are few): listeners, poller, timer,
/// log, console, libraries.
pub const RESERVED_DESCRIPTORS: usize = 64;

/// Bytes of text that one user may send at once ...
pub const FLOOD_BURST_BYTES: u32 = 8 * 1024;
/// ... and then in each second.
pub const FLOOD_BYTES_PER_S: u32 = 2 * 1024;

/// Wrong passwords at once from one address, and then in each minute, as in ergo.
pub const WRONG_PASSWORDS: u32 = 3;
/// The same for one account from all addresses. More than from one address, so that a guesser does
/// not lock the owner out.
pub const WRONG_PASSWORDS_FOR_ONE: u32 = 10;
/// Registrations and password changes at once from one address, and then in each minute: a few for
/// each user of a shared host.
pub const ACCOUNT_CHANGES: u32 = 10;
/// Operators' orders about bans and accounts that wait for the worker: a second's work, less than 1
/// MiB.
pub const CHANGES_WAITING: usize = 1000;
/// Memory of one argon2id hash, in KiB: 19 MiB. This and the next two are the minimum of the OWASP
/// Password Storage Cheat Sheet: m=19456, t=2, p=1. There is one worker and so one such memory.
pub const HASH_MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
pub const HASH_PASSES: u32 = 2;
/// Lanes in it: one, as the worker is one thread.
pub const HASH_LANES: u32 = 1;
/// A stored hash may need this many times our memory and passes, as another version may have made
/// it: 304 MiB. A hash that needs more is damaged and is not tried.
pub const HASH_EXCESS: u32 = 16;
/// How long the memory of a hash is kept for the next one: after a restart users log in one after
/// the other, but an idle server should not hold 19 MiB.
pub const HASH_MEMORY_KEPT: Duration = Duration::from_secs(5);
/// Questions about accounts that may wait in each lane, and answers for the loop. At 15 to 30 ms
/// each, the last one of a lane waits for 2 s, longer if other lanes are full; further ones get
/// "busy". Datagrams have [`DATAGRAM_PLACES`] for registrations and [`QUESTIONS`] for logins instead.
pub const LANE_PLACES: usize = 64;
/// Registrations by datagram that may wait: a school whose classes register at once, which takes
/// 256 x 25 ms = 6 s. Their clients wait as long as it takes, and never ask again.
pub const DATAGRAM_PLACES: usize = 256;
/// Answers about missing accounts, held back for the time of a hash, 25 ms: enough for 40,000 a
/// second, more than come in; 1000 x 0.4 KiB = 400 KiB. Beyond that the oldest goes out early.
pub const ANSWERS_HELD: usize = 1000;
/// How long to wait for a database that another program has locked.
pub const ACCOUNTS_LOCKED: Duration = Duration::from_secs(2);
/// Bans at once, and mutes: 1000 x 0.3 KiB = 300 KiB. Each new address is compared with all.
pub const BANS: usize = 1000;
/// Names of scripts that can be muted since they have spoken: each line of a script is compared with all.
pub const SCRIPTS_REMEMBERED: usize = 100;
/// Bans in the answer to `/banned`: 60 x 0.6 KiB at most = 36 KiB.
pub const BANS_LISTED: usize = 60;
/// Accounts in the answer to `/accounts`: 60 x 0.3 KiB = 18 KiB.
pub const ACCOUNTS_LISTED: usize = 60;
/// Characters of the reason of a kick or a ban; longer ones are cut.
pub const REASON_CHARS: usize = 120;
/// Conns at once that ask for the metrics.
pub const SCRAPES: usize = 8;
/// Time for the head of a request for the metrics ...
pub const SCRAPE_WITHIN: Duration = Duration::from_secs(10);
/// ... and bytes in it, as in most web servers.
pub const SCRAPE_BYTES: usize = 8 * 1024;
/// Datagrams with an open question or a kept answer: 40 hashes a second x 10 s = 400 answers, and
/// room for open questions; 1000 x 0.4 KiB = 400 KiB.
pub const QUESTIONS: usize = 1000;
