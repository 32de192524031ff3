//! Private lines for who is not here, on their way to the store, and from it to their receivers: some at a
//! time, and removed from the store only once their receiver's system has acknowledged them. If the connection
//! breaks before, or the server is killed, those of that time are told again at the next login.
//!
//! Invariant: a conn is told the letters of one name at most, in their order.

use std::net::SocketAddr;
use std::time::Duration;

use super::Server;
use crate::conn::Conn;
use crate::hub::name::Name;
use crate::hub::{Errand, Id, Letter, Time, Verdict};
use crate::limits::{LETTERS_LOOK, LETTERS_OUT};
use crate::net::sys::Sys;
use crate::places::{counted, network};
use crate::store::accounts::{Answer, Asker, Found, Lane, Leaving, Owner, Query, Task};

/// Letters that are being told.
#[derive(Default)]
pub(super) struct Deliveries(Vec<Delivery>);

struct Delivery {
    who: Id,
    name: Name,
    /// Those up to this number were told.
    upto: i64,
    is_first: bool,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    /// The store has to be asked for the next ones.
    Wanted,
    /// It is asked.
    Asked,
    /// Told, and not known to be there.
    Told {
        since: Time,
        /// When to look for that.
        look: Time,
        /// More follow.
        more: bool,
    },
}

impl Deliveries {
    /// When to look whether something has arrived.
    pub(super) fn deadline(&self) -> Option<Time> {
        let looks = self.0.iter().filter_map(|delivery| match delivery.state {
            State::Told { look, .. } => Some(look),
            State::Wanted | State::Asked => None,
        });
        looks.min()
    }
}

impl<S: Sys> Server<S> {
    /// Do what the hub wants done with letters.
    pub(super) fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Leave {
                by,
                from,
                is_owner,
                to,
                text,
            } => {
                let peer = by.and_then(|by| self.conns.get(by)).map(Conn::peer);
                let leaving = Leaving {
                    source: source(&from, is_owner, peer),
                    sender: from.to_string(),
                    text: text.to_string(),
                };
                let task = Task::Leave(Owner::from(&to), leaving);
                if self.ask_about_letters(by, task).is_err() {
                    let now = self.life.now;
                    let writer = (by, &*from);
                    self.hub
                        .letter_left(now, writer, to, Verdict::Busy, &mut self.effects);
                    self.deliver();
                }
            }
            Errand::Fetch { who, name } => {
                self.deliveries.0.retain(|delivery| delivery.who != who);
                self.deliveries.0.push(Delivery {
                    who,
                    name,
                    upto: 0,
                    is_first: true,
                    state: State::Wanted,
                });
                self.serve_letters();
            }
        }
    }

    fn ask_about_letters(
        &mut self,
        asker: Option<Id>,
        task: Task,
    ) -> Result<(), crate::store::jobs::Busy> {
        let query = Query {
            asker: Asker::Letters(asker),
            task,
            lane: Lane::Letters,
        };
        self.auth.submit(&mut self.sys, query)
    }

    /// Go on with the letters that are being told.
    pub(super) fn serve_letters(&mut self) {
        let mut deliveries = std::mem::take(&mut self.deliveries.0);
        deliveries.retain_mut(|delivery| self.serve(delivery));
        self.deliveries.0.append(&mut deliveries);
    }

    /// Whether there is more to do.
    fn serve(&mut self, delivery: &mut Delivery) -> bool {
        let Some(conn) = self.conns.get(delivery.who) else {
            return false;
        };
        if let State::Told { since, look, more } = delivery.state {
            if look > self.life.now {
                return true;
            }
            // What could not be written was forgotten.
            let is_out = conn.reader.private() == 0 && !conn.wire.is_broken();
            let is_there = self.sys.acknowledged(conn.wire.socket()).is_some();
            // Something is always on its way to who is in a busy room.
            if !(is_out && (is_there || since + LETTERS_OUT <= self.life.now)) {
                let wait = (self.life.now.saturating_sub(since))
                    .clamp(LETTERS_LOOK, Duration::from_secs(1));
                let since = if is_out { since } else { self.life.now };
                let look = self.life.now + wait;
                delivery.state = State::Told { since, look, more };
                return true;
            }
            let task = Task::Discard(Owner::from(&delivery.name), delivery.upto);
            if self.ask_about_letters(None, task).is_err() {
                let look = self.life.now + LETTERS_LOOK;
                delivery.state = State::Told { since, look, more };
                return true;
            }
            if !more {
                return false;
            }
            delivery.state = State::Wanted;
        }
        if let State::Wanted = delivery.state {
            let task = Task::Fetch(Owner::from(&delivery.name), delivery.upto);
            if self.ask_about_letters(Some(delivery.who), task).is_ok() {
                delivery.state = State::Asked;
            }
        }
        true
    }

    /// A conn is about to be closed: what has arrived there is not told again.
    pub(super) fn end_delivery(&mut self, who: Id) {
        let Some(at) = self
            .deliveries
            .0
            .iter()
            .position(|delivery| delivery.who == who)
        else {
            return;
        };
        let mut delivery = self.deliveries.0.swap_remove(at);
        if let State::Told { since, .. } = delivery.state {
            let (look, more) = (self.life.now, false);
            delivery.state = State::Told { since, look, more };
            self.serve(&mut delivery);
        }
    }

    /// What the store says about letters.
    pub(super) fn take_letters(&mut self, asker: Option<Id>, answer: Answer) {
        let now = self.life.now;
        match (answer.task, answer.found) {
            (Task::Leave(Owner::Name { shown, .. }, leaving), _) => {
                if let Ok(to) = Name::parse(&shown) {
                    let writer = (asker, leaving.sender.as_str());
                    self.hub
                        .letter_left(now, writer, to, answer.verdict, &mut self.effects);
                    self.deliver();
                }
            }
            (Task::Fetch(..), Found::Letters(letters, more)) => {
                if let Some(who) = asker {
                    self.tell_letters(who, &letters, more);
                }
            }
            // They are told at the next login.
            (Task::Fetch(..), _) => self
                .deliveries
                .0
                .retain(|delivery| Some(delivery.who) != asker),
            _ => {}
        }
    }

    fn tell_letters(&mut self, who: Id, letters: &[Letter], more: usize) {
        let now = self.life.now;
        let Some(at) = self
            .deliveries
            .0
            .iter()
            .position(|delivery| delivery.who == who)
        else {
            return;
        };
        let delivery = &mut self.deliveries.0[at];
        let count = delivery.is_first.then_some(letters.len() + more);
        let last = letters.last().map(|letter| letter.number);
        let is_told = last.is_some()
            && self.hub.tell_letters(
                now,
                (who, &delivery.name),
                letters,
                count,
                &mut self.effects,
            );
        match last {
            Some(last) if is_told => {
                delivery.upto = last;
                delivery.is_first = false;
                delivery.state = State::Told {
                    since: now,
                    look: now + LETTERS_LOOK,
                    more: more > 0,
                };
            }
            _ => drop(self.deliveries.0.swap_remove(at)),
        }
        self.deliver();
    }
}

/// What counts towards the share of a writer: a name that is theirs, else the address that they come from,
/// unless everybody has that.
fn source(from: &str, is_owner: bool, peer: Option<SocketAddr>) -> String {
    let address = peer.and_then(|peer| counted(peer.ip())).map(network);
    match address {
        Some(address) if !is_owner => address.to_string(),
        _ => Name::parse(from).map_or(from.to_owned(), |name| name.key().to_owned()),
    }
}
