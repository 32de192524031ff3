//! Private lines of lately to users, until it is known whether they have reached their receiver's system. Those that
//! have not when the connection is lost become letters, if the receiver had shown that the name is theirs; else
//! their writer is told.
//!
//! It is the turn that knows what has reached whom. Invariant: at most [`PRIVATES_KEPT`] lines with
//! [`PRIVATES_BYTES`] of text, of the last [`PRIVATES_WITHIN`]; a line becomes a letter once.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::Absence;
use super::letters::{Errand, Origin};
use crate::hub::effect::Effect;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::{Gone, Notice};
use crate::hub::persons::Person;
use crate::hub::reply::Writer;
use crate::hub::users::User;
use crate::hub::{Hub, Time, tell};
use crate::limits::{PRIVATES_BYTES, PRIVATES_KEPT, PRIVATES_WITHIN};

/// See the top of this file.
#[derive(Default)]
pub(in crate::hub) struct Privates {
    /// Oldest first.
    lines: VecDeque<Line>,
    bytes: usize,
    next: u64,
}

struct Line {
    number: u64,
    at: Time,
    to: Id,
    writer: Writer,
    text: Rc<str>,
}

impl Privates {
    fn push(&mut self, line: Line) {
        self.bytes += line.text.len();
        self.lines.push_back(line);
        let is_over = |privates: &Privates, now: Time| {
            let is_old = |line: &Line| now.saturating_sub(line.at) > PRIVATES_WITHIN;
            privates.lines.len() > PRIVATES_KEPT
                || privates.bytes > PRIVATES_BYTES
                || privates.lines.front().is_some_and(is_old)
        };
        let now = self.lines.back().map_or(Time::ZERO, |line| line.at);
        while is_over(self, now)
            && let Some(oldest) = self.lines.pop_front()
        {
            self.bytes -= oldest.text.len();
        }
    }

    /// Those to one receiver, which are kept no more.
    fn take(&mut self, to: Id) -> Vec<Line> {
        let all = std::mem::take(&mut self.lines).into_iter();
        let (taken, kept): (Vec<Line>, Vec<Line>) = all.partition(|line| line.to == to);
        self.lines = kept.into();
        self.bytes -= taken.iter().map(|line| line.text.len()).sum::<usize>();
        taken
    }

    pub(in crate::hub) fn invariants(&self) {
        let bytes: usize = self.lines.iter().map(|line| line.text.len()).sum();
        assert_eq!(self.bytes, bytes);
        assert!(self.lines.len() <= PRIVATES_KEPT && bytes <= PRIVATES_BYTES);
    }
}

impl Hub {
    /// Tells a user a private line, and has it followed.
    pub(in crate::hub) fn tell_private(
        &mut self,
        now: Time,
        (from, to): (Person, Id),
        text: Rc<str>,
        effects: &mut Vec<Effect>,
    ) {
        let writer = self.writer(from);
        self.users[to].heard_from = Some(Box::new(writer.clone()));
        let from = self.who(from);
        let line = text.clone();
        tell(to, Notice::Private { from, text: line }, effects);
        let number = self.privates.next;
        self.privates.next += 1;
        self.privates.push(Line {
            number,
            at: now,
            to,
            writer,
            text,
        });
        effects.push(Effect::Letters(Errand::Follow { to, number }));
    }

    /// This user is gone. If they did not want that, it is asked which private lines have not reached them.
    pub(in crate::hub) fn ask_undelivered(
        &self,
        who: Id,
        user: &User,
        why: &Gone,
        effects: &mut Vec<Effect>,
    ) {
        let is_lost = matches!(
            why,
            Gone::Hangup
                | Gone::Lost
                | Gone::Stuck
                | Gone::Overflow
                | Gone::Elsewhere
                | Gone::Memory
        );
        if is_lost && self.privates.lines.iter().any(|line| line.to == who) {
            effects.push(Effect::Letters(Errand::Lost {
                who,
                name: user.name.clone(),
                is_owner: self.owns(user),
            }));
        }
    }

    /// The private lines of these numbers have not reached the system of a user who is gone, as far as is known.
    pub fn undelivered(
        &mut self,
        (who, name, is_owner): (Id, &Name, bool),
        numbers: &[u64],
        effects: &mut Vec<Effect>,
    ) {
        let mut lines = self.privates.take(who);
        lines.retain(|line| numbers.contains(&line.number));
        let mut counts: BTreeMap<(Option<u64>, Rc<str>), (usize, usize)> = BTreeMap::new();
        for line in &lines {
            counts.entry(line.writer()).or_default().0 += 1;
        }
        let waits = is_owner && self.archive.is_some();
        for line in lines {
            let (all, so_far) = counts.entry(line.writer()).or_default();
            *so_far += 1;
            // Who is gone is told nothing.
            let is_here = self.still_here(&line.writer);
            let count = if is_here.is_some() && so_far == all {
                *all
            } else {
                0
            };
            if waits {
                let by = match is_here {
                    Some(Person::User(id)) => Some(id),
                    Some(Person::Direct(_)) | None => None,
                };
                effects.push(Effect::Letters(Errand::Leave {
                    by,
                    from: line.writer.called,
                    is_owner: line.writer.is_owner,
                    to: name.clone(),
                    text: line.text,
                    origin: Origin::Lost { count },
                }));
            } else if let Some(person) = is_here.filter(|_| count > 0) {
                let notice = Notice::Absence(Absence::MayBeLost(name.clone(), count));
                self.tell_writer(&self.who(person), name.clone(), notice, effects);
            }
        }
    }

    /// A writer, if they have been here since.
    fn still_here(&self, writer: &Writer) -> Option<Person> {
        match writer.arrival {
            Some(arrival) => self.users.of_arrival(arrival).map(Person::User),
            None => self.find(&writer.called),
        }
    }
}

impl Line {
    /// Whose it is.
    fn writer(&self) -> (Option<u64>, Rc<str>) {
        (self.writer.arrival, self.writer.called.clone())
    }
}
