//! What a run looked like from one quarter of a second to the next. Plain figures, taken by the
//! measuring and drawn by the reports.

use std::time::Duration;

/// How long an interval is.
pub(crate) const INTERVAL: Duration = Duration::from_millis(250);

/// One interval of the measured phase.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Interval {
    /// When it ended, since the start of the phase.
    pub(crate) end: Duration,
    /// How long it was.
    pub(crate) length: Duration,
    /// Lines sent in it.
    pub(crate) lines: u64,
    /// Deliveries in it.
    pub(crate) deliveries: u64,
    /// Latency of these deliveries from the due time, in microseconds: median, 99 %, largest.
    /// `None` when there were none.
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
