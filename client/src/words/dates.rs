//! Days, as short as a narrow window needs them, and times for programs.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::Language;

const DAYS: &str = "seg ter qua qui sex sáb dom";
const MONTHS: &str = "jan fev mar abr mai jun jul ago set out nov dez";

/// `Fri 27 Nov 2026`.
pub(crate) fn date(language: Language, date: Date) -> String {
    if language == Language::En {
        return date.strftime("%a %-d %b %Y").to_string();
    }
    let word = |words: &'static str, at: i8| words.split(' ').nth(at.unsigned_abs().into());
    let day = word(DAYS, date.weekday().to_monday_zero_offset()).unwrap_or_default();
    let month = word(MONTHS, date.month() - 1).unwrap_or_default();
    format!("{day} {} {month} {}", date.day(), date.year())
}

/// `2026-11-27 10:31:05`, in this computer's zone.
pub(crate) fn stamp(at: i64) -> Option<String> {
    Some(local(at)?.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// A second since 1970 in this computer's zone; no time is told that no calendar has.
pub(crate) fn local(at: i64) -> Option<Zoned> {
    let at = Timestamp::from_second(at).ok()?;
    Some(at.to_zoned(TimeZone::system()))
}
