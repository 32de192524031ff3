//! Lines about other lines: answers, corrections, deletions, reactions and pins, parsed in either language; and
//! what they make of what was said.

use std::collections::VecDeque;

use papo_server::limits::{HISTORY_BYTES, HISTORY_LINES};

use crate::dice::Dice;
use crate::lines::Event;

/// What somebody did about a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct About {
    pub(crate) by: String,
    pub(crate) deed: Deed,
    /// Who said the line, if that is told.
    pub(crate) of: Option<String>,
    /// Its beginning, if that is told.
    pub(crate) quote: Option<String>,
    /// What was said about it.
    pub(crate) text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    Replied,
    Edited,
    Deleted,
    Reacted,
    Pinned,
    Unpinned,
}

/// The last lines of a room, as who comes next is told them.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    pub(crate) lines: VecDeque<Event>,
}

/// A request about one's own last line, with this text.
pub(crate) fn draw(dice: &mut Dice, text: &str) -> String {
    match dice.below(4) {
        0 => format!("/edit !! {text}"),
        1 => "/delete !!".to_owned(),
        2 => format!("/react !! {text}"),
        _ => "/pin !!".to_owned(),
    }
}

/// `<ana re bob> "good morn..." good evening`: what stands between the brackets, and the rest.
pub(crate) fn said(head: &str, rest: &str) -> Option<About> {
    let (by, remark) = head.split_once(' ')?;
    let (quote, text) = rest.strip_prefix('"')?.split_once("\" ")?;
    let of = remark.strip_prefix("re ").map(str::to_owned);
    let deed = match of {
        Some(_) => Deed::Replied,
        None => Deed::Edited,
    };
    Some(About {
        by: by.to_owned(),
        deed,
        of,
        quote: Some(quote.to_owned()),
        text: text.to_owned(),
    })
}

const ENGLISH: [&str; 5] = [
    "deleted a line",
    "reacted \"",
    "pinned a line of ",
    "unpinned a line of ",
    " of ",
];
const PORTUGUESE: [&str; 5] = [
    "apagou uma linha",
    "reagiu \"",
    "fixou uma linha de ",
    "soltou uma linha de ",
    " de ",
];

/// An event of the room, without its mark, and whether it is in Portuguese.
pub(crate) fn told(line: &str) -> Option<(About, bool)> {
    let (by, rest) = line.split_once(' ')?;
    for (pt, [deleted, reacted, pinned, unpinned, of]) in [(false, ENGLISH), (true, PORTUGUESE)] {
        let about = |deed, text: &str, whose: Option<&str>, quote: Option<&str>| {
            let about = About {
                by: by.to_owned(),
                deed,
                of: whose.map(str::to_owned),
                quote: quote.map(str::to_owned),
                text: text.to_owned(),
            };
            (about, pt)
        };
        if let Some(rest) = rest.strip_prefix(deleted) {
            return Some(about(Deed::Deleted, "", rest.strip_prefix(of), None));
        }
        if let Some(rest) = rest.strip_prefix(reacted) {
            let (word, rest) = rest.split_once("\" ")?;
            let (whose, quote) = rest.split_once(' ')?.1.split_once(": ")?;
            return Some(about(Deed::Reacted, word, Some(whose), unquoted(quote)));
        }
        for (verb, deed) in [(pinned, Deed::Pinned), (unpinned, Deed::Unpinned)] {
            if let Some(rest) = rest.strip_prefix(verb) {
                let (whose, quote) = rest.split_once(": ")?;
                return Some(about(deed, "", Some(whose), unquoted(quote)));
            }
        }
    }
    None
}

fn unquoted(quote: &str) -> Option<&str> {
    quote.strip_prefix('"')?.strip_suffix('"')
}

impl About {
    /// The line as a relay client gets it.
    pub(crate) fn bare(&self) -> String {
        let About { by, text, .. } = self;
        let of = self.of.as_deref();
        let quote = self.quote.as_deref().unwrap_or_default();
        let [deleted, reacted, pinned, unpinned, whose] = PORTUGUESE;
        match (self.deed, of.unwrap_or_default()) {
            (Deed::Replied, of) => format!("{by}(re {of}): \"{quote}\" {text}"),
            (Deed::Edited, _) => format!("{by}(corrigido): \"{quote}\" {text}"),
            (Deed::Deleted, "") => format!("* {by} {deleted}"),
            (Deed::Deleted, of) => format!("* {by} {deleted}{whose}{of}"),
            (Deed::Reacted, of) => format!("* {by} {reacted}{text}\" a {of}: \"{quote}\""),
            (Deed::Pinned, of) => format!("* {by} {pinned}{of}: \"{quote}\""),
            (Deed::Unpinned, of) => format!("* {by} {unpinned}{of}: \"{quote}\""),
        }
    }
}

impl Kept {
    /// A line of the room. Peers refer only to their own last line.
    pub(crate) fn push(&mut self, event: &Event) {
        match event {
            Event::Said { .. } | Event::Acted { .. } => self.lines.push_back(event.clone()),
            Event::About(about) => self.change(about),
            _ => return,
        }
        let bytes =
            |lines: &VecDeque<Event>| lines.iter().map(|line| of(line).1.len()).sum::<usize>();
        while self.lines.len() > HISTORY_LINES || bytes(&self.lines) > HISTORY_BYTES {
            self.lines.pop_front();
        }
    }

    fn change(&mut self, about: &About) {
        if matches!(about.deed, Deed::Reacted | Deed::Pinned | Deed::Unpinned) {
            return;
        }
        let at = self.lines.iter().rposition(|line| of(line).0 == about.by);
        let at = at.expect("their last line is there");
        match &mut self.lines[at] {
            _ if about.deed == Deed::Deleted => drop(self.lines.remove(at)),
            Event::Said { text, .. } | Event::Acted { text, .. } => {
                let quote = about.quote.as_deref().unwrap_or_default();
                let begins = quote.strip_suffix("...").unwrap_or(quote);
                assert!(text.starts_with(begins), "{about:?} of {text:?}");
                text.clone_from(&about.text);
            }
            _ => {}
        }
    }
}

/// Who said it, and what.
pub(crate) fn of(event: &Event) -> (&str, &str) {
    match event {
        Event::Said { from, text } | Event::Acted { from, text } => (from, text),
        _ => ("", ""),
    }
}
