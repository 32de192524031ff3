//! Legal names of users and rooms: a [`Name`] exists only if it is legal.
//!
//! A name is kept as its owner typed it, in NFKC. Two derived texts are compared. The *key* says
//! whether two names are the same name in another case or script. The *look* says whether one can
//! be mistaken for the other on the screen: `Iara` and `lara` (with a small L) are two names with
//! one look, `Iara` and `Lara` two names with two looks. This file never decides who may have a
//! name; it knows no users.
//!
//! Invariants: key and look depend on the shown text alone, and parsing the shown text gives the
//! same name.

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

/// A legal name. Equality, order and hash are those of its key. A clone copies no text.
#[derive(Clone)]
pub struct Name {
    shown: Rc<str>,
    key: Rc<str>,
}

/// The key of a name that is looked for.
pub enum Key {
    /// Of an ASCII name: the first `len` bytes. The name has at most [`NAME_BYTES`].
    Ascii {
        /// ASCII.
        bytes: [u8; 2 * NAME_BYTES],
        /// How many of them.
        len: usize,
    },
    /// Of any other.
    Shared(Rc<str>),
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        match self {
            Key::Ascii { bytes, len } => std::str::from_utf8(&bytes[..*len]).unwrap_or_default(),
            Key::Shared(key) => key,
        }
    }
}

/// Why a text is not a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameFault {
    /// An empty text.
    Empty,
    /// More than [`crate::limits::NAME_CHARS`] characters and more than
    /// [`crate::limits::NAME_BYTES`] bytes.
    TooLong,
    /// A character that names may not have, or not in this place: `_` and nothing else, a combining
    /// mark without a letter.
    BadCharacter(char),
    /// Letters of scripts that are not used together, such as Latin and Cyrillic.
    MixedScripts,
    /// The text had invisible characters, so the name would not be the one the user sees.
    Hidden,
}

impl Name {
    /// The only constructor: NFKC, then every rule of docs/protocol.md.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Name, NameFault> {
        // NFKC can turn one character into eighteen, so the limit applies while the text is
        // converted.
        let shown: Rc<str> = match text.is_ascii() {
            true => text.into(),
            false => text.nfkc().take(NAME_BYTES + 1).collect::<String>().into(),
        };
        check(&shown)?;
        let key = share(key(&shown), [&shown]);
        Ok(Name { shown, key })
    }

    /// The key of the name that `text` is, if it is one. Looking up a user takes no more; an ASCII
    /// name allocates nothing.
    pub fn key_of(text: &str) -> Option<Key> {
        if !text.is_ascii() {
            return Name::parse(text).ok().map(|name| Key::Shared(name.key));
        }
        check(text).ok()?;
        let mut bytes = [0; 2 * NAME_BYTES];
        let drawn = bytes.iter_mut().zip(ascii_key(text));
        let len = drawn.map(|(place, byte)| *place = byte).count();
        Some(Key::Ascii { bytes, len })
    }

    /// As its owner typed it, in NFKC.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The same name, shown in lower case. Its key knows no case.
    pub fn in_lower_case(&self) -> Name {
        Name {
            shown: share(self.shown.to_lowercase(), [&self.shown]),
            key: self.key.clone(),
        }
    }

    /// The same, shared: no text is copied.
    pub fn shared(&self) -> Rc<str> {
        self.shown.clone()
    }

    /// What names are looked up by: the UTS-39 skeleton of the case-folded text. Never shown.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The same for a table that keeps it, without another copy of the text.
    pub fn shared_key(&self) -> Rc<str> {
        self.key.clone()
    }

    /// What a reader sees: the UTS-39 skeleton of the shown text. Never shown itself. It is
    /// computed on demand, since it is needed only when a name is taken or given up; it shares the
    /// text of the key or the shown name where they are equal.
    pub fn look(&self) -> Rc<str> {
        share(look(&self.shown), [&self.key, &self.shown])
    }

    /// What a reader sees where names are shown in lower case: `Pau` and Greek `ραυ` look the same there.
    /// It shares the text of the key where they are equal, as they nearly always are.
    pub fn small_look(&self) -> Rc<str> {
        share(look(&self.shown.to_lowercase()), [&self.key, &self.shown])
    }

    /// What a table of looks has of this name: its look, and its small look after a space. That is left out
    /// where it is the key, as in nearly all names.
    pub fn looks(&self) -> impl Iterator<Item = Rc<str>> {
        let count = 1 + usize::from(*self.small_look() != *self.key);
        self.all_looks().take(count)
    }

    /// What to search such a table for.
    pub fn all_looks(&self) -> impl Iterator<Item = Rc<str>> {
        let small = || format!(" {}", self.small_look()).into();
        std::iter::once(self.look()).chain(std::iter::once_with(small))
    }

    /// The keys that a reader may take this name for, if they differ: `read_as`, and the small look.
    pub fn doubles(&self) -> impl Iterator<Item = Rc<str>> {
        let small = Some(self.small_look()).filter(|small| **small != *self.key);
        self.read_as().map(Into::into).into_iter().chain(small)
    }

    /// The key that a reader may take this name for, if that differs: among capitals a vertical bar
    /// reads as `I`, so `LlSA` and `L1SA` read as lisa. Checked when somebody takes a name; not
    /// used to find users.
    fn read_as(&self) -> Option<String> {
        let is_bar = |c: char| matches!(c, 'l' | '1');
        // The look and not the text, because other scripts have capitals of the same shapes.
        let look = self.look();
        let mut others = look.chars().filter(|c| c.is_alphabetic() && !is_bar(*c));
        let are_capitals = others.clone().nth(1).is_some() && others.all(char::is_uppercase);
        (are_capitals && look.contains(is_bar)).then(|| key(&look.replace(is_bar, "i")))
    }

    /// Whether the name is reserved: it could be mistaken for the server, an operator or everybody.
    pub fn is_reserved(&self) -> bool {
        staff::reads_as_staff(&self.shown)
    }

    /// Whether the name is, or could be mistaken for, one of the names the server gives to guests:
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
/// For lookups by key.
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

