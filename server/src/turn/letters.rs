//! Private lines for who is not here, on their way to the store, and from it to their receivers: some at a
//! time, and removed from the store only once their receiver's system has acknowledged them. If the connection
//! breaks before, or the server is killed, the others are told again at the next login, as those that perhaps were
//! told already.
//!
//! Invariant: a conn is told the letters of one name at most, in their order.

mod reaching;
mod undelivered;
mod visits;

use std::net::SocketAddr;

use super::Server;
use super::conns::Conns;
use crate::conn::Conn;
use crate::hub::name::Name;
use crate::hub::{Errand, Id, Letter, Origin, Time, Verdict};
use crate::limits::{LETTERS_LOOK, LETTERS_LOOK_MOST};
use crate::net::sys::Sys;
use crate::places::{counted, network};
use crate::store::accounts::{Answer, Asker, Found, Lane, Leaving, Owner, Query, Task};
use reaching::Out;
use undelivered::Privates;
use visits::Visits;

/// Letters that are being told, and what else concerns people who are not here.
#[derive(Default)]
pub(super) struct Deliveries {
    letters: Vec<Delivery>,
    privates: Privates,
    visits: Visits,
}

struct Delivery {
    who: Id,
    name: Name,
    /// Those up to this number were told.
    upto: i64,
    is_first: bool,
    state: State,
}

enum State {
    /// The store has to be asked for the next ones.
    Wanted {
        /// When, as it was busy.
        look: Time,
    },
    /// It is asked.
    Asked,
    /// Told, and not known to be there.
    Told(Told),
}

struct Told {
    /// Their numbers and how many bytes each has.
    letters: Vec<(i64, usize)>,
    out: Out,
    since: Time,
    /// When to look whether they are there.
    look: Time,
    /// More follow.
    more: bool,
}

impl Told {
    /// The last one that has arrived, with all before it, where so many of the last bytes have perhaps not.
    fn arrived(&self, missing: usize) -> Option<i64> {
        let mut behind = 0;
        for (number, bytes) in self.letters.iter().rev() {
            if behind >= missing {
                return Some(*number);
            }
            behind += bytes;
        }
        None
    }
}

impl Deliveries {
    /// When to look whether something has arrived.
    pub(super) fn deadline(&self) -> Option<Time> {
        let looks = self
            .letters
            .iter()
            .filter_map(|delivery| match &delivery.state {
                State::Told(Told { look, .. }) | State::Wanted { look } => Some(*look),
                State::Asked => None,
            });
        looks.min()
    }

    /// Conns were flushed: see what has gone out.
    fn note<Socket>(&mut self, conns: &Conns<Socket>) {
        for delivery in &mut self.letters {
            if let State::Told(told) = &mut delivery.state
                && let Some(conn) = conns.get(delivery.who)
            {
                told.out.note(conn);
            }
        }
        self.privates.note(conns);
    }
}

impl<S: Sys> Server<S> {
    /// Conns were flushed.
    pub(super) fn note_reaching(&mut self) {
        self.deliveries.note(&self.conns);
    }

