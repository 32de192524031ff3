//! What is seen while the tool works: a bar on standard error when that is a terminal; plain lines
//! there with `--live` when it is none; nothing otherwise.
//!
//! It never starts a thread: every call draws it, a few times a second at most.

use crate::measure::timeline::Interval;
use crate::report::figures::{bytes, counted, milliseconds};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// Draws a second, at most; an interval of the measured phase is drawn once.
const HERTZ: u8 = 5;
/// Intervals in the sparkline: five seconds of them.
const SPARKS: usize = 20;
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The progress bar, or its replacement in lines.
pub(crate) struct Progress {
    bar: ProgressBar,
    view: View,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    /// The bar, which hides itself without a terminal.
    Bar,
    /// A line for each interval.
    Lines,
}

impl Progress {
    /// `live` asks for lines if there is no terminal.
    pub(crate) fn new(live: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = match terminal {
            true => ProgressDrawTarget::stderr_with_hz(HERTZ),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{prefix} {bar:20} {wide_msg}");
        bar.set_style(style.expect("the template is constant and was tried"));
        let view = match live && !terminal {
            true => View::Lines,
            false => View::Bar,
        };
        Self { bar, view }
    }

    /// Begin a new piece of work with so many steps.
    pub(crate) fn begin(&self, what: &'static str, steps: u64) {
        self.bar.set_prefix(what);
        self.bar.set_length(steps);
        self.bar.set_position(0);
        self.bar.set_message("");
    }

    /// Show how many steps are done, and a message.
    pub(crate) fn show(&self, done: u64, message: impl FnOnce() -> String) {
        if !self.bar.is_hidden() {
            self.bar.set_message(message());
            self.bar.set_position(done);
        }
    }

    /// Show the last of these intervals of the measured phase; the steps are microseconds.
    pub(crate) fn live(&self, timeline: &[Interval]) {
        let Some(last) = timeline.last() else { return };
        let end = last.end.as_micros() as u64;
        match self.view {
            View::Bar => self.show(end, || describe(timeline)),
            View::Lines => crate::print_note(&format!(
                "{:7.2} s  {}",
                last.end.as_secs_f64(),
                describe(timeline)
            )),
        }
    }

    /// Print a note above the bar, such as the outcome of a step.
    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| crate::print_note(text));
    }

    /// Remove the bar.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// The state of the phase in one line.
fn describe(timeline: &[Interval]) -> String {
    let Some(last) = timeline.last() else {
        return String::new();
    };
    let all: u64 = timeline.iter().map(|interval| interval.deliveries).sum();
    let mut parts = vec![
        format!("{}/s now", counted(last.rate())),
        format!("{}/s overall", counted(per_second(all, last.end))),
    ];
    parts.extend(
        last.latency
            .map(|[_, p99, _]| format!("p99 {}", milliseconds(p99 as f64))),
    );
    parts.extend(
        last.server_cpu
            .map(|share| format!("server {:.0} %", share * 100.0)),
    );
    parts.extend(last.server_memory.map(|memory| bytes(memory as f64)));
    let recent = &timeline[timeline.len().saturating_sub(SPARKS)..];
    let rates: Vec<f64> = recent.iter().map(Interval::rate).collect();
    format!("{}  {}", sparkline(&rates), parts.join(", "))
}

fn per_second(count: u64, time: Duration) -> f64 {
    match time.is_zero() {
        true => 0.0,
        false => count as f64 / time.as_secs_f64(),
    }
}

/// The values as small columns, the largest at full height.
fn sparkline(values: &[f64]) -> String {
    let most = values.iter().copied().fold(0.0, f64::max);
    let level = |value: f64| match most > 0.0 {
        true => (value / most * (LEVELS.len() - 1) as f64).round() as usize,
        false => 0,
    };
    values.iter().map(|&value| LEVELS[level(value)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_fills_its_column() {
        assert_eq!(sparkline(&[0.0, 50.0, 100.0]), "▁▅█");
        assert_eq!(sparkline(&[0.0, 0.0]), "▁▁");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn the_line_tells_this_interval_and_all_of_them() {
        let interval = |end: u64, deliveries| Interval {
            end: Duration::from_millis(end),
            length: Duration::from_millis(250),
            lines: 1,
            deliveries,
            latency: Some([100, 2500, 9000]),
            server_cpu: Some(0.42),
            server_memory: None,
            tester_cpu: None,
        };
        assert_eq!(
            describe(&[interval(250, 100), interval(500, 300)]),
            "▃█  1.2 k/s now, 800/s overall, p99 2.50 ms, server 42 %"
        );
        assert_eq!(describe(&[]), "");
    }
}
