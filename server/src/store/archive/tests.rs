//! The archive on a real disk, without a server.

use std::time::Duration;

mod changes;
mod million;
mod places;
mod recalls;
mod search;

use super::*;
use crate::hub::Remembered;
use crate::hub::archive::entry::{Entry, Kind, LineId};
use crate::limits::{ARCHIVE_BYTES, HISTORY_LINES};
use crate::store::archive::queue::timed;

/// A directory of its own for each test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let name = format!("papo-archive-{test}-{}", std::process::id());
        let folder = Folder(std::env::temp_dir().join(name));
        let _ = fs::remove_dir_all(&folder.0);
        fs::create_dir(&folder.0).expect("a directory");
        folder
    }

    fn open(&self, keep: &str) -> (Archive, Vec<Remembered>) {
        let keep = Keep::parse(keep).expect("it is right").expect("it is on");
        let (archive, before) = Archive::open(&self.0, keep, 1 << 20, || {}).expect("it opens");
        (archive, before.rooms)
    }

    fn rows(&self) -> Vec<Row> {
        let reader = Reader::open(&file_in(&self.0)).expect("it is there");
        let filter = Filter::default();
        reader
            .read(&filter, 0, usize::MAX >> 1)
            .expect("it is sound")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn batch(room: &str, kind: Kind, number: u64, text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let entry = Entry {
        kind,
        room,
        id: LineId { epoch: 5, number },
        from: "ana",
        text,
        more: 0,
        refers: None,
        is_proved: false,
    };
    entry.write(&mut bytes);
    bytes
}

#[test]
fn what_was_accepted_is_there_after_a_close_and_the_numbers_go_on() {
    let folder = Folder::new("close");
    let (archive, rooms) = folder.open("30d");
    assert!(rooms.is_empty());
    for n in 1..=300 {
        let text = format!("number {n}");
        let pushed = archive.push(&batch("lobby", Kind::Line, n, &text));
        assert_eq!(pushed, Ok(()));
    }
    let pushed = archive.push(&batch("Kitchen", Kind::Topic, 1, "soup"));
    assert_eq!(pushed, Ok(()));
    archive.close();
    let texts: Vec<String> = folder.rows().into_iter().map(|row| row.text).collect();
    let numbers = (1..=300).map(|n| format!("number {n}"));
    assert!(texts.iter().cloned().eq(numbers.chain(["soup".to_owned()])));

    let (archive, again) = folder.open("30d");
    assert_ne!(random_epoch(), random_epoch());
    let [lobby, kitchen] = again.as_slice() else {
        panic!("{again:?}");
    };
    assert_eq!(
        (lobby.name.shown(), kitchen.name.shown()),
        ("lobby", "Kitchen")
    );
    let id = |number| Some(LineId { epoch: 5, number });
    assert_eq!((lobby.last, kitchen.last), (id(300), id(1)));
    assert_eq!(kitchen.topic.as_deref(), Some("soup"));
    assert_eq!(lobby.said.len(), HISTORY_LINES);
    assert_eq!(&*lobby.said[HISTORY_LINES - 1].text, "number 300");
    assert!(lobby.said[0].age < Duration::from_secs(60));
    // A server that is killed: nobody closes it, and what was written before counts no more.
    drop(again);
    std::mem::forget(archive);
    let (_archive, killed) = folder.open("30d");
    assert!(killed.iter().all(|room| room.last.is_none()));
    assert_eq!(folder.rows().last().map(|row| row.kind), Some(Kind::Hole));
}

#[test]
fn a_room_that_may_have_lost_its_last_lines_begins_an_epoch_whenever_it_is_entered_again() {
    let folder = Folder::new("doubt");
    let push = |archive: &Archive, kind, room, id| {
        let mut bytes = Vec::new();
        let entry = Entry {
            kind,
            room,
            id,
            from: "ana",
            text: "text",
            more: 1,
            refers: None,
            is_proved: false,
        };
        entry.write(&mut bytes);
        assert_eq!(archive.push(&bytes), Ok(()));
    };
    let last = |rooms: &[Remembered]| -> Vec<(String, Option<LineId>)> {
        let last = rooms.iter().map(|room| (room.name.to_string(), room.last));
        last.collect()
    };
    let room = |name: &str, last| (name.to_owned(), last);
    let line = |epoch, number| LineId { epoch, number };
    let (archive, _) = folder.open("30d");
    push(&archive, Kind::Line, "kitchen", line(5, 1));
    push(&archive, Kind::Line, "lobby", line(6, 1));
    archive.close();
    // A server that is killed may have said more in both, and the next one says nothing in the kitchen.
    let (killed, _) = folder.open("30d");
    std::mem::forget(killed);
    let (archive, rooms) = folder.open("30d");
    assert_eq!(last(&rooms), [room("kitchen", None), room("lobby", None)]);
    push(&archive, Kind::Line, "lobby", line(7, 1));
    archive.close();
    let (archive, rooms) = folder.open("30d");
    let lobby = room("lobby", Some(line(7, 1)));
    assert_eq!(last(&rooms), [room("kitchen", None), lobby.clone()]);
    // Lines of the garden are lost, and nothing more is said there.
    push(&archive, Kind::Line, "garden", line(8, 1));
    push(&archive, Kind::Hole, "garden", line(8, 2));
    archive.close();
    let (_archive, rooms) = folder.open("30d");
    let others = [room("kitchen", None), lobby, room("garden", None)];
    assert_eq!(last(&rooms), others);
}

#[test]
fn a_full_queue_refuses_and_is_not_closed_as_whole() {
    let queue = Queue::default();
    let entry = batch("lobby", Kind::Line, 1, &"x".repeat(1000));
    let mut accepted = 0;
    while queue.push(7, &entry).is_ok() {
        accepted += 1;
    }
    assert!(accepted > 7000 && accepted * entry.len() < ARCHIVE_BYTES);
    let mut taken = Vec::new();
    assert!(!queue.take(&mut taken, Duration::ZERO, Duration::ZERO));
    assert_eq!(timed(&taken).count(), accepted);
    assert!(timed(&taken).all(|(at, entry)| at == 7 && entry.text.len() == 1000));
    // What is taken and not written still counts.
    assert_eq!(queue.push(8, &entry), Err(Busy));
    assert!(!queue.is_whole());
    assert!(
        queue.written(taken.len()),
        "it is told that something was refused"
    );
    assert_eq!(queue.push(9, &entry), Ok(()));
    taken.clear();
    queue.close();
    assert!(queue.take(&mut taken, Duration::from_secs(60), Duration::ZERO));
    assert!(!queue.written(taken.len()) && queue.is_whole());
}

#[test]
fn what_is_too_old_or_too_much_goes_from_the_old_end() {
    let folder = Folder::new("sweep");
    let mut database = Database::open(&file_in(&folder.0)).expect("it opens");
    let hour = 60 * 60 * 1000;
    let said: Vec<Vec<u8>> = (0..5000)
        .map(|n| {
            let room = if n < 100 { "old" } else { "lobby" };
            batch(room, Kind::Line, n, "text")
        })
        .collect();
    let timed = said
        .iter()
        .zip(0..)
        .flat_map(|(bytes, n)| entries_at(n * hour / 100, bytes));
    let written = database.write(timed, std::iter::empty());
    written.expect("it is written");
    // 50 hours; the last ten are kept.
    let keep = Keep::parse("10h").expect("right").expect("on");
    let mut steps = 0;
    while database.sweep(&keep, 50 * hour).expect("it works") {
        steps += 1;
    }
    assert_eq!(steps, 4, "1000 at a time");
    let rows = folder.rows();
    assert_eq!(rows.len(), 1000);
    assert!(rows.iter().all(|row| row.at >= 40 * hour));
    let rooms = database.begin(50 * hour, 1 << 20).expect("it works").rooms;
    assert_eq!(rooms.len(), 1, "a room without lines is forgotten");
    assert_eq!(rooms[0].said[HISTORY_LINES - 1].age.as_secs(), 36);

    let long = "y".repeat(1000);
    let said: Vec<u8> = (0..3000)
        .flat_map(|n| batch("lobby", Kind::Line, n, &long))
        .collect();
    let written = database.write(entries_at(50 * hour, &said), std::iter::empty());
    written.expect("it is written");
    let keep = Keep::parse("1M").expect("right").expect("on");
    while database.sweep(&keep, 50 * hour).expect("it works") {}
    let rows = folder.rows();
    assert!((1..1000).contains(&rows.len()), "{}", rows.len());
    assert_eq!(rows.last().map(|row| row.id.number), Some(2999));
}

#[test]
fn no_row_gets_the_number_of_one_that_was_deleted() {
    let folder = Folder::new("numbers");
    let keep = Keep::parse("10h").expect("right").expect("on");
    let open = || Database::open(&file_in(&folder.0)).expect("it opens");
    for round in 0..3 {
        let mut database = open();
        assert_eq!(database.next(), 1 + 7 * round);
        for n in 0..7 {
            let bytes = batch("lobby", Kind::Line, n, "text");
            database
                .write(entries_at(0, &bytes), std::iter::empty())
                .expect("written");
        }
        while database.sweep(&keep, i64::MAX).expect("it works") {}
        assert!(folder.rows().is_empty());
    }
}

#[test]
fn what_is_on_disk_although_its_commit_failed_is_not_written_again() {
    let folder = Folder::new("doubtful");
    let (queue, (news, _told)) = (Arc::new(Queue::default()), channel());
    let say = |n| {
        let pushed = queue.push(7, &batch("lobby", Kind::Line, n, "text"));
        assert_eq!(pushed, Ok(()));
    };
    let file = file_in(&folder.0);
    let mut writer = Writer::new(file, Keep::default(), None, Arc::clone(&queue), news);
    for (n, is_there) in [(1, false), (2, true), (3, false)] {
        say(n);
        writer.fail_and_try_again(is_there);
    }
    let numbers: Vec<u64> = folder.rows().iter().map(|row| row.id.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

fn entries_at(at: i64, bytes: &[u8]) -> impl Iterator<Item = (i64, Entry<'_>)> {
    crate::hub::archive::entry::entries(bytes).map(move |entry| (at, entry))
}

#[test]
fn files_of_others_are_refused_and_damaged_ones_set_aside() {
    let folder = Folder::new("others");
    let file = file_in(&folder.0);
    let keep = Keep::default();
    let open = || Archive::open(&folder.0, keep, 1 << 20, || {});
    fs::write(&file, vec![0x5a; 10_000]).expect("it is ours");
    drop(open().expect("it begins anew"));
    assert!(folder.0.join("archive.db.damaged-1").exists());
    for (application, version, why) in [(1, 1, "another program"), (0x7061_706c, 99, "newer")] {
        fs::remove_file(&file).expect("it is there");
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", file.display()));
        }
        // The header of an empty database with these two numbers.
        let database = Database::open(&file).expect("it opens");
        database.finish().expect("it is closed");
        let mut bytes = fs::read(&file).expect("it is there");
        bytes[60..64].copy_from_slice(&i32::to_be_bytes(version));
        bytes[68..72].copy_from_slice(&i32::to_be_bytes(application));
        fs::write(&file, &bytes).expect("it is ours");
        let refused = open().err().expect("it is refused");
        assert!(refused.to_string().contains(why), "{refused}");
    }
}
