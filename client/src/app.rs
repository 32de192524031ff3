//! A session in a terminal: the loop, and nothing that could be decided without it.
//!
//! Keyboard, server and signals are all served in every turn; none can starve another. What a turn
//! has to show is drawn in one write at its end: the row being typed is hidden, the new lines stand
//! above, the row is shown again. Invariant: the turn in which `over` is set is the last one.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use crate::chat::{Chat, Echo};
use crate::editor::{Editor, Outcome, TEXT_BYTES};
use crate::keys::{Decoder, ESCAPE_MS, Key};
use crate::lines::Lines;
use crate::link::{Link, QUEUE_BYTES, Received};
use crate::options::Options;
use crate::protocol::{Event, LINE_BYTES, Line};
use crate::terminal::{Request, Terminal};
use crate::view::{CLEAR_SCREEN, Colours, HIDE, Row};
use crate::words::{Language, Phrase, phrase};
use crate::{End, Failure, output};

/// Bytes read from the server in one turn, so that a flood of lines leaves the keyboard its turn.
const SERVER_BYTES: usize = 64 * 1024;

/// Bytes read from the keyboard in one turn; a terminal never gives more at once.
const KEYBOARD_BYTES: usize = 4096;

/// How long leaving waits for the server's goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// Chat in the terminal until somebody ends it.
pub fn run(options: &Options, colours: Colours, link: Link) -> Result<End, Failure> {
    let terminal = Terminal::open().map_err(Failure::Terminal)?;
    let mut app = App::new(options, colours, link, terminal);
    app.turns().map_err(Failure::Terminal)?;
    app.over.unwrap_or(Ok(End::Left))
}

/// What poll found.
#[derive(Default)]
struct Ready {
    keyboard: bool,
    server: bool,
    signals: bool,
    timeout: bool,
}

struct App {
    terminal: Terminal,
    link: Link,
    decoder: Decoder,
    editor: Editor,
    lines: Lines,
    chat: Chat,
    colours: Colours,
    language: Language,
    /// `--name` answered the server's question before it was asked, so it is not shown, nor again
    /// in the language of `--lang`; but when the answer was refused, it is.
    hides_question: bool,
    /// Lines to show above the row in this turn.
    above: String,
    is_row_old: bool,
    clears_screen: bool,
    /// It was told that the row is full.
    told_full: bool,
    /// Leaving waits until then.
    goodbye: Option<Instant>,
    over: Option<Result<End, Failure>>,
}

impl App {
    fn new(options: &Options, colours: Colours, link: Link, terminal: Terminal) -> App {
        App {
            terminal,
            link,
            decoder: Decoder::default(),
            editor: Editor::default(),
            lines: Lines::default(),
            chat: Chat::new(options.language),
            colours,
            language: options.language,
            hides_question: options.name.is_some(),
            above: String::new(),
            is_row_old: true,
            clears_screen: false,
            told_full: false,
            goodbye: None,
            over: None,
        }
    }

    /// The loop. A turn: 1. draw what changed, 2. wait, 3. signals, 4. keyboard, 5. server, 6. send.
    fn turns(&mut self) -> io::Result<()> {
        while self.over.is_none() {
            self.draw()?;
            let ready = self.wait()?;
            self.hear_signals(&ready)?;
            self.hear_keyboard(&ready)?;
            self.hear_server(&ready);
            self.link.flush();
            self.check_goodbye();
        }
        self.draw()
    }

