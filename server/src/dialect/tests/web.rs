//! What browsers are sent: whole frames with JSON for every notice, whatever users write.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::hub::{
    Again, Asked, Cannot, Deed, Ids, Key, Letter, Missed, Page, Quote, Reference, Source, Tag, Told,
};

const CLOCK_AT: i64 = 1_764_156_355;

/// The messages in these bytes, each of which is a frame up to a newline.
fn messages(mut bytes: &[u8]) -> Vec<Value> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let end = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .expect("a newline")
            + 1;
        let (frame, rest) = bytes.split_at(end);
        let (head, len) = match frame[1] {
            126 => (4, usize::from(u16::from_be_bytes([frame[2], frame[3]]))),
            127 => panic!("more than 64 KiB"),
            short => (2, usize::from(short)),
        };
        assert_eq!((frame[0], frame.len() - head), (0x81, len));
        let message: Value = serde_json::from_slice(&frame[head..]).expect("JSON");
        assert!(
            message["type"].is_string() && message["time"].is_i64(),
            "{message}"
        );
        messages.push(message);
        bytes = rest;
    }
    messages
}

fn style(lang: Lang) -> Style {
    Style {
        dialect: Dialect::Web,
        lang,
        crlf: false,
        ids: Ids::Tags,
    }
}

fn clock() -> Clock {
    Clock {
        at: CLOCK_AT,
        ..Clock::default()
    }
}

fn told(notice: &Notice) -> Vec<Value> {
    let mut out = Vec::new();
    render(style(Lang::En), clock(), notice, &mut out);
    messages(&out)
}

fn told_room(notice: &Notice) -> Value {
    let place = Place {
        room: "lobby",
        mark: "#lobby ",
        id: id(7),
    };
    let mut out = Vec::new();
    render_line(style(Lang::En), clock(), place, notice, &mut out);
    let mut messages = messages(&out);
    assert_eq!(messages.len(), 1, "one message for a room");
    messages.remove(0)
}

fn id(number: u64) -> LineId {
    LineId { epoch: 1, number }
}

fn reference(deed: Deed, text: &str) -> Notice {
    let quote = Quote {
        id: id(3),
        from: name("bob"),
        text: text.into(),
    };
    let by = name("ana");
    Notice::Refer(Box::new(Reference { by, quote, deed }))
}

fn said(text: &str) -> Said {
    Said {
        id: id(2),
        from: name("ana"),
        text: text.into(),
        kind: SaidKind::Line,
        age: Duration::from_secs(60),
        is_edited: false,
        re: None,
    }
}

/// Of each type with texts in it, all of which are this one.
fn with_texts(text: &str) -> Vec<Notice> {
    let shared = || text.into();
    let letter = |is_again| {
        Notice::Letter(Letter {
            number: 1,
            from: "ana".into(),
            text: text.into(),
            at: 1_764_000_000,
            is_owners: true,
            is_again,
        })
    };
    let mut notices = vec![
        Notice::Public {
            from: name("ana"),
            text: shared(),
        },
        Notice::Action {
            from: name("ana"),
            text: shared(),
        },
        Notice::Private {
            from: Who::User(name("ana")),
            text: shared(),
        },
        Notice::Private {
            from: Who::Direct(shared()),
            text: shared(),
        },
        Notice::Announced(shared()),
        Notice::Motd(shared()),
        Notice::Topic {
            room: name("lobby"),
            topic: Some(shared()),
        },
        Notice::TopicChanged {
            who: name("ana"),
            topic: Some(shared()),
        },
        Notice::DirectJoined(shared()),
        Notice::Refused(Complaint::NoSuchUser(text.to_owned())),
        letter(false),
        letter(true),
        history(vec![said(text)]),
    ];
    let deeds = [
        Deed::Replied(shared()),
        Deed::Edited(shared()),
        Deed::Deleted,
        Deed::Reacted(shared()),
        Deed::Pinned,
        Deed::Unpinned,
    ];
    notices.extend(deeds.map(|deed| reference(deed, text)));
    for why in [
        Gone::Quit(shared()),
        Gone::Kicked(shared()),
        Gone::Banned(shared()),
    ] {
        let who = crowd(&["ana"], 2);
        notices.push(Notice::Left {
            who,
            why: why.clone(),
        });
        notices.push(Notice::Bye { name: None, why });
    }
    notices
}

