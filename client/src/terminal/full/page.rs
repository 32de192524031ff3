//! What was said in one room, as rows of the screen: where they are scrolled to, what is new in them, what is searched.
//! In a window of another width they are drawn anew.
//!
//! Invariant: at most `ITEMS` lines and `ROWS` rows are kept, whatever is said; each row belongs to a line that was
//! shown, and their numbers never go down.

use std::collections::VecDeque;
use std::mem;

use super::super::keys::Focus;
use super::super::prompt::cut;
use super::super::reader::{Attention, Reader};
use super::super::search::find_in;
use super::super::view::{PLAIN, REVERSE};
use super::super::wrap::{LINE_END, parts};
use crate::session::Shown;
use crate::words::{Language, Phrase};

/// Lines that are kept of a room. The server has more, see /history and /search.
const ITEMS: usize = 2000;
/// Rows that are kept of a room.
const ROWS: usize = 4 * ITEMS;

/// See the top of this file.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) name: String,
    /// Whether it is that of a room which the user reads.
    pub(super) is_listed: bool,
    reader: Reader,
    /// What was shown, and when it came, in seconds since 1970.
    items: VecDeque<(Shown, i64)>,
    /// The number of the first of them.
    first: u64,
    /// The rows, each with the number of its line.
    rows: VecDeque<(u64, String)>,
    /// For which width they are drawn.
    columns: usize,
    /// How many rows are below those on the screen, among them the rule above what is new.
    below: usize,
    since: Option<Since>,
    /// The line that was found.
    found: Option<u64>,
}

/// What somebody has said while the user did not look.
#[derive(Debug, Clone, Copy)]
struct Since {
    /// The first of these lines.
    from: u64,
    lines: usize,
    /// Whether one is for the user alone, or has a word that stands out.
    is_meant: bool,
    /// The user has looked since.
    is_seen: bool,
}

