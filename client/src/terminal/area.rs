//! The rows at the bottom that are the client's own: joins and leaves that are not finished, the lines that wait for
//! the server, and below them the row being typed. They are erased before anything is shown above.
//!
//! When the window gets narrower, some terminals wrap these rows again and others cut them. Which of both
//! happened is told by the column in which the cursor is afterwards, so the terminal is asked for it.
//! Not done: if it is the last column, both can be, and until a terminal was known to wrap an old row may stay.
//! Invariant: each row was drawn narrower than the window was then; nothing above them is erased, unless a
//! terminal that wraps is known as such.

use std::mem;
use std::time::{Duration, Instant};

use crate::terminal::plain::PlainRow;
use crate::terminal::prompt::cut;
use crate::terminal::view::{Colours, DIM, HIDE};
use crate::terminal::wrap::LINE_END;
use crate::text;

/// Asks the terminal where the cursor is.
pub(super) const WHERE: &str = "\x1b[6n";
/// How long the answer is waited for. A terminal that gives none is not asked again.
const ANSWER_WAIT: Duration = Duration::from_millis(500);

/// Before a line that waits.
const MARK: &str = "… ";
/// Most lines that are shown waiting.
const MOST_WAITING: usize = 3;

/// What a terminal does with rows that are wider than its window has become.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Narrowing {
    #[default]
    Cuts,
    Wraps,
}

/// Whether the terminal was asked for the place of the cursor.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Asking {
    #[default]
    Not,
    /// The answer is awaited until then; whether the window has changed again meanwhile.
    Until(Instant, bool),
    /// It gives no answers.
    InVain,
}

/// What was drawn there last.
#[derive(Debug, Default)]
pub(super) struct Area {
    /// The widths of the rows above the one being typed.
    above: Vec<usize>,
    /// The column of the cursor in the row being typed.
    cursor: usize,
    narrowing: Narrowing,
    asking: Asking,
    /// In place of all that, for a screen reader.
    pub(super) plain: Option<PlainRow>,
}

impl Area {
    /// The window has another size. True if the terminal is to be asked `WHERE` now.
    pub(super) fn resized(&mut self, now: Instant) -> bool {
        match &mut self.asking {
            Asking::InVain => false,
            Asking::Until(_, is_stale) => {
                *is_stale = true;
                false
            }
            Asking::Not => {
                self.asking = Asking::Until(now + ANSWER_WAIT, false);
                true
            }
        }
    }

    /// The cursor is in this column, the first is 0. True if the terminal is to be asked once more.
    pub(super) fn answered(&mut self, column: usize, columns: usize, now: Instant) -> bool {
        let asking = mem::replace(&mut self.asking, Asking::Not);
        let Asking::Until(_, is_stale) = asking else {
            return false;
        };
        if is_stale {
            return self.resized(now);
        }
        // At the last column of the window the cursor may be for either reason.
        if self.cursor >= columns && columns > 0 {
            if column + 1 < columns {
                self.narrowing = Narrowing::Wraps;
            } else if self.cursor % columns + 1 < columns {
                self.narrowing = Narrowing::Cuts;
            }
        }
        false
    }

    /// Until when nothing is drawn, because the answer of the terminal is awaited.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.asking {
            Asking::Until(until, _) => Some(until),
            Asking::Not | Asking::InVain => None,
        }
    }

    /// Whether the rows can be drawn; a terminal that does not answer is not waited for any longer.
    pub(super) fn is_known(&mut self, now: Instant) -> bool {
        if self.deadline().is_some_and(|until| now >= until) {
            self.asking = Asking::InVain;
        }
        self.deadline().is_none()
    }

    /// Erase what was drawn, in a window that has so many columns now.
    pub(super) fn erase(&mut self, out: &mut String, columns: usize) {
        if let Some(row) = &mut self.plain {
            return row.leave(out);
        }
        let rows = |width: usize| match self.narrowing {
            Narrowing::Wraps => width.max(1).div_ceil(columns.max(1)),
            Narrowing::Cuts => 1,
        };
        let above: usize = self.above.iter().copied().map(rows).sum();
        let up = above + rows(self.cursor + 1) - 1;
        if up > 0 {
            out.push_str(&format!("\x1b[{up}A"));
        }
        out.push_str(HIDE);
        self.forget();
    }

    /// Draw the newest of the lines that wait for the server, in a window of so many rows and columns.
    pub(super) fn waiting(
        &mut self,
        out: &mut String,
        lines: &[String],
        colours: Colours,
        (rows, columns): (usize, usize),
    ) {
        for line in waiting(lines, rows) {
            self.row(out, &line, colours, columns);
        }
    }

    /// Draw a text in a row above the one being typed, cut where it does not fit.
    pub(super) fn row(&mut self, out: &mut String, text: &str, colours: Colours, columns: usize) {
        let row = cut(text, columns.saturating_sub(1));
        self.above.push(text::columns(&row));
        colours.styled(out, DIM, &row);
        out.push_str(LINE_END);
    }

    /// Another program had the terminal: nothing of what was drawn is known to be there.
    pub(super) fn forget(&mut self) {
        (self.above, self.cursor) = (Vec::new(), 0);
    }

    /// The row being typed was drawn, with the cursor in this column.
    pub(super) fn drawn(&mut self, cursor: usize) {
        self.cursor = cursor;
    }
}

/// The newest of the lines that wait for the server, for a window of so many rows.
pub(super) fn waiting(lines: &[String], rows: usize) -> impl Iterator<Item = String> {
    let most = MOST_WAITING.min(rows.saturating_sub(2));
    let older = lines.len().saturating_sub(most);
    let more = (older > 0 && most > 0).then(|| format!("+{older}"));
    let newest = lines[older..].iter().cloned();
    more.into_iter()
        .chain(newest)
        .map(|line| format!("{MARK}{line}"))
}
