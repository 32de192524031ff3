//! Users of several rooms: the limit, what is told once although one reads several, and what it costs.

use super::*;
use crate::limits::{HISTORY_LINES, ROOMS_JOINED, ROOMS_LEAST, TOPIC_CHARS};

fn complaint(effects: &[Effect]) -> Option<&Complaint> {
    effects.iter().find_map(|effect| match effect {
        Effect::Tell {
            notice: Notice::Refused(complaint),
            ..
        } => Some(complaint),
        _ => None,
    })
}

/// How the rooms are shown that are read from these effects on.
fn shown(effects: &[Effect]) -> Vec<(bool, &str, Lines)> {
    let shown = effects.iter().filter_map(|effect| match effect {
        Effect::Attach { name, lines, .. } => Some((true, name.shown(), *lines)),
        Effect::Detach { .. } => Some((false, "", Lines::Bare)),
        _ => None,
    });
    shown.collect()
}

#[test]
fn one_is_in_so_many_rooms_and_in_no_more() {
    let mut hub = crowded(1);
    for n in 1..ROOMS_JOINED {
        let effects = ask(&mut hub, 0, Request::Also(format!("room{n}")));
        assert_eq!(complaint(&effects), None);
    }
    let effects = ask(&mut hub, 0, Request::Also("more".to_owned()));
    assert_eq!(complaint(&effects), Some(&Complaint::RoomsFull));
    // In place of another it is one more room and one less.
    let effects = ask(&mut hub, 0, Request::Join("more".to_owned()));
    assert_eq!(complaint(&effects), None);
    ask(&mut hub, 0, Request::LeaveRoom(Some("room1".to_owned())));
    let effects = ask(&mut hub, 0, Request::Also("room1".to_owned()));
    assert_eq!(complaint(&effects), None);
    // Out of all of them again.
    for _ in 0..ROOMS_JOINED {
        ask(&mut hub, 0, Request::LeaveRoom(None));
    }
    let effects = ask(&mut hub, 0, Request::LeaveRoom(None));
    assert_eq!(complaint(&effects), Some(&Complaint::OnlyRoom));
    assert_eq!(hub.room_count(), 1, "the lobby alone");
}

#[test]
fn speaking_elsewhere_reads_both_rooms_anew() {
    let mut hub = crowded(1);
    ask(&mut hub, 0, Request::Also("games".to_owned()));
    let effects = ask(&mut hub, 0, Request::Join("games".to_owned()));
    let (gone, marked, bare) = ((false, "", Lines::Bare), Lines::Marked, Lines::Bare);
    assert_eq!(
        shown(&effects)[1..],
        [gone, gone, (true, "lobby", marked), (true, "games", bare)],
        "games was told as new first"
    );
}

#[test]
fn what_is_told_to_everybody_is_told_once_to_each() {
    let mut hub = crowded(3);
    for room in ["games", "chess"] {
        ask(&mut hub, 0, Request::Also(room.to_owned()));
        ask(&mut hub, 1, Request::Also(room.to_owned()));
    }
    ask(&mut hub, 1, Request::Join("games".to_owned()));
    let mut effects = Vec::new();
    hub.settle(Time::ZERO, &mut effects);
    effects.clear();
    hub.order(
        Time::ZERO,
        Order::Announce("lunch".to_owned()),
        &mut effects,
    );
    let mut told = Vec::new();
    for effect in &effects {
        if let Effect::Room { room, except, .. } = effect {
            let members = hub.rooms[*room].member_ids();
            told.extend(members.filter(|id| !except.contains(id)));
        }
    }
    told.sort_unstable();
    let indexes: Vec<u32> = told.iter().map(|id| id.index).collect();
    assert_eq!(indexes, [0, 1, 2], "and nobody speaks in chess");
}

#[test]
fn a_topic_is_short() {
    let mut hub = crowded(1);
    let set = |hub: &mut Hub, chars| ask(hub, 0, Request::SetTopic("é".repeat(chars)));
    assert_eq!(complaint(&set(&mut hub, TOPIC_CHARS)), None);
    let effects = set(&mut hub, TOPIC_CHARS + 1);
    assert_eq!(complaint(&effects), Some(&Complaint::LongTopic));
}

