//! A session in a terminal: the loop, and nothing that could be decided without it.
//!
//! Keyboard, session and signals are all served in every turn; none can starve another. What a turn
//! has to show is drawn in one write at its end: the row being typed is hidden, the new lines stand
//! above, the row is shown again. Invariant: the turn that sets `ending` is the last one.

use std::borrow::Cow;
use std::io;
use std::mem;
use std::os::fd::AsFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::Signal;

use crate::ending::{End, Failure};
use crate::output;
use crate::session::protocol::{Line, secret_command};
use crate::session::{Prompt, Session, Shown, TEXT_BYTES, poll_timeout};
use crate::terminal::editor::{Editor, Outcome};
use crate::terminal::keys::{Decoder, ESCAPE_MS, Key};
use crate::terminal::view::{CLEAR_SCREEN, Colours, HIDE, Row, masked};
use crate::terminal::{Request, Terminal};
use crate::words::{Language, Phrase};

/// Bytes read from the keyboard in one turn; a terminal never gives more at once.
const KEYBOARD_BYTES: usize = 4096;

/// Chat in the terminal until the session ends.
pub(crate) fn run(
    session: impl Session,
    language: Language,
    colours: Colours,
) -> Result<End, Failure> {
    let terminal = Terminal::open().map_err(Failure::Terminal)?;
    let mut app = App {
        terminal,
        session,
        decoder: Decoder::default(),
        editor: Editor::default(),
        colours,
        language,
        above: String::new(),
        is_row_old: true,
        clears_screen: false,
        told_full: false,
        ending: None,
    };
    app.turns().map_err(Failure::Terminal)?;
    app.ending.unwrap_or(Ok(End::Left))
}

#[derive(Default)]
struct Ready {
    keyboard: bool,
    session: bool,
    signals: bool,
    timeout: bool,
}

struct App<S> {
    terminal: Terminal,
    session: S,
    decoder: Decoder,
    editor: Editor,
    colours: Colours,
    language: Language,
    /// The lines to show above the row in this turn.
    above: String,
    /// Whether the row has to be drawn again.
    is_row_old: bool,
    clears_screen: bool,
    /// The hint that the row is full was shown.
    told_full: bool,
    ending: Option<Result<End, Failure>>,
}

impl<S: Session> App<S> {
    /// The loop. A turn: 1. draw what changed, 2. wait, 3. signals, 4. keyboard, 5. session.
    fn turns(&mut self) -> io::Result<()> {
        while self.ending.is_none() {
            self.draw()?;
            let ready = self.wait()?;
            self.serve_signals(&ready)?;
            self.serve_keyboard(&ready)?;
            self.serve_session(&ready);
        }
        self.draw()
    }

    fn wait(&self) -> io::Result<Ready> {
        let stdin = io::stdin();
        let mut fds = [
            PollFd::new(stdin.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.session.fd(), self.session.interest()),
            PollFd::new(self.terminal.signals(), PollFlags::POLLIN),
        ];
        let timeout = match self.decoder.is_waiting() {
            true => ESCAPE_MS.into(),
            false => poll_timeout(&self.session),
        };
        match poll(&mut fds, timeout) {
            Ok(count) => {
                // Flags that nix does not know mean ready too.
                let [keyboard, session, signals] = fds.map(|fd| fd.any().unwrap_or(true));
                Ok(Ready {
                    keyboard,
                    session,
                    signals,
                    timeout: count == 0,
                })
            }
            Err(Errno::EINTR) => Ok(Ready::default()),
            Err(error) => Err(error.into()),
        }
    }

    fn serve_signals(&mut self, ready: &Ready) -> io::Result<()> {
        while ready.signals && self.ending.is_none() {
            match self.terminal.next_request()? {
                Some(Request::Redraw) => self.is_row_old = true,
                Some(Request::Suspend) => self.suspend()?,
                Some(Request::End(signal)) => self.ending = Some(Ok(End::Signal(signal))),
                None => break,
            }
        }
        Ok(())
    }

