//! What the accounts store for operators: bans across a restart, and their password for one run.

use std::sync::mpsc::channel;
use std::time::Duration;

use papo_server::hub::{Question, Verdict};
use papo_server::store::accounts::{Accounts, Ban, BanKey, Task};

use super::{Asker, Place, email, name, password, query};

fn ban(key: BanKey, whom: &str, left: Option<u64>) -> Ban {
    Ban {
        key,
        whom: whom.to_owned(),
        by: "ana".to_owned(),
        why: "too loud".to_owned(),
        left: left.map(Duration::from_secs),
    }
}

#[test]
fn bans_are_there_after_a_restart_and_not_when_they_are_over() {
    let place = Place::new("bans");
    let asker = Asker::open(&place.0);
    let ask = |task| asker.done(task).verdict;
    let bob = || BanKey::Name("bob".to_owned());
    let net = || BanKey::Address("10.0.0.0/24".to_owned());
    assert_eq!(ask(Task::Forget(bob())), Verdict::NoSuch);
    assert!(!place.database().exists(), "no question creates it");
    let keep = |key, whom, left| ask(Task::Keep(ban(key, whom, left)));
    assert_eq!(keep(bob(), "Bob", None), Verdict::Changed);
    assert_eq!(keep(net(), "10.0.0.0/24", Some(3600)), Verdict::Changed);
    let over = BanKey::Name("carl".to_owned());
    assert_eq!(keep(over, "carl", Some(0)), Verdict::Changed);
    // Replaces the first one.
    assert_eq!(keep(bob(), "BOB", None), Verdict::Changed);
    drop(asker);

    let asker = Asker::open(&place.0);
    let [net_kept, bob_kept] = asker.bans.as_slice() else {
        panic!("{:?}", asker.bans);
    };
    assert_eq!(*bob_kept, ban(bob(), "BOB", None));
    let left = net_kept.left.expect("it ends");
    assert!(left <= Duration::from_secs(3600) && left > Duration::from_secs(60));
    assert_eq!(net_kept.key, net());
    let lifted = asker.done(Task::Forget(net()));
    assert_eq!(lifted.verdict, Verdict::Removed);
    drop(asker);
    assert_eq!(Asker::open(&place.0).bans, [ban(bob(), "BOB", None)]);
}

#[test]
fn a_database_without_bans_gets_them_with_the_first() {
    let place = Place::new("steps");
    let asker = Asker::open(&place.0);
    let asked = Question::Register(password("one"));
    assert_eq!(asker.ask(&email(1), asked), Verdict::Registered);
    drop(asker);
    // A database as the first version left it.
    let old = rusqlite::Connection::open(place.database()).expect("it is there");
    let first =
        "DROP TABLE hooks; DROP TABLE bans; DROP TRIGGER letters_of_no_account; DROP TABLE letters;
        DROP TRIGGER visits_of_no_account; DROP TABLE visits; ALTER TABLE accounts DROP COLUMN used;
        ALTER TABLE accounts DROP COLUMN once; PRAGMA user_version = 1";
    old.execute_batch(first).expect("it can be changed");
    drop(old);

    let asker = Asker::open(&place.0);
    assert_eq!((asker.registered.len(), asker.bans.len()), (1, 0));
    let bob = BanKey::Name("bob".to_owned());
    let ask = |task| asker.done(task).verdict;
    assert_eq!(ask(Task::Forget(bob.clone())), Verdict::NoSuch);
    assert_eq!(ask(Task::Keep(ban(bob, "bob", None))), Verdict::Changed);
    drop(asker);
    let asker = Asker::open(&place.0);
    assert_eq!((asker.registered.len(), asker.bans.len()), (1, 1));
}

#[test]
fn the_operators_password_is_that_of_the_start() {
    let place = Place::new("operators");
    let asker = Asker::open(&place.0);
    let ana = name("ana", "Ana");
    let ask = |text| asker.ask(&ana, Question::Operator(password(text)));
    assert_eq!(ask("open barley"), Verdict::Wrong);
    assert_eq!(ask("open sesame"), Verdict::Right);
    assert_eq!(ask("open sesame"), Verdict::Right);
    assert!(!place.database().exists(), "it is nowhere on the disk");
    drop(asker);

    let (wake, woken) = channel();
    let waker = move || {
        let _ = wake.send(());
    };
    let opened = Accounts::open(place.0.clone(), None, waker);
    let (accounts, _) = opened.expect("there is nothing");
    let task = Task::Ask(ana, Question::Operator(password("open sesame")));
    accounts.ask(query(1, task)).expect("the queue is empty");
    woken.recv().expect("the worker is there");
    let answer = accounts.answer().expect("it woke us");
    assert_eq!(answer.verdict, Verdict::NoSuch, "nobody can be one");
}
