//! What was said in a turn is handed to the archive at its end, as one batch. The loop never waits for it:
//! what it does not take is marked as missing later, and operators are told: once when that begins, and once
//! when it has worked for a while.
//!
//! Questions to it wait for the end of the turn too, and are handed over after what was said.
//!
//! Invariant: between two turns the hub has no entries, and no question waits here.

use super::Server;
use crate::hub::recall::{Recall, Recalled, Unreadable};
use crate::hub::{Before, Id, Notice, Outcome, Time};
use crate::limits::ARCHIVE_CALM;
use crate::net::sys::Sys;
use crate::store::archive::Archived;
use crate::store::jobs::{Busy, Job};

/// Whether what is said reaches the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Archiving {
    #[default]
    Works,
    /// It does not, of which the operators know.
    Fails {
        /// Lines that were lost.
        missing: u64,
        /// It works again; when the operators are told so, if it still does.
        until: Option<Time>,
    },
}

impl Archiving {
    /// When there is something to tell.
    pub(super) fn deadline(self) -> Option<Time> {
        match self {
            Archiving::Works => None,
            Archiving::Fails { until, .. } => until,
        }
    }
}

impl<S: Sys> Server<S> {
    /// New epochs begin with this one, which no earlier server gave.
    pub fn begin_epochs(&mut self, epoch: u64) {
        self.hub.begin_epochs(epoch);
    }

    /// Keep what is said from here on, and go on with what is known.
    pub fn begin_archive(&mut self, before: Before) {
        self.hub.begin_archive(self.life.now, before);
    }

    /// Hand over what was said since the last time, and then the questions: their answers have it.
    pub(super) fn archive(&mut self) {
        loop {
            if self.hub.has_entries() {
                self.submit_entries();
            }
            let recalls = std::mem::take(&mut self.recalls);
            if recalls.is_empty() {
                return;
            }
            for recall in recalls {
                let (asker, number) = (recall.asker, recall.number);
                if let Err(Busy) = self.sys.submit(Job::Recall(recall)) {
                    let found = Err(Unreadable::Busy);
                    self.take_recalled(Recalled {
                        asker,
                        number,
                        found,
                    });
                }
            }
        }
    }

    /// The answer to a question.
    pub(super) fn take_recalled(&mut self, recalled: Recalled) {
        let asker = recalled.asker;
        let waited = self.hub.is_catching_up(asker);
        let wall = self.life.time_of_day(&mut self.sys).millis();
        let now = (self.life.now, wall);
        self.hub.recalled(now, recalled, &mut self.effects);
        self.deliver();
        if waited {
            self.go_on(asker);
        }
    }

    /// A conn that has waited for what it missed goes on with its lines, unless it still waits.
    pub(super) fn go_on(&mut self, asker: Id) {
        if !self.hub.is_catching_up(asker)
            && let Some(conn) = self.conns.get_mut(asker)
        {
            conn.got_answer();
            self.settle(asker);
        }
    }

    /// A question to the archive waits for the end of the turn. Who waits for what they missed says nothing
    /// before they have it.
    pub(super) fn put_recall(&mut self, recall: Recall) {
        if self.hub.is_catching_up(recall.asker)
            && let Some(conn) = self.conns.get_mut(recall.asker)
        {
            conn.await_answer();
        }
        self.recalls.push(recall);
    }

    fn submit_entries(&mut self) {
        let taken = match self.hub.to_archive() {
            [] => Ok(()),
            batch => self.sys.submit(Job::Archive(batch)),
        };
        match taken {
            Ok(()) => self.metrics.archived += self.hub.archived(),
            Err(_) => {
                let lost = self.hub.not_archived();
                self.metrics.not_archived += lost;
                if self.archiving == Archiving::Works {
                    log::error!(
                        "the archive is full: lines that are said now will be missing in it"
                    );
                }
                self.archive_fails(lost);
            }
        }
    }

    /// Something about the archive has changed.
    pub(super) fn take_archived(&mut self, news: &Archived) {
        match news {
            Archived::Fails(why) => {
                log::error!("what is said is not written to disk: {why}");
                self.archive_fails(0);
            }
            Archived::Works => {
                if self.hub.has_holes() {
                    self.submit_entries();
                }
                let is_whole = !self.hub.has_holes();
                if let Archiving::Fails { until, .. } = &mut self.archiving {
                    *until = is_whole.then_some(self.life.now + ARCHIVE_CALM);
                }
            }
        }
    }

    fn archive_fails(&mut self, lost: u64) {
        match &mut self.archiving {
            Archiving::Fails { missing, until } => {
                *missing += lost;
                *until = None;
            }
            Archiving::Works => {
                self.archiving = Archiving::Fails {
                    missing: lost,
                    until: None,
                };
                self.tell_operators(&Outcome::ArchiveFails);
            }
        }
    }

    /// Tell that it works again, if it is time for that.
    pub(super) fn clear_archive(&mut self) {
        let is_due = self
            .archiving
            .deadline()
            .is_some_and(|at| at <= self.life.now);
        if is_due && let Archiving::Fails { missing, .. } = std::mem::take(&mut self.archiving) {
            log::info!("what is said is written to disk again; lines missing: {missing}");
            self.tell_operators(&Outcome::ArchiveWorks { missing });
        }
    }

    fn tell_operators(&mut self, outcome: &Outcome) {
        self.hub
            .tell_archive(self.life.now, outcome, &mut self.effects);
        self.deliver();
        if self.has_terminal {
            self.show(&Notice::Ordered(outcome.clone()));
        }
    }
}
