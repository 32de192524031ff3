//! Changes to accounts that their owners do not make: operators list, reset and free them, and
//! Unicode's tables change.

use std::time::Duration;

use papo_server::hub::{Question, Verdict};
use papo_server::store::accounts::{Found, Owner, Task};

use super::{Asker, Place, email, name, password, register, verify};

#[test]
fn an_operator_lists_resets_and_frees_accounts() {
    let place = Place::new("managed");
    let asker = Asker::open(&place.0);
    let (ana, mail) = (name("ana", "Ana"), email(1));
    let list = |part: &str| {
        let answer = asker.done(Task::List(part.to_owned()));
        assert_eq!(answer.verdict, Verdict::Right);
        let Found::Listed(listed, count) = answer.found else {
            panic!("{:?}", answer.found);
        };
        let names = listed.iter().map(|account| account.whom.clone());
        (names.collect::<Vec<_>>(), count, listed)
    };
    assert_eq!(list("").1, 0);
    assert_eq!(
        asker.done(Task::Reset(ana.clone())).verdict,
        Verdict::NoSuch
    );
    assert_eq!(asker.ask(&ana, register("first")), Verdict::Registered);
    assert_eq!(asker.ask(&mail, register("mail")), Verdict::Registered);
    let (names, count, listed) = list("");
    assert_eq!(
        (names.as_slice(), count),
        (&["1@example.org".to_owned(), "Ana".to_owned()][..], 2)
    );
    assert!(listed.iter().all(|account| account.used.is_none()));
    assert_eq!(list("AN").0, ["Ana"]);
    assert_eq!(asker.ask(&ana, verify("first")), Verdict::Right);
    let used = list("ana").2[0].used.expect("it was used");
    assert!(used < Duration::from_secs(3600));

    // A one-time password opens nothing until it is changed, and then it is invalid.
    let fresh = |owner: &Owner| {
        let answer = asker.done(Task::Reset(owner.clone()));
        assert_eq!(answer.verdict, Verdict::Changed);
        match answer.found {
            Found::Password(fresh) => {
                assert!(!format!("{fresh:?}").contains(&fresh.0));
                fresh.0
            }
            found => panic!("{found:?}"),
        }
    };
    let once = fresh(&ana);
    assert_ne!(once, fresh(&ana), "each is another");
    let once = fresh(&ana);
    assert_eq!(asker.ask(&ana, verify("first")), Verdict::Wrong);
    assert_eq!(asker.ask(&ana, verify(&once)), Verdict::RightOnce);
    let renew = |old: &str| Question::Renew {
        old: password(old),
        new: password("second"),
    };
    assert_eq!(asker.ask(&ana, renew("first")), Verdict::Wrong);
    assert_eq!(asker.ask(&ana, renew(&once)), Verdict::Changed);
    assert_eq!(asker.ask(&ana, renew(&once)), Verdict::Wrong);
    assert_eq!(
        asker.ask(&ana, renew("second")),
        Verdict::Wrong,
        "it is not for once"
    );
    assert_eq!(asker.ask(&ana, verify("second")), Verdict::Right);
    let stays = fresh(&mail);
    assert_eq!(asker.ask(&mail, verify(&stays)), Verdict::Right);
    let free = || asker.done(Task::Free(mail.clone())).verdict;
    assert_eq!((free(), free()), (Verdict::Removed, Verdict::NoSuch));
    assert_eq!(list("").0, ["Ana"]);
}

#[test]
fn keys_and_looks_are_those_of_todays_tables() {
    let place = Place::new("tables");
    let asker = Asker::open(&place.0);
    // As with other tables: their keys differed, and so did their looks.
    let stale = |key: &str, shown: &str| Owner::Name {
        key: key.into(),
        look: key.into(),
        shown: shown.into(),
    };
    for (key, shown) in [
        ("old", "Iara"),
        ("iara", "bob"),
        ("older", "IARA"),
        ("oldest", "lara"),
    ] {
        let owner = stale(key, shown);
        assert_eq!(asker.ask(&owner, register(shown)), Verdict::Registered);
    }
    drop(asker);
    let asker = Asker::open(&place.0);
    let owned = |key: &str, look: &str, shown: &str| Owner::Name {
        key: key.into(),
        look: look.into(),
        shown: shown.into(),
    };
    let iara = owned("iara", "lara", "Iara");
    let bob = owned("bob", "bob", "bob");
    let lara = owned("lara", "lara", "lara");
    for owner in [&iara, &bob, &lara] {
        assert!(asker.registered.contains(owner), "{owner:?}");
    }
    // The owner keeps the name, under whatever key; the second one with the same key is not lost.
    assert_eq!(asker.ask(&iara, verify("Iara")), Verdict::Right);
    assert_eq!(asker.ask(&iara, verify("IARA")), Verdict::Wrong);
    assert_eq!(asker.ask(&bob, verify("bob")), Verdict::Right);
    assert_eq!(asker.ask(&lara, verify("lara")), Verdict::Right);
    assert_eq!(asker.registered.len(), 4);
    assert_eq!(
        asker.done(Task::Free(iara.clone())).verdict,
        Verdict::Removed
    );
    drop(asker);
    let asker = Asker::open(&place.0);
    assert_eq!(asker.ask(&iara, verify("IARA")), Verdict::Right);
}
