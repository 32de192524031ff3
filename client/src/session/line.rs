//! A session of lines with a papo server: the connection, what its lines mean, how it ends.
//!
//! Invariant: without a terminal and with `--name` no line of the input is sent before the name was
//! accepted, so none is taken for another try at a name. A password is sent only as the answer to the
//! question for it; where the question does not come, the session ends and nothing was said.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use super::{Mode, Prompt, Session, Shown};
use crate::session::chat::{Chat, Echo};
use crate::session::lines::Lines;
use crate::session::link::{Link, QUEUE_BYTES, Received};
use crate::session::names::Names;
use crate::session::protocol::{Event, LINE_BYTES, Line};
use crate::words::{Language, Phrase, password_prompt, phrase};
use crate::{End, Failure};

/// Bytes read from the server in one turn, so that a flood of lines leaves the keyboard its turn.
const SERVER_BYTES: usize = 64 * 1024;

/// How long leaving waits for the server's goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// The session.
#[derive(Debug)]
pub struct LineSession {
    link: Link,
    language: Language,
    mode: Mode,
    /// The name of `--name`, until it was accepted.
    asked_name: Option<String>,
    /// The password of that name, until it was sent.
    password: Option<String>,
    /// Whether it was.
    gave_password: bool,
    /// `--name` answered the server's question before it was asked, so a terminal does not show it, nor
    /// again in the language of `--lang`; but when the answer was refused, it does.
    hides_question: bool,
    received: Lines,
    /// What came from a pipe, to know what it asks for; it was sent as it came.
    typed: Lines,
    is_input_over: bool,
    /// The pipe had something to say.
    has_input: bool,
    chat: Chat,
    /// Leaving waits until then.
    goodbye: Option<Instant>,
    over: Option<Result<End, Failure>>,
}

impl LineSession {
    /// A session over this connection, on which the name was sent already if there is one.
    pub fn new(link: Link, name: Option<&str>, language: Language, mode: Mode) -> LineSession {
        LineSession {
            link,
            language,
            mode,
            asked_name: name.map(str::to_owned),
            password: None,
            gave_password: false,
            hides_question: name.is_some() && mode == Mode::Terminal,
            received: Lines::default(),
            typed: Lines::default(),
            is_input_over: false,
            has_input: false,
            chat: Chat::new(language),
            goodbye: None,
            over: None,
        }
    }

    /// The same, with the password of that name.
    pub fn with_password(self, password: Option<String>) -> LineSession {
        LineSession { password, ..self }
    }

    fn note(&mut self, lines: &[String]) {
        for line in lines {
            self.has_input |= !line.trim().is_empty();
            self.chat.say(line);
        }
    }

    /// Learn from a line; false when it is not to be shown.
    fn learn(&mut self, line: &Line) -> bool {
        self.chat.hear(line);
        if self.over.is_none() {
            self.over = self.prove().err().map(Err);
        }
        if self.chat.name().is_some() || self.chat.is_asked_password() {
            self.asked_name = None;
        }
        if let Line::Error(_) = line {
            self.hides_question = false;
        }
        match (line, self.mode) {
            (Line::Error(why), Mode::Plain) if self.over.is_none() => {
                if let Some(name) = self.asked_name.take() {
                    let refused = Failure::NameRefused(name, (*why).to_owned());
                    self.over = Some(Err(refused));
                }
                true
            }
            (Line::Event(text), _) if Event::parse(text) == Event::Question => !self.hides_question,
            _ => true,
        }
    }

    /// Answer the question for the password, if it was asked and there is an answer.
    fn prove(&mut self) -> Result<(), Failure> {
        if self.chat.name().is_some() {
            let (name, password) = (self.asked_name.take(), self.password.take());
            return match (name, password) {
                (Some(name), Some(_)) => Err(Failure::NameWithoutPassword(name)),
                _ => Ok(()),
            };
        }
        if !self.chat.is_asked_password() {
            return Ok(());
        }
        if let Some(password) = self.password.take() {
            self.link.send_line(&password);
            self.chat.say(&password);
            self.gave_password = true;
        } else if self.mode == Mode::Plain
            && let Some(name) = self.asked_name.take()
        {
            // What comes through the pipe is meant for the room, and must not be tried as a password.
            return Err(match self.gave_password {
                true => Failure::PasswordForOnce(name),
                false => Failure::NamePassword(name),
            });
        }
        Ok(())
    }

