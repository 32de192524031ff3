//! The search for the highest rate that meets the conditions: double from a start (or halve, if that is
//! too much), then bisect, then confirm the result with one more run.
//!
//! Pure: it returns the next rate to try, and the caller passes the outcome. Invariant: `low` met the
//! conditions, `high` did not, and low < high. A rate has to miss twice to count as missed, because the
//! machine may be busy with other things.

/// The search ends when `high` / `low` is at most this.
pub(crate) const CLOSE: f64 = 1.05;
/// The lowest and the highest rate, in lines a second.
const LEAST: f64 = 1.0;
const MOST: f64 = 1e6;

/// The outcome of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// All conditions are met.
    Met,
    /// All conditions are met although the tester was late, which makes that harder.
    MetLate,
    /// The server did not meet them.
    Missed,
    /// The tester was too slow, so nothing is known about the server.
    TesterLate,
}

/// What limits the found rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// The server: it misses the conditions above this rate.
    Server,
    /// The tester: the server may do more.
    Tester,
    /// The tester was late at the found rate: the server may do more.
    TesterLate,
    /// Nothing: the highest possible rate met the conditions.
    Ceiling,
}

/// The result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    /// Lines a second; `None` when even the lowest rate failed.
    pub(crate) rate: Option<f64>,
    pub(crate) bound: Bound,
}

#[derive(Debug)]
pub(crate) struct Search {
    low: Option<f64>,
    /// The outcome of `low`.
    met: Step,
    high: Option<(f64, Bound)>,
    phase: Phase,
    /// The rate being tried.
    rate: f64,
    attempt: Attempt,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Searching,
    /// The factor to lower the rate by, if this fails too.
    Confirming(f64),
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    First,
    Second,
}

impl Search {
    /// A search that tries this rate first.
    pub(crate) fn new(start: f64) -> Self {
        Self {
            low: None,
            met: Step::Met,
            high: None,
            phase: Phase::Searching,
            rate: start.clamp(LEAST, MOST),
            attempt: Attempt::First,
        }
    }

    /// The rate to try now; `None` when the search is over.
    pub(crate) fn rate(&self) -> Option<f64> {
        (self.phase != Phase::Over).then_some(self.rate)
    }

    /// Note the outcome of that rate.
    pub(crate) fn tell(&mut self, step: Step) {
        let met = matches!(step, Step::Met | Step::MetLate);
        if !met && self.attempt == Attempt::First {
            self.attempt = Attempt::Second;
            return;
        }
        self.attempt = Attempt::First;
        let bound = match step {
            Step::Met | Step::MetLate => return self.meet(step),
            Step::Missed => Bound::Server,
            Step::TesterLate => Bound::Tester,
        };
        self.high = Some((self.rate, bound));
        match self.phase {
            Phase::Searching => self.advance(),
            // Lower it until two runs agree: a little first, then more, as the machine has become
            // slower by an unknown amount.
            Phase::Confirming(step) => {
                self.phase = Phase::Confirming(step * step);
                self.lower(self.rate / step);
            }
            Phase::Over => {}
        }
    }

    fn meet(&mut self, met: Step) {
        (self.low, self.met) = (Some(self.rate), met);
        match self.phase {
            Phase::Searching => self.advance(),
            Phase::Confirming(_) | Phase::Over => self.phase = Phase::Over,
        }
    }

    /// Choose the next rate.
    fn advance(&mut self) {
        match (self.low, self.high) {
            (None, _) => self.lower(self.rate / 2.0),
            (Some(low), None) if low >= MOST => self.phase = Phase::Confirming(CLOSE),
            (Some(low), None) => self.rate = (low * 2.0).min(MOST),
            (Some(low), Some((high, _))) if high / low > CLOSE => self.rate = (low * high).sqrt(),
            (Some(low), Some(_)) => {
                self.rate = low;
                self.phase = Phase::Confirming(CLOSE);
            }
        }
    }

    fn lower(&mut self, rate: f64) {
        match self.rate > LEAST {
            true => self.rate = rate.max(LEAST),
            false => {
                self.low = None;
                self.phase = Phase::Over;
            }
        }
    }

