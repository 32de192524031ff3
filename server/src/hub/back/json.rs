//! A place as JSON and from JSON: what says itself what it is, so that another version skips what it does not
//! know, and gives what is missing its default. A place that is here has no times.
//!
//! Invariant: whatever is read is a legal place or none.

use std::net::IpAddr;
use std::rc::Rc;

use serde_json::{Value, json};

use super::{HowLeft, LeftPlace, LeftRoom, Reached};
use crate::hub::archive::entry::LineId;
use crate::hub::name::Name;
use crate::hub::notice::Who;
use crate::hub::sessions::{KeyHash, Session, Spoken};
use crate::hub::tags::Ids;
use crate::limits::{IGNORES, MARKS_KEPT, ROOMS_JOINED};

/// Names that one user proves at most, as far as it is read again.
const PROVED: usize = 100;

/// What is kept of a place. Its number and when it was left stand beside it.
pub(super) fn write(place: &LeftPlace) -> String {
    let rooms: Vec<Value> = place.rooms.iter().map(of_room).collect();
    let ignores: Vec<Value> = place.ignores.iter().map(of_who).collect();
    let proved: Vec<&str> = place.proved.iter().map(|key| &**key).collect();
    let marks: Vec<Value> = place.session.marks.iter().map(of_mark).collect();
    let mut all = json!({
        "name": place.name.shown(),
        "how": match place.how {
            HowLeft::Lost => "lost",
            HowLeft::Quit => "quit",
        },
        "rooms": rooms,
        "seeks": place.seeks,
        "ids": match place.ids {
            Ids::Hidden => "hidden",
            Ids::Short => "short",
            Ids::Tags => "tags",
        },
    });
    let mut add = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            all[key] = value;
        }
    };
    add("address", place.address.map(|ip| ip.to_string().into()));
    add("proved", (!proved.is_empty()).then(|| proved.into()));
    add("ignores", (!ignores.is_empty()).then(|| ignores.into()));
    let key = place.session.key.map(|key| key.to_string().into());
    add("key", key);
    add("marks", (!marks.is_empty()).then(|| marks.into()));
    all.to_string()
}

/// The place that was written so; none if this is no place.
pub(super) fn read(data: &str) -> Option<LeftPlace> {
    let all: Value = serde_json::from_str(data).ok()?;
    let list = |key: &str| all[key].as_array().map_or(&[][..], Vec::as_slice);
    let text = |key: &str| all[key].as_str();
    let proved = list("proved").iter().filter_map(Value::as_str);
    let mut rooms: Vec<LeftRoom> = Vec::new();
    for room in list("rooms").iter().filter_map(room) {
        // Nobody has two seats in a room.
        if rooms.len() < ROOMS_JOINED && rooms.iter().all(|other| other.name != room.name) {
            rooms.push(room);
        }
    }
    let ignores = list("ignores").iter().filter_map(who);
    let marks = list("marks").iter().filter_map(mark);
    let name = Name::parse(text("name")?).ok()?;
    Some(LeftPlace {
        number: 0,
        name: Some(name).filter(|name| !name.is_reserved())?,
        left_at: 0,
        address: text("address").and_then(|ip| ip.parse::<IpAddr>().ok()),
        proved: proved.take(PROVED).map(Rc::from).collect(),
        how: match text("how") {
            Some("quit") => HowLeft::Quit,
            _ => HowLeft::Lost,
        },
        rooms,
        ignores: ignores.take(IGNORES).collect(),
        since: 0,
        spoke: None,
        seeks: all["seeks"].as_bool().unwrap_or(true),
        ids: match text("ids") {
            Some("short") => Ids::Short,
            Some("tags") => Ids::Tags,
            _ => Ids::Hidden,
        },
        session: Session {
            key: text("key").and_then(KeyHash::parse),
            marks: marks.take(MARKS_KEPT).collect(),
        },
    })
}

fn of_line(id: LineId) -> Value {
    json!([id.epoch, id.number])
}

fn line(value: &Value) -> Option<LineId> {
    Some(LineId {
        epoch: value[0].as_u64()?,
        // The next one is counted from it.
        number: value[1].as_u64().filter(|number| *number < u64::MAX / 2)?,
    })
}

fn of_room(room: &LeftRoom) -> Value {
    let mut of = json!({ "name": room.name.shown() });
    if let Some(last) = room.last {
        of["last"] = of_line(last);
    }
    match room.reached {
        Reached::All => of["reached"] = "all".into(),
        Reached::Line(id) => of["reached"] = of_line(id),
        Reached::Unknown => {}
    }
    of
}

