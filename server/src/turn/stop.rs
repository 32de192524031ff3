//! How it ends: everybody is told and given time to take it; a second stop waits for nobody.
//!
//! Invariant: once stopping, nobody new comes, and the end comes at the latest with `until`.

use super::{End, Server};
use crate::dialect::words::console::Console;
use crate::hub::{Gone, Id, Order, Request};
use crate::limits::FLUSH_WITHIN;
use crate::net::sys::{Listening, Sys};

impl<S: Sys> Server<S> {
    /// The first time everybody is told and given time to take it, the second time it is over.
    pub(super) fn stop(&mut self) {
        if !self.life.stop() {
            return;
        }
        let count = self.conns.len();
        log::info!("stopping: saying goodbye to everybody ({count})");
        if self.has_terminal && count > 0 {
            self.tell_operator(&Console::Stopping(FLUSH_WITHIN));
        }
        self.turn_all_away();
        self.sys.listen(Listening::Closed);
        self.admission.stop();
        self.close_directory();
        self.hub
            .order(self.life.now, Order::Stop, &mut self.effects);
        self.deliver();
        // At once: a name that has come in this turn would still be welcomed.
        let rest: Vec<Id> = self.conns.iter().map(|(id, _)| id).collect();
        for id in rest {
            if self.conns[id].standing().is_some() {
                self.request(id, Request::Leave(Gone::Stopping));
            }
            self.end_listening(id);
            if self.sends_requests(id) {
                self.end_requests(id);
            }
        }
    }

    /// Whether everybody is gone, and what operators ordered is on the disk.
    fn is_done(&self) -> bool {
        self.conns.len() == 0 && self.auth.is_done()
    }

    pub(super) fn finish_stop(&mut self) -> Option<End> {
        let end = self.life.end(self.is_done());
        if end.is_some() {
            self.end_partings();
        }
        end
    }
}