    /// The result, once `rate` returns `None`.
    pub(crate) fn found(&self) -> Found {
        Found {
            rate: self.low,
            bound: match (self.low, self.met) {
                (Some(_), Step::MetLate) => Bound::TesterLate,
                _ => self.high.map_or(Bound::Ceiling, |(_, bound)| bound),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches with a server that is a function; the result and the rates tried.
    fn search(start: f64, mut server: impl FnMut(usize, f64) -> Step) -> (Found, Vec<f64>) {
        let mut search = Search::new(start);
        let mut tried = Vec::new();
        while let Some(rate) = search.rate() {
            search.tell(server(tried.len(), rate));
            tried.push(rate);
            assert!(tried.len() < 200, "{tried:?}");
        }
        (search.found(), tried)
    }

    fn up_to(limit: f64) -> impl FnMut(usize, f64) -> Step {
        move |_, rate| match rate <= limit {
            true => Step::Met,
            false => Step::Missed,
        }
    }

    fn close(found: Found, limit: f64) {
        let rate = found.rate.unwrap();
        assert!(
            rate <= limit && rate * CLOSE >= limit,
            "{rate}, not {limit}"
        );
    }

    #[test]
    fn the_limit_is_found_from_below_and_from_above() {
        for limit in [1.0, 3.0, 77.0, 100.0, 5000.0, 123_456.0] {
            for start in [1.0, 100.0, 90_000.0] {
                let (found, tried) = search(start, up_to(limit));
                close(found, limit);
                assert_eq!(found.bound, Bound::Server);
                assert_eq!(tried.last().copied(), found.rate, "it was confirmed");
            }
        }
    }

    #[test]
    fn even_the_lowest_may_fail() {
        let (found, tried) = search(100.0, up_to(0.0));
        assert_eq!(found.rate, None);
        assert_eq!(tried.last(), Some(&LEAST));
    }

    #[test]
    fn when_nothing_fails_the_ceiling_is_confirmed() {
        let (found, tried) = search(100.0, |_, _| Step::Met);
        assert_eq!((found.rate, found.bound), (Some(MOST), Bound::Ceiling));
        assert_eq!(tried.iter().filter(|&&rate| rate == MOST).count(), 2);
    }

    #[test]
    fn a_tester_that_is_too_slow_gives_a_lower_bound() {
        let (found, _) = search(100.0, |_, rate| match rate {
            slow if slow < 3000.0 => Step::Met,
            _ => Step::TesterLate,
        });
        close(found, 3000.0);
        assert_eq!(found.bound, Bound::Tester);
    }

    #[test]
    fn what_is_met_by_a_late_tester_is_a_lower_bound() {
        let (found, tried) = search(100.0, |_, rate| match rate {
            slow if slow < 300.0 => Step::Met,
            more if more < 3000.0 => Step::MetLate,
            _ => Step::Missed,
        });
        close(found, 3000.0);
        assert_eq!(found.bound, Bound::TesterLate);
        // What is met is not tried again, but to confirm it.
        let met = tried.iter().filter(|&&rate| rate == 200.0);
        assert_eq!(met.count(), 1);
    }

    #[test]
    fn a_failure_now_and_then_is_noise() {
        // Every third run fails whatever the rate.
        let (found, _) = search(100.0, |count, rate| match count % 3 == 1 {
            true => Step::Missed,
            false => up_to(4000.0)(count, rate),
        });
        close(found, 4000.0);
    }

    #[test]
    fn what_is_not_confirmed_is_lowered() {
        // The server tires: after ten runs it does half.
        let (found, tried) = search(100.0, |count, rate| match count < 10 {
            true => up_to(2000.0)(count, rate),
            false => up_to(1000.0)(count, rate),
        });
        assert!(found.rate.is_some_and(|rate| rate <= 1000.0), "{found:?}");
        assert_eq!(tried.last().copied(), found.rate);
        // It breaks: that is found out soon.
        let (found, tried) = search(100.0, |count, rate| match count < 14 {
            true => up_to(200_000.0)(count, rate),
            false => Step::Missed,
        });
        assert_eq!(found.rate, None);
        assert!(tried.len() < 60, "{tried:?}");
    }
}
