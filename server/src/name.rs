//! Legal names of users and rooms: a [`Name`] exists only if it is legal.
//!
//! A name is what its owner typed, in NFKC, and a key that makes it unique. Two names that differ
//! only in case, or that look alike in some usual font, have the same key and are the same name.
//! This file never decides who may have a name; it knows no users.
//!
//! Invariants: the key is a function of the shown text alone, and the shown text parses to itself.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::general_security_profile::IdentifierType;
use unicode_security::{
    GeneralSecurityProfile, MixedScript, RestrictionLevel, RestrictionLevelDetection, skeleton,
};

use crate::limits::{MARKS, NAME_CHARS};

/// A legal name. Two names are equal when their keys are: without regard to case or look-alikes.
/// Equality, order and hash are the key's. A clone copies no text.
#[derive(Clone)]
pub struct Name {
    shown: Rc<str>,
    key: Rc<str>,
}

/// Why something is not a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameFault {
    /// Nothing there.
    Empty,
    /// More than [`crate::limits::NAME_CHARS`] characters.
    TooLong,
    /// This character may not be in a name, or not at this place: a name of `_` alone, a combining
    /// mark without a letter.
    BadCharacter(char),
    /// Letters of scripts that are not used together, such as Latin and Cyrillic.
    MixedScripts,
}

impl Name {
    /// The only way to make one: NFKC, then every rule of docs/protocol.md.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Name, NameFault> {
        // NFKC can make one character eighteen, so it is cut while it comes.
        let shown: Rc<str> = match text.is_ascii() {
            true => text.into(),
            false => text.nfkc().take(NAME_CHARS + 1).collect::<String>().into(),
        };
        check(&shown)?;
        let key = key(&shown);
        let key = if *key == *shown {
            shown.clone()
        } else {
            key.into()
        };
        Ok(Name { shown, key })
    }

    /// As its owner typed it (in NFKC).
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What makes it unique: case folded, then the UTS-39 skeleton. Never shown.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether the server keeps this name for itself: it could be taken for the server, for whoever
    /// runs it or for everybody. Look-alikes are covered, and so is `_server_`.
    pub fn is_reserved(&self) -> bool {
        let bare = self.key.trim_matches('_');
        RESERVED
            .split(' ')
            .any(|word| ascii_key(word).eq(bare.chars()))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.key == other.key
    }
}
impl Eq for Name {}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Name) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Name) -> Ordering {
        self.key.cmp(&other.key)
    }
}
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown, f)
    }
}

/// The rules; `text` is in NFKC.
fn check(text: &str) -> Result<(), NameFault> {
    if text.is_empty() {
        return Err(NameFault::Empty);
    }
    if text.chars().count() > NAME_CHARS {
        return Err(NameFault::TooLong);
    }
    // Marks belong on a letter and, as in `clean`, in no higher pile than `MARKS`.
    let mut marks_left = 0;
    for c in text.chars() {
        let mark = is_combining_mark(c);
        let fits = if mark {
            marks_left > 0
        } else {
            c.is_alphanumeric() || c == '_'
        };
        if !fits || !(c.is_ascii() || in_use(c)) {
            return Err(NameFault::BadCharacter(c));
        }
        marks_left = match mark {
            true => marks_left - 1,
            false if c.is_alphabetic() => MARKS,
            false => 0,
        };
    }
    if text.chars().all(|c| c == '_') {
        return Err(NameFault::BadCharacter('_'));
    }
    // The level knows the scripts of today; one that few use is welcome as long as it is alone.
    if text.is_ascii()
        || text.is_single_script()
        || text.check_restriction_level(RestrictionLevel::ModeratelyRestrictive)
    {
        Ok(())
    } else {
        Err(NameFault::MixedScripts)
    }
}

/// Whether UTS 39 knows `c` as a letter, mark or digit that people write. What it leaves out are
/// invisible characters and letters that only pass for punctuation, such as U+01C3 for `!`.
fn in_use(c: char) -> bool {
    use IdentifierType::{Exclusion, Inclusion, Limited_Use, Recommended};
    matches!(
        GeneralSecurityProfile::identifier_type(c),
        Some(Recommended | Inclusion | Limited_Use | Exclusion)
    )
}

