//! The directory of ChatTruco among the rest: its datagrams come in and go out, its users are the
//! hub's direct users, its passwords are the accounts'.
//!
//! Datagrams are taken in batches after the conns' bytes and before their lines, so many in a turn:
//! neither starves the other.

use super::Server;
use crate::chattruco::DATAGRAMS_PER_TURN;
use crate::chattruco::{Directory, Out, Refusal};
use crate::dialect::clean::clean;
use crate::dialect::words::Lang;
use crate::dialect::{self, Clock, Style};
use crate::hub::{Complaint, Direct, Notice, Question, Time, ToDirect, Verdict};
use crate::limits::QUESTIONS;
use crate::net::sys::datagrams::Datagram;
use crate::net::sys::{Ready, Sys};
use crate::ops::logging::{ARRIVAL, DEPARTURE};
use crate::store::accounts::{Asker, Lane, Owner, Query, Task};

/// What the server keeps for ChatTruco.
#[derive(Default)]
pub(super) struct Chattruco {
    /// None if it is not wanted.
    directory: Option<Directory>,
}

impl Chattruco {
    /// When to serve it again at the latest.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.directory.as_ref()?.deadline()
    }
}

impl<S: Sys> Server<S> {
    /// Serve ChatTruco's clients with this directory, if there is one.
    pub fn open_directory(&mut self, directory: Option<Directory>) {
        self.chattruco.directory = directory;
    }

    /// Take in what came, and greet those whose second is over.
    pub(super) fn serve_chattruco(&mut self) {
        let Some(mut directory) = self.chattruco.directory.take() else {
            return;
        };
        let mut out = Vec::new();
        let now = self.life.now;
        if self.work.ready.contains(&Ready::Datagrams) {
            let (hub, is_serving) = (&self.hub, self.life.is_serving());
            self.sys.receive(DATAGRAMS_PER_TURN, |datagram| {
                let Datagram {
                    from,
                    local,
                    bytes,
                    truncated,
                } = datagram;
                // Who is online from a banned address answers no heartbeat any more, and so goes
                // offline.
                match is_serving && !hub.is_banned(now, from.ip()) {
                    true => directory.receive(now, from, local, bytes, truncated, &mut out),
                    false => directory.turn_away(from, local, bytes, truncated, &mut out),
                }
            });
        }
        if directory.deadline().is_some_and(|at| at <= now) {
            directory.tick(now, &self.hub.names(), &mut out);
        }
        self.chattruco.directory = Some(directory);
        self.do_all(out);
    }

    /// The server stops: who waits for an answer is refused, and who asks from now on.
    pub(super) fn close_directory(&mut self) {
        let mut out = Vec::new();
        if let Some(directory) = &mut self.chattruco.directory {
            directory.close(&mut out);
            // There may be no other turn.
            for _ in 0..QUESTIONS / DATAGRAMS_PER_TURN {
                self.sys.receive(DATAGRAMS_PER_TURN, |datagram| {
                    let Datagram { from, local, .. } = datagram;
                    directory.turn_away(from, local, datagram.bytes, datagram.truncated, &mut out);
                });
            }
        }
        self.do_all(out);
    }

    /// A private line of a user for a direct one, or something about that user.
    pub(super) fn send_direct(&mut self, to: &str, from: &str, what: &ToDirect) {
        let text = match what {
            ToDirect::Line(text) => text.as_ref(),
            ToDirect::Notice(notice) => &words(notice),
        };
        let mut out = Vec::new();
        if let Some(directory) = &mut self.chattruco.directory
            && !directory.private(to, from, text, &self.hub.names(), &mut out)
        {
            log::warn!("a line for {to} is lost: its client is not there yet");
        }
        self.do_all(out);
    }

    /// What the server says to a direct user, in the window that they look at.
    fn tell_direct(&mut self, to: &str, window: &str, complaint: Complaint) {
        let mut out = Vec::new();
        if let Some(directory) = &mut self.chattruco.directory {
            let text = words(&Notice::Refused(complaint));
            directory.tell(to, window, &text, &mut out);
        }
        self.do_all(out);
    }

    /// An operator has put a direct user out.
    pub(super) fn remove_user(&mut self, email: &str) {
        let mut out = Vec::new();
        if let Some(directory) = &mut self.chattruco.directory {
            directory.remove_user(email, &mut out);
        }
        self.do_all(out);
    }

    /// What the accounts say to a client of the directory.
    pub(super) fn tell_directory(&mut self, ticket: u64, verdict: Verdict) {
        let mut out = Vec::new();
        if let Some(directory) = &mut self.chattruco.directory {
            directory.answer(self.life.now, ticket, verdict, &mut out);
        }
        self.do_all(out);
    }

    fn do_all(&mut self, out: Vec<Out>) {
        for out in out {
            match out {
                Out::Send { to, local, bytes } => self.sys.send(to, local, &bytes),
                // Who is registered may come while nobody new does.
                Out::Ask {
                    ticket,
                    question: Question::Register(_),
                    ..
                } if self.hub.is_locked() => self.tell_directory(ticket, Verdict::Busy),
                Out::Ask {
                    ticket,
                    email,
                    question,
                } => self.ask_for_directory(ticket, email, question),
                Out::Online(email) => {
                    log::info!(target: ARRIVAL, "{email} joined by ChatTruco");
                    // What is no address for the hub is not told of.
                    let _ = self.direct(Direct::Online(email.into()));
                }
                Out::Offline(email) => {
                    log::info!(target: DEPARTURE, "{email} left ChatTruco");
                    // The hub may know: who was put out is not there for it.
                    let _ = self.direct(Direct::Offline(email.into()));
                }
                Out::Private {
                    from,
                    to,
                    window,
                    text,
                } => {
                    let line = Direct::Private {
                        from: from.as_str().into(),
                        to,
                        text: text.into(),
                    };
                    if let Err(complaint) = self.direct(line) {
                        self.tell_direct(&from, &window, complaint);
                    }
                }
                Out::Refused { from, window, why } => {
                    let complaint = match why {
                        Refusal::LongLine => Complaint::LongLine,
                        Refusal::TooFast => Complaint::TooFast,
                    };
                    self.tell_direct(&from, &window, complaint);
                }
                Out::Log(level, text) => log::log!(level, "{text}"),
            }
        }
    }

    fn direct(&mut self, direct: Direct) -> Result<(), Complaint> {
        let done = self.hub.direct(self.life.now, direct, &mut self.effects);
        self.deliver();
        done
    }

    fn ask_for_directory(&mut self, ticket: u64, email: String, question: Question) {
        let lane = match question {
            Question::Register(_) => Lane::DatagramRegistrations,
            _ => Lane::DatagramLogins,
        };
        let asked = self.auth.submit(
            &mut self.sys,
            Query {
                asker: Asker::Directory(ticket),
                task: Task::Ask(Owner::Email(email), question),
                lane,
            },
        );
        if asked.is_err() {
            self.tell_directory(ticket, Verdict::Busy);
        }
    }
}

/// A notice as the text of a message, in the language of ChatTruco.
fn words(notice: &Notice) -> String {
    let style = Style {
        lang: Lang::Pt,
        ..Style::default()
    };
    let mut line = Vec::new();
    dialect::render(style, Clock::default(), notice, &mut line);
    clean(&line).trim().to_owned()
}
