//! A run in intervals of a quarter of a second. Plain figures, taken by `measure` and shown by `report`.

use std::time::Duration;

/// How long an interval is.
pub(crate) const INTERVAL: Duration = Duration::from_millis(250);

/// One interval of the measured phase.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Interval {
    /// When it ended, since the start of the phase.
    pub(crate) end: Duration,
    /// Its length.
    pub(crate) length: Duration,
    /// Lines sent in it.
    pub(crate) lines: u64,
    /// Deliveries in it.
    pub(crate) deliveries: u64,
    /// Latency of these deliveries from the due time, in microseconds: median, 99 %, largest.
    /// `None` without deliveries.
    pub(crate) latency: Option<[u64; 3]>,
    /// Share of a processor that the server used.
    pub(crate) server_cpu: Option<f64>,
    /// Memory of the server at its end, in bytes.
    pub(crate) server_memory: Option<u64>,
    /// Share of a processor that the tester used, over all its threads.
    pub(crate) tester_cpu: Option<f64>,
}

impl Interval {
    /// Deliveries a second.
    pub(crate) fn rate(&self) -> f64 {
        match self.length.is_zero() {
            true => 0.0,
            false => self.deliveries as f64 / self.length.as_secs_f64(),
        }
    }
}

/// Share of a processor that the server used while no lines were delivered.
pub(crate) fn quiet_cpu(timeline: &[Interval]) -> Option<f64> {
    let (mut used, mut length) = (0.0, 0.0);
    for interval in timeline.iter().filter(|interval| interval.deliveries == 0) {
        used += interval.server_cpu? * interval.length.as_secs_f64();
        length += interval.length.as_secs_f64();
    }
    (length > 0.0).then(|| used / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_without_deliveries_are_quiet() {
        let interval = |deliveries, server_cpu, millis| Interval {
            end: Duration::ZERO,
            length: Duration::from_millis(millis),
            lines: 0,
            deliveries,
            latency: None,
            server_cpu,
            server_memory: None,
            tester_cpu: None,
        };
        let timeline = [
            interval(0, Some(0.5), 100),
            interval(0, Some(0.25), 300),
            interval(9, Some(1.0), 400),
        ];
        assert_eq!(quiet_cpu(&timeline), Some(0.3125));
        assert_eq!(quiet_cpu(&timeline[2..]), None);
        assert_eq!(quiet_cpu(&[interval(0, None, 100)]), None);
    }
}
