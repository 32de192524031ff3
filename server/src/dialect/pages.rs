//! Parses the arguments of commands about lines of before and their times, in any language.
//!
//! Invariant: what cannot be understood is refused, and never taken for something else.

use std::time::Duration;

use super::orders::duration;
use super::text::{name, split};
use crate::clock::{Day, Minute, Moment, Zone};
use crate::dialect::words::{Verb, Written};
use crate::hub::{Complaint, Look, Misled, Request, Zoning};
use crate::limits::HISTORY_TOLD;

/// What such a verb with its arguments asks for.
pub(super) fn parse(verb: Verb, written: Written, rest: &str) -> Result<Request, Complaint> {
    match verb {
        Verb::Search => Ok(Request::Look(search(rest))),
        Verb::More => Ok(Request::Look(Look::More)),
        Verb::Zone => zone(rest).map(Request::Zone),
        _ => history(rest)?.ok_or(Complaint::Usage(verb, written)),
    }
}

/// `[N] [ROOM]`, `[since] TIME [ROOM]` or `from NAME [ROOM]`. A room whose name is a number, a time or one of
/// these words needs its `#`. None if something is missing or too much.
fn history(rest: &str) -> Result<Option<Request>, Complaint> {
    let (word, args) = split(rest);
    Ok(match word.to_lowercase().as_str() {
        "since" | "desde" | "from" | "de" if args.is_empty() => None,
        "since" | "desde" => {
            let (moment, rest) = moment(args)?;
            room(rest).map(|room| Request::Since(moment, room))
        }
        "from" | "de" => {
            let (typed, rest) = split(args);
            let name = name(typed).to_owned();
            room(rest).map(|room| Request::Look(Look::From { name, room }))
        }
        _ => match moment(rest) {
            Ok((moment, rest)) => room(rest).map(|room| Request::Since(moment, room)),
            Err(_) => last(rest),
        },
    })
}

/// `WORDS [in ROOM]`.
fn search(rest: &str) -> Look {
    let text = rest.to_owned();
    let within = rest
        .rsplit_once(char::is_whitespace)
        .and_then(|(before, room)| {
            let (words, word) = before.trim_end().rsplit_once(char::is_whitespace)?;
            is_in(word).then(|| (words.trim_end().to_owned(), room.to_owned()))
        });
    Look::Search { text, within }
}

/// A zone, `server`, or nothing.
fn zone(rest: &str) -> Result<Zoning, Complaint> {
    match rest.to_lowercase().as_str() {
        "" => return Ok(Zoning::Tell),
        "server" | "servidor" => return Ok(Zoning::AsHost),
        _ => {}
    }
    Zone::parse(rest).map(Zoning::In).ok_or_else(|| {
        let (typed, near) = (rest.to_owned(), Zone::near(rest));
        Complaint::Look(Misled::Zone { typed, near })
    })
}

/// The number of lines and the room.
fn last(rest: &str) -> Option<Request> {
    let (word, after) = split(rest);
    let is_number = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    let (lines, after) = match is_number {
        true => (word.parse().ok().filter(|lines| *lines > 0)?, after),
        false => (HISTORY_TOLD, rest),
    };
    if after.contains(char::is_whitespace) || after.starts_with('-') {
        return None;
    }
    let room = (!after.is_empty()).then(|| after.to_owned());
    Some(Request::History { lines, room })
}

/// `ROOM`, `in ROOM` or nothing; none if there is more.
fn room(rest: &str) -> Option<Option<String>> {
    let (word, after) = split(rest);
    match (word, after) {
        ("", _) => Some(None),
        (word, "") => Some(Some(word.to_owned())),
        (word, room) if is_in(word) && !room.contains(char::is_whitespace) => {
            Some(Some(room.to_owned()))
        }
        _ => None,
    }
}

fn is_in(word: &str) -> bool {
    ["in", "em"]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(word))
}

/// The moment with which a text begins, and the rest: `10:30`, `10h30`, `2026-11-25`, `yesterday`, each day
/// also with a time, `2h`.
fn moment(text: &str) -> Result<(Moment, &str), Complaint> {
    let (word, rest) = split(text);
    let (second, after) = split(rest);
    let then = minute(second);
    let rest_of_day = if then.is_some() { after } else { rest };
    let day = match word.to_lowercase().as_str() {
        "today" | "hoje" => Some(Moment::DaysBack(0, then)),
        "yesterday" | "ontem" => Some(Moment::DaysBack(1, then)),
        _ => day(word).map(|day| Moment::On(day, then)),
    };
    let moment = day.map(|moment| (moment, rest_of_day));
    let moment = moment
        .or_else(|| both(word).map(|moment| (moment, rest)))
        .or_else(|| minute(word).map(|minute| (Moment::Last(minute), rest)))
        .or_else(|| ago(word).map(|ago| (Moment::Ago(ago), rest)));
    moment.ok_or_else(|| Complaint::Look(Misled::Moment(word.to_owned())))
}

