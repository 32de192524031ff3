//! What was said in one room, as rows of the screen: where they are scrolled to, what is new in them, what is searched.
//! In a window of another width they are drawn anew.
//!
//! Invariant: at most `ITEMS` lines and `ROWS` rows are kept, whatever is said; each row belongs to a line that was
//! shown.

use std::collections::VecDeque;

use super::super::reader::{Attention, Reader};
use super::super::search::find_in;
use super::super::view::{Colours, PLAIN, REVERSE};
use super::super::wrap::{LINE_END, parts};
use crate::reading::Reading;
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
    reading: Reading,
    colours: Colours,
    reader: Reader,
    /// What was shown, and when it came, in seconds since 1970.
    items: VecDeque<(Shown, i64)>,
    /// The number of the first of them.
    first: u64,
    /// The rows, each with the number of its line.
    rows: VecDeque<(u64, String)>,
    /// For which width they are drawn.
    columns: usize,
    /// How many rows are below those on the screen.
    below: usize,
    news: News,
    /// The line that was found.
    found: Option<u64>,
}

/// What came while the user did not look.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct News {
    /// The first of these lines.
    from: Option<u64>,
    lines: usize,
    /// Whether one is for the user alone, or has a word that stands out.
    is_meant: bool,
    /// Whether the user has looked since.
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
    pub(super) fn of(name: &str, reading: Reading, colours: Colours) -> Page {
        Page {
            name: name.to_owned(),
            reader: Reader::of(reading.clone(), colours),
            reading,
            colours,
            items: VecDeque::new(),
            first: 0,
            rows: VecDeque::new(),
            columns: 0,
            below: 0,
            news: News::default(),
            found: None,
        }
    }

    /// Add something that came now. What tells somebody who looks elsewhere of it is returned.
    pub(super) fn show(
        &mut self,
        shown: Shown,
        now: i64,
        window: &Window,
        is_looked_at: bool,
    ) -> String {
        self.fit(window);
        let number = self.first + self.items.len() as u64;
        let attention = match &shown {
            Shown::Received(heard) => self.reader.attention(heard),
            _ => None,
        };
        match attention {
            Some(attention) if !is_looked_at => self.count(number, attention),
            _ => {}
        }
        self.reader.look(is_looked_at);
        let before = self.rows.len();
        let notice = self.draw(number, &shown, now);
        if self.below > 0 {
            self.below += self.rows.len() - before;
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
        if self.news.from.is_none() || self.news.is_seen {
            self.news = News::default();
            self.news.from = Some(number);
        }
        self.news.lines += 1;
        self.news.is_meant |= attention == Attention::Meant;
    }

    /// The user looks at the page.
    pub(super) fn see(&mut self) {
        self.news.is_seen = true;
    }

    /// How many lines came while the user did not look.
    pub(super) fn news(&self) -> usize {
        match self.news.is_seen {
            true => 0,
            false => self.news.lines,
        }
    }

    pub(super) fn has_news(&self) -> bool {
        self.news() > 0
    }

    pub(super) fn is_meant(&self) -> bool {
        self.has_news() && self.news.is_meant
    }

    /// Draw all anew if the window has another width. The lowest line on the screen stays there.
    pub(super) fn fit(&mut self, window: &Window) {
        let size = (window.rows, window.columns);
        if self.columns == window.columns {
            return self.reader.begin(window.language, window.name, size);
        }
        self.columns = window.columns;
        let lowest = self.rows.len().saturating_sub(1 + self.below);
        let lowest = self.rows.get(lowest).map(|row| row.0);
        self.rows.clear();
        self.reader = Reader::of(self.reading.clone(), self.colours);
        self.reader.begin(window.language, window.name, size);
        // Nobody is told a second time.
        self.reader.look(true);
        let items = std::mem::take(&mut self.items);
        for (at, (shown, came)) in items.iter().enumerate() {
            self.draw(self.first + at as u64, shown, *came);
        }
        self.items = items;
        if self.below > 0 {
            self.below = self.rows_behind(lowest.unwrap_or_default());
        }
    }

    /// Append the rows of a line; a style that goes on in the next row is begun there again.
    fn draw(&mut self, number: u64, shown: &Shown, came: i64) -> String {
        let drawn = self.reader.show(shown, came);
        let (rows, notice) = drawn.rsplit_once(LINE_END).unwrap_or(("", &drawn));
        let has_rows = drawn.len() > notice.len();
        let mut style = "";
        for row in rows.split(LINE_END).filter(|_| has_rows) {
            self.rows.push_back((number, format!("{style}{row}")));
            let sequence = parts(row).into_iter().rfind(|part| part.0);
            style = match sequence.map_or(style, |part| part.1) {
                PLAIN => "",
                style => style,
            };
        }
        notice.to_owned()
    }

    /// How many rows come after this line.
    fn rows_behind(&self, number: u64) -> usize {
        self.rows
            .iter()
            .rev()
            .take_while(|row| row.0 > number)
            .count()
    }

    /// The rows on the screen: so many, the newest last.
    pub(super) fn visible(&mut self, height: usize, language: Language) -> Vec<String> {
        let mut rows: Vec<String> = self.reader.unfinished().into_iter().collect();
        for (at, (number, row)) in self.rows.iter().enumerate().rev() {
            if rows.len() >= height + self.below {
                break;
            }
            rows.push(match Some(*number) == self.found {
                true => reversed(row),
                false => row.clone(),
            });
            let is_first = at == 0 || self.rows[at - 1].0 != *number;
            if is_first && Some(*number) == self.news.from {
                rows.push(format!(
                    "── {} ──",
                    Phrase::New(self.news.lines).text(language)
                ));
            }
        }
        self.below = self.below.min(rows.len().saturating_sub(height));
        let mut visible: Vec<String> = rows.into_iter().skip(self.below).take(height).collect();
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

    pub(super) fn is_scrolled(&self) -> bool {
        self.below > 0
    }

    /// How many rows are below those on the screen.
    pub(super) fn below(&self) -> usize {
        self.below
    }

    pub(super) fn last_row(&self) -> String {
        self.rows
            .back()
            .map_or_else(String::new, |row| row.1.clone())
    }

    /// Show the newest line with this text.
    pub(super) fn find_first(&mut self, query: &str, height: usize) {
        self.found = None;
        self.find_longer(query, height);
    }

    /// With more behind it: the line that was found, or the next one before it.
    pub(super) fn find_longer(&mut self, query: &str, height: usize) {
        let end = self
            .found
            .map_or(self.items.len(), |found| self.place(found) + 1);
        let found = (0..end).rev().find(|&at| self.has(at, query));
        self.found = None;
        self.go_to(found, height);
    }

    /// Show the next one before the line that was found.
    pub(super) fn find_older(&mut self, query: &str, height: usize) {
        let end = self
            .found
            .map_or(self.items.len(), |found| self.place(found));
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

    fn go_to(&mut self, found: Option<usize>, height: usize) {
        let Some(at) = found else {
            return;
        };
        let number = self.first + at as u64;
        self.found = Some(number);
        self.below = self.rows_behind(number).saturating_sub(height / 2);
    }

    /// Where a line stands among those that are kept.
    fn place(&self, number: u64) -> usize {
        number.saturating_sub(self.first) as usize
    }

    fn has(&self, at: usize, query: &str) -> bool {
        let text = match &self.items[at].0 {
            Shown::Received(heard) => &heard.line,
            Shown::Own { line, .. } => line,
            Shown::Note(text) | Shown::Typed(text) => text,
        };
        !query.is_empty() && find_in(text, query).is_some()
    }
}

/// A drawn row in reverse, without its colours.
fn reversed(row: &str) -> String {
    let texts = parts(row).into_iter().filter(|part| !part.0);
    let text: String = texts.map(|part| part.1).collect();
    format!("{REVERSE}{text}{PLAIN}")
}
