//! The talking of a ChatTruco user who is online: what is typed becomes messages to others, and
//! what others send is shown if it is theirs.
//!
//! Invariant: a message is shown only if the last list gives its sender the address that it came from.

use super::{HELD, Letter, State, Truco, key};
use crate::chattruco::action::{Action, Notice};
use crate::chattruco::wire::{self, DATAGRAM_BYTES};
use crate::session::protocol::Typed;

impl Truco {
    /// The user typed a line; before the login and after the end it says nothing.
    pub fn say(&mut self, line: &str, out: &mut Vec<Action>) {
        if !self.is_online() {
            return;
        }
        match Typed::parse(line) {
            Typed::Private { to, text } => self.send(to.trim_end_matches([':', ',']), text, out),
            Typed::Say("") => out.push(Action::Tell(Notice::NoText)),
            Typed::Say(text) => match self.chosen.clone() {
                Some(to) => self.send(&to, text, out),
                None => out.push(Action::Tell(Notice::NobodyChosen)),
            },
            Typed::Reply(text) => match self.last_from.clone() {
                Some(to) => self.send(&to, text, out),
                None => out.push(Action::Tell(Notice::NobodyToAnswer)),
            },
            Typed::Quit => {
                self.state = State::Over;
                out.push(Action::Leave);
            }
            Typed::Act(_) | Typed::Nick | Typed::Command => {
                out.push(Action::Tell(self.command(line.trim())));
            }
        }
    }

    fn command(&self, line: &str) -> Notice {
        let word = line.split(char::is_whitespace).next().unwrap_or(line);
        match word.to_lowercase().as_str() {
            "/online" | "/quem" | "/who" | "/names" => Notice::Online(self.online()),
            "/status" | "/estado" => Notice::Status {
                email: self.email.clone(),
                others: self.peers.len(),
                ignored: self.ignored,
            },
            "/help" | "/ajuda" => Notice::Help,
            "/private" | "/para" | "/privado" | "/msg" => Notice::NoText,
            "/reply" | "/responder" | "/r" => Notice::NoText,
            _ if word.starts_with('@') => Notice::NoText,
            _ => Notice::NoCommand(word.to_owned()),
        }
    }

    fn send(&mut self, to: &str, text: &str, out: &mut Vec<Action>) {
        let Some(peer) = self.peers.get(&key(to)) else {
            out.push(Action::Tell(if key(to) == key(&self.email) {
                Notice::ToOneself
            } else {
                Notice::NotOnline(to.to_owned())
            }));
            return;
        };
        self.chosen = Some(peer.email.clone());
        let datagram = wire::message(&peer.email, &self.email, text);
        out.push(if text.is_empty() {
            Action::Tell(Notice::NoText)
        } else if datagram.len() > DATAGRAM_BYTES {
            Action::Tell(Notice::TooLong {
                bytes: text.len(),
                limit: (DATAGRAM_BYTES + text.len()).saturating_sub(datagram.len()),
            })
        } else {
            Action::ToPeer {
                ip: peer.ip,
                to: peer.email.clone(),
                text: text.to_owned(),
                datagram,
            }
        });
    }

    /// A message for us. Who has just logged in may write before the list that names him.
    pub(super) fn letter(&mut self, letter: Letter, out: &mut Vec<Action>) {
        if self.is_from_peer(&letter) {
            self.read(letter, out);
        } else if self.question().is_none() && self.held.len() < HELD {
            self.held.push(letter);
        } else {
            self.ignore(out);
        }
    }

    fn is_from_peer(&self, letter: &Letter) -> bool {
        let peer = self.peers.get(&key(&letter.from));
        peer.is_some_and(|peer| peer.ip == letter.ip)
    }

    pub(super) fn read_held(&mut self, out: &mut Vec<Action>) {
        for letter in std::mem::take(&mut self.held) {
            if self.is_from_peer(&letter) {
                self.read(letter, out);
            } else {
                self.ignore(out);
            }
        }
    }

    fn read(&mut self, letter: Letter, out: &mut Vec<Action>) {
        self.last_from = Some(letter.from.clone());
        for text in letter.lines {
            out.push(Action::Tell(Notice::Message {
                from: letter.from.clone(),
                text,
            }));
        }
    }
}
