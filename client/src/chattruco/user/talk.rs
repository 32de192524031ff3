//! The messages of a ChatTruco user who is online: typed lines become messages to others, and received
//! messages are shown.
//!
//! Invariant: a message is shown only if the last list gives its sender the address that it came from.

use super::{HELD, Message, State, User, key};
use crate::chattruco::action::{Action, Notice};
use crate::chattruco::wire::{self, DATAGRAM_BYTES};
use crate::session::protocol::Typed;

impl User {
    /// Handle a typed line; before the login and after the end nothing happens.
    pub(crate) fn say(&mut self, line: &str, out: &mut Vec<Action>) {
        if !self.is_online() {
            return;
        }
        match Typed::parse(line) {
            Typed::Private { to, text } => self.send(to.trim_end_matches([':', ',']), text, out),
            Typed::Say("") => out.push(Action::Show(Notice::NoText)),
            Typed::Say(text) => match self.addressee.clone() {
                Some(to) => self.send(&to, text, out),
                None => out.push(Action::Show(Notice::NoAddressee)),
            },
            Typed::Reply(text) => match self.last_sender.clone() {
                Some(to) => self.send(&to, text, out),
                None => out.push(Action::Show(Notice::NothingToAnswer)),
            },
            Typed::Quit => {
                self.state = State::Ended;
                out.push(Action::Leave);
            }
            Typed::Act(_)
            | Typed::Nick
            | Typed::Lang(_)
            | Typed::About
            | Typed::Ids(_)
            | Typed::Tags
            | Typed::Secret(_)
            | Typed::Command => {
                out.push(Action::Show(self.command(line.trim())));
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
            out.push(Action::Show(if key(to) == key(&self.email) {
                Notice::ToOneself
            } else {
                Notice::NotOnline(to.to_owned())
            }));
            return;
        };
        self.addressee = Some(peer.email.clone());
        // Users of other transports are behind the server, and show any text.
        let text = match peer.ip == self.server {
            true => text.to_owned(),
            false => wire::readable(text),
        };
        let datagram = wire::message(&peer.email, &self.email, &text);
        out.push(if text.is_empty() {
            Action::Show(Notice::NoText)
        } else if datagram.len() > DATAGRAM_BYTES {
            Action::Show(Notice::TooLong {
                bytes: text.len(),
                limit: (DATAGRAM_BYTES + text.len()).saturating_sub(datagram.len()),
            })
        } else {
            Action::SendToPeer {
                ip: peer.ip,
                to: peer.email.clone(),
                text,
                datagram,
            }
        });
    }

    /// Handle a message for this user. Its sender may have logged in after the last list.
    pub(super) fn receive_message(&mut self, message: Message, out: &mut Vec<Action>) {
        if self.is_from_peer(&message) {
            self.show(message, out);
        } else if self.question().is_none() && self.held.len() < HELD {
            self.held.push(message);
        } else {
            self.ignore(out);
        }
    }

    fn is_from_peer(&self, message: &Message) -> bool {
        let peer = self.peers.get(&key(&message.from));
        peer.is_some_and(|peer| peer.ip == message.ip)
    }

    /// Show the held messages whose senders the new list has; the others are ignored.
    pub(super) fn show_held(&mut self, out: &mut Vec<Action>) {
        for message in std::mem::take(&mut self.held) {
            if self.is_from_peer(&message) {
                self.show(message, out);
            } else {
                self.ignore(out);
            }
        }
    }

    fn show(&mut self, message: Message, out: &mut Vec<Action>) {
        self.last_sender = Some(message.from.clone());
        for text in message.lines {
            out.push(Action::Show(Notice::Message {
                from: message.from.clone(),
                text,
            }));
        }
    }
}
