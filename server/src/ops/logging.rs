//! The log and the operator's screen. The loop hands lines to a thread that writes them, and never
//! waits. Lines that the thread cannot keep up with are counted and replaced by one with their
//! number; the same happens when one kind of line comes too often (limiter.rs), so that a flood
//! hides nothing else.
//!
//! Characters that could end a line or colour the screen are escaped here: one line stays one line.
//! Log lines go to standard error, answers to the operator to standard output.

mod limiter;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use limiter::Limiter;
use log::{Level, LevelFilter, Log, Metadata, Record};

/// Lines that may wait for the writer: 4096 joins at once, at about 100 bytes each.
const WAITING: usize = 4096;

/// Erases the row of the cursor.
const ERASE_ROW: &str = "\r\x1b[K";

/// The target of log lines about a conn that came ...
pub const ARRIVAL: &str = "came";
/// ... and one that left.
pub const DEPARTURE: &str = "went";

enum Line {
    Log(String),
    Answer(String),
    /// The row to show below all lines from now on.
    Below(Option<String>),
    /// Confirms that everything before is written.
    Flush(SyncSender<()>),
}

struct Logger {
    sender: SyncSender<Line>,
    /// Whether the log goes to a terminal with colours.
    colours: bool,
    /// Whether info lines are limited to joins and leaves.
    quiet: bool,
    dropped: AtomicU64,
    started: Instant,
    /// Held for an instant by each line; only the loop and the accounts' worker log.
    limiter: Mutex<Limiter>,
}

static LOGGER: OnceLock<Logger> = OnceLock::new();

/// Starts the writer. Call it once, after signals are blocked.
///
/// # Errors
/// If the thread cannot be started.
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
        limiter: Mutex::default(),
    });
    // Fails only on a second call; the first logger stays.
    let _ = log::set_logger(logger);
    log::set_max_level(level);
    Ok(())
}

/// Prints a line on the operator's screen, whatever the log level.
pub fn say(line: &str) {
    if let Some(logger) = LOGGER.get() {
        logger.hand_over(Line::Answer(escaped(line).into_owned()));
    }
}

/// Logs once that standard output does not work; the server keeps running. An operator who closed
/// it or has left does not want to read it.
pub fn cannot_show(error: &io::Error) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if error.kind() != io::ErrorKind::BrokenPipe && !TOLD.swap(true, Ordering::Relaxed) {
        log::warn!("cannot write to standard output: {error}; serving all the same");
    }
}

/// The row to keep below all lines, such as the one being typed.
pub fn below(row: Option<&str>) {
    if let Some(logger) = LOGGER.get() {
        let row = row.map(|row| escaped(row).into_owned());
        logger.hand_over(Line::Below(row));
    }
}

/// Waits until everything logged is written, but not for a stuck screen.
pub fn finish() {
    let Some(logger) = LOGGER.get() else { return };
    logger.tell_unsaid(u64::MAX);
    let (done, written) = sync_channel(1);
    if logger.sender.try_send(Line::Flush(done)).is_ok() {
        let _ = written.recv_timeout(Duration::from_secs(1));
    }
}

impl Logger {
    /// The colours before and after the text: joins, leaves and faults differ.
    fn paint(&self, record: &Record<'_>) -> (&'static str, &'static str) {
        let paint = match (record.level(), record.target()) {
            (Level::Error, _) => "\x1b[31m",
            (Level::Warn, _) => "\x1b[33m",
            (_, ARRIVAL) => "\x1b[32m",
            (_, DEPARTURE) => "\x1b[35m",
            _ => "",
        };
        if self.colours && !paint.is_empty() {
            (paint, "\x1b[0m")
        } else {
            ("", "")
        }
    }

    /// Whether this kind of line has not come too often in this second.
    fn may_say(&self, record: &Record<'_>) -> bool {
        let second = self.started.elapsed().as_secs();
        self.tell_unsaid(second);
        let kind = (
            record.file_static().unwrap_or_default(),
            record.line().unwrap_or_default(),
        );
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.may_say(second, kind)
    }

    /// Logs what was left out of a past second.
    fn tell_unsaid(&self, second: u64) {
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        let notes = match limiter.is_due(second) {
            true => limiter.notes(),
            false => return,
        };
        drop(limiter);
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
        let is_news =
            metadata.level() >= Level::Info && ![ARRIVAL, DEPARTURE].contains(&metadata.target());
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

/// Escapes characters that could end a line, move the cursor or change the writing direction, as
/// `\u{1b}`.
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

/// The local time of day, to the second.
fn clock() -> impl std::fmt::Display {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}

fn write_all(lines: &Receiver<Line>) {
    let log_is_seen = io::stderr().is_terminal();
    let mut below: Option<String> = None;
    for line in lines {
        // The row below makes room for the line and is drawn again after it.
        let moves = match &line {
            Line::Log(_) => log_is_seen,
            Line::Answer(_) | Line::Below(_) => true,
            Line::Flush(_) => false,
        };
        if moves && below.is_some() {
            put(ERASE_ROW);
        }
        match line {
            // If the log cannot be written, nobody can be told.
            Line::Log(text) => drop(io::stderr().write_all(text.as_bytes())),
            Line::Answer(text) => {
                if let Err(error) = writeln!(io::stdout(), "{text}") {
                    cannot_show(&error);
                }
            }
            Line::Below(row) => below = row,
            // The waiting thread may have given up.
            Line::Flush(done) => drop(done.send(())),
        }
        if moves && let Some(row) = &below {
            put(row);
        }
    }
}

/// Writes at once, without a line end. Only terminals are written to like this; if one is gone,
/// nobody can be told.
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
