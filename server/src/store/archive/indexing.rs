//! When the index of words is worked on: at once while somebody searches, else in pauses, and not while very
//! much is said. It knows no question.
//!
//! Invariant: an index that fails is removed and made anew: at once the first time, else later.

use std::path::PathBuf;
use std::time::Instant;

use super::database::{Fault, Index, Lookup};
use crate::limits::{INDEX_AGAIN, INDEX_CALM_BYTES, INDEX_LINES, INDEX_PAUSE, INDEX_REST};

/// See the top of this file.
pub(super) struct Indexing {
    file: PathBuf,
    /// None until it is needed, and after a failure.
    index: Option<Index>,
    /// When there may be something to do.
    next: Instant,
    /// How much the archive had accepted at the last step.
    accepted: (Instant, u64),
    /// Failures in a row.
    faults: u32,
}

impl Indexing {
    pub(super) fn new(file: PathBuf) -> Indexing {
        let now = Instant::now();
        Indexing {
            file,
            index: None,
            next: now + INDEX_PAUSE,
            accepted: (now, 0),
            faults: 0,
        }
    }

    /// When to take the next step if nobody searches.
    pub(super) fn due(&self) -> Instant {
        self.next
    }

    /// The index, if it works.
    pub(super) fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }

    /// Whether a search need not wait: all up to this place is indexed, or nothing can be just now.
    pub(super) fn is_ready(&self, place: i64) -> bool {
        let is_there = |index: &Index| index.upto().place >= place;
        self.index.as_ref().map_or(self.rests(), is_there)
    }

    /// Whether it does not work, and is not tried at once.
    pub(super) fn rests(&self) -> bool {
        self.index.is_none() && self.faults > 1
    }

    /// Takes the next step. So much was accepted by the archive up to now.
    ///
    /// # Errors
    /// If the archive cannot be read.
    pub(super) fn step(
        &mut self,
        lookup: &mut Lookup,
        accepted: u64,
        is_wanted: bool,
    ) -> Result<(), Fault> {
        let now = Instant::now();
        let (since, before) = std::mem::replace(&mut self.accepted, (now, accepted));
        let passed = (now - since).as_millis().max(1) as u64;
        let is_calm = (accepted - before) * 1000 / passed <= INDEX_CALM_BYTES;
        if self.faults > 1 && self.next > now {
            return Ok(());
        }
        if !is_wanted && !is_calm {
            self.next = now + INDEX_PAUSE;
            return Ok(());
        }
        self.next = now + INDEX_AGAIN;
        let index = match self.open(lookup)? {
            Ok(index) => index,
            Err(fault) => {
                self.fail(fault);
                return Ok(());
            }
        };
        let batch = lookup.batch(index.upto(), INDEX_LINES)?;
        match index.step(&batch) {
            Ok(has_more) => {
                self.faults = 0;
                self.next = now + if has_more { INDEX_REST } else { INDEX_PAUSE };
            }
            Err(fault) => self.fail(fault),
        }
        Ok(())
    }

    /// The index of this archive. One of another, or that cannot be opened, is removed.
    fn open(&mut self, lookup: &Lookup) -> Result<Result<&mut Index, Fault>, Fault> {
        let mut opened = self.index.take().filter(|index| !index.is_gone());
        if opened.is_none() {
            opened = Index::open(&self.file).ok();
        }
        let is_its = match &opened {
            Some(index) => lookup.has(index.upto())?,
            None => false,
        };
        if !is_its {
            drop(opened.take());
            Index::remove(&self.file);
        }
        Ok(match opened {
            Some(index) => Ok(self.index.insert(index)),
            None => Index::open(&self.file).map(|index| self.index.insert(index)),
        })
    }

    /// It does not work.
    pub(super) fn fail(&mut self, fault: Fault) {
        log::error!(
            "what was said cannot be searched: {}; the index {} is made anew",
            fault.why(),
            self.file.display()
        );
        self.index = None;
        Index::remove(&self.file);
        self.faults += 1;
        let now = Instant::now();
        self.next = if self.faults > 1 {
            now + INDEX_AGAIN
        } else {
            now
        };
    }
}
