//! What a turn has to show, drawn in one write: the rows at the bottom are erased, the new lines stand above, the rows
//! are drawn again. A screen of its own has all of it redrawn where it has changed.

use std::time::Instant;
use std::{io, mem};

use super::App;
use crate::session::{Input, Prompt, Session, Shown};
use crate::terminal::editor::Mode;
use crate::terminal::full::{Bottom, Full, Scene};
use crate::terminal::pace::Due;
use crate::terminal::prompt;
use crate::terminal::row::{Row, masked};
use crate::terminal::{area, times};
use crate::text;
use crate::words::Phrase;

impl<S: Session> App<S> {
    pub(super) fn show(&mut self, shown: Vec<Shown>) {
        if !shown.is_empty() {
            self.due = self.due.max(Some(Due::Lines));
        }
        if let Some(full) = &mut self.full {
            let scene = scene(&self.session, self.terminal.size());
            return self.screen.show(full.show(shown, &scene));
        }
        let (language, name) = (self.session.language(), self.session.own_name());
        self.reader.begin(language, name, self.terminal.size());
        for shown in &shown {
            let drawn = self.reader.show(shown, times::now());
            self.screen
                .show(drawn.finished + &drawn.rows + &drawn.notice);
        }
    }

    pub(super) fn hint(&mut self, what: &str) {
        self.show(vec![Shown::Note(what.to_owned())]);
    }

    /// Erase the rows at the bottom before another program gets the terminal.
    pub(super) fn hide(&mut self) -> io::Result<()> {
        let mut out = String::new();
        self.lose_place();
        if self.full.is_none() {
            self.area.erase(&mut out, self.terminal.size().1);
        }
        self.screen.send(&out)?;
        self.screen.finish().map(drop)
    }

    /// Erase the rows at the bottom, write the new lines, draw the rows again, in one write.
    pub(super) fn draw(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if let Some(due) = self.due
            && self.area.is_known(now)
            && self.screen.may_begin(due, now)
        {
            let mut frame = self.frame();
            self.draw_row(&mut frame);
            if !frame.is_empty() {
                self.screen.begin(&frame, due, now)?;
            }
            self.due = self.screen.has_lines().then_some(Due::Lines);
        }
        Ok(())
    }

    /// Show what is left, without the rows at the bottom.
    pub(super) fn draw_last(&mut self) -> io::Result<()> {
        loop {
            // A terminal that takes nothing gets no more.
            if !self.screen.finish()? || !self.screen.has_lines() {
                return Ok(());
            }
            let frame = self.frame();
            self.screen.send(&frame)?;
        }
    }

    /// The lines of the next frame, where the rows at the bottom stand.
    fn frame(&mut self) -> String {
        let mut frame = String::new();
        let is_erased = self.area.plain.is_none() || self.screen.has_lines();
        if is_erased && self.full.is_none() {
            self.area.erase(&mut frame, self.terminal.size().1);
        }
        frame + &self.screen.take_lines()
    }

    /// A screen reader hears what is sent, also if it came all at once and no frame had it.
    pub(super) fn echo(&mut self) -> io::Result<()> {
        if self.area.plain.is_none() {
            return Ok(());
        }
        let mut row = String::new();
        self.draw_row(&mut row);
        self.screen.send(&row)
    }

    /// Draw the row being typed, and what stands around it.
    fn draw_row(&mut self, out: &mut String) {
        let (rows, columns) = self.terminal.size();
        let (prompt, typed, cursor) = self.typing(columns);
        let colours = self.reader.colours;
        if let Some(row) = &mut self.area.plain {
            return row.draw(out, &prompt.text, &typed);
        }
        let row = Row {
            prompt: &prompt.text,
            name: prompt.name.as_deref(),
            text: &typed,
            cursor,
            columns,
        };
        let mut drawn = String::new();
        let cursor = row.draw(&mut drawn, colours);
        if let Some(full) = &mut self.full {
            let waiting = area::waiting(&prompt.waiting, rows);
            let above = self.editor.candidates().into_iter().chain(waiting);
            let bottom = Bottom {
                above: above.collect(),
                row: drawn,
            };
            let scene = scene(&self.session, (rows, columns));
            return out.push_str(&full.frame(&bottom, &scene));
        }
        let above = [self.reader.unfinished(), self.editor.candidates()];
        for row in above.iter().flatten() {
            self.area.row(out, row, colours, columns);
        }
        self.area
            .waiting(out, &prompt.waiting, colours, (rows, columns));
        self.area.drawn(cursor);
        out.push_str(&drawn);
    }

    /// The prompt as it is shown now, the text behind it, and the cursor's place in that.
    fn typing(&self, columns: usize) -> (Prompt, String, usize) {
        let (text, cursor) = (self.editor.text(), self.editor.cursor());
        let (mut prompt, language) = (self.session.prompt(), self.session.language());
        let mut search = |query: &str, has_failed| {
            let query = prompt::cut(query, columns / 2);
            let phrase = match has_failed {
                true => Phrase::SearchFails(&query),
                false => Phrase::Search(&query),
            };
            (prompt.text, prompt.name) = (phrase.text(language), None);
        };
        let searched = self.full.as_ref().and_then(Full::search);
        if let Some((query, has_failed)) = searched.filter(|_| self.is_chat()) {
            search(query, has_failed);
            // As a text it is shown in any window.
            let phrase = mem::take(&mut prompt.text);
            let cursor = phrase.len();
            return (prompt, phrase, cursor);
        }
        match (&prompt.input, self.editor.mode()) {
            (Input::Secret, _) => {
                let cursor = masked(&text[..cursor]).len();
                return (prompt, masked(text), cursor);
            }
            (Input::Answer, _) => {}
            (Input::Chat, Mode::Typing) => {
                let progress = self.block.progress();
                prompt.text = prompt::label(&prompt, text, progress, language, columns);
            }
            (Input::Chat, Mode::Searching(found)) => search(&found.query, found.has_failed),
            (Input::Chat, &Mode::Asking(lines)) => {
                let phrases = [Phrase::SendLines(lines), Phrase::SendLinesShort(lines)];
                let mut phrases = phrases.into_iter().map(|phrase| phrase.text(language));
                let fits = |phrase: &String| text::columns(phrase) < columns;
                let question = phrases.find(fits).unwrap_or_default();
                prompt.text.clear();
                let cursor = question.len();
                return (prompt, question, cursor);
            }
        }
        (prompt, text.to_owned(), cursor)
    }
}

/// What a screen of its own shows of the session.
fn scene<S: Session>(session: &S, size: (usize, usize)) -> Scene<'_> {
    Scene {
        language: session.language(),
        name: session.own_name(),
        around: session.around(),
        size,
    }
}
