//! Lines as a client of Sistema de Chat TCP gets them: without names of their own, in Portuguese.

use crate::about;
use crate::lines::{Entry, Event, gap};

/// A line at a relay client: public text, or one of the few lines for it alone.
pub(crate) fn of_relay(line: &str) -> Entry {
    if let Some((head, text)) = line
        .strip_prefix('[')
        .filter(|rest| !rest.starts_with("servidor] "))
        .and_then(|rest| rest.split_once("] "))
    {
        let from = head.rsplit(' ').next().unwrap_or_default().to_owned();
        return Entry::Private {
            from,
            text: text.to_owned(),
        };
    }
    if let Some(why) = line.strip_prefix("! ") {
        return Entry::Refused(why.to_owned());
    }
    if let Some(told) = line.strip_prefix("* ") {
        if let Some(lines) = gap(told) {
            return Entry::Gap(lines);
        }
        if about::told(told).is_some() {
            return Entry::Event(Event::Announced(line.to_owned()), None);
        }
        return match told.strip_prefix("até logo") {
            Some(rest) => Entry::Bye(rest.split_once(": ").map_or("", |(_, why)| why).to_owned()),
            None => Entry::Answer,
        };
    }
    Entry::Event(Event::Announced(line.to_owned()), None)
}

/// Whether a guest's text resembles no other kind of line at a relay client.
fn is_plain(text: &str) -> bool {
    let has_colon = text
        .split_whitespace()
        .take(2)
        .any(|word| word.contains(':'));
    let is_ordinary = |c: char| c.is_alphanumeric() || "/.,?()-+=\"'&%$#@;_".contains(c);
    text.trim_start().starts_with(is_ordinary) && !has_colon
}

/// The event as a relay client gets it, if it does.
pub(crate) fn bare(event: &Event) -> Option<Event> {
    let line = match event {
        Event::Said { from, text } if from.starts_with("guest") && is_plain(text) => text.clone(),
        Event::Said { from, text } => format!("{from}: {text}"),
        Event::Acted { from, text } => format!("~ {from} {text}"),
        Event::Announced(text) => format!("[servidor] {text}"),
        Event::About(about) => about.bare(),
        _ => return None,
    };
    Some(Event::Announced(line))
}
