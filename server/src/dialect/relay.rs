//! The relay dialect: what one user of Sistema de Chat TCP sends is shown to all others, bare.
//!
//! Its clients know no names, no commands and no notices; they show whatever arrives. So they get
//! what is said and what concerns themselves, and of comings and goings nothing. The last word `x`
//! is not rendered here: it must travel alone, which is the server's business.

use unicode_normalization::char::is_combining_mark;

use crate::dialect::clean::blanks::shorten;
use crate::dialect::clean::clean;
use crate::dialect::words::{Lang, Lines, say};
use crate::hub::name::drawn::beginning;
use crate::hub::{Gone, Notice, Request};

/// Everything is said to the others, but `x`, which is the wish to leave.
pub(super) fn parse(line: &[u8]) -> Option<Request> {
    let text = clean(line);
    match text.trim() {
        "" => None,
        "x" => Some(Request::Leave(Gone::Quit("".into()))),
        _ => Some(Request::Say(shorten(&text).into_owned())),
    }
}

/// What a relay client shows: texts of its like as they came, those of others with their name.
///
/// It shows bytes, so the beginning of a line is all that tells who speaks. Each kind has its own, which
/// nobody else can give a line: `NAME: ` and `~ NAME ` of users, `[...] ` of private lines and of the
/// operator, `* ` and `! ` of the server. A guest's text that begins like one of them has the guest's
/// name before it, too.
pub(super) fn render(lang: Lang, notice: &Notice, out: &mut Vec<u8>) {
    match notice {
        Notice::Public { from, text } if from.is_guest() && is_plain(text) => line(out, &[text]),
        Notice::Public { from, text } => line(out, &[from.shown(), ": ", text]),
        Notice::Action { from, text } => line(out, &["~ ", from.shown(), " ", text]),
        Notice::Announced(_) => told("", lang, notice, out),
        Notice::Private { text, .. } => {
            say(lang, notice, &mut Lines::begin(out, "["));
            line(out, &["] ", text]);
        }
        Notice::Refused(_) => told("! ", lang, notice, out),
        Notice::Skipped { .. }
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
                | Gone::Full
                | Gone::AddressFull
                | Gone::AddressBusy
                | Gone::Memory
                | Gone::Stopping,
            ..
        } => told("* ", lang, notice, out),
        // It asked for none of it, and has no use for it.
        _ => {}
    }
}

/// Whether a text cannot be taken for another kind of line: it begins with a letter, a digit or an
/// ordinary mark of writing, and no colon, nor what looks like one, stands at its first or second word
/// (`ana: I quit`, `ana : I quit`). Scripts have many marks that are drawn as a colon, so any mark
/// beyond ASCII counts as one.
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

/// Letters by their kind, but drawn as `!`.
const RAISED: [char; 3] = ['\u{a71d}', '\u{a71e}', '\u{a71f}'];

/// None of them looks like what other kinds of lines begin with.
const ORDINARY: [char; 18] = [
    '/', '.', ',', '?', '(', ')', '-', '+', '=', '"', '\'', '&', '%', '$', '#', '@', ';', '_',
];

fn told(mark: &str, lang: Lang, notice: &Notice, out: &mut Vec<u8>) {
    let mut lines = Lines::begin(out, mark);
    say(lang, notice, &mut lines);
    lines.end();
}

fn line(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
    out.push(b'\n');
}
