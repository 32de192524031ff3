//! Places over a restart: what is handed to the archive, and who finds what there after it.

use super::*;
use crate::hub::archive::record::{Recorded, records};

/// What is on disk of places: when they were left, and what is in them.
type Disk = BTreeMap<u64, (Option<Duration>, String)>;

const MINUTE: Time = Time::from_secs(60);

fn id(index: u32) -> Id {
    Id {
        index,
        generation: 1,
    }
}

fn started(places: Vec<Recorded>) -> Hub {
    let mut hub = Hub::new(10);
    hub.set_registered(vec![Registered {
        age: Duration::MAX,
        ..Registered::from(&Name::parse("ana").expect("a legal name"))
    }]);
    hub.begin_epochs(100);
    let rooms = Vec::new();
    hub.begin_archive(Time::ZERO, Before { rooms, places });
    hub
}

fn act(hub: &mut Hub, now: Time, index: u32, request: Request) -> Vec<Notice> {
    let mut effects = Vec::new();
    hub.handle(now, id(index), request, &mut effects);
    hub.settle(now, &mut effects);
    hub.invariants();
    let told = |effect| match effect {
        Effect::Tell { to, notice } if to == id(index) => Some(notice),
        _ => None,
    };
    effects.into_iter().filter_map(told).collect()
}

fn enter(hub: &mut Hub, now: Time, index: u32, name: &str) {
    hub.note_address(id(index), [10, 0, 0, 1].into());
    act(hub, now, index, Request::Enter(name.to_owned()));
    if name == "ana" {
        let password = Secret::new("sesame").expect("a password");
        act(hub, now, index, Request::Claim(Ok(password)));
        hub.verdict(now, id(index), Verdict::Right, &mut Vec::new());
        hub.settle(now, &mut Vec::new());
    }
    assert!(hub.name(id(index)).is_some());
}

/// The archive takes what there is; how many places that are.
fn take(hub: &mut Hub, disk: &mut Disk) -> usize {
    let mut count = 0;
    for record in records(hub.to_archive()) {
        count += 1;
        match record.data {
            "" => disk.remove(&record.number),
            data => disk.insert(record.number, (record.ago, data.to_owned())),
        };
    }
    hub.archived();
    assert!(!hub.has_entries());
    count
}

/// What the next server finds.
fn recorded(disk: &Disk) -> Vec<Recorded> {
    let place = |(number, (ago, data)): (&u64, &(Option<Duration>, String))| Recorded {
        number: *number,
        ago: *ago,
        data: data.as_str().into(),
    };
    let mut all: Vec<Recorded> = disk.iter().map(place).collect();
    all.sort_by_key(|place| place.ago.is_none());
    all
}

fn rooms_of(hub: &Hub, index: u32) -> Vec<String> {
    let user = hub.users.get(id(index)).expect("a user");
    let rooms = user.rooms.in_order();
    rooms
        .iter()
        .map(|room| hub.rooms[*room].name.to_string())
        .collect()
}

fn also(room: &str) -> Request {
    Request::Also(room.to_owned())
}

fn once(mark: &str, text: &str) -> Request {
    Request::Once {
        mark: mark.into(),
        what: Box::new(Request::Say(text.into())),
    }
}

#[test]
fn a_program_finds_its_place_by_its_key_after_a_kill_and_its_marks_count() {
    let (mut hub, mut disk) = (started(Vec::new()), Disk::new());
    let now = MINUTE;
    enter(&mut hub, now, 0, "bob");
    assert_eq!(take(&mut hub, &mut disk), 0, "nobody else costs anything");
    act(&mut hub, now, 0, Request::ShowIds(Ids::Tags));
    hub.take_key(id(0), Key(7));
    assert_eq!(take(&mut hub, &mut disk), 1);
    assert!(
        !disk
            .values()
            .any(|(_, data)| data.contains(&Key(7).reveal()))
    );
    act(&mut hub, now, 0, also("games"));
    act(&mut hub, now, 0, Request::Say("no place changes".into()));
    act(
        &mut hub,
        now,
        0,
        Request::Ignore("nobody@example.org".to_owned()),
    );
    let said = act(&mut hub, now, 0, once("m1", "hello"));
    let yours = |notices: &[Notice]| {
        notices.iter().find_map(|notice| match notice {
            Notice::Tag(Tag::Yours { id, mark, .. }) if mark.is_some() => Some(*id),
            _ => None,
        })
    };
    let line = yours(&said).expect("it is said");
    assert_eq!(take(&mut hub, &mut disk), 1);
    act(
        &mut hub,
        now,
        0,
        Request::Say("nothing is written of this".into()),
    );
    assert_eq!(take(&mut hub, &mut disk), 0);

    let mut hub = started(recorded(&disk));
    // Its number is another one from here on.
    assert_eq!(take(&mut hub, &mut disk), 2);
    let had = Vec::new();
    let told = act(&mut hub, MINUTE, 3, Request::Resume { key: Key(7), had });
    let is_resumed = |notice: &Notice| matches!(notice, Notice::Tag(Tag::Resumed { .. }));
    assert!(told.iter().any(is_resumed), "{told:?}");
    assert_eq!(rooms_of(&hub, 3), ["lobby", "games"]);
    let again = act(&mut hub, MINUTE, 3, once("m1", "hello"));
    assert_eq!(yours(&again), Some(line), "it is not said again");
    take(&mut hub, &mut disk);
    assert_eq!(disk.len(), 1, "{disk:?}");
    // Who leaves for good leaves nothing.
    act(&mut hub, MINUTE, 3, Request::Leave(Gone::Quit("".into())));
    take(&mut hub, &mut disk);
    assert!(disk.is_empty(), "{disk:?}");
}