/// The key of any name.
///
/// The skeleton alone is not enough, in two ways. It is made for text whose case is kept: it has
/// `0` look like `O`, so what it gives is folded and drawn a second time. And the capitals of a
/// script may look like Latin where its small letters do not (Cyrillic and Greek `ВОВ` and `ΒΟΒ`
/// for `BOB`); a name whose capitals could all be ASCII is therefore taken for that ASCII.
/// What is left: Greek small nu is told from `v`, as it cannot be both `n` and `v`.
fn key(shown: &str) -> String {
    // Nearly every name is ASCII: no table is asked about it.
    if shown.is_ascii() {
        return ascii_key(shown).collect();
    }
    drawn_key(shown)
}

fn drawn_key(shown: &str) -> String {
    let folded = fold(shown.chars());
    let mut drawn: String = skeleton(&folded.to_uppercase()).collect();
    if !drawn.chars().all(|c| c.is_ascii() || is_combining_mark(c)) {
        drawn = skeleton(&folded).collect();
    }
    let drawn = fold(drawn.chars());
    let mut key = String::with_capacity(drawn.len());
    for c in skeleton(&drawn) {
        match c {
            'i' => key.push('l'),
            // The dot that `i` and `j` have anyway.
            '\u{307}' if key.ends_with(['l', 'j']) => {}
            c => key.push(c),
        }
    }
    key
}

