//! Time zones, as people name them: a city, a zone of the database, or how far it is ahead of UTC.
//!
//! Invariant: what is typed never leads to another zone than it names.

use std::fmt;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Where a time of day holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Zone {
    /// So many seconds ahead of UTC.
    Fixed(i32),
    /// A zone by its name in the database.
    Named(&'static str),
    /// The host's.
    Host(&'static TimeZone),
}

/// No place on Earth is further ahead of UTC, or further behind.
const FURTHEST_HOURS: i32 = 14;

impl Default for Zone {
    fn default() -> Zone {
        Zone::Fixed(0)
    }
}

impl Zone {
    /// A zone as typed: `Europe/Lisbon`, a city alone, `+1`, `-03:30`, `UTC+2`.
    pub fn parse(typed: &str) -> Option<Zone> {
        Zone::fixed(typed).or_else(|| Zone::named(typed))
    }

    /// The zone whose name, or whose city, is nearest to what was typed, if one is near.
    pub fn near(typed: &str) -> Option<&'static str> {
        let typed = folded(typed);
        let slips = (typed.len() / 4).min(2);
        let distance = |name: &'static str| {
            let name = folded(name);
            let city = name.rsplit('/').next().unwrap_or(&name);
            // The distance is at least the difference in length, and costs its square.
            let alike = [&name, city].into_iter();
            let alike = alike.filter(|name| name.len().abs_diff(typed.len()) <= 4 * slips);
            let distances = alike.map(|name| strsim::osa_distance(name, &typed));
            distances.min().unwrap_or(usize::MAX)
        };
        let all = NAMES.iter().map(|name| (distance(name), name.as_str()));
        let (slip, name) = all.min_by_key(|(slip, _)| *slip)?;
        (slip <= slips && slips > 0).then_some(name)
    }

    fn fixed(typed: &str) -> Option<Zone> {
        let upper = typed.trim().to_uppercase();
        let bare = ["UTC", "GMT"]
            .iter()
            .find_map(|prefix| upper.strip_prefix(prefix))
            .unwrap_or(&upper)
            .trim();
        if bare == "Z" || bare.is_empty() && !upper.is_empty() {
            return Some(Zone::Fixed(0));
        }
        let signs = [('+', 1), ('-', -1), ('\u{2212}', -1)];
        let (sign, digits) = signs
            .iter()
            .find_map(|(mark, sign)| Some((sign, bare.strip_prefix(*mark)?)))?;
        let (hours, minutes) = match digits.split_once(':') {
            Some(both) => both,
            None if digits.len() > 2 => digits.split_at_checked(digits.len() - 2)?,
            None => (digits, "0"),
        };
        let number = |text: &str| {
            let is_number =
                (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| text.parse::<i32>().ok()).flatten()
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let minutes =
            Some(hours * 60 + minutes).filter(|all| minutes < 60 && *all <= FURTHEST_HOURS * 60)?;
        Some(Zone::Fixed(sign * minutes * 60))
    }

    fn named(typed: &str) -> Option<Zone> {
        let typed = folded(typed);
        let is_whole = |name: &&String| folded(name) == typed;
        let is_city = |name: &&String| {
            let city = name.rsplit_once('/').map(|(_, city)| folded(city));
            city.is_some_and(|city| city == typed)
        };
        let whole = NAMES.iter().find(is_whole);
        let found = whole.or_else(|| NAMES.iter().find(is_city));
        let found = found.map(String::as_str).or_else(|| {
            let known = |(city, _): &&(&str, &str)| *city == typed;
            Some(CITIES.iter().find(known)?.1)
        })?;
        Some(Zone::Named(found))
    }

    /// The rules of its clocks.
    pub(super) fn rules(self) -> TimeZone {
        match self {
            Zone::Fixed(seconds) => {
                let ahead = Offset::from_seconds(seconds);
                TimeZone::fixed(ahead.unwrap_or(Offset::UTC))
            }
            Zone::Named(name) => DATABASE.get(name).unwrap_or(TimeZone::UTC),
            Zone::Host(rules) => rules.clone(),
        }
    }

    /// By how much a clock there is ahead of UTC now: `UTC+1`.
    pub fn ahead(self, at: i64) -> impl fmt::Display {
        struct Ahead(i32);
        impl fmt::Display for Ahead {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let minutes = self.0.abs() / 60;
                let sign = if self.0 < 0 { '-' } else { '+' };
                match (minutes / 60, minutes % 60) {
                    (0, 0) => f.write_str("UTC"),
                    (hours, 0) => write!(f, "UTC{sign}{hours}"),
                    (hours, minutes) => write!(f, "UTC{sign}{hours}:{minutes:02}"),
                }
            }
        }
        let at = Timestamp::from_second(at).unwrap_or_default();
        Ahead(self.rules().to_offset(at).seconds())
    }
}

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The names of all zones. Those of a continent come before those that are kept for older programs.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let names = DATABASE.available().map(|name| name.as_str().to_owned());
    let mut names: Vec<String> = names.filter(|name| *name != "Factory").collect();
    let is_old = |name: &str| {
        let continent = name.split_once('/').map(|(continent, _)| continent);
        !CONTINENTS.contains(&continent.unwrap_or_default())
    };
    names.sort_by_cached_key(|name| (is_old(name), name.matches('/').count(), name.clone()));
    names
});

