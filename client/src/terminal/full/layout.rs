//! The rows of the whole screen, and what has to be written so that they stand there. It knows what is shown where, and
//! nothing of keys.
//!
//! Only what has changed is written, and a text that has moved up is scrolled by the terminal.
//! Invariant: a row is erased before it is written, and what stands beside it is written last, so that whatever a
//! terminal makes of a wide sign stays within the row.

use std::ops::Range;

use super::super::keys::Focus;
use super::super::prompt::cut;
use super::super::view::{CLEAR_SCREEN, DIM, PLAIN, REVERSE};
use super::{Full, Scene, people};
use crate::session::{Around, Linked};
use crate::text;
use crate::words::{Phrase, Status};

/// From so many columns on there is a column for who is here.
const PEOPLE_FROM: usize = 60;
/// From so many rows on there is one for the rooms, and from so many on one for the status.
const ROOMS_FROM: usize = 7;
const STATUS_FROM: usize = 4;
/// Between the parts of the status line.
const BETWEEN: &str = " · ";

/// What stands below the text.
#[derive(Debug)]
pub(in crate::terminal) struct Bottom {
    /// Rows above the status line: what waits, and what Tab would put in.
    pub(in crate::terminal) above: Vec<String>,
    /// The row being typed, with the cursor in its place.
    pub(in crate::terminal) row: String,
}

/// A row of the screen.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Row {
    text: String,
    /// What stands in the column of who is here.
    beside: String,
}

/// How many columns the text has.
pub(super) fn text_columns(scene: &Scene) -> usize {
    let columns = scene.size.1;
    match has_people(scene) {
        // A blank between them.
        true => columns - people::COLUMNS - 1,
        false => columns,
    }
}

fn has_people(scene: &Scene) -> bool {
    scene.around.here.is_some() && scene.size.1 >= PEOPLE_FROM
}

impl Full {
    /// What has to be written so that the screen is as it should be; nothing if it is.
    pub(in crate::terminal) fn frame(&mut self, bottom: &Bottom, scene: &Scene) -> String {
        self.arrange(scene);
        let (rows, text) = self.rows(bottom, scene);
        let mut out = String::new();
        if self.drawn.len() != rows.len() {
            out.push_str(CLEAR_SCREEN);
            self.drawn = vec![Row::default(); rows.len()];
        } else if let Some(up) = moved_up(&self.drawn[text.clone()], &rows[text.clone()]) {
            // Line feeds in the last row of a region move it up.
            let (first, last) = (text.start + 1, text.end);
            let feeds = "\n".repeat(up);
            out.push_str(&format!("\x1b[{first};{last}r\x1b[{last};1H{feeds}\x1b[r"));
            self.drawn[text.clone()].rotate_left(up);
            self.drawn[text.end - up..text.end].fill(Row::default());
        }
        let (all, columns) = scene.size;
        let column = columns.saturating_sub(people::COLUMNS) + 1;
        for (at, (row, drawn)) in rows.iter().zip(&self.drawn).enumerate() {
            let number = at + 1;
            if row.text != drawn.text {
                out.push_str(&format!("\x1b[{number};1H\x1b[2K{}{PLAIN}", row.text));
            }
            if row.text != drawn.text && !row.beside.is_empty() || row.beside != drawn.beside {
                out.push_str(&format!("\x1b[{number};{column}H\x1b[K{}", row.beside));
            }
        }
        self.drawn = rows;
        if !out.is_empty() || self.typed != bottom.row {
            self.typed.clone_from(&bottom.row);
            out.push_str(&format!("\x1b[{all};1H\x1b[2K{}", bottom.row));
        }
        out
    }

