//! The bar on standard error while the tool works. None when that is not a terminal.
//!
//! It never starts a thread: it is drawn when it is told of something, at most five times a second.

use crate::timeline::Interval;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// Draws a second.
const HERTZ: u8 = 5;

/// What the user sees of the work.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let target = match std::io::stderr().is_terminal() {
            true => ProgressDrawTarget::stderr_with_hz(HERTZ),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {msg}");
        bar.set_style(style.expect("the template is constant and was tried"));
        Self { bar }
    }

    /// A new piece of work begins: so many steps.
    pub(crate) fn begin(&self, what: &'static str, steps: u64) {
        self.bar.set_prefix(what);
        self.bar.set_length(steps);
        self.bar.set_position(0);
        self.bar.set_message("");
    }

    /// So much is done, and this is worth telling of it.
    pub(crate) fn show(&self, done: u64, message: impl FnOnce() -> String) {
        if !self.bar.is_hidden() {
            self.bar.set_message(message());
            self.bar.set_position(done);
        }
    }

    /// A part of the measured phase is over; `overall` is deliveries a second since its start.
    pub(crate) fn interval(&self, interval: &Interval, overall: f64) {
        self.show(interval.end.as_micros() as u64, || {
            let now = interval.deliveries as f64 / interval.length.as_secs_f64();
            let [now, overall] = [now, overall].map(|rate| rate / 1e6);
            format!("{now:.3} M deliveries/s, {overall:.3} overall")
        });
    }

    /// The bar goes, and leaves the terminal as it was.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
