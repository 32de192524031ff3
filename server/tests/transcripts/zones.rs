//! The time of day in a transcript: 11:25:55 UTC at first, which is the host's zone, or in the zone of a conn.

use papo_server::clock::Clock;
use papo_server::hub::{Id, Notice, Zoning};

use super::Stage;
use super::text::clock;

impl Stage {
    /// What a clock shows in the zone of this conn.
    pub(super) fn clock_of(&self, at: usize) -> Clock {
        let zone = self.conns[at].zone.unwrap_or_default();
        let clock = clock(self.now);
        Clock { zone, ..clock }
    }

    pub(super) fn zone(&mut self, who: Id, what: Zoning) {
        let at = self.at(who);
        match what {
            Zoning::Tell => {}
            Zoning::In(zone) => self.conns[at].zone = Some(zone),
            Zoning::AsHost => self.conns[at].zone = None,
        }
        let (own, clock) = (self.conns[at].zone, self.clock_of(at));
        self.told(at, &Notice::ZoneIs { own, clock });
    }

    /// The clock by which a conn is told this.
    pub(super) fn clock_for(&self, at: usize, notice: &Notice) -> Clock {
        match notice.has_times() {
            true => self.clock_of(at),
            false => clock(self.now),
        }
    }
}
