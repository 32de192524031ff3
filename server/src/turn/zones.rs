//! The time of day, and whose: each user's lines of before have the times of their zone, the host's if they
//! chose none.
//!
//! Invariant: only conns that are there are in the table.

use std::collections::BTreeMap;

use super::Server;
use crate::clock::{Clock, Zone};
use crate::dialect::Style;
use crate::hub::{Id, Notice, Request, Zoning};
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
    /// A request with the moment that it names found out.
    pub(super) fn dated(&mut self, id: Id, request: Request) -> Request {
        match request {
            Request::Since(..) => {
                let clock = self.time_for(id);
                request.dated(|| clock)
            }
            request => request,
        }
    }

    /// Tells in which zone a conn is told times, after a change if it wants one.
    pub(super) fn zone(&mut self, who: Id, what: Zoning) {
        match what {
            Zoning::Tell => {}
            Zoning::In(zone) => {
                if self.conns.get(who).is_some() {
                    self.zones.0.insert(who, zone);
                }
            }
            Zoning::AsHost => self.zones.forget(who),
        }
        let own = self.zones.0.get(&who).copied();
        let clock = self.time_for(who);
        self.tell(who, &Notice::ZoneIs { own, clock });
    }

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