    fn serve_keyboard(&mut self, ready: &Ready) -> io::Result<()> {
        let mut keys = Vec::new();
        if ready.timeout {
            self.decoder.expire(&mut keys);
        }
        if ready.keyboard && self.ending.is_none() {
            let mut buffer = [0; KEYBOARD_BYTES];
            match self.terminal.read(&mut buffer) {
                // The terminal is gone, and SIGHUP may be on its way.
                Ok(0) => self.ending = Some(Ok(End::Signal(Signal::SIGHUP))),
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
            Outcome::Complete => self.editor.complete(self.session.names()),
            Outcome::Cleared => self.hint(&Phrase::HowToLeave.text(self.language)),
            Outcome::Leave => self.session.leave(Instant::now()),
            Outcome::Suspend => self.suspend()?,
            Outcome::ClearScreen => self.clears_screen = true,
            Outcome::Full => {
                if !mem::replace(&mut self.told_full, true) {
                    let full = Phrase::PasteTooLong { limit: TEXT_BYTES };
                    self.hint(&full.text(self.language));
                }
            }
        }
        Ok(())
    }

    /// Send what was typed, a pasted text line by line. What cannot be sent stays in the row.
    fn submit(&mut self) {
        if let Some(why) = self.session.refusal(self.editor.text()) {
            self.hint(&why);
            return;
        }
        let (now, mut shown) = (Instant::now(), Vec::new());
        let is_question = matches!(self.session.prompt(), Prompt::Question { .. });
        // A password is not kept for Up.
        if is_question || secret_command(self.editor.text()).is_some() {
            let answer = self.editor.take();
            self.session.say(answer.trim(), now, &mut shown);
        } else {
            let text = self.editor.accept();
            let lines = text.split('\n').map(str::trim_end);
            for line in lines.filter(|line| !line.is_empty()) {
                self.session.say(line, now, &mut shown);
            }
        }
        self.show(shown);
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.is_row_old = true;
        self.terminal.suspend()
    }

    fn serve_session(&mut self, ready: &Ready) {
        if self.ending.is_some() {
            return;
        }
        let (now, mut shown) = (Instant::now(), Vec::new());
        if ready.session {
            self.session.receive(now, &mut shown);
        }
        self.session.tick(now, &mut shown);
        self.show(shown);
        self.ending = self.session.take_ending();
    }

    fn show(&mut self, shown: Vec<Shown>) {
        let columns = self.terminal.columns();
        for shown in shown {
            self.is_row_old = true;
            match shown {
                Shown::Received(line) | Shown::Own(line) => {
                    let line = Line::parse(&line);
                    self.colours.line(&mut self.above, &line, columns);
                }
                Shown::Typed(line) => self.colours.dim(&mut self.above, &line, columns),
            }
        }
    }

    fn hint(&mut self, what: &str) {
        self.show(vec![Shown::Typed(format!("-- {what}"))]);
    }

    /// Hide the row, write the new lines, show the row again, in one write.
    fn draw(&mut self) -> io::Result<()> {
        if !mem::take(&mut self.is_row_old) {
            return Ok(());
        }
        let clears = mem::take(&mut self.clears_screen);
        let mut out = String::from(if clears { CLEAR_SCREEN } else { HIDE });
        out.push_str(&self.above);
        self.above.clear();
        if self.ending.is_none() {
            self.draw_row(&mut out);
        }
        output::write_all(out.as_bytes())
    }

    fn draw_row(&self, out: &mut String) {
        let (mut text, mut cursor) = (Cow::Borrowed(self.editor.text()), self.editor.cursor());
        let (prompt, name) = match self.session.prompt() {
            Prompt::Chat { text, name } => (self.prompt(&text), name),
            Prompt::Question {
                text: question,
                is_secret,
            } => {
                if is_secret {
                    cursor = masked(&text[..cursor]).len();
                    text = Cow::Owned(masked(&text));
                }
                (question, None)
            }
        };
        let row = Row {
            prompt: &prompt,
            name: name.as_deref(),
            text: &text,
            cursor,
            columns: self.terminal.columns(),
        };
        self.colours.row(out, &row);
    }

    /// The label, and how many lines Enter would send when there are several.
    fn prompt(&self, label: &str) -> String {
        let text = self.editor.text();
        if !text.contains('\n') {
            return format!("{label}> ");
        }
        let lines = text.split('\n').filter(|line| !line.trim().is_empty());
        let count = Phrase::Lines(lines.count()).text(self.language);
        format!("{label} ({count})> ")
    }
}
