//! The column of who is here, in rows of one width. It keeps nothing.

use super::super::prompt::cut;
use super::super::view::{Colours, DIM, PLAIN};
use crate::session::people::People;
use crate::text;

/// Columns of it, with the line before it.
pub(super) const COLUMNS: usize = 18;
/// What stands before each row.
const BEFORE: &str = "│ ";

/// So many rows of it: the names in alphabetical order, and how many others there are.
pub(super) fn rows(people: &People, height: usize, colours: Colours) -> Vec<String> {
    let mut names: Vec<&String> = people.names.iter().collect();
    names.sort_by_key(|name| name.to_lowercase());
    let fit = match names.len() + usize::from(people.others > 0) > height {
        true => height.saturating_sub(1),
        false => names.len(),
    };
    let others = people.others + names.len().saturating_sub(fit);
    let mut rows: Vec<String> = names
        .into_iter()
        .take(fit)
        .map(|name| {
            let mut row = before();
            let columns = COLUMNS - text::columns(BEFORE);
            colours.name(&mut row, name, &cut(name, columns));
            row
        })
        .collect();
    if others > 0 && rows.len() < height {
        rows.push(format!("{}+{others}", before()));
    }
    rows.resize_with(height, before);
    rows
}

fn before() -> String {
    format!("{DIM}{BEFORE}{PLAIN}")
}
