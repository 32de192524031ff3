//! Questions about lines of before, and what their answers may be: a page of a list.

use crate::answers::{Answer, Told};
use crate::lists::Row;

/// What peers ask whose answers are not looked at.
pub(crate) const COMMANDS: [&str; 13] = [
    "/online",
    "/rooms",
    "/history",
    "/history from peer1x",
    "/more",
    "/help",
    "/whois peer1x",
    "/whois u0@x.org",
    "/nope",
    "/ignore",
    "/away lunch",
    "/reply hi",
    "//slash",
];

/// Lines on a page, and at most after `/history N`.
pub(crate) const PAGE: usize = 50;
const LAST: usize = 100;

/// What somebody asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Question {
    Last { room: usize, most: usize },
    Since { room: usize, at: i64 },
    From { room: usize, name: String },
    With { rooms: Vec<usize>, words: String },
}

/// A page: what it is about, and the line at which the page before it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Page {
    pub(crate) question: Question,
    pub(crate) edge: Option<String>,
}

/// A question without an answer yet.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) page: Page,
    /// Whether it goes on with an answer before it.
    pub(crate) is_next: bool,
    /// How many lines the rooms had before it, and how many rows the archive.
    pub(crate) from: (Vec<usize>, usize),
}

/// The rows that a question is about, deleted ones among them.
pub(crate) fn wanted(question: &Question, rows: &[Row]) -> Vec<Row> {
    let is_wanted = |row: &&Row| match question {
        Question::Last { room, .. } => row.room == *room,
        Question::Since { room, at } => row.room == *room && row.at >= *at,
        Question::From { room, name } => row.room == *room && row.from == *name,
        Question::With { rooms, words } => {
            let mut words = words.split(' ');
            rooms.contains(&row.room) && words.all(|word| row.text.contains(word))
        }
    };
    rows.iter().filter(is_wanted).cloned().collect()
}

/// Those that are left for the next page.
pub(crate) fn slice<'a>(
    question: &Question,
    all: &'a [Row],
    edge: Option<Option<usize>>,
) -> Option<&'a [Row]> {
    match (edge, question) {
        (None, _) => Some(all),
        (Some(at), Question::Since { .. }) => Some(&all[at? + 1..]),
        (Some(at), _) => Some(&all[..at?]),
    }
}

/// Whether an answer tells the next of these lines, as many as a page has, and says so if they are not all.
pub(crate) fn fits(open: &Open, answer: &Answer, all: &[Told], hears_all: bool) -> bool {
    let is_part = match open.page.question {
        Question::Since { .. } => all.starts_with(&answer.lines),
        _ => all.ends_with(&answer.lines),
    };
    if answer.failure.is_some() {
        return is_part;
    }
    let most = match open.page.question {
        Question::Last { most, .. } if !open.is_next => most.min(LAST),
        _ => PAGE,
    };
    let is_last = matches!(open.page.question, Question::Last { .. });
    let is_full = answer.lines.len() == most.min(all.len());
    // Ignored lines take their places on a page that the archive filled.
    let is_filled = is_full || (!hears_all && answer.lines.len() < most && answer.has_more);
    let says_so = answer.has_more || answer.lines.len() == all.len();
    is_part && says_so && (is_filled || (is_last && !hears_all))
}