    /// All rows but the one being typed, and which of them are of the page.
    fn rows(&mut self, bottom: &Bottom, scene: &Scene) -> (Vec<Row>, Range<usize>) {
        let (all, columns) = scene.size;
        let has_rooms = all >= ROOMS_FROM;
        let has_status = all >= STATUS_FROM;
        let left = all.saturating_sub(1 + usize::from(has_rooms) + usize::from(has_status));
        let above = bottom.above.len().min(left.saturating_sub(1));
        let above = &bottom.above[bottom.above.len() - above..];
        self.height = left - above.len();
        let window = self.window(scene);
        let (height, focus) = (self.height, self.focus);
        let page = self.page();
        if focus != Focus::Elsewhere {
            page.see();
        }
        page.fit(&window);
        let text = page.visible(height, scene.language);
        let mut rows = Vec::with_capacity(all);
        let alone = |text| Row {
            text,
            beside: String::new(),
        };
        if has_rooms {
            rows.push(alone(bar(&self.rooms_row(columns), columns)));
        }
        let colours = self.colours;
        let here = scene.around.here.filter(|_| has_people(scene));
        let mut beside = here.map(|here| people::rows(here, height, colours).into_iter());
        let first = rows.len();
        for text in text {
            let beside = beside.as_mut().and_then(Iterator::next).unwrap_or_default();
            rows.push(Row { text, beside });
        }
        let text = first..rows.len();
        for row in above {
            let mut drawn = String::new();
            colours.styled(&mut drawn, DIM, &cut(row, columns.saturating_sub(1)));
            rows.push(alone(drawn));
        }
        if has_status {
            rows.push(alone(bar(&self.status(scene), columns)));
        }
        (rows, text)
    }

    /// The user's rooms with their numbers; that of the page in brackets, and those with something new with how much. If
    /// they do not fit, those go first that ask for the least.
    fn rooms_row(&self, columns: usize) -> String {
        let here = &self.pages[self.current].name;
        let listed = self.listed().filter(|page| !page.name.is_empty());
        let rooms = (1..).zip(listed).map(|(number, page)| match page.news() {
            _ if page.name == *here => (0, format!("[{number} {}]", page.name)),
            Some((lines, true)) => (1, format!(" {number} {} ({lines}!) ", page.name)),
            Some((lines, false)) => (2, format!(" {number} {} ({lines}) ", page.name)),
            None => (3, format!(" {number} {} ", page.name)),
        });
        let mut rooms: Vec<(u8, String)> = rooms.collect();
        let mut left_out = "";
        loop {
            let row: String = rooms.iter().map(|room| room.1.as_str()).collect();
            let row = row + left_out;
            let others = (0..rooms.len()).filter(|&at| rooms[at].0 > 0);
            let least = others.max_by_key(|&at| rooms[at].0);
            match least.filter(|_| text::columns(&row) > columns) {
                Some(at) => drop(rooms.remove(at)),
                None => return row,
            }
            left_out = "…";
        }
    }

    /// What is special, who the user is, where, with how many.
    fn status(&self, scene: &Scene) -> String {
        let below = self.pages[self.current].below();
        let text = |status: Status| status.text(scene.language);
        let Around {
            room, here, link, ..
        } = &scene.around;
        let offline = (*link == Linked::Away).then(|| Phrase::Offline.text(scene.language));
        let special = match &self.query {
            Some(_) => Some(text(Status::SearchKeys)),
            None => (below > 0).then(|| text(Status::Below(below))),
        };
        let keys = special.is_none().then(|| text(Status::Keys));
        let parts = [
            offline,
            special,
            scene.name.map(str::to_owned),
            room.map(|room| format!("#{room}")),
            here.map(|here| text(Status::Here(here.count()))),
            keys,
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!(" {}", parts.join(BETWEEN))
    }
}

/// By how many rows the text has moved up, if nothing else has happened to it than that others came below.
fn moved_up(drawn: &[Row], rows: &[Row]) -> Option<usize> {
    let texts = |rows: &[Row], other: &[Row]| {
        let mut pairs = rows.iter().zip(other);
        pairs.all(|(row, other)| row.text == other.text)
    };
    let found = (0..rows.len()).find(|&up| texts(&drawn[up..], rows));
    found.filter(|&up| up > 0)
}

/// A row across the whole screen, in reverse.
fn bar(content: &str, columns: usize) -> String {
    let content = cut(content, columns);
    let blanks = " ".repeat(columns.saturating_sub(text::columns(&content)));
    format!("{REVERSE}{content}{blanks}{PLAIN}")
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
