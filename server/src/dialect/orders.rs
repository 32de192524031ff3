//! Parses the arguments of operators' commands, in any language.
//!
//! Invariant: no argument is ignored or guessed: where a duration may stand, nothing else may. A
//! mistyped argument is never taken for the next one.

use std::time::Duration;

use super::tags::switch;
use super::text::{name, said, split};
use crate::dialect::words::{Verb, Written};
use crate::hub::Fault;
use crate::hub::{Complaint, Order};

/// The order of a verb with its arguments.
pub(super) fn parse(verb: Verb, written: Written, rest: &str) -> Result<Order, Complaint> {
    let usage = Complaint::Usage(verb, written);
    let (word, text) = split(rest);
    Ok(match verb {
        Verb::Kick => Order::Kick {
            name: name(word).to_owned(),
            reason: said(text).to_string(),
        },
        // The name is missing.
        Verb::Ban | Verb::Mute if lasts(word).is_ok() => return Err(usage),
        Verb::Ban => {
            let (time, reason) = split(text);
            Order::Ban {
                whom: whom(word),
                lasts: lasts(time)?.unwrap_or(None),
                reason: said(reason).to_string(),
            }
        }
        Verb::Banned => Order::Bans,
        Verb::Unban if text.is_empty() => Order::Unban(whom(word)),
        Verb::Mute => {
            let (time, more) = split(text);
            let lasts = lasts(time)?;
            if !more.is_empty() {
                return Err(usage);
            }
            Order::Mute {
                name: name(word).to_owned(),
                lasts: lasts.unwrap_or(None),
                again_ends: lasts.is_none(),
            }
        }
        Verb::Unmute if text.is_empty() => Order::Unmute(name(word).to_owned()),
        Verb::Hook if rest.is_empty() => Order::Hooks,
        Verb::Hook if text.is_empty() => Order::Hook(word.to_owned()),
        Verb::Unhook if text.is_empty() => Order::Unhook(word.parse().map_err(|_| usage)?),
        Verb::Lockdown if rest.is_empty() => Order::Lockdown(None),
        Verb::Lockdown => Order::Lockdown(Some(switch(rest).ok_or(usage)?)),
        Verb::Accounts => Order::Accounts(rest.to_owned()),
        Verb::Reset if text.is_empty() => Order::Reset(name(word).to_owned()),
        Verb::Free if text.is_empty() => Order::Free(name(word).to_owned()),
        Verb::Say => Order::Announce(said(rest).to_string()),
        _ => return Err(usage),
    })
}

/// A name as people write it, or an address, which keeps its colons.
fn whom(word: &str) -> String {
    let is_address = word.contains(['.', '/']) || word.matches(':').count() > 1;
    match is_address {
        true => word.to_owned(),
        false => name(word).to_owned(),
    }
}

/// A duration, for ever (`Some(None)`), or none if nothing was typed.
fn lasts(word: &str) -> Result<Option<Option<Duration>>, Complaint> {
    match word.to_lowercase().as_str() {
        "" => Ok(None),
        "forever" | "sempre" => Ok(Some(None)),
        _ => match duration(word) {
            Some(time) => Ok(Some(Some(time))),
            None => Err(Complaint::Order(Fault::BadTime(word.to_owned()))),
        },
    }
}

