//! What is searched for is found by its words, and nothing else is; the index can be lost at any time.

use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::hub::Id;
use crate::hub::name::Name;
use crate::hub::recall::{Found, Place, Unreadable, Wish};
use crate::store::archive::database::{Index, Lookup};

fn ask(archive: &Archive, wish: Wish) -> Result<Found, Unreadable> {
    let asker = Id {
        index: 0,
        generation: 0,
    };
    let recall = Recall {
        asker,
        number: 1,
        rooms: vec!["lobby".into()],
        wish,
        most: 20,
    };
    archive.recall(recall).expect("nothing else waits");
    archive.recalls.wait().found
}

/// The numbers of the lines with these words.
fn search(archive: &Archive, words: &str) -> Vec<u64> {
    let (words, before) = (words.into(), None);
    let found = ask(archive, Wish::Search { words, before }).expect("it works");
    assert!(found.is_whole && found.more.is_none());
    found.lines.iter().map(|past| past.id.number).collect()
}

fn from(archive: &Archive, name: &str) -> Vec<u64> {
    let (name, before) = (name.into(), None);
    let found = ask(archive, Wish::From { name, before }).expect("it works");
    found.lines.iter().map(|past| past.id.number).collect()
}

fn say(archive: &Archive, from: &str, number: u64, text: &str) {
    let mut bytes = Vec::new();
    line(from, number, text).write(&mut bytes);
    assert_eq!(archive.push(&bytes), Ok(()));
}

fn line<'a>(from: &'a str, number: u64, text: &'a str) -> Entry<'a> {
    Entry {
        kind: Kind::Line,
        room: "lobby",
        id: LineId { epoch: 5, number },
        from,
        text,
        more: 0,
        refers: None,
        is_proved: false,
    }
}

fn about(kind: Kind, number: u64, text: &str, about: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let entry = Entry {
        kind,
        refers: Some(LineId {
            epoch: 5,
            number: about,
        }),
        ..line("ana", number, text)
    };
    entry.write(&mut bytes);
    bytes
}

fn index_in(folder: &Folder) -> PathBuf {
    folder.0.join("search.db")
}

/// Whether a file or its log has this text.
fn has(file: &Path, text: &str) -> bool {
    ["", "-wal"].into_iter().any(|suffix| {
        let bytes = fs::read(format!("{}{suffix}", file.display())).unwrap_or_default();
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    })
}

#[test]
fn words_are_found_whatever_their_case_and_accents() {
    let folder = Folder::new("search");
    let (archive, _) = folder.open("30d");
    say(&archive, "ana", 1, "O café está AÇUCARADO");
    say(
        &archive,
        "João",
        2,
        "cafeteria; not a cafe, e-mail: bob@example.org",
    );
    say(&archive, "bob", 3, "NOT NEAR text sender");
    let check = |words: &str, expected: &[u64]| {
        assert_eq!(search(&archive, words), expected, "{words}");
    };
    check("cafe", &[1, 2]);
    check("CAFÉ açucarado", &[1]);
    check("acucar*", &[1]);
    check("cafe*", &[1, 2]);
    check("\"not a cafe\"", &[2]);
    check("\"a not cafe\"", &[]);
    check("cafe not", &[2]);
    check("not", &[2, 3]);
    check("e-mail", &[2]);
    check("bob@example.org", &[2]);
    check("text:cafe", &[]);
    check("sender", &[3]);
    check("ana", &[]);
    check("", &[]);
    check("!!", &[]);
    let key = Name::parse("JOÃO").expect("a name");
    assert_eq!(from(&archive, key.key()), [2]);
    assert_eq!(from(&archive, "ana"), [1]);
    assert!(from(&archive, "an").is_empty());
    archive.close();
    let mode = fs::metadata(index_in(&folder))
        .expect("it is there")
        .permissions();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777,
        0o600
    );
}

#[test]
fn a_search_without_a_working_index_is_answered() {
    let folder = Folder::new("search-unable");
    fs::create_dir(index_in(&folder)).expect("it is ours");
    let (archive, _) = folder.open("30d");
    say(&archive, "ana", 1, "soup");
    let (words, before) = ("soup".into(), None);
    let found = ask(&archive, Wish::Search { words, before });
    assert_eq!(found, Err(Unreadable::Failed));
}

#[test]
fn what_was_changed_is_found_by_its_new_words_and_leaves_the_index() {
    let folder = Folder::new("search-changed");
    let (archive, _) = folder.open("30d");
    say(&archive, "ana", 1, "wrongtext here");
    say(&archive, "ana", 2, "privatetext here");
    assert_eq!(search(&archive, "here"), [1, 2]);
    assert!(has(&index_in(&folder), "wrongtext"));
    let edited = about(Kind::Edited, 3, "righttext", 1);
    assert_eq!(archive.push(&edited), Ok(()));
    let deleted = about(Kind::Deleted, 4, "", 2);
    assert_eq!(archive.push(&deleted), Ok(()));
    assert_eq!(search(&archive, "righttext"), [1]);
    assert!(search(&archive, "here").is_empty() && search(&archive, "wrongtext").is_empty());
    assert_eq!(from(&archive, "ana"), [1]);
    for text in ["wrongtext", "privatetext"] {
        assert!(!has(&index_in(&folder), text), "{text} is still there");
    }
}

