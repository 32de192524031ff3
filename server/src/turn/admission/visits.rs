//! How often each address may connect: so many times at once, and as many again in each minute. It
//! knows no conns, and nothing of who is still there; the arithmetic is that of pace.rs.
//!
//! Invariant: bounded, as pace.rs is. When too many addresses come within a minute, the limit of all
//! conns is what holds.

use std::net::IpAddr;

use crate::hub::Time;
use crate::pace::Paces;

/// See the top of this file.
#[derive(Debug)]
pub(super) struct Visits {
    /// 0 is no limit.
    per_minute: u32,
    clear_at: Paces<IpAddr>,
}

impl Visits {
    /// Nobody has come so far; each may `per_minute` times in a minute, 0 is no limit.
    pub(super) fn new(per_minute: u32) -> Visits {
        let clear_at = Paces::default();
        Visits {
            per_minute,
            clear_at,
        }
    }

    /// Somebody comes from there: whether it may. Who may not is not counted, so that it may again
    /// when its time has come, however often it tries.
    pub(super) fn admit(&mut self, now: Time, from: IpAddr) -> bool {
        if self.per_minute == 0 {
            return true;
        }
        let may = self.clear_at.wait(now, &from, self.per_minute).is_none();
        if may {
            self.clear_at.count(now, from, self.per_minute);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::pace::MOST;

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
