//! A session with a ChatTruco directory: it does what user.rs decides, at the socket and on the
//! screen, and gives the lines of a pipe to user.rs when that can take them.
//!
//! Invariant: an answer to a question is never shown.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};

use super::action::{Action, EndReason, Notice, Question};
use super::datagrams::{BUFFER_BYTES, Datagrams};
use super::user::{Login, User};
use super::words;
use crate::ending::{End, Failure};
use crate::session::names::Names;
use crate::session::{Around, Input, Lines, Linked, Mode, Prompt, Session, Shown};
use crate::words::{Language, reason};

/// Datagrams read in one turn, so a flood of them does not delay the keyboard.
const DATAGRAMS: usize = 64;

/// Lines of a pipe that are sent at once, and the pause after them: 800 lines a second. UDP has no flow
/// control, and a receiver's queue on Linux holds some 250 small datagrams.
const BURST_LINES: usize = 16;
const BURST_PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct DatagramSession {
    socket: Datagrams,
    user: User,
    /// Host and port as the user gave them.
    server: String,
    email: String,
    language: Language,
    mode: Mode,
    names: Names,
    typed: Lines,
    /// Lines of a pipe that wait for the login or for the end of a pause.
    waiting: VecDeque<String>,
    pause_ends: Instant,
    is_input_over: bool,
    ending: Option<Result<End, Failure>>,
}

impl DatagramSession {
    /// Begin to log in.
    pub(super) fn start(
        socket: Datagrams,
        login: Login,
        server: String,
        language: Language,
        now: Instant,
    ) -> DatagramSession {
        let email = login.email.clone();
        let mode = match login.is_terminal {
            true => Mode::Terminal,
            false => Mode::Plain,
        };
        let mut actions = Vec::new();
        let ip = socket.server().ip();
        let user = User::start(login, ip, now, &mut actions);
        let mut session = DatagramSession {
            socket,
            user,
            server,
            email,
            language,
            mode,
            names: Names::default(),
            typed: Lines::default(),
            waiting: VecDeque::new(),
            pause_ends: now,
            is_input_over: false,
            ending: None,
        };
        // The first actions show nothing.
        session.perform(actions, &mut Vec::new());
        session
    }

    /// Take the next lines of a pipe, unless there is a pause.
    fn read_waiting(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        let burst = match now < self.pause_ends {
            true => 0,
            false => BURST_LINES,
        };
        for _ in 0..burst {
            if self.ending.is_some() || !self.can_take() {
                break;
            }
            let Some(line) = self.waiting.pop_front() else {
                break;
            };
            self.pause_ends = now + BURST_PAUSE;
            if self.user.question().is_some() || !line.trim().is_empty() {
                self.say(line.trim(), now, shown);
            }
        }
        if self.is_input_over && self.waiting.is_empty() {
            if self.user.question().is_some() {
                self.end(Err(self.failure(EndReason::NoPassword)));
            } else if self.user.is_online() {
                self.end(Ok(End::Left));
            }
        }
    }

    /// Whether a line or an answer can be taken now.
    fn can_take(&self) -> bool {
        self.user.is_online() || self.user.question().is_some()
    }

    fn perform(&mut self, actions: Vec<Action>, shown: &mut Vec<Shown>) {
        for action in actions {
            match action {
                Action::SendToServer(datagram) => {
                    let sent = self.socket.to_server(&datagram);
                    // After the login a failure is one more lost datagram, and the silence is noticed.
                    if let (Err(error), false) = (sent, self.user.is_online()) {
                        self.end(Err(Failure::Connect(self.server.clone(), error)));
                    }
                }
                Action::SendToPeer {
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
                Action::Show(notice) => self.show(&notice, shown),
                Action::Leave => self.end(Ok(End::Left)),
                Action::End(reason) => self.end(Err(self.failure(reason))),
            }
        }
        self.names.people.replace(self.user.peers());
    }

    fn show(&self, notice: &Notice, shown: &mut Vec<Shown>) {
        let lines = notice.lines(self.language).into_iter();
        match notice {
            Notice::Sent { .. } if self.mode == Mode::Plain => {}
            Notice::Sent { .. } => shown.extend(lines.map(|line| Shown::Own {
                line,
                at: None,
                room: None,
            })),
            _ => shown.extend(lines.map(|line| Shown::received(line, None))),
        }
    }

    fn failure(&self, reason: EndReason) -> Failure {
        Failure::Service(reason.sentence(self.language, &self.email, &self.server))
    }

    fn end(&mut self, how: Result<End, Failure>) {
        self.ending.get_or_insert(how);
    }
}

impl Session for DatagramSession {
    fn poll_fd(&self) -> PollFd<'_> {
        PollFd::new(self.socket.fd(), PollFlags::POLLIN)
    }

