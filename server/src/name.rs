//! Legal names of users and rooms: a [`Name`] exists only if it is legal.

use std::fmt;
use std::rc::Rc;

/// A legal name. Two names are equal when their keys are: without regard to case or look-alikes.
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
    /// This character may not be in a name.
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
        todo!("{text}")
    }

    /// As its owner typed it (in NFKC).
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What makes it unique: case folded, then the UTS-39 skeleton. Never shown.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether the server keeps this name for itself.
    pub fn is_reserved(&self) -> bool {
        false
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.key == other.key
    }
}
impl Eq for Name {}
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
