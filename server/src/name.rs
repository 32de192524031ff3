//! Legal names of users and rooms: a [`Name`] exists only if it is legal.
//!
//! A name is what its owner typed, in NFKC. Two questions are asked of it, and each has an answer to
//! compare. Is it the same name, in another case or script? Its *key* says that. Can it be taken for
//! another where it is shown? Its *look* says that: `Iara` and `lara` (a small L) are two names with
//! one look, `Iara` and `Lara` two names with two looks.
//! This file never decides who may have a name; it knows no users.
//!
//! Invariants: key and look are functions of the shown text alone, and the shown text parses to
//! itself.

use std::borrow::Borrow;
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

use crate::limits::{MARKS, NAME_BYTES, NAME_CHARS};

/// A legal name. Equality, order and hash are the key's. A clone copies no text.
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
    /// More than [`crate::limits::NAME_CHARS`] characters and more than
    /// [`crate::limits::NAME_BYTES`] bytes.
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
            false => text.nfkc().take(NAME_BYTES + 1).collect::<String>().into(),
        };
        check(&shown)?;
        let key = share(key(&shown), [&shown]);
        Ok(Name { shown, key })
    }

    /// The key that `parse` would give the name, if the text is one: all that it takes to look for
    /// somebody, for the price of one allocation.
    pub fn key_of(text: &str) -> Option<String> {
        match text.is_ascii() {
            true => check(text).ok().map(|()| ascii_key(text)),
            false => Name::parse(text).ok().map(|name| name.key().to_owned()),
        }
    }

    /// As its owner typed it (in NFKC).
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// By what it is addressed: the UTS-39 skeleton of the case-folded text. Never shown.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What a reader sees: the UTS-39 skeleton of the text as shown. Never shown itself. It is asked
    /// for only when a name is taken or given up, and so computed, not kept; where it is the key or
    /// the shown text, it is no new text.
    pub fn look(&self) -> Rc<str> {
        share(look(&self.shown), [&self.key, &self.shown])
    }

    /// Whether the server keeps this name for itself: it could be taken for the server, for whoever
    /// runs it or for everybody. Key and look are both covered, and so is `_server_`.
    pub fn is_reserved(&self) -> bool {
        let kept = |text: &str| {
            let bare = text.trim_matches('_');
            RESERVED
                .split(' ')
                .any(|word| coarse(ascii_key(word).chars()).eq(coarse(bare.chars())))
        };
        kept(&self.key) || kept(&self.look())
    }

    /// Whether this is, or could be taken for, a name that the server gives to who cannot give one:
    /// `guest` and a number. Key and look show 1 as `l` and 0 as `o` or `O`.
    pub fn is_guest(&self) -> bool {
        let given = |text: &str| {
            let number = text.strip_prefix("guest").unwrap_or_default();
            let is_digit = |c: char| c.is_numeric() || matches!(c, 'l' | 'o');
            !number.is_empty() && number.chars().all(is_digit)
        };
        given(&self.key) || given(&self.look().to_ascii_lowercase())
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
/// For looking up by key.
impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.key
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
    if text.len() > NAME_BYTES && text.chars().count() > NAME_CHARS {
        return Err(NameFault::TooLong);
    }
    if text.is_ascii() {
        return check_ascii(text);
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
    // The level knows the scripts of today; one that few use is welcome as long as it is alone.
    if text.is_single_script()
        || text.check_restriction_level(RestrictionLevel::ModeratelyRestrictive)
    {
        Ok(())
    } else {
        Err(NameFault::MixedScripts)
    }
}

/// What the rules come to where there are no marks and one script; a name that is `_` alone is ASCII.
fn check_ascii(text: &str) -> Result<(), NameFault> {
    let fits = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let odd = text.chars().find(|c| !fits(c));
    let bare = text.bytes().all(|b| b == b'_').then_some('_');
    match odd.or(bare) {
        Some(c) => Err(NameFault::BadCharacter(c)),
        None => Ok(()),
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

/// `text`, as one of `others` where it can be: memory is for text that is new.
fn share<const N: usize>(text: String, others: [&Rc<str>; N]) -> Rc<str> {
    let same = others.into_iter().find(|other| ***other == *text);
    same.cloned().unwrap_or_else(|| text.into())
}

/// The look of any name. Nearly every name is ASCII: no table is asked about it.
fn look(shown: &str) -> String {
    match shown.is_ascii() {
        true => ascii_look(shown.bytes(), shown.len()),
        false => draw(shown),
    }
}

/// The key of any name.
fn key(shown: &str) -> String {
    match shown.is_ascii() {
        true => ascii_key(shown),
        false => drawn_key(shown),
    }
}

/// The skeleton of the folded text, with two additions.
///
/// The skeleton table is made for text whose case is kept: it has `0` look like `O`. So what it
/// gives is folded and drawn a second time, and `0` and `o` are one. And the capitals of a script
/// may look like Latin where its small letters do not (Cyrillic and Greek `ВОВ` and `ΒΟΒ` for
/// `BOB`); a name whose capitals could all be ASCII is therefore taken for that ASCII.
/// What is left: Greek small nu is told from `v`, as it cannot be both `n` and `v`.
fn drawn_key(shown: &str) -> String {
    let folded = fold(shown.chars());
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

/// The UTS-39 skeleton, without the dot that `i` and `j` have anyway.
fn draw(text: &str) -> String {
    let mut drawn = String::with_capacity(text.len());
    for c in skeleton(text) {
        if c != '\u{307}' || !drawn.ends_with(['i', 'j']) {
            drawn.push(c);
        }
    }
    drawn
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

/// What `drawn_key` makes of an ASCII name.
fn ascii_key(name: &str) -> String {
    let mut key = ascii_look(name.bytes().map(|b| b.to_ascii_lowercase()), name.len());
    key.make_ascii_lowercase();
    key
}

/// What `draw` makes of an ASCII name: the skeleton table has only these four of its characters.
fn ascii_look(name: impl Iterator<Item = u8>, len: usize) -> String {
    let mut look = String::with_capacity(2 * len);
    for b in name {
        match b {
            b'0' => look.push('O'),
            b'1' | b'I' => look.push('l'),
            b'm' => look.push_str("rn"),
            b => look.push(char::from(b)),
        }
    }
    look
}

/// Key or look, for comparing with what is reserved: there `i` and `l` are one too (`adm1n`), dot
/// or no dot, in either case. For the names of people that would be too strict.
fn coarse(drawn: std::str::Chars<'_>) -> impl Iterator<Item = char> {
    drawn
        .filter(|c| *c != '\u{307}')
        .map(|c| match c.to_ascii_lowercase() {
            'i' => 'l',
            c => c,
        })
}

/// Compared by what `coarse` makes of key and look.
const RESERVED: &str = "adm admin administrador administrator ajuda everybody everyone help \
    moderador moderator nobody oper operador operator papo private privado root server servidor \
    sistema suporte support sysop system todos";

#[cfg(test)]
mod tests;
