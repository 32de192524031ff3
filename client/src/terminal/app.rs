//! A session in a terminal: the loop, and nothing that could be decided without it.
//!
//! Keyboard, session and signals are all served in every turn; none can starve another. What a turn
//! has to show is drawn in one write at its end: the row being typed is hidden, the new lines stand
//! above, the row is shown again. Invariant: the turn in which `over` is set is the last one.

use std::borrow::Cow;
use std::io;
use std::os::fd::AsFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use crate::session::protocol::{Line, secret_command};
use crate::session::{Prompt, Session, Shown};
use crate::terminal::editor::{Editor, Outcome, TEXT_BYTES};
use crate::terminal::keys::{Decoder, ESCAPE_MS, Key};
use crate::terminal::view::{CLEAR_SCREEN, Colours, HIDE, Row, masked};
use crate::terminal::{Request, Terminal};
use crate::words::{Language, Phrase, phrase};
use crate::{End, Failure, output, pipe};

/// Bytes read from the keyboard in one turn; a terminal never gives more at once.
const KEYBOARD_BYTES: usize = 4096;

/// Chat in the terminal until somebody ends it.
pub fn run(language: Language, colours: Colours, session: impl Session) -> Result<End, Failure> {
    let terminal = Terminal::open().map_err(Failure::Terminal)?;
    let mut app = App::new(language, colours, session, terminal);
    app.turns().map_err(Failure::Terminal)?;
    app.over.unwrap_or(Ok(End::Left))
}

/// What poll found.
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
    /// Lines to show above the row in this turn.
    above: String,
    is_row_old: bool,
    clears_screen: bool,
    /// It was told that the row is full.
    told_full: bool,
    over: Option<Result<End, Failure>>,
}

impl<S: Session> App<S> {
    fn new(language: Language, colours: Colours, session: S, terminal: Terminal) -> App<S> {
        App {
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
            over: None,
        }
    }

    /// The loop. A turn: 1. draw what changed, 2. wait, 3. signals, 4. keyboard, 5. session.
    fn turns(&mut self) -> io::Result<()> {
        while self.over.is_none() {
            self.draw()?;
            let ready = self.wait()?;
            self.hear_signals(&ready)?;
            self.hear_keyboard(&ready)?;
            self.hear_session(&ready);
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
        match poll(&mut fds, self.patience()) {
            Ok(0) => Ok(Ready {
                timeout: true,
                ..Ready::default()
            }),
            Ok(_) => {
                // Bits that nix does not know count as news.
                let [keyboard, session, signals] = fds.map(|fd| fd.any().unwrap_or(true));
                Ok(Ready {
                    keyboard,
                    session,
                    signals,
                    timeout: false,
                })
            }
            Err(Errno::EINTR) => Ok(Ready::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// How long to wait at most: for the rest of a sequence, or for what the session has to do.
    fn patience(&self) -> PollTimeout {
        if self.decoder.is_waiting() {
            return ESCAPE_MS.into();
        }
        pipe::patience(self.session.deadline())
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
            Outcome::Complete => self.editor.complete(self.session.names()),
            Outcome::Cleared => self.hint(&phrase(self.language, &Phrase::HowToLeave)),
            Outcome::Leave => self.session.leave(Instant::now()),
            Outcome::Suspend => self.suspend()?,
            Outcome::ClearScreen => self.clears_screen = true,
            Outcome::Full if self.told_full => {}
            Outcome::Full => {
                self.told_full = true;
                let full = Phrase::Full { limit: TEXT_BYTES };
                self.hint(&phrase(self.language, &full));
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
        // What holds a password is not kept for Up.
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
        self.is_row_old = true;
        self.show(shown);
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.is_row_old = true;
        self.terminal.suspend()
    }

    fn hear_session(&mut self, ready: &Ready) {
        if self.over.is_some() {
            return;
        }
        let (now, mut shown) = (Instant::now(), Vec::new());
        if ready.session {
            self.session.hear(now, &mut shown);
        }
        self.session.tick(now, &mut shown);
        self.session.flush();
        self.show(shown);
        self.over = self.session.over();
    }

    fn show(&mut self, shown: Vec<Shown>) {
        self.is_row_old |= !shown.is_empty();
        let columns = self.terminal.columns();
        for shown in shown {
            match shown {
                Shown::Heard(line) | Shown::Own(line) => {
                    self.colours
                        .line(&mut self.above, &Line::parse(&line), columns);
                }
                Shown::Typed(line) => self.colours.dim(&mut self.above, &line, columns),
            }
        }
    }

    fn hint(&mut self, what: &str) {
        self.is_row_old = true;
        let columns = self.terminal.columns();
        self.colours
            .dim(&mut self.above, &format!("-- {what}"), columns);
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
                (question.to_owned(), None)
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
        match text
            .split('\n')
            .filter(|line| !line.trim().is_empty())
            .count()
        {
            n if text.contains('\n') => {
                format!("{label} ({})> ", phrase(self.language, &Phrase::Lines(n)))
            }
            _ => format!("{label}> "),
        }
    }
}
