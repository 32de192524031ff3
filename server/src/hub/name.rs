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
    GeneralSecurityProfile, MixedScript, RestrictionLevel, RestrictionLevelDetection,
};

use crate::limits::{MARKS, NAME_BYTES, NAME_CHARS};
use drawn::{ascii_key, key, look};

pub mod drawn;
mod staff;

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
    /// What was typed had characters that no reader would see, so the name is another than it seems.
    Hidden,
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

    /// The key of the name that this one is read as, if that is another: a bar among capitals is an `I`
    /// to a reader, so `LlSA` and `L1SA` are lisa's. It counts when somebody wants the name, and is
    /// no way to address one.
    pub fn read_as(&self) -> Option<String> {
        let is_bar = |c: char| matches!(c, 'l' | '1');
        // As it is drawn, for other scripts have capitals of the same shapes.
        let look = self.look();
        let mut others = look.chars().filter(|c| c.is_alphabetic() && !is_bar(*c));
        let are_capitals = others.clone().nth(1).is_some() && others.all(char::is_uppercase);
        (are_capitals && look.contains(is_bar)).then(|| key(&look.replace(is_bar, "i")))
    }

    /// Whether the server keeps this name for itself: it could be taken for the server, for whoever
    /// runs it or for everybody.
    pub fn is_reserved(&self) -> bool {
        staff::reads_as_staff(&self.shown)
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
            (c.is_alphanumeric() || c == '_') && !is_blank(c)
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

/// Letters that take space and show nothing: two of Egyptian's. All others of those are no letters by
/// Unicode's own word (`in_use`).
fn is_blank(c: char) -> bool {
    matches!(c, '\u{13441}' | '\u{13442}')
}

/// `text`, as one of `others` where it can be: memory is for text that is new.
fn share<const N: usize>(text: String, others: [&Rc<str>; N]) -> Rc<str> {
    let same = others.into_iter().find(|other| ***other == *text);
    same.cloned().unwrap_or_else(|| text.into())
}

#[cfg(test)]
mod tests;
