//! A session of lines with a papo server: the connection, what its lines mean, how it ends.
//!
//! Invariant: without a terminal and with `--name` no line of the input is sent before the name was
//! accepted, so none is taken for another try at a name. A password is sent only as the answer to the
//! question for it; if the server does not ask, the session ends and nothing was said.

use std::io::{self, Write};
use std::mem;
use std::time::{Duration, Instant};

use nix::poll::PollFd;

use super::chat::Chat;
use super::discovery;
use super::lines::Lines;
use super::link::{Link, QUEUE_BYTES};
use super::names::Names;
use super::protocol::{Event, LINE_BYTES, Line};
use super::{Input, Mode, Prompt, Session, Shown};
use crate::ending::{End, Failure};
use crate::options::{Options, Server, Trust};
use crate::program::read_password;
use crate::words::{Language, Phrase};

/// Bytes read from the server in one turn, so a flood of lines does not delay the keyboard.
const SERVER_BYTES: usize = 64 * 1024;

/// How long leaving waits for the server's farewell.
const FAREWELL: Duration = Duration::from_secs(1);

/// The login with the name of `--name`.
#[derive(Debug)]
enum Login {
    /// There is no such name, or it was accepted or refused: the user answers from now on.
    Done,
    /// The name was sent; there may be a password for it.
    NameSent(String, Option<String>),
    /// The password of the name was sent.
    PasswordSent(String),
}

/// What a line means for the login.
enum Answer<'a> {
    None,
    Accepted,
    PasswordQuestion,
    Refused(&'a str),
}

#[derive(Debug)]
pub(crate) struct LineSession {
    link: Link,
    language: Language,
    mode: Mode,
    login: Login,
    received: Lines,
    /// The lines of a pipe, to know what they ask for; they were sent as they came.
    typed: Lines,
    is_input_over: bool,
    /// The input of the pipe was not empty.
    has_input: bool,
    chat: Chat,
    /// How long leaving waits for the server.
    farewell_ends: Option<Instant>,
    ending: Option<Result<End, Failure>>,
}

/// A connection to the server that was named; otherwise to the one on this computer, or else on the network.
fn find(
    options: &Options,
    tell: impl Fn(Phrase),
) -> Result<(Link, Server, Option<Trust>), Failure> {
    let connect = |server: &Server| {
        Link::connect(&server.host, server.port)
            .map_err(|error| Failure::Connect(server.to_string(), error))
    };
    match connect(&options.server) {
        Err(_) if options.may_look => {
            tell(Phrase::Looking);
            let found = discovery::look(options)?;
            tell(Phrase::Joining(&found));
            let link = connect(&found.server)?;
            let trust = found.trust(options.tls);
            Ok((link, found.server, trust))
        }
        connected => Ok((connected?, options.server.clone(), options.tls)),
    }
}

impl LineSession {
    pub(crate) fn connect(options: &Options, mode: Mode) -> Result<LineSession, Failure> {
        let password = options.password_file.as_deref().map(read_password);
        let password = password.transpose()?;
        let tell = |phrase: Phrase| {
            // Without a standard error nobody can be told.
            let _ = writeln!(io::stderr(), "{}", phrase.text(options.language));
        };
        let (mut link, server, tls) = find(options, tell)?;
        if let Some(trust) = tls {
            let (secured, new) = link.secure(&server, trust)?;
            link = secured;
            if let Some(seen) = new {
                tell(Phrase::FirstTime(&server.to_string(), &seen));
            }
        }
        if let Some(lang) = options.lang {
            link.send_line(&format!("/lang {}", lang.code()));
        }
        let mut login = Login::Done;
        if let Some(name) = options.name.clone() {
            link.send_line(&name);
            login = Login::NameSent(name, password);
        }
        Ok(LineSession {
            link,
            language: options.language,
            mode,
            login,
            received: Lines::default(),
            typed: Lines::default(),
            is_input_over: false,
            has_input: false,
            chat: Chat::new(options.language),
            farewell_ends: None,
            ending: None,
        })
    }

    /// Learn from a line; false when it is not to be shown.
    fn learn(&mut self, line: &Line) -> bool {
        self.chat.hear(line);
        if self.ending.is_none() {
            match self.log_in(line) {
                Ok(login) => self.login = login,
                Err(failure) => self.ending = Some(Err(failure)),
            }
        }
        // `--name` answers the question before it comes, also when it comes again after `--lang`.
        let is_answered = self.mode == Mode::Terminal && matches!(self.login, Login::NameSent(..));
        let is_question =
            matches!(line, Line::Event(text) if Event::parse(text) == Event::NameQuestion);
        !(is_answered && is_question)
    }