/// Of each type without.
fn without_texts() -> Vec<Notice> {
    let (ana, here) = (|| name("ana"), || crowd(&["ana", "bob"], 5));
    let page = |has_more| {
        Notice::Page(Box::new(Page {
            asked: Asked::From(ana()),
            room: None,
            here: name("lobby"),
            lines: vec![Told {
                room: name("lobby"),
                at: Some(1_764_000_000_999),
                said: said("x"),
            }],
            has_more,
            source: Source::Archive,
        }))
    };
    let mut notices = for_rooms();
    notices.extend(of_back());
    notices.extend(
        every_gone()
            .into_iter()
            .map(|why| Notice::Bye { name: None, why }),
    );
    notices.extend([
        Notice::AskName,
        Notice::AskPassword(ana()),
        Notice::AskNewPassword(ana()),
        Notice::Ordered(Outcome::AskPassword),
        Notice::Ordered(Outcome::YouAreMuted { lasts: None }),
        Notice::Ordered(Outcome::YouMaySpeak),
        Notice::Welcome {
            name: ana(),
            room: ana(),
            here: here(),
        },
        Notice::InRoom {
            room: ana(),
            lines: Lines::Bare,
            here: here(),
        },
        Notice::InRoom {
            room: ana(),
            lines: Lines::Marked,
            here: here(),
        },
        Notice::NotInRoom(ana()),
        Notice::Pins {
            room: ana(),
            said: vec![said("x")],
        },
        Notice::YouAre(ana()),
        Notice::LangIs(Lang::Pt),
        page(true),
        page(false),
        Notice::Help(None),
        Notice::HelpOperator,
        Notice::Skipped { lines: 312 },
        Notice::Throttled { lines_per_s: 2 },
    ]);
    notices
}

/// What programs are told, and who is back.
fn of_back() -> Vec<Notice> {
    let ana = || name("ana");
    let tags = [
        Tag::Yours {
            room: ana(),
            id: id(9),
            mark: Some("17".into()),
        },
        Tag::Done { mark: "17".into() },
        Tag::Refused {
            mark: "17".into(),
            complaint: Complaint::EmptyText,
        },
        Tag::At {
            room: ana(),
            last: id(9),
        },
        Tag::Key(Key(0xfeed)),
        Tag::Resumed {
            name: ana(),
            rooms: vec![name("lobby"), name("games")],
        },
        Tag::Cannot {
            room: ana(),
            why: Cannot::TooFarBack,
        },
    ];
    let missed = [
        Missed::Lines(3),
        Missed::More {
            count: 9,
            is_all: false,
            shown: 3,
            first: Duration::from_secs(60),
        },
        Missed::Torn(3),
        Missed::Unknown,
    ];
    let mut notices: Vec<Notice> = tags.into_iter().map(Notice::Tag).collect();
    notices.extend(missed.map(|missed| Notice::Missed {
        elsewhere: Some(ana()),
        missed,
    }));
    notices
}

#[test]
fn every_notice_is_whole_frames_in_both_languages() {
    let notices = without_texts().into_iter().chain(with_texts("hi"));
    for notice in notices {
        for lang in [Lang::En, Lang::Pt] {
            let mut out = Vec::new();
            render(style(lang), clock(), &notice, &mut out);
            let messages = messages(&out);
            assert!(!messages.is_empty(), "{notice:?}");
            for message in messages {
                let texts = message["text"].as_str().into_iter().flat_map(str::lines);
                let is_marked = |text: &str| text.starts_with("* ") || text.starts_with("! ");
                assert!(!texts.into_iter().any(is_marked), "{message}");
            }
        }
    }
    assert_eq!(
        told(&Notice::Tag(Tag::Shows(Ids::Tags))),
        Vec::<Value>::new()
    );
}

#[test]
fn a_line_of_a_room_has_its_room_and_id_wherever_its_reader_speaks() {
    let public = Notice::Public {
        from: name("ana"),
        text: "a \"b\" \\ 🙂".into(),
    };
    assert_eq!(
        told_room(&public),
        json!({"type": "line", "time": CLOCK_AT, "room": "lobby", "id": "1:7", "from": "ana", "text": "a \"b\" \\ 🙂"})
    );
    for notice in for_rooms() {
        let message = told_room(&notice);
        assert_eq!(
            (&message["room"], &message["id"]),
            (&json!("lobby"), &json!("1:7"))
        );
    }
}

