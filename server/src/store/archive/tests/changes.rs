//! Lines that change others, files of the first version, and how a line is found by its id.

use super::*;
use crate::hub::Said;
use crate::hub::recall::{Past, State, Wish};
use crate::store::archive::database::begin_first_version;

fn id(number: u64) -> LineId {
    LineId { epoch: 5, number }
}

fn entry(kind: Kind, number: u64, text: &str) -> Entry<'_> {
    Entry {
        kind,
        room: "lobby",
        id: id(number),
        from: "ana",
        text,
        more: 0,
        refers: None,
        is_proved: true,
    }
}

fn push(archive: &Archive, entries: &[Entry<'_>]) {
    let mut bytes = Vec::new();
    for entry in entries {
        entry.write(&mut bytes);
    }
    assert_eq!(archive.push(&bytes), Ok(()));
}

/// All lines of the lobby, as somebody who catches up is told them.
fn past(archive: &Archive, upto: u64) -> Vec<Past> {
    let recall = Recall {
        asker: crate::hub::Id {
            index: 0,
            generation: 0,
        },
        number: 1,
        rooms: vec!["lobby".into()],
        wish: Wish::After {
            after: id(0),
            upto: id(upto),
        },
        most: 100,
    };
    archive.recall(recall).expect("nothing else waits");
    let found = archive.recalls.wait().found.expect("it works");
    assert!(found.is_whole);
    found.lines
}

fn texts(lines: &[Past]) -> Vec<(Kind, &str, State)> {
    lines
        .iter()
        .map(|past| (past.kind, &*past.text, past.state))
        .collect()
}

/// An entry about the line of this number.
fn about(kind: Kind, number: u64, text: &str, line: u64) -> Entry<'_> {
    Entry {
        refers: Some(id(line)),
        ..entry(kind, number, text)
    }
}

#[test]
fn corrections_and_deletions_change_what_was_said() {
    let folder = Folder::new("changes");
    let (archive, _) = folder.open("30d");
    push(
        &archive,
        &[
            entry(Kind::Line, 1, "helo wrongtext"),
            entry(Kind::Action, 2, "waves privatetext"),
            entry(Kind::Line, 3, "stays"),
            entry(Kind::Topic, 4, "topic"),
        ],
    );
    push(&archive, &[about(Kind::Edited, 5, "helo betweentext", 1)]);
    push(
        &archive,
        &[
            about(Kind::Edited, 6, "hello", 1),
            about(Kind::Edited, 7, "bows secrettext", 2),
            about(Kind::Reacted, 8, "ok", 3),
        ],
    );
    push(
        &archive,
        &[
            about(Kind::Deleted, 9, "", 2),
            about(Kind::Edited, 10, "late", 2),
            about(Kind::Deleted, 11, "", 4),
            about(Kind::Deleted, 12, "", 400),
        ],
    );
    let lines = past(&archive, 12);
    let (same, edited, deleted) = (State::AsSaid, State::Edited, State::Deleted);
    let expected = [
        (Kind::Line, "hello", edited),
        (Kind::Action, "", deleted),
        (Kind::Line, "stays", same),
        (Kind::Topic, "topic", same),
        (Kind::Edited, "hello", edited),
        (Kind::Edited, "hello", edited),
        (Kind::Edited, "", deleted),
        (Kind::Reacted, "ok", same),
        (Kind::Deleted, "", same),
        (Kind::Edited, "late", same),
        (Kind::Deleted, "", same),
        (Kind::Deleted, "", same),
    ];
    assert_eq!(texts(&lines), expected);
    assert_eq!(lines[7].refers, Some(id(3)));
    assert!(lines.iter().all(|past| past.is_proved));
    archive.close();
    let bytes = fs::read(file_in(&folder.0)).expect("it is there");
    for word in ["wrongtext", "privatetext", "betweentext", "secrettext"] {
        let is_there = bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes());
        assert!(!is_there, "{word} is still in the file");
    }
    let (_archive, rooms) = folder.open("30d");
    let said: Vec<&str> = rooms[0].said.iter().map(|said| &*said.text).collect();
    assert_eq!(said, ["hello", "stays"]);
    let edited: Vec<bool> = rooms[0].said.iter().map(|said| said.is_edited).collect();
    assert_eq!(edited, [true, false]);
}

