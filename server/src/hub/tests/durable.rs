//! What belongs to somebody from before the start, and what is held until the archive can take it.

use super::*;
use crate::hub::archive::entry::{Kind, entries};

fn name(text: &str) -> Name {
    Name::parse(text).expect("a legal name")
}

fn line(number: u64) -> LineId {
    LineId { epoch: 7, number }
}

/// A line that ana said an hour ago.
fn said(number: u64) -> Said {
    Said {
        id: line(number),
        from: name("ana"),
        text: "helo".into(),
        kind: SaidKind::Line,
        age: Duration::from_secs(3600),
        is_edited: false,
        re: None,
    }
}

/// A hub that starts with two lines of ana's: the first with a proved name. The name was registered so long
/// ago.
fn started(age: Duration) -> Hub {
    let mut hub = Hub::new(10);
    hub.set_registered(vec![Registered {
        age,
        ..Registered::from(&name("ana"))
    }]);
    hub.begin_epochs(100);
    let lobby = Remembered {
        name: name("lobby"),
        topic: None,
        last: Some(line(2)),
        said: vec![said(1), said(2)],
        pins: vec![said(1)],
        proved: [line(1)].into(),
    };
    let rooms = vec![lobby];
    hub.begin_archive(
        Time::ZERO,
        Before {
            rooms,
            ..Before::default()
        },
    );
    hub
}

/// Ana comes with her password.
fn enter_ana(hub: &mut Hub) {
    let id = Id {
        index: 0,
        generation: 1,
    };
    ask(hub, 0, Request::Enter("ana".to_owned()));
    let password = Secret::new("sesame").expect("a password");
    ask(hub, 0, Request::Claim(Ok(password)));
    hub.verdict(Time::ZERO, id, Verdict::Right, &mut Vec::new());
    hub.settle(Time::ZERO, &mut Vec::new());
    assert!(hub.name(id).is_some());
}

fn edit(hub: &mut Hub, line: &str) -> bool {
    let which = Which::parse(line).expect("a line");
    let text = "hello".into();
    let effects = ask(hub, 0, Request::Refer(Refer::Edit { which, text }));
    let is_told = |effect: &Effect| matches!(effect, Effect::Room { .. });
    effects.iter().any(is_told)
}

#[test]
fn owners_change_lines_of_before_the_start_that_they_said_with_their_proved_name() {
    let mut hub = started(Duration::from_secs(7200));
    enter_ana(&mut hub);
    assert!(edit(&mut hub, "1"));
    assert!(!edit(&mut hub, "2"), "nobody knows whose it is");
    let pins = &hub.rooms[rooms::LOBBY].pins;
    assert_eq!(
        pins.iter().map(|pin| &*pin.text).collect::<Vec<_>>(),
        ["hello"]
    );
}

#[test]
fn lines_of_an_earlier_owner_of_a_name_are_not_the_next_ones() {
    let mut hub = started(Duration::from_secs(600));
    enter_ana(&mut hub);
    assert!(!edit(&mut hub, "1"));
}

#[test]
fn lines_are_kept_with_whether_their_speaker_had_proved_the_name() {
    let mut hub = started(Duration::from_secs(600));
    enter_ana(&mut hub);
    ask(&mut hub, 1, Request::Enter("bob".to_owned()));
    ask(&mut hub, 0, Request::Say("mine".into()));
    ask(&mut hub, 0, Request::Act("waves".into()));
    ask(&mut hub, 1, Request::Say("anybody's".into()));
    ask(
        &mut hub,
        0,
        Request::Refer(Refer::Delete(Which::parse("!!").expect("a line"))),
    );
    let proved: Vec<(Kind, bool)> = entries(hub.to_archive())
        .map(|entry| (entry.kind, entry.is_proved))
        .collect();
    let expected = [
        (Kind::Joined, false),
        (Kind::Joined, false),
        (Kind::Line, true),
        (Kind::Action, true),
        (Kind::Line, false),
        (Kind::Deleted, true),
    ];
    assert_eq!(proved, expected);
}

#[test]
fn what_was_deleted_while_the_archive_was_full_is_deleted_in_it_later() {
    let mut hub = started(Duration::from_secs(7200));
    enter_ana(&mut hub);
    hub.archived();
    ask(&mut hub, 0, Request::Say("lost".into()));
    ask(
        &mut hub,
        0,
        Request::Refer(Refer::Delete(Which::parse("1").expect("a line"))),
    );
    ask(&mut hub, 0, Request::Say("lost too".into()));
    hub.to_archive();
    assert_eq!(hub.not_archived(), 2);
    ask(&mut hub, 0, Request::Say("kept".into()));
    let rows: Vec<(Kind, u64, u64, u64)> = entries(hub.to_archive())
        .map(|entry| (entry.kind, entry.id.epoch, entry.id.number, entry.more))
        .collect();
    let expected = [
        (Kind::Hole, 7, 4, 1),
        (Kind::Deleted, 7, 5, 0),
        (Kind::Hole, 7, 6, 1),
        (Kind::Line, 100, 1, 0),
    ];
    assert_eq!(rows, expected);
    assert_eq!(hub.archived(), 2);
    assert!(!hub.has_holes());
}
