//! Who may come in: how many at once, how often, and what is remembered of those who may not. It makes no
//! system call and knows no conns, only addresses and the sockets of the refused.
//!
//! What survives an upgrade of the running program: `places` and `visits`. The rest is of the moment.
//!
//! Invariants: at most `REFUSED` of the refused hold a descriptor, each for `SPEAKS_FIRST_WITHIN` and `LINGER` at
//! most. What is known
//! of visits is bounded, as pace.rs is: when too many addresses come within a minute, the limit of all conns
//! is what holds.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use super::refusals::Refused;
use crate::conn::Naming;
use crate::hub::{Gone, Time};
use crate::limits::{
    ACCEPT_PAUSE, LINGER, NAME_WITHIN, NAME_WITHIN_WHEN_FULL, REFUSED, SPEAKS_FIRST_WITHIN,
    UNASKED_NAME_WITHIN,
};
use crate::pace::Paces;
use crate::places::{Places, counted};

/// See the top of this file.
pub(super) struct Admission<Socket> {
    /// How many conns there are from where.
    pub(super) places: Places,
    /// How often each address has connected lately.
    visits: Paces<IpAddr>,
    /// How often each may in a minute, and as often at once; 0 is no limit.
    per_minute: u32,
    /// Those who were not let in and have not been told why, and until when each may speak first.
    untold: VecDeque<(Time, Refused<Socket>)>,
    /// Those who were told, and until when each may read it.
    refused: VecDeque<(Time, Socket)>,
    /// When to accept again after descriptors ran out, and when that was last logged.
    accept_again: Option<Time>,
    exhaustion_logged: Option<Time>,
}

impl<Socket> Admission<Socket> {
    /// Nobody has come so far. The limits are those of `Config`; 0 is none.
    pub(super) fn new(max_conns: usize, per_address: u32, per_minute: u32) -> Admission<Socket> {
        Admission {
            places: Places::new(max_conns, per_address),
            visits: Paces::default(),
            per_minute,
            untold: VecDeque::new(),
            refused: VecDeque::new(),
            accept_again: None,
            exhaustion_logged: None,
        }
    }

    /// Whether one from there may come in now, which is counted as a visit, or why not. Who may not is not
    /// counted, so that it may when its time has come, however often it tries.
    pub(super) fn judge(&mut self, now: Time, from: IpAddr) -> Result<(), Gone> {
        if let Some(why) = self.places.refuse(from) {
            return Err(why);
        }
        if let Some(address) = counted(from).filter(|_| self.per_minute > 0) {
            if self.visits.wait(now, &address, self.per_minute).is_some() {
                return Err(Gone::AddressBusy);
            }
            self.visits.count(now, address, self.per_minute);
        }
        Ok(())
    }

    /// How long a new conn has to give a name.
    pub(super) fn name_within(&self, naming: Naming) -> Duration {
        match (naming, self.places.is_nearly_full()) {
            (Naming::Unasked, false) => UNASKED_NAME_WITHIN,
            (Naming::Unasked, true) | (_, false) => NAME_WITHIN,
            (_, true) => NAME_WITHIN_WHEN_FULL,
        }
    }

    /// This one was not let in, and told why.
    pub(super) fn refuse(&mut self, now: Time, socket: Socket) {
        self.refused.push_back((now + LINGER, socket));
    }

    /// This one was not let in, and is told why when it has had the time to speak first.
    pub(super) fn refuse_later(&mut self, now: Time, refused: Refused<Socket>) {
        self.untold.push_back((now + SPEAKS_FIRST_WITHIN, refused));
    }

    /// The next of the refused to be told why by this time, or because there are too many of them.
    pub(super) fn pop_untold(&mut self, by: Time) -> Option<Refused<Socket>> {
        let (until, _) = self.untold.front()?;
        if *until > by && self.untold.len() <= REFUSED {
            return None;
        }
        self.untold.pop_front().map(|(_, refused)| refused)
    }

    /// The next of the refused to be closed by this time, or because there are too many of them.
    pub(super) fn pop_refused(&mut self, by: Time) -> Option<Socket> {
        let (until, _) = self.refused.front()?;
        if *until > by && self.untold.len() + self.refused.len() <= REFUSED {
            return None;
        }
        self.refused.pop_front().map(|(_, socket)| socket)
    }

