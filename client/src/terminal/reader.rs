//! What there is to show as it is read: lines, the marks between them, and what tells somebody who is looking
//! elsewhere of a line. It writes nothing itself.
//!
//! Invariant: of the rows that were shown only the rule above what is new is ever changed, and only if it is certain
//! where it stands: nothing but lines of this file came after it, and it has not scrolled away.

use std::time::Instant;

use super::fold::Fold;
use super::highlight::Words;
use super::keys::Focus;
use super::notice::notice;
use super::times::Times;
use super::view::{Colours, Look};
use super::wrap::{LINE_END, width};
use crate::reading::{Manner, Reading};
use crate::session::protocol::Line;
use crate::session::{Received, Shown};
use crate::text;
use crate::words::{Language, Phrase};

/// See the top of this file.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) colours: Colours,
    pub(super) language: Language,
    /// Rows and columns of the window.
    size: (usize, usize),
    reading: Reading,
    /// When what is drawn now came, for what tells no time itself.
    now: i64,
    times: Times,
    /// What stands out.
    words: Words,
    /// When somebody was told last.
    noticed: Option<Instant>,
    focus: Focus,
    new: Option<New>,
    /// Joins and leaves, which more may be added to.
    fold: Option<Fold>,
}

/// Something as it is drawn, in rows that each have an end.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    /// The joins and leaves before it, to which nothing is added any more.
    pub(super) finished: String,
    pub(super) rows: String,
    /// What tells somebody who looks elsewhere of it.
    pub(super) notice: String,
}

/// How much a line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attention {
    /// Somebody has said something.
    Said,
    /// Something for the user alone, or with a word that stands out.
    Meant,
}

/// What came while the window had not the focus.
#[derive(Debug)]
struct New {
    /// The lines that somebody has said.
    lines: usize,
    /// How many rows ago the rule stands; the most there can be if that is not certain.
    rows: usize,
}

/// The most rows at the bottom that are the client's own.
const AREA_ROWS: usize = 8;
/// In a lower window each join is a line.
const FOLD_ROWS: usize = 5;
/// In a narrower window the rule is not changed.
const RULE_COLUMNS: usize = 20;

impl Reader {
    pub(super) fn of(reading: Reading, colours: Colours) -> Reader {
        Reader {
            colours,
            language: Language::default(),
            size: (0, 0),
            noticed: None,
            now: 0,
            reading,
            times: Times::begin(),
            words: Words::default(),
            focus: Focus::Unknown,
            new: None,
            fold: None,
        }
    }

    /// How things are before something is drawn.
    pub(super) fn begin(&mut self, language: Language, name: Option<&str>, size: (usize, usize)) {
        (self.language, self.size) = (language, size);
        let words = self.reading.highlight.iter().map(String::as_str);
        self.words = Words::of(words.chain(name));
    }

    /// The row of joins and leaves that is not finished.
    pub(super) fn unfinished(&self) -> Option<String> {
        let fold = self.fold.as_ref()?;
        Some(behind(&fold.time, &fold.line(self.language)))
    }

    /// The same as a line: something else comes.
    pub(super) fn finish(&mut self) -> String {
        let mut out = String::new();
        if let Some(fold) = self.fold.take() {
            self.line(&mut out, &fold.line(self.language), &fold.time);
            self.passed(&out);
        }
        out
    }

    /// Draw something that came at this second since 1970.
    pub(super) fn show(&mut self, shown: &Shown, now: i64) -> Drawn {
        self.now = now;
        if let Shown::Received(heard) = shown
            && let Some(fold) = &mut self.fold
            && fold.add(&Line::parse(&heard.line))
        {
            return Drawn::default();
        }
        let finished = self.finish();
        let (mut out, mut notice) = (String::new(), None);
        match shown {
            Shown::Received(heard) => notice = self.heard(heard, &mut out),
            // It stands there as it was typed.
            Shown::Own { .. } | Shown::Typed(_) if self.is_plain() => {}
            Shown::Own { line, at, .. } => {
                let time = self.time(*at, &mut out);
                self.line(&mut out, line, &time);
            }
            Shown::Note(note) => {
                let time = self.time(None, &mut out);
                let note = behind(&time, &format!("-- {note}"));
                self.colours.dim(&mut out, &note, self.size.1);
            }
            Shown::Typed(typed) => {
                // What is answered begins with its time.
                self.times.minute = None;
                self.colours.dim(&mut out, typed, self.size.1);
            }
        }
        self.passed(&out);
        Drawn {
            finished,
            rows: out,
            notice: notice.unwrap_or_default(),
        }
    }

