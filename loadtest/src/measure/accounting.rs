//! What one thread of the measured phase knows about the lines: which are missing, in flight, due and
//! counted. Separate from the bots, so a bot can be read while this is updated.
//!
//! It never touches a socket. Nothing is allocated for a line. Invariant: each receiver confirms each line
//! once, when it comes or when a later line of its sender comes first, so the lines in flight are exactly
//! those that some receiver still waits for.

use crate::bots::ledger::{Arrival, Ledger};
use crate::bots::line::{self, Header, ROLL_CALL};
use crate::measure::collector::Tally;
use crate::measure::coordinator::{Coordinator, Message, Outbox};
use crate::measure::in_flight::InFlight;
use crate::measure::schedule::Schedule;
use crate::protocol::Incoming;
use std::collections::BTreeSet;
use std::sync::mpsc::Sender;

/// The accounting of one thread.
pub(crate) struct Accounting<'a> {
    size: usize,
    pub(crate) ledger: Ledger<'a>,
    in_flight: InFlight,
    pub(crate) schedule: Schedule,
    pub(crate) outbox: Outbox<'a>,
    pub(crate) tally: Tally,
    /// Lines in flight of the senders of this thread.
    pub(crate) lines_in_flight: u64,
    pub(crate) refused: u64,
    /// Bots of this thread that flood control has held back.
    pub(crate) throttled: BTreeSet<usize>,
    pub(crate) foreign: u64,
    pub(crate) last_received: u64,
}

impl<'a> Accounting<'a> {
    /// For the thread with this number, with the channels to all threads.
    pub(crate) fn new(
        worker: usize,
        coordinator: &'a Coordinator<'_>,
        channels: Vec<Sender<Message>>,
    ) -> Self {
        let task = coordinator.task;
        let (bots, lanes) = (
            coordinator.ranges[worker].clone(),
            coordinator.lanes[worker].clone(),
        );
        let [start, length] = [task.start, task.length].map(|time| time.as_micros() as u64);
        Self {
            size: task.size,
            ledger: Ledger::new(task.groups, bots, task.echoes(), coordinator.sent),
            in_flight: InFlight::new(coordinator.confirmations(worker)),
            schedule: Schedule::new(task.pace, task.groups, lanes, start, length),
            outbox: Outbox::new(worker, coordinator, channels),
            tally: Tally::new(),
            lines_in_flight: 0,
            refused: 0,
            throttled: BTreeSet::new(),
            foreign: 0,
            last_received: 0,
        }
    }

    /// Handle what one of the bots has received.
    pub(crate) fn receive(&mut self, receiver: usize, incoming: &Incoming<'_>, now: u64) {
        match *incoming {
            Incoming::Said(text) => match line::decode(text, self.size) {
                Some(header) => self.receive_line(receiver, header, now),
                // The caller of the troublemakers sends it too.
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

    fn receive_line(&mut self, receiver: usize, header: Header, now: u64) {
        let Header {
            sender,
            counter,
            due,
            late,
        } = header;
        let Arrival::Expected { lane, jumped } = self.ledger.receive(receiver, sender, counter)
        else {
            return;
        };
        for settled in counter - jumped..=counter {
            self.confirm(lane, settled);
        }
        self.last_received = now;
        // An echo to the sender is checked, but it is no delivery: nobody wanted to read it.
        if !self.ledger.is_sender(receiver, sender) {
            self.tally.deliver(now.saturating_sub(due), late);
        }
    }

    /// Handle a message of another thread.
    pub(crate) fn handle(&mut self, message: Message) {
        match message {
            Message::Complete(lane, counter) => self.confirm(lane, counter),
            Message::Turn(lane) => self.schedule.turn(lane),
        }
    }

    /// One of those counted here has this line. When that completes a line of another thread, that thread
    /// is told; when it completes one of this thread, the next sender gets its place in the window,
    /// whichever thread it belongs to.
    fn confirm(&mut self, lane: usize, counter: u32) {
        if !self.in_flight.confirm(lane, counter) {
            return;
        }
        if !self.outbox.is_own(lane) {
            self.outbox.send(lane, Message::Complete(lane, counter));
            return;
        }
        self.lines_in_flight -= 1;
        match self.schedule.next_in_turn(lane) {
            Some(next) if self.outbox.is_own(next) => self.schedule.turn(next),
            Some(next) => self.outbox.send(next, Message::Turn(next)),
            None => {}
        }
    }
}
