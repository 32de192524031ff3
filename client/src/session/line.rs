//! A session of lines with a papo server: what is sent when, what its lines mean, how it goes on after a drop, how it
//! ends. At a terminal it asks for tags (docs/protocol.md, "Programs"), by which nothing is lost or said twice; without
//! one it is a filter of plain lines. A server that knows no tags is served as ever, without a way back.
//!
//! Invariant: without a terminal and with `--name` no line of the input is sent before the name was
//! accepted, so none is taken for another try at a name. A password is sent only as the answer to the
//! question for it; if the server does not ask, the session ends and nothing was said.

mod hearing;
mod returning;
mod script;

use std::cell::RefCell;
use std::io::{self, Write};
use std::mem;
use std::time::{Duration, Instant};

use nix::poll::PollFd;

use super::away::{Away, Tried};
use super::chat::Chat;
use super::discovery::find;
use super::lines::Lines;
use super::link::{Link, QUEUE_BYTES};
use super::login::Login;
use super::names::Names;
use super::people::People;
use super::protocol::{LINE_BYTES, Typed};
use super::talk::Talk;
use super::{Around, Input, Mode, Prompt, Session, Shown};
use crate::ending::{End, Failure};
use crate::options::{Options, Server, Since, Task};
use crate::program::read_password;
use crate::reading::Manner;
use crate::words::{Language, Phrase};
use script::CatchUp;

/// Bytes read from the server in one turn, so a flood of lines does not delay the keyboard.
const SERVER_BYTES: usize = 8 * 1024;

/// How long leaving waits for the server's farewell.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long saying one line may take.
const ONCE: Duration = Duration::from_secs(30);

/// What is between the user and the server.
#[derive(Debug)]
enum Linking {
    Here(Link),
    /// Nothing at present.
    Away(Away),
}

#[derive(Debug)]
pub(crate) struct LineSession {
    linking: Linking,
    /// Where the way back leads.
    server: Server,
    /// The language to ask the server for.
    lang: Option<Language>,
    mode: Mode,
    task: Option<Task>,
    /// The room to go to.
    room: Option<String>,
    is_quiet: bool,
    /// A name and its password, which is given again after a restart of the server.
    account: Option<(String, String)>,
    /// From where on lines of before are wanted.
    since: Option<Since>,
    catch_up: CatchUp,
    /// The other rooms to come back to.
    others: Vec<String>,
    login: Login,
    received: Lines,
    /// Whether the last line had a tag.
    is_tagged: bool,
    /// The question that was shown last, if nothing was typed since: it is repeated with a tag.
    asked: Option<String>,
    /// The lines of a pipe, to know what they ask for; they were sent as they came.
    typed: Lines,
    is_input_over: bool,
    /// The input of the pipe was not empty.
    has_input: bool,
    /// How many lines of the pipe the server has refused.
    refused: usize,
    chat: Chat,
    talk: Talk,
    /// What was told before a screen of its own covered it, to be told there.
    told: Vec<String>,
    /// Who is in the room, if that is shown.
    people: Option<People>,
    /// Whether the user speaks in the room that was asked for, or none was.
    has_arrived: bool,
    /// How many connections in turn have failed, or did not last.
    failed_returns: u32,
    /// The question for a password was asked by a connection that is lost: nobody waits for the answer.
    is_question_stale: bool,
    /// How long leaving waits for the server.
    farewell_ends: Option<Instant>,
    /// When a line that is to be said once has to be.
    task_ends: Option<Instant>,
    ending: Option<Result<End, Failure>>,
}

impl LineSession {
    pub(crate) fn connect(options: &Options, mode: Mode) -> Result<LineSession, Failure> {
        let password = options.password_file.as_deref();
        let password = password.map(|path| read_password(path, options.language));
        let password = password.transpose()?;
        let told = RefCell::new(Vec::new());
        let tell_text = |text: String| {
            // Without a standard error nobody can be told.
            let _ = writeln!(io::stderr(), "{text}");
            told.borrow_mut().push(text);
        };
        let tell = |phrase: Phrase| tell_text(phrase.text(options.language));
        for warning in &options.warnings {
            tell_text(warning.clone());
        }
        let (link, server) = find(options, tell)?;
        if let Some(new) = link.new_certificate() {
            tell(Phrase::FirstTime(&server.to_string(), new));
        }
        let told = match options.reading.manner {
            Manner::Full => told.take(),
            Manner::Lines | Manner::Plain => Vec::new(),
        };
        let mut session = LineSession {
            linking: Linking::Here(link),
            server,
            lang: options.lang,
            mode,
            task: options.task.clone(),
            room: options.room.clone(),
            is_quiet: options.is_quiet,
            account: options.name.clone().zip(password),
            since: options.since.clone(),
            catch_up: CatchUp::Due,
            others: Vec::new(),
            login: Login::Done,
            received: Lines::default(),
            is_tagged: false,
            asked: None,
            typed: Lines::default(),
            is_input_over: false,
            has_input: false,
            refused: 0,
            chat: Chat::new(options.language),
            talk: Talk::default(),
            told,
            people: (options.reading.manner == Manner::Full).then(People::default),
            has_arrived: options.room.is_none(),
            failed_returns: 0,
            is_question_stale: false,
            farewell_ends: None,
            task_ends: matches!(options.task, Some(Task::Say(_))).then(|| Instant::now() + ONCE),
            ending: None,
        };
        if session.say_as_owner() {
            return Ok(session);
        }
        session.choose_form();
        if let Some(Task::Say(text)) = &options.task {
            session.talk.outbox.say(text, text.clone(), None);
        }
        match options.name.clone() {
            Some(name) if options.is_usual_name && !session.wants_tags() => {
                tell(Phrase::PipeName(&name));
            }
            Some(name) => session.give_name(name),
            None => {}
        }
        Ok(session)
    }

