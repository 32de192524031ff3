//! What one thread of the measured phase knows of the lines: who is owed what, what is in the air, what
//! is due, what has been counted. Apart from the bots, so that one can read into it.
//!
//! It never touches a socket. Nothing is allocated for a line. Invariant: a receiver lands once on
//! each line, when it comes or when it is jumped over, so that lines in the air are exactly those
//! somebody still waits for.

use crate::bots::ledger::{Arrival, Ledger};
use crate::bots::line::{self, Header, ROLL_CALL};
use crate::measure::collector::Tally;
use crate::measure::flight::Flight;
use crate::measure::office::{Mail, Office, Post};
use crate::measure::schedule::Schedule;
use crate::protocol::Incoming;
use std::collections::BTreeSet;
use std::sync::mpsc::Sender;

/// The books of one thread.
pub(crate) struct Books<'a> {
    size: usize,
    pub(crate) ledger: Ledger<'a>,
    flight: Flight,
    pub(crate) schedule: Schedule,
    pub(crate) post: Post<'a>,
    pub(crate) tally: Tally,
    /// Lines of our senders in the air.
    pub(crate) in_air: u64,
    pub(crate) refused: u64,
    /// Those of ours whom flood control has held back.
    pub(crate) throttled: BTreeSet<usize>,
    pub(crate) foreign: u64,
    pub(crate) heard: u64,
}

impl<'a> Books<'a> {
    /// Empty ones for the thread of this number, with the boxes of all.
    pub(crate) fn new(worker: usize, office: &'a Office<'_>, boxes: Vec<Sender<Mail>>) -> Self {
        let task = office.task;
        let (bots, lanes) = (office.ranges[worker].clone(), office.lanes[worker].clone());
        let [start, length] = [task.start, task.length].map(|time| time.as_micros() as u64);
        Self {
            size: task.size,
            ledger: Ledger::new(task.groups, bots, task.echoes(), office.sent),
            flight: Flight::new(office.landings(worker)),
            schedule: Schedule::new(task.pace, task.groups, lanes, start, length),
            post: Post::new(worker, office, boxes),
            tally: Tally::new(),
            in_air: 0,
            refused: 0,
            throttled: BTreeSet::new(),
            foreign: 0,
            heard: 0,
        }
    }

    /// Something reached one of our bots.
    pub(crate) fn hear(&mut self, receiver: usize, incoming: &Incoming<'_>, now: u64) {
        match *incoming {
            Incoming::Said(text) => match line::decode(text, self.size) {
                Some(header) => self.hear_bot(receiver, header, now),
                // The troublemakers' caller says it as well.
                None if text == ROLL_CALL => {}
                None => self.foreign += 1,
            },
            Incoming::Skipped(lines) => self.ledger.skip(receiver, lines),
            Incoming::Refused(_) => self.refused += 1,
            Incoming::Throttled => {
                self.throttled.insert(receiver);
            }
            _ => {}
        }
    }

    fn hear_bot(&mut self, receiver: usize, header: Header, now: u64) {
        let Header {
            sender,
            counter,
            due,
            late,
        } = header;
        let Arrival::Owed { lane, jumped } = self.ledger.receive(receiver, sender, counter) else {
            return;
        };
        for settled in counter - jumped..=counter {
            self.land(lane, settled);
        }
        self.heard = now;
        // What comes back to its sender is owed where it is echoed, but nobody wanted to read it: it
        // is a cost of the others' deliveries.
        if !self.ledger.is_sender(receiver, sender) {
            self.tally.deliver(now.saturating_sub(due), late);
        }
    }

    /// Another thread has told something.
    pub(crate) fn open(&mut self, mail: Mail) {
        match mail {
            Mail::Down(lane, counter) => self.land(lane, counter),
            Mail::Turn(lane) => self.schedule.turn(lane),
        }
    }

    /// One of those who count for us has this line. A line of another thread that is down with us is
    /// told there; the place of one of ours goes on to the next sender, wherever that is.
    fn land(&mut self, lane: usize, counter: u32) {
        if !self.flight.land(lane, counter) {
            return;
        }
        if !self.post.is_own(lane) {
            self.post.send(lane, Mail::Down(lane, counter));
            return;
        }
        self.in_air -= 1;
        match self.schedule.heir(lane) {
            Some(heir) if self.post.is_own(heir) => self.schedule.turn(heir),
            Some(heir) => self.post.send(heir, Mail::Turn(heir)),
            None => {}
        }
    }
}
