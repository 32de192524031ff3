//! The answer to `/online` in the form of the older systems, in either language.

use std::fmt::{self, Write};

use super::{Lang, Lines, en, list, pairs, pt};
use crate::hub::Notice;

/// The answer to `/online` as the older systems gave it: names without numbers.
pub fn online(lang: Lang, notice: &Notice, lines: &mut Lines) {
    let Notice::Online {
        here,
        away: _,
        elsewhere,
        others_elsewhere,
        direct,
        others_direct,
    } = notice
    else {
        return;
    };
    let (in_rooms, directly) = match lang {
        Lang::En => ("in other rooms", "directly"),
        Lang::Pt => ("em outras salas", "direto"),
    };
    let others = match lang {
        Lang::En => en::others,
        Lang::Pt => pt::others,
    };
    let mut say = || {
        write!(lines, "Online: ")?;
        list(&here.names, ", ", lines)?;
        others(here.others, lines)?;
        if !elsewhere.is_empty() {
            lines.next();
            write!(lines, "Online {in_rooms}: ")?;
            pairs(elsewhere, lines)?;
            others(*others_elsewhere, lines)?;
        }
        if !direct.is_empty() {
            lines.next();
            write!(lines, "Online {directly}: ")?;
            list(direct, ", ", lines)?;
            others(*others_direct, lines)?;
        }
        fmt::Result::Ok(())
    };
    say().expect("Lines takes everything");
}