#[test]
fn a_list_of_all_does_not_cost_every_seat() {
    let users = 2 * ROOMS_JOINED as u32;
    let mut hub = crowded(users);
    // All are everywhere, and speak in the lobby.
    for index in 1..users {
        for n in 1..ROOMS_JOINED {
            ask(&mut hub, index, Request::Also(format!("room{n}")));
        }
    }
    ask(&mut hub, 0, Request::Join("elsewhere".to_owned()));
    let notice = ask(&mut hub, 0, Request::Online);
    let Some(Effect::Tell {
        notice:
            Notice::Online {
                elsewhere,
                others_elsewhere,
                ..
            },
        ..
    }) = notice.last()
    else {
        panic!("{notice:?}");
    };
    let everybody = users as usize - 1;
    assert_eq!((elsewhere.len(), *others_elsewhere), (everybody, 0));
    assert!(elsewhere.iter().all(|(_, room)| room.shown() == "lobby"));
}

#[test]
fn rooms_beside_others_are_opened_only_as_long_as_there_are_not_too_many() {
    let mut hub = crowded(10);
    hub.limit_histories(0);
    let mut opened = 1;
    for n in 0.. {
        let (who, room) = (n / 19 % 10, Request::Also(format!("room{n}")));
        match complaint(&ask(&mut hub, who, room)) {
            None => opened += 1,
            why => {
                assert_eq!(why, Some(&Complaint::TooManyRooms));
                break;
            }
        }
    }
    assert_eq!(hub.room_count(), opened);
    assert_eq!(opened, ROOMS_LEAST);
    let effects = ask(&mut hub, 9, Request::Also("room0".to_owned()));
    assert_eq!(complaint(&effects), None, "it is there already");
    let effects = ask(&mut hub, 9, Request::Join("own".to_owned()));
    assert_eq!(complaint(&effects), None, "in place of another");
}

#[test]
fn a_topic_is_not_told_to_those_who_ignore_its_setter() {
    let mut hub = crowded(3);
    let id = |index| Id {
        index,
        generation: 1,
    };
    let name = hub.name(id(1)).expect("a user").to_string();
    ask(&mut hub, 0, Request::Ignore(name));
    let effects = ask(&mut hub, 1, Request::SetTopic("mine".to_owned()));
    let told = effects.iter().find_map(|effect| match effect {
        Effect::Room { except, .. } => Some(except.clone()),
        _ => None,
    });
    assert_eq!(told, Some(vec![id(0)]));
}

#[test]
fn what_is_searched_in_memory_alone_is_told_as_far_as_it_fits_a_queue() {
    let mut hub = crowded(2);
    let search = |hub: &mut Hub| {
        let (text, within) = ("word".to_owned(), None);
        let effects = ask(hub, 0, Request::Look(Look::Search { text, within }));
        let page = effects.into_iter().find_map(|effect| match effect {
            Effect::Tell {
                notice: Notice::Page(page),
                ..
            } => Some(page),
            _ => None,
        });
        let lines = page.expect("it is answered").lines;
        let bytes: usize = lines.iter().map(|told| told.said.text.len()).sum();
        (lines.len(), bytes)
    };
    for n in 0..HISTORY_LINES {
        ask(&mut hub, 1, Request::Say(format!("word {n}").into()));
    }
    assert_eq!(search(&mut hub).0, HISTORY_LINES);
    let long: Rc<str> = format!("word {}", "x".repeat(1000)).into();
    for room in ["games", "chess", "tennis", "golf", "judo"] {
        ask(&mut hub, 0, Request::Also(room.to_owned()));
        ask(&mut hub, 1, Request::Join(room.to_owned()));
        for _ in 0..20 {
            ask(&mut hub, 1, Request::Say(long.clone()));
        }
    }
    let (lines, bytes) = search(&mut hub);
    assert_eq!((lines, bytes), (16, 16 * long.len()));
}
