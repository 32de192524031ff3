//! Hooks: addresses by which programs speak in a room, posting what they would post to Slack. Operators make and
//! end them; they are kept with the accounts.
//!
//! The answers are Slack's, since its senders compare them. Invariant: no two hooks have a number or a token in
//! common, and there are at most [`HOOKS`].

use std::rc::Rc;

use super::scripts::{Script, seconds};
use super::speed::Source;
use crate::hub::name::Name;
use crate::hub::scripts::Speaker;
use crate::hub::{self, Complaint, Fault, Id, Outcome};
use crate::limits::LINE_BYTES;
use crate::net::sys::Sys;
use crate::store::accounts::{self, Task};
use crate::turn::Server;
use crate::web::hook;
use crate::web::http::{Request, Response, Status};
use crate::web::limits::{HOOKS, LINES_AT_ONCE};

/// The hooks by number.
#[derive(Default)]
pub(in crate::turn) struct Hooks {
    list: Vec<Hook>,
    /// The highest number that was given: one that was ended may still be on the disk.
    last: u32,
}

struct Hook {
    number: u32,
    token: String,
    room: Name,
    by: Rc<str>,
}

/// Where they are, with the token behind it.
pub(super) const PATH: &str = "/hooks/";

impl<S: Sys> Server<S> {
    /// The hooks that were made before this server began.
    pub(in crate::turn) fn set_hooks(&mut self, kept: Vec<accounts::Hook>) {
        for kept in kept {
            self.scripts.hooks.last = kept.number;
            let Ok(room) = Name::parse(&kept.room) else {
                log::warn!("a hook is of no room: {:?}", kept.room);
                continue;
            };
            self.scripts.hooks.list.push(Hook {
                number: kept.number,
                token: kept.token,
                room,
                by: kept.by.into(),
            });
        }
    }

    /// An operator wants one for this room. It works at once.
    pub(in crate::turn) fn make_hook(&mut self, by: Option<Id>, room: Name, of: Option<&Name>) {
        if self.scripts.hooks.list.len() >= HOOKS {
            return self.answer_order(by, Err(Complaint::Order(Fault::Full)));
        }
        let Some(random) = self.sys.random() else {
            return self.answer_order(by, Err(Complaint::AccountsFailed));
        };
        let number = self.scripts.hooks.last + 1;
        let hook = Hook {
            number,
            token: format!("{random:032x}"),
            room,
            by: of.map_or("", Name::shown).into(),
        };
        let kept = accounts::Hook {
            number,
            token: hook.token.clone(),
            room: hook.room.shown().to_owned(),
            by: hook.by.to_string(),
        };
        self.auth.order(&mut self.sys, by, Task::KeepHook(kept));
        let outcome = Outcome::Hooked(self.shown(&hook));
        self.scripts.hooks.list.push(hook);
        self.scripts.hooks.last = number;
        self.answer_order(by, Ok(outcome));
    }

    pub(in crate::turn) fn list_hooks(&mut self, by: Option<Id>) {
        let hooks = self
            .scripts
            .hooks
            .list
            .iter()
            .map(|hook| self.shown(hook))
            .collect();
        self.answer_order(by, Ok(Outcome::Hooks(hooks)));
    }

    pub(in crate::turn) fn end_hook(&mut self, by: Option<Id>, number: u32) {
        let hooks = &mut self.scripts.hooks.list;
        let Some(at) = hooks.iter().position(|hook| hook.number == number) else {
            return self.answer_order(by, Err(Complaint::Order(Fault::NoHook(number))));
        };
        let room = hooks.remove(at).room;
        self.auth.order(&mut self.sys, by, Task::ForgetHook(number));
        self.answer_order(by, Ok(Outcome::Unhooked { room }));
    }

    fn shown(&self, hook: &Hook) -> hub::Hook {
        hub::Hook {
            number: hook.number,
            room: hook.room.clone(),
            by: hook.by.clone(),
            url: format!("{}{PATH}{}", self.config.address, hook.token).into(),
        }
    }

    /// What a program has posted to the hook with this token is said.
    pub(super) fn take_hook(&mut self, id: Id, request: &Request, token: &str) -> Response {
        let found = self
            .scripts
            .hooks
            .list
            .iter()
            .find(|hook| hook.token == token);
        let Some(hook) = found else {
            return answer(Status::NotFound, "no_service");
        };
        let (room, source) = (hook.room.clone(), Some(Source::Hook(hook.number)));
        let too_much = |wait| {
            let answer = answer(Status::TooManyRequests, "rate_limited");
            answer.with("Retry-After", seconds(wait))
        };
        if let Err(wait) = self.may_speak(id, source) {
            return too_much(wait);
        }
        let posted = match hook::read(&request.body) {
            Ok(posted) => posted,
            Err(fault) => return answer(Status::BadRequest, fault.word()),
        };
        let lines = lines(posted.label.as_deref(), &posted.text);
        if let Err(wait) = self.charge((id, source), &lines) {
            return too_much(wait);
        }
        let script = Script {
            speaker: Speaker::Hook,
            room: room.shown(),
        };
        match self.say_all(id, script, lines) {
            Ok(_) => answer(Status::Ok, "ok"),
            Err(Complaint::TooManyRooms) => answer(Status::Unavailable, "channel_not_found"),
            Err(_) => answer(Status::Forbidden, "action_prohibited"),
        }
    }
}

/// The lines of a message, each with who it comes from; of too many the last tells how many are left out.
fn lines(label: Option<&str>, text: &str) -> Vec<Rc<str>> {
    let label = label.unwrap_or_default();
    let label = match &label[..label.floor_char_boundary(LINE_BYTES / 2)] {
        "" => String::new(),
        label => format!("{label}: "),
    };
    let pieces = || {
        text.lines()
            .flat_map(|line| pieces(line, LINE_BYTES - label.len()))
    };
    let mut lines: Vec<Rc<str>> = Vec::new();
    for piece in pieces().take(LINES_AT_ONCE) {
        lines.push(format!("{label}{piece}").into());
    }
    let more = pieces().count() - lines.len();
    if more > 0 && lines.pop().is_some() {
        lines.push(format!("{label}[+ {}]", more + 1).into());
    }
    lines
}

/// A line in pieces of at most so many bytes.
fn pieces(line: &str, most: usize) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(most));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Slack's answers have no line end: senders compare them.
fn answer(status: Status, word: &'static str) -> Response {
    Response::new(status, "text/plain; charset=utf-8", word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_are_said_in_pieces_and_tell_what_is_left_out() {
        let said = |label, text: &str| -> Vec<String> {
            let lines = lines(label, text);
            lines.iter().map(ToString::to_string).collect()
        };
        assert_eq!(said(Some("CI"), "a\n\nb"), ["CI: a", "CI: b"]);
        let long = "é".repeat(LINE_BYTES);
        let pieces = said(None, &long);
        assert_eq!(pieces.concat(), long);
        assert!(pieces.iter().all(|piece| piece.len() <= LINE_BYTES));
        for (count, last) in [
            (19, "CI: x"),
            (20, "CI: x"),
            (21, "CI: [+ 2]"),
            (50, "CI: [+ 31]"),
        ] {
            let many = said(Some("CI"), &"x\n".repeat(count));
            assert_eq!(many.len(), count.min(LINES_AT_ONCE));
            assert_eq!(many.last().map(String::as_str), Some(last));
        }
        let label = "é".repeat(LINE_BYTES);
        assert!(said(Some(&label), "x")[0].len() <= LINE_BYTES);
    }
}