    /// Draw a line of the server. What tells somebody who looks elsewhere of it is not drawn, and comes last.
    fn heard(&mut self, heard: &Received, out: &mut String) -> Option<String> {
        let line = Line::parse(&heard.line);
        if let Some(mut fold) = Fold::begin(&heard.line).filter(|_| self.size.0 >= FOLD_ROWS) {
            fold.time = self.time(heard.at, out);
            self.fold = Some(fold);
            return None;
        }
        let said = said(&line);
        // Answers to commands need no time, and would be torn by one where they are drawings.
        if heard.room.is_none() && said.is_none() {
            self.colours.line(out, &line, self.size.1);
            return None;
        }
        let attention = self.attention(heard);
        if attention.is_some() && self.focus == Focus::Elsewhere {
            self.count(out);
        }
        let time = self.time(heard.at, out);
        // Nothing stands out that is read aloud.
        let look = match heard.is_old() || self.is_plain() {
            true => Look::Old,
            false => Look::New(&self.words),
        };
        self.colours.line_at(out, &line, self.size.1, (&time, look));
        if attention != Some(Attention::Meant) || self.focus == Focus::Here {
            return None;
        }
        let (name, text) = said?;
        let told = format!("{name}: {text}");
        notice(self.reading.notify, &told, &mut self.noticed)
    }

    /// How much a new line asks for the user's attention.
    pub(super) fn attention(&self, heard: &Received) -> Option<Attention> {
        let line = Line::parse(&heard.line);
        let (_, text) = said(&line).filter(|_| !heard.is_old())?;
        let is_meant = matches!(line, Line::Private { .. }) || self.words.find(text).is_some();
        Some(match is_meant {
            true => Attention::Meant,
            false => Attention::Said,
        })
    }

    /// As far as it is known, whether the user looks at what is drawn next. A page marks what is new itself, so its
    /// reader is never told that they look elsewhere.
    pub(super) fn look(&mut self, focus: Focus) {
        self.focus = focus;
    }

    /// All is drawn anew, from the beginning.
    pub(super) fn restart(&mut self) {
        (self.times, self.fold) = (Times::begin(), None);
    }

    fn is_plain(&self) -> bool {
        self.reading.manner == Manner::Plain
    }

    /// The window has the focus now, or has it no more. What there is to draw.
    pub(super) fn focus(&mut self, focus: Focus) -> String {
        self.focus = focus;
        let (rows, columns) = self.size;
        let Some(New { lines, rows: ago }) = self.new.take().filter(|_| focus == Focus::Here)
        else {
            return String::new();
        };
        if ago.saturating_add(AREA_ROWS) > rows || columns < RULE_COLUMNS {
            return String::new();
        }
        let mut rule = String::new();
        self.rule(&Phrase::New(lines).text(self.language), &mut rule);
        let rule = rule.trim_end_matches(LINE_END);
        format!("\x1b[{ago}A\r\x1b[2K{rule}\r\x1b[{ago}B")
    }

    /// Where things stand on the screen is not known any more.
    pub(super) fn lose_place(&mut self) {
        if let Some(new) = &mut self.new {
            new.rows = usize::MAX;
        }
    }

    /// One more line is new; the first has a rule above it.
    fn count(&mut self, out: &mut String) {
        match &mut self.new {
            Some(new) => new.lines += 1,
            None => {
                self.rule(&Phrase::New(0).text(self.language), out);
                let (lines, rows) = (1, 0);
                self.new = Some(New { lines, rows });
            }
        }
    }

    /// These rows were drawn below the rule, or with it.
    fn passed(&mut self, out: &str) {
        let columns = self.size.1;
        // Terminals differ about the width of signs.
        let widest = |row: &str| width(row) + row.chars().filter(|c| !c.is_ascii()).count();
        if let Some(new) = &mut self.new {
            new.rows = match out.split(LINE_END).any(|row| widest(row) > columns) {
                true => usize::MAX,
                false => new.rows.saturating_add(out.matches(LINE_END).count()),
            };
        }
    }

    /// What stands before a line that was said then; on another day than the line before, the date comes first.
    fn time(&mut self, at: Option<i64>, out: &mut String) -> String {
        if !self.reading.times {
            return String::new();
        }
        let at = at.unwrap_or(self.now);
        let (date, time) = self.times.pass(at, self.language).unwrap_or_default();
        if let Some(date) = date {
            self.rule(&date, out);
        }
        time
    }

    fn line(&self, out: &mut String, line: &str, time: &str) {
        let (line, how) = (Line::parse(line), (time, Look::New(&self.words)));
        self.colours.line_at(out, &line, self.size.1, how);
    }

    fn rule(&self, text: &str, out: &mut String) {
        let rule = format!("── {text} ──");
        let fits = text::columns(&rule) <= self.size.1 && !self.is_plain();
        let rule = if fits { &rule } else { text };
        self.colours.dim(out, rule, self.size.1);
    }
}

/// A text behind a time, if there is one.
fn behind(time: &str, text: &str) -> String {
    format!("{time} {text}").trim_start().to_owned()
}

/// Who has said the line, and what.
fn said<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
    match line {
        Line::Public { name, text, .. }
        | Line::Private { name, text, .. }
        | Line::Action { name, text } => Some((name, text)),
        Line::OtherRoom { line, .. } | Line::WithId { line, .. } => said(line),
        Line::Event(_) | Line::Error(_) | Line::Other(_) => None,
    }
}
