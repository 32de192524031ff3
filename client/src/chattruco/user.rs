//! The user of this program in a ChatTruco directory: received datagrams, typed lines and the time lead to
//! actions (datagrams to send, notices to show). It has no socket, no clock and no texts.
//!
//! The directory tells who is online and where; messages go directly to the other user. Nothing proves
//! who sent a message, so it counts only if it comes from the address that the list gives its sender.
//! Invariant: `peers` is the last list without this user, by e-mail in lower case; nothing is sent and
//! nothing changes after `Action::End` or `Action::Leave`.
//! Not done: logging in again after a silence; that would move a user who has logged in elsewhere.

mod talk;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::action::{Action, EndReason, Notice, Question};
use super::wire::{self, Answer, DATAGRAM_BYTES, Datagram, Entry};

/// When a request is sent again without an answer, as a datagram may be lost.
const RETRY: Duration = Duration::from_secs(1);
/// How often a request is sent.
const TRIES: u8 = 5;

/// A number of the protocol: a client that gets no heartbeat for 4 seconds ends. With one each second it
/// survives three lost ones.
const SILENCE: Duration = Duration::from_secs(4);

/// Most messages that wait for the next list because their sender is not in the last one.
const HELD: usize = 16;

/// The data of a login.
#[derive(Debug)]
pub struct Login {
    /// The user's e-mail.
    pub email: String,
    /// Without a password, the user is asked for it.
    pub password: Option<String>,
    /// Whether to register before logging in.
    pub registers: bool,
    /// Whether somebody is there who can answer more than one question.
    pub is_terminal: bool,
}

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
        retry_at: Instant,
    },
    Online {
        last_heartbeat: Instant,
    },
    Ended,
}

/// A received message for this user.
#[derive(Debug)]
struct Message {
    from: String,
    ip: IpAddr,
    lines: Vec<String>,
}

/// The user of this program.
#[derive(Debug)]
pub struct User {
    /// The e-mail, as the server spells it once it has.
    email: String,
    password: String,
    is_password_typed: bool,
    registers: bool,
    is_terminal: bool,
    server: IpAddr,
    state: State,
    peers: BTreeMap<String, Entry>,
    /// The user who gets lines without an address.
    addressee: Option<String>,
    last_sender: Option<String>,
    held: Vec<Message>,
    ignored: u64,
}

impl User {
    /// Start: send the first request, or ask for the password.
    pub fn start(login: Login, server: IpAddr, now: Instant, out: &mut Vec<Action>) -> User {
        let is_given = login.password.is_some();
        let mut user = User {
            email: login.email,
            password: String::new(),
            is_password_typed: !is_given && login.is_terminal,
            registers: login.registers,
            is_terminal: login.is_terminal,
            server: server.to_canonical(),
            state: State::Asking(Question::Password),
            peers: BTreeMap::new(),
            addressee: None,
            last_sender: None,
            held: Vec::new(),
            ignored: 0,
        };
        if let Some(password) = login.password {
            user.take_password(&password, now, out);
        }
        user
    }

    /// What the user has to answer now.
    pub(super) fn question(&self) -> Option<Question> {
        match self.state {
            State::Asking(question) => Some(question),
            _ => None,
        }
    }

    pub(super) fn is_online(&self) -> bool {
        matches!(self.state, State::Online { .. })
    }

    /// The user who gets lines without an address.
    pub fn addressee(&self) -> Option<&str> {
        self.addressee.as_deref()
    }

    /// The e-mails of the others who are online.
    pub(super) fn peers(&self) -> impl Iterator<Item = &str> {
        self.peers.values().map(|entry| entry.email.as_str())
    }

