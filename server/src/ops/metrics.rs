//! The loop's counters, for Prometheus (text format 0.0.4) and `/lag`.
//!
//! Counting is one addition where something happens; for a room's line, one for each feed. Values
//! that can be looked up are looked up on a scrape. No lock, no clock: the loop passes the times.

use std::fmt::{self, Write};
use std::time::Duration;

use crate::hub::{Gone, Time};

/// The upper bounds of the histogram of turns, in seconds.
const BOUNDS: [f64; 12] = [
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0,
];
/// Seconds for which the longest turn is remembered.
const SECONDS: usize = 60;

/// Counters.
#[derive(Default)]
pub(crate) struct Metrics {
    /// Lines received from conns.
    pub(crate) lines_in: u64,
    /// Lines sent, once for each reader.
    pub(crate) lines_out: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// Lines that readers lost and were told of.
    pub(crate) skipped: u64,
    /// Lines of rooms handed to the archive ...
    pub(crate) archived: u64,
    /// ... and those that it could not take.
    pub(crate) not_archived: u64,
    /// In the order in which each reason first occurred.
    gone: Vec<(&'static str, u64)>,
    turns: Turns,
}

/// Gauges.
pub(crate) struct Gauges {
    pub(crate) conns: usize,
    pub(crate) users: usize,
    pub(crate) directs: usize,
    pub(crate) rooms: usize,
    pub(crate) bans: usize,
    pub(crate) feed_bytes: usize,
    pub(crate) questions: usize,
    pub(crate) archive_fails: bool,
}

/// The duration of turns, without the wait.
struct Turns {
    /// For each bound, the turns between it and the bound before; the last bucket has those above
    /// all bounds.
    buckets: [u64; BOUNDS.len() + 1],
    sum: Duration,
    last: Duration,
    /// The longest turn that began in a second, with the number of that second, by the number
    /// modulo `SECONDS`.
    longest: [(u64, Duration); SECONDS],
}

impl Metrics {
    /// A turn is over.
    pub(crate) fn turn(&mut self, began: Time, ended: Time) {
        let took = ended.saturating_sub(began);
        let turns = &mut self.turns;
        let seconds = took.as_secs_f64();
        let fits = BOUNDS.iter().position(|bound| seconds <= *bound);
        turns.buckets[fits.unwrap_or(BOUNDS.len())] += 1;
        turns.sum += took;
        turns.last = took;
        let second = began.as_secs();
        let slot = &mut turns.longest[second as usize % SECONDS];
        let before = if slot.0 == second {
            slot.1
        } else {
            Duration::ZERO
        };
        *slot = (second, before.max(took));
    }

    /// A conn was closed or refused.
    pub(crate) fn gone(&mut self, why: &Gone) {
        let label = why.label();
        match self.gone.iter_mut().find(|(known, _)| *known == label) {
            Some((_, count)) => *count += 1,
            None => self.gone.push((label, 1)),
        }
    }

    /// The duration of the last turn, and the longest of the last minute.
    pub(crate) fn turn_times(&self, now: Time) -> (Duration, Duration) {
        let second = now.as_secs();
        let recent = self.turns.longest.iter();
        let recent = recent.filter(|(at, _)| *at + SECONDS as u64 > second);
        let longest = recent.map(|(_, took)| *took).max();
        (self.turns.last, longest.unwrap_or_default())
    }

    /// Everything in Prometheus' text format.
    pub(crate) fn render(&self, gauges: &Gauges) -> String {
        let mut text = String::new();
        self.write(gauges, &mut text)
            .expect("a string takes everything");
        text
    }

    /// Each counter with its help.
    fn counted(&self) -> [(&'static str, &'static str, u64); 7] {
        [
            (
                "lines_received",
                "Lines that connections have sent.",
                self.lines_in,
            ),
            (
                "lines_sent",
                "Lines put out, once for each reader.",
                self.lines_out,
            ),
            ("received_bytes", "Bytes read.", self.bytes_in),
            ("sent_bytes", "Bytes written.", self.bytes_out),
            (
                "skipped_lines",
                "Lines that slow readers lost.",
                self.skipped,
            ),
            (
                "archived_lines",
                "Lines of rooms that were handed to the archive.",
                self.archived,
            ),
            (
                "archive_lost_lines",
                "Lines of rooms that are missing in the archive.",
                self.not_archived,
            ),
        ]
    }