    /// The state of the login after this line.
    fn log_in(&mut self, line: &Line) -> Result<Login, Failure> {
        let answer = match line {
            _ if self.chat.name().is_some() => Answer::Accepted,
            _ if self.chat.is_asked_password => Answer::PasswordQuestion,
            Line::Error(why) => Answer::Refused(why),
            _ => Answer::None,
        };
        let is_plain = self.mode == Mode::Plain;
        match (mem::replace(&mut self.login, Login::Done), answer) {
            (login, Answer::None) => Ok(login),
            (Login::NameSent(name, Some(_)), Answer::Accepted) => {
                Err(Failure::PasswordNotAsked(name))
            }
            (Login::NameSent(name, Some(password)), Answer::PasswordQuestion) => {
                self.link.send_line(&password);
                self.chat.say(&password);
                Ok(Login::PasswordSent(name))
            }
            // The input of a pipe is meant for the room, and must not be tried as a password.
            (Login::NameSent(name, None), Answer::PasswordQuestion) if is_plain => {
                Err(Failure::PasswordNeeded(name))
            }
            (Login::PasswordSent(name), Answer::PasswordQuestion) if is_plain => {
                Err(Failure::OneTimePassword(name))
            }
            (Login::NameSent(name, _) | Login::PasswordSent(name), Answer::Refused(why))
                if is_plain =>
            {
                Err(Failure::NameRefused(name, why.to_owned()))
            }
            _ => Ok(Login::Done),
        }
    }

    /// End after the connection has ended: no failure for a user who asked for it, or whose input was
    /// all sent.
    fn end_by(&mut self, failure: Failure) {
        let is_done = self.is_input_over && matches!(failure, Failure::Closed);
        if self.ending.is_none() {
            self.ending = Some(if is_done && self.has_input && self.chat.name().is_none() {
                Err(Failure::NoName)
            } else if is_done || self.chat.is_quitting {
                Ok(End::Left)
            } else {
                Err(failure)
            });
        }
    }
}

impl Session for LineSession {
    fn poll_fd(&self) -> PollFd<'_> {
        self.link.poll_fd()
    }

    fn deadline(&self) -> Option<Instant> {
        self.farewell_ends
    }

    fn receive(&mut self, _now: Instant, shown: &mut Vec<Shown>) {
        let mut buffer = [0; SERVER_BYTES];
        let mut lines = Vec::new();
        let failure = match self.link.receive(&mut buffer) {
            Ok(Some(0)) => Some(Failure::Closed),
            Ok(Some(n)) => {
                self.received.push(&buffer[..n], &mut lines);
                None
            }
            Ok(None) => None,
            Err(error) => Some(Failure::ConnectionLost(error)),
        };
        if failure.is_some() {
            lines.extend(self.received.end());
        }
        for line in lines {
            if self.learn(&Line::parse(&line)) {
                shown.push(Shown::Received(line));
            }
        }
        if let Some(failure) = failure {
            self.end_by(failure);
        }
    }

    fn tick(&mut self, now: Instant, _shown: &mut Vec<Shown>) {
        if self.farewell_ends.is_some_and(|end| now >= end) {
            self.ending.get_or_insert(Ok(End::Left));
        }
        self.link.flush();
    }

    fn prompt(&self) -> Prompt {
        let name = self.chat.name().map(str::to_owned);
        match self.chat.is_asked_password {
            true => Prompt {
                text: Phrase::PasswordPrompt.text(self.language),
                name: None,
                input: Input::Secret,
            },
            false => Prompt {
                text: name.clone().unwrap_or_default(),
                name,
                input: Input::Chat,
            },
        }
    }

    fn names(&self) -> &Names {
        self.chat.names()
    }

    fn refusal(&self, text: &str) -> Option<String> {
        let mut bytes = text.split('\n').map(|line| line.trim().len());
        let why = match bytes.find(|&n| n > LINE_BYTES) {
            Some(bytes) => Phrase::LineTooLong(bytes),
            None if self.link.queued() + text.len() > QUEUE_BYTES => Phrase::ServerBusy,
            None => return None,
        };
        Some(why.text(self.language))
    }

    fn say(&mut self, line: &str, _now: Instant, shown: &mut Vec<Shown>) {
        self.link.send_line(line);
        shown.extend(self.chat.say(line));
    }

    fn leave(&mut self, now: Instant) {
        if self.farewell_ends.is_some() {
            self.ending = Some(Ok(End::Left));
            return;
        }
        self.link.send_line("/quit");
        self.chat.say("/quit");
        self.farewell_ends = Some(now + FAREWELL);
    }

    fn takes_input(&self) -> bool {
        // When the server takes nothing, the input waits and the memory does not grow.
        !self.is_input_over && matches!(self.login, Login::Done) && self.link.queued() < QUEUE_BYTES
    }

    fn input(&mut self, bytes: &[u8]) {
        let mut lines = Vec::new();
        if bytes.is_empty() {
            self.is_input_over = true;
            lines.extend(self.typed.end());
            self.link.finish();
        } else {
            // Unchanged: the server decides what becomes of odd bytes.
            self.link.send(bytes);
            self.typed.push(bytes, &mut lines);
        }
        for line in lines {
            self.has_input |= !line.trim().is_empty();
            self.chat.say(&line);
        }
    }

    fn take_ending(&mut self) -> Option<Result<End, Failure>> {
        self.ending.take()
    }
}
