//! The log and the operator's screen. The loop hands lines over and never waits: a thread writes
//! them, and when it cannot keep up lines are counted and the number is written instead. The same when
//! too many lines of a kind come in a second (sparing.rs): a flood must not hide all else.
//!
//! Whatever a line holds that could end it or colour a screen is escaped here; a line is one line. Log lines go to standard error, answers to the operator to standard output.

mod sparing;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use log::{Level, LevelFilter, Log, Metadata, Record};
use sparing::Sparing;

/// Lines that may wait for the writer: a join of 4096 in one moment, at about 100 bytes each.
const WAITING: usize = 4096;

/// Empties the row that the cursor is on.
const ERASE_ROW: &str = "\r\x1b[K";

/// The target of a log line that says that somebody came ...
pub const CAME: &str = "came";
/// ... or went.
pub const WENT: &str = "went";

enum Line {
    Log(String),
    Answer(String),
    /// What stands below all lines from here on.
    Below(Option<String>),
    /// Everything before is written: say so.
    Flush(SyncSender<()>),
}

struct Logger {
    sender: SyncSender<Line>,
    /// Whether the log goes to a terminal that shows colours.
    colours: bool,
    /// Whether of the news only comings and goings are told.
    quiet: bool,
    dropped: AtomicU64,
    started: Instant,
    /// Held for an instant by each line; only the loop and the worker of the accounts log at all.
    sparing: Mutex<Sparing>,
}

static LOGGER: OnceLock<Logger> = OnceLock::new();

/// Start the writer. To be called once, after signals are blocked.
///
/// # Errors
/// When the thread cannot be started.
pub fn start(level: LevelFilter, quiet: bool) -> io::Result<()> {
    let (sender, receiver) = sync_channel(WAITING);
    std::thread::Builder::new()
        .name("log".into())
        .spawn(move || write_all(&receiver))?;
    let logger = LOGGER.get_or_init(|| Logger {
        sender,
        colours: io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        quiet,
        dropped: AtomicU64::new(0),
        started: Instant::now(),
        sparing: Mutex::default(),
    });
    // Fails only when it is called twice, and then the first logger stays.
    let _ = log::set_logger(logger);
    log::set_max_level(level);
    Ok(())
}

/// A line to the operator's screen, whatever the level of the log.
pub fn say(line: &str) {
    if let Some(logger) = LOGGER.get() {
        logger.hand_over(Line::Answer(escaped(line).into_owned()));
    }
}

/// Tell once in the log that the operator's screen takes nothing; it is served on. Who started the server
/// with standard output closed, or has gone, does not want to read it.
pub fn cannot_show(error: &io::Error) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if error.kind() != io::ErrorKind::BrokenPipe && !TOLD.swap(true, Ordering::Relaxed) {
        log::warn!("cannot write to standard output: {error}; serving all the same");
    }
}

/// What is to stand on the operator's screen below all lines, such as what is being typed.
pub fn below(row: Option<&str>) {
    if let Some(logger) = LOGGER.get() {
        let row = row.map(|row| escaped(row).into_owned());
        logger.hand_over(Line::Below(row));
    }
}

/// Wait until what was logged is written, but not for a screen that is stuck.
pub fn finish() {
    let Some(logger) = LOGGER.get() else { return };
    logger.tell_unsaid(u64::MAX);
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

    /// Whether there were not too many of its kind just now.
    fn may_say(&self, record: &Record<'_>) -> bool {
        let second = self.started.elapsed().as_secs();
        self.tell_unsaid(second);
        let kind = (
            record.file_static().unwrap_or_default(),
            record.line().unwrap_or_default(),
        );
        let mut sparing = self.sparing.lock().unwrap_or_else(PoisonError::into_inner);
        sparing.may_say(second, kind)
    }

    /// What was left out of a second that is over.
    fn tell_unsaid(&self, second: u64) {
        let mut sparing = self.sparing.lock().unwrap_or_else(PoisonError::into_inner);
        let notes = match sparing.is_due(second) {
            true => sparing.notes(),
            false => return,
        };
        drop(sparing);
        for note in notes {
            self.hand_over(Line::Log(format!("{} {note}\n", clock())));
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
        let is_news = metadata.level() >= Level::Info && ![CAME, WENT].contains(&metadata.target());
        metadata.level() <= log::max_level() && !(self.quiet && is_news)
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
        if !self.may_say(record) {
            return;
        }
        let (paint, plain) = self.paint(record);
        let text = record.args().to_string();
        let text = escaped(&text);
        self.hand_over(Line::Log(format!(
            "{} {paint}{kind}{text}{plain}\n",
            clock()
        )));
    }

    fn flush(&self) {}
}

/// What could end a line, move a cursor or turn the direction of writing, as `\u{1b}`.
fn escaped(text: &str) -> Cow<'_, str> {
    let harms = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{61c}'
            )
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    if !text.contains(harms) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::new();
    for c in text.chars() {
        match harms(c) {
            true => safe.extend(c.escape_default()),
            false => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// The time of day here, to the second.
fn clock() -> impl std::fmt::Display {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}

fn write_all(lines: &Receiver<Line>) {
    let log_is_seen = io::stderr().is_terminal();
    let mut below: Option<String> = None;
    for line in lines {
        // What stands below gives its row to what is printed, and is drawn again on the next.
        let moves = match &line {
            Line::Log(_) => log_is_seen,
            Line::Answer(_) | Line::Below(_) => true,
            Line::Flush(_) => false,
        };
        if moves && below.is_some() {
            put(ERASE_ROW);
        }
        match line {
            // A log that cannot be written has nobody to complain to.
            Line::Log(text) => drop(io::stderr().write_all(text.as_bytes())),
            Line::Answer(text) => {
                if let Err(error) = writeln!(io::stdout(), "{text}") {
                    cannot_show(&error);
                }
            }
            Line::Below(row) => below = row,
            // Who waited for it has given up.
            Line::Flush(done) => drop(done.send(())),
        }
        if moves && let Some(row) = &below {
            put(row);
        }
    }
}

/// At once, without an end of a line. Only a terminal is written to like this, and one that is gone has
/// nobody to complain to.
fn put(text: &str) {
    let mut out = io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_line_is_one_line_and_paints_nothing() {
        assert_eq!(escaped("ana joined from é"), "ana joined from é");
        assert_eq!(
            escaped("ana\n12:00:00 \x1b[31mbob\r\u{202e}\u{9b}1m\u{2028}"),
            "ana\\n12:00:00 \\u{1b}[31mbob\\r\\u{202e}\\u{9b}1m\\u{2028}"
        );
    }
}
