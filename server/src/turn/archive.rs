//! What was said in a turn is handed to the archive at its end, as one batch. The loop never waits for it:
//! what it does not take is marked as missing later, and operators are told.
//!
//! Invariant: between two turns the hub has no entries.

use super::Server;
use crate::hub::{Notice, Outcome, Remembered};
use crate::net::sys::Sys;
use crate::store::archive::Archived;
use crate::store::jobs::Job;

/// Whether what is said reaches the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Archiving {
    #[default]
    Works,
    /// It does not, of which the operators know; so many lines were lost.
    Fails { missing: u64 },
}

impl<S: Sys> Server<S> {
    /// Keep what is said from here on, and go on with what is known of rooms. New epochs begin with this
    /// one.
    pub fn begin_archive(&mut self, epoch: u64, rooms: Vec<Remembered>) {
        self.hub.begin_archive(self.life.now, epoch, rooms);
    }

    /// Hand over what was said since the last time.
    pub(super) fn archive(&mut self) {
        if self.hub.has_entries() {
            self.submit_entries();
        }
    }

    fn submit_entries(&mut self) {
        let taken = self.sys.submit(Job::Archive(self.hub.to_archive()));
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
                if !self.hub.has_holes() {
                    self.archive_works();
                }
            }
        }
    }

    fn archive_fails(&mut self, lost: u64) {
        match &mut self.archiving {
            Archiving::Fails { missing } => *missing += lost,
            Archiving::Works => {
                self.archiving = Archiving::Fails { missing: lost };
                self.tell_operators(&Outcome::ArchiveFails);
            }
        }
    }

    fn archive_works(&mut self) {
        if let Archiving::Fails { missing } = std::mem::take(&mut self.archiving) {
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
