//! What the archive gets, what comes back from it, and how little is held of rooms that nobody is in.

use super::*;
use crate::hub::archive::Remembered;
use crate::hub::archive::entry::{Entry, Kind, LineId, entries};
use crate::limits::{CLOSED_ROOMS, HOLES};

fn name(text: &str) -> Name {
    Name::parse(text).expect("a legal name")
}

fn kept() -> Hub {
    let mut hub = Hub::new(10);
    hub.begin_epochs(100);
    hub.begin_archive(Time::ZERO, Before::default());
    hub
}

fn say(text: &str) -> Request {
    Request::Say(text.into())
}

/// What would be handed over, as kind, room, epoch, number, text and more.
fn given(hub: &mut Hub) -> Vec<(Kind, String, u64, u64, String, u64)> {
    let of = |entry: Entry<'_>| {
        let (room, text) = (entry.room.to_owned(), entry.text.to_owned());
        let LineId { epoch, number } = entry.id;
        (entry.kind, room, epoch, number, text, entry.more)
    };
    entries(hub.to_archive()).map(of).collect()
}

#[test]
fn each_line_of_a_room_has_the_next_number_and_private_ones_have_none() {
    let mut hub = kept();
    ask(&mut hub, 0, Request::Enter("ana".to_owned()));
    ask(&mut hub, 1, Request::Enter("bob".to_owned()));
    ask(&mut hub, 0, say("one"));
    let private = Request::Private {
        to: "ana".to_owned(),
        text: "a secret".into(),
    };
    ask(&mut hub, 1, private);
    ask(&mut hub, 0, Request::Join("games".to_owned()));
    ask(&mut hub, 0, say("two"));
    ask(&mut hub, 0, Request::Leave(Gone::Quit("so long".into())));
    let row = |kind, room: &str, id: (u64, u64), text: &str, more| {
        (kind, room.to_owned(), id.0, id.1, text.to_owned(), more)
    };
    let all = [
        row(Kind::Joined, "lobby", (100, 1), "", 0),
        row(Kind::Line, "lobby", (100, 2), "one", 0),
        row(Kind::Went, "lobby", (100, 3), "games", 0),
        row(Kind::Joined, "games", (101, 1), "", 0),
        row(Kind::Line, "games", (101, 2), "two", 0),
        // Nobody else was there to be told.
        row(Kind::Left, "games", (101, 3), "quit: so long", 0),
    ];
    assert_eq!(given(&mut hub), all);
    assert_eq!(hub.archived(), 6);
    assert!(!hub.has_entries());
    // A room goes on where it was when it is opened again.
    ask(&mut hub, 1, Request::Join("games".to_owned()));
    hub.settle(Time::ZERO, &mut Vec::new());
    let joined = row(Kind::Joined, "games", (101, 4), "", 0);
    assert!(given(&mut hub).contains(&joined));
}

#[test]
fn what_is_lost_is_a_hole_of_the_right_size_before_the_next_line_and_begins_an_epoch() {
    let mut hub = kept();
    ask(&mut hub, 0, Request::Enter("ana".to_owned()));
    ask(&mut hub, 0, say("kept"));
    assert_eq!(hub.archived(), 2);
    for text in ["lost", "lost too"] {
        ask(&mut hub, 0, say(text));
        given(&mut hub);
        assert_eq!(hub.not_archived(), 1);
    }
    assert!(hub.has_holes());
    ask(&mut hub, 0, say("kept again"));
    let rows: Vec<(Kind, u64, u64, u64)> = given(&mut hub)
        .into_iter()
        .map(|(kind, _, epoch, number, _, more)| (kind, epoch, number, more))
        .collect();
    let hole = (Kind::Hole, 100, 3, 2);
    assert_eq!(rows, [hole, (Kind::Line, 102, 1, 0)]);
    // Refused once more: it counts, and the hole grows.
    assert_eq!(hub.not_archived(), 1);
    let rows = given(&mut hub);
    assert_eq!((rows.len(), rows[0].5), (1, 3));
    assert_eq!(hub.archived(), 0, "a hole is no line");
    assert!(!hub.has_holes() && given(&mut hub).is_empty());
}

