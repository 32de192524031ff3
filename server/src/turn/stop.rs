//! How it ends: everybody is told and given time to take it; a second stop waits for nobody.
//!
//! Invariant: once stopping, nobody new comes, and the end comes at the latest with `until`.

use super::{End, Server, State};
use crate::dialect::words::console::Console;
use crate::hub::{Gone, Id, Order, Request};
use crate::limits::FLUSH_WITHIN;
use crate::net::sys::Sys;

impl<S: Sys> Server<S> {
    /// The first time everybody is told and given time to take it, the second time it is over.
    pub(super) fn stop(&mut self) {
        match self.state {
            State::Serving => {
                let is_watched = self.sys.stop_typing();
                log::info!(
                    "stopping: saying goodbye to everybody ({})",
                    self.conns.len()
                );
                if is_watched && !self.conns.is_empty() {
                    self.tell_operator(&Console::Stopping(FLUSH_WITHIN));
                }
                self.state = State::Stopping {
                    until: self.now + FLUSH_WITHIN,
                };
                self.turn_all_away();
                self.sys.close_listeners();
                self.accept_again = None;
                self.hub.order(self.now, Order::Stop, &mut self.effects);
                self.deliver();
                // At once: a name that has come in this turn would still be welcomed.
                let rest: Vec<Id> = self.conns.iter().map(|(id, _)| id).collect();
                for id in rest {
                    if self.conns[id].standing().is_some() {
                        self.request(id, Request::Leave(Gone::Stopping));
                    }
                }
            }
            State::Stopping { .. } => self.state = State::Ended(End::Forced),
            State::Ended(_) => {}
        }
    }

    /// Whether everybody is gone, and what operators ordered is on the disk.
    fn is_done(&self) -> bool {
        self.conns.is_empty() && self.changes.is_empty() && self.asked == 0
    }

    pub(super) fn finish_stop(&mut self) -> Option<End> {
        if let State::Stopping { until } = self.state
            && (self.is_done() || until <= self.now)
        {
            self.state = State::Ended(End::Stopped);
        }
        match self.state {
            State::Ended(end) => {
                while !self.refused.is_empty() {
                    self.dismiss_first();
                }
                Some(end)
            }
            State::Serving | State::Stopping { .. } => None,
        }
    }
}