    fn send(&mut self, line: &str) {
        if let Linking::Here(link) = &mut self.linking {
            link.send_line(line);
        }
    }

    /// Bytes that wait for the server.
    fn queued(&self) -> usize {
        let link = match &self.linking {
            Linking::Here(link) => link.queued(),
            Linking::Away(_) => 0,
        };
        link + self.talk.outbox.bytes()
    }

    /// Whether the user is in, and so has a place to come back to.
    fn is_in(&self) -> bool {
        self.talk.key.is_some() && self.chat.name().is_some()
    }

    fn note(&self, phrase: &Phrase, shown: &mut Vec<Shown>) {
        shown.push(Shown::Note(phrase.text(self.language())));
    }

    /// Send what waits, if the server takes it now.
    fn send_waiting(&mut self, shown: &mut Vec<Shown>) {
        if self.is_in() && !self.is_returning() && self.has_arrived {
            for line in self.talk.outbox.take_waiting(shown) {
                self.send(&line);
            }
        }
    }
}

impl Session for LineSession {
    fn poll_fd(&self) -> PollFd<'_> {
        match &self.linking {
            Linking::Here(link) => link.poll_fd(),
            Linking::Away(away) => away.poll_fd(),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let away = match &self.linking {
            Linking::Here(_) => None,
            Linking::Away(away) => away.deadline(),
        };
        let ends = [self.farewell_ends, self.task_ends, away];
        ends.into_iter().flatten().min()
    }

    fn receive(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        let Linking::Here(link) = &mut self.linking else {
            return;
        };
        let mut buffer = [0; SERVER_BYTES];
        let mut lines = Vec::new();
        let failure = match link.receive(&mut buffer) {
            Ok(Some(0)) => Some(Failure::Closed),
            Ok(Some(n)) => {
                self.received.push(&buffer[..n], &mut lines);
                None
            }
            Ok(None) => None,
            Err(error) => Some(Failure::ConnectionLost(error)),
        };
        // Of a line with a tag without its end nobody knows how much is missing: it comes again.
        if failure.is_some() && !self.is_tagged {
            lines.extend(self.received.end());
        }
        for line in lines {
            self.hear(&line, shown);
        }
        self.end_task(now, shown);
        self.choose(shown);
        self.begin_catching_up();
        self.follow_people(shown);
        if let Some(failure) = failure {
            self.drop_link(failure, now, shown);
        }
    }

    fn tick(&mut self, now: Instant, shown: &mut Vec<Shown>) {
        for text in mem::take(&mut self.told) {
            shown.extend(text.lines().map(|line| Shown::Note(line.to_owned())));
        }
        let mut ends = [self.farewell_ends, self.task_ends].into_iter().flatten();
        if ends.any(|end| now >= end) {
            let left = self.left();
            self.ending.get_or_insert(left);
        }
        match &mut self.linking {
            Linking::Here(link) => link.flush(),
            Linking::Away(away) => match away.tick(now) {
                Some(Tried::Connected(link)) => {
                    self.linking = Linking::Here(link);
                    self.resume();
                }
                Some(Tried::Failed(failure)) => {
                    let unsaid = self.talk.outbox.take_all();
                    self.tell_lost(unsaid, shown);
                    self.ending = Some(Err(failure));
                }
                Some(Tried::Obstacle(failure)) => {
                    let why = failure.sentence(self.language());
                    self.note(&Phrase::Lost(&why), shown);
                }
                None => {}
            },
        }
    }

