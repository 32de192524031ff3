//! Bytes of a terminal to keys. What a terminal answers or reports, and nobody typed, is no key.
//!
//! Reads may cut anywhere: an unfinished character or sequence is kept until its rest comes. How long that
//! may take is told by `patience`; after so long without a byte the caller calls `expire`. This file has
//! no clock. A lone ESC is the key after a moment, but what a slow link brings soon after it still
//! belongs to it.
//! Invariant: `held` is empty in the states `Ground`, `Escape`, `Late`, `LateO`, `Text` and `Mouse`.

use std::mem;
use std::time::Duration;

use super::sequences;

/// How long a lone ESC waits for the rest of a sequence. A terminal writes a sequence at once, so
/// the rest is there or delayed by the network; a person cannot press the next key that fast.
const ESCAPE_WAIT: Duration = Duration::from_millis(50);
/// How long after that a `[` is still its rest, on a slow link.
const LATE_WAIT: Duration = Duration::from_millis(450);
/// How long the rest of a begun sequence may take.
const REST_WAIT: Duration = Duration::from_secs(2);
/// After so long without a byte the next key on its own ends a paste that has no end.
const PASTE_WAIT: Duration = Duration::from_secs(1);

/// Bytes kept of a sequence's parameters; the longest that has a meaning here is `27;5;127~`. A longer
/// sequence is ignored as a whole.
const PARAMETER_BYTES: usize = 16;
/// Longest text in an answer of a terminal: what it is asked for has a hundred bytes.
const TEXT_BYTES: usize = 4096;
/// Most bytes that one key sends.
const KEY_BYTES: usize = 8;

/// A key, or what a terminal reports in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Char(char),
    /// A character of a bracketed paste; a line end is `'\n'`.
    Pasted(char),
    PasteEnd,
    /// A letter with the control key, in lower case; `_` too.
    Control(char),
    /// A letter with the Alt key, in lower case if the editor knows it, or a sign.
    Alt(char),
    Enter,
    Tab,
    Backspace,
    /// With the Alt key.
    WordBackspace,
    Delete,
    /// With the control or the Alt key.
    WordDelete,
    Left,
    Right,
    WordLeft,
    WordRight,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
    /// ESC alone.
    Escape,
    /// The window has the focus again, or no more.
    Focus(Focus),
    /// The answer where the cursor is: its column, the first is 0.
    CursorAt {
        column: usize,
    },
}

/// Whether the window has the focus. Not every terminal tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// It has told nothing.
    Unknown,
    Here,
    Elsewhere,
}

impl Key {
    /// As it is pasted, if it is text.
    pub(super) fn pasted(self) -> Option<Key> {
        match self {
            Key::Char(c) | Key::Alt(c) => Some(Key::Pasted(c)),
            Key::Tab => Some(Key::Pasted('\t')),
            Key::Enter => Some(Key::Pasted('\n')),
            _ => None,
        }
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between keys.
    #[default]
    Ground,
    /// Inside a character; `held` has its first bytes.
    Utf8,
    /// After ESC.
    Escape,
    /// After an ESC that was taken for the key.
    Late,
    /// After an `O` behind that.
    LateO,
    /// After `ESC [`; `held` has the parameters.
    Csi,
    /// After `ESC O`; `held` has the parameters.
    Ss3,
    /// Inside an answer, after `ESC ]` and its like, with its length so far.
    Text(usize),
    /// Inside an answer, after an ESC that may end it.
    TextEscape,
    /// Inside a report of the mouse in the old form, with the bytes that are missing.
    Mouse(u8),
}

/// The decoder of one terminal.
#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
    held: Vec<u8>,
    /// A second ESC stood before the sequence: the Alt key of some terminals.
    is_alt: bool,
    is_pasting: bool,
    /// Nothing of the paste came for a while.
    is_paste_stale: bool,
    /// The last pasted character was a CR: an LF behind it is the same line end.
    after_cr: bool,
}