/// Checks the rules; `text` is in NFKC.
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
    // A mark must follow a letter; as in `clean`, at most `MARKS` in a row.
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
    // The restriction level lists only scripts in wide use today; a rarer script is fine on its
    // own.
    if text.is_single_script()
        || text.check_restriction_level(RestrictionLevel::ModeratelyRestrictive)
    {
        Ok(())
    } else {
        Err(NameFault::MixedScripts)
    }
}

/// The same rules for ASCII, which has no marks and one script. Only an ASCII name can be all `_`.
fn check_ascii(text: &str) -> Result<(), NameFault> {
    let fits = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let odd = text.chars().find(|c| !fits(c));
    let bare = text.bytes().all(|b| b == b'_').then_some('_');
    match odd.or(bare) {
        Some(c) => Err(NameFault::BadCharacter(c)),
        None => Ok(()),
    }
}

/// Whether UTS 39 lists `c` as a letter, mark or digit that people write. That leaves out invisible
/// characters and letters that pass for punctuation, such as U+01C3 for `!`.
fn in_use(c: char) -> bool {
    use IdentifierType::{Exclusion, Inclusion, Limited_Use, Recommended};
    matches!(
        GeneralSecurityProfile::identifier_type(c),
        Some(Recommended | Inclusion | Limited_Use | Exclusion)
    )
}

/// Two Egyptian letters that take space and show nothing. Unicode does not class the other blank
/// characters as letters (`in_use`).
fn is_blank(c: char) -> bool {
    matches!(c, '\u{13441}' | '\u{13442}')
}

/// `text`, sharing the memory of one of `others` if that is equal.
fn share<const N: usize>(text: String, others: [&Rc<str>; N]) -> Rc<str> {
    let same = others.into_iter().find(|other| ***other == *text);
    same.cloned().unwrap_or_else(|| text.into())
}

#[cfg(test)]
mod tests;
