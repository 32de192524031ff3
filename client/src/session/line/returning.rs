//! A connection that is lost, and the way back: the place is taken over by its key, or else the name is given anew.
//!
//! Invariant: what may not have been said is told, whichever way it ends.

use std::time::Instant;

use super::{LineSession, Linking};
use crate::ending::Failure;
use crate::options::Trust;
use crate::session::away::Away;
use crate::session::lines::Lines;
use crate::session::link::Link;
use crate::session::login::Login;
use crate::session::outbox::Said;
use crate::session::protocol::LOBBY;
use crate::session::{Mode, Shown};
use crate::words::Phrase;

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
        match Away::begin(
            self.server.clone(),
            self.identity.clone().map(Trust::Only),
            self.failed_returns,
            now,
        ) {
            Ok(away) => self.linking = Linking::Away(away),
            Err(_) => return self.end_by(failure),
        }
        self.failed_returns += 1;
        self.is_tagged = false;
        self.received = Lines::default();
        self.is_question_stale = true;
        if self.failed_returns == 1 {
            let why = failure.sentence(self.language);
            self.note(&Phrase::Lost(&why), shown);
        }
    }

    /// The way back.
    pub(super) fn come_back(&mut self, link: Link) {
        self.linking = Linking::Here(link);
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
        // What was typed for another room is not for the one where a login begins.
        let lost = match self.talk.rooms.speaks_in() {
            Some(room) if room != LOBBY => self.talk.outbox.take_all(),
            _ => self.talk.outbox.take_lost(),
        };
        self.tell_lost(lost, shown);
        self.talk.forget_place();
        self.has_arrived = self.room.is_none();
        self.chat.forget_name();
        self.log_in_again();
    }

    /// Give the name that the user had before.
    fn log_in_again(&mut self) {
        self.choose_form();
        if let Some(name) = self.chat.last_name.clone() {
            self.give_name(name, None);
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

    pub(super) fn tell_lost(&self, lost: Vec<Said>, shown: &mut Vec<Shown>) {
        for said in lost {
            self.note(&Phrase::Unconfirmed(&said.text), shown);
        }
    }
}
