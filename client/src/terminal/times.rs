//! When lines were said, told where that is new: the time of day when the minute is another one than that of the
//! line before, the date when the day is. Times are those of this computer's zone. It draws nothing.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::words::{self, Language};

/// The minute and the day of the last line.
#[derive(Debug)]
pub(super) struct Times {
    pub(super) minute: Option<i64>,
    day: Option<Date>,
}

impl Times {
    /// Lines of today need no date.
    pub(super) fn begin() -> Times {
        let day = words::local(now()).map(|at| at.date());
        Times { minute: None, day }
    }

    /// A line was said at this second since 1970: the date that stands above it, and the time before it.
    pub(super) fn pass(&mut self, at: i64, language: Language) -> Option<(Option<String>, String)> {
        let minute = at.div_euclid(60);
        if self.minute.replace(minute) == Some(minute) {
            return None;
        }
        let at = words::local(at)?;
        let (day, time) = (at.date(), at.strftime("%H:%M").to_string());
        let is_other = self.day.replace(day) != Some(day);
        Some((is_other.then(|| words::date(language, day)), time))
    }
}

/// The seconds since 1970.
pub(super) fn now() -> i64 {
    Timestamp::now().as_second()
}
