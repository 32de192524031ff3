//! What operators type after the names of their commands, in any language.

use std::time::Duration;

use super::text::{name, split};
use crate::hub::outcome::Fault;
use crate::hub::{Complaint, Order};
use crate::words::Verb;

/// The order of a verb with its arguments.
pub(super) fn parse(verb: Verb, rest: &str) -> Result<Order, Complaint> {
    let usage = Complaint::Usage(verb);
    let (word, text) = split(rest);
    Ok(match verb {
        Verb::Kick => Order::Kick {
            name: name(word),
            reason: text.to_owned(),
        },
        Verb::Ban => {
            let (lasts, reason) = lasts(text)?;
            Order::Ban {
                whom: whom(word),
                lasts,
                reason: reason.to_owned(),
            }
        }
        Verb::Banned => Order::Bans,
        Verb::Unban => Order::Unban(whom(word)),
        Verb::Mute => {
            let (lasts, more) = lasts(text)?;
            if !more.is_empty() {
                return Err(usage);
            }
            Order::Mute {
                name: name(word),
                lasts,
            }
        }
        Verb::Unmute => Order::Unmute(name(word)),
        Verb::Lockdown => match rest.to_lowercase().as_str() {
            "" => Order::Lockdown(None),
            "on" | "sim" => Order::Lockdown(Some(true)),
            "off" | "não" | "nao" => Order::Lockdown(Some(false)),
            _ => return Err(usage),
        },
        Verb::Say => Order::Announce(rest.to_owned()),
        _ => return Err(usage),
    })
}

/// A name as people write it, or an address, whose colons stay.
fn whom(word: &str) -> String {
    let is_address = word.contains(['.', '/']) || word.matches(':').count() > 1;
    match is_address {
        true => word.to_owned(),
        false => name(word),
    }
}

/// A duration in front of a text, or none, which is for ever. What begins as one and is none is a slip, and must not
/// become a ban for ever.
fn lasts(text: &str) -> Result<(Option<Duration>, &str), Complaint> {
    let (word, rest) = split(text);
    if matches!(word.to_lowercase().as_str(), "forever" | "sempre") {
        return Ok((None, rest));
    }
    if !word.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok((None, text));
    }
    let no_time = || Complaint::Order(Fault::BadTime(word.to_owned()));
    Ok((Some(duration(word).ok_or_else(no_time)?), rest))
}

/// `30s`, `10m`, `2h`, `7d`, `2w`.
fn duration(word: &str) -> Option<Duration> {
    // So that no sum of times can overflow: 9999 weeks are 190 years.
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

    #[test]
    fn a_slip_is_no_ban_for_ever() {
        assert_eq!(lasts(""), Ok((None, "")));
        assert_eq!(lasts("too loud"), Ok((None, "too loud")));
        let hour = Some(Duration::from_secs(3600));
        assert_eq!(lasts("1h too loud"), Ok((hour, "too loud")));
        assert_eq!(lasts("forever too loud"), Ok((None, "too loud")));
        assert_eq!(lasts("Sempre"), Ok((None, "")));
        assert_eq!(lasts("forevermore"), Ok((None, "forevermore")));
        let no_time = |typed: &str| Err(Complaint::Order(Fault::BadTime(typed.to_owned())));
        assert_eq!(lasts("10 minutes"), no_time("10"));
        assert_eq!(lasts("5x too loud"), no_time("5x"));
    }

    #[test]
    fn addresses_keep_their_colons() {
        assert_eq!(whom("@bob:"), "bob");
        assert_eq!(whom("fe80::"), "fe80::");
        assert_eq!(whom("fe80::/64"), "fe80::/64");
        assert_eq!(whom("10.0.0.5"), "10.0.0.5");
    }
}
