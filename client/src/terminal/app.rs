//! A session in a terminal: the loop, and nothing that could be decided without it.
//!
//! Keyboard, session and signals are all served in every turn; none can starve another. What a turn
//! has to show is drawn in one write at the beginning of the next, if it is time (see screen.rs and app/drawing.rs).
//! Invariant: the turn that sets `ending` is the last one.

mod drawing;

use std::io::{
    self,
    ErrorKind::{Interrupted, WouldBlock},
};
use std::mem;
use std::os::fd::AsFd;
use std::time::Instant;

use nix::poll::{PollFd, PollFlags};
use nix::sys::signal::Signal;

use crate::commands;
use crate::ending::{End, Failure};
use crate::output;
use crate::reading::{Manner, Reading};
use crate::session::{Input, Linked, Session, Shown};
use crate::terminal::Terminal;
use crate::terminal::area::{Area, WHERE};
use crate::terminal::bindings::Bindings;
use crate::terminal::block::{self, Block};
use crate::terminal::compose;
use crate::terminal::editor::{Editor, Mode, Outcome};
use crate::terminal::full::{Full, Pressed};
use crate::terminal::keyboard::Keyboard;
use crate::terminal::keys::{Focus, Key};
use crate::terminal::pace::Due;
use crate::terminal::plain::PlainRow;
use crate::terminal::reader::Reader;
use crate::terminal::screen::Screen;
use crate::terminal::view::{CLEAR_SCREEN, Colours};
use crate::wait::{is_ready, wait};
use crate::words::{Language, Phrase};

/// Bytes read from the keyboard in one turn; a terminal never gives more at once.
const KEYBOARD_BYTES: usize = 4096;

/// Chat in the terminal until the session ends. Its language may change meanwhile.
pub(crate) fn run(
    session: impl Session,
    language: &mut Language,
    reading: Reading,
    colours: Colours,
) -> Result<End, Failure> {
    let manner = reading.manner;
    let terminal = Terminal::open(manner).map_err(Failure::Terminal)?;
    let server = session.server();
    let editor = server.map_or_else(Editor::default, |server| Editor::of(&server));
    let colours = match manner {
        Manner::Plain => Colours::Off,
        Manner::Lines | Manner::Full => colours,
    };
    let full = (manner == Manner::Full).then(|| Full::of(reading.clone(), colours));
    let mut app = App {
        terminal,
        session,
        keyboard: Keyboard::default(),
        bindings: reading.bindings.clone(),
        editor,
        block: Block::default(),
        area: Area::default(),
        full,
        reader: Reader::of(reading, colours),
        screen: Screen::open(),
        due: Some(Due::Key),
        told_full: false,
        ending: None,
    };
    app.area.plain = (manner == Manner::Plain).then(PlainRow::default);
    let turned = app.turns();
    *language = app.session.language();
    turned.map_err(Failure::Terminal)?;
    let ending = app.ending.take().unwrap_or(Ok(End::Left));
    let is_told = !matches!(ending, Ok(End::Signal(_)));
    let last_line = app.full.as_ref().map(Full::last_line).filter(|_| is_told);
    drop(app);
    // Why it ended, on the screen that is left.
    output::write_all(last_line.unwrap_or_default().as_bytes()).map_err(Failure::Terminal)?;
    ending
}

struct App<S> {
    terminal: Terminal,
    session: S,
    keyboard: Keyboard,
    bindings: Bindings,
    editor: Editor,
    /// Lines that wait for the server's flood control.
    block: Block,
    reader: Reader,
    area: Area,
    /// In place of both, a screen of its own.
    full: Option<Full>,
    /// The lines to show above the row, on their way to the terminal.
    screen: Screen,
    /// What the row has to be drawn again for.
    due: Option<Due>,
    /// The hint that the row is full was shown.
    told_full: bool,
    ending: Option<Result<End, Failure>>,
}

impl<S: Session> App<S> {
    /// The loop. A turn: 1. draw what changed, 2. wait, 3. signals, 4. keyboard, 5. session.
    fn turns(&mut self) -> io::Result<()> {
        while self.ending.is_none() {
            self.draw()?;
            let [keyboard, session, signals, _] = self.wait()?;
            self.screen.go_on(Instant::now())?;
            self.serve_signals(signals)?;
            self.serve_keyboard(keyboard)?;
            self.serve_session(session);
        }
        self.stop_block();
        self.screen.show(self.reader.finish());
        self.draw_last()
    }

