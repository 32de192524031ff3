//! How often one may try a password, and what waits meanwhile.

use super::*;
use crate::hub::Secret;
use crate::pace::MOST;
use crate::turn::tests::Still;

const WHO: Id = Id {
    index: 0,
    generation: 0,
};

/// Ask whether a password is right; what the hub is told at once, if anything.
fn verify(auth: &mut Auth, sys: &mut Still, peer: SocketAddr) -> Option<Verdict> {
    let name = Name::parse("ana").expect("a name");
    let password = Secret::new("a password").expect("a password");
    let question = Question::Verify(password);
    auth.ask(sys, Time::ZERO, (WHO, peer), &name, question);
    auth.verdicts.pop().map(|(_, verdict)| verdict)
}

#[test]
fn wrong_passwords_are_counted_when_they_are_answered_and_held_back() {
    let (mut auth, mut sys) = (Auth::default(), Still::default());
    let peer = SocketAddr::from(([10, 0, 0, 1], 1));
    sys.room = 1;
    for _ in 0..3 {
        assert_eq!(verify(&mut auth, &mut sys, peer), None);
        let Some(Job::Account(query)) = sys.jobs.pop() else {
            panic!("the worker is not asked");
        };
        assert_eq!((query.lane, auth.asked()), (Lane::Logins, 1));
        auth.answered();
        auth.answer(Time::ZERO, (WHO, peer), &query.task, Verdict::Wrong);
        assert_eq!(auth.verdicts.pop(), Some((WHO, Verdict::Wrong)));
    }
    let told = verify(&mut auth, &mut sys, peer);
    assert!(matches!(told, Some(Verdict::TooMany { .. })), "{told:?}");
    assert!(sys.jobs.is_empty() && auth.is_done());
}

#[test]
fn tries_at_once_from_one_address_do_not_use_up_those_of_an_account() {
    let (mut auth, mut sys) = (Auth::default(), Still::default());
    let [guesser, owner] = [1, 2].map(|last| SocketAddr::from(([10, 0, 0, last], 1)));
    sys.room = 100;
    for _ in 0..12 {
        assert_eq!(verify(&mut auth, &mut sys, guesser), None);
    }
    assert_eq!(sys.jobs.len(), 3, "the others wait");
    while let Some(Job::Account(query)) = sys.jobs.pop() {
        auth.answered();
        auth.answer(Time::ZERO, (WHO, guesser), &query.task, Verdict::Wrong);
        auth.ask_held(&mut sys, Time::ZERO);
    }
    assert!(
        auth.is_done(),
        "those that waited are answered without the worker"
    );
    let told = auth.verdicts.drain(..).map(|(_, verdict)| verdict);
    let wrong = told.filter(|verdict| *verdict == Verdict::Wrong).count();
    assert!(wrong <= 5, "{wrong}");
    assert!(auth.open.is_empty());
    let told = verify(&mut auth, &mut sys, guesser);
    assert!(matches!(told, Some(Verdict::TooMany { .. })), "{told:?}");
    assert_eq!(
        verify(&mut auth, &mut sys, owner),
        None,
        "the owner may try"
    );
}

#[test]
fn a_busy_worker_is_told_of_at_once_and_takes_orders_later_in_their_order() {
    let (mut auth, mut sys) = (Auth::default(), Still::default());
    let here = SocketAddr::from(([127, 0, 0, 1], 1));
    assert_eq!(verify(&mut auth, &mut sys, here), Some(Verdict::Busy));
    assert!(auth.is_done());
    for n in 0..=CHANGES_WAITING {
        auth.order(&mut sys, None, Task::List(n.to_string()));
    }
    assert!(!auth.is_done() && auth.asked() == 0);
    sys.room = 2;
    auth.submit_orders(&mut sys);
    sys.room = CHANGES_WAITING + 1;
    auth.submit_orders(&mut sys);
    assert_eq!(auth.asked(), CHANGES_WAITING);
    for (n, job) in sys.jobs.drain(..).enumerate() {
        let Job::Account(query) = job else {
            panic!("no other job was given");
        };
        assert_eq!(query.task, Task::List(n.to_string()));
        auth.answered();
    }
    assert!(auth.is_done());
}
#[test]
fn three_at_once_and_then_one_in_twenty_seconds() {
    let mut attempts = Auth::default();
    let address = [Subject::Address([10, 0, 0, 1].into())];
    let mut now = Time::from_secs(1000);
    for _ in 0..3 {
        assert_eq!(attempts.wait(now, &address), None);
        attempts.count(now, address.clone());
    }
    assert_eq!(attempts.wait(now, &address), Some(Duration::from_secs(20)));
    now += Duration::from_secs(20);
    assert_eq!(attempts.wait(now, &address), None);
    let changes = [Subject::Changes([10, 0, 0, 1].into())];
    for _ in 0..10 {
        assert_eq!(attempts.wait(now, &changes), None, "counted apart");
        attempts.count(now, changes.clone());
    }
    assert_eq!(attempts.wait(now, &changes), Some(Duration::from_secs(6)));
    let other = Subject::Account("ana".to_owned());
    assert_eq!(attempts.wait(now, &[other]), None);
}

#[test]
fn the_table_is_bounded() {
    let mut attempts = Auth::default();
    for n in 0..2 * MOST {
        attempts.count(Time::ZERO, [Subject::Account(n.to_string())]);
    }
    assert_eq!(attempts.attempts.len(), MOST);
    attempts.count(Time::from_secs(100), [Subject::Account("new".to_owned())]);
    assert_eq!(attempts.attempts.len(), 1, "what is long past is forgotten");
}
