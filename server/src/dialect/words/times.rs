//! What stands before lines of before: their day, and what they answer. The texts are in past.rs of each
//! language.

use super::{Lang, Lines, en, pt};
use crate::clock::{Clock, Day};
use crate::hub::name::Name;
use crate::hub::{Missed, Page};

/// A line for the day of the lines of before that follow.
pub fn day(lang: Lang, day: Day, lines: &mut Lines) {
    let said = match lang {
        Lang::En => en::past::day(day, lines),
        Lang::Pt => pt::past::day(day, lines),
    };
    said.expect("Lines takes everything");
}

/// What somebody who is back has missed, and how they are told more of it.
pub fn missed(lang: Lang, clock: Clock, room: Option<&Name>, missed: Missed, lines: &mut Lines) {
    let said = match lang {
        Lang::En => en::rooms::missed(clock, room, missed, lines),
        Lang::Pt => pt::rooms::missed(clock, room, missed, lines),
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
