//! One user of a ChatTruco directory: which datagrams it sends and what it shows, as answers to what
//! comes, what is typed and how late it is. No socket, no clock, no words of a language.
//!
//! The directory tells who is online and where; messages go straight to the other user. It proves
//! nothing, so a message counts only if it comes from the address that the list gives its sender.
//! Invariant: `peers` is the last list without ourselves, under its e-mails in lower case; nothing
//! is sent and nothing changes after `Action::Over` or `Action::Leave`.
//! Not done: logging in again after a silence; a second login would move a user who is elsewhere.

mod talk;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::action::{Action, Notice, Question, Verdict};
use super::wire::{self, Answer, DATAGRAM_BYTES, Datagram, Entry};

/// A request without an answer is sent again, as a datagram may be lost.
const AGAIN: Duration = Duration::from_secs(1);
/// How often it is sent before there is no answer.
const TRIES: u8 = 5;

/// The protocol's own number: a client that gets no `Truco` for 4 seconds ends itself. At one each
/// second it survives three lost ones.
const SILENCE: Duration = Duration::from_secs(4);

/// Messages that wait for the next list, because their sender is not in the last one yet.
const HELD: usize = 16;

/// Who logs in, and how.
#[derive(Debug)]
pub struct Login {
    /// The e-mail.
    pub email: String,
    /// The password; without one it is asked for.
    pub password: Option<String>,
    /// Register before logging in.
    pub registers: bool,
    /// Somebody sits there who can answer more than one question.
    pub is_terminal: bool,
}

/// What was sent and not answered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Request {
    Register,
    LogIn,
}

#[derive(Debug)]
enum State {
    Asking(Question),
    Waiting {
        request: Request,
        tries: u8,
        again: Instant,
    },
    Online {
        heard: Instant,
    },
    Over,
}

/// A message of somebody who is not in the list.
#[derive(Debug)]
struct Letter {
    from: String,
    ip: IpAddr,
    lines: Vec<String>,
}

/// The user.
#[derive(Debug)]
pub struct Truco {
    /// As the server spells it, once it has.
    email: String,
    password: String,
    is_password_typed: bool,
    registers: bool,
    is_terminal: bool,
    server: IpAddr,
    state: State,
    peers: BTreeMap<String, Entry>,
    /// Who gets lines without an address.
    chosen: Option<String>,
    last_from: Option<String>,
    held: Vec<Letter>,
    ignored: u64,
}

impl Truco {
    /// Begin: send the first request, or ask for the password.
    pub fn start(login: Login, server: IpAddr, now: Instant, out: &mut Vec<Action>) -> Truco {
        let is_given = login.password.is_some();
        let mut truco = Truco {
            email: login.email,
            password: String::new(),
            is_password_typed: !is_given && login.is_terminal,
            registers: login.registers,
            is_terminal: login.is_terminal,
            server: server.to_canonical(),
            state: State::Asking(Question::Password),
            peers: BTreeMap::new(),
            chosen: None,
            last_from: None,
            held: Vec::new(),
            ignored: 0,
        };
        if let Some(password) = login.password {
            truco.take_password(&password, now, out);
        }
        truco
    }

    /// What the user has to answer now.
    pub fn question(&self) -> Option<Question> {
        match self.state {
            State::Asking(question) => Some(question),
            _ => None,
        }
    }

    /// Whether messages can be sent.
    pub fn is_online(&self) -> bool {
        matches!(self.state, State::Online { .. })
    }

    /// Who gets lines without an address.
    pub fn chosen(&self) -> Option<&str> {
        self.chosen.as_deref()
    }

    /// Who is online but us.
    pub fn peers(&self) -> impl Iterator<Item = &str> {
        self.peers.values().map(|entry| entry.email.as_str())
    }

