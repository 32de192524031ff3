//! Programs that come back with their key. Wrong keys are counted by address and held back, as wrong passwords
//! are.

use super::Server;
use crate::hub::{Complaint, Id, Notice, Request};
use crate::net::sys::Sys;

impl<S: Sys> Server<S> {
    /// A conn without a name wants a place by its key.
    pub(super) fn resume(&mut self, id: Id, request: Request) {
        let now = self.life.now;
        let peer = self.conns[id].peer();
        if let Some(wait) = self.auth.wait_for_key(now, peer) {
            let wait_s = wait.as_millis().div_ceil(1000) as u64;
            let complaint = Complaint::TooManyTries { wait_s };
            return self.tell(id, &Notice::Refused(complaint));
        }
        if !self.hub.knows_key(now, &request) {
            self.auth.count_key(now, peer);
        }
        self.request(id, request);
    }
}