    /// When `tick` has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { retry_at, .. } => Some(retry_at),
            State::Online { last_heartbeat } => Some(last_heartbeat + SILENCE),
            State::Asking(_) | State::Ended => None,
        }
    }

    /// Do what is due.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<Action>) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match self.state {
            State::Waiting { tries: TRIES.., .. } => self.end(EndReason::NoAnswer, out),
            State::Waiting { request, tries, .. } => {
                if tries == 1 {
                    out.push(Action::Show(Notice::AskingAgain));
                }
                self.request(request, tries + 1, now, out);
            }
            State::Online { .. } => self.end(EndReason::Silent, out),
            State::Asking(_) | State::Ended => {}
        }
    }

    /// Handle a datagram from this address.
    pub fn receive(&mut self, ip: IpAddr, bytes: &[u8], now: Instant, out: &mut Vec<Action>) {
        let ip = ip.to_canonical();
        match (wire::parse(bytes), &self.state) {
            (_, State::Ended) => {}
            (Datagram::Message { to, from, lines }, _) => {
                if key(&to) == key(&self.email) {
                    self.receive_message(Message { from, ip, lines }, out);
                } else {
                    self.ignore(out);
                }
            }
            (Datagram::Unknown, _) => self.ignore(out),
            _ if ip != self.server => self.ignore(out),
            (Datagram::Heartbeat(list), State::Online { .. }) => self.heartbeat(list, now, out),
            (Datagram::Heartbeat(list), &State::Waiting { request, tries, .. }) => {
                if request == Request::LogIn && self.is_in(&list) {
                    out.push(Action::SendToServer(wire::alive(&self.email)));
                    // The answer was lost. After only one try, the server may still remember an earlier
                    // login, which says nothing about this password.
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
                self.handle_answer(request, answer, now, out);
            }
            // The second answer to a request that was sent twice.
            (Datagram::Answer(_) | Datagram::List(_), State::Online { .. }) => {}
            // Late answers, while the user is asked a question.
            (_, State::Asking(_)) => {}
        }
    }

    /// Handle the user's answer to the question.
    pub(super) fn answer(&mut self, text: &str, now: Instant, out: &mut Vec<Action>) {
        match self.question() {
            Some(Question::Password) => self.take_password(text, now, out),
            Some(Question::Repeat) if text == self.password => self.begin(now, out),
            Some(Question::Repeat) => {
                out.push(Action::Show(Notice::PasswordsDiffer));
                self.state = State::Asking(Question::Password);
            }
            Some(Question::Register) => {
                let yes = ["y", "yes", "s", "sim"];
                if !yes.contains(&text.to_lowercase().as_str()) {
                    return self.end(EndReason::NotRegistered, out);
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
                out.push(Action::Show(Notice::BadPassword));
            } else {
                self.end(EndReason::BadPassword, out);
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
        out.push(Action::SendToServer(match request {
            Request::Register => wire::register(&self.email, &self.password),
            Request::LogIn => wire::log_in(&self.email, &self.password),
        }));
        self.state = State::Waiting {
            request,
            tries,
            retry_at: now + RETRY,
        };
    }

    fn handle_answer(
        &mut self,
        request: Request,
        answer: Answer,
        now: Instant,
        out: &mut Vec<Action>,
    ) {
        let email = self.email.clone();
        match (request, answer) {
            (Request::Register, Answer::Registered) => {
                out.push(Action::Show(Notice::Registered(email)));
                self.registers = false;
                self.begin(now, out);
            }
            // Perhaps by this program, when the first answer was lost: the login will show it.
            (Request::Register, Answer::Taken) => {
                out.push(Action::Show(Notice::AlreadyRegistered(email)));
                self.registers = false;
                self.begin(now, out);
            }
            (Request::Register, Answer::NoRegistration) | (Request::LogIn, Answer::NoLogin) => {
                self.end(EndReason::Refused, out);
            }
            (Request::LogIn, Answer::NoSuchEmail) if self.is_terminal => {
                out.push(Action::Show(Notice::NotRegistered(email)));
                self.state = State::Asking(Question::Register);
            }
            (Request::LogIn, Answer::NoSuchEmail) => self.end(EndReason::NotRegistered, out),
            (Request::LogIn, Answer::WrongPassword) if self.is_password_typed => {
                out.push(Action::Show(Notice::WrongPassword(email)));
                self.state = State::Asking(Question::Password);
            }
            (Request::LogIn, Answer::WrongPassword) => self.end(EndReason::WrongPassword, out),
            // Late answers to the earlier request.
            (Request::Register, Answer::NoSuchEmail | Answer::WrongPassword | Answer::NoLogin)
            | (Request::LogIn, Answer::Registered | Answer::Taken | Answer::NoRegistration) => {}
        }
    }

    fn log_in(&mut self, list: Vec<Entry>, now: Instant, out: &mut Vec<Action>) {
        self.state = State::Online {
            last_heartbeat: now,
        };
        self.peers = self.without_self(list);
        out.push(Action::Show(Notice::Online(self.online())));
        self.show_held(out);
    }

    fn heartbeat(&mut self, list: Vec<Entry>, now: Instant, out: &mut Vec<Action>) {
        if !self.is_in(&list) {
            return self.end(EndReason::Offline, out);
        }
        self.state = State::Online {
            last_heartbeat: now,
        };
        let peers = self.without_self(list);
        out.push(Action::SendToServer(wire::alive(&self.email)));
        let before = std::mem::replace(&mut self.peers, peers);
        for (_, gone) in before.iter().filter(|(k, _)| !self.peers.contains_key(*k)) {
            out.push(Action::Show(Notice::Disconnected(gone.email.clone())));
        }
        for (_, came) in self.peers.iter().filter(|(k, _)| !before.contains_key(*k)) {
            out.push(Action::Show(Notice::Connected(came.email.clone())));
        }
        self.show_held(out);
    }

    fn is_in(&self, list: &[Entry]) -> bool {
        let own = key(&self.email);
        list.iter().any(|entry| key(&entry.email) == own)
    }

    /// The list by key, without this user. Their own entry tells how the server spells their e-mail: the
    /// others look for that.
    fn without_self(&mut self, list: Vec<Entry>) -> BTreeMap<String, Entry> {
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
            out.push(Action::Show(Notice::Ignored));
        }
    }

    fn end(&mut self, reason: EndReason, out: &mut Vec<Action>) {
        self.state = State::Ended;
        out.push(Action::End(reason));
    }
}

/// How e-mails are compared.
fn key(email: &str) -> String {
    email.to_lowercase()
}

#[cfg(test)]
mod tests;