fn room(value: &Value) -> Option<LeftRoom> {
    let reached = match value["reached"].as_str() {
        Some("all") => Some(Reached::All),
        _ => line(&value["reached"]).map(Reached::Line),
    };
    Some(LeftRoom {
        name: Name::parse(value["name"].as_str()?).ok()?,
        last: line(&value["last"]),
        reached: reached.unwrap_or(Reached::Unknown),
    })
}

fn of_who(who: &Who) -> Value {
    match who {
        Who::User(name) => json!(name.shown()),
        Who::Direct(email) => json!({ "direct": &**email }),
    }
}

fn who(value: &Value) -> Option<Who> {
    match value.as_str() {
        Some(name) => Name::parse(name).ok().map(Who::User),
        None => value["direct"]
            .as_str()
            .map(|email| Who::Direct(email.into())),
    }
}

fn of_mark((mark, spoken): &(Rc<str>, Spoken)) -> Value {
    match spoken {
        Some((room, id)) => json!([&**mark, room.shown(), id.epoch, id.number]),
        None => json!([&**mark]),
    }
}

fn mark(value: &Value) -> Option<(Rc<str>, Spoken)> {
    let spoken = match value[1].as_str() {
        Some(room) => {
            let id = LineId {
                epoch: value[2].as_u64()?,
                number: value[3].as_u64()?,
            };
            Some((Name::parse(room).ok()?, id))
        }
        None => None,
    };
    Some((value[0].as_str()?.into(), spoken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::sessions::Key;
    use proptest::prelude::*;

    fn name(text: &str) -> Name {
        Name::parse(text).expect("a legal name")
    }

    fn place() -> LeftPlace {
        let id = |number| LineId {
            epoch: 1 << 50,
            number,
        };
        let room = |text, last, reached| LeftRoom {
            name: name(text),
            last,
            reached,
        };
        LeftPlace {
            number: 0,
            name: name("João"),
            left_at: 0,
            address: Some([10, 0, 0, 1].into()),
            proved: vec!["joão".into(), "j".into()],
            how: HowLeft::Quit,
            rooms: vec![
                room("lobby", Some(id(7)), Reached::All),
                room("games", Some(id(9)), Reached::Line(id(8))),
                room("chess", None, Reached::Unknown),
            ],
            ignores: vec![Who::User(name("bob")), Who::Direct("a@x.org".into())],
            since: 0,
            spoke: None,
            seeks: false,
            ids: Ids::Tags,
            session: Session {
                key: Some(Key(5).hash()),
                marks: [
                    ("\"1".into(), Some((name("lobby"), id(6)))),
                    ("2".into(), None),
                ]
                .into(),
            },
        }
    }

    #[test]
    fn a_place_is_read_as_it_was_written_and_what_is_missing_has_its_default() {
        let text = write(&place());
        let read_again = read(&text).expect("a place");
        assert_eq!(format!("{read_again:?}"), format!("{:?}", place()));
        // As an earlier and a later version would write it.
        let least = read("{\"name\":\"ana\",\"later\":[{}]}").expect("a place");
        assert_eq!(least.name, name("ana"));
        assert!(least.rooms.is_empty() && least.session.key.is_none() && least.seeks);
        let rooms = r#"{"name":"ana","rooms":[{"name":"a"},{"name":"b"},{"name":"A"}]}"#;
        let rooms = read(rooms).expect("a place").rooms;
        assert_eq!(rooms.len(), 2, "no room twice");
        for text in [
            "",
            "{}",
            "[]",
            "7",
            "{\"name\":7}",
            "{\"name\":\"a b\"}",
            "{\"name\":\"admin\"}",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// A damaged place is another legal one, or none.
        #[test]
        fn whatever_is_read_can_be_written(
            cut in 0..600_usize,
            at in 0..600_usize,
            put in "[ -~]{0,6}|\\PC{0,3}|[\\[\\]{}\",:0-9-]{1,9}",
        ) {
            let mut text = write(&place());
            let inside = |at: usize, text: &str| (0..=at.min(text.len()))
                .rev()
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(0);
            let (from, to) = (inside(at, &text), inside(at + cut % 40, &text));
            text.replace_range(from..to, &put);
            for text in [text.as_str(), &put] {
                if let Some(place) = read(text) {
                    let again = read(&write(&place)).expect("it is a place");
                    assert_eq!(format!("{place:?}"), format!("{again:?}"));
                }
            }
        }
    }
}
