//! Times of day: what a clock shows in a zone, with its rules for summer time, and which moment somebody
//! means who types a time.
//!
//! It reads no clock and no file: the rules of the zones are part of the program, those of the host come as
//! an argument. Invariant: what is typed never names another zone or another day than it says.

mod zone;

use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan};
pub use zone::Zone;

/// What time it is, and where.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Clock {
    /// Seconds since 1970, in UTC.
    pub at: i64,
    /// Milliseconds since that second.
    pub ms: u16,
    /// Where.
    pub zone: Zone,
}

/// A moment as a clock shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Local {
    /// The day.
    pub day: Day,
    /// The time of day.
    time: Time,
}

/// A day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Day(Date);

/// A moment of before, as typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// So long ago.
    Ago(Duration),
    /// When it was so late last: today or yesterday.
    Last(Minute),
    /// So many days before today, at its beginning or at this time.
    DaysBack(u8, Option<Minute>),
    /// On this day, at its beginning or at this time.
    On(Day, Option<Minute>),
}

/// A time of day, to the minute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Minute(Time);

impl Clock {
    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.at.saturating_mul(1000).saturating_add(self.ms.into())
    }

    /// The clock as it was so long before.
    pub fn earlier(self, age: Duration) -> Clock {
        let millis = self.millis_ago(age);
        Clock {
            at: millis.div_euclid(1000),
            ms: millis.rem_euclid(1000) as u16,
            ..self
        }
    }

    /// What it shows now.
    pub fn now(self) -> Local {
        self.local(self.millis())
    }

    /// What it showed so long ago.
    pub fn ago(self, age: Duration) -> Local {
        self.local(self.millis_ago(age))
    }

    /// What one types for the minute that it was so long ago: `10:31`, or `2026-11-25 10:31` if it has been so
    /// late again since.
    pub fn typed(self, age: Duration) -> String {
        let Local { day, time } = self.ago(age);
        let minute = Minute::new(time.hour(), time.minute());
        let last = minute.map(|minute| self.time_of(Moment::Last(minute)));
        let minute = format_args_of(time, false);
        match last.is_some_and(|last| last <= self.millis_ago(age)) {
            true => minute.to_string(),
            false => format!("{} {minute}", day.0),
        }
    }

    /// The second that it was so long ago, counted from 1970.
    pub fn second_of(self, age: Duration) -> i64 {
        self.millis_ago(age).div_euclid(1000)
    }

    fn millis_ago(self, age: Duration) -> i64 {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        self.millis().saturating_sub(age)
    }

    /// How long ago this time was, in milliseconds since 1970.
    pub fn since(self, millis: i64) -> Duration {
        let since = self.millis().saturating_sub(millis).max(0);
        Duration::from_millis(since.unsigned_abs())
    }

    /// What it shows at this time, in milliseconds since 1970.
    pub fn local(self, millis: i64) -> Local {
        let at = Timestamp::from_millisecond(millis).unwrap_or_default();
        let local = self.zone.rules().to_datetime(at);
        Local {
            day: Day(local.date()),
            time: local.time(),
        }
    }

    /// When that was, in milliseconds since 1970.
    pub fn time_of(self, moment: Moment) -> i64 {
        let now = self.now();
        let before = |days: i64| {
            let day = now.day.0.checked_sub(days.days());
            Day(day.unwrap_or(Date::MIN))
        };
        let (day, minute) = match moment {
            Moment::Ago(age) => return self.millis_ago(age),
            Moment::Last(minute) => {
                let was_today = minute.0 <= now.time;
                (before(i64::from(!was_today)), Some(minute))
            }
            Moment::DaysBack(days, minute) => (before(days.into()), minute),
            Moment::On(day, minute) => (day, minute),
        };
        let time = minute.map_or(Time::midnight(), |minute| minute.0);
        let at = self.zone.rules().to_timestamp(day.0.to_datetime(time));
        at.unwrap_or_default().as_millisecond()
    }
}

/// The time of day with seconds.
impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.now().with_seconds())
    }
}

impl Local {
    /// `10:31`.
    pub fn minute(self) -> impl fmt::Display {
        format_args_of(self.time, false)
    }

    /// Whether a day begins.
    pub fn is_midnight(self) -> bool {
        self.time == Time::midnight()
    }

    /// `10:31:05`.
    pub fn with_seconds(self) -> impl fmt::Display {
        format_args_of(self.time, true)
    }
}

fn format_args_of(time: Time, has_seconds: bool) -> impl fmt::Display {
    struct Shown(Time, bool);
    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())?;
            match self.1 {
                true => write!(f, ":{:02}", self.0.second()),
                false => Ok(()),
            }
        }
    }
    Shown(time, has_seconds)
}

impl Day {
    /// A day of the calendar.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Day> {
        Date::new(year, month, day).ok().map(Day)
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month: January is 0.
    pub fn month(self) -> usize {
        usize::from(self.0.month().unsigned_abs()) - 1
    }

    /// The day of the month: the first is 1.
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// The day of the week: Monday is 0.
    pub fn weekday(self) -> usize {
        usize::from(self.0.weekday().to_monday_zero_offset().unsigned_abs())
    }
}