    fn wait(&self) -> io::Result<[bool; 4]> {
        let (stdin, stdout) = (io::stdin(), io::stdout());
        let signals = self.terminal.signals();
        // While the terminal is slower than the server, the server waits.
        let session = match self.screen.is_full() {
            true => PollFd::new(signals, PollFlags::empty()),
            false => self.session.poll_fd(),
        };
        let mut fds = [
            PollFd::new(stdin.as_fd(), PollFlags::POLLIN),
            session,
            PollFd::new(signals, PollFlags::POLLIN),
            self.screen.poll_fd(&stdout),
        ];
        let frame = match (self.area.deadline(), self.due) {
            (None, Some(due)) => self.screen.deadline(due),
            (answer, _) => answer,
        };
        let deadlines = [
            self.keyboard.deadline(),
            self.session.deadline(),
            self.block.deadline(),
            frame,
        ];
        wait(&mut fds, deadlines.into_iter().flatten().min())?;
        Ok(fds.each_ref().map(is_ready))
    }

    fn serve_signals(&mut self, is_ready: bool) -> io::Result<()> {
        while is_ready && self.ending.is_none() {
            match self.terminal.next_signal()? {
                Some(Signal::SIGWINCH) => self.resized()?,
                Some(Signal::SIGTSTP) => self.suspend()?,
                Some(Signal::SIGCONT) => {
                    self.lose_place();
                    self.area.forget();
                    self.terminal.resume()?;
                }
                Some(signal) => self.ending = Some(Ok(End::Signal(signal))),
                None => break,
            }
            self.due = Some(Due::Key);
        }
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.hide()?;
        self.terminal.suspend()
    }

    /// Where things stand on the screen is not known any more.
    fn lose_place(&mut self) {
        self.reader.lose_place();
        if let Some(full) = &mut self.full {
            full.forget();
        }
    }

    fn resized(&mut self) -> io::Result<()> {
        self.lose_place();
        match self.full.is_none() && self.area.resized(Instant::now()) {
            true => self.screen.send(WHERE),
            false => Ok(()),
        }
    }

    fn serve_keyboard(&mut self, is_ready: bool) -> io::Result<()> {
        let (mut buffer, mut n) = ([0; KEYBOARD_BYTES], 0);
        if is_ready && self.ending.is_none() {
            match self.terminal.read(&mut buffer) {
                // The terminal is gone, and SIGHUP may be on its way.
                Ok(0) => self.ending = Some(Ok(End::Signal(Signal::SIGHUP))),
                Ok(read) => n = read,
                Err(error) if matches!(error.kind(), WouldBlock | Interrupted) => {}
                Err(error) => return Err(error),
            }
        }
        let now = Instant::now();
        let keys = self.keyboard.keys(&buffer[..n], now);
        let is_burst = self.keyboard.is_burst(now);
        let mut is_pasted = false;
        for key in keys {
            // It is no answer to a question that nobody has read: it goes to the text.
            is_pasted |= is_burst && matches!(self.editor.mode(), Mode::Asking(_));
            let pasted = key.pasted().filter(|_| is_pasted);
            let key = pasted.unwrap_or(key);
            if let Some(key) = self.bindings.of(key) {
                self.press(key)?;
            }
        }
        Ok(())
    }

    fn press(&mut self, key: Key) -> io::Result<()> {
        match key {
            Key::CursorAt { column } => {
                let columns = self.terminal.size().1;
                return match self.area.answered(column, columns, Instant::now()) {
                    true => self.screen.send(WHERE),
                    false => Ok(()),
                };
            }
            Key::Focus(focus) => {
                self.focus(focus);
                return Ok(());
            }
            Key::Control('c') if self.stop_block() => return Ok(()),
            // Nothing of an answer is drawn elsewhere, nor written into a file.
            Key::Control('r' | 'x') if !self.is_chat() => return Ok(()),
            _ => {}
        }
        if self.press_full(key) {
            self.due = Some(Due::Key);
            return Ok(());
        }
        let language = self.session.language();
        let outcome = self.editor.press(key);
        if outcome != Outcome::Full {
            self.told_full = false;
            self.due = Some(Due::Key);
        }
        match outcome {
            Outcome::Edited => {}
            Outcome::Submit | Outcome::SubmitAll => {
                self.echo()?;
                self.submit(outcome == Outcome::SubmitAll);
            }
            Outcome::Complete => {
                self.editor.complete(self.session.names(), language);
                let is_plain = self.area.plain.is_some();
                if let Some(others) = self.editor.candidates().filter(|_| is_plain) {
                    self.hint(&others);
                }
            }
            Outcome::Compose => self.compose()?,
            Outcome::Leaving => self.hint(&Phrase::HowToLeave.text(language)),
            Outcome::Leave => self.session.leave(Instant::now()),
            Outcome::Suspend => self.suspend()?,
            Outcome::ClearScreen => {
                if self.full.is_none() {
                    let finished = self.reader.finish();
                    self.screen.show(finished + CLEAR_SCREEN);
                }
                self.lose_place();
            }
            Outcome::Full => self.tell_full(),
        }
        Ok(())
    }

