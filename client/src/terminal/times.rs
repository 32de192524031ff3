//! When lines were said, told where that is new: the time of day when the minute is another one than that of the
//! line before, the date when the day is. Times are those of this computer's zone. It draws nothing.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::words::{self, Language};

/// The minute and the day of the last line.
#[derive(Debug)]
pub(super) struct Times {
    minute: Option<i64>,
    day: Option<Date>,
}

impl Times {
    /// Lines of today need no date.
    pub(super) fn begin() -> Times {
        let day = local(now()).map(|(day, _)| day);
        Times { minute: None, day }
    }

    /// A line was said at this second since 1970: the date that stands above it, and the time before it.
    pub(super) fn pass(&mut self, at: i64, language: Language) -> Option<(Option<String>, String)> {
        let minute = at.div_euclid(60);
        if self.minute.replace(minute) == Some(minute) {
            return None;
        }
        let (day, time) = local(at)?;
        let is_other = self.day.replace(day) != Some(day);
        Some((is_other.then(|| words::date(language, day)), time))
    }
}

/// The seconds since 1970.
pub(super) fn now() -> i64 {
    Timestamp::now().as_second()
}

/// The day and `10:31`; no time is told that no calendar has.
fn local(at: i64) -> Option<(Date, String)> {
    let at = Timestamp::from_second(at)
        .ok()?
        .to_zoned(TimeZone::system());
    Some((at.date(), format!("{:02}:{:02}", at.hour(), at.minute())))
}
