//! Days, as short as a narrow window needs them.

use jiff::civil::Date;

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
