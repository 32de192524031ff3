//! The log and the operator's screen. The loop hands lines over and never waits: a thread writes
//! them, and when it cannot keep up lines are counted and the number is written instead.
//!
//! Whatever came from a user is escaped before it gets here or by the formatting (`{:?}`); a line
//! is one line. Log lines go to standard error, answers to the operator to standard output.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use log::{Level, LevelFilter, Log, Metadata, Record};

/// Lines that may wait for the writer: a join of 4096 in one moment, at about 100 bytes each.
const WAITING: usize = 4096;

/// The target of a log line that says that somebody came ...
pub const CAME: &str = "came";
/// ... or went.
pub const WENT: &str = "went";

enum Line {
    Log(String),
    Answer(String),
    /// Everything before is written: say so.
    Flush(SyncSender<()>),
}

struct Logger {
    sender: SyncSender<Line>,
    /// Whether the log goes to a terminal that shows colours.
    colours: bool,
    dropped: AtomicU64,
}

static LOGGER: OnceLock<Logger> = OnceLock::new();

/// Start the writer. To be called once, after signals are blocked.
///
/// # Errors
/// When the thread cannot be started.
pub fn start(level: LevelFilter) -> io::Result<()> {
    let (sender, receiver) = sync_channel(WAITING);
    std::thread::Builder::new()
        .name("log".into())
        .spawn(move || write_all(&receiver))?;
    let logger = LOGGER.get_or_init(|| Logger {
        sender,
        colours: io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        dropped: AtomicU64::new(0),
    });
    // Fails only when it is called twice, and then the first logger stays.
    let _ = log::set_logger(logger);
    log::set_max_level(level);
    Ok(())
}

/// A line to the operator's screen, whatever the level of the log.
pub fn say(line: &str) {
    if let Some(logger) = LOGGER.get() {
        logger.hand_over(Line::Answer(line.to_owned()));
    }
}

/// Wait until what was logged is written, but not for a screen that is stuck.
pub fn finish() {
    let Some(logger) = LOGGER.get() else { return };
    let (done, written) = sync_channel(1);
    if logger.sender.try_send(Line::Flush(done)).is_ok() {
        let _ = written.recv_timeout(Duration::from_secs(1));
    }
}

impl Logger {
    /// What stands before and behind the text: colours that tell comings from goings and faults.
    fn paint(&self, record: &Record<'_>) -> (&'static str, &'static str) {
        let paint = match (record.level(), record.target()) {
            (Level::Error, _) => "\x1b[31m",
            (Level::Warn, _) => "\x1b[33m",
            (_, CAME) => "\x1b[32m",
            (_, WENT) => "\x1b[35m",
            _ => "",
        };
        if self.colours && !paint.is_empty() {
            (paint, "\x1b[0m")
        } else {
            ("", "")
        }
    }

    fn hand_over(&self, line: Line) {
        if self.sender.try_send(line).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if self.dropped.load(Ordering::Relaxed) > 0 {
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            let note = Line::Log(format!(
                "{} {dropped} lines of the log were dropped here\n",
                clock()
            ));
            if self.sender.try_send(note).is_err() {
                self.dropped.fetch_add(dropped, Ordering::Relaxed);
            }
        }
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let kind = match record.level() {
            Level::Error => "error: ",
            Level::Warn => "warning: ",
            Level::Info => "",
            Level::Debug | Level::Trace => "debug: ",
        };
        let (paint, plain) = self.paint(record);
        let text = record.args();
        self.hand_over(Line::Log(format!(
            "{} {paint}{kind}{text}{plain}\n",
            clock()
        )));
    }

    fn flush(&self) {}
}

/// The time of day here, to the second.
fn clock() -> impl std::fmt::Display {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}

fn write_all(lines: &Receiver<Line>) {
    for line in lines {
        // A log that cannot be written has nobody to complain to.
        let _ = match line {
            Line::Log(text) => io::stderr().write_all(text.as_bytes()),
            Line::Answer(text) => writeln!(io::stdout(), "{text}"),
            Line::Flush(done) => done.send(()).map_err(io::Error::other),
        };
    }
}