const CONTINENTS: [&str; 9] = [
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// Cities whose name in Portuguese is not that of the database, and capitals that it does not have.
const CITIES: [(&str, &str); 17] = [
    ("acores", "Atlantic/Azores"),
    ("atenas", "Europe/Athens"),
    ("berlim", "Europe/Berlin"),
    ("brasilia", "America/Sao_Paulo"),
    ("bruxelas", "Europe/Brussels"),
    ("cabo_verde", "Atlantic/Cape_Verde"),
    ("lisboa", "Europe/Lisbon"),
    ("londres", "Europe/London"),
    ("moscou", "Europe/Moscow"),
    ("nova_iorque", "America/New_York"),
    ("nova_york", "America/New_York"),
    ("porto", "Europe/Lisbon"),
    ("rio_de_janeiro", "America/Sao_Paulo"),
    ("roma", "Europe/Rome"),
    ("salvador", "America/Bahia"),
    ("toquio", "Asia/Tokyo"),
    ("viena", "Europe/Vienna"),
];

/// Names without case and accents, words joined as the database joins them.
fn folded(name: &str) -> String {
    const LONGEST: usize = 40;
    let bare = name.trim().nfd().filter(|c| !is_combining_mark(*c));
    let joined = bare.map(|c| if c == ' ' { '_' } else { c });
    joined.flat_map(char::to_lowercase).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_as_typed() {
        for (typed, zone) in [
            ("Europe/Lisbon", Zone::Named("Europe/Lisbon")),
            ("europe/lisbon", Zone::Named("Europe/Lisbon")),
            ("LISBON", Zone::Named("Europe/Lisbon")),
            ("new york", Zone::Named("America/New_York")),
            ("São Paulo", Zone::Named("America/Sao_Paulo")),
            ("Buenos_Aires", Zone::Named("America/Buenos_Aires")),
            ("knox", Zone::Named("America/Indiana/Knox")),
            ("Portugal", Zone::Named("Portugal")),
            ("Lisboa", Zone::Named("Europe/Lisbon")),
            ("Brasília", Zone::Named("America/Sao_Paulo")),
            ("Rio de Janeiro", Zone::Named("America/Sao_Paulo")),
            ("utc", Zone::Fixed(0)),
            ("Z", Zone::Fixed(0)),
            ("+0", Zone::Fixed(0)),
            ("+1", Zone::Fixed(3600)),
            ("-03:30", Zone::Fixed(-12_600)),
            ("-0330", Zone::Fixed(-12_600)),
            ("+530", Zone::Fixed(19_800)),
            ("UTC+2", Zone::Fixed(7200)),
            ("gmt -3", Zone::Fixed(-10_800)),
            ("\u{2212}3", Zone::Fixed(-10_800)),
            ("+14", Zone::Fixed(50_400)),
        ] {
            assert_eq!(Zone::parse(typed), Some(zone), "{typed}");
        }
        for typed in [
            "",
            "1",
            "+",
            "-",
            "+15",
            "+14:30",
            "+1:60",
            "+1:2:3",
            "+-1",
            "+1h",
            "+001:00",
            "UTC1",
            "Atlantis",
            "Europe",
            "Europe/",
            "/Lisbon",
            "Factory",
            "é",
            "+é",
            "+99999999999999999999",
        ] {
            assert_eq!(Zone::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_slip_leads_to_the_nearest_zone() {
        for (typed, near) in [
            ("lisbom", Some("Europe/Lisbon")),
            ("Europe/Lisboa", Some("Europe/Lisbon")),
            ("sao paolo", Some("America/Sao_Paulo")),
            ("x", None),
            ("Xanadu", None),
        ] {
            assert_eq!(Zone::near(typed), near, "{typed}");
        }
    }

    #[test]
    fn every_zone_has_rules() {
        let cities = CITIES.iter().map(|(_, zone)| *zone);
        for name in NAMES.iter().map(String::as_str).chain(cities) {
            assert!(DATABASE.get(name).is_ok(), "{name}");
        }
    }
}