#[test]
fn an_owner_finds_rooms_and_ignores_after_a_kill_and_a_later_owner_does_not() {
    let (mut hub, mut disk) = (started(Vec::new()), Disk::new());
    enter(&mut hub, MINUTE, 0, "ana");
    enter(&mut hub, MINUTE, 1, "bob");
    act(&mut hub, MINUTE, 0, also("games"));
    act(&mut hub, MINUTE, 0, Request::Ignore("bob".to_owned()));
    assert_eq!(take(&mut hub, &mut disk), 1);
    let ignored = |hub: &Hub| hub.ignores.list(id(2)).len();

    let mut hub = started(recorded(&disk));
    enter(&mut hub, MINUTE, 2, "ana");
    assert_eq!((rooms_of(&hub, 2).len(), ignored(&hub)), (2, 1));

    let mut hub = Hub::new(10);
    hub.set_registered(vec![Registered {
        age: Duration::ZERO,
        ..Registered::from(&Name::parse("ana").expect("a legal name"))
    }]);
    let mut places = recorded(&disk);
    places[0].ago = Some(Duration::from_secs(7200));
    let rooms = Vec::new();
    hub.begin_archive(Time::ZERO, Before { rooms, places });
    enter(&mut hub, MINUTE, 2, "ana");
    assert_eq!((rooms_of(&hub, 2).len(), ignored(&hub)), (1, 0));
}

#[test]
fn after_a_stop_everybody_finds_their_place_for_ten_minutes() {
    for (ago_min, rooms) in [(1, 2), (11, 1)] {
        let (mut hub, mut disk) = (started(Vec::new()), Disk::new());
        enter(&mut hub, MINUTE, 0, "bob");
        act(&mut hub, MINUTE, 0, also("games"));
        hub.order(MINUTE, Order::Stop, &mut Vec::new());
        assert_eq!(take(&mut hub, &mut disk), 1);
        let mut places = recorded(&disk);
        places[0].ago = Some(ago_min * MINUTE);
        let mut hub = started(places);
        hub.note_address(id(5), [10, 0, 0, 2].into());
        enter(&mut hub, Time::ZERO, 2, "bob");
        assert_eq!(rooms_of(&hub, 2).len(), rooms);
        // What is found or too old is on disk no more.
        take(&mut hub, &mut disk);
        assert!(disk.is_empty(), "{disk:?}");
    }
}

#[test]
fn what_was_refused_is_written_later_and_a_damaged_place_costs_only_itself() {
    let (mut hub, mut disk) = (started(Vec::new()), Disk::new());
    enter(&mut hub, MINUTE, 0, "ana");
    assert_eq!(records(hub.to_archive()).count(), 1);
    hub.not_archived();
    assert!(
        !hub.has_entries() && hub.has_holes(),
        "it is not tried at once"
    );
    assert_eq!(take(&mut hub, &mut disk), 1);
    assert!(!hub.has_holes());

    let damaged = |number, data: &str| Recorded {
        number,
        ago: Some(Duration::from_secs(1)),
        data: data.into(),
    };
    let mut places = vec![damaged(90, "{\"name\":\"bo"), damaged(91, "[1]")];
    places.extend(recorded(&disk));
    disk.extend([(90, (None, String::new())), (91, (None, String::new()))]);
    let mut hub = started(places);
    take(&mut hub, &mut disk);
    assert_eq!(disk.len(), 1, "{disk:?}");
    enter(&mut hub, MINUTE, 2, "ana");
}

#[test]
fn nothing_of_a_name_that_is_given_up_is_kept() {
    let (mut hub, mut disk) = (started(Vec::new()), Disk::new());
    enter(&mut hub, MINUTE, 0, "ana");
    take(&mut hub, &mut disk);
    assert_eq!(disk.len(), 1);
    act(&mut hub, MINUTE, 0, Request::Unregister);
    hub.verdict(MINUTE, id(0), Verdict::Removed, &mut Vec::new());
    take(&mut hub, &mut disk);
    assert!(disk.is_empty(), "{disk:?}");
}
