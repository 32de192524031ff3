//! A connection that is lost, and the way back: the place is taken over by its key, or else the name is given anew. And
//! how a session ends without one.
//!
//! Invariant: what may not have been said is told, whichever way it ends.

use std::time::{Duration, Instant};

use super::{LineSession, Linking};
use crate::ending::{End, Failure};
use crate::session::away::Away;
use crate::session::lines::Lines;
use crate::session::login::Login;
use crate::session::outbox::Said;
use crate::session::protocol::{LOBBY, Typed};
use crate::session::{Linked, Mode, Shown};
use crate::words::Phrase;

/// A connection that was lost sooner was a failed attempt, too: pauses between these grow.
const LASTING: Duration = Duration::from_secs(10);

impl LineSession {
    /// The connection has ended: the way back begins if there is one.
    pub(super) fn drop_link(&mut self, failure: Failure, now: Instant, shown: &mut Vec<Shown>) {
        let may_come_back = (self.mode == Mode::Terminal || self.task.is_some())
            && (self.is_in() || self.chat.last_name.is_some())
            && !self.chat.is_quitting
            && !self.chat.is_dismissed
            && self.ending.is_none();
        if !may_come_back {
            if !self.chat.is_quitting {
                let unsaid = self.talk.outbox.take_all();
                self.tell_lost(unsaid, shown);
            }
            return self.end_by(failure);
        }
        let Linking::Here(link) = &self.linking else {
            return;
        };
        if now > link.began + LASTING {
            self.failed_returns = 0;
        }
        let was_in = !self.is_returning();
        let (server, trust) = (self.server.clone(), link.trust());
        match Away::begin(server, trust, self.failed_returns, now) {
            Ok(away) => self.linking = Linking::Away(away),
            Err(_) => return self.end_by(failure),
        }
        self.failed_returns += 1;
        self.is_tagged = false;
        self.received = Lines::default();
        self.is_question_stale = true;
        if was_in {
            let why = failure.sentence(self.chat.language);
            self.note(&Phrase::Lost(&why), shown);
        }
    }

    /// What the server is told before a name: the language, and in which form its lines are wanted.
    pub(super) fn choose_form(&mut self) {
        if let Some(lang) = self.lang {
            self.send(&format!("/lang {}", lang.code()));
        }
        if self.wants_tags() {
            self.send("/tags on");
        }
    }

    pub(super) fn give_name(&mut self, name: String) {
        self.send(&name);
        let is_it = |account: &&(String, String)| account.0.to_lowercase() == name.to_lowercase();
        let account = self.account.as_ref().filter(is_it);
        let password = account.map(|account| account.1.clone());
        self.login = Login::NameSent(name, password);
    }

    /// Take the place over, or log in if there is none.
    pub(super) fn resume(&mut self) {
        let Some(key) = self.talk.key.as_deref() else {
            return self.log_in_again();
        };
        let resume = self.talk.rooms.resume(key);
        if let Some(lang) = self.lang {
            self.send(&format!("/lang {}", lang.code()));
        }
        self.send(&resume);
        self.login = Login::Resuming;
    }

    /// The server keeps no place for the user any more.
    pub(super) fn begin_anew(&mut self, shown: &mut Vec<Shown>) {
        let lost = self.talk.outbox.take_lost();
        self.tell_lost(lost, shown);
        self.come_to_all_rooms();
        self.talk.forget_place();
        self.has_arrived = self.room.is_none();
        self.chat.forget_name();
        self.log_in_again();
    }

    /// The next login goes to the rooms of before, and to the one that the user spoke in.
    fn come_to_all_rooms(&mut self) {
        let rooms = &self.talk.rooms;
        let Some(target) = rooms.speaks_in() else {
            return;
        };
        // Who joins a room of theirs leaves none.
        let keeps_lobby = rooms.names().any(|room| room == LOBBY);
        let is_other = |room: &&str| *room != LOBBY && (keeps_lobby || *room != target);
        let others = rooms.names().filter(is_other);
        self.others = others.map(str::to_owned).collect();
        if target != LOBBY || self.room.is_some() {
            self.room = Some(target.to_owned());
        }
    }

    /// Give the name that the user had before.
    fn log_in_again(&mut self) {
        self.choose_form();
        if let Some(name) = self.chat.last_name.clone() {
            self.give_name(name);
        }
    }

    /// Whether the way back is under way: what is typed waits for its end.
    pub(super) fn is_returning(&self) -> bool {
        match (&self.linking, &self.login) {
            (Linking::Away(_), _) | (_, Login::Resuming) => true,
            (_, Login::NameSent(..)) => self.chat.last_name.is_some(),
            _ => false,
        }
    }

    /// A reply that waits goes to whom it was meant for when it was typed.
    pub(super) fn addressed(&self, line: &str) -> String {
        match (Typed::parse(line), self.chat.private_from()) {
            (Typed::Reply(text), Some(to)) if self.is_returning() => {
                format!("/private {to} {text}")
            }
            _ => line.to_owned(),
        }
    }

    /// Whether the server hears what is typed now.
    pub(super) fn linked(&self) -> Linked {
        match (&self.linking, &self.login) {
            (Linking::Away(_), _) | (_, Login::Resuming) => Linked::Away,
            _ => Linked::Here,
        }
    }

    pub(super) fn tell_lost(&self, lost: Vec<Said>, shown: &mut Vec<Shown>) {
        for said in lost {
            self.note(&Phrase::Unconfirmed(&said.text), shown);
        }
    }

    /// How the user has left: a failure if a line was not confirmed, or one of a pipe was refused.
    pub(super) fn left(&self) -> Result<End, Failure> {
        if self.mode == Mode::Plain && self.task.is_none() && self.refused > 0 {
            return Err(Failure::LinesRefused(self.refused));
        }
        let unsaid = self.talk.outbox.texts();
        match unsaid.is_empty() {
            true => Ok(End::Left),
            false => Err(Failure::Unsaid(unsaid)),
        }
    }

    /// End after the connection has ended: no failure for a user who asked for it, or whose input was
    /// all sent.
    pub(super) fn end_by(&mut self, failure: Failure) {
        let is_done = self.is_input_over && matches!(failure, Failure::Closed);
        if self.ending.is_none() {
            self.ending = Some(if is_done && self.has_input && self.chat.name().is_none() {
                Err(Failure::NoName)
            } else if is_done || self.chat.is_quitting {
                self.left()
            } else {
                Err(failure)
            });
        }
    }
}
