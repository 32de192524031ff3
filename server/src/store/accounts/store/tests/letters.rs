//! Private lines for owners who are not here, and when owners were here.

use super::{Place, name};
use crate::hub::{Origin, Verdict};
use crate::store::accounts::store::Store;
use crate::store::accounts::{Leaving, Owner, Visit};

/// A letter is left.
fn left(store: &Store, to: &Owner, source: usize, text: &str) -> Verdict {
    let leaving = Leaving {
        sender: "carl".into(),
        source: source.to_string(),
        text: text.into(),
        is_owners: text == "0",
        origin: Origin::Absent,
    };
    store.leave(to, &leaving).expect("the disk works")
}

/// The texts that are told, the number of the last one, and how many more there are.
fn told(store: &Store, of: &Owner, after: i64) -> (Vec<String>, i64, usize) {
    let (letters, more) = store.letters(of, after).expect("the disk works");
    let last = letters.last().map_or(0, |letter| letter.number);
    let texts = letters.iter().map(|letter| letter.text.to_string());
    (texts.collect(), last, more)
}

#[test]
fn letters_wait_in_order_within_their_limits_and_go_with_their_account() {
    use crate::limits::{LETTERS, LETTERS_OF_ONE};
    let place = Place::new("letters");
    let store = place.store();
    let (ana, bob) = (name("ana", "ana"), name("bob", "bob"));
    let (leave, told) = (
        |to: &Owner, source, text: &str| left(&store, to, source, text),
        |of: &Owner, after| told(&store, of, after),
    );
    assert_eq!(leave(&ana, 0, "hello"), Verdict::NoSuch);
    assert!(store.insert(&ana, "hash").expect("ok") && store.insert(&bob, "hash").expect("ok"));
    assert_eq!(told(&ana, 0), (vec![], 0, 0));
    for n in 0..LETTERS_OF_ONE {
        assert_eq!(leave(&ana, 0, &n.to_string()), Verdict::Changed);
    }
    assert_eq!(leave(&ana, 0, "more"), Verdict::Full { of_yours: true });
    assert_eq!(leave(&bob, 0, "to another"), Verdict::Changed);
    for n in LETTERS_OF_ONE..LETTERS {
        assert_eq!(leave(&ana, n, &n.to_string()), Verdict::Changed);
    }
    assert_eq!(
        leave(&ana, LETTERS, "more"),
        Verdict::Full { of_yours: false }
    );
    let again = |first: usize| {
        let (letters, _) = store.letters(&ana, 0).expect("the disk works");
        let letters = &letters[first..];
        letters
            .iter()
            .map(|letter| letter.is_again)
            .collect::<Vec<bool>>()
    };
    assert_eq!(again(0), [false; LETTERS]);
    assert_eq!(
        again(0),
        [true; LETTERS],
        "it is not known that they arrived"
    );
    let (texts, last, more) = told(&ana, 0);
    let expected: Vec<String> = (0..LETTERS).map(|n| n.to_string()).collect();
    assert_eq!((texts, more), (expected, 0));
    assert!(store.discard(&ana, last).expect("ok"));
    assert_eq!(told(&ana, 0), (vec![], 0, 0));
}

#[test]
fn long_letters_are_told_some_at_a_time_and_old_ones_not_at_all() {
    let place = Place::new("long-letters");
    let store = place.store();
    let (ana, bob) = (name("ana", "ana"), name("bob", "bob"));
    let (leave, told) = (
        |to: &Owner, source, text: &str| left(&store, to, source, text),
        |of: &Owner, after| told(&store, of, after),
    );
    assert!(store.insert(&ana, "hash").expect("ok") && store.insert(&bob, "hash").expect("ok"));
    for n in 0..20 {
        let verdict = leave(&ana, n, &"x".repeat(3000));
        assert_eq!(verdict, Verdict::Changed, "{n}");
    }
    assert_eq!(
        leave(&ana, 20, &"x".repeat(6000)),
        Verdict::Full { of_yours: false }
    );
    let (texts, last, more) = told(&ana, 0);
    assert_eq!((texts.len(), more), (5, 15));
    assert_eq!(told(&ana, last).2, 10);
    // No number is given twice.
    assert!(store.discard(&ana, i64::MAX).expect("ok"));
    leave(&ana, 0, "after");
    assert!(told(&ana, 0).1 > last);

    // What is too old is not told.
    let old = "UPDATE letters SET written = unixepoch() - 31 * 86400";
    place.database().execute(old, []).expect("ok");
    assert_eq!(told(&ana, 0), (vec![], 0, 0));
    leave(&bob, 0, "new");
    let count = || {
        let count = "SELECT count(*) FROM letters";
        let row = place
            .database()
            .query_row(count, [], |row| row.get::<_, i64>(0));
        row.expect("ok")
    };
    assert_eq!(count(), 1, "and removed");
    assert!(store.remove(&bob).expect("ok"));
    assert_eq!(count(), 0, "they go with the account");
}

#[test]
fn a_private_line_that_was_sent_to_a_lost_connection_counts_as_told() {
    let place = Place::new("lost-letters");
    let store = place.store();
    let ana = name("ana", "ana");
    assert!(store.insert(&ana, "hash").expect("ok"));
    let leaving = Leaving {
        sender: "carl".into(),
        source: "carl".into(),
        text: "are you there?".into(),
        is_owners: true,
        origin: Origin::Lost { count: 1 },
    };
    let left = store.leave(&ana, &leaving).expect("the disk works");
    assert_eq!(left, Verdict::Changed);
    let (letters, _) = store.letters(&ana, 0).expect("the disk works");
    let marks: Vec<_> = letters
        .iter()
        .map(|of| (of.is_again, of.is_owners))
        .collect();
    assert_eq!(marks, [(true, true)]);
}

#[test]
fn letters_of_an_older_version_are_told_and_visits_go_with_their_account() {
    let place = Place::new("older-letters");
    let store = place.store();
    let (ana, bob) = (name("ana", "ana"), name("bob", "bob"));
    assert!(store.insert(&ana, "hash").expect("ok"));
    assert_eq!(left(&store, &ana, 0, "hello"), Verdict::Changed);
    let older = "DROP TABLE hooks; DROP TRIGGER visits_of_no_account; DROP TABLE visits;
        ALTER TABLE letters DROP COLUMN told; ALTER TABLE letters DROP COLUMN owners;
        PRAGMA user_version = 4";
    place.database().execute_batch(older).expect("ok");
    assert_eq!(store.visits().expect("ok"), []);
    assert_eq!(told(&store, &ana, 0).0, ["hello"]);

    let visit = |owner: &Owner, spoke| Visit {
        owner: owner.clone(),
        here: 1000,
        spoke,
    };
    let noted = [visit(&ana, Some(900)), visit(&bob, None)];
    store.note_visits(&noted).expect("ok");
    assert_eq!(
        store.visits().expect("ok"),
        noted[..1],
        "bob has no account"
    );
    let again = visit(&ana, None);
    store.note_visits(std::slice::from_ref(&again)).expect("ok");
    assert_eq!(store.visits().expect("ok"), [again]);
    assert!(store.remove(&ana).expect("ok"));
    assert!(store.insert(&ana, "hash").expect("ok"));
    assert_eq!(store.visits().expect("ok"), []);
}