/// What a page is drawn for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    pub(super) language: Language,
    pub(super) name: Option<&'a str>,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Page {
    pub(super) fn of(name: &str, reader: Reader) -> Page {
        Page {
            name: name.to_owned(),
            is_listed: false,
            reader,
            items: VecDeque::new(),
            first: 0,
            rows: VecDeque::new(),
            columns: 0,
            below: 0,
            since: None,
            found: None,
        }
    }

    /// Add something that came now, while the user looked at this page or elsewhere. What tells somebody who looks elsewhere of it is returned.
    pub(super) fn show(&mut self, shown: Shown, now: i64, window: &Window, focus: Focus) -> String {
        self.fit(window);
        let number = self.first + self.items.len() as u64;
        let attention = match &shown {
            Shown::Received(heard) => self.reader.attention(heard),
            _ => None,
        };
        let before = self.beyond(0);
        if let (Some(attention), Focus::Elsewhere) = (attention, focus) {
            self.count(number, attention);
        }
        self.reader.look(match focus {
            Focus::Here => Focus::Here,
            Focus::Unknown | Focus::Elsewhere => Focus::Unknown,
        });
        let notice = self.draw(number, &shown, now);
        if self.below > 0 {
            self.below = (self.below + self.beyond(0)).saturating_sub(before);
        }
        self.items.push_back((shown, now));
        if self.items.len() > ITEMS {
            self.items.pop_front();
            self.first += 1;
        }
        while self.rows.len() > ROWS {
            self.rows.pop_front();
        }
        notice
    }

    fn count(&mut self, number: u64, attention: Attention) {
        let first = Since {
            from: number,
            lines: 0,
            is_meant: false,
            is_seen: false,
        };
        let since = self.since.filter(|since| !since.is_seen);
        let since = self.since.insert(since.unwrap_or(first));
        since.lines += 1;
        since.is_meant |= attention == Attention::Meant;
    }

    /// The user looks at the page.
    pub(super) fn see(&mut self) {
        if let Some(since) = &mut self.since {
            since.is_seen = true;
        }
    }

    /// How many lines came while the user did not look, and whether one is meant for them.
    pub(super) fn news(&self) -> Option<(usize, bool)> {
        let since = self.since.filter(|since| !since.is_seen)?;
        Some((since.lines, since.is_meant))
    }

    /// Draw all anew if the window has another width. The lowest line on the screen stays there.
    pub(super) fn fit(&mut self, window: &Window) {
        let size = (window.rows, window.columns);
        self.reader.begin(window.language, window.name, size);
        if mem::replace(&mut self.columns, window.columns) == window.columns {
            return;
        }
        let lowest = self.rows.iter().rev().nth(self.below).map(|row| row.0);
        self.rows.clear();
        self.reader.restart();
        // Nobody is told a second time.
        self.reader.look(Focus::Here);
        let items = mem::take(&mut self.items);
        for (number, (shown, came)) in (self.first..).zip(&items) {
            self.draw(number, shown, *came);
        }
        self.items = items;
        if let (Some(lowest), 1..) = (lowest, self.below) {
            self.below = self.beyond(lowest + 1);
        }
    }

    /// Append the rows of a line. What tells somebody who looks elsewhere of it is returned.
    fn draw(&mut self, number: u64, shown: &Shown, came: i64) -> String {
        let drawn = self.reader.show(shown, came);
        self.append(number.saturating_sub(1), &drawn.finished);
        self.append(number, &drawn.rows);
        drawn.notice
    }

    /// Append rows; a style that goes on in the next one is begun there again.
    fn append(&mut self, number: u64, rows: &str) {
        let mut style = "";
        for row in rows.split_terminator(LINE_END) {
            self.rows.push_back((number, format!("{style}{row}")));
            let sequence = parts(row).into_iter().rfind(|part| part.0);
            style = match sequence.map_or(style, |part| part.1) {
                PLAIN => "",
                style => style,
            };
        }
    }

    /// How many rows this line and those after it have.
    fn rows_from(&self, number: u64) -> usize {
        self.rows.len() - self.rows.partition_point(|row| row.0 < number)
    }

    /// The same with joins that are not finished and the rule above what is new.
    fn beyond(&self, number: u64) -> usize {
        let has_rule = self.since.is_some_and(|since| since.from >= number);
        let unfinished = self.reader.unfinished().is_some();
        self.rows_from(number) + usize::from(has_rule) + usize::from(unfinished)
    }

    /// The rows on the screen: so many, the newest last. Joins that are not finished and the rule above what is new
    /// stand among them.
    pub(super) fn visible(&mut self, height: usize, language: Language) -> Vec<String> {
        let unfinished = self.reader.unfinished();
        let unfinished = unfinished.map(|row| cut(&row, self.columns));
        let mut rows: Vec<String> = unfinished.into_iter().collect();
        let (marked, since) = (self.marked(), self.since);
        for (at, (number, row)) in self.rows.iter().enumerate().rev() {
            if rows.len() >= height + self.below {
                break;
            }
            rows.push(match Some(*number) == marked {
                true => reversed(row),
                false => row.clone(),
            });
            let is_first = at == 0 || self.rows[at - 1].0 != *number;
            if let Some(since) = since.filter(|since| is_first && since.from == *number) {
                let rule = Phrase::New(since.lines).text(language);
                rows.push(cut(&format!("── {rule} ──"), self.columns));
            }
        }
        self.below = self.below.min(rows.len().saturating_sub(height));
        let mut visible: Vec<String> = rows.drain(self.below..).take(height).collect();
        visible.resize(height, String::new());
        visible.reverse();
        visible
    }

    pub(super) fn scroll_up(&mut self, rows: usize) {
        self.below += rows;
    }

    pub(super) fn scroll_down(&mut self, rows: usize) {
        self.below = self.below.saturating_sub(rows);
    }

    pub(super) fn go_to_end(&mut self) {
        (self.below, self.found) = (0, None);
    }

    /// How many rows are below those on the screen.
    pub(super) fn below(&self) -> usize {
        self.below
    }

    /// The rows of the last line, each with a line end.
    pub(super) fn last_line(&self) -> String {
        let last = self.rows.back().map(|row| row.0);
        let from = self.rows.len() - last.map_or(0, |last| self.rows_from(last));
        let rows = self.rows.range(from..);
        rows.map(|row| row.1.clone() + "\n").collect()
    }

    /// Show the newest line with this text.
    pub(super) fn find_first(&mut self, query: &str, height: usize) {
        self.found = None;
        self.find_longer(query, height);
    }

    /// With more behind it: the line that was found, or the next one before it.
    pub(super) fn find_longer(&mut self, query: &str, height: usize) {
        let found = self.found.take();
        let end = found.map_or(self.items.len(), |found| self.place(found) + 1);
        self.find_before(end, query, height);
    }

    /// Show the next one before the line that was found.
    pub(super) fn find_older(&mut self, query: &str, height: usize) {
        let found = self.found.map(|found| self.place(found));
        let end = found.unwrap_or(self.items.len());
        self.find_before(end, query, height);
    }

    fn find_before(&mut self, end: usize, query: &str, height: usize) {
        let found = (0..end).rev().find(|&at| self.has(at, query));
        self.go_to(found, height);
    }

    /// Show the next one after the line that was found.
    pub(super) fn find_newer(&mut self, query: &str, height: usize) {
        let begin = self.found.map_or(0, |found| self.place(found) + 1);
        let found = (begin..self.items.len()).find(|&at| self.has(at, query));
        self.go_to(found, height);
    }

    pub(super) fn has_found(&self) -> bool {
        self.found.is_some()
    }

    /// The page stays where it is.
    pub(super) fn end_search(&mut self) {
        self.found = None;
    }

    /// The number of the rows that show the line that was found: joins are told with the last of them.
    fn marked(&self) -> Option<u64> {
        let first = self.rows.len() - self.rows_from(self.found?);
        self.rows.get(first).map(|row| row.0)
    }

    /// Show the beginning of a line in the middle of the screen.
    fn go_to(&mut self, found: Option<usize>, height: usize) {
        let Some(at) = found else {
            return;
        };
        let number = self.first + at as u64;
        self.found = Some(number);
        self.below = self.beyond(number).saturating_sub(height / 2 + 1);
    }

    /// Where a line stands among those that are kept.
    fn place(&self, number: u64) -> usize {
        number.saturating_sub(self.first) as usize
    }

    /// Whether a line has this text, and rows.
    fn has(&self, at: usize, query: &str) -> bool {
        let text = match &self.items[at].0 {
            Shown::Received(heard) => &heard.line,
            Shown::Own { line, .. } => line,
            Shown::Note(text) | Shown::Typed(text) => text,
        };
        let first = self.rows.front().map_or(u64::MAX, |row| row.0);
        let is_drawn = self.first + at as u64 >= first;
        is_drawn && !query.is_empty() && find_in(text, query).is_some()
    }
}

/// A drawn row in reverse, without its colours.
fn reversed(row: &str) -> String {
    let texts = parts(row).into_iter().filter(|part| !part.0);
    let text: String = texts.map(|part| part.1).collect();
    format!("{REVERSE}{text}{PLAIN}")
}
