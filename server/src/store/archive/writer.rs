//! The thread that writes: takes what waits, commits it, and deletes what is too old or too much.
//!
//! A commit begins [`COMMIT_PAUSE`] after the first of its lines came, or later if the one before took much of
//! the processor, so those that come together share one, and none delays what the loop sends of them. After a failure the same entries
//! are tried again, on a file that is opened anew, unless they are there; meanwhile the queue fills.
//!
//! Invariant: entries are removed from the queue's count only when they are on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use super::database::{Database, Fault};
use super::keep::Keep;
use super::queue::{Queue, timed, timed_records};
use super::{Archived, now, set_aside};
use crate::limits::{
    COMMIT_AGAIN, COMMIT_PAUSE, COMMIT_PAUSE_MOST, COMMIT_SHARE, SWEEP_AT_REST, SWEEP_PAUSE,
};

/// See the top of this file.
pub(super) struct Writer {
    file: PathBuf,
    keep: Keep,
    /// None until it is opened again.
    database: Option<Database>,
    queue: Arc<Queue>,
    news: Sender<Archived>,
    /// Taken from the queue and not written yet.
    taken: Vec<u8>,
    /// The row that the first of these would get, if it was tried to write them.
    tried: Option<i64>,
    /// Why it does not work, as it was told.
    fault: Option<String>,
    sweep_at: Instant,
    /// How long the next commit waits for more lines than its first.
    pause: Duration,
}

impl Writer {
    pub(super) fn new(
        file: PathBuf,
        keep: Keep,
        database: Option<Database>,
        queue: Arc<Queue>,
        news: Sender<Archived>,
    ) -> Writer {
        Writer {
            file,
            keep,
            database,
            queue,
            news,
            taken: Vec::new(),
            tried: None,
            fault: None,
            sweep_at: Instant::now(),
            pause: COMMIT_PAUSE,
        }
    }

    /// Serves until the queue is closed. Calls `wake` after news.
    pub(super) fn work(&mut self, mut wake: impl FnMut()) {
        loop {
            let is_last = match self.taken.is_empty() {
                true => {
                    let rest = self.rest();
                    self.queue.take(&mut self.taken, rest, self.pause)
                }
                false => self.queue.pause(COMMIT_AGAIN),
            };
            let busy_before = processor_time();
            if !self.taken.is_empty() && self.write(&mut wake) {
                self.taken.clear();
                let busy = processor_time().saturating_sub(busy_before);
                self.pause = (busy * COMMIT_SHARE).clamp(COMMIT_PAUSE, COMMIT_PAUSE_MOST);
            }
            self.sweep();
            if is_last && (!self.taken.is_empty() || self.queue.is_empty()) {
                return self.finish();
            }
        }
    }

    /// How long to wait for entries.
    fn rest(&self) -> Duration {
        let is_due = self.sweep_at <= Instant::now();
        if is_due { COMMIT_PAUSE } else { SWEEP_AT_REST }
    }

    /// Writes what was taken; whether it is on disk.
    fn write(&mut self, wake: &mut impl FnMut()) -> bool {
        let written = self.try_write();
        if let Err(fault) = written {
            let why = fault.why();
            self.database = None;
            if self.fault.as_ref() != Some(&why) {
                self.fault = Some(why.clone());
                self.tell(Archived::Fails(why), wake);
            }
            return false;
        }
        let has_refused = self.queue.written(self.taken.len());
        if self.fault.take().is_some() || has_refused {
            self.tell(Archived::Works, wake);
        }
        true
    }

    fn try_write(&mut self) -> Result<(), Fault> {
        let written = self.write_once();
        match written {
            Err(Fault::Damaged(why)) => {
                self.database = None;
                set_aside(&self.file, &why)?;
                self.write_once()
            }
            written => written,
        }
    }

    fn write_once(&mut self) -> Result<(), Fault> {
        let database = open(&self.file, &mut self.database)?;
        let next = database.next();
        // A commit that failed may be on disk all the same, if only the sync failed. Records alone are
        // written once more.
        let count = timed(&self.taken).count() as i64;
        if count == 0 || self.tried.is_none_or(|first| next != first + count) {
            self.tried = Some(next);
            database.write(timed(&self.taken), timed_records(&self.taken))?;
        }
        self.tried = None;
        Ok(())
    }

    /// A commit that is told as failed, and is on disk or not; and the next try.
    #[cfg(test)]
    pub(super) fn fail_and_try_again(&mut self, is_there: bool) {
        self.queue
            .take(&mut self.taken, Duration::ZERO, COMMIT_PAUSE);
        let database = open(&self.file, &mut self.database).expect("it opens");
        let tried = Some(database.next());
        if is_there {
            self.write_once().expect("it is written");
        }
        (self.tried, self.database) = (tried, None);
        assert!(self.write(&mut || {}));
        self.taken.clear();
    }

    /// Deletes some of what is too old or too much.
    fn sweep(&mut self) {
        let due = Instant::now();
        if due < self.sweep_at || self.fault.is_some() {
            return;
        }
        let Some(database) = &mut self.database else {
            return;
        };
        match database.sweep(&self.keep, now()) {
            Ok(true) => {}
            Ok(false) => self.sweep_at = due + SWEEP_PAUSE,
            Err(fault) => {
                // The next commit sets a damaged file aside.
                log::error!("old lines cannot be deleted: {}", fault.why());
                self.sweep_at = due + SWEEP_AT_REST;
            }
        }
    }

    /// The last commit: the next server goes on where this one ends.
    fn finish(&mut self) {
        let is_whole = self.taken.is_empty() && self.queue.is_whole();
        if let Some(database) = self.database.take().filter(|_| is_whole)
            && let Err(fault) = database.finish()
        {
            log::error!("the archive was not closed: {}", fault.why());
        }
    }

    fn tell(&self, news: Archived, wake: &mut impl FnMut()) {
        if self.news.send(news).is_ok() {
            wake();
        }
    }
}

/// The database, if its file is still the one that was opened; else it is opened or begun again.
fn open<'a>(file: &Path, opened: &'a mut Option<Database>) -> Result<&'a mut Database, Fault> {
    if opened.as_ref().is_some_and(Database::is_gone) {
        log::warn!("{} is gone; a new one begins", file.display());
        *opened = None;
    }
    match opened {
        Some(database) => Ok(database),
        none => Ok(none.insert(Database::open(file)?)),
    }
}

/// How long a processor was busy with this thread. Zero, and so the shortest pauses, where that is unknown.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}
