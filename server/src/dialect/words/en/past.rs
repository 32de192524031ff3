//! Texts about lines of before and their times, in English.

use std::fmt::{self, Write};

use super::Lines;
use crate::clock::Day;

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The lines that follow are of this day.
pub(in crate::dialect::words) fn day(day: Day, out: &mut Lines) -> fmt::Result {
    write!(out, "--- {} ---", Date(day))
}

/// `Thursday, 26 November 2026`.
struct Date(Day);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (weekday, month) = (WEEKDAYS[self.0.weekday()], MONTHS[self.0.month()]);
        write!(f, "{weekday}, {} {month} {}", self.0.day(), self.0.year())
    }
}
