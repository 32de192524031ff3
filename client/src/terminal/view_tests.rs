//! Tests of the view: what it draws, and that only its own sequences and clean text are ever drawn.

use proptest::prelude::*;

use super::{CLEAR_SCREEN, Colours, HIDE, Look, PALETTE, Words, colour};
use crate::session::{Line, Lines};
use crate::terminal::row::{RESTORE_CURSOR, Row, SAVE_CURSOR};
use crate::text;

fn drawn(colours: Colours, line: &str) -> String {
    let mut out = String::new();
    colours.line(&mut out, &Line::parse(line), 80);
    out
}

#[test]
fn kinds_of_lines_have_their_looks() {
    let ana = colour("ana");
    for (line, expected) in [
        ("<ana> hi", format!("<\x1b[38;5;{ana}mana\x1b[0m> hi\r\n")),
        (
            "~ ana waves",
            format!("~ \x1b[38;5;{ana}mana\x1b[0m waves\r\n"),
        ),
        (
            "[private from ana] x",
            "\x1b[1;35m[private from ana]\x1b[0m x\r\n".to_owned(),
        ),
        ("* ana joined", "\x1b[2m* ana joined\x1b[0m\r\n".to_owned()),
        ("! no", "\x1b[31m! no\x1b[0m\r\n".to_owned()),
        (
            "#games <ana> hi",
            format!("\x1b[2m#games \x1b[0m<\x1b[38;5;{ana}mana\x1b[0m> hi\r\n"),
        ),
        (
            "#games * ana joined",
            "\x1b[2m#games \x1b[0m\x1b[2m* ana joined\x1b[0m\r\n".to_owned(),
        ),
        ("odd", "odd\r\n".to_owned()),
    ] {
        assert_eq!(drawn(Colours::On, line), expected);
        assert_eq!(drawn(Colours::Off, line), format!("{line}\r\n"));
    }
}

#[test]
fn a_name_has_one_colour() {
    assert_eq!(colour("Ana"), colour("ana"));
    assert_ne!(colour("ana"), colour("bob"));
}

/// Relative luminance as WCAG defines it, of a colour of the 6x6x6 cube.
fn luminance(index: u8) -> f64 {
    let cube = index - 16;
    let linear = |level: u8| {
        let value = if level == 0 {
            0.0
        } else {
            f64::from(55 + 40 * i32::from(level)) / 255.0
        };
        if value <= 0.03928 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(cube / 36) + 0.7152 * linear(cube / 6 % 6) + 0.0722 * linear(cube % 6)
}

#[test]
fn the_palette_is_readable_on_dark_and_light() {
    for index in PALETTE {
        let luminance = luminance(index);
        let (on_black, on_white) = ((luminance + 0.05) / 0.05, 1.05 / (luminance + 0.05));
        assert!(
            on_black >= 3.0 && on_white >= 3.0,
            "{index}: {on_black:.2} {on_white:.2}"
        );
    }
}

proptest! {
    /// For any bytes of the server, any typed text and any window: without the client's own sequences, only
    /// clean text is left.
    #[test]
    fn only_printable_text_and_own_sequences(
        parts in prop::collection::vec(
            prop_oneof![
                any::<Vec<u8>>(),
                prop::sample::select(vec![
                    "\x1b[2J", "\n", "<a\x1b[31m> x\n", "[private from \u{202e}a] x\n", "~ a\x07 b\n",
                    "* \u{9b}2J\n", "! \x1b]52;c;AAAA\x07\n", "\r\r\n",
                ]).prop_map(|s| s.as_bytes().to_vec()),
            ],
            0..8,
        ),
        columns in 0usize..100,
        on: bool,
    ) {
        let colours = if on { Colours::On } else { Colours::Off };
        let (mut lines, mut found, mut out) = (Lines::default(), Vec::new(), String::new());
        lines.push(&parts.concat(), &mut found);
        found.extend(lines.end());
        for line in &found {
            colours.line(&mut out, &Line::parse(line), columns);
            colours.dim(&mut out, line, columns);
            let row = Row { prompt: line, name: Some(line), text: line, cursor: 0, columns };
            row.draw(&mut out, colours);
        }
        let mut rest = out;
        let own = ["\r\n", HIDE, CLEAR_SCREEN, SAVE_CURSOR, RESTORE_CURSOR];
        let styles = ["\x1b[0m", "\x1b[2m", "\x1b[31m", "\x1b[1;35m"].map(str::to_owned);
        let names = PALETTE.map(|n| format!("\x1b[38;5;{n}m"));
        for sequence in own.map(str::to_owned).iter().chain(&styles).chain(&names) {
            rest = rest.replace(sequence, "");
        }
        prop_assert!(text::is_clean(&rest), "{rest:?}");
    }
}

#[test]
fn what_stands_out_does_so_without_colours() {
    let (words, mut out) = (Words::of(["ana"].into_iter()), String::new());
    let line = Line::parse("<bob> ana, hi");
    Colours::Off.line_at(&mut out, &line, 80, ("", Look::New(&words)));
    assert_eq!(out, "<bob> \x1b[7mana\x1b[0m, hi\r\n");
}
