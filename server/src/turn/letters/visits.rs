//! When the owners of names were here, on its way to the disk: all that comes while something is written goes in one
//! transaction, so a storm of leaves costs few.

use std::collections::BTreeMap;

use crate::hub;
use crate::hub::name::Name;
use crate::net::sys::Sys;
use crate::store::accounts::{Asker, Lane, Owner, Query, Task, Visit};
use crate::turn::Server;

/// See the top of this file.
#[derive(Default)]
pub(super) struct Visits {
    /// By the keys of the names.
    waiting: BTreeMap<String, Visit>,
    /// Whether the store has some and has not answered.
    is_asked: bool,
}

impl<S: Sys> Server<S> {
    /// When the owners of names were here before the start.
    pub(in crate::turn) fn set_visits(&mut self, visits: Vec<Visit>) {
        let start = self.started();
        let visits = visits.into_iter().filter_map(|visit| match visit.owner {
            Owner::Name { shown, .. } => Some(hub::Visit {
                name: Name::parse(&shown).ok()?,
                here: visit.here - start,
                spoke: visit.spoke.map(|at| at - start),
            }),
            Owner::Email(_) => None,
        });
        self.hub.set_visits(visits.collect());
    }

    /// When the server started, in seconds since 1970.
    fn started(&mut self) -> i64 {
        let now = i64::try_from(self.life.now.as_secs()).unwrap_or(i64::MAX);
        self.sys.clock().at.saturating_sub(now)
    }

    /// Keep this.
    pub(super) fn note_visit(&mut self, visit: &hub::Visit) {
        let start = self.started();
        let stored = Visit {
            owner: Owner::from(&visit.name),
            here: visit.here.saturating_add(start),
            spoke: visit.spoke.map(|at| at.saturating_add(start)),
        };
        let key = visit.name.key().to_owned();
        self.deliveries.visits.waiting.insert(key, stored);
        self.keep_visits();
    }

    /// Hand what waits to the store, unless it has some. If it is busy, what it answers next calls again.
    pub(super) fn keep_visits(&mut self) {
        if self.deliveries.visits.is_asked || self.deliveries.visits.waiting.is_empty() {
            return;
        }
        let waiting = std::mem::take(&mut self.deliveries.visits.waiting);
        let query = Query {
            asker: Asker::Letters(None),
            task: Task::Note(waiting.values().cloned().collect()),
            lane: Lane::Letters,
        };
        match self.auth.submit(&mut self.sys, query) {
            Ok(()) => self.deliveries.visits.is_asked = true,
            Err(_) => self.deliveries.visits.waiting = waiting,
        }
    }

    /// The store has answered.
    pub(super) fn kept_visits(&mut self) {
        self.deliveries.visits.is_asked = false;
        self.keep_visits();
    }
}