/// `2026-11-25T10:30`.
fn both(word: &str) -> Option<Moment> {
    let (date, time) = word.split_once(['T', 't'])?;
    Some(Moment::On(day(date)?, Some(minute(time)?)))
}

/// `2026-11-25`.
fn day(word: &str) -> Option<Day> {
    let mut parts = word.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_it = (year.len(), parts.next()) == (4, None);
    let year = is_it.then(|| digits(year)).flatten()?;
    let short = |text| i8::try_from(digits(text)?).ok();
    Day::new(year, short(month)?, short(day)?)
}

/// `10:30`, `10h30`.
fn minute(word: &str) -> Option<Minute> {
    let (hour, minute) = word.split_once([':', 'h', 'H'])?;
    if hour.is_empty() || minute.len() != 2 {
        return None;
    }
    let short = |text| i8::try_from(digits(text)?).ok();
    Minute::new(short(hour)?, short(minute)?)
}

/// `30m`, `30min`, `2h`, `7d`.
fn ago(word: &str) -> Option<Duration> {
    duration(word).or_else(|| duration(word.strip_suffix("in")?))
}

fn digits(text: &str) -> Option<i16> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_in_both_languages() {
        let m = |hour, minute| Minute::new(hour, minute).expect("a time");
        let day = Day::new(2026, 11, 25).expect("a day");
        for (typed, expected, rest) in [
            ("10:30", Moment::Last(m(10, 30)), ""),
            ("9h05 games", Moment::Last(m(9, 5)), "games"),
            ("2026-11-25", Moment::On(day, None), ""),
            (
                "2026-11-25 10:30 games",
                Moment::On(day, Some(m(10, 30))),
                "games",
            ),
            ("2026-11-25T10:30", Moment::On(day, Some(m(10, 30))), ""),
            ("Yesterday", Moment::DaysBack(1, None), ""),
            (
                "ontem 10h30 jogos",
                Moment::DaysBack(1, Some(m(10, 30))),
                "jogos",
            ),
            ("hoje", Moment::DaysBack(0, None), ""),
            ("2h", Moment::Ago(Duration::from_secs(7200)), ""),
            ("90min x", Moment::Ago(Duration::from_secs(5400)), "x"),
            ("3d", Moment::Ago(Duration::from_secs(3 * 86_400)), ""),
        ] {
            assert_eq!(moment(typed), Ok((expected, rest)), "{typed}");
        }
        for typed in [
            "noon",
            "24:00",
            "10:3",
            "10:300",
            ":30",
            "2026-02-30",
            "2026-13-01",
            "2026-11",
            "1-2-3",
            "2026-11-25T",
            "h",
            "in",
            "min",
            "0h",
            "-2h",
            "é",
            "10:é",
        ] {
            let complaint = Complaint::Look(Misled::Moment(typed.to_owned()));
            assert_eq!(moment(typed), Err(complaint), "{typed}");
        }
    }

    #[test]
    fn what_is_asked_for() {
        let own = |room: Option<&str>| room.map(str::to_owned);
        let from = |name: &str, room| {
            Request::Look(Look::From {
                name: name.to_owned(),
                room: own(room),
            })
        };
        let last = |lines, room| Request::History {
            lines,
            room: own(room),
        };
        let since = |room: &str| {
            let moment = Moment::Ago(Duration::from_secs(7200));
            Request::Since(moment, Some(room.to_owned()))
        };
        for (typed, expected) in [
            ("", Some(last(20, None))),
            ("5", Some(last(5, None))),
            ("5 games", Some(last(5, Some("games")))),
            ("since", None),
            ("De", None),
            ("#since", Some(last(20, Some("#since")))),
            ("from @bob:", Some(from("bob", None))),
            ("DE bob em jogos", Some(from("bob", Some("jogos")))),
            ("from bob games", Some(from("bob", Some("games")))),
            ("from bob since 10:30", None),
            ("since 2h games please", None),
            ("0", None),
            ("-5", None),
            ("games 5", None),
            ("#2h", Some(last(20, Some("#2h")))),
            ("2h games", Some(since("games"))),
            ("since 2h games", Some(since("games"))),
        ] {
            assert_eq!(history(typed), Ok(expected), "{typed}");
        }
        let within = |typed| match search(typed) {
            Look::Search { within, .. } => within,
            _ => None,
        };
        let both = |words: &str, room: &str| Some((words.to_owned(), room.to_owned()));
        assert_eq!(
            within("hot  soup in  kitchen"),
            both("hot  soup", "kitchen")
        );
        assert_eq!(within("sopa EM #cozinha"), both("sopa", "#cozinha"));
        for typed in ["soup", "in kitchen", "soup in", "come in here now"] {
            assert_eq!(within(typed), None, "{typed}");
        }
    }
}
