//! The end of conns: their alarms, forced leaves, and the one place where a conn is removed from the slab.

use super::Server;
use crate::conn::Alarm;
use crate::hub::{Gone, Id, Request};
use crate::net::sys::Sys;

impl<S: Sys> Server<S> {
    /// Handles the alarms that are due. It comes after reading and flushing, so that what a conn did in time
    /// counts even if the process itself was late.
    pub(super) fn ring_alarms(&mut self) {
        while let Some(id) = self.conns.pop_due(self.life.now) {
            let now = self.life.now;
            let Some(conn) = self.conns.get_mut(id) else {
                continue;
            };
            let alarm = conn
                .deadline(self.config.rate)
                .filter(|(at, _)| *at <= now)
                .map(|(_, alarm)| alarm);
            match alarm {
                Some(Alarm::Silent) if !conn.wire.transport.is_shaking() => {
                    self.ask_for_name(id);
                    self.settle(id);
                }
                // It has had the time for a name, or for shaking hands.
                Some(Alarm::NoName | Alarm::Silent) => self.work.failed.push((id, Gone::NoName)),
                Some(Alarm::Stuck) => self.work.failed.push((id, Gone::Stuck)),
                Some(Alarm::Gone) => self.work.failed.push((id, Gone::Lost)),
                Some(Alarm::GiveUp) => {
                    self.work.mark_dead(id, conn);
                }
                Some(Alarm::Unended) => {
                    let before = conn.memory();
                    conn.intake.end_unended(now);
                    self.conns.bytes_since_audit += conn.memory().saturating_sub(before);
                    self.notice_line_ends(id);
                    self.settle(id);
                }
                Some(Alarm::Silence) => self.keep_listening(id),
                Some(Alarm::Piece) => self.work.writable.push(id),
                // Queued by `settle`, or not due yet.
                Some(Alarm::Resume) | None => self.settle(id),
            }
        }
    }

    /// Makes the failed conns leave and removes the dead ones. The others are told of a leave, and writing that
    /// may fail for more conns, so this repeats until none failed.
    pub(super) fn bury(&mut self) {
        loop {
            for (id, why) in std::mem::take(&mut self.work.failed) {
                if self
                    .conns
                    .get(id)
                    .is_some_and(|conn| conn.standing().is_some())
                {
                    self.request(id, Request::Leave(why));
                }
            }
            self.give_verdicts();
            self.tell_news();
            self.flush();
            self.archive();
            for id in std::mem::take(&mut self.work.dead) {
                self.remove(id);
            }
            if self.work.is_settled()
                && self.auth.verdicts.is_empty()
                && self.feeds.dirty.is_empty()
            {
                return;
            }
        }
    }

    pub(super) fn remove(&mut self, id: Id) {
        self.stop_listening(id);
        self.end_delivery(id);
        self.end_parting(id);
        let Some(conn) = self.conns.remove(id) else {
            return;
        };
        debug_assert!(
            conn.reader.readings().next().is_none() && self.hub.name(id).is_none(),
            "the hub let it go before"
        );
        self.scrapes.forget(id);
        self.zones.forget(id);
        self.secure.forget(id);
        self.back.forget(id);
        self.part(id, conn);
    }
}
