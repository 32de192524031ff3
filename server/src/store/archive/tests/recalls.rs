//! What is asked of the archive while it is written.

use super::*;
use crate::hub::Id;
use crate::hub::recall::{Found, Past, Place, Unreadable, Wish};
use crate::limits::RECALL_WITHIN;

const ASKER: Id = Id {
    index: 3,
    generation: 1,
};

fn ask(archive: &Archive, wish: Wish, most: usize) -> Result<Found, Unreadable> {
    let recall = Recall {
        asker: ASKER,
        number: 7,
        rooms: vec!["lobby".into(), "kitchen".into()],
        wish,
        most,
    };
    archive.recall(recall).expect("nothing else waits");
    let answer = archive.recalls.wait();
    assert_eq!((answer.asker, answer.number), (ASKER, 7));
    answer.found
}

fn found(archive: &Archive, wish: Wish, most: usize) -> Found {
    ask(archive, wish, most).expect("it works")
}

fn numbers(found: &Found) -> Vec<u64> {
    found.lines.iter().map(|past| past.id.number).collect()
}

fn id(number: u64) -> LineId {
    LineId { epoch: 5, number }
}

fn say(archive: &Archive, number: u64, text: &str) {
    let pushed = archive.push(&batch("Lobby", Kind::Line, number, text));
    assert_eq!(pushed, Ok(()));
}

#[test]
fn an_answer_has_what_was_said_just_before_the_question() {
    let folder = Folder::new("recall");
    let (archive, _) = folder.open("30d");
    let last = |most| found(&archive, Wish::Last { before: None }, most);
    assert_eq!(
        last(3),
        Found {
            is_whole: true,
            ..Found::default()
        }
    );
    for n in 1..=50 {
        say(&archive, n, &format!("number {n}"));
        assert_eq!(numbers(&last(1)), [n]);
    }
    let page = last(20);
    assert_eq!(numbers(&page), (31..=50).collect::<Vec<_>>());
    let Past {
        room,
        from,
        text,
        kind,
        ..
    } = &page.lines[19];
    assert_eq!(
        (&**room, &**from, &**text, *kind),
        ("Lobby", "ana", "number 50", Kind::Line)
    );
    let before = found(&archive, Wish::Last { before: page.more }, 40);
    assert_eq!(numbers(&before), (1..=30).collect::<Vec<_>>());
    assert_eq!(before.more, None);
}

#[test]
fn long_lines_make_a_short_page() {
    let folder = Folder::new("recall-long");
    let (archive, _) = folder.open("30d");
    for n in 1..=20 {
        say(&archive, n, &"x".repeat(3000));
    }
    let mut page = found(&archive, Wish::Last { before: None }, 100);
    let mut told = numbers(&page);
    assert_eq!(told.len(), 5, "16 KiB");
    while let Some(before) = page.more {
        page = found(
            &archive,
            Wish::Last {
                before: Some(before),
            },
            100,
        );
        told.splice(..0, numbers(&page));
    }
    assert_eq!(told, (1..=20).collect::<Vec<_>>());
}