    fn deadline(&self) -> Option<Instant> {
        let has_more = !self.waiting.is_empty() && self.user.is_online();
        let pause_ends = has_more.then_some(self.pause_ends);
        self.user.deadline().into_iter().chain(pause_ends).min()
    }

    fn receive(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        let mut buffer = [0; BUFFER_BYTES];
        for _ in 0..DATAGRAMS {
            let mut actions = Vec::new();
            match self.socket.receive(&mut buffer) {
                Ok(Some((n, ip))) => self.user.receive(ip, &buffer[..n], now, &mut actions),
                Ok(None) => break,
                Err(error) => {
                    self.end(Err(Failure::ConnectionLost(error)));
                    break;
                }
            }
            self.perform(actions, shown);
        }
    }

    fn tick(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        if self.user.deadline().is_some_and(|at| now >= at) {
            // After the process was stopped for a while, the answer may be in the queue.
            self.receive(now, shown);
        }
        let mut actions = Vec::new();
        self.user.tick(now, &mut actions);
        self.perform(actions, shown);
        self.read_waiting(now, shown);
    }

    fn prompt(&self) -> Prompt {
        let addressee = self.user.addressee();
        let to = addressee.map(|name| words::to(self.language, name));
        match self.user.question() {
            Some(question) => Prompt {
                room: None,
                waiting: Vec::new(),
                link: Linked::Here,
                text: question.prompt(self.language),
                name: None,
                input: match question {
                    Question::Register => Input::Answer,
                    Question::Password | Question::Repeat => Input::Secret,
                },
            },
            None => Prompt {
                room: None,
                waiting: Vec::new(),
                link: Linked::Here,
                text: to.unwrap_or_default(),
                name: addressee.map(str::to_owned),
                input: Input::Chat,
            },
        }
    }

    fn language(&self) -> Language {
        self.language
    }

    fn own_name(&self) -> Option<&str> {
        None
    }

    fn around(&self) -> Around<'_> {
        Around::default()
    }

    fn server(&self) -> Option<String> {
        None
    }

    fn names(&self) -> &Names {
        &self.names
    }

    fn refusal(&self, _text: &str) -> Option<String> {
        (!self.can_take()).then(|| words::not_logged_in(self.language))
    }

    fn say(&mut self, line: &str, now: Instant, shown: &mut Vec<Shown>) {
        let mut actions = Vec::new();
        if self.user.question().is_some() {
            self.user.answer(line, now, &mut actions);
        } else {
            self.user.say(line, &mut actions);
            let is_sent = matches!(actions.as_slice(), [Action::SendToPeer { .. }]);
            if self.mode == Mode::Terminal && !is_sent {
                shown.push(Shown::Typed(line.to_owned()));
            }
        }
        self.perform(actions, shown);
    }

    /// This protocol has no farewell: a user who stops answering is gone.
    fn leave(&mut self, _now: Instant) {
        self.end(Ok(End::Left));
    }

    fn takes_input(&self) -> bool {
        !self.is_input_over && self.can_take() && self.waiting.is_empty()
    }

    fn input(&mut self, bytes: &[u8]) {
        let mut lines = Vec::new();
        self.typed.push(bytes, &mut lines);
        if bytes.is_empty() {
            self.is_input_over = true;
            lines.extend(self.typed.end());
        }
        self.waiting.extend(lines);
    }

    fn take_ending(&mut self) -> Option<Result<End, Failure>> {
        self.ending.take()
    }
}
