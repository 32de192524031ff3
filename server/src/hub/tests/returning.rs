//! Who is back and waits for what they missed, while something else happens.

use super::*;
use crate::hub::archive::entry::{Kind, LineId};
use crate::hub::back::Reached;
use crate::hub::operators::{Account, Outcome};
use crate::hub::recall::{Found, Past, Place, Recall, Recalled, State, Unreadable};
use crate::hub::rooms::LOBBY;

fn name(text: &str) -> Name {
    Name::parse(text).expect("a legal name")
}

fn id(index: u32) -> Id {
    Id {
        index,
        generation: 1,
    }
}

fn register(hub: &mut Hub) {
    let ana = Registered::from(&name("ana"));
    hub.set_registered(vec![ana]);
}

/// Types the name and the password, which is right; what came of it.
fn log_in(hub: &mut Hub, index: u32) -> Vec<Effect> {
    ask(hub, index, Request::Enter("ana".to_owned()));
    let password = Secret::new("sesame").expect("a password");
    ask(hub, index, Request::Claim(Ok(password)));
    let mut effects = Vec::new();
    hub.verdict(Time::ZERO, id(index), Verdict::Right, &mut effects);
    hub.invariants();
    effects
}

/// The question to the archive among these.
fn question(effects: &[Effect]) -> Option<&Recall> {
    let mut questions = effects.iter().filter_map(|effect| match effect {
        Effect::Recall(recall) => Some(recall),
        _ => None,
    });
    let question = questions.next();
    assert_eq!(questions.next(), None);
    question
}

/// Ana was lost, and more was said in each of her two rooms than memory holds. She is back at another conn and
/// waits: her hub, and the question for what she missed.
fn waits() -> (Hub, Recall) {
    let mut hub = Hub::new(10);
    hub.begin_epochs(100);
    hub.begin_archive(Time::ZERO, Before::default());
    register(&mut hub);
    log_in(&mut hub, 0);
    ask(&mut hub, 1, Request::Enter("bob".to_owned()));
    for index in [0, 1] {
        ask(&mut hub, index, Request::Also("games".to_owned()));
    }
    hub.settle(Time::ZERO, &mut Vec::new());
    let effects = ask(&mut hub, 0, Request::Leave(Gone::Lost));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::AskReached { who, number, rooms } => Some(((*who, *number), rooms.len())),
        _ => None,
    });
    let (place, rooms) = asked.expect("her place is kept");
    assert_eq!(rooms, 2);
    let reached = [100, 101].map(|epoch| Reached::Line(LineId { epoch, number: 1 }));
    hub.reached(place, &reached, true);
    for room in ["lobby", "games"] {
        ask(&mut hub, 1, Request::Join(room.to_owned()));
        for _ in 0..2 * HISTORY_LINES {
            ask(&mut hub, 1, Request::Say("x".repeat(200).into()));
        }
    }
    let effects = log_in(&mut hub, 2);
    let recall = question(&effects).expect("memory lacks lines").clone();
    assert_eq!(hub.name(id(2)), None, "she waits");
    (hub, recall)
}

fn answered(hub: &mut Hub, recall: &Recall, found: Result<Found, Unreadable>) -> Vec<Effect> {
    let mut effects = Vec::new();
    let Recall { asker, number, .. } = *recall;
    let recalled = Recalled {
        asker,
        number,
        found,
    };
    hub.recalled((Time::ZERO, 0), recalled, &mut effects);
    hub.invariants();
    effects
}

#[test]
fn who_waits_for_what_they_missed_waits_once_for_a_disk_that_fails() {
    let (mut hub, recall) = waits();
    let effects = answered(&mut hub, &recall, Err(Unreadable::Failed));
    assert_eq!(question(&effects), None);
    assert_eq!(hub.name(id(2)), Some(&name("ana")));
}

#[test]
fn a_password_that_was_right_is_of_no_use_once_the_registration_has_ended() {
    let account = || Account::Name(name("ana"));
    // The name is free, and somebody else registers it.
    let (mut hub, recall) = waits();
    let freed = Ok(Outcome::Freed(account()));
    hub.managed(Time::ZERO, None, freed, &mut Vec::new());
    register(&mut hub);
    answered(&mut hub, &recall, Err(Unreadable::Failed));
    assert_eq!(hub.name(id(2)), None, "she is asked for its password");
    // An operator gave it another password.
    let (mut hub, recall) = waits();
    let password = Secret::new("kiki-miga").expect("a password");
    let reset = Outcome::Reset {
        whom: account(),
        password,
    };
    hub.managed(Time::ZERO, None, Ok(reset), &mut Vec::new());
    answered(&mut hub, &recall, Err(Unreadable::Failed));
    assert_eq!(hub.name(id(2)), None);
}

/// The disk was full for a while: of the lobby it has a line before that and the last one.
#[test]
fn what_memory_has_is_told_though_the_archive_lacks_it() {
    let (mut hub, recall) = waits();
    let last = hub.rooms[LOBBY].last.expect("much was said there");
    let of = |id| Past {
        room: "lobby".into(),
        id,
        place: Place(1),
        at: 0,
        kind: Kind::Line,
        from: "bob".into(),
        text: "kept".into(),
        more: 0,
        refers: None,
        state: State::AsSaid,
        is_proved: false,
        re: None,
    };
    let early = LineId { number: 4, ..last };
    let found = Found {
        lines: vec![of(early), of(last)],
        more: None,
        is_whole: false,
    };
    let effects = answered(&mut hub, &recall, Ok(found));
    let recall = question(&effects).expect("the other room").clone();
    answered(&mut hub, &recall, Err(Unreadable::Failed));
    let mut effects = Vec::new();
    hub.settle(Time::ZERO, &mut effects);
    let told = effects.iter().find_map(|effect| match effect {
        Effect::Tell {
            notice: Notice::History { room, said, .. },
            ..
        } if *room == name("lobby") => Some(said),
        _ => None,
    });
    let told = told.expect("what she missed");
    let ids: Vec<u64> = told.iter().map(|said| said.id.number).collect();
    assert!(
        ids.len() > 20 && ids.ends_with(&[last.number - 1, last.number]),
        "{ids:?}"
    );
    assert!(
        told.iter()
            .rev()
            .take(20)
            .all(|said| said.text.len() == 200)
    );
}