#[test]
fn what_was_missed_is_whole_or_said_not_to_be() {
    let folder = Folder::new("recall-after");
    let (archive, _) = folder.open("30d");
    for n in 1..=10 {
        let kind = if n % 2 == 0 { Kind::Joined } else { Kind::Line };
        assert_eq!(archive.push(&batch("Lobby", kind, n, "a")), Ok(()));
        assert_eq!(archive.push(&batch("kitchen", Kind::Line, n, "b")), Ok(()));
    }
    let after = |after, upto, most| found(&archive, Wish::After { after, upto }, most);
    let all = after(id(4), id(10), 100);
    assert_eq!(numbers(&all), [5, 6, 7, 8, 9, 10]);
    assert!(all.is_whole && all.more.is_none());
    let some = after(id(4), id(8), 2);
    assert_eq!(numbers(&some), [5, 6]);
    assert!(some.is_whole && some.more.is_some());
    assert_eq!(numbers(&after(id(6), id(8), 2)), [7, 8]);
    let none = after(id(10), id(10), 100);
    assert!(none.lines.is_empty() && none.is_whole);
    // More was said than is there, and an epoch that never was.
    assert!(!after(id(9), id(12), 100).is_whole);
    let other = LineId {
        epoch: 6,
        number: 4,
    };
    assert_eq!(after(other, id(10), 100), Found::default());
    // Two lines were lost, and the room went on in another epoch.
    let hole = Entry {
        kind: Kind::Hole,
        room: "lobby",
        id: id(11),
        from: "",
        text: "",
        more: 2,
        refers: None,
        is_proved: false,
    };
    let mut bytes = Vec::new();
    hole.write(&mut bytes);
    let line = Entry {
        kind: Kind::Line,
        id: LineId {
            epoch: 6,
            number: 1,
        },
        text: "later",
        ..hole
    };
    line.write(&mut bytes);
    assert_eq!(archive.push(&bytes), Ok(()));
    let torn = after(
        id(9),
        LineId {
            epoch: 6,
            number: 1,
        },
        100,
    );
    let kinds: Vec<Kind> = torn.lines.iter().map(|past| past.kind).collect();
    assert_eq!(kinds, [Kind::Joined, Kind::Hole, Kind::Line]);
    assert!(!torn.is_whole && torn.more.is_none());
}

#[test]
fn what_was_said_since_a_time_comes_in_pages() {
    let folder = Folder::new("recall-since");
    let mut database = Database::open(&file_in(&folder.0)).expect("it opens");
    for n in 1..=30_i64 {
        let room = if n % 3 == 0 { "kitchen" } else { "lobby" };
        let bytes = batch(room, Kind::Line, n as u64, "a");
        database
            .write(entries_at(n * 1000, &bytes), std::iter::empty())
            .expect("it is written");
    }
    drop(database);
    // By size: its lines are of 1970.
    let (archive, _) = folder.open("100M");
    let mut told = Vec::new();
    let mut after = None;
    loop {
        let page = found(&archive, Wish::Since { at: 10_500, after }, 4);
        told.extend(numbers(&page));
        after = page.more;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<u64> = (11..=30).filter(|n| n % 3 != 0).collect();
    assert_eq!(told, expected);
    let late = found(
        &archive,
        Wish::Since {
            at: 31_000,
            after: None,
        },
        4,
    );
    assert!(late.lines.is_empty() && late.more.is_none());
    let all = found(
        &archive,
        Wish::Since {
            at: i64::MIN,
            after: None,
        },
        4,
    );
    assert_eq!(numbers(&all), [1, 2, 4, 5]);
}

#[test]
fn lines_of_somebody_and_with_words_come_from_all_rooms_asked_for() {
    let folder = Folder::new("recall-search");
    let (archive, _) = folder.open("30d");
    for (n, (room, text)) in [
        ("lobby", "soup for lunch"),
        ("kitchen", "lunch is soup"),
        ("attic", "soup, lunch"),
        ("lobby", "no more soup"),
    ]
    .into_iter()
    .enumerate()
    {
        let pushed = archive.push(&batch(room, Kind::Line, n as u64, text));
        assert_eq!(pushed, Ok(()));
    }
    let words = |words: &str, before: Option<Place>, most| {
        let words = words.into();
        found(&archive, Wish::Search { words, before }, most)
    };
    assert_eq!(numbers(&words("soup lunch", None, 10)), [0, 1]);
    let page = words("soup", None, 2);
    assert_eq!(numbers(&page), [1, 3]);
    assert_eq!(numbers(&words("soup", page.more, 2)), [0]);
    let from = |name: &str| {
        let (name, before) = (name.into(), None);
        numbers(&found(&archive, Wish::From { name, before }, 10))
    };
    assert_eq!(from("ana"), [0, 1, 3]);
    assert!(from("bob").is_empty());
}

#[test]
fn a_file_that_was_replaced_is_opened_again_and_none_is_unreadable() {
    let folder = Folder::new("recall-gone");
    let (archive, _) = folder.open("30d");
    say(&archive, 1, "a");
    assert_eq!(
        numbers(&found(&archive, Wish::Last { before: None }, 9)),
        [1]
    );
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", file_in(&folder.0).display()));
    }
    assert_eq!(
        ask(&archive, Wish::Last { before: None }, 9),
        Err(Unreadable::Failed)
    );
    say(&archive, 2, "b");
    assert_eq!(
        numbers(&found(&archive, Wish::Last { before: None }, 9)),
        [2]
    );
    archive.close();
}

