//! The relay dialect: what one user of Sistema de Chat TCP sends is shown to all others, bare.
//!
//! Its clients know no names, no commands and no notices; they show whatever arrives. So they get
//! what is said and what concerns themselves, and of comings and goings nothing. The last word `x`
//! is not rendered here: it must travel alone, which is the server's business.

use crate::clean::clean;
use crate::hub::{Gone, Notice, Request};
use crate::words::{Lang, Lines, say};

/// Everything is said to the others, but `x`, which is the wish to leave.
pub(super) fn parse(line: &[u8]) -> Option<Request> {
    let text = clean(line);
    match text.trim() {
        "" => None,
        "x" => Some(Request::Leave(Gone::Quit("".into()))),
        _ => Some(Request::Say(text.into_owned())),
    }
}

/// What a relay client shows: texts of its like as they came, those of others with their name.
pub(super) fn render(lang: Lang, notice: &Notice, out: &mut Vec<u8>) {
    match notice {
        Notice::Public { from, text } if from.is_guest() => line(out, &[text]),
        Notice::Public { from, text } => line(out, &[from.shown(), ": ", text]),
        Notice::Action { from, text } => line(out, &[from.shown(), " ", text]),
        Notice::Announced(text) => line(out, &[text]),
        Notice::Private { text, .. } => {
            say(lang, notice, &mut Lines::begin(out, "["));
            line(out, &["] ", text]);
        }
        Notice::Skipped { .. }
        | Notice::Throttled { .. }
        | Notice::Refused(_)
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
                | Gone::Stopping,
            ..
        } => {
            let mut lines = Lines::begin(out, "");
            say(lang, notice, &mut lines);
            lines.end();
        }
        // It asked for none of it, and has no use for it.
        _ => {}
    }
}

fn line(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
    out.push(b'\n');
}
