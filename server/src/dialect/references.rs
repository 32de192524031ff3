//! Parses the arguments of commands about lines: which line is meant, and what is to become of it.
//!
//! Invariant: `/r` is always private, and nothing that lacks something is guessed.

use super::text::{first_word, said};
use crate::dialect::clean::blanks::shorten;
use crate::dialect::words::{Verb, Written};
use crate::hub::{Refer, Request, Which};

/// What a user wants with a line; none if something is missing.
pub(super) fn parse(verb: Verb, written: Written, args: &str) -> Option<Request> {
    match verb {
        Verb::Reply => Some(reply(written, args)),
        _ => refer(verb, args.trim_start()).map(Request::Refer),
    }
}

/// A private answer, or one to a line if it begins with what may be an id, which the hub decides; `/r` is
/// always private.
fn reply(written: Written, args: &str) -> Request {
    let (word, text) = first_word(args.trim_start());
    match Which::parse(word) {
        Some(which) if written != Written::Name("r") => Request::Refer(Refer::Reply {
            which,
            text: said(text),
            whole: said(args),
        }),
        _ => Request::Reply(said(args)),
    }
}

fn refer(verb: Verb, rest: &str) -> Option<Refer> {
    let (word, text) = first_word(rest);
    let which = Which::parse(word);
    Some(match verb {
        Verb::Edit => match which {
            Some(which) if !text.trim().is_empty() => Refer::Edit {
                which,
                text: said(text),
            },
            Some(_) => return None,
            None => replace(rest)?,
        },
        Verb::Delete => Refer::Delete(which?),
        Verb::React => {
            let word = text.trim_start();
            Refer::React {
                which: which?,
                word: Some(word.into()).filter(|_| !word.contains(char::is_whitespace))?,
            }
        }
        Verb::Pin => Refer::Pin(which?),
        _ => Refer::Pins,
    })
}

/// `OLD/NEW`, or `s/OLD/NEW/` as typed by those who know it so.
fn replace(rest: &str) -> Option<Refer> {
    let sed = rest.strip_prefix("s/").filter(|rest| rest.contains('/'));
    let typed = sed.map_or(rest, |typed| typed.strip_suffix('/').unwrap_or(typed));
    let (old, new) = typed.split_once('/').filter(|(old, _)| !old.is_empty())?;
    Some(Refer::Replace {
        old: old.to_owned(),
        new: shorten(new).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(verb: Verb, typed: &str, expected: Option<Refer>) {
        let parsed = parse(verb, Written::Name("some"), typed);
        assert_eq!(parsed, expected.map(Request::Refer), "{typed}");
    }

    fn replace(old: &str, new: &str) -> Option<Refer> {
        let (old, new) = (old.to_owned(), new.to_owned());
        Some(Refer::Replace { old, new })
    }

    fn which(typed: &str) -> Which {
        Which::parse(typed).expect("a line")
    }

    #[test]
    fn a_correction_is_a_line_and_a_text_or_two_texts() {
        let edit = |line, text: &str| {
            let (which, text) = (which(line), text.into());
            Some(Refer::Edit { which, text })
        };
        check(Verb::Edit, "a3 hello", edit("a3", "hello"));
        check(Verb::Edit, "!!   indented", edit("!!", "  indented"));
        check(Verb::Edit, "#games:b7 a/b", edit("#games:b7", "a/b"));
        check(Verb::Edit, "teh/the", replace("teh", "the"));
        check(Verb::Edit, "teh/", replace("teh", ""));
        check(Verb::Edit, "s/teh/the/", replace("teh", "the"));
        check(Verb::Edit, "s/teh/the", replace("teh", "the"));
        check(Verb::Edit, "s/z", replace("s", "z"));
        check(Verb::Edit, "a3/a4", replace("a3", "a4"));
        check(Verb::Edit, "is/ http://x", replace("is", " http://x"));
        for wrong in ["a3", "hello", "/the", "s//the/", "a3  "] {
            check(Verb::Edit, wrong, None);
        }
    }

    #[test]
    fn what_lacks_a_line_or_has_too_many_words_is_nothing() {
        check(Verb::Delete, "a3", Some(Refer::Delete(which("a3"))));
        check(Verb::Delete, "that", None);
        check(Verb::Pin, "[b7]", Some(Refer::Pin(which("b7"))));
        check(Verb::Pin, "it", None);
        let word = |word: &str| Refer::React {
            which: which("!!"),
            word: word.into(),
        };
        check(Verb::React, "!!  +1", Some(word("+1")));
        check(Verb::React, "!! two words", None);
        check(Verb::React, "bob yes", None);
    }

    #[test]
    fn only_a_reply_that_begins_with_an_id_may_be_public() {
        let reply = |name, typed| parse(Verb::Reply, Written::Name(name), typed);
        let public = Request::Refer(Refer::Reply {
            which: which("a3"),
            text: " yes".into(),
            whole: "a3  yes".into(),
        });
        assert_eq!(reply("reply", "a3  yes"), Some(public));
        let private = |text: &str| Some(Request::Reply(text.into()));
        assert_eq!(reply("r", "a3 yes"), private("a3 yes"));
        assert_eq!(reply("reply", "yes, a3"), private("yes, a3"));
    }
}