    /// Descriptors have run out: accept nobody for a while. Whether that is to be logged.
    pub(super) fn pause(&mut self, now: Time) -> bool {
        const LOG_EVERY: Duration = Duration::from_secs(60);
        self.accept_again = Some(now + ACCEPT_PAUSE);
        let is_news = self
            .exhaustion_logged
            .is_none_or(|at| at + LOG_EVERY <= now);
        if is_news {
            self.exhaustion_logged = Some(now);
        }
        is_news
    }

    /// Whether a pause is over by now; told once.
    pub(super) fn resume(&mut self, now: Time) -> bool {
        self.accept_again.take_if(|at| *at <= now).is_some()
    }

    /// The listeners are closed.
    pub(super) fn stop(&mut self) {
        self.accept_again = None;
    }

    /// When something is to be done here.
    pub(super) fn deadline(&self) -> Option<Time> {
        let untold = self.untold.front().map(|(until, _)| *until);
        let refused = self.refused.front().map(|(until, _)| *until);
        [self.accept_again, untold, refused]
            .into_iter()
            .flatten()
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::MOST;

    fn visits(per_minute: u32) -> Admission<()> {
        Admission::new(0, 0, per_minute)
    }

    /// Whether address `n` may come now.
    fn comes(admission: &mut Admission<()>, now: Time, n: u32) -> bool {
        let from = IpAddr::from(n.to_be_bytes());
        admission.judge(now, from).is_ok()
    }

    #[test]
    fn places_come_first_and_who_finds_none_has_not_visited() {
        let mut admission: Admission<()> = Admission::new(1, 0, 2);
        let from = IpAddr::from([10, 0, 0, 1]);
        assert_eq!(admission.judge(Time::ZERO, from), Ok(()));
        admission.places.take(from);
        for _ in 0..3 {
            assert_eq!(admission.judge(Time::ZERO, from), Err(Gone::Full));
        }
        admission.places.give(from);
        assert_eq!(admission.judge(Time::ZERO, from), Ok(()));
        assert_eq!(admission.judge(Time::ZERO, from), Err(Gone::AddressBusy));
        let here = IpAddr::from([127, 0, 0, 1]);
        assert!((0..9).all(|_| admission.judge(Time::ZERO, here).is_ok()));
    }

    #[test]
    fn the_refused_are_closed_in_time_and_never_too_many() {
        let mut admission = Admission::new(0, 0, 0);
        admission.refuse(Time::ZERO, 0);
        assert_eq!(admission.deadline(), Some(LINGER));
        assert_eq!(admission.pop_refused(Time::ZERO), None);
        assert_eq!(admission.pop_refused(LINGER), Some(0));
        for n in 0..=REFUSED {
            admission.refuse(Time::ZERO, n);
        }
        assert_eq!(admission.pop_refused(Time::ZERO), Some(0));
        assert_eq!(admission.pop_refused(Time::ZERO), None);
        let rest = std::iter::from_fn(|| admission.pop_refused(Time::MAX));
        assert_eq!(rest.count(), REFUSED);
    }

    #[test]
    fn a_pause_is_logged_once_a_minute() {
        let mut admission = visits(0);
        assert!(!admission.resume(Time::ZERO));
        assert!(admission.pause(Time::ZERO));
        assert_eq!(admission.deadline(), Some(ACCEPT_PAUSE));
        assert!(!admission.resume(Time::ZERO));
        assert!(admission.resume(ACCEPT_PAUSE) && !admission.resume(ACCEPT_PAUSE));
        assert!(!admission.pause(ACCEPT_PAUSE));
        assert!(admission.pause(Time::from_secs(60)));
        admission.stop();
        assert_eq!(admission.deadline(), None);
    }
    #[test]
    fn thirty_at_once_and_then_one_in_two_seconds() {
        let mut visits = visits(30);
        let mut now = Time::from_secs(1000);
        let mut came = |now, n| comes(&mut visits, now, n);
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
        let mut visits = visits(0);
        assert!((0..1000).all(|_| comes(&mut visits, Time::ZERO, 1)));
        assert!(visits.visits.is_empty());
    }

    #[test]
    fn the_table_is_bounded() {
        let mut visits = visits(30);
        for n in 0..2 * MOST as u32 {
            assert!(comes(&mut visits, Time::ZERO, n));
        }
        assert_eq!(visits.visits.len(), MOST);
        assert!(comes(&mut visits, Time::from_secs(100), 0));
        assert_eq!(visits.visits.len(), 1, "who came long ago is forgotten");
    }
}
