//! How a name is drawn: what a reader can tell apart, as text to compare.
//!
//! It starts from Unicode's table of look-alikes (the skeletons of UTS 39) and adds what that
//! leaves out. It never decides which names are legal or free, and its results are never shown.
//!
//! Invariant: every function here is idempotent.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// The look of a name. Nearly all names are ASCII and need no Unicode table.
pub(super) fn look(shown: &str) -> String {
    let drawn = match shown.is_ascii() {
        true => ascii_draw(shown.bytes()).map(char::from).collect(),
        false => draw(shown),
    };
    // `d` and `cl` look the same. Only in the look: `@dara` must not find `clara`.
    match drawn.contains('d') {
        true => drawn.replace('d', "cl"),
        false => drawn,
    }
}

/// The key of a name.
pub(super) fn key(shown: &str) -> String {
    match shown.is_ascii() {
        true => ascii_key(shown).map(char::from).collect(),
        false => drawn_key(shown),
    }
}

/// `drawn_key` for ASCII names; at most two bytes for each of the name's.
pub(super) fn ascii_key(name: &str) -> impl Iterator<Item = u8> {
    let drawn = ascii_draw(name.bytes().map(|b| b.to_ascii_lowercase()));
    drawn.map(|b| b.to_ascii_lowercase())
}

/// The beginning of a line as it looks: in one width and without marks.
pub fn beginning(text: &str) -> String {
    let wide = text.nfkc().collect::<String>();
    draw(&wide)
        .chars()
        .filter(|c| !is_combining_mark(*c))
        .collect()
}

/// The skeleton of the folded text, with three additions.
///
/// The skeleton table keeps case: it maps `0` to `O`. So its result is folded and drawn a second
/// time, which makes `0` and `o` the same. The capitals of a script may look like Latin where its
/// small letters do not (Cyrillic and Greek `ВОВ` and `ΒΟΒ` for `BOB`); a name whose capitals could
/// all be ASCII is therefore mapped to that ASCII. And a letter drawn as a bar counts as `I` next
/// to caseless letters that are drawn like capitals (`bars`).
///
/// Not covered: Greek small nu differs from `v`, as it cannot be both `n` and `v`.
pub(super) fn drawn_key(shown: &str) -> String {
    let folded = bars(fold(shown.chars()));
    let mut drawn = draw(&folded.chars().map(capital).collect::<String>());
    if !drawn.chars().all(|c| c.is_ascii() || is_combining_mark(c)) {
        drawn = draw(&folded);
    }
    draw(&fold(drawn.chars()))
}

/// The capital of a small letter. Not for those like `i`: their capitals are drawn as `l`.
fn capital(small: char) -> String {
    let small = small.to_string();
    let first = skeleton(&small).next();
    match first {
        Some('i') => small,
        _ => small.to_uppercase(),
    }
}

/// The table maps every bar to `l`. In caseless scripts whose letters look like Latin capitals
/// (Lisu `ꓡꓲꓢꓮ`, Canadian syllabics, Tifinagh) a bar reads as `I`, in small letters `i`.
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

/// The UTS-39 skeleton, minus a dot above `i` or `j`, which have one anyway, and with `w` as `vv`,
/// which the table lacks.
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

/// Case folding without a table of our own: to lower case, so that capital sharp s becomes a sharp
/// s; to upper case, so that a sharp s becomes `SS`; and to lower case again.
pub(super) fn fold(chars: impl Iterator<Item = char>) -> String {
    chars
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

/// `draw` for ASCII: the skeleton table has only four of its characters.
fn ascii_draw(name: impl Iterator<Item = u8>) -> impl Iterator<Item = u8> {
    let drawn = name.map(|b| match b {
        b'0' => (b'O', None),
        b'1' | b'I' => (b'l', None),
        b'm' => (b'r', Some(b'n')),
        b'w' => (b'v', Some(b'v')),
        b'W' => (b'V', Some(b'V')),
        b => (b, None),
    });
    drawn.flat_map(|(first, second)| std::iter::once(first).chain(second))
}
