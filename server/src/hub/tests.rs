//! The hub's limits, and how few effects a storm and a public line are. What it means to chat is
//! in the transcripts (server/tests); that no order of requests confuses it is in referee.rs.

mod archive;
mod durable;
mod others;
mod places;
mod referee;
mod referring;
mod returning;
mod several;

use super::*;
use crate::limits::{
    DIRECTS_LISTED, EMAIL_BYTES, HISTORY_BYTES, HISTORY_LINES, IGNORES, NAMES_LISTED, NAMES_SHOWN,
    NEWS_PAUSE, PASSWORD_BYTES,
};

/// A hub with so many users in the lobby, called u0, u1 ...
fn crowded(users: u32) -> Hub {
    let mut hub = Hub::new(0);
    let mut effects = Vec::new();
    for index in 0..users {
        ask(&mut hub, index, Request::Enter(format!("u{index}")));
    }
    hub.settle(Time::ZERO, &mut effects);
    let notices = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Room { .. }));
    assert_eq!(notices.count(), 0, "nobody was there to be told");
    hub
}

fn ask(hub: &mut Hub, index: u32, request: Request) -> Vec<Effect> {
    let id = Id {
        index,
        generation: 1,
    };
    let mut effects = Vec::new();
    hub.handle(Time::ZERO, id, request, &mut effects);
    hub.invariants();
    effects
}

/// The one notice that a request is answered with.
fn answer(hub: &mut Hub, index: u32, request: Request) -> Notice {
    match ask(hub, index, request).as_slice() {
        [Effect::Tell { notice, .. }] => notice.clone(),
        effects => panic!("more or less than an answer: {effects:?}"),
    }
}

#[test]
fn a_thousand_that_come_in_one_turn_are_one_line() {
    let mut hub = crowded(1);
    for index in 1..1001 {
        let effects = ask(&mut hub, index, Request::Enter(format!("u{index}")));
        assert!(matches!(effects.as_slice(), [Effect::BecomeUser { .. }]));
    }
    let mut effects = Vec::new();
    hub.settle(Time::ZERO, &mut effects);
    let Effect::Room {
        notice: Notice::Joined(who),
        ..
    } = &effects[0]
    else {
        panic!("not a join: {:?}", effects[0]);
    };
    assert_eq!(
        (who.names.len(), who.others),
        (NAMES_SHOWN, 1000 - NAMES_SHOWN)
    );
    let room = |effect: &&Effect| matches!(effect, Effect::Room { .. });
    assert_eq!(effects.iter().filter(room).count(), 1);
}

#[test]
fn a_large_room_is_told_of_a_storm_once_in_a_while() {
    let mut hub = crowded(100);
    let pause = NEWS_PAUSE * 100;
    ask(&mut hub, 200, Request::Enter("first".to_owned()));
    let mut effects = Vec::new();
    assert_eq!(hub.settle(pause / 2, &mut effects), Some(pause));
    assert_eq!(effects, [], "the hundred have been told at 0");
    ask(&mut hub, 201, Request::Enter("second".to_owned()));
    assert_eq!(hub.settle(pause, &mut effects), None);
    let Effect::Room {
        notice: Notice::Joined(who),
        ..
    } = &effects[0]
    else {
        panic!("not a join: {:?}", effects[0]);
    };
    assert_eq!(who.names.len(), 2);
    // Whoever says something does not wait, and neither do those who came before it.
    ask(&mut hub, 202, Request::Enter("third".to_owned()));
    let effects = ask(&mut hub, 0, Request::Say("hello".into()));
    let is_join = |effect: &Effect| {
        matches!(
            effect,
            Effect::Room {
                notice: Notice::Joined(_),
                ..
            }
        )
    };
    assert!(is_join(&effects[0]));
}

