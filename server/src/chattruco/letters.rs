//! Names and texts in letters that ChatTruco's clients can show. Pure text; it knows no users.
//!
//! A table of all scripts (the crate deunicode) takes 0.4 MB; the users of these systems write
//! Portuguese. So this has the letters of Latin, Greek and Cyrillic, and for all others a word.
//!
//! Invariant: what `ascii` returns has only letters and digits of ASCII and `_`; what `readable`
//! returns has no letter above U+FFFF and no mark of a text.

use unicode_normalization::UnicodeNormalization;

use super::wire::TEXT_MARK;

/// The form of a name in ASCII: without accents, and in Latin letters if the table has them.
pub(super) fn ascii(name: &str) -> String {
    let mut form = String::with_capacity(name.len());
    for c in name.nfkd() {
        if c.is_ascii_alphanumeric() || c == '_' {
            form.push(c);
            continue;
        }
        let small = c.to_lowercase().next().unwrap_or(c);
        let Ok(at) = LETTERS.binary_search_by_key(&small, |(letter, _)| *letter) else {
            continue;
        };
        let mut letters = LETTERS[at].1.chars();
        let first = letters.next().map(|first| match small == c {
            true => first,
            false => first.to_ascii_uppercase(),
        });
        form.extend(first.into_iter().chain(letters));
    }
    match form.bytes().any(|b| b.is_ascii_alphanumeric()) {
        true => form,
        false => NAMELESS.to_owned(),
    }
}

/// A text that a window shows whole: a letter above U+FFFF would lose the line, and the mark that
/// stands before a text would end it.
pub(super) fn readable(text: &str) -> String {
    let mut readable = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        readable.push(match c {
            '\u{10000}'.. => char::REPLACEMENT_CHARACTER,
            c => c,
        });
        if text[at..].starts_with(TEXT_MARK) {
            readable.push(' ');
        }
    }
    readable
}

/// Those whose name has no letter that we know.
const NAMELESS: &str = "pessoa";

/// Small letters that do not come apart into an ASCII one and marks, in the order of Unicode.
#[rustfmt::skip]
const LETTERS: [(char, &str); 76] = [
    ('ß', "ss"), ('æ', "ae"), ('ð', "d"), ('ø', "o"), ('þ', "th"), ('đ', "d"), ('ħ', "h"),
    ('ı', "i"), ('ł', "l"), ('ŋ', "n"), ('œ', "oe"), ('ŧ', "t"), ('ə', "e"), ('α', "a"),
    ('β', "v"), ('γ', "g"), ('δ', "d"), ('ε', "e"), ('ζ', "z"), ('η', "i"), ('θ', "th"),
    ('ι', "i"), ('κ', "k"), ('λ', "l"), ('μ', "m"), ('ν', "n"), ('ξ', "x"), ('ο', "o"),
    ('π', "p"), ('ρ', "r"), ('ς', "s"), ('σ', "s"), ('τ', "t"), ('υ', "y"), ('φ', "f"),
    ('χ', "ch"), ('ψ', "ps"), ('ω', "o"), ('а', "a"), ('б', "b"), ('в', "v"), ('г', "g"),
    ('д', "d"), ('е', "e"), ('ж', "zh"), ('з', "z"), ('и', "i"), ('к', "k"), ('л', "l"),
    ('м', "m"), ('н', "n"), ('о', "o"), ('п', "p"), ('р', "r"), ('с', "s"), ('т', "t"),
    ('у', "u"), ('ф', "f"), ('х', "kh"), ('ц', "ts"), ('ч', "ch"), ('ш', "sh"), ('щ', "shch"),
    ('ы', "y"), ('э', "e"), ('ю', "yu"), ('я', "ya"), ('ђ', "dj"), ('є', "ye"), ('і', "i"),
    ('ј', "j"), ('љ', "lj"), ('њ', "nj"), ('ћ', "c"), ('џ', "dz"), ('ґ', "g"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_ascii() {
        for (name, form) in [
            ("João", "Joao"),
            ("Conceição_2", "Conceicao_2"),
            ("Łukasz", "Lukasz"),
            ("Søren", "Soren"),
            ("Straße", "Strasse"),
            ("Æsir", "Aesir"),
            ("Ольга", "Olga"),
            ("Щукин", "Shchukin"),
            ("Алёша", "Alesha"),
            ("Йозеф", "Iozef"),
            ("Ελένη", "Eleni"),
            ("İpek", "Ipek"),
            ("ｂｏｂ", "bob"),
            ("李", "pessoa"),
            ("李7", "7"),
            ("אב", "pessoa"),
            ("é_", "e_"),
        ] {
            assert_eq!(ascii(name), form, "{name}");
        }
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(LETTERS.is_sorted_by(|(one, _), (next, _)| one < next));
    }

    #[test]
    fn texts_that_are_shown_whole() {
        for (text, shown) in [
            ("olá, João ❤", "olá, João ❤"),
            ("oi 😀!", "oi \u{fffd}!"),
            ("a #m# b", "a # m# b"),
            ("#m#m#", "# m# m#"),
            ("#m", "#m"),
            ("m#", "m#"),
            ("", ""),
        ] {
            assert_eq!(readable(text), shown);
            assert!(!readable(text).contains(TEXT_MARK));
        }
    }
}
