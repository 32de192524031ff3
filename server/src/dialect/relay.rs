//! The relay dialect, for clients of Sistema de Chat TCP: what one sends is shown to all others as
//! it is.
//!
//! These clients know no names, commands or notices; they show every byte that arrives. So they get
//! what users say and what concerns themselves, but no joins and leaves. The closing word `x` is
//! not rendered here: it must travel in a segment of its own, which the server sees to.

use unicode_normalization::char::is_combining_mark;

use crate::clock::Clock;
use crate::dialect::Style;
use crate::dialect::clean::blanks::shorten;
use crate::dialect::clean::clean;
use crate::dialect::forms;
use crate::hub::name::drawn::beginning;
use crate::hub::{Gone, Notice, Request};

/// Every line is public, except `x`, which leaves.
pub(super) fn parse(line: &[u8]) -> Option<Request> {
    let text = clean(line);
    match text.trim() {
        "" => None,
        "x" => Some(Request::Leave(Gone::Quit("".into()))),
        _ => Some(Request::Say(shorten(&text).into())),
    }
}

/// What is said and what concerns the client itself.
///
/// The client shows bytes, so only the beginning of a line can tell who speaks. Each kind of line
/// has its own, which no user can forge: `NAME: ` and `~ NAME ` for users, `[...] ` for private
/// lines and the operator, `* ` and `! ` for the server. A guest's text that begins like one of
/// these gets the guest's name in front; else it is shown as it came.
pub(super) fn render(style: Style, clock: Clock, notice: &Notice, out: &mut Vec<u8>) {
    match notice {
        Notice::Public { from, text } if from.is_guest() && is_plain(text) => {
            out.extend_from_slice(text.as_bytes());
            out.push(b'\n');
        }
        Notice::Public { .. }
        | Notice::Action { .. }
        | Notice::Refer(_)
        | Notice::Announced(_)
        | Notice::Private { .. }
        | Notice::Refused(_)
        | Notice::Skipped { .. }
        | Notice::Throttled { .. }
        | Notice::Ordered(_)
        | Notice::Bye {
            why:
                Gone::Kicked(_)
                | Gone::Banned(_)
                | Gone::Locked
                | Gone::Stuck
                | Gone::Overflow
                | Gone::LongLines
                | Gone::InClear
                | Gone::Full
                | Gone::AddressFull
                | Gone::AddressBusy
                | Gone::Memory
                | Gone::Stopping,
            ..
        } => forms::render(style, clock, "", notice, out),
        // Answers to requests that a relay client cannot make.
        _ => {}
    }
}

/// Whether a text cannot be mistaken for another kind of line: it begins with a letter, a digit or
/// an ordinary punctuation mark, and its first two words have no colon or look-alike (`ana: I
/// quit`, `ana : I quit`). Many scripts have marks drawn like a colon, so every mark beyond ASCII
/// counts as one.
fn is_plain(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let typed = words.next().unwrap_or_default();
    let then = words.next().unwrap_or_default();
    let is_ordinary =
        beginning(typed).starts_with(char::is_alphanumeric) || typed.starts_with(ORDINARY);
    let is_mark = |c: char| !c.is_ascii() && !c.is_alphanumeric() && !is_combining_mark(c);
    let has_mark = |word: &str| word.contains(is_mark) || beginning(word).contains(':');
    is_ordinary && !typed.starts_with(RAISED) && !has_mark(typed) && !has_mark(then)
}

/// Letters by category, but drawn as `!`.
const RAISED: [char; 3] = ['\u{a71d}', '\u{a71e}', '\u{a71f}'];

/// None of these looks like the beginning of another kind of line.
const ORDINARY: [char; 18] = [
    '/', '.', ',', '?', '(', ')', '-', '+', '=', '"', '\'', '&', '%', '$', '#', '@', ';', '_',
];