#[test]
fn a_public_line_is_one_effect() {
    let mut hub = crowded(3);
    let effects = ask(&mut hub, 0, Request::Say("hello".into()));
    let [Effect::Room { except, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(
        except,
        &[Id {
            index: 0,
            generation: 1
        }]
    );
}

#[test]
fn long_lists_end_with_a_number() {
    let users = 2 * NAMES_LISTED as u32 + 2;
    let mut hub = crowded(users);
    // Half of them go each to its own room.
    for index in 0..users / 2 {
        ask(&mut hub, index, Request::Join(format!("r{index}")));
    }
    let mut effects = Vec::new();
    hub.settle(Time::ZERO, &mut effects);
    let last = users - 1;
    let Notice::Online {
        here,
        elsewhere,
        others_elsewhere,
        ..
    } = answer(&mut hub, last, Request::Online)
    else {
        panic!("not the answer to /online");
    };
    assert_eq!((here.names.len(), here.others), (NAMES_LISTED, 1));
    assert_eq!(elsewhere.len(), NAMES_LISTED / 2);
    assert_eq!(others_elsewhere, NAMES_LISTED / 2 + 1);
    let Notice::Rooms { rooms, others } = answer(&mut hub, last, Request::Rooms) else {
        panic!("not the answer to /rooms");
    };
    assert_eq!((rooms.len(), others), (NAMES_LISTED, 2));
    let lobby = &rooms[0];
    assert_eq!(
        (lobby.name.shown(), lobby.members),
        ("lobby", NAMES_LISTED + 1)
    );
    assert!(lobby.yours && !rooms[1].yours);
}

#[test]
fn so_does_the_list_of_direct_users() {
    let mut hub = crowded(1);
    let online = |hub: &mut Hub, email: String| {
        hub.direct(Time::ZERO, Direct::Online(email.into()), &mut Vec::new())
            .is_ok()
    };
    for index in 0..DIRECTS_LISTED + 2 {
        assert!(online(&mut hub, format!("u{index}@x")));
    }
    assert!(!online(&mut hub, format!("{}@x", "u".repeat(EMAIL_BYTES))));
    let Notice::Online {
        direct,
        others_direct,
        ..
    } = answer(&mut hub, 0, Request::Online)
    else {
        panic!("not the answer to /online");
    };
    assert_eq!((direct.len(), others_direct), (DIRECTS_LISTED, 2));
    assert_eq!(hub.directs().len(), DIRECTS_LISTED + 2);
}

#[test]
fn a_password_is_never_shown() {
    let password = Secret::new("hunter2").expect("a password");
    let mut hub = crowded(1);
    let effects = ask(&mut hub, 0, Request::Register(password));
    assert!(matches!(effects.as_slice(), [Effect::Account { .. }]));
    assert!(!format!("{effects:?}").contains("hunter2"));
    let fits = |bytes: usize| Secret::new(&"x".repeat(bytes)).is_ok();
    assert!(fits(1) && fits(PASSWORD_BYTES) && !fits(0) && !fits(PASSWORD_BYTES + 1));
}

fn history(lines: usize) -> Request {
    Request::History { lines, room: None }
}

#[test]
fn history_is_bounded_in_lines_and_in_bytes() {
    let mut hub = crowded(1);
    let mut told = |text: &str, times: usize| {
        for _ in 0..times {
            ask(&mut hub, 0, Request::Say(text.into()));
        }
        match answer(&mut hub, 0, history(usize::MAX)) {
            Notice::Page(page) => page.lines.len(),
            notice => panic!("not a history: {notice:?}"),
        }
    };
    assert_eq!(told("short", HISTORY_LINES + 5), HISTORY_LINES);
    assert_eq!(told(&"x".repeat(HISTORY_BYTES / 8), 20), 8);
}

#[test]
fn ignores_are_bounded() {
    let users = IGNORES as u32 + 2;
    let mut hub = crowded(users);
    for index in 1..users - 1 {
        let notice = answer(&mut hub, 0, Request::Ignore(format!("u{index}")));
        assert!(matches!(notice, Notice::Ignoring(_)), "{notice:?}");
    }
    let notice = answer(&mut hub, 0, Request::Ignore(format!("u{}", users - 1)));
    assert_eq!(notice, Notice::Refused(Complaint::IgnoreFull));
    let notice = answer(&mut hub, 0, Request::Ignore("u1".to_owned()));
    assert!(matches!(notice, Notice::Hearing(_)), "{notice:?}");
}

#[test]
fn generations_may_wrap() {
    let mut hub = Hub::new(0);
    let mut effects = Vec::new();
    let last = Id {
        index: 0,
        generation: u32::MAX,
    };
    let next = Id {
        index: 0,
        generation: 0,
    };
    hub.handle(Time::ZERO, last, Request::Leave(Gone::Hangup), &mut effects);
    hub.handle(
        Time::ZERO,
        next,
        Request::Enter("ana".to_owned()),
        &mut effects,
    );
    effects.clear();
    hub.handle(
        Time::ZERO,
        last,
        Request::Enter("bob".to_owned()),
        &mut effects,
    );
    assert_eq!(effects, []);
    assert_eq!(hub.name(next).map(Name::shown), Some("ana"));
    assert_eq!(hub.name(last), None);
}

#[test]
fn a_registered_name_is_kept_when_another_gets_its_look() {
    let name = |text: &str| crate::hub::name::Name::parse(text).expect("a legal name");
    let mut hub = Hub::new(0);
    // By tables of before these two did not look the same.
    hub.set_registered(vec![(&name("Iara")).into(), (&name("lara")).into()]);
    hub.invariants();
    for (index, typed) in ["Iara", "lara"].into_iter().enumerate() {
        let asked = ask(&mut hub, index as u32, Request::Enter(typed.to_owned()));
        let is_asked = |effect: &Effect| {
            matches!(
                effect,
                Effect::Tell {
                    notice: Notice::AskPassword(_),
                    ..
                }
            )
        };
        assert!(asked.iter().any(is_asked), "{typed}: {asked:?}");
    }
}

#[test]
fn the_histories_of_many_rooms_hold_no_more_than_they_may() {
    const MAY: usize = 1 << 20;
    const ROOMS: u32 = 200;
    let mut hub = crowded(ROOMS);
    hub.limit_histories(MAY);
    let say = |n: usize| Request::Say(format!("{n} {}", "x".repeat(300)).into());
    let mut effects = Vec::new();
    for index in 0..ROOMS {
        let id = Id {
            index,
            generation: 1,
        };
        let join = Request::Join(format!("room{index}"));
        hub.handle(Time::ZERO, id, join, &mut effects);
        // All that one room may keep: 3.2 MB in all.
        for n in 0..HISTORY_BYTES / 300 {
            hub.handle(Time::ZERO, id, say(n), &mut effects);
        }
        effects.clear();
    }
    hub.invariants();
    // The last words of each are there, of whoever has said little as well.
    for index in [0, ROOMS / 2, ROOMS - 1] {
        let notice = answer(&mut hub, index, history(HISTORY_LINES));
        let Notice::Page(page) = notice else {
            panic!("no history");
        };
        let lines = &page.lines;
        assert!(lines.len() >= 3, "{}", lines.len());
        assert!(lines[lines.len() - 1].said.text.starts_with("53 "));
    }
    // Rooms that close give back theirs.
    for index in 0..ROOMS {
        ask(&mut hub, index, Request::Leave(Gone::Hangup));
    }
}