impl Decoder {
    /// Append the keys that these bytes complete.
    pub fn feed(&mut self, bytes: &[u8], keys: &mut Vec<Key>) {
        if mem::take(&mut self.is_paste_stale) && bytes.len() <= KEY_BYTES {
            self.end_paste(keys);
        }
        for &byte in bytes {
            self.take(byte, keys);
        }
    }

    /// How long to wait for more bytes until `expire`.
    pub(super) fn patience(&self) -> Option<Duration> {
        match self.state {
            State::Escape | State::Text(0) => Some(ESCAPE_WAIT),
            State::Late | State::LateO => Some(LATE_WAIT),
            State::Ground if self.is_pasting && !self.is_paste_stale => Some(PASTE_WAIT),
            State::Ground => None,
            State::Csi | State::Ss3 if self.held.is_empty() => Some(LATE_WAIT),
            _ => Some(REST_WAIT),
        }
    }

    /// Nothing has come in time: a lone ESC was the key, and the rest of a sequence never comes.
    pub fn expire(&mut self, keys: &mut Vec<Key>) {
        match self.state {
            State::Escape => {
                self.state = State::Late;
                self.emit(Key::Escape, keys);
            }
            State::Ground => self.is_paste_stale = self.is_pasting,
            State::Utf8 => self.end_with(char::REPLACEMENT_CHARACTER, keys),
            State::LateO => self.end_with('O', keys),
            _ => self.forget(),
        }
    }

    fn take(&mut self, byte: u8, keys: &mut Vec<Key>) {
        match self.state {
            State::Ground => self.ground(byte, keys),
            State::Utf8 => self.character(byte, keys),
            State::Escape => self.escape(byte, keys),
            State::Late => self.late(byte, keys),
            State::Csi | State::Ss3 => self.sequence(byte, keys),
            State::Text(length) => self.text(byte, length, keys),
            State::TextEscape if byte == b'\\' => self.forget(),
            State::TextEscape => self.escape(byte, keys),
            State::LateO => self.late_o(byte, keys),
            State::Mouse(_) if byte < b' ' => self.interrupt(byte, keys),
            State::Mouse(1) => self.forget(),
            State::Mouse(missing) => self.state = State::Mouse(missing - 1),
        }
    }

    /// Between keys again; what was begun is ignored.
    fn forget(&mut self) {
        self.held.clear();
        self.is_alt = false;
        self.state = State::Ground;
    }

    /// What was begun is this character.
    fn end_with(&mut self, c: char, keys: &mut Vec<Key>) {
        self.forget();
        self.emit(Key::Char(c), keys);
    }

    /// A byte that cannot be part of what was begun.
    fn interrupt(&mut self, byte: u8, keys: &mut Vec<Key>) {
        self.forget();
        self.ground(byte, keys);
    }

    fn ground(&mut self, byte: u8, keys: &mut Vec<Key>) {
        match byte {
            0x1B => self.state = State::Escape,
            b'\r' | b'\n' => self.emit_line_end(byte, keys),
            b'\t' => self.emit(Key::Tab, keys),
            0x08 | 0x7F => self.emit(Key::Backspace, keys),
            1..=26 => self.emit(Key::Control(char::from(byte - 1 + b'a')), keys),
            0x1F => self.emit(Key::Control('_'), keys),
            0x00..=0x1E => {}
            0x20..=0x7E => self.emit(Key::Char(char::from(byte)), keys),
            0x80..=0xFF => {
                self.state = State::Utf8;
                self.character(byte, keys);
            }
        }
    }

    /// Collect a character of several bytes; invalid bytes give U+FFFD.
    fn character(&mut self, byte: u8, keys: &mut Vec<Key>) {
        self.held.push(byte);
        let found = match std::str::from_utf8(&self.held) {
            Ok(text) => text.chars().next(),
            Err(error) if error.error_len().is_none() => return,
            Err(_) => None,
        };
        // The byte that interrupts a character is not part of it.
        let is_next = found.is_none() && self.held.len() > 1;
        self.end_with(found.unwrap_or(char::REPLACEMENT_CHARACTER), keys);
        if is_next {
            self.ground(byte, keys);
        }
    }