    /// Do what the hub wants done with letters.
    pub(super) fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Leave {
                by,
                from,
                is_owner,
                to,
                text,
                origin,
            } => {
                let peer = by.and_then(|by| self.conns.get(by)).map(Conn::peer);
                let leaving = Leaving {
                    source: source(&from, is_owner, peer),
                    sender: from.to_string(),
                    text: text.to_string(),
                    is_owners: is_owner,
                    origin: origin.clone(),
                };
                let task = Task::Leave(Owner::from(&to), Box::new(leaving));
                if self.ask_about_letters(by, task).is_err() {
                    self.letter_left((by, &from), (to, &origin), Verdict::Busy);
                }
            }
            Errand::Fetch { who, name } => {
                // What has arrived at another conn of theirs is not told at this one.
                let all = self.deliveries.letters.iter();
                let others = all.filter(|delivery| delivery.who == who || delivery.name == name);
                for other in others.map(|delivery| delivery.who).collect::<Vec<_>>() {
                    self.end_delivery(other);
                }
                self.deliveries.letters.push(Delivery {
                    who,
                    name,
                    upto: 0,
                    is_first: true,
                    state: State::Wanted {
                        look: self.life.now,
                    },
                });
                self.serve_letters();
            }
            Errand::Visit(visit) => self.note_visit(&visit),
            Errand::Follow { to, number } => self.follow(to, number),
            Errand::Lost {
                who,
                name,
                is_owner,
            } => self.tell_undelivered(who, &name, is_owner),
        }
    }

    fn letter_left(
        &mut self,
        writer: (Option<Id>, &str),
        letter: (Name, &Origin),
        verdict: Verdict,
    ) {
        let now = self.life.now;
        self.hub
            .letter_left(now, writer, letter, verdict, &mut self.effects);
        self.deliver();
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
        let mut deliveries = std::mem::take(&mut self.deliveries.letters);
        deliveries.retain_mut(|delivery| self.serve(delivery));
        self.deliveries.letters.append(&mut deliveries);
    }

    /// Whether there is more to do.
    fn serve(&mut self, delivery: &mut Delivery) -> bool {
        let now = self.life.now;
        let Some(conn) = self.conns.get(delivery.who) else {
            return false;
        };
        if let State::Told(told) = &mut delivery.state {
            if told.look > now {
                return true;
            }
            let left = conn.wire.unacknowledged(&mut self.sys);
            let are_there = left.is_some_and(|left| told.out.missing(conn, left) == 0);
            let task = Task::Discard(Owner::from(&delivery.name), delivery.upto);
            if !are_there || self.ask_about_letters(None, task).is_err() {
                let wait = now.saturating_sub(told.since);
                told.look = now + wait.clamp(LETTERS_LOOK, LETTERS_LOOK_MOST);
                return true;
            }
            if !told.more {
                return false;
            }
            delivery.state = State::Wanted { look: now };
        }
        if let State::Wanted { look } = &mut delivery.state
            && *look <= now
        {
            *look = now + LETTERS_LOOK;
            let task = Task::Fetch(Owner::from(&delivery.name), delivery.upto);
            if self.ask_about_letters(Some(delivery.who), task).is_ok() {
                delivery.state = State::Asked;
            }
        }
        true
    }

    /// A conn is about to be closed: what has arrived there is not told again.
    pub(super) fn end_delivery(&mut self, who: Id) {
        let mut all = self.deliveries.letters.iter();
        let Some(at) = all.position(|delivery| delivery.who == who) else {
            return;
        };
        let delivery = self.deliveries.letters.swap_remove(at);
        let State::Told(told) = &delivery.state else {
            return;
        };
        let arrived = self.conns.get(who).and_then(|conn| {
            let left = conn.wire.unacknowledged(&mut self.sys)?;
            told.arrived(told.out.missing(conn, left))
        });
        if let Some(last) = arrived {
            let task = Task::Discard(Owner::from(&delivery.name), last);
            // If the store is busy they are told again, as those that perhaps were told.
            let _ = self.ask_about_letters(None, task);
        }
    }

    /// What the store says about letters.
    pub(super) fn take_letters(&mut self, asker: Option<Id>, answer: Answer) {
        match (answer.task, answer.found) {
            (Task::Leave(Owner::Name { shown, .. }, leaving), _) => {
                if let Ok(to) = Name::parse(&shown) {
                    let writer = (asker, leaving.sender.as_str());
                    self.letter_left(writer, (to, &leaving.origin), answer.verdict);
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
                .letters
                .retain(|delivery| Some(delivery.who) != asker),
            (Task::Note(_), _) => self.kept_visits(),
            _ => {}
        }
        self.keep_visits();
    }

    /// Tells them one by one, so that it is known how long each is.
    fn tell_letters(&mut self, who: Id, letters: &[Letter], more: usize) {
        let mut all = self.deliveries.letters.iter();
        let Some(at) = all.position(|delivery| delivery.who == who) else {
            return;
        };
        let mut delivery = self.deliveries.letters.swap_remove(at);
        let mut count = delivery.is_first.then_some(letters.len() + more);
        let mut told = Vec::new();
        for letter in letters {
            if !self.tell_letter((who, &delivery.name), letter, count.take()) {
                return;
            }
            let bytes = told.iter().map(|(_, bytes)| bytes).sum::<usize>();
            let held = self.conns.get(who).map_or(0, |conn| conn.reader.private());
            told.push((letter.number, held.saturating_sub(bytes)));
        }
        if let (Some((last, _)), Some(conn)) = (told.last(), self.conns.get(who)) {
            let now = self.life.now;
            delivery.upto = *last;
            delivery.is_first = false;
            delivery.state = State::Told(Told {
                letters: told,
                out: Out::new(conn),
                since: now,
                look: now + LETTERS_LOOK,
                more: more > 0,
            });
            self.deliveries.letters.push(delivery);
        }
    }

    /// False if its owner has left, or cannot be told anything.
    fn tell_letter(&mut self, to: (Id, &Name), letter: &Letter, count: Option<usize>) -> bool {
        let can_be_told = |conn: &Conn<S::Socket>| !conn.wire.is_broken();
        if !self.conns.get(to.0).is_some_and(can_be_told) {
            return false;
        }
        let letters = std::slice::from_ref(letter);
        let now = self.life.now;
        let is_told = self
            .hub
            .tell_letters(now, to, letters, count, &mut self.effects);
        self.deliver();
        is_told
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