    /// When to call `tick`.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { again, .. } => Some(again),
            State::Online { heard } => Some(heard + SILENCE),
            State::Asking(_) | State::Over => None,
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Action>) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match self.state {
            State::Waiting { tries: TRIES.., .. } => self.end(Verdict::NoAnswer, out),
            State::Waiting { request, tries, .. } => {
                if tries == 1 {
                    out.push(Action::Tell(Notice::AskingAgain));
                }
                self.request(request, tries + 1, now, out);
            }
            State::Online { .. } => self.end(Verdict::Silent, out),
            State::Asking(_) | State::Over => {}
        }
    }

    /// A datagram has come from there.
    pub fn hear(&mut self, ip: IpAddr, bytes: &[u8], now: Instant, out: &mut Vec<Action>) {
        let ip = ip.to_canonical();
        match (wire::parse(bytes), &self.state) {
            (_, State::Over) => {}
            (Datagram::Message { to, from, lines }, _) => {
                if key(&to) == key(&self.email) {
                    self.letter(Letter { from, ip, lines }, out);
                } else {
                    self.ignore(out);
                }
            }
            (Datagram::Unknown, _) => self.ignore(out),
            _ if ip != self.server => self.ignore(out),
            (Datagram::Beat(list), State::Online { .. }) => self.beat(list, now, out),
            (Datagram::Beat(list), &State::Waiting { request, tries, .. }) => {
                if request == Request::LogIn && self.is_in(&list) {
                    out.push(Action::ToServer(wire::alive(&self.email)));
                    // The answer was lost. After one try it may be a login of before that the
                    // server has not forgotten, which says nothing of this password.
                    if tries > 1 {
                        self.log_in(list, now, out);
                    }
                }
            }
            (Datagram::List(list), State::Waiting { request, .. }) => {
                if *request == Request::LogIn {
                    self.log_in(list, now, out);
                }
            }
            (Datagram::Answer(answer), &State::Waiting { request, .. }) => {
                self.answered(request, answer, now, out);
            }
            // The answer to a request that was sent twice.
            (Datagram::Answer(_) | Datagram::List(_), State::Online { .. }) => {}
            // The last answers to somebody who asks the user.
            (_, State::Asking(_)) => {}
        }
    }

    /// The user answers the question.
    pub fn answer(&mut self, text: &str, now: Instant, out: &mut Vec<Action>) {
        match self.question() {
            Some(Question::Password) => self.take_password(text, now, out),
            Some(Question::Repeat) if text == self.password => self.begin(now, out),
            Some(Question::Repeat) => {
                out.push(Action::Tell(Notice::PasswordsDiffer));
                self.state = State::Asking(Question::Password);
            }
            Some(Question::Register) => {
                let yes = ["y", "yes", "s", "sim"];
                if !yes.contains(&text.to_lowercase().as_str()) {
                    return self.end(Verdict::NotRegistered, out);
                }
                self.registers = true;
                if self.is_password_typed {
                    self.state = State::Asking(Question::Repeat);
                } else {
                    self.begin(now, out);
                }
            }
            None => {}
        }
    }

    fn take_password(&mut self, password: &str, now: Instant, out: &mut Vec<Action>) {
        let fits = wire::log_in(&self.email, password).len() <= DATAGRAM_BYTES;
        if !wire::is_word(password) || !fits {
            if self.is_password_typed {
                out.push(Action::Tell(Notice::BadPassword));
            } else {
                self.end(Verdict::BadPassword, out);
            }
            return;
        }
        password.clone_into(&mut self.password);
        if self.registers && self.is_password_typed {
            self.state = State::Asking(Question::Repeat);
        } else {
            self.begin(now, out);
        }
    }

    fn begin(&mut self, now: Instant, out: &mut Vec<Action>) {
        let request = if self.registers {
            Request::Register
        } else {
            Request::LogIn
        };
        self.request(request, 1, now, out);
    }

    fn request(&mut self, request: Request, tries: u8, now: Instant, out: &mut Vec<Action>) {
        out.push(Action::ToServer(match request {
            Request::Register => wire::register(&self.email, &self.password),
            Request::LogIn => wire::log_in(&self.email, &self.password),
        }));
        self.state = State::Waiting {
            request,
            tries,
            again: now + AGAIN,
        };
    }

    fn answered(&mut self, request: Request, answer: Answer, now: Instant, out: &mut Vec<Action>) {
        let email = self.email.clone();
        match (request, answer) {
            (Request::Register, Answer::Registered) => {
                out.push(Action::Tell(Notice::Registered(email)));
                self.registers = false;
                self.begin(now, out);
            }
            // Perhaps by ourselves, when the first answer was lost: the password will tell.
            (Request::Register, Answer::Taken) => {
                out.push(Action::Tell(Notice::AlreadyRegistered(email)));
                self.registers = false;
                self.begin(now, out);
            }
            (_, Answer::Malformed) => self.end(Verdict::Malformed, out),
            (Request::LogIn, Answer::NoSuchEmail) if self.is_terminal => {
                out.push(Action::Tell(Notice::NotRegistered(email)));
                self.state = State::Asking(Question::Register);
            }
            (Request::LogIn, Answer::NoSuchEmail) => self.end(Verdict::NotRegistered, out),
            (Request::LogIn, Answer::WrongPassword) if self.is_password_typed => {
                out.push(Action::Tell(Notice::WrongPassword(email)));
                self.state = State::Asking(Question::Password);
            }
            (Request::LogIn, Answer::WrongPassword) => self.end(Verdict::WrongPassword, out),
            // Answers to the request before, on their way twice.
            (Request::Register, Answer::NoSuchEmail | Answer::WrongPassword)
            | (Request::LogIn, Answer::Registered | Answer::Taken) => {}
        }
    }

    fn log_in(&mut self, list: Vec<Entry>, now: Instant, out: &mut Vec<Action>) {
        self.state = State::Online { heard: now };
        self.peers = self.without_us(list);
        out.push(Action::Tell(Notice::Online(self.online())));
        self.read_held(out);
    }

    fn beat(&mut self, list: Vec<Entry>, now: Instant, out: &mut Vec<Action>) {
        if !self.is_in(&list) {
            return self.end(Verdict::Offline, out);
        }
        self.state = State::Online { heard: now };
        let peers = self.without_us(list);
        out.push(Action::ToServer(wire::alive(&self.email)));
        let before = std::mem::replace(&mut self.peers, peers);
        for (_, gone) in before.iter().filter(|(k, _)| !self.peers.contains_key(*k)) {
            out.push(Action::Tell(Notice::Gone(gone.email.clone())));
        }
        for (_, came) in self.peers.iter().filter(|(k, _)| !before.contains_key(*k)) {
            out.push(Action::Tell(Notice::Came(came.email.clone())));
        }
        self.read_held(out);
    }

    fn is_in(&self, list: &[Entry]) -> bool {
        let own = key(&self.email);
        list.iter().any(|entry| key(&entry.email) == own)
    }

    /// The list by key. Our own entry tells how the server spells us: others look for that.
    fn without_us(&mut self, list: Vec<Entry>) -> BTreeMap<String, Entry> {
        let mut peers: BTreeMap<String, Entry> = list
            .into_iter()
            .map(|entry| (key(&entry.email), entry))
            .collect();
        if let Some(own) = peers.remove(&key(&self.email)) {
            self.email = own.email;
        }
        peers
    }

    fn online(&self) -> Vec<String> {
        self.peers().map(str::to_owned).collect()
    }

    fn ignore(&mut self, out: &mut Vec<Action>) {
        self.ignored += 1;
        if self.ignored == 1 {
            out.push(Action::Tell(Notice::Ignored));
        }
    }

    fn end(&mut self, verdict: Verdict, out: &mut Vec<Action>) {
        self.state = State::Over;
        out.push(Action::Over(verdict));
    }
}

/// How e-mails are compared.
fn key(email: &str) -> String {
    email.to_lowercase()
}

#[cfg(test)]
mod tests;
