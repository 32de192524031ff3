//! How somebody wants to read at a terminal. Only data: options.rs fills it, and the terminal does it.

use crate::terminal::bindings::Bindings;

/// See the top of this file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Whether lines are shown with the time of day at which they were said.
    pub(crate) times: bool,
    /// Words that stand out beside the own name.
    pub(crate) highlight: Vec<String>,
    pub(crate) notify: Notify,
    pub(crate) manner: Manner,
    pub(crate) bindings: Bindings,
    /// Whether colours are wanted, if that was said.
    pub(crate) colours: Option<bool>,
}

/// What the terminal is used as.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Lines above the row being typed; the terminal keeps those of before.
    #[default]
    Lines,
    /// A screen of its own.
    Full,
    /// One line after another, and nothing that is drawn, for a screen reader.
    Plain,
}

/// What tells of a private line or a word that stands out, while the window has not the focus.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notify {
    #[default]
    Off,
    Bell,
    /// A notification of the desktop, if the terminal can ask for one.
    Desktop,
}

impl Notify {
    pub(crate) fn parse(word: &str) -> Option<Notify> {
        match word {
            "off" => Some(Notify::Off),
            "bell" => Some(Notify::Bell),
            "desktop" => Some(Notify::Desktop),
            _ => None,
        }
    }
}