#[test]
fn lost_lines_are_told_with_their_room() {
    let mut out = Vec::new();
    render_gap(style(Lang::En), clock(), "#lobby ", 312, &mut out);
    let text = "312 lines skipped: you were reading too slowly";
    assert_eq!(
        messages(&out),
        [json!({"type": "skipped", "time": CLOCK_AT, "room": "lobby", "lines": 312, "text": text})]
    );
}

#[test]
fn lines_told_again_have_their_own_time_and_say_why() {
    let again = |number, notice| Again {
        age: Duration::from_secs(60),
        id: id(number),
        notice,
    };
    let lines = vec![
        again(
            2,
            Notice::Action {
                from: name("ana"),
                text: "x".into(),
            },
        ),
        again(3, Notice::Joined(crowd(&["bob"], 0))),
        again(4, Notice::Skipped { lines: 0 }),
    ];
    let room = name("lobby");
    let told_again = told(&Notice::Tag(Tag::Again { room, lines }));
    let time = CLOCK_AT - 60;
    assert_eq!(
        told_again[0],
        json!({"type": "action", "time": time, "room": "lobby", "id": "1:2", "old": "missed", "from": "ana", "text": "x"})
    );
    assert_eq!(
        (&told_again[1]["type"], &told_again[1]["old"]),
        (&json!("joined"), &json!("missed"))
    );
    assert_eq!(
        (&told_again[2]["type"], &told_again[2]["id"]),
        (&json!("skipped"), &Value::Null)
    );
    let page = &without_texts()[..];
    let page = page.iter().find(|notice| matches!(notice, Notice::Page(_)));
    let told = told(page.expect("a page"));
    assert_eq!(
        (&told[1]["time"], &told[1]["old"]),
        (&json!(1_764_000_000), &json!("asked"))
    );
}

#[test]
fn the_largest_answers_fit_a_queue_and_a_message() {
    let big = || name(&"\u{10400}".repeat(NAME_CHARS));
    let crowd_of = |count| Crowd {
        names: vec![big(); count],
        others: 12345,
    };
    let direct = || "x".repeat(EMAIL_BYTES).into();
    let text = "\"\\".repeat(HISTORY_BYTES / HISTORY_LINES / 2);
    let line = Said {
        from: big(),
        ..said(&text)
    };
    let answers = [
        Notice::Online {
            here: crowd_of(NAMES_LISTED),
            away: Box::new(crowd_of(AWAY_LISTED)),
            elsewhere: vec![(big(), big()); NAMES_LISTED / 2],
            others_elsewhere: 12345,
            direct: vec![direct(); DIRECTS_LISTED],
            others_direct: 12345,
        },
        Notice::Rooms {
            rooms: vec![
                RoomListed {
                    name: big(),
                    members: 12345,
                    yours: true
                };
                NAMES_LISTED
            ],
            others: 12345,
        },
        history(vec![line; HISTORY_LINES]),
        Notice::HelpOperator,
    ];
    for notice in answers {
        for lang in [Lang::En, Lang::Pt] {
            let mut out = Vec::new();
            render(style(lang), clock(), &notice, &mut out);
            messages(&out);
            assert!(out.len() < PRIVATE_BYTES, "{} bytes", out.len());
        }
    }
}

proptest! {
    /// Each field is the server's or a text as it is.
    #[test]
    fn nobody_forges_a_field(pieces in prop::collection::vec(prop::sample::select(&[
        "\"", "\\", "\"}", "\n", "{\"type\":\"bye\"}", ",\"from\":\"eva\"", "\\\"", "\\u0022", "\u{1}", "x", " ", "é", "🙂",
    ][..]), 1..12)) {
        let text = pieces.concat();
        for notice in with_texts(&text) {
            let known = |message: &Value| {
                let fields = message.as_object().expect("an object").keys();
                fields.cloned().collect::<Vec<_>>()
            };
            let (forged, plain) = (told(&notice), with_texts("x"));
            let like = plain.iter().zip(with_texts(&text)).find(|(_, other)| *other == notice);
            let like = told(like.expect("the same").0);
            if forged.len() == like.len() {
                for (one, other) in forged.iter().zip(&like) {
                    prop_assert_eq!(&one["type"], &other["type"]);
                    prop_assert_eq!(known(one), known(other));
                }
            }
            if let Notice::Public { .. } | Notice::Action { .. } | Notice::Private { .. } = notice {
                prop_assert_eq!(&forged[0]["text"], &*text);
            }
        }
    }
}
