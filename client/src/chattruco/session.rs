//! A session with a ChatTruco directory: carries what truco.rs decides to the socket and to the
//! screen, and lines of a pipe to truco.rs when it can take them.
//!
//! Invariant: an answer to a question is never shown.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use super::action::{Action, Look, Notice, Question, Verdict};
use super::datagrams::{BUFFER_BYTES, Datagrams};
use super::user::{Login, Truco};
use super::words;
use crate::session::lines::Lines;
use crate::session::names::Names;
use crate::session::{Mode, Prompt, Session, Shown};
use crate::words::{Language, reason};
use crate::{End, Failure};

/// Datagrams read in one turn, so that a flood of them leaves the keyboard its turn.
const DATAGRAMS: usize = 64;

/// Lines of a pipe that are sent at once, and the pause after them: 800 lines a second. Nothing tells
/// a sender of datagrams to slow down, and a receiver's queue on Linux holds some 250 small ones.
const BURST_LINES: usize = 16;
const BURST_PAUSE: Duration = Duration::from_millis(20);

/// The session.
#[derive(Debug)]
pub struct DirectSession {
    socket: Datagrams,
    truco: Truco,
    /// Host and port as the user gave them.
    server: String,
    email: String,
    language: Language,
    mode: Mode,
    names: Names,
    /// What came from a pipe, and its lines that wait for the login or for the end of a pause.
    typed: Lines,
    waiting: VecDeque<String>,
    pause_ends: Instant,
    is_input_over: bool,
    over: Option<Result<End, Failure>>,
}

impl DirectSession {
    /// Begin to log in.
    pub fn start(
        socket: Datagrams,
        login: Login,
        server: String,
        language: Language,
        now: Instant,
    ) -> DirectSession {
        let email = login.email.clone();
        let mode = if login.is_terminal {
            Mode::Terminal
        } else {
            Mode::Plain
        };
        let mut actions = Vec::new();
        let ip = socket.server().ip();
        let truco = Truco::start(login, ip, now, &mut actions);
        let mut session = DirectSession {
            socket,
            truco,
            server,
            email,
            language,
            mode,
            names: Names::default(),
            typed: Lines::default(),
            waiting: VecDeque::new(),
            pause_ends: now,
            is_input_over: false,
            over: None,
        };
        // Nothing is shown before somebody was heard or asked.
        session.perform(actions, &mut Vec::new());
        session
    }

    /// Take the lines of a pipe as far as it is time for them.
    fn read_waiting(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        let mut left = if now >= self.pause_ends {
            BURST_LINES
        } else {
            0
        };
        while left > 0 && self.over.is_none() && self.can_take() {
            let Some(line) = self.waiting.pop_front() else {
                break;
            };
            left -= 1;
            self.pause_ends = now + BURST_PAUSE;
            if self.truco.question().is_some() || !line.trim().is_empty() {
                self.say(line.trim(), now, shown);
            }
        }
        if self.is_input_over && self.waiting.is_empty() {
            if self.truco.question().is_some() {
                self.end(Err(self.failure(Verdict::NoPassword)));
            } else if self.truco.is_online() {
                self.end(Ok(End::Left));
            }
        }
    }

    /// Whether a line or an answer can be taken now.
    fn can_take(&self) -> bool {
        self.truco.is_online() || self.truco.question().is_some()
    }

    fn perform(&mut self, actions: Vec<Action>, shown: &mut Vec<Shown>) {
        for action in actions {
            match action {
                Action::ToServer(datagram) => {
                    let sent = self.socket.to_server(&datagram);
                    // Later a failure is one more lost datagram, and silence tells.
                    if let (Err(error), false) = (sent, self.truco.is_online()) {
                        self.end(Err(Failure::Connect(self.server.clone(), error)));
                    }
                }
                Action::ToPeer {
                    ip,
                    to,
                    text,
                    datagram,
                } => match self.socket.to_peer(ip, &datagram) {
                    Ok(()) => self.show(&Notice::Sent { to, text }, shown),
                    Err(error) => {
                        let why = reason(self.language, &error);
                        self.show(&Notice::CannotSend { to, why }, shown);
                    }
                },
                Action::Tell(notice) => self.show(&notice, shown),
                Action::Leave => self.end(Ok(End::Left)),
                Action::Over(verdict) => self.end(Err(self.failure(verdict))),
            }
        }
        self.names.replace(self.truco.peers());
    }