    /// After ESC. With the Alt key a terminal sends ESC and the key. Of a key that has no function with
    /// Alt the character is not lost.
    fn escape(&mut self, byte: u8, keys: &mut Vec<Key>) {
        self.state = match byte {
            b'[' => State::Csi,
            b'O' => State::Ss3,
            0x1B => {
                self.is_alt = true;
                State::Escape
            }
            // DCS, SOS, OSC, PM, APC.
            b'P' | b'X' | b']' | b'^' | b'_' => State::Text(0),
            _ => {
                self.forget();
                match sequences::alt(char::from(byte)) {
                    Some(key) => return self.emit(key, keys),
                    None => self.emit(Key::Escape, keys),
                }
                return self.ground(byte, keys);
            }
        };
    }

    /// After an ESC that was taken for the key. Who pressed it may type any letter next.
    fn late(&mut self, byte: u8, keys: &mut Vec<Key>) {
        match byte {
            b'[' => self.state = State::Csi,
            b'O' => self.state = State::LateO,
            b']' => self.state = State::Text(0),
            _ => self.interrupt(byte, keys),
        }
    }

    fn late_o(&mut self, byte: u8, keys: &mut Vec<Key>) {
        if matches!(byte, b'A'..=b'D' | b'F' | b'H') {
            self.sequence(byte, keys);
        } else {
            self.end_with('O', keys);
            self.ground(byte, keys);
        }
    }

    /// Inside a sequence that began with `ESC [` or `ESC O`.
    fn sequence(&mut self, byte: u8, keys: &mut Vec<Key>) {
        let is_csi = self.state == State::Csi;
        match byte {
            // The Linux console sends `ESC [ [ A` for F1.
            b'[' if is_csi && self.held.is_empty() => self.held.push(byte),
            b'M' if is_csi && self.held.is_empty() => self.state = State::Mouse(3),
            0x20..=0x3F if is_csi || matches!(byte, b'0'..=b'9' | b';') => {
                self.held.push(byte);
                self.held.truncate(PARAMETER_BYTES);
            }
            0x40..=0x7E => {
                let (parameters, is_alt) = (mem::take(&mut self.held), self.is_alt);
                self.forget();
                match (parameters.as_slice(), byte) {
                    (b"200", b'~') if is_csi => self.is_pasting = true,
                    (b"201", b'~') if is_csi => self.end_paste(keys),
                    _ if is_csi => self.emit(sequences::csi(&parameters, byte, is_alt), keys),
                    _ => self.emit(sequences::ss3(&parameters, byte, is_alt), keys),
                }
            }
            _ => self.interrupt(byte, keys),
        }
    }

    /// Inside an answer. Every key that edits or sends ends it, so nobody is ever stuck in one.
    fn text(&mut self, byte: u8, length: usize, keys: &mut Vec<Key>) {
        match byte {
            0x07 => self.forget(),
            0x1B => self.state = State::TextEscape,
            0x00..=0x1F => self.interrupt(byte, keys),
            _ if length == TEXT_BYTES => self.forget(),
            _ => self.state = State::Text(length + 1),
        }
    }

    fn end_paste(&mut self, keys: &mut Vec<Key>) {
        self.is_pasting = false;
        self.is_paste_stale = false;
        self.after_cr = false;
        keys.push(Key::PasteEnd);
    }

    fn emit_line_end(&mut self, byte: u8, keys: &mut Vec<Key>) {
        let is_crlf = byte == b'\n' && self.after_cr;
        if !is_crlf {
            self.emit(Key::Enter, keys);
        }
        self.after_cr = self.is_pasting && byte == b'\r';
    }

    /// Append a key. Inside a paste everything but text is ignored: what was copied must not edit, send or
    /// leave. ^C always works, even if the terminal never ends the paste.
    fn emit(&mut self, key: impl Into<Option<Key>>, keys: &mut Vec<Key>) {
        let Some(key) = key.into() else { return };
        self.after_cr = false;
        if self.is_pasting && key == Key::Control('c') {
            self.end_paste(keys);
        }
        match self.is_pasting {
            true => keys.extend(key.pasted()),
            false => keys.push(key),
        }
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
