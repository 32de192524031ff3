//! How a name is drawn: what of it a reader can tell apart, as text to compare.
//!
//! It starts from Unicode's table of look-alikes (the skeletons of UTS 39) and adds what that leaves
//! out. It never decides which names are legal or free, and nothing it returns is ever shown.
//!
//! Invariant: drawing what was drawn changes nothing.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// The look of any name. Nearly every name is ASCII: no table is asked about it.
pub(super) fn look(shown: &str) -> String {
    let drawn = match shown.is_ascii() {
        true => ascii_draw(shown.bytes(), shown.len()),
        false => draw(shown),
    };
    // A small `d` is read for `cl` and `cl` for it. Not so in the key: `@dara` must not find `clara`.
    match drawn.contains('d') {
        true => drawn.replace('d', "cl"),
        false => drawn,
    }
}

/// The key of any name.
pub(super) fn key(shown: &str) -> String {
    match shown.is_ascii() {
        true => ascii_key(shown),
        false => drawn_key(shown),
    }
}

/// What `drawn_key` makes of an ASCII name.
pub(super) fn ascii_key(name: &str) -> String {
    let mut key = ascii_draw(name.bytes().map(|b| b.to_ascii_lowercase()), name.len());
    key.make_ascii_lowercase();
    key
}

/// What the beginning of a line looks like, in one width and without marks.
pub fn beginning(text: &str) -> String {
    let wide = text.nfkc().collect::<String>();
    draw(&wide)
        .chars()
        .filter(|c| !is_combining_mark(*c))
        .collect()
}

/// The skeleton of the folded text, with three additions.
///
/// The skeleton table is made for text whose case is kept: it has `0` look like `O`. So what it
/// gives is folded and drawn a second time, and `0` and `o` are one. The capitals of a script
/// may look like Latin where its small letters do not (Cyrillic and Greek `ВОВ` and `ΒΟΒ` for
/// `BOB`); a name whose capitals could all be ASCII is therefore taken for that ASCII. And a letter
/// that is a bar is `I` among letters that are drawn like capitals and have no case (`bars`).
/// What is left: Greek small nu is told from `v`, as it cannot be both `n` and `v`.
pub(super) fn drawn_key(shown: &str) -> String {
    let folded = bars(fold(shown.chars()));
    let mut drawn = draw(&folded.chars().map(capital).collect::<String>());
    if !drawn.chars().all(|c| c.is_ascii() || is_combining_mark(c)) {
        drawn = draw(&folded);
    }
    draw(&fold(drawn.chars()))
}

/// The capital of a small letter, but for those like `i`: their capitals are drawn as `l`.
fn capital(small: char) -> String {
    let small = small.to_string();
    let first = skeleton(&small).next();
    match first {
        Some('i') => small,
        _ => small.to_uppercase(),
    }
}

/// The table calls every bar an `l`. In scripts without case whose letters look like Latin capitals
/// (Lisu `ꓡꓲꓢꓮ`, Canadian syllabics, Tifinagh) it reads as `I`, whose small letter is `i`.
fn bars(folded: String) -> String {
    let drawn = |c: char| {
        let mut drawn = skeleton(c.encode_utf8(&mut [0; 4])).collect::<Vec<_>>();
        drawn.pop().filter(|_| drawn.is_empty())
    };
    let has_no_case = |c: char| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase();
    let is_capital = |c: char| has_no_case(c) && drawn(c).is_some_and(|c| c.is_ascii_uppercase());
    if !folded.chars().any(is_capital) {
        return folded;
    }
    let is_bar = |c| has_no_case(c) && drawn(c) == Some('l');
    let read = |c| if is_bar(c) { 'i' } else { c };
    folded.chars().map(read).collect()
}

/// The UTS-39 skeleton, without the dot that `i` and `j` have anyway, and with a `w` as the two `v`
/// that the table forgets.
pub(super) fn draw(text: &str) -> String {
    let mut drawn = String::with_capacity(text.len());
    for c in skeleton(text) {
        match c {
            '\u{307}' if drawn.ends_with(['i', 'j']) => {}
            'w' => drawn.push_str("vv"),
            'W' => drawn.push_str("VV"),
            c => drawn.push(c),
        }
    }
    drawn
}

/// Case folding without a table of our own: down, so that capital sharp s is a sharp s; up, so
/// that a sharp s is `SS`; and down again.
pub(super) fn fold(chars: impl Iterator<Item = char>) -> String {
    chars
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

/// What `draw` makes of an ASCII name: the skeleton table has only four of its characters.
fn ascii_draw(name: impl Iterator<Item = u8>, len: usize) -> String {
    let mut drawn = String::with_capacity(2 * len);
    for b in name {
        match b {
            b'0' => drawn.push('O'),
            b'1' | b'I' => drawn.push('l'),
            b'm' => drawn.push_str("rn"),
            b'w' => drawn.push_str("vv"),
            b'W' => drawn.push_str("VV"),
            b => drawn.push(char::from(b)),
        }
    }
    drawn
}
