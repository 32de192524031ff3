//! Texts about lines of before and their times, in Portuguese.

use std::fmt::{self, Write};

use super::Lines;
use crate::clock::Day;

const WEEKDAYS: [&str; 7] = [
    "segunda-feira",
    "terça-feira",
    "quarta-feira",
    "quinta-feira",
    "sexta-feira",
    "sábado",
    "domingo",
];
const MONTHS: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

/// The lines that follow are of this day.
pub(in crate::dialect::words) fn day(day: Day, out: &mut Lines) -> fmt::Result {
    write!(out, "--- {} ---", Date(day))
}

/// `quinta-feira, 26 de novembro de 2026`.
struct Date(Day);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (weekday, month) = (WEEKDAYS[self.0.weekday()], MONTHS[self.0.month()]);
        let (day, year) = (self.0.day(), self.0.year());
        write!(f, "{weekday}, {day} de {month} de {year}")
    }
}
