//! Pieces are cut at the right places, and wait for their time.

use proptest::prelude::*;

use super::*;

const NOW: Time = Time::from_secs(1000);

fn ms(after: u64) -> Time {
    NOW + Duration::from_millis(after)
}

/// All pieces of this text.
fn pieces(text: &str, ends: Ends) -> Vec<&str> {
    let mut rest = text;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let gathered = rest.len().min(PIECE_BYTES + PIECE_REST);
        let taken = cut(&rest.as_bytes()[..gathered], ends);
        let (piece, after) = rest.split_at(taken);
        pieces.push(match ends {
            Ends::Kept => piece,
            Ends::Dropped => piece.strip_suffix('\n').unwrap_or(piece),
        });
        rest = after;
    }
    pieces
}

#[test]
fn a_piece_ends_at_the_last_line_end_that_fits() {
    let line = |len: usize| "y".repeat(len - 1) + "\n";
    let text = line(500) + &line(500) + &line(24) + &line(10);
    let lens = |ends| -> Vec<usize> { pieces(&text, ends).iter().map(|p| p.len()).collect() };
    assert_eq!(lens(Ends::Kept), [1024, 10]);
    assert_eq!(lens(Ends::Dropped), [1023, 9]);
    let text = line(1025);
    assert_eq!(pieces(&text, Ends::Dropped), [&text[..1024]]);
    assert_eq!(pieces(&text, Ends::Kept), [&text[..960], &text[960..]]);
}

#[test]
fn a_line_longer_than_a_piece_is_cut_between_letters() {
    let text = format!("y{}\n", "ã".repeat(1000));
    assert_eq!(pieces(&text, Ends::Dropped).concat() + "\n", text);
    // A letter and its marks, and joined emoji, are one.
    for letter in ["e\u{301}\u{302}", "👩\u{200d}👩\u{200d}👧", "👍🏽"] {
        for start in ["", "y", "yy"] {
            let text = start.to_owned() + &letter.repeat(400);
            for piece in pieces(&text, Ends::Kept) {
                let letters = piece.trim_start_matches('y');
                assert_eq!(letters.len() % letter.len(), 0, "{piece:?}");
            }
        }
    }
    // More marks than a letter may have are cut all the same.
    assert!(pieces(&"\u{301}".repeat(2000), Ends::Kept).len() > 3);
}

#[test]
fn no_rest_is_a_word_of_its_own() {
    for len in 1000..1200 {
        let text = "y".repeat(len) + "x\n";
        let all = pieces(&text, Ends::Dropped);
        assert!(all.iter().all(|piece| piece.len() >= PIECE_REST), "{len}");
    }
    assert_eq!(
        pieces("x", Ends::Dropped),
        ["x"],
        "but if it is all there is"
    );
}

proptest! {
    #[test]
    fn every_cut_of_any_text_is_text(text in "([a-zãé👩\u{200d}\u{301}\n]{0,40}){0,200}") {
        for ends in [Ends::Kept, Ends::Dropped] {
            // Slicing would panic inside a letter.
            let all = pieces(&text, ends);
            prop_assert!(all.iter().all(|piece| piece.len() <= PIECE_BYTES));
        }
        prop_assert_eq!(pieces(&text, Ends::Kept).concat(), text);
    }

    #[test]
    fn bytes_that_are_no_text_come_to_an_end(bytes in prop::collection::vec(0x80u8..=0xff, 1..3000)) {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let taken = cut(&rest[..rest.len().min(PIECE_BYTES + PIECE_REST)], Ends::Dropped);
            prop_assert!((1..=PIECE_BYTES).contains(&taken));
            rest = &rest[taken..];
        }
    }
}

#[test]
fn a_piece_waits_for_the_acknowledgement_and_a_moment() {
    let sent = Pace::Sent {
        at: NOW,
        look: ms(250),
    };
    let never = || unreachable!("it is not asked before it is time");
    assert_eq!(sent.after(ms(249), never), sent);
    // At once, 210 ms ago, or just now.
    let ago = |ago| sent.after(ms(250), move || Some(Duration::from_millis(ago)));
    assert!(ago(250).is_free(ms(250)));
    assert!(!ago(210).is_free(ms(289)) && ago(210).is_free(ms(290)));
    assert!(!ago(0).is_free(ms(499)) && ago(0).is_free(ms(500)));
    // Nothing has come for longer than the piece is out.
    assert!(ago(60_000).is_free(ms(250)));
    // What comes later from the client does not matter.
    assert_eq!(ago(0).after(ms(400), never), ago(0));
}

#[test]
fn a_client_that_acknowledges_nothing_is_asked_less_and_less_often() {
    let mut pace = Pace::Sent {
        at: NOW,
        look: ms(250),
    };
    let mut asked = Vec::new();
    for after in 0..600_000 {
        pace = pace.after(ms(after), || {
            asked.push(after);
            None
        });
    }
    assert_eq!(asked[..5], [250, 313, 392, 490, 613]);
    assert!((600..620).contains(&asked.len()), "{}", asked.len());
}