#[test]
fn lines_of_before_the_start_are_as_old_as_they_are() {
    let mut hub = Hub::new(10);
    let last = LineId {
        epoch: 7,
        number: 41,
    };
    let said = |text: &str, age| Said {
        id: last,
        from: name("bob"),
        text: text.into(),
        kind: SaidKind::Line,
        age: Duration::from_secs(age),
        is_edited: false,
        re: None,
    };
    let room = |called: &str| Remembered {
        name: name(called),
        topic: Some("soup".into()),
        last: Some(last),
        said: vec![said("old", 3600), said("newer", 5)],
        pins: Vec::new(),
        proved: BTreeSet::new(),
    };
    hub.begin_epochs(100);
    let rooms = vec![room("games"), room("lobby")];
    hub.begin_archive(
        Time::ZERO,
        Before {
            rooms,
            ..Before::default()
        },
    );
    hub.invariants();
    let ana = Id {
        index: 0,
        generation: 1,
    };
    let now = Time::from_secs(10);
    for room in ["lobby", "games"] {
        let mut effects = Vec::new();
        let request = match room {
            "lobby" => Request::Enter("ana".to_owned()),
            room => Request::Join(room.to_owned()),
        };
        hub.handle(now, ana, request, &mut effects);
        hub.settle(now, &mut effects);
        let told = effects.iter().find_map(|effect| match effect {
            Effect::Tell {
                notice: Notice::History { said, .. },
                ..
            } => Some(said.iter().map(|said| said.age.as_secs()).collect()),
            _ => None,
        });
        assert_eq!(told, Some(vec![3610, 15]), "{room}");
        let has_topic = |effect: &Effect| {
            let notice = match effect {
                Effect::Tell { notice, .. } => notice,
                _ => return false,
            };
            matches!(notice, Notice::Topic { topic: Some(topic), .. } if &**topic == "soup")
        };
        assert!(effects.iter().any(has_topic), "{room}");
        let rows = given(&mut hub);
        let mut joined = rows.iter().filter(|row| row.1 == room);
        assert_eq!(joined.next().map(|row| (row.2, row.3)), Some((7, 42)));
    }
}

#[test]
fn rooms_that_nobody_is_in_are_bounded() {
    const MAY: usize = 1 << 20;
    let mut hub = kept();
    hub.limit_histories(MAY);
    ask(&mut hub, 0, Request::Enter("ana".to_owned()));
    let long: Rc<str> = "x".repeat(900).into();
    for n in 0..CLOSED_ROOMS + 500 {
        ask(&mut hub, 0, Request::Join(format!("room{n}")));
        ask(&mut hub, 0, Request::Say(long.clone()));
        hub.archived();
    }
    // The invariants, checked after each request, bound what they hold. The last ones are there still.
    let last = format!("room{}", CLOSED_ROOMS + 498);
    let effects = ask(&mut hub, 0, Request::Join(last));
    let mut settled = Vec::new();
    hub.settle(Time::ZERO, &mut settled);
    let is_past = |effect: &Effect| {
        let Effect::Tell { notice, .. } = effect else {
            return false;
        };
        matches!(notice, Notice::History { .. })
    };
    assert!(effects.iter().chain(&settled).any(is_past));
    settled.clear();
    ask(&mut hub, 0, Request::Join("room0".to_owned()));
    hub.settle(Time::ZERO, &mut settled);
    assert!(!settled.iter().any(is_past), "it was forgotten");
    let first = given(&mut hub);
    let room0 = first.iter().find(|row| row.1 == "room0");
    assert_eq!(room0.map(|row| row.3), Some(1), "and begins an epoch");
}

#[test]
fn holes_of_very_many_rooms_are_counted_together() {
    let mut hub = kept();
    ask(&mut hub, 0, Request::Enter("ana".to_owned()));
    let mut lost = 0;
    for n in 0..HOLES + 50 {
        ask(&mut hub, 0, Request::Join(format!("room{n}")));
        lost += hub.not_archived();
    }
    let holes = given(&mut hub);
    assert_eq!(holes.len(), HOLES + 1);
    assert!(holes.iter().all(|row| row.0 == Kind::Hole));
    assert_eq!(holes.iter().map(|row| row.5).sum::<u64>(), lost);
    assert_eq!(holes[HOLES].1, "", "of no room");
}

#[test]
fn without_an_archive_a_room_ends_with_its_last_user() {
    let mut hub = Hub::new(10);
    ask(&mut hub, 0, Request::Enter("ana".to_owned()));
    ask(&mut hub, 0, Request::Join("games".to_owned()));
    ask(&mut hub, 0, say("one"));
    ask(&mut hub, 0, Request::Join("lobby".to_owned()));
    ask(&mut hub, 0, Request::Join("games".to_owned()));
    let mut effects = Vec::new();
    hub.settle(Time::ZERO, &mut effects);
    let notice = answer(&mut hub, 0, history(20));
    assert!(matches!(notice, Notice::History { said, .. } if said.is_empty()));
    assert!(hub.to_archive().is_empty());
}