    fn prompt(&self) -> Prompt {
        let name = self.chat.name().map(str::to_owned);
        let (text, input) = match (self.chat.is_asked_password, &name) {
            (true, _) => (Phrase::PasswordPrompt.text(self.language()), Input::Secret),
            (false, Some(name)) => (name.clone(), Input::Chat),
            // For a name, and who gives one may be ahead of the question for its password.
            (false, None) => ("> ".to_owned(), Input::Answer),
        };
        Prompt {
            text,
            name: name.filter(|_| input == Input::Chat),
            room: self.talk.rooms.speaks_in().map(str::to_owned),
            waiting: self.talk.outbox.texts(),
            link: self.linked(),
            input,
        }
    }

    fn server(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    fn language(&self) -> Language {
        self.chat.language
    }

    fn own_name(&self) -> Option<&str> {
        self.chat.name()
    }

    fn names(&self) -> &Names {
        self.chat.names()
    }

    fn around(&self) -> Around<'_> {
        let room = self.talk.rooms.speaks_in();
        let known = self.people.as_ref().zip(room);
        Around {
            rooms: self.talk.rooms.names().collect(),
            room,
            here: known.and_then(|(people, room)| people.of(room)),
            link: self.linked(),
        }
    }

    fn refusal(&self, text: &str) -> Option<String> {
        let mut bytes = text.split('\n').map(|line| line.trim().len());
        let why = match bytes.find(|&n| n > LINE_BYTES) {
            Some(bytes) => Phrase::LineTooLong(bytes),
            None if self.queued() + text.len() > QUEUE_BYTES => Phrase::ServerBusy,
            None => Phrase::ForOtherRoom(self.other_room(text)?),
        };
        Some(why.text(self.language()))
    }

    fn say(&mut self, line: &str, _now: Instant, shown: &mut Vec<Shown>) {
        self.asked = None;
        let is_answer = self.chat.is_asked_password;
        let own = self.chat.say(line);
        // A password is never taken for a line of chat, nor sent to who has not asked for it.
        if is_answer && mem::take(&mut self.is_question_stale) {
            return self.note(&Phrase::AnswerDropped, shown);
        }
        if is_answer || !self.is_in() && !self.is_returning() {
            self.send(line);
            return shown.extend(own.map(|own| match self.chat.last_name {
                // Another name, since the last one is taken.
                Some(_) => Shown::Typed(line.to_owned()),
                None => own,
            }));
        }
        match (Typed::parse(line), &self.linking) {
            (Typed::Secret(_), _) if self.is_returning() => {
                return self.note(&Phrase::AnswerDropped, shown);
            }
            (Typed::Quit, Linking::Away(_)) => self.ending = Some(self.left()),
            (Typed::Quit, Linking::Here(_)) => {
                self.send(line);
                shown.extend(own);
            }
            (Typed::About, _) => match self.talk.rooms.numbered(line) {
                Some(numbered) => {
                    let own = self.talk.reply(&numbered, self.chat.name()).or(own);
                    self.talk.outbox.say(line, numbered, own);
                }
                None if self.is_returning() => self.note(&Phrase::NotSent(line), shown),
                None => self.talk.outbox.say(line, line.to_owned(), own),
            },
            (Typed::Ids(shows), _) => {
                self.talk.shows_ids = shows;
                shown.extend(own);
                self.note(&Phrase::Ids(shows), shown);
            }
            (Typed::Tags, _) => {
                shown.extend(own);
                self.note(&Phrase::OwnForm, shown);
            }
            _ => match own {
                Some(Shown::Own { .. }) => self.talk.outbox.say(line, self.addressed(line), own),
                own => self.talk.order(line, own),
            },
        }
        if let Typed::Lang(lang) = Typed::parse(line) {
            (self.lang, self.chat.language) = (Some(lang), lang);
        }
        self.send_waiting(shown);
    }

    fn leave(&mut self, now: Instant) {
        if self.farewell_ends.is_some() || matches!(self.linking, Linking::Away(_)) {
            self.ending = Some(self.left());
            return;
        }
        self.send("/quit");
        self.chat.say("/quit");
        self.farewell_ends = Some(now + FAREWELL);
    }

    fn takes_input(&self) -> bool {
        let is_ready = !self.wants_tags() || self.is_in() && self.has_arrived;
        // When the server takes nothing, the input waits and the memory does not grow.
        self.task.is_none()
            && is_ready
            && !self.is_input_over
            && matches!(self.login, Login::Done)
            && self.queued() < QUEUE_BYTES
    }

    fn input(&mut self, bytes: &[u8]) {
        let Linking::Here(link) = &mut self.linking else {
            return;
        };
        let mut lines = Vec::new();
        if bytes.is_empty() {
            self.is_input_over = true;
            lines.extend(self.typed.end());
            link.finish();
        } else {
            // Unchanged: the server decides what becomes of odd bytes.
            link.send(bytes);
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

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