    /// Whether the key is for the screen of its own. While the row asks something all keys are the answer.
    fn press_full(&mut self, key: Key) -> bool {
        let is_typing = self.is_chat() && matches!(self.editor.mode(), Mode::Typing);
        let Some(full) = &mut self.full else {
            return false;
        };
        if !is_typing {
            full.end_search();
            return false;
        }
        match full.press(key) {
            Pressed::Taken => true,
            Pressed::Send(command) => {
                let mut shown = Vec::new();
                self.send(&command, Instant::now(), &mut shown);
                self.show(shown);
                true
            }
            Pressed::Other => false,
        }
    }

    fn focus(&mut self, focus: Focus) {
        self.due = Some(Due::Key);
        match &mut self.full {
            Some(full) => full.focus(focus),
            None => self.screen.show(self.reader.focus(focus)),
        }
    }

    fn tell_full(&mut self) {
        if !mem::replace(&mut self.told_full, true) {
            self.hint(&Phrase::PasteTooLong.text(self.session.language()));
        }
    }

    fn compose(&mut self) -> io::Result<()> {
        let text = self.editor.text().to_owned();
        self.hide()?;
        match self.terminal.lend(|| compose::edit(&text))? {
            Ok(Some(text)) if !self.editor.replace(&text) => self.tell_full(),
            Ok(_) => {}
            Err(error) => self.hint(&Phrase::NoEditor(&error).text(self.session.language())),
        }
        Ok(())
    }

    /// Send what was typed, a pasted text line by line. What cannot be sent stays in the row.
    fn submit(&mut self, is_agreed: bool) {
        if let Some(why) = self.session.refusal(self.editor.text()) {
            self.hint(&why);
            return;
        }
        if let Some(full) = &mut self.full {
            full.go_to_end();
        }
        let (now, mut shown) = (Instant::now(), Vec::new());
        // A password is not kept for Up.
        if !self.is_chat() {
            let answer = self.editor.take_secret();
            let answer = block::lines(&answer).next().unwrap_or_default();
            self.session.say(answer.trim(), now, &mut shown);
        } else if is_agreed || !self.editor.ask() {
            let text = match commands::is_secret(self.editor.text()) {
                true => self.editor.take_secret(),
                false => self.editor.accept(),
            };
            self.send(&text, now, &mut shown);
        }
        self.show(shown);
    }

    /// Send a line at once, unless others wait; the server's flood control delays it if it has to.
    fn send(&mut self, text: &str, now: Instant, shown: &mut Vec<Shown>) {
        let mut lines = block::lines(text);
        if let (Some(line), None, None) = (lines.next(), lines.next(), self.block.progress()) {
            self.block.count(now);
            self.session.say(line, now, shown);
        } else {
            self.block.add(text);
            self.send_block(now, shown);
        }
    }

    fn is_chat(&self) -> bool {
        self.session.prompt().input == Input::Chat
    }

    /// Send the lines whose time has come. None is taken for the answer to a question.
    fn send_block(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        while self.block.is_due(now) {
            let prompt = self.session.prompt();
            if prompt.link == Linked::Away
                || prompt.input != Input::Chat
                || self.session.refusal("").is_some()
            {
                return self.block.hold(now);
            }
            if let Some(line) = self.block.next(now) {
                self.session.say(&line, now, shown);
            }
            self.due = self.due.max(Some(Due::Lines));
        }
    }

    /// Drop the lines that were not sent yet, if there are any.
    fn stop_block(&mut self) -> bool {
        let Some((sent, all)) = self.block.progress() else {
            return false;
        };
        self.block.stop();
        self.hint(&Phrase::Stopped(sent, all).text(self.session.language()));
        true
    }

    fn serve_session(&mut self, is_ready: bool) {
        if self.ending.is_some() {
            return;
        }
        let (now, mut shown) = (Instant::now(), Vec::new());
        if is_ready {
            self.session.receive(now, &mut shown);
            // Who is here may have changed with no line to show.
            if self.full.is_some() {
                self.due = self.due.max(Some(Due::Lines));
            }
        }
        self.send_block(now, &mut shown);
        self.session.tick(now, &mut shown);
        self.show(shown);
        self.ending = self.session.take_ending();
    }
}
