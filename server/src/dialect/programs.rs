//! Arguments of the commands for ids, and for programs that want tags. text.rs finds the command.

use super::Standing;
use super::commands::Found;
use super::tags;
use super::text::{Parsed, first_word, parse_named, refuse};
use crate::dialect::words::{Lang, Verb};
use crate::hub::name::Name;
use crate::hub::{Complaint, Key, LineId, Request};
use crate::limits::{MARK_CHARS, ROOMS_JOINED};

/// What such a command asks for.
pub(super) fn parse(lang: Lang, by: Standing, (verb, written): Found, rest: &str) -> Parsed {
    let request = match verb {
        Verb::Once => once(lang, by, rest),
        Verb::Resume => resume(rest),
        _ => tags::shows(verb, rest).map(Request::ShowIds),
    };
    match request {
        Some(request) => Ok(Some(request)),
        None => refuse(Complaint::Usage(verb, written)),
    }
}

/// `MARK LINE`; the line is one that others read.
fn once(lang: Lang, by: Standing, rest: &str) -> Option<Request> {
    let (mark, line) = first_word(rest);
    if mark.chars().count() > MARK_CHARS {
        return None;
    }
    let what = match parse_named(lang, by, line, line.as_bytes().into()).ok()?? {
        Request::Bare { text, .. } => Request::Say(text),
        what @ (Request::Say(_)
        | Request::Act(_)
        | Request::Private { .. }
        | Request::Reply(_)
        | Request::Refer(_)) => what,
        _ => return None,
    };
    Some(Request::Once {
        mark: mark.into(),
        what: Box::new(what),
    })
}

/// `KEY [ROOM:EPOCH:NUMBER ...]`
fn resume(rest: &str) -> Option<Request> {
    let mut words = rest.split_whitespace();
    let key = Key::parse(words.next()?)?;
    let had = words.map(|word| {
        let mut parts = word.trim_start_matches('#').splitn(3, ':');
        let room = Name::parse(parts.next()?).ok()?;
        let mut number = || {
            let digits = parts.next()?;
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| is_number)
        };
        let (epoch, number) = (number()?, number()?);
        Some((room, LineId { epoch, number }))
    });
    let had: Vec<_> = had.collect::<Option<_>>()?;
    (had.len() <= ROOMS_JOINED).then_some(Request::Resume { key, had })
}