#[test]
fn a_question_waits_for_what_is_written_but_not_for_ever() {
    let queue = Queue::default();
    let entry = batch("lobby", Kind::Line, 1, "a");
    let within = |within| Instant::now() + within;
    assert!(queue.wait_for(queue.accepted(), within(Duration::ZERO)));
    assert_eq!(queue.push(7, &entry), Ok(()));
    let accepted = queue.accepted();
    assert!(!queue.wait_for(accepted, within(Duration::from_millis(1))));
    let mut taken = Vec::new();
    queue.take(&mut taken, Duration::ZERO, Duration::ZERO);
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| queue.wait_for(accepted, within(Duration::from_secs(60))));
        queue.written(taken.len());
        assert!(waits.join().expect("it ends"));
    });
    assert_eq!(queue.push(7, &entry), Ok(()));
    queue.close();
    assert!(!queue.wait_for(queue.accepted(), within(Duration::from_secs(60))));
}

#[test]
fn questions_that_wait_for_the_disk_together_wait_no_longer_than_one() {
    let folder = Folder::new("recall-stuck");
    // Nobody writes.
    let queue = Arc::new(Queue::default());
    let pushed = queue.push(7, &batch("lobby", Kind::Line, 1, "a"));
    assert_eq!(pushed, Ok(()));
    let recalls = Recalls::start(&file_in(&folder.0), queue, || {}).expect("a thread");
    let long_ago = Instant::now() - RECALL_WITHIN;
    for number in 0..100 {
        let recall = Recall {
            asker: ASKER,
            number,
            rooms: vec!["lobby".into()],
            wish: Wish::Last { before: None },
            most: 1,
        };
        assert_eq!(recalls.ask(long_ago, recall), Ok(()));
    }
    let answers = (0..100).map(|_| recalls.wait());
    assert!(
        answers
            .into_iter()
            .all(|answer| answer.found == Err(Unreadable::Failed))
    );
    assert!(long_ago.elapsed() < RECALL_WITHIN * 20);
}

#[test]
fn lines_before_one_that_is_missing_are_found() {
    let folder = Folder::new("recall-before");
    let (archive, _) = folder.open("30d");
    let say = |epoch, number| {
        let mut bytes = Vec::new();
        let entry = Entry {
            kind: Kind::Line,
            room: "lobby",
            id: LineId { epoch, number },
            from: "ana",
            text: "hello",
            more: 0,
            refers: None,
            is_proved: false,
        };
        entry.write(&mut bytes);
        assert_eq!(archive.push(&bytes), Ok(()));
    };
    let before = |epoch, number| {
        let line = LineId { epoch, number };
        let lines = found(&archive, Wish::Before { line }, 10).lines;
        let ids = lines.iter().map(|past| (past.id.epoch, past.id.number));
        ids.collect::<Vec<_>>()
    };
    (1..=3).for_each(|number| say(70, number));
    assert_eq!(before(70, 3), [(70, 1), (70, 2)]);
    assert_eq!(before(70, 5), [(70, 1), (70, 2), (70, 3)], "a lost line");
    assert_eq!(before(71, 4), [(70, 1), (70, 2), (70, 3)], "a lost epoch");
    assert_eq!(before(1, 4), [], "an epoch of which nothing is left");
    assert_eq!(before(1 << 50, 4), [], "an epoch of another server");
    say(73, 1);
    assert_eq!(before(72, 9), [(70, 1), (70, 2), (70, 3)]);
    assert_eq!(before(73, 1), [(70, 1), (70, 2), (70, 3)]);
    assert_eq!(before(74, 1).len(), 4);
}