/// `30s`, `10m`, `2h`, `7d`, `2w`.
pub(super) fn duration(word: &str) -> Option<Duration> {
    // No sum of times can overflow: 9999 weeks are 190 years.
    const DIGITS: usize = 4;
    let unit = word.chars().next_back()?.to_ascii_lowercase();
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    let count = &word[..word.len() - 1];
    let is_number =
        (1..=DIGITS).contains(&count.len()) && count.bytes().all(|b| b.is_ascii_digit());
    let count: u64 = count.parse().ok().filter(|_| is_number)?;
    (count > 0).then(|| Duration::from_secs(count * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let check = |word, seconds: Option<u64>| {
            assert_eq!(duration(word), seconds.map(Duration::from_secs), "{word}");
        };
        check("30s", Some(30));
        check("10m", Some(600));
        check("2H", Some(7200));
        check("7d", Some(604_800));
        check("1w", Some(604_800));
        for wrong in [
            "", "m", "10", "0m", "10x", "1.5h", "12345d", "-1d", "+1d", "10min", "1é",
        ] {
            check(wrong, None);
        }
    }

    const WRITTEN: Written = Written::Name("order");

    fn parse(verb: Verb, rest: &str) -> Result<Order, Complaint> {
        super::parse(verb, WRITTEN, rest)
    }

    fn ban(whom: &str, lasts: Option<u64>, reason: &str) -> Result<Order, Complaint> {
        Ok(Order::Ban {
            whom: whom.to_owned(),
            lasts: lasts.map(Duration::from_secs),
            reason: reason.to_owned(),
        })
    }

    fn mute(lasts: Option<u64>, again_ends: bool) -> Result<Order, Complaint> {
        Ok(Order::Mute {
            name: "zed".to_owned(),
            lasts: lasts.map(Duration::from_secs),
            again_ends,
        })
    }

    #[test]
    fn a_mistyped_duration_does_not_ban_for_ever() {
        assert_eq!(parse(Verb::Ban, "zed"), ban("zed", None, ""));
        assert_eq!(parse(Verb::Ban, "zed forever"), ban("zed", None, ""));
        assert_eq!(
            parse(Verb::Ban, "zed 1h too loud"),
            ban("zed", Some(3600), "too loud")
        );
        assert_eq!(parse(Verb::Ban, "zed Sempre -5m"), ban("zed", None, "-5m"));
        for slip in [
            "-5m",
            "+5m",
            "5",
            "5x",
            ".5h",
            "~5m",
            "５m",
            "m5",
            "for",
            "spamming",
            "forevr",
            "eve",
            "/24",
            "1h30m",
            "forevermore",
            "ten",
        ] {
            let no_time = Err(Complaint::Order(Fault::BadTime(slip.to_owned())));
            for more in ["", " 5m", " too loud"] {
                assert_eq!(parse(Verb::Ban, &format!("zed {slip}{more}")), no_time);
                assert_eq!(parse(Verb::Mute, &format!("zed {slip}{more}")), no_time);
            }
        }
    }

    #[test]
    fn missing_and_extra_arguments_are_refused() {
        for (verb, typed) in [
            (Verb::Ban, "5m"),
            (Verb::Ban, "forever zed"),
            (Verb::Mute, "5m"),
            (Verb::Mute, "zed 5m loud"),
            (Verb::Unban, "zed eve"),
            (Verb::Unmute, "zed eve"),
            (Verb::Lockdown, "onn"),
            (Verb::Lockdown, "on please"),
        ] {
            let usage = Complaint::Usage(verb, WRITTEN);
            assert_eq!(parse(verb, typed), Err(usage), "{typed}");
        }
        // A user whose name looks like a duration is addressed with `@`.
        assert_eq!(parse(Verb::Ban, "@5m"), ban("5m", None, ""));
    }

    #[test]
    fn a_mute_for_ever_is_not_the_end_of_one() {
        assert_eq!(parse(Verb::Mute, "zed"), mute(None, true));
        assert_eq!(parse(Verb::Mute, "zed forever"), mute(None, false));
        assert_eq!(parse(Verb::Mute, "zed 5m"), mute(Some(300), false));
    }

    #[test]
    fn addresses_keep_their_colons() {
        assert_eq!(whom("@bob:"), "bob");
        assert_eq!(whom("fe80::"), "fe80::");
        assert_eq!(whom("fe80::/64"), "fe80::/64");
        assert_eq!(whom("10.0.0.5"), "10.0.0.5");
    }
}
