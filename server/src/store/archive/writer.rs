//! The thread that writes: takes what waits, commits it, and deletes what is too old or too much.
//!
//! Commits begin at least [`COMMIT_PAUSE`] apart, so many lines share one. After a failure the same entries
//! are tried again, on a file that is opened anew; meanwhile the queue fills.
//!
//! Invariant: entries are removed from the queue's count only when they are on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Instant;

use super::database::{Database, Fault};
use super::keep::Keep;
use super::queue::{Queue, timed};
use super::{Archived, now, set_aside};
use crate::limits::{COMMIT_AGAIN, COMMIT_PAUSE, SWEEP_AT_REST, SWEEP_PAUSE};

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
    /// Why it does not work, as it was told.
    fault: Option<String>,
    sweep_at: Instant,
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
            fault: None,
            sweep_at: Instant::now(),
        }
    }

    /// Serves until the queue is closed. Calls `wake` after news.
    pub(super) fn work(&mut self, mut wake: impl FnMut()) {
        loop {
            let is_last = match self.taken.is_empty() {
                true => {
                    let rest = self.rest();
                    self.queue.take(&mut self.taken, rest)
                }
                false => self.queue.pause(COMMIT_AGAIN),
            };
            let began = Instant::now();
            if !self.taken.is_empty() && self.write(&mut wake) {
                self.taken.clear();
            }
            self.sweep();
            if is_last && (!self.taken.is_empty() || self.queue.is_empty()) {
                return self.finish();
            }
            if self.taken.is_empty() {
                std::thread::sleep(COMMIT_PAUSE.saturating_sub(began.elapsed()));
            }
        }
    }

    /// How long to wait for entries.
    fn rest(&self) -> std::time::Duration {
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
        let written = open(&self.file, &mut self.database)?.write(timed(&self.taken));
        match written {
            Err(Fault::Damaged(why)) => {
                self.database = None;
                set_aside(&self.file, &why)?;
                open(&self.file, &mut self.database)?.write(timed(&self.taken))
            }
            written => written,
        }
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
