//! Days, as short as a narrow window needs them.

use jiff::civil::Date;

use super::Language;

const DAYS: [&str; 2] = ["Mon Tue Wed Thu Fri Sat Sun", "seg ter qua qui sex sáb dom"];
const MONTHS: [&str; 2] = [
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "jan fev mar abr mai jun jul ago set out nov dez",
];

/// `Fri 27 Nov 2026`.
pub(crate) fn date(language: Language, date: Date) -> String {
    let [day, month] = match language {
        Language::En => [DAYS[0], MONTHS[0]],
        Language::Pt => [DAYS[1], MONTHS[1]],
    };
    let word = |words: &'static str, at: i8| words.split(' ').nth(at.unsigned_abs().into());
    let day = word(day, date.weekday().to_monday_zero_offset()).unwrap_or_default();
    let month = word(month, date.month() - 1).unwrap_or_default();
    format!("{day} {} {month} {}", date.day(), date.year())
}
