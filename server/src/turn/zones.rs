//! The time of day, and whose: each user's lines of before have the times of their zone, the host's if they
//! chose none.
//!
//! Invariant: only conns that are there are in the table.

use std::collections::BTreeMap;

use super::Server;
use crate::clock::{Clock, Zone};
use crate::dialect::Style;
use crate::hub::{Id, Notice};
use crate::net::sys::Sys;

/// The zones of those who chose one.
#[derive(Default)]
pub(super) struct Zones(BTreeMap<Id, Zone>);

impl Zones {
    /// It has left.
    pub(super) fn forget(&mut self, id: Id) {
        self.0.remove(&id);
    }
}

impl<S: Sys> Server<S> {
    /// The time of day in the zone of a conn.
    pub(super) fn time_for(&mut self, id: Id) -> Clock {
        let clock = self.life.time_of_day(&mut self.sys);
        match self.zones.0.get(&id) {
            Some(zone) => Clock {
                zone: *zone,
                ..clock
            },
            None => clock,
        }
    }

    /// The time of day for a notice to a conn, if it is needed. Where all lines have the time it is the host's
    /// in those that tell what happens, as others read them at once.
    pub(super) fn clock_for(&mut self, to: Id, style: Style, notice: &Notice) -> Clock {
        match notice.has_times() {
            true => self.time_for(to),
            false => self.life.clock(&mut self.sys, style),
        }
    }
}