#[test]
fn an_answer_is_one_after_a_restart() {
    let folder = Folder::new("answers");
    let (archive, _) = folder.open("30d");
    let answer = |number, text, about| Entry {
        refers: Some(id(about)),
        ..entry(Kind::Line, number, text)
    };
    push(
        &archive,
        &[
            entry(Kind::Line, 1, "shall we?"),
            answer(2, "yes", 1),
            answer(3, "to what is gone", 400),
        ],
    );
    archive.close();
    let (_archive, rooms) = folder.open("30d");
    let answers = rooms[0].said.iter().map(|said| said.re.as_deref());
    let quotes: Vec<Option<(LineId, &str)>> = answers
        .map(|re| re.map(|quote| (quote.id, &*quote.text)))
        .collect();
    assert_eq!(quotes, [None, Some((id(1), "shall we?")), None]);
}

#[test]
fn an_answer_is_found_with_what_it_answers() {
    let folder = Folder::new("quotes");
    let (archive, _) = folder.open("30d");
    let long = "y".repeat(3000);
    push(
        &archive,
        &[
            entry(Kind::Line, 1, "shall we?"),
            about(Kind::Line, 2, "yes", 1),
            entry(Kind::Line, 3, "gone"),
            about(Kind::Line, 4, "yes to that", 3),
            entry(Kind::Line, 5, &long),
            about(Kind::Line, 6, "yes to all", 5),
            about(Kind::Edited, 7, "shall we not?", 1),
            about(Kind::Deleted, 8, "", 3),
        ],
    );
    let words = "yes".into();
    for wish in [
        Wish::Last { before: None },
        Wish::Search {
            words,
            before: None,
        },
    ] {
        let recall = Recall {
            asker: crate::hub::Id {
                index: 0,
                generation: 0,
            },
            number: 1,
            rooms: vec!["lobby".into()],
            wish,
            most: 100,
        };
        archive.recall(recall).expect("nothing else waits");
        let found = archive.recalls.wait().found.expect("it works");
        let answers = found.lines.iter().filter(|past| past.text.contains("yes"));
        let quotes: Vec<Option<(u64, &str)>> = answers
            .map(|past| past.re.as_deref())
            .map(|re| re.map(|line| (line.id.number, &*line.text)))
            .collect();
        let expected = [Some((1, "shall we not?")), None, Some((5, &long[..512]))];
        assert_eq!(quotes, expected);
    }
}

#[test]
fn what_was_erased_leaves_the_log_too() {
    let folder = Folder::new("erased");
    let mut database = Database::open(&file_in(&folder.0)).expect("it opens");
    let mut bytes = Vec::new();
    entry(Kind::Line, 1, "privatetext").write(&mut bytes);
    database
        .write(entries_at(1000, &bytes), std::iter::empty())
        .expect("it is written");
    let log = folder.0.join("archive.db-wal");
    let has = |log: &Path| {
        let bytes = fs::read(log).expect("it is there");
        bytes.windows(11).any(|part| part == b"privatetext")
    };
    assert!(has(&log));
    bytes.clear();
    let deletion = Entry {
        refers: Some(id(1)),
        ..entry(Kind::Deleted, 2, "")
    };
    deletion.write(&mut bytes);
    database
        .write(entries_at(1000, &bytes), std::iter::empty())
        .expect("it is written");
    // Also if the server was killed before it came to that.
    std::mem::forget(database);
    let mut database = Database::open(&file_in(&folder.0)).expect("it opens");
    assert!(has(&log));
    database.sweep(&Keep::default(), 1000).expect("it works");
    assert!(!has(&log) && !has(&file_in(&folder.0)));
}

#[test]
fn a_file_of_the_first_version_is_brought_up_to_date() {
    let folder = Folder::new("first");
    begin_first_version(&file_in(&folder.0));
    assert_eq!(folder.rows()[0].text, "from before", "an export reads it");
    let (archive, rooms) = folder.open("30d");
    assert_eq!(rooms[0].last, Some(id(1)));
    assert_eq!(&*rooms[0].said[0].text, "from before");
    let edit = Entry {
        refers: Some(id(1)),
        ..entry(Kind::Edited, 2, "from now")
    };
    push(&archive, &[edit]);
    assert_eq!(
        texts(&past(&archive, 2))[0],
        (Kind::Line, "from now", State::Edited)
    );
}

