//! What there is to show as it is read: lines, and the marks between them. It writes nothing itself.

use super::times::Times;
use super::view::{Colours, Look};
use crate::reading::Reading;
use crate::session::protocol::Line;
use crate::session::{Shown, When};
use crate::text;
use crate::words::Language;

/// See the top of this file.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) colours: Colours,
    pub(super) language: Language,
    /// Columns of the window.
    pub(super) columns: usize,
    reading: Reading,
    times: Times,
}

impl Reader {
    pub(super) fn of(reading: Reading, colours: Colours) -> Reader {
        Reader {
            colours,
            language: Language::default(),
            columns: 0,
            reading,
            times: Times::begin(),
        }
    }

    /// Draw something.
    pub(super) fn show(&mut self, shown: Shown) -> String {
        let mut out = String::new();
        let (line, at, when) = match shown {
            Shown::Received(heard) => {
                let line = Line::parse(&heard.line);
                // Answers to commands need no time, and would be torn by one where they are drawings.
                if heard.room.is_none() && !is_said(&line) {
                    self.colours.line(&mut out, &line, self.columns);
                    return out;
                }
                (heard.line, heard.at, heard.when)
            }
            Shown::Own { line, at } => (line, at, When::Now),
            Shown::Note(note) => {
                let time = self.time(None, &mut out);
                let space = if time.is_empty() { "" } else { " " };
                let note = format!("{time}{space}-- {note}");
                self.colours.dim(&mut out, &note, self.columns);
                return out;
            }
            Shown::Typed(typed) => {
                self.colours.dim(&mut out, &typed, self.columns);
                return out;
            }
        };
        let look = Look {
            time: &self.time(at, &mut out),
            is_old: when == When::Before,
        };
        let line = Line::parse(&line);
        self.colours.line_with(&mut out, &line, self.columns, &look);
        out
    }

    /// What stands before a line that was said then; on another day than the line before, the date comes first.
    fn time(&mut self, at: Option<i64>, out: &mut String) -> String {
        if !self.reading.times {
            return String::new();
        }
        let (date, time) = self.times.pass(at, self.language).unwrap_or_default();
        if let Some(date) = date {
            self.rule(&date, out);
        }
        time
    }

    fn rule(&self, text: &str, out: &mut String) {
        let rule = format!("── {text} ──");
        let fits = text::columns(&rule) <= self.columns;
        let rule = if fits { &rule } else { text };
        self.colours.dim(out, rule, self.columns);
    }
}

/// Whether somebody has said the line.
fn is_said(line: &Line) -> bool {
    match line {
        Line::Public { .. } | Line::Private { .. } | Line::Action { .. } => true,
        Line::OtherRoom { line, .. } | Line::WithId { line, .. } => is_said(line),
        Line::Event(_) | Line::Error(_) | Line::Other(_) => false,
    }
}
