//! What must hold between two turns, as far as one server alone can tell; for tests. It counts anew
//! what is counted as it happens, memory above all. It changes nothing.

use super::Server;
use crate::conn::Handling;
use crate::dialect::Standing;
use crate::fanout::track::Reading;
use crate::limits::{LINE_BYTES, READER_BYTES};
use crate::net::sys::Sys;
use crate::transport::Output;

impl<S: Sys> Server<S> {
    /// Check what must hold between two turns; for tests.
    ///
    /// # Panics
    /// When it does not hold.
    pub fn invariants(&self) {
        self.hub.invariants();
        self.feeds.invariants();
        // What was given since the last look is at most a part of it, and what the end of a turn adds.
        let conns = self.conns.memory();
        assert!(
            conns <= self.conns_may() + self.conns.bytes_since_audit + self.conns.len(),
            "I4: conns hold {conns}, {} of it given since the last look",
            self.conns.bytes_since_audit
        );
        self.conns.invariants();
        self.work.invariants();
        for (key, room) in &self.feeds.feeds {
            room.feed.invariants();
            for (seat, id) in room.readers.iter().enumerate() {
                let conn = &self.conns[*id];
                let mut readings = conn.reader.readings();
                let seat = Reading::new(key, seat);
                assert!(
                    readings.any(|reading| reading == seat),
                    "a seat is its reader's"
                );
                let cursor = conn.reader.cursor(key);
                assert!(
                    cursor.is_some_and(|cursor| room.feed.start() <= cursor),
                    "nobody reads what is forgotten"
                );
            }
        }
        for (id, conn) in self.conns.iter() {
            conn.reader.invariants(&self.feeds);
            for reading in conn.reader.readings() {
                let readers = &self.feeds.feeds[reading.feed()].readers;
                assert_eq!(readers[reading.seat()], id, "a reader has its seat");
            }
            assert!(
                conn.reader.memory() <= READER_BYTES,
                "I4: a reader of {} bytes",
                conn.reader.memory()
            );
            assert!(
                !conn.reader.is_empty(&self.feeds)
                    || conn.wire.output != Output::Open
                    || conn.reader.is_released(),
                "a conn that is owed nothing holds memory for it"
            );
            assert_eq!(
                conn.wire.watched(),
                conn.interest(),
                "the poller knows what to watch"
            );
            assert_eq!(
                conn.standing() == Some(Standing::Named),
                self.hub.name(id).is_some()
            );
            assert!(!conn.wire.is_broken() || conn.reader.is_drained());
            assert!(
                conn.standing().is_none()
                    || conn.intake.inbox.has_line()
                    || conn.intake.inbox.memory() <= 2 * LINE_BYTES + 2,
                "an idle conn holds memory"
            );
            let waits = conn.has_work() && !conn.is_paused() && conn.handling != Handling::Queued;
            assert!(
                !waits || conn.armed.is_some(),
                "nobody forgets a conn with lines to handle"
            );
        }
    }
}