#[test]
fn a_line_is_found_by_its_id() {
    let folder = Folder::new("find");
    let mut database = Database::open(&file_in(&folder.0)).expect("it opens");
    // Three epochs, whose numbers are not in the order of their times, and other rooms between.
    let mut all = Vec::new();
    let mut bytes = Vec::new();
    for (epoch, count) in [(9, 40), (3, 1), (7, 23)] {
        for number in 1..=count {
            for room in ["lobby", "kitchen"] {
                if room == "lobby" || number % 3 == 0 {
                    let id = LineId { epoch, number };
                    Entry {
                        room,
                        id,
                        ..entry(Kind::Line, 1, "")
                    }
                    .write(&mut bytes);
                    all.push((room, id));
                }
            }
        }
    }
    database
        .write(entries_at(1000, &bytes), std::iter::empty())
        .expect("it is written");
    let check = |gone: usize, database: &Database| {
        for epoch in [3, 7, 8, 9] {
            for number in 0..=45 {
                let wanted = LineId { epoch, number };
                let of = all
                    .iter()
                    .zip(1..)
                    .skip(gone)
                    .filter(|((room, _), _)| *room == "lobby");
                let first = of.clone().next().expect("some are left");
                let before = |id: &LineId| id.epoch == epoch && id.number <= number;
                let last = of.clone().filter(|((_, id), _)| before(id)).last();
                let begins = of
                    .clone()
                    .find(|((_, id), _)| *id == LineId { epoch, number: 1 });
                let expected = match (last, begins) {
                    (Some((_, place)), _) => Some(place),
                    (None, Some((_, place))) => Some(place - 1),
                    (None, None) if first.0.1.epoch == epoch => Some(first.1 - 1),
                    (None, None) => None,
                };
                let found = database.place_of("lobby", wanted);
                assert_eq!(found, expected, "{wanted:?} with {gone} gone");
            }
        }
    };
    check(0, &database);
    for gone in [1, 12, 50, 54] {
        database.delete_first(gone);
        check(gone, &database);
    }
}

#[test]
fn pins_are_there_at_the_next_start_and_read_as_their_lines() {
    let folder = Folder::new("pins");
    let (archive, _) = folder.open("30d");
    push(
        &archive,
        &[
            entry(Kind::Line, 1, "one"),
            entry(Kind::Line, 2, "two"),
            Entry {
                is_proved: false,
                ..entry(Kind::Action, 3, "three")
            },
            about(Kind::Pinned, 4, "", 3),
            about(Kind::Pinned, 5, "", 1),
            about(Kind::Pinned, 6, "", 2),
            about(Kind::Edited, 7, "first", 1),
            about(Kind::Unpinned, 8, "", 2),
            about(Kind::Pinned, 9, "", 400),
        ],
    );
    archive.close();
    let pins = |rooms: &[Remembered]| -> Vec<(u64, String, bool)> {
        let pins = rooms[0].pins.iter();
        let of = |said: &Said| {
            let is_proved = rooms[0].proved.contains(&said.id);
            (said.id.number, said.text.to_string(), is_proved)
        };
        pins.map(of).collect()
    };
    let (archive, rooms) = folder.open("30d");
    let third = (3, "three".to_owned(), false);
    let first = (1, "first".to_owned(), true);
    assert_eq!(pins(&rooms), [third, first.clone()]);
    // Also when the lines are too old for the archive.
    push(&archive, &[about(Kind::Deleted, 10, "", 3)]);
    archive.close();
    let database = Database::open(&file_in(&folder.0)).expect("it opens");
    database.delete_first(9);
    database.finish().expect("it closes");
    let (archive, rooms) = folder.open("30d");
    assert_eq!(pins(&rooms), [first]);
    push(&archive, &[about(Kind::Deleted, 11, "", 1)]);
    archive.close();
    assert_eq!(pins(&folder.open("30d").1), []);
}