impl Minute {
    /// A time of day.
    pub fn new(hour: i8, minute: i8) -> Option<Minute> {
        Time::new(hour, minute, 0, 0).ok().map(Minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clock in this zone at this time in UTC.
    fn clock(zone: &str, utc: &str) -> Clock {
        let at: Timestamp = utc.parse().expect("a time");
        Clock {
            at: at.as_second(),
            ms: 0,
            zone: Zone::parse(zone).expect(zone),
        }
    }

    #[test]
    fn what_one_types_for_a_minute_of_before_is_that_minute() {
        let clock = clock("Europe/Lisbon", "2026-11-26T10:31:05Z");
        let typed = |seconds| clock.typed(Duration::from_secs(seconds));
        assert_eq!(typed(0), "10:31");
        assert_eq!(typed(6), "10:30");
        assert_eq!(typed(11 * 3600), "23:31", "that was yesterday");
        assert_eq!(typed(24 * 3600 - 60), "10:32");
        assert_eq!(typed(24 * 3600 - 5), "2026-11-25 10:31");
        assert_eq!(typed(30 * 24 * 3600), "2026-10-27 10:31");
    }

    #[test]
    fn a_clock_follows_summer_time() {
        let lisbon = clock("Europe/Lisbon", "2026-11-26T10:31:05Z");
        assert_eq!(lisbon.to_string(), "10:31:05");
        let summer: Timestamp = "2026-07-01T10:31:05Z".parse().expect("a time");
        let local = lisbon.local(summer.as_millisecond());
        assert_eq!(local.minute().to_string(), "11:31");
        assert_eq!(local.with_seconds().to_string(), "11:31:05");
        assert_eq!(lisbon.zone.ahead(summer.as_second()).to_string(), "UTC+1");
        assert_eq!(lisbon.zone.ahead(lisbon.at).to_string(), "UTC");
        let newfoundland = clock("-3:30", "2026-11-26T01:00:00Z");
        assert_eq!(newfoundland.zone.ahead(0).to_string(), "UTC-3:30");
        let local = newfoundland.now();
        let day = local.day;
        assert_eq!(
            (day.year(), day.month(), day.day(), day.weekday()),
            (2026, 10, 25, 2)
        );
        assert_eq!(local.minute().to_string(), "21:30");
    }

    #[test]
    fn a_line_is_told_again_in_the_second_in_which_it_was_said() {
        let said = clock("UTC", "2026-11-26T10:31:05Z").earlier(Duration::from_millis(10));
        assert_eq!((said.at % 60, said.ms), (4, 990));
        let later = Clock {
            ms: 10,
            ..clock("UTC", "2026-11-26T10:31:09Z")
        };
        assert_eq!(later.second_of(Duration::from_millis(4020)), said.at);
    }

    #[test]
    fn moments_as_typed() {
        let check = |zone: &str, moment: Moment, expected: &str| {
            let clock = clock(zone, "2026-11-26T12:00:00Z");
            let expected: Timestamp = expected.parse().expect("a time");
            assert_eq!(
                clock.time_of(moment),
                expected.as_millisecond(),
                "{moment:?}"
            );
        };
        let minute = |h, m| Minute::new(h, m).expect("a time");
        let day = |y, m, d| Day::new(y, m, d).expect("a day");
        let ago = Moment::Ago(Duration::from_secs(7200));
        check("+1", ago, "2026-11-26T10:00:00Z");
        check("+1", Moment::Last(minute(10, 30)), "2026-11-26T09:30:00Z");
        check("+1", Moment::Last(minute(13, 0)), "2026-11-26T12:00:00Z");
        check("+1", Moment::Last(minute(13, 1)), "2026-11-25T12:01:00Z");
        check("UTC", Moment::DaysBack(1, None), "2026-11-25T00:00:00Z");
        check(
            "UTC",
            Moment::DaysBack(0, Some(minute(8, 5))),
            "2026-11-26T08:05:00Z",
        );
        check(
            "Lisbon",
            Moment::On(day(2026, 7, 1), None),
            "2026-06-30T23:00:00Z",
        );
        // An hour that there was not, and one that there was twice.
        let gap = Moment::On(day(2026, 3, 29), Some(minute(1, 30)));
        check("Lisbon", gap, "2026-03-29T01:30:00Z");
        let fold = Moment::On(day(2026, 10, 25), Some(minute(1, 30)));
        check("Lisbon", fold, "2026-10-25T00:30:00Z");
        for (clock, moment) in [
            (Clock::default(), Moment::Ago(Duration::MAX)),
            (
                clock("+14", "2026-11-26T12:00:00Z"),
                Moment::On(day(-9999, 1, 1), None),
            ),
            (
                clock("-14", "2026-11-26T12:00:00Z"),
                Moment::On(day(9999, 12, 31), None),
            ),
        ] {
            let at = clock.time_of(moment);
            let _ = clock.local(at);
        }
        assert_eq!(Day::new(2026, 2, 29), None);
        assert_eq!(Minute::new(24, 0), None);
    }
}