    fn write(&self, gauges: &Gauges, out: &mut String) -> fmt::Result {
        let now = [
            (
                "connections",
                "Connections, with a name or without.",
                gauges.conns,
            ),
            ("users", "Users with a name.", gauges.users),
            (
                "direct_users",
                "Users of the ChatTruco directory.",
                gauges.directs,
            ),
            ("rooms", "Rooms; the lobby is always there.", gauges.rooms),
            ("bans", "Bans that hold.", gauges.bans),
            (
                "feed_bytes",
                "Memory of the rooms' feeds.",
                gauges.feed_bytes,
            ),
            (
                "account_questions",
                "Questions that wait for the worker of the accounts.",
                gauges.questions,
            ),
            (
                "archive_failing",
                "Whether what is said cannot be written to disk.",
                usize::from(gauges.archive_fails),
            ),
        ];
        for (name, help, value) in now {
            head(out, name, "gauge", help)?;
            writeln!(out, "papo_{name} {value}")?;
        }
        for (name, help, value) in self.counted() {
            let name = format!("{name}_total");
            head(out, &name, "counter", help)?;
            writeln!(out, "papo_{name} {value}")?;
        }
        let help = "Connections that ended or were turned away, by reason.";
        head(out, "drops_total", "counter", help)?;
        for (reason, count) in &self.gone {
            writeln!(out, "papo_drops_total{{reason=\"{reason}\"}} {count}")?;
        }
        self.turns.write(out)
    }
}

impl Turns {
    fn write(&self, out: &mut String) -> fmt::Result {
        let help = "How long turns of the loop took, without the wait.";
        head(out, "turn_seconds", "histogram", help)?;
        let mut count = 0;
        for (bound, turns) in BOUNDS.iter().zip(self.buckets) {
            count += turns;
            writeln!(out, "papo_turn_seconds_bucket{{le=\"{bound}\"}} {count}")?;
        }
        count += self.buckets[BOUNDS.len()];
        writeln!(out, "papo_turn_seconds_bucket{{le=\"+Inf\"}} {count}")?;
        writeln!(out, "papo_turn_seconds_sum {}", self.sum.as_secs_f64())?;
        writeln!(out, "papo_turn_seconds_count {count}")
    }
}

impl Default for Turns {
    fn default() -> Turns {
        Turns {
            buckets: [0; BOUNDS.len() + 1],
            sum: Duration::ZERO,
            last: Duration::ZERO,
            longest: [(0, Duration::ZERO); SECONDS],
        }
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(out, "# HELP papo_{name} {help}")?;
    writeln!(out, "# TYPE papo_{name} {kind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(n: u64) -> Time {
        Time::from_millis(n)
    }

    #[test]
    fn the_longest_turn_is_forgotten_after_a_minute() {
        let mut metrics = Metrics::default();
        assert_eq!(metrics.turn_times(millis(0)), (millis(0), millis(0)));
        metrics.turn(millis(5000), millis(5030));
        metrics.turn(millis(5900), millis(5901));
        metrics.turn(millis(6000), millis(6002));
        assert_eq!(metrics.turn_times(millis(6000)), (millis(2), millis(30)));
        assert_eq!(metrics.turn_times(millis(64_999)), (millis(2), millis(30)));
        assert_eq!(metrics.turn_times(millis(65_000)), (millis(2), millis(2)));
        // The same slot of the table, a minute later.
        metrics.turn(millis(65_000), millis(65_001));
        assert_eq!(metrics.turn_times(millis(65_500)), (millis(1), millis(2)));
    }

    #[test]
    fn buckets_are_sums_up_to_their_bound() {
        let mut metrics = Metrics::default();
        for took in [0, 1, 2, 2000] {
            metrics.turn(millis(0), millis(took));
        }
        metrics.gone(&Gone::Hangup);
        metrics.gone(&Gone::Kicked("a text".into()));
        metrics.gone(&Gone::Hangup);
        let gauges = Gauges {
            conns: 3,
            users: 2,
            directs: 0,
            rooms: 1,
            bans: 0,
            feed_bytes: 4096,
            questions: 0,
            archive_fails: false,
        };
        let text = metrics.render(&gauges);
        for line in [
            "# TYPE papo_connections gauge",
            "papo_connections 3",
            "papo_drops_total{reason=\"hung up\"} 2",
            "papo_drops_total{reason=\"kicked\"} 1",
            "papo_turn_seconds_bucket{le=\"0.0001\"} 1",
            "papo_turn_seconds_bucket{le=\"0.001\"} 2",
            "papo_turn_seconds_bucket{le=\"0.0025\"} 3",
            "papo_turn_seconds_bucket{le=\"1\"} 3",
            "papo_turn_seconds_bucket{le=\"+Inf\"} 4",
            "papo_turn_seconds_sum 2.003",
            "papo_turn_seconds_count 4",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in {text}");
        }
    }
}