    /// The connection is over: no failure for somebody who asked for it, or said all they had to say.
    fn end_by(&mut self, failure: Failure) {
        let is_done = self.is_input_over && matches!(failure, Failure::Closed);
        if self.over.is_none() {
            self.over = Some(if is_done && self.has_input && self.chat.name().is_none() {
                Err(Failure::NoName)
            } else if is_done || self.chat.is_quitting() {
                Ok(End::Left)
            } else {
                Err(failure)
            });
        }
    }
}

impl Session for LineSession {
    fn fd(&self) -> BorrowedFd<'_> {
        self.link.fd()
    }

    fn interest(&self) -> PollFlags {
        self.link.interest()
    }

    fn deadline(&self) -> Option<Instant> {
        self.goodbye
    }

    fn hear(&mut self, _now: Instant, shown: &mut Vec<Shown>) {
        let mut buffer = [0; SERVER_BYTES];
        let mut lines = Vec::new();
        let failure = match self.link.receive(&mut buffer) {
            Ok(Received::Bytes(n)) => {
                self.received.push(&buffer[..n], &mut lines);
                None
            }
            Ok(Received::Nothing) => None,
            Ok(Received::End) => Some(Failure::Closed),
            Err(error) => Some(Failure::Lost(error)),
        };
        if failure.is_some() {
            lines.extend(self.received.end());
        }
        for line in lines {
            if self.learn(&Line::parse(&line)) {
                shown.push(Shown::Heard(line));
            }
        }
        if let Some(failure) = failure {
            self.end_by(failure);
        }
    }

    fn tick(&mut self, now: Instant, _shown: &mut Vec<Shown>) {
        if self.over.is_none() && self.goodbye.is_some_and(|end| now >= end) {
            self.over = Some(Ok(End::Left));
        }
    }

    fn flush(&mut self) {
        self.link.flush();
    }

    fn prompt(&self) -> Prompt {
        if self.chat.is_asked_password() {
            return Prompt::Question {
                text: password_prompt(self.language),
                is_secret: true,
            };
        }
        let name = self.chat.name();
        Prompt::Chat {
            text: name.unwrap_or_default().to_owned(),
            name: name.map(str::to_owned),
        }
    }

    fn names(&self) -> &Names {
        self.chat.names()
    }

    fn refusal(&self, text: &str) -> Option<String> {
        let bytes = text.split('\n').map(|line| line.trim().len());
        let too_long = bytes.into_iter().find(|&n| n > LINE_BYTES);
        let why = match too_long {
            Some(bytes) => Phrase::TooLong {
                bytes,
                limit: LINE_BYTES,
            },
            None if self.link.queued() + text.len() > QUEUE_BYTES => Phrase::ServerBusy,
            None => return None,
        };
        Some(phrase(self.language, &why))
    }

    fn say(&mut self, line: &str, _now: Instant, shown: &mut Vec<Shown>) {
        self.link.send_line(line);
        shown.extend(match self.chat.say(line) {
            Echo::Line(own) => Some(Shown::Own(own)),
            Echo::Typed => Some(Shown::Typed(line.to_owned())),
            Echo::Part(part) => Some(Shown::Typed(part)),
            Echo::Nothing => None,
        });
    }

    fn leave(&mut self, now: Instant) {
        if self.goodbye.is_some() {
            self.over = Some(Ok(End::Left));
            return;
        }
        self.link.send_line("/quit");
        self.chat.say("/quit");
        self.goodbye = Some(now + GOODBYE);
    }

    fn takes_input(&self) -> bool {
        // A server that takes nothing makes the input wait, not the memory grow.
        !self.is_input_over && self.asked_name.is_none() && self.link.queued() < QUEUE_BYTES
    }

    fn input(&mut self, bytes: &[u8]) {
        // As they are: the server says what becomes of odd bytes.
        self.link.send(bytes);
        let mut lines = Vec::new();
        self.typed.push(bytes, &mut lines);
        self.note(&lines);
    }

    fn end_input(&mut self) {
        self.is_input_over = true;
        let last = self.typed.end();
        self.note(last.as_slice());
        self.link.finish();
    }

    fn over(&mut self) -> Option<Result<End, Failure>> {
        self.over.take()
    }
}
