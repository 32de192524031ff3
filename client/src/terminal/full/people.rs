//! The column of who is here, in rows of one width. It keeps nothing.

use super::super::prompt::cut;
use super::super::view::{Colours, DIM};
use crate::session::people::Here;
use crate::text;

/// Columns of it, with the line before it.
pub(super) const COLUMNS: usize = 18;
/// What stands before each row.
const BEFORE: &str = "│ ";

/// So many rows of it: the names in alphabetical order, and how many others there are.
pub(super) fn rows(here: &Here, height: usize, colours: Colours) -> Vec<String> {
    let names = here.names.len();
    let fit = match here.count() > height || here.others > 0 {
        true => names.min(height.saturating_sub(1)),
        false => names,
    };
    let columns = COLUMNS - text::columns(BEFORE);
    let mut before = String::new();
    colours.styled(&mut before, DIM, BEFORE);
    let named = here.names.values().take(fit).map(|name| {
        let mut row = before.clone();
        colours.name(&mut row, name, &cut(name, columns));
        row
    });
    let mut rows: Vec<String> = named.collect();
    let others = here.count() - fit;
    if others > 0 && rows.len() < height {
        rows.push(before.clone() + &cut(&format!("+{others}"), columns));
    }
    rows.resize(height, before);
    rows
}
