//! What is told to everybody in a room, in either language.

use crate::about;
use crate::lines::{Crowd, Event};

/// An event of the room, and whether it is in Portuguese.
pub(crate) fn notice(rest: &str) -> Option<(Event, bool)> {
    if let Some((about, pt)) = about::told(rest) {
        return Some((Event::About(about), pt));
    }
    let own = |text: &str| text.to_owned();
    for (pt, words) in [(false, ENGLISH), (true, PORTUGUESE)] {
        let ends = |ends: [&str; 2]| ends.iter().find_map(|end| rest.strip_suffix(end));
        let pair = |middle: &str| {
            let (a, b) = rest.split_once(middle)?;
            (!a.contains(' ') && !b.contains(' ')).then(|| (own(a), own(b)))
        };
        let event = if let Some(text) = rest.strip_prefix(words.server) {
            Some(Event::Announced(own(text)))
        } else if let Some(email) = rest.strip_suffix(words.direct_joined) {
            Some(Event::DirectJoined(own(email)))
        } else if let Some((email, why)) = rest.split_once(words.direct_left)
            && (why.is_empty() || why.starts_with(words.put_out))
        {
            Some(Event::DirectLeft(own(email)))
        } else if let Some((who, room)) = pair(words.went) {
            Some(Event::Went { who, room })
        } else if let Some((from, to)) = pair(words.renamed) {
            Some(Event::Renamed { from, to })
        } else if let Some(who) = ends(words.joined).and_then(Crowd::parse) {
            Some(Event::Joined(who))
        } else if let Some(who) = ends(words.back).and_then(Crowd::parse) {
            Some(Event::Back(who))
        } else {
            left(rest, words.left)
        };
        if let Some(event) = event {
            return Some((event, pt));
        }
    }
    None
}

fn left(rest: &str, words: [&str; 2]) -> Option<Event> {
    let (rest, why) = match (rest.split_once(": \""), rest.split_once(" (")) {
        (Some((rest, text)), _) => (rest, text.strip_suffix('"')?),
        (None, Some((rest, why))) => (rest, why.strip_suffix(')')?),
        (None, None) => (rest, ""),
    };
    let who = words.iter().find_map(|end| rest.strip_suffix(end))?;
    let in_english = REASONS
        .iter()
        .find_map(|(en, pt)| (*pt == why).then_some(*en));
    let with_text = |(en, pt): &(&str, &str)| {
        let text = why.strip_prefix(pt)?.strip_prefix(": ")?;
        Some(format!("{en}: {text}"))
    };
    let why = match in_english {
        Some(why) => why.to_owned(),
        None => REASONS.iter().find_map(with_text).unwrap_or(why.to_owned()),
    };
    Some(Event::Left {
        who: Crowd::parse(who)?,
        why,
    })
}

struct Words {
    joined: [&'static str; 2],
    back: [&'static str; 2],
    left: [&'static str; 2],
    went: &'static str,
    renamed: &'static str,
    server: &'static str,
    direct_joined: &'static str,
    direct_left: &'static str,
    put_out: &'static str,
}

const ENGLISH: Words = Words {
    joined: [" joined", " joined"],
    back: [" is back", " are back"],
    left: [" left", " left"],
    went: " went to ",
    renamed: " is now ",
    server: "[server] ",
    direct_joined: " joined (direct)",
    direct_left: " left (direct)",
    put_out: " (kicked",
};

const PORTUGUESE: Words = Words {
    joined: [" entrou", " entraram"],
    back: [" voltou", " voltaram"],
    left: [" saiu", " saíram"],
    went: " foi para ",
    renamed: " agora é ",
    server: "[servidor] ",
    direct_joined: " entrou (direto)",
    direct_left: " saiu (direto)",
    put_out: " (por ordem do operador",
};

const REASONS: [(&str, &str); 7] = [
    ("connection lost", "conexão perdida"),
    ("kicked", "por ordem do operador"),
    ("banned", "entrada proibida"),
    ("too slow", "lendo devagar demais"),
    ("too many unread lines", "linhas demais por ler"),
    ("lines too long", "linhas longas demais"),
    ("logged in elsewhere", "entrou por outra conexão"),
];
