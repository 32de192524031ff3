//! Cleaning a line: nothing harmful is left, plain text stays, and cleaning is idempotent.

use papo_server::dialect::clean::clean;
use papo_server::limits::MARKS;
use unicode_normalization::char::is_combining_mark;

use crate::safe::assert_safe;

pub(crate) fn check(data: &[u8]) {
    let once = clean(data);
    assert_safe(&once);
    assert_eq!(
        clean(once.as_bytes()),
        once,
        "cleaning again changes nothing"
    );
    let text = String::from_utf8_lossy(data);
    // A tab of the indentation becomes four spaces.
    let most: usize = text.chars().map(|c| if c == '\t' { 4 } else { 1 }).sum();
    assert!(once.chars().count() <= most);
    assert!(once.is_empty() || once.chars().any(|c| !c.is_whitespace()));
    // Visible ASCII is neither lost nor moved.
    let plain = |text: &str| -> String { text.chars().filter(char::is_ascii_graphic).collect() };
    assert_eq!(plain(&once), plain(&text));
    // The same for letters of Latin alphabets.
    let latin = |text: &str| -> String {
        let letters = text.chars();
        letters.filter(|c| ('à'..='ÿ').contains(c)).collect()
    };
    assert_eq!(latin(&once), latin(&text));
    check_marks_and_joiners(&once);
}

fn check_marks_and_joiners(text: &str) {
    let is_joiner = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    let mut pile = 0;
    let mut before = ' ';
    for c in text.chars() {
        if is_combining_mark(c) {
            pile += 1;
            assert!(pile <= MARKS, "a pile of {pile} in {text:?}");
            assert!(!before.is_whitespace(), "a mark on nothing in {text:?}");
        } else if !is_joiner(c) {
            pile = 0;
        }
        let joined = is_joiner(c) && (is_joiner(before) || before.is_whitespace());
        assert!(!joined, "a joiner of nothing in {text:?}");
        assert!(!(is_joiner(before) && c.is_whitespace()), "{text:?}");
        before = c;
    }
    assert!(!is_joiner(before), "a joiner at the end of {text:?}");
}
