//! The forms of the older systems, as papo's own form has them.

use crate::lines::{Entry, Event};
use crate::peers::{EITHER, GUESSED, HIDDEN, RELAY, VPN, WEB};

/// Whose form the lines have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Papo,
    Sistema,
    Vpn,
    /// papo's, and Chat em Tempo Real's while the conn is taken for one without line ends.
    Either,
    /// Messages in frames.
    Web,
}

impl Form {
    /// Of the lines at a listener.
    pub(crate) fn at(door: usize) -> Form {
        match door {
            RELAY => Form::Sistema,
            VPN => Form::Vpn,
            GUESSED => Form::Either,
            WEB | EITHER | HIDDEN => Form::Web,
            _ => Form::Papo,
        }
    }
}

/// A line as papo's own form has it.
pub(crate) fn papo_of_vpn(line: &str) -> String {
    if line.starts_with(['*', '!', '~', '<']) || line.starts_with("[priva") {
        return line.to_owned();
    }
    if let Some((room, rest)) = line.strip_prefix('#').and_then(|rest| rest.split_once(' ')) {
        return format!("#{room} {}", papo_of_vpn(rest));
    }
    if let Some((time, rest)) = line
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(") "))
    {
        return format!("* [{time}] {}", papo_of_vpn(rest));
    }
    if line.starts_with("Online")
        || line.starts_with("[servidor] ")
        || line.starts_with("[server] ")
    {
        return format!("* {line}");
    }
    let (name, text) = line
        .split_once(": ")
        .unwrap_or_else(|| panic!("I8: who speaks? {line:?}"));
    let private = [" (privado)", " (private)"];
    match private.iter().find_map(|mark| name.strip_suffix(mark)) {
        Some(name) => format!("[privado de {name}] {text}"),
        None => format!("<{}> {text}", name.replace(['(', ')'], "")),
    }
}

/// It is told before the welcome.
pub(crate) fn remove_own_join(entries: &mut Vec<Entry>, form: Form) {
    let is_welcome = |entry: &Entry| {
        matches!(
            entry,
            Entry::Enter {
                welcome: Some(_),
                ..
            }
        )
    };
    if let Some(welcome) = entries.iter().position(is_welcome) {
        let before = welcome.checked_sub(1).map(|at| &entries[at]);
        let is_own =
            |entry: &Entry| matches!(entry, Entry::Event(Event::Joined(who), _) if who.len() == 1);
        if before.is_some_and(is_own) {
            entries.remove(welcome - 1);
        } else {
            assert!(form == Form::Either, "it is not told its own join");
        }
    }
}
