//! What stands before lines of before: their day, and what they answer. The texts are in past.rs of each
//! language.

use super::{Lang, Lines, en, pt};
use crate::clock::{Clock, Day};
use crate::hub::Page;

/// A line for the day of the lines of before that follow.
pub fn day(lang: Lang, day: Day, lines: &mut Lines) {
    let said = match lang {
        Lang::En => en::past::day(day, lines),
        Lang::Pt => pt::past::day(day, lines),
    };
    said.expect("Lines takes everything");
}

/// What a page of lines of before is about, which stands before them; nothing if that is clear.
pub fn page(lang: Lang, clock: Clock, page: &Page, lines: &mut Lines) {
    let said = match lang {
        Lang::En => en::past::page(clock, page, lines),
        Lang::Pt => pt::past::page(clock, page, lines),
    };
    said.expect("Lines takes everything");
}