    fn wait(&self) -> io::Result<Ready> {
        let stdin = io::stdin();
        let mut fds = [
            PollFd::new(stdin.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.link.fd(), self.link.interest()),
            PollFd::new(self.terminal.signals(), PollFlags::POLLIN),
        ];
        match poll(&mut fds, self.patience()) {
            Ok(0) => Ok(Ready {
                timeout: true,
                ..Ready::default()
            }),
            Ok(_) => {
                // Bits that nix does not know count as news.
                let [keyboard, server, signals] = fds.map(|fd| fd.any().unwrap_or(true));
                Ok(Ready {
                    keyboard,
                    server,
                    signals,
                    timeout: false,
                })
            }
            Err(Errno::EINTR) => Ok(Ready::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// How long to wait at most: for the rest of a sequence, or for the goodbye.
    fn patience(&self) -> PollTimeout {
        if self.decoder.is_waiting() {
            return ESCAPE_MS.into();
        }
        match self.goodbye {
            // One more, because the milliseconds are rounded down and 0 would spin.
            Some(end) => {
                let left = end.saturating_duration_since(Instant::now()).as_millis() + 1;
                u16::try_from(left).unwrap_or(u16::MAX).into()
            }
            None => PollTimeout::NONE,
        }
    }

    fn hear_signals(&mut self, ready: &Ready) -> io::Result<()> {
        while ready.signals && self.over.is_none() {
            match self.terminal.next_request()? {
                Some(Request::Redraw) => self.is_row_old = true,
                Some(Request::Suspend) => self.suspend()?,
                Some(Request::End(signal)) => self.over = Some(Ok(End::Signal(signal))),
                None => break,
            }
        }
        Ok(())
    }

    fn hear_keyboard(&mut self, ready: &Ready) -> io::Result<()> {
        let mut keys = Vec::new();
        if ready.timeout {
            self.decoder.expire(&mut keys);
        }
        if ready.keyboard && self.over.is_none() {
            let mut buffer = [0; KEYBOARD_BYTES];
            match self.terminal.read(&mut buffer) {
                // The terminal is gone, and SIGHUP may be on its way.
                Ok(0) => self.over = Some(Ok(End::Signal(Signal::SIGHUP))),
                Ok(n) => self.decoder.feed(&buffer[..n], &mut keys),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        for key in keys {
            self.press(key)?;
        }
        Ok(())
    }

    fn press(&mut self, key: Key) -> io::Result<()> {
        let outcome = self.editor.press(key);
        if outcome != Outcome::Full {
            self.told_full = false;
            self.is_row_old = true;
        }
        match outcome {
            Outcome::Edited => {}
            Outcome::Submit => self.submit(),
            Outcome::Complete => self.editor.complete(self.chat.names()),
            Outcome::Cleared => self.hint(&Phrase::HowToLeave),
            Outcome::Leave => self.leave(),
            Outcome::Suspend => self.suspend()?,
            Outcome::ClearScreen => self.clears_screen = true,
            Outcome::Full if self.told_full => {}
            Outcome::Full => {
                self.told_full = true;
                self.hint(&Phrase::Full { limit: TEXT_BYTES });
            }
        }
        Ok(())
    }

    /// Send what was typed, a pasted text line by line. What cannot be sent stays in the row.
    fn submit(&mut self) {
        let text = self.editor.text();
        let too_long = text
            .split('\n')
            .map(|line| line.trim().len())
            .find(|&n| n > LINE_BYTES);
        if let Some(bytes) = too_long {
            self.hint(&Phrase::TooLong {
                bytes,
                limit: LINE_BYTES,
            });
            return;
        }
        if self.link.queued() + text.len() > QUEUE_BYTES {
            self.hint(&Phrase::ServerBusy);
            return;
        }
        let text = self.editor.accept();
        for line in text
            .split('\n')
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            self.link.send_line(line);
            match self.chat.say(line) {
                Echo::Line(own) => self.colours.line(&mut self.above, &Line::parse(&own)),
                Echo::Typed => self.colours.dim(&mut self.above, line),
            }
        }
    }

    /// Leave politely, or at once when it was asked for before.
    fn leave(&mut self) {
        if self.goodbye.is_some() {
            self.over = Some(Ok(End::Left));
            return;
        }
        self.link.send_line("/quit");
        self.chat.say("/quit");
        self.goodbye = Some(Instant::now() + GOODBYE);
    }

    fn check_goodbye(&mut self) {
        if self.over.is_none() && self.goodbye.is_some_and(|end| Instant::now() >= end) {
            self.over = Some(Ok(End::Left));
        }
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.is_row_old = true;
        self.terminal.suspend()
    }

    fn hear_server(&mut self, ready: &Ready) {
        if !ready.server || self.over.is_some() {
            return;
        }
        let mut buffer = [0; SERVER_BYTES];
        let mut lines = Vec::new();
        match self.link.receive(&mut buffer) {
            Ok(Received::Bytes(n)) => self.lines.push(&buffer[..n], &mut lines),
            Ok(Received::Nothing) => {}
            Ok(Received::End) => {
                lines.extend(self.lines.end());
                self.end_by(Failure::Closed);
            }
            Err(error) => {
                lines.extend(self.lines.end());
                self.end_by(Failure::Lost(error));
            }
        }
        for line in &lines {
            self.show(&Line::parse(line));
        }
    }

    /// The connection is over: no failure for somebody who asked for it.
    fn end_by(&mut self, failure: Failure) {
        self.over = Some(if self.chat.is_quitting() {
            Ok(End::Left)
        } else {
            Err(failure)
        });
    }

    fn show(&mut self, line: &Line) {
        self.chat.hear(line);
        match line {
            Line::Event(text) if self.hides_question && Event::parse(text) == Event::Question => {
                return;
            }
            Line::Error(_) => self.hides_question = false,
            _ => {}
        }
        self.is_row_old = true;
        self.colours.line(&mut self.above, line);
    }

    fn hint(&mut self, what: &Phrase) {
        self.is_row_old = true;
        self.colours.dim(
            &mut self.above,
            &format!("-- {}", phrase(self.language, what)),
        );
    }

    /// Hide the row, write the new lines, show the row again, in one write.
    fn draw(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.is_row_old) {
            return Ok(());
        }
        let clears = std::mem::take(&mut self.clears_screen);
        let mut out = String::from(if clears { CLEAR_SCREEN } else { HIDE });
        out.push_str(&self.above);
        self.above.clear();
        if self.over.is_none() {
            self.colours.row(
                &mut out,
                &Row {
                    prompt: &self.prompt(),
                    name: self.chat.name(),
                    text: self.editor.text(),
                    cursor: self.editor.cursor(),
                    columns: self.terminal.columns(),
                },
            );
        }
        output::write_all(out.as_bytes())
    }

    /// The own name, and how many lines Enter would send when there are several.
    fn prompt(&self) -> String {
        let name = self.chat.name().unwrap_or_default();
        let text = self.editor.text();
        match text
            .split('\n')
            .filter(|line| !line.trim().is_empty())
            .count()
        {
            n if text.contains('\n') => {
                format!("{name} ({})> ", phrase(self.language, &Phrase::Lines(n)))
            }
            _ => format!("{name}> "),
        }
    }
}