/// Case folding without a table of our own: down, so that capital sharp s is a sharp s; up, so
/// that a sharp s is `SS`; and down again.
fn fold(chars: impl Iterator<Item = char>) -> String {
    chars
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The key of an ASCII name: case folded, and the four of its look-alikes in the skeleton table.
///
/// `I` is `i` by case and `l` by look, so `i`, `l` and `1` are one. It costs Iara her name while
/// Lara is here; the other choice lets anybody pass for bill as `biIl`.
fn ascii_key(name: &str) -> impl Iterator<Item = char> {
    name.chars().flat_map(|c| {
        let (first, second) = match c.to_ascii_lowercase() {
            '0' => ('o', None),
            '1' | 'i' => ('l', None),
            'm' => ('r', Some('n')),
            c => (c, None),
        };
        std::iter::once(first).chain(second)
    })
}

/// Compared by key.
const RESERVED: &str = "adm admin administrador administrator ajuda everybody everyone help \
    moderador moderator nobody oper operador operator papo private privado root server servidor \
    sistema suporte support sysop system todos";

#[cfg(test)]
mod tests {
    use super::NameFault::{BadCharacter, Empty, MixedScripts, TooLong};
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap_or_else(|fault| panic!("{text:?}: {fault:?}"))
    }

    #[track_caller]
    fn check_same(names: &[&str]) {
        for other in names {
            assert_eq!(name(names[0]).key(), name(other).key(), "{names:?}");
        }
    }

    #[track_caller]
    fn check_fault(text: &str, fault: NameFault) {
        assert_eq!(Name::parse(text).err(), Some(fault), "{text:?}");
    }

    #[test]
    fn legal_names_are_shown_as_typed() {
        let legal = [
            "a",
            "7",
            "ana",
            "Ana_7",
            "_x_",
            "joão",
            "Conceição",
            "Łukasz",
            "Ẹ́ni",
            "ΑΘΗΝΑ",
            "Вова",
            "नरेंद्र",
            "สมชาย",
            "李小龍",
            "さくらカナ",
            "김철수",
            "محمد",
            "דוד",
            "ᏣᎳᎩ",
            "ⵜⴰⵏ",
            "李bruce",
        ];
        for text in legal {
            assert_eq!(name(text).shown(), text.nfkc().collect::<String>());
        }
        assert_eq!(name("Ａｎａ Ⅸ".split(' ').next().unwrap()).shown(), "Ana");
        assert_eq!(name("Ⅸ").shown(), "IX");
        assert_eq!(name("cafe\u{301}").shown(), "café");
    }

    #[test]
    fn lengths_are_counted_in_characters_after_nfkc() {
        check_fault("", Empty);
        for letter in ["a", "é", "李", "e\u{301}"] {
            name(&letter.repeat(NAME_CHARS));
            check_fault(&letter.repeat(NAME_CHARS + 1), TooLong);
        }
        // One ligature, eighteen characters, blanks among them.
        check_fault("\u{fdfa}", BadCharacter(' '));
        check_fault(&"\u{fdfa}".repeat(300), TooLong);
    }

    #[test]
    fn faults() {
        for c in "<>[]~*!:,.-@#/ \t\n\0\u{7f}'\"".chars() {
            check_fault(&format!("an{c}a"), BadCharacter(c));
            check_fault(&format!("é{c}a"), BadCharacter(c));
        }
        for c in "\u{200b}\u{200d}\u{200c}\u{202e}\u{2066}\u{feff}\u{ad}\u{e0041}\u{1160}\u{fe0f}\u{1c3}☺😀\u{85}"
            .chars()
        {
            check_fault(&c.to_string(), BadCharacter(c));
            check_fault(&format!("an{c}a"), BadCharacter(c));
        }
        check_fault("___", BadCharacter('_'));
        check_fault("\u{301}ana", BadCharacter('\u{301}'));
        check_fault("_\u{323}", BadCharacter('\u{323}'));
        check_fault("\u{ff3f}", BadCharacter('_'));
        check_fault(
            &format!("q{}", "\u{323}".repeat(MARKS + 1)),
            BadCharacter('\u{323}'),
        );
        check_fault("аna", MixedScripts);
        check_fault("αnna", MixedScripts);
        check_fault("ᏣᎳa", MixedScripts);
    }

    #[test]
    fn case_and_looks_do_not_make_another_name() {
        check_same(&["ana", "ANA", "aNa", "ａｎａ", "ΑΝΑ", "ανα"]);
        check_same(&["bob", "B0B", "b0b", "ВОВ", "ΒΟΒ", "вов"]);
        check_same(&["scop", "ѕсор", "ЅСОР"]);
        check_same(&["modern", "rnodern", "MODERN"]);
        check_same(&["Il1", "lI1", "111", "ill", "ILL"]);
        check_same(&["straße", "STRASSE", "STRAẞE"]);
        check_same(&["joão", "JOÃO", "joa\u{303}o", "j0ão"]);
        check_same(&["aná", "ANÁ", "ΑΝΆ"]);
        check_same(&["bill", "biIl", "bıll", "bİll"]);
        check_same(&["σας", "ΣΑΣ", "σασ"]);
        check_same(&["Вова", "ВОВА", "вова"]);
        assert_ne!(name("andre"), name("andré"));
        assert_ne!(name("ana"), name("anna"));
        assert_ne!(name("ana_"), name("ana"));
        assert_ne!(name("user1"), name("user2"));
    }

    #[test]
    fn every_letter_has_one_key_in_both_cases() {
        for c in ('\0'..=char::MAX).filter(|c| c.is_alphabetic()) {
            let Ok(one) = Name::parse(&c.to_string()) else {
                continue;
            };
            assert_eq!(name(one.shown()).shown(), one.shown(), "{c:?}");
            let cases = [
                c.to_lowercase().collect::<String>(),
                c.to_uppercase().collect(),
            ];
            for other in cases.iter().filter_map(|text| Name::parse(text).ok()) {
                assert_eq!(one.key(), other.key(), "{c:?} {}", other.shown());
            }
        }
    }

    #[test]
    fn the_fast_way_gives_the_same_as_the_long_way() {
        for c in ('\0'..'\u{80}').filter(|&c| c == '_' || c.is_ascii_alphanumeric()) {
            let text = format!("a{c}{c}Z");
            assert_eq!(key(&text), drawn_key(&text), "{text:?}");
            let long = key(&format!("é{text}"));
            assert_eq!(long.strip_prefix("e\u{301}"), Some(name(&text).key()));
        }
    }

    #[test]
    fn reserved_names_and_what_looks_like_them() {
        for text in [
            "server", "SERVER", "5erver", "ａdmin", "adrnin", "ADM1N", "root", "r00t", "раро",
            "_server_",
        ] {
            assert_eq!(name(text).is_reserved(), text != "5erver", "{text}");
        }
        for text in ["ana", "lobby", "servers", "ali", "papo2"] {
            assert!(!name(text).is_reserved(), "{text}");
        }
        assert!(RESERVED.split(' ').all(|word| name(word).is_reserved()));
    }

    proptest::proptest! {
        #[test]
        fn what_is_shown_parses_to_itself(text in "\\PC{0,24}", letters in "[a-zA-Z0-9_áÇßİıΣςЯ李]{1,20}") {
            for text in [text, letters] {
                let Ok(name) = Name::parse(&text) else { continue };
                let again = Name::parse(name.shown()).expect("a legal name stays legal");
                proptest::prop_assert_eq!(name.shown(), again.shown());
                proptest::prop_assert_eq!(name.key(), again.key());
            }
        }
    }
}
