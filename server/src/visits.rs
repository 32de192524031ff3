//! How often each address may connect: so many times at once, and as many again in each minute. Pure
//! arithmetic on the loop's time; it knows no conns, and nothing of who is still there.
//!
//! Invariant: bounded. Who has not come for long is forgotten, and the table never passes `MOST`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::hub::Time;

/// See the top of this file.
#[derive(Debug)]
pub struct Visits {
    /// 0 is no limit.
    per_minute: u32,
    /// When each would have no visit to its account any more.
    clear_at: BTreeMap<IpAddr, Time>,
}

impl Visits {
    /// Nobody has come so far; each may `per_minute` times in a minute, 0 is no limit.
    pub fn new(per_minute: u32) -> Visits {
        Visits {
            per_minute,
            clear_at: BTreeMap::new(),
        }
    }

    /// Somebody comes from there: whether it may. Who may not is not counted, so that it may again
    /// when its time has come, however often it tries.
    pub fn admit(&mut self, now: Time, from: IpAddr) -> bool {
        if self.per_minute == 0 {
            return true;
        }
        if self.clear_at.len() >= MOST {
            self.clear_at.retain(|_, at| *at > now);
        }
        if self.clear_at.len() >= MOST && !self.clear_at.contains_key(&from) {
            return true;
        }
        let every = Duration::from_secs(60) / self.per_minute;
        let at = self.clear_at.entry(from).or_insert(now);
        let may = at.saturating_sub(every * (self.per_minute - 1)) <= now;
        if may {
            *at = (*at).max(now) + every;
        }
        may
    }
}

/// Addresses that are remembered: less than 1 MiB. When so many come within a minute, the limit of
/// all conns is what holds.
const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    #[test]
    fn thirty_at_once_and_then_one_in_two_seconds() {
        let mut visits = Visits::new(30);
        let mut now = Time::from_secs(1000);
        let mut came = |now, n| visits.admit(now, address(n));
        assert!((0..30).all(|_| came(now, 1)));
        assert!((0..100).all(|_| !came(now, 1)));
        assert!(came(now, 2), "another address");
        now += Duration::from_secs(2);
        assert!(came(now, 1) && !came(now, 1));
        now += Duration::from_secs(60);
        assert!((0..30).all(|_| came(now, 1)) && !came(now, 1));
    }

    #[test]
    fn zero_is_no_limit() {
        let mut visits = Visits::new(0);
        assert!((0..1000).all(|_| visits.admit(Time::ZERO, address(1))));
        assert!(visits.clear_at.is_empty());
    }

    #[test]
    fn the_table_is_bounded() {
        let mut visits = Visits::new(30);
        for n in 0..2 * MOST as u32 {
            assert!(visits.admit(Time::ZERO, address(n)));
        }
        assert_eq!(visits.clear_at.len(), MOST);
        assert!(visits.admit(Time::from_secs(100), address(0)));
        assert_eq!(visits.clear_at.len(), 1, "who came long ago is forgotten");
    }
}