    fn show(&self, notice: &Notice, shown: &mut Vec<Shown>) {
        let text = words::notice(self.language, notice);
        if let Notice::Sent { .. } = notice {
            if self.mode == Mode::Terminal {
                shown.push(Shown::Own(text));
            }
            return;
        }
        let mark = match notice.look() {
            Look::Talk => "",
            Look::Event => "* ",
            Look::Error => "! ",
        };
        let lines = text.lines().map(|line| format!("{mark}{line}"));
        shown.extend(lines.map(Shown::Heard));
    }

    fn failure(&self, verdict: Verdict) -> Failure {
        let why = words::verdict(self.language, verdict, &self.email, &self.server);
        Failure::Service(why)
    }

    fn end(&mut self, how: Result<End, Failure>) {
        self.over.get_or_insert(how);
    }
}

impl Session for DirectSession {
    fn fd(&self) -> BorrowedFd<'_> {
        self.socket.fd()
    }

    fn interest(&self) -> PollFlags {
        PollFlags::POLLIN
    }

    fn deadline(&self) -> Option<Instant> {
        let has_more = !self.waiting.is_empty() && self.truco.is_online();
        let pause_ends = has_more.then_some(self.pause_ends);
        self.truco.deadline().into_iter().chain(pause_ends).min()
    }

    fn hear(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        let mut buffer = [0; BUFFER_BYTES];
        for _ in 0..DATAGRAMS {
            let mut actions = Vec::new();
            match self.socket.receive(&mut buffer) {
                Ok(Some((n, ip))) => self.truco.hear(ip, &buffer[..n], now, &mut actions),
                Ok(None) => break,
                Err(error) => {
                    self.end(Err(Failure::Lost(error)));
                    break;
                }
            }
            self.perform(actions, shown);
        }
    }

    fn tick(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        if self.truco.deadline().is_some_and(|at| now >= at) {
            // Stopped for a while, the client may have the answer in its queue.
            self.hear(now, shown);
        }
        let mut actions = Vec::new();
        self.truco.tick(now, &mut actions);
        self.perform(actions, shown);
        self.read_waiting(now, shown);
    }

    /// A datagram never waits.
    fn flush(&mut self) {}

    fn prompt(&self) -> Prompt {
        if let Some(question) = self.truco.question() {
            return Prompt::Question {
                text: words::question(self.language, question),
                is_secret: question != Question::Register,
            };
        }
        let name = self.truco.chosen();
        Prompt::Chat {
            text: name.map_or_else(String::new, |name| words::to(self.language, name)),
            name: name.map(str::to_owned),
        }
    }

    fn names(&self) -> &Names {
        &self.names
    }

    fn refusal(&self, _text: &str) -> Option<String> {
        (!self.can_take()).then(|| words::not_yet(self.language).to_owned())
    }

    fn say(&mut self, line: &str, now: Instant, shown: &mut Vec<Shown>) {
        let mut actions = Vec::new();
        if self.truco.question().is_some() {
            self.truco.answer(line, now, &mut actions);
        } else {
            self.truco.say(line, &mut actions);
            let is_sent = matches!(actions.as_slice(), [Action::ToPeer { .. }]);
            if self.mode == Mode::Terminal && !is_sent {
                shown.push(Shown::Typed(line.to_owned()));
            }
        }
        self.perform(actions, shown);
    }

    /// There is no goodbye in this protocol: a user who stops answering is gone.
    fn leave(&mut self, _now: Instant) {
        self.end(Ok(End::Left));
    }

    fn takes_input(&self) -> bool {
        !self.is_input_over && self.can_take() && self.waiting.is_empty()
    }

    fn input(&mut self, bytes: &[u8]) {
        let mut lines = Vec::new();
        self.typed.push(bytes, &mut lines);
        self.waiting.extend(lines);
    }

    fn end_input(&mut self) {
        self.is_input_over = true;
        self.waiting.extend(self.typed.end());
    }

    fn over(&mut self) -> Option<Result<End, Failure>> {
        self.over.take()
    }
}
