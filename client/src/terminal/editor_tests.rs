//! Tests of the editor: keys as text, the line with its cursor as `|`.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::{Editor, Mode, Outcome};
use crate::Language;
use crate::session::TEXT_BYTES;
use crate::session::names::Names;
use crate::terminal::keys::{Focus, Key};
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
            "WLeft" => Key::WordLeft,
            "WRight" => Key::WordRight,
            "WBS" => Key::WordBackspace,
            "WDel" => Key::WordDelete,
            "Del" => Key::Delete,
            "Enter" => Key::Enter,
            "Tab" => Key::Tab,
            "Esc" => Key::Escape,
            "NL" => Key::Pasted('\n'),
            "PasteEnd" => Key::PasteEnd,
            alt if alt.starts_with("M-") => Key::Alt(alt.as_bytes()[2].into()),
            control => Key::Control(control.as_bytes()[1].to_ascii_lowercase().into()),
        });
    }
    keys
}

/// An editor after these keys; Enter and Tab are handled as in app.rs.
fn typed(script: &str) -> Editor {
    let mut names = Names::default();
    for name in ["ana", "bob", "Anton"] {
        names.people.add(name);
    }
    names.rooms.add("games");
    names.ids.add("a3");
    names.ids.add("b7");
    let mut editor = Editor::default();
    for key in keys(script) {
        match editor.press(key) {
            Outcome::Submit => drop(editor.accept()),
            Outcome::Complete => editor.complete(&names, Language::En),
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
    // One that empties the line is not the first of two.
    assert_eq!(editor.press(Key::Control('c')), Outcome::Edited);
    assert_eq!(editor.text(), "");
    assert_eq!(editor.press(Key::Control('c')), Outcome::Leaving);
    assert_eq!(editor.press(Key::Control('c')), Outcome::Leave);
    let mut editor = typed("{^C}d");
    assert_eq!(editor.press(Key::Control('c')), Outcome::Edited);
    assert_eq!(editor.press(Key::Control('c')), Outcome::Leaving);
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

#[test]
fn words_are_those_of_unicode() {
    check("one two{WLeft}x", "one x|two");
    check("one two{M-b}{M-b}{M-f}x", "onex| two");
    check("um, coração.{WLeft}{WBS}", "|coração.");
    check("don't go{WLeft}{WLeft}", "|don't go");
    check("日本{WLeft}", "日|本");
    check("a 👍 b{WLeft}{WLeft}", "|a 👍 b");
    check("one two{Home}{WRight}{WRight}{WRight}", "one two|");
    check("one two{Home}{M-d}", "| two");
    check("one two{Home}{WDel}{WDel}", "|");
    check("one, two{WBS}{WBS}", "|");
    check("one{NL}two{WLeft}{WLeft}", "|one\ntwo");
}

#[test]
fn letters_and_words_are_changed() {
    check("abc{^T}", "acb|");
    check("abc{Left}{Left}{^T}", "ba|c");
    check("{^T}a{^T}{Home}{^T}", "|a");
    check("ae\u{301}{^T}", "e\u{301}a|");
    check("straße é{Home}{M-u}{M-u}", "STRASSE É|");
    check("ONE TWO{Home}{M-l}", "one| TWO");
    check("  one tWO{Home}{M-c}{M-c}", "  One Two|");
    check("one{M-u}{M-c}", "one|");
}

#[test]
fn what_was_killed_comes_back() {
    check("one two{^W}{^Y}{^Y}", "one twotwo|");
    check("one two three{^W}{^W}x{^Y}", "one xtwo three|");
    check("one two{Home}{M-d}{M-d}{End}{^Y}", "one two|");
    check("one two{WLeft}{^K}{^U}{^Y}", "one two|");
    check("one{^U}two{^U}{^Y}", "two|");
    check("one{^U}two{^U}{^Y}{M-y}", "one|");
    check("one{^U}two{^U}{^Y}{M-y}{M-y}", "two|");
    check("one{^U}two{^U}{^Y}{Left}{M-y}", "tw|o");
    check("{^Y}{M-y}a", "a|");
    check("x {^U}{^Y}{Enter}{^Y}", "x |");
    check("e\u{301}{^U}a{^Y}{Left}{BS}", "|e\u{301}");
}

#[test]
fn changes_are_undone() {
    check("one two{^_}", "one |");
    check("one two{^_}{^_}{^_}{^_}", "|");
    check("one two{^W}{^_}", "one two|");
    check("one two{^X}{^U}", "one |");
    check("one{^X}x{^U}", "|");
    check("onx{BS}{BS}{^_}", "onx|");
    check("one{Left}{Left}x{^_}", "o|ne");
    check("one{^A}{^K}two{^_}{^_}", "|one");
    check("a{NL}{NL}{PasteEnd}b{^_}{^_}", "a|");
    check("an{Tab}{Tab}{^_}", "an|");
    check("one{Enter}two{Up}{^_}", "two|");
    check("one{Enter}{^_}", "|");
    check("{^_}", "|");
    check("one{M-u}{Home}{M-u}{^_}", "|one");
}

#[test]
fn joiners_stay_where_they_join() {
    check("👨\u{200D}👩\u{200D}👧", "👨\u{200D}👩\u{200D}👧|");
    check("👨\u{200D}👩{BS}", "|");
    check("می\u{200C}خ", "می\u{200C}خ|");
    check("a\u{200D}b \u{200D}c\u{E0100}", "ab c\u{E0100}|");
    check("葛\u{E0100} \u{E0100}", "葛\u{E0100} |");
    check("a\u{2028}b", "a b|");
}

#[test]
fn tabs_in_the_indentation_of_code_stay() {
    let mut editor = Editor::default();
    for c in "if a:\n\tif b:\n\t\tc\td".chars() {
        editor.press(Key::Pasted(c));
    }
    assert_eq!(editor.text(), "if a:\n    if b:\n        c d");
}

#[test]
fn the_history_is_searched() {
    let lines = "one{Enter}two{Enter}three{Enter}";
    let searched = |script: &str, expected: &str| check(&format!("{lines}{script}"), expected);
    searched("half{^R}o", "tw|o");
    searched("half{^R}o{^R}", "|one");
    searched("half{^R}o{^R}{^S}", "tw|o");
    searched("half{^R}o{^R}{^R}{^R}{Esc}x", "x|one");
    searched("half{^R}o{^G}x", "halfx|");
    searched("half{^R}o{^C}x", "halfx|");
    searched("half{^R}on{BS}", "tw|o");
    searched("half{^R}o{BS}", "half|");
    searched("half{^R}t{End}!", "three!|");
    searched("half{^R}o{^R}{Esc}{Down}{Down}{Down}", "half|");
    searched("{^R}e{Enter}{Up}", "three|");
    searched("{^R}ne{Enter}{Up}", "one|");
    searched("{^R}ONE", "|");
    searched("half{^R}one{Esc}{^_}", "half|");
    searched("half{M-<}", "one|");
    searched("half{M-<}{M->}", "half|");
    check("{^R}{^R}{^S}{BS}x{^R}{Esc}", "|");
}

#[test]
fn a_search_shows_what_is_looked_for() {
    let showing = |script| match typed(script).mode() {
        Mode::Searching(search) => format!("{} {}", search.query, search.has_failed),
        other => format!("{other:?}"),
    };
    assert_eq!(showing("one{Enter}{^R}on"), "on false");
    assert_eq!(showing("one{Enter}{^R}ox"), "ox true");
    assert_eq!(showing("one{Enter}{^R}o{^R}"), "o true");
    assert_eq!(showing("one{Enter}{^R}ox{BS}"), "o false");
    assert_eq!(showing("one{Enter}{^R}o{Esc}"), "Typing");
}

#[test]
fn several_lines_are_asked_about() {
    let asked = || {
        let mut editor = typed("one{NL}  two{NL}{NL}");
        assert_eq!(editor.press(Key::Enter), Outcome::Submit);
        assert!(editor.ask());
        assert!(matches!(editor.mode(), Mode::Asking(2)));
        editor
    };
    for yes in ['y', 's', 'Y', 'S'] {
        assert_eq!(asked().press(Key::Char(yes)), Outcome::SubmitAll);
    }
    for no in [
        Key::Enter,
        Key::Escape,
        Key::Char('n'),
        Key::Control('c'),
        Key::Up,
    ] {
        let mut editor = asked();
        assert_eq!(editor.press(no), Outcome::Edited);
        assert!(matches!(editor.mode(), Mode::Typing));
        assert_eq!(editor.text(), "one\n  two\n\n");
    }
    let mut editor = asked();
    assert_eq!(editor.press(Key::Char('e')), Outcome::Edited);
    assert_eq!(editor.text(), "one two");
    assert!(!editor.ask());
    editor.press(Key::Control('_'));
    assert_eq!(editor.text(), "one\n  two\n\n");
    let mut editor = asked();
    assert_eq!(editor.press(Key::Focus(Focus::Elsewhere)), Outcome::Edited);
    assert_eq!(editor.press(Key::Pasted('y')), Outcome::Edited);
    assert_eq!(editor.text(), "one\n  two\n\ny");
    assert!(!typed("one{NL}{NL}").ask());
}

#[test]
fn a_secret_is_forgotten() {
    let mut editor = typed("secret{^U}{^Y}");
    assert_eq!(editor.take_secret(), "secret");
    for key in [Key::Control('y'), Key::Control('_'), Key::Up] {
        editor.press(key);
        assert_eq!(editor.text(), "");
    }
}

#[test]
fn commands_rooms_and_ids_are_completed() {
    check("/onl{Tab}", "/online |");
    check("/TAMB{Tab}", "/também |");
    check("x{NL}/onl{Tab}", "x\n/online |");
    check("hi /onl{Tab}", "hi /onl|");
    check("//onl{Tab}", "//onl|");
    check("see #ga{Tab}", "see #games |");
    check("/join {Tab}", "/join games |");
    check("/entrar g{Tab}", "/entrar games |");
    check("/join #g{Tab}", "/join #games |");
    check("/reply {Tab}", "/reply b7 |");
    check("/reply {Tab}{Tab}", "/reply a3 |");
    check("/r a{Tab}", "/r a3 |");
    check("/reply a3 an{Tab}", "/reply a3 Anton |");
    check("/msg an{Tab}", "/msg Anton |");
    check("/msg {Tab}", "/msg |");
}

#[test]
fn another_text_is_put_in_place() {
    let mut editor = typed("one{Left}");
    assert!(editor.replace("two\n\tthree\u{7}\u{202e}"));
    assert_eq!(editor.text(), "two\n    three");
    assert!(!editor.replace(&"x".repeat(TEXT_BYTES + 1)));
    assert_eq!(editor.text(), "two\n    three");
    editor.press(Key::Control('_'));
    assert_eq!((editor.text(), editor.cursor()), ("one", 2));
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
            Key::Delete, Key::Enter, Key::Tab, Key::Escape, Key::WordLeft, Key::WordRight,
            Key::WordBackspace, Key::WordDelete, Key::Alt('y'), Key::Alt('u'), Key::Alt('l'),
            Key::Alt('c'), Key::Control('_'), Key::PasteEnd, Key::Focus(Focus::Here),
        ]),
        2 => prop::sample::select(vec!['\u{200D}', '\u{200C}', '\u{E0100}', ' ', 'ß', '/', '#'])
            .prop_map(Key::Char),
    ]
}

proptest! {
    #[test]
    fn the_cursor_is_on_a_boundary_and_the_text_is_clean(
        pressed in prop::collection::vec(any_key(), 0..60)
    ) {
        let mut names = Names::default();
        names.people.add("e\u{301}ric");
        names.people.add("🇧");
        names.rooms.add("👍🏽");
        let mut editor = Editor::default();
        for key in pressed {
            match editor.press(key) {
                Outcome::Submit if editor.ask() => {}
                Outcome::Submit | Outcome::SubmitAll => drop(editor.accept()),
                Outcome::Complete => editor.complete(&names, Language::En),
                Outcome::Compose => drop(editor.replace("e\u{301}\n👍\u{200D}👍")),
                _ => {}
            }
            let text = editor.text();
            let mut boundaries = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]);
            prop_assert!(boundaries.any(|at| at == editor.cursor()), "{text:?} {}", editor.cursor());
            prop_assert!(text.split('\n').all(text::is_clean));
        }
    }
}
