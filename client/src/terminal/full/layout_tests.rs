//! Whatever happens to a screen of its own, it is what it would be if all of it were drawn anew.

use proptest::prelude::*;

use super::*;
use crate::reading::Reading;
use crate::session::people::Here;
use crate::session::{Received, Shown, When};
use crate::terminal::keys::Key;
use crate::terminal::view::Colours;
use crate::words::Language;

/// What happens.
#[derive(Debug, Clone)]
enum Event {
    Line { room: usize, text: String },
    Joins(String),
    Own(String),
    Note(String),
    Press(Key),
    Speak(usize),
    Focus(Focus),
    Resize(u16, u16),
    Above(usize),
    Draw,
}

const ROOMS: [&str; 4] = ["lobby", "games", "tea", "日本語の部屋"];

fn event() -> impl Strategy<Value = Event> {
    // Of one width for every terminal: vt100 knows no rows that are cut.
    let text = "([a-z]{1,9} ){0,30}|日本語日本語 🦀 é שלום";
    let key = prop::sample::select(vec![
        Key::PageUp,
        Key::PageDown,
        Key::Control('s'),
        Key::Char('a'),
        Key::Up,
        Key::Escape,
        Key::Enter,
    ]);
    prop_oneof![
        8 => (0..ROOMS.len(), text).prop_map(|(room, text)| Event::Line { room, text }),
        2 => "[a-z]{1,9}".prop_map(Event::Joins),
        2 => text.prop_map(Event::Own),
        1 => text.prop_map(Event::Note),
        3 => key.prop_map(Event::Press),
        1 => (0..ROOMS.len()).prop_map(Event::Speak),
        1 => prop_oneof![Just(Focus::Here), Just(Focus::Elsewhere)].prop_map(Event::Focus),
        1 => (1..30_u16, 10..100_u16).prop_map(|(rows, columns)| Event::Resize(rows, columns)),
        1 => (0..4_usize).prop_map(Event::Above),
        8 => Just(Event::Draw),
    ]
}

fn heard(line: String, room: Option<String>) -> Shown {
    Shown::Received(Received {
        line,
        at: Some(10),
        when: When::Now,
        room,
    })
}

/// A terminal that cuts rows.
fn terminal((rows, columns): (usize, usize)) -> vt100::Parser {
    let size = |n: usize| u16::try_from(n).ok().and_then(std::num::NonZeroU16::new);
    let (rows, columns) = (size(rows).expect("rows"), size(columns).expect("columns"));
    vt100::Parser::new(rows, columns, 0)
}

fn screen(terminal: &vt100::Parser) -> String {
    terminal.screen().contents_formatted()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn it_is_what_it_would_be_if_it_were_drawn_anew(
        events in prop::collection::vec(event(), 1..60), colours in any::<bool>()
    ) {
        let colours = if colours { Colours::On } else { Colours::Off };
        let mut full = Full::of(Reading::default(), colours);
        let mut here = Here::default();
        for name in ["ana", "bob", "a very long name of somebody"].map(str::to_owned) {
            here.names.insert(name.clone(), name);
        }
        let mut scene = Scene {
            language: Language::En,
            name: Some("ana"),
            around: Around {
                room: Some(ROOMS[0]),
                rooms: ROOMS.to_vec(),
                here: Some(&here),
                link: Linked::Here,
            },
            size: (12, 70),
        };
        let mut seen = terminal(scene.size);
        let mut bottom = Bottom { above: Vec::new(), row: "ana> ".to_owned() };
        for event in events.into_iter().chain([Event::Draw]) {
            match event {
                Event::Line { room, text } => {
                    let room = ROOMS[room];
                    let mark = match scene.around.room == Some(room) {
                        true => String::new(),
                        false => format!("#{room} "),
                    };
                    let line = format!("{mark}<bob> {text}");
                    full.show(vec![heard(line, Some(room.to_owned()))], &scene);
                }
                Event::Joins(name) => {
                    full.show(vec![heard(format!("* {name} joined"), None)], &scene);
                }
                Event::Own(text) => {
                    let line = format!("<ana> {text}");
                    let own = Shown::Own { line, at: Some(10), room: None };
                    full.show(vec![own], &scene);
                }
                Event::Note(text) => drop(full.show(vec![Shown::Note(text)], &scene)),
                Event::Press(key) => drop(full.press(key)),
                Event::Speak(room) => scene.around.room = Some(ROOMS[room]),
                Event::Focus(focus) => full.focus(focus),
                Event::Resize(rows, columns) => {
                    scene.size = (rows.into(), columns.into());
                    full.forget();
                    seen = terminal(scene.size);
                }
                Event::Above(rows) => bottom.above = vec!["waits".to_owned(); rows],
                Event::Draw => {
                    seen.process(full.frame(&bottom, &scene).as_bytes());
                    full.forget();
                    let mut anew = terminal(scene.size);
                    anew.process(full.frame(&bottom, &scene).as_bytes());
                    prop_assert_eq!(screen(&seen), screen(&anew));
                    prop_assert!(full.drawn.len() + 1 == scene.size.0 || scene.size.0 < 2);
                }
            }
        }
    }
}
