//! Tests of the editor: keys as text, the line with its cursor as `|`.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::{Editor, Outcome, TEXT_BYTES};
use crate::session::names::Names;
use crate::terminal::keys::Key;
use crate::text;

/// Parse keys such as `abc{Left}{^W}`.
fn keys(script: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '{' {
            keys.push(Key::Char(c));
            continue;
        }
        let (name, behind) = rest.split_once('}').expect("a closed brace");
        rest = behind;
        keys.push(match name {
            "Left" => Key::Left,
            "Right" => Key::Right,
            "Up" => Key::Up,
            "Down" => Key::Down,
            "Home" => Key::Home,
            "End" => Key::End,
            "BS" => Key::Backspace,
            "Del" => Key::Delete,
            "Enter" => Key::Enter,
            "Tab" => Key::Tab,
            "Esc" => Key::Escape,
            "NL" => Key::Pasted('\n'),
            control => Key::Control(control.as_bytes()[1].to_ascii_lowercase().into()),
        });
    }
    keys
}

/// An editor after these keys; Enter and Tab are handled as in app.rs.
fn typed(script: &str) -> Editor {
    let mut names = Names::default();
    for name in ["ana", "bob", "Anton"] {
        names.add(name);
    }
    let mut editor = Editor::default();
    for key in keys(script) {
        match editor.press(key) {
            Outcome::Submit => drop(editor.accept()),
            Outcome::Complete => editor.complete(&names),
            _ => {}
        }
    }
    editor
}

fn check(script: &str, expected: &str) {
    let editor = typed(script);
    let mut shown = editor.text().to_owned();
    shown.insert(editor.cursor(), '|');
    assert_eq!(shown, expected, "after {script}");
}

#[test]
fn typing_and_moving() {
    check("abc", "abc|");
    check("abc{Left}{Left}x", "ax|bc");
    check("abc{Home}x{End}y{Right}", "xabcy|");
    check("abc{^A}{Left}{^F}x{^E}{^B}y", "axby|c");
    check("abc{Esc}{^G}", "abc|");
}

#[test]
fn deleting() {
    check("abc{BS}", "ab|");
    check("{BS}{Del}{^W}{^K}{^U}", "|");
    check("abc{Home}{Del}", "|bc");
    check("abc{Left}{^D}", "ab|");
    check("one two{Left}{^K}", "one tw|");
    check("one two{Left}{^U}", "|o");
    check("one two  {^W}", "one |");
    check("one{^W}", "|");
    check("one{NL}two{^W}", "one\n|");
}

#[test]
fn graphemes_stay_whole() {
    check("e\u{301}{BS}", "|");
    check("日本{Left}x", "日x|本");
    check("🇧🇷🇵🇹{BS}", "🇧🇷|");
    check("👍🏽{Left}{Del}", "|");
    check("\u{301}{Home}e", "e\u{301}|");
    check("a👍{Left}{BS}", "|👍");
}

#[test]
fn what_the_server_would_remove_is_not_typed() {
    check("a\u{200B}\u{202E}b\tc", "ab c|");
}

#[test]
fn history_keeps_the_half_typed_line() {
    check("one{Enter}two{Enter}half{Up}", "two|");
    check("one{Enter}two{Enter}half{Up}{Up}{Up}", "one|");
    check("one{Enter}two{Enter}half{Up}{Up}{Down}{Down}", "half|");
    check("one{Enter}half{Up}!{Enter}{Up}", "one!|");
}

#[test]
fn names_are_completed() {
    check("bo{Tab}", "bob |");
    check("hi @B{Tab}!", "hi @bob !|");
    check("an{Tab}", "Anton |");
    check("an{Tab}{Tab}", "ana |");
    check("an{Tab}{Tab}{Tab}", "Anton |");
    check("x{Tab}{Home}{Tab}", "|x");
}

#[test]
fn leaving() {
    let mut editor = typed("abc");
    assert_eq!(editor.press(Key::Control('d')), Outcome::Edited);
    assert_eq!(editor.press(Key::Control('c')), Outcome::Cleared);
    assert_eq!(editor.text(), "");
    assert_eq!(editor.press(Key::Control('c')), Outcome::Leave);
    let mut editor = typed("abc{^C}d");
    assert_eq!(editor.press(Key::Control('c')), Outcome::Cleared);
    assert_eq!(editor.press(Key::Control('d')), Outcome::Leave);
}

#[test]
fn a_full_line_takes_no_more() {
    let mut editor = typed(&"x".repeat(TEXT_BYTES));
    assert_eq!(editor.press(Key::Char('x')), Outcome::Full);
    assert_eq!(editor.text().len(), TEXT_BYTES);
}

#[test]
fn a_paste_is_taken_whole_or_not_at_all() {
    let mut editor = typed("ab{Left}");
    for _ in 0..TEXT_BYTES - 2 {
        assert_eq!(editor.press(Key::Pasted('x')), Outcome::Edited);
    }
    assert_eq!(editor.press(Key::Pasted('x')), Outcome::Full);
    assert_eq!((editor.text(), editor.cursor()), ("ab", 1));
    assert_eq!(editor.press(Key::Pasted('\n')), Outcome::Full);
    assert_eq!(editor.press(Key::PasteEnd), Outcome::Edited);
    // The next paste is another one.
    assert_eq!(editor.press(Key::Pasted('y')), Outcome::Edited);
    assert_eq!((editor.text(), editor.cursor()), ("ayb", 2));
}

fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        8 => any::<char>().prop_map(Key::Char),
        // Characters that join their neighbours.
        8 => prop::sample::select(vec!['e', '\u{301}', '🇧', '🇷', '👍', '🏽', '\u{fe0f}', 'ก', 'ำ'])
            .prop_map(Key::Char),
        2 => any::<char>().prop_map(Key::Pasted),
        1 => Just(Key::Pasted('\n')),
        2 => prop::char::range('a', 'z').prop_map(Key::Control),
        4 => prop::sample::select(vec![
            Key::Left, Key::Right, Key::Up, Key::Down, Key::Home, Key::End, Key::Backspace,
            Key::Delete, Key::Enter, Key::Tab, Key::Escape,
        ]),
    ]
}

proptest! {
    #[test]
    fn the_cursor_is_on_a_boundary_and_the_text_is_clean(
        pressed in prop::collection::vec(any_key(), 0..60)
    ) {
        let mut names = Names::default();
        names.add("e\u{301}ric");
        names.add("🇧");
        let mut editor = Editor::default();
        for key in pressed {
            match editor.press(key) {
                Outcome::Submit => drop(editor.accept()),
                Outcome::Complete => editor.complete(&names),
                _ => {}
            }
            let text = editor.text();
            let mut boundaries = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]);
            prop_assert!(boundaries.any(|at| at == editor.cursor()), "{text:?} {}", editor.cursor());
            prop_assert!(text.split('\n').all(text::is_clean));
        }
    }
}
