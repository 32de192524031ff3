//! Places on disk: with the lines of their turn, and no longer than they are kept.

use super::*;
use crate::hub::archive::record::{Record, Recorded};
use crate::limits::PLACES_KEPT;

fn record(number: u64, ago_s: Option<u64>, data: &str) -> Record<'_> {
    let ago = ago_s.map(Duration::from_secs);
    Record { number, ago, data }
}

/// Places with their numbers, whether somebody had them, and what is in them.
fn read(folder: &Folder) -> Vec<(u64, bool, String)> {
    let (archive, before) = Archive::open(&folder.0, Keep::default(), 1 << 20, || {}).expect("ok");
    archive.close();
    let of = |place: Recorded| (place.number, place.ago.is_none(), place.data.to_string());
    before.places.into_iter().map(of).collect()
}

fn push(archive: &Archive, records: &[Record<'_>], lines: u64) {
    let mut bytes = Vec::new();
    for number in 1..=lines {
        bytes.extend(batch("lobby", Kind::Line, number, "text"));
    }
    records.iter().for_each(|record| record.write(&mut bytes));
    assert_eq!(archive.push(&bytes), Ok(()));
}

#[test]
fn places_are_there_at_the_next_start_in_the_order_in_which_they_were_left() {
    let folder = Folder::new("places");
    let (archive, _) = folder.open("30d");
    let all = [
        record(1, None, "{\"n\":1}"),
        record(2, Some(10), "{\"n\":2}"),
        record(3, Some(20), "{\"n\":3}"),
        record(4, Some(0), "{}"),
    ];
    push(&archive, &all, 1);
    let later = [record(4, None, ""), record(2, Some(30), "{\"n\":\"joão\"}")];
    push(&archive, &later, 0);
    archive.close();
    let place = |number, is_here, data: &str| (number, is_here, data.to_owned());
    let expected = [
        place(2, false, "{\"n\":\"joão\"}"),
        place(3, false, "{\"n\":3}"),
        place(1, true, "{\"n\":1}"),
    ];
    assert_eq!(read(&folder), expected);
    assert_eq!(folder.rows().len(), 1, "a place is no line");
}

#[test]
fn a_place_is_written_in_the_transaction_of_its_lines() {
    let folder = Folder::new("places-whole");
    let (archive, _) = folder.open("30d");
    push(&archive, &[record(1, None, "before")], 1);
    archive.close();
    let mut database = Database::open(&file_in(&folder.0)).expect("it opens");
    let mut bytes = batch("lobby", Kind::Line, 2, "text");
    record(1, None, "after").write(&mut bytes);
    let killed = std::iter::once_with(|| panic!("as if the server was killed"));
    let write = || database.write(entries_at(7, &bytes), killed);
    let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(write));
    assert!(end.is_err());
    drop(database);
    assert_eq!(folder.rows().len(), 1, "the line of before");
    assert_eq!(read(&folder), [(1, true, "before".to_owned())]);
}

#[test]
fn a_commit_that_only_has_places_is_tried_again() {
    let folder = Folder::new("places-again");
    let (queue, (news, _told)) = (Arc::new(Queue::default()), channel());
    let file = file_in(&folder.0);
    let mut writer = Writer::new(file, Keep::default(), None, Arc::clone(&queue), news);
    for (n, is_there) in [(1, false), (2, true)] {
        let mut bytes = Vec::new();
        record(n, None, "{}").write(&mut bytes);
        assert_eq!(queue.push(7, &bytes), Ok(()));
        writer.fail_and_try_again(is_there);
    }
    drop(writer);
    let numbers: Vec<u64> = read(&folder).into_iter().map(|place| place.0).collect();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn places_that_were_left_too_long_ago_go_and_so_do_the_first_of_too_many() {
    let folder = Folder::new("places-old");
    let mut database = Database::open(&file_in(&folder.0)).expect("it opens");
    let day: i64 = 24 * 60 * 60 * 1000;
    let write = |database: &mut Database, at: i64, number, is_here: bool| {
        let ago = (!is_here).then_some(Duration::ZERO);
        let data = "{}";
        let record = Record { number, ago, data };
        let written = database.write(std::iter::empty(), std::iter::once((at, record)));
        written.expect("it is written");
    };
    write(&mut database, 0, 1, false);
    write(&mut database, 0, 2, true);
    write(&mut database, 20 * day, 3, false);
    let numbers = |database: &mut Database| -> Vec<u64> {
        let before = database.begin(31 * day, 1 << 20).expect("it works");
        before.places.iter().map(|place| place.number).collect()
    };
    let keep = |text| Keep::parse(text).expect("right").expect("on");
    assert_eq!(numbers(&mut database), [1, 3, 2]);
    assert!(!database.sweep(&keep("100M"), 31 * day).expect("it works"));
    assert_eq!(numbers(&mut database), [3, 2]);
    // Nothing is kept for longer than what was said.
    assert!(!database.sweep(&keep("7d"), 31 * day).expect("it works"));
    assert_eq!(numbers(&mut database), [2]);
    let left = (3..=PLACES_KEPT as u64 + 1).map(|number| {
        let (ago, data) = (Some(Duration::ZERO), "{}");
        (number as i64, Record { number, ago, data })
    });
    let written = database.write(std::iter::empty(), left);
    written.expect("it is written");
    write(&mut database, 5, u64::MAX / 2, false);
    let kept = numbers(&mut database);
    assert_eq!(kept.len(), PLACES_KEPT);
    assert!(!kept.contains(&3) && kept.contains(&2) && kept.contains(&4));
}