#[test]
fn an_index_that_is_lost_damaged_or_of_another_archive_is_made_anew() {
    let (folder, other) = (Folder::new("search-lost"), Folder::new("search-other"));
    let (archive, _) = other.open("30d");
    for n in 1..10 {
        say(&archive, "ana", n, "soup");
    }
    assert_eq!(search(&archive, "soup").len(), 9);
    archive.close();
    let index = index_in(&folder);
    let lose = [
        |_: &Path, _: &Path| {},
        |index: &Path, _: &Path| fs::remove_file(index).expect("it is there"),
        |index: &Path, _: &Path| fs::write(index, [0x5a; 5000]).expect("it is ours"),
        |index: &Path, _: &Path| {
            let mut bytes = fs::read(index).expect("it is there");
            bytes[5000..].fill(0x5a);
            fs::write(index, bytes).expect("it is ours");
        },
        |index: &Path, other: &Path| {
            fs::copy(other, index).expect("it is ours");
        },
    ];
    for (n, lose) in (1..).zip(lose) {
        let (archive, _) = folder.open("30d");
        say(&archive, "ana", n, &format!("soup number {n}"));
        let all: Vec<u64> = (1..=n).collect();
        assert_eq!(search(&archive, "soup"), all);
        archive.close();
        lose(&index, &index_in(&other));
    }
}

#[test]
fn old_lines_leave_the_index_in_steps_and_tables_as_a_whole() {
    let folder = Folder::new("search-old");
    let mut database = Database::open(&file_in(&folder.0)).expect("it opens");
    let mut bytes = Vec::new();
    for n in 1..=60_000 {
        let text = if n == 7 || n == 50_007 {
            "privatetext"
        } else {
            "a"
        };
        line("ana", n, text).write(&mut bytes);
    }
    database
        .write(entries_at(1000, &bytes), std::iter::empty())
        .expect("it is written");
    let mut lookup = None;
    let lookup = Lookup::open(&file_in(&folder.0), &mut lookup).expect("it opens");
    let mut index = Index::open(&index_in(&folder)).expect("it opens");
    let finish = |index: &mut Index, lookup: &mut Lookup| {
        let mut steps = 1;
        loop {
            let batch = lookup.batch(index.upto(), 10_000).expect("it is sound");
            if !index.step(&batch).expect("it is sound") {
                return steps;
            }
            steps += 1;
        }
    };
    let (here, elsewhere) = (["r1".to_owned()], ["r2".to_owned()]);
    let find = |index: &Index, before, most| {
        let late = Instant::now() + Duration::from_secs(60);
        let sought = (&here[..], "text : \"privatetext\"");
        let found = index.find(sought, (before, most), late);
        found.expect("it is sound")
    };
    finish(&mut index, lookup);
    // A word that many lines have, and one that few have, in another room.
    for word in ["text : \"a\"", "text : \"privatetext\""] {
        let late = Instant::now() + Duration::from_secs(60);
        let found = index.find((&elsewhere, word), (None, 5), late);
        assert!(found.expect("it is sound").places.is_empty());
        let found = index.find((&here, word), (None, 2), late);
        assert_eq!(found.expect("it is sound").places.len(), 2);
    }
    assert_eq!(find(&index, None, 5).places, [50_007, 7]);
    let first = find(&index, None, 1);
    assert_eq!(
        (first.places, first.more),
        (vec![50_007], Some(Place(50_007)))
    );
    let late = index.find(
        (&here, "text : \"privatetext\""),
        (Some(Place(50_007)), 1),
        Instant::now(),
    );
    let late = late.expect("it is sound");
    assert_eq!((late.places, late.more), (vec![], Some(Place(50_000))));
    database.delete_first(50_120);
    let steps = finish(&mut index, lookup);
    assert!(
        steps >= 4,
        "a table, and twice 50 lines and more: {steps} steps"
    );
    assert!(find(&index, None, 5).places.is_empty());
    assert!(!has(&index_in(&folder), "privatetext"));
    database.delete_first(60_000);
    finish(&mut index, lookup);
    let all = index.find((&here, "text : \"a\""), (None, 5), Instant::now());
    assert!(all.expect("it is sound").places.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]
    #[test]
    fn whatever_is_typed_is_a_search(many in proptest::collection::vec(typed(), 30)) {
        let folder = Folder::new("search-typed");
        let (archive, _) = folder.open("30d");
        say(&archive, "ana", 1, "soup AND lunch OR \"NOT\" NEAR(x, 3) text:y -z ^w \u{1f600} é");
        for words in many {
            let (words, before) = (words.into(), None);
            let found = ask(&archive, Wish::Search { words, before });
            prop_assert!(found.is_ok_and(|found| found.is_whole));
        }
    }
}

/// Syntax, words, and anything.
fn typed() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "(AND|OR|NOT|NEAR|text|sender|room|rank|soup|lunch|é|\u{1f600}|a\u{301})",
        "[\"*^:(){}+,; '\u{0}-]",
        "\\PC{0,5}",
        any::<String>(),
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}
