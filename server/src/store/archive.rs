//! The archive: what was said in rooms, on disk. One writer thread has the database (SQLite); the loop hands
//! it the entries of a turn and never waits for it. Another thread reads, and answers questions.
//!
//! Nothing here decides what is kept, and private lines never come here. A full queue is told as `Busy`; a
//! disk that fails is tried again until it works, and what waits meanwhile is bounded.
//!
//! Invariant: the lines of the database are those that were accepted, in their order, but for the last ones
//! when the process was killed. Nobody but the owner of the files can read them.

mod database;
mod indexing;
pub mod keep;
mod queue;
mod recalls;
mod words;
mod writer;

pub use database::{Filter, Reader, Row};

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::hub::Before;
use crate::hub::recall::{Recall, Recalled};
use crate::limits::ARCHIVE_CLOSES;
use crate::store::accounts::Busy;
use database::{Database, Fault};
use keep::Keep;
use queue::Queue;
use recalls::Recalls;
use writer::Writer;

/// The database's file name.
const FILE: &str = "archive.db";

/// News of the writer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Archived {
    /// Nothing can be written, for this reason. It tries again.
    Fails(String),
    /// What was accepted is written, and there is room again.
    Works,
}

/// The loop's side of both threads.
pub struct Archive {
    queue: Arc<Queue>,
    news: Receiver<Archived>,
    ended: Receiver<()>,
    recalls: Recalls,
}

impl Archive {
    /// Opens the database in `directory`, which is locked for this server, reads places and the last lines of
    /// rooms, `bytes` of text at most, the most recent room last, and starts the threads. `wake` is called on
    /// them after news and answers. A damaged database is set aside; on a disk that fails it is tried again
    /// later.
    ///
    /// # Errors
    /// A sentence for the operator: the file belongs to another program or to a newer version; or no
    /// thread can be started.
    pub fn open(
        directory: &Path,
        keep: Keep,
        bytes: usize,
        wake: impl Fn() + Clone + Send + 'static,
    ) -> io::Result<(Archive, Before)> {
        let file = file_in(directory);
        let (database, before) = match begin(&file, bytes) {
            Ok((database, before)) => (Some(database), before),
            Err(Fault::Foreign(why)) => return Err(io::Error::other(why)),
            Err(fault) => {
                log::error!("what was said before is not known: {}", fault.why());
                (None, Before::default())
            }
        };
        let queue = Arc::new(Queue::default());
        let (news, told) = channel();
        let (end, ended) = channel();
        let recalls = Recalls::start(&file, Arc::clone(&queue), wake.clone())?;
        let mut writer = Writer::new(file, keep, database, Arc::clone(&queue), news);
        std::thread::Builder::new()
            .name("archive".into())
            .spawn(move || {
                writer.work(wake);
                let _ = end.send(());
            })?;
        let archive = Archive {
            queue,
            news: told,
            ended,
            recalls,
        };
        Ok((archive, before))
    }

    /// Hands over entries, as they are in the hub. Waits at most for the writer to swap two buffers.
    ///
    /// # Errors
    /// If too much waits for the disk; nothing of this is kept then.
    pub fn push(&self, entries: &[u8]) -> Result<(), Busy> {
        self.queue.push(now(), entries)
    }

    /// Asks what was said. The answer has all that was pushed before.
    ///
    /// # Errors
    /// If too many questions wait.
    pub fn recall(&self, recall: Recall) -> Result<(), Busy> {
        self.recalls.ask(Instant::now(), recall)
    }

    /// The next answer, if there is one. Never waits.
    pub fn recalled(&self) -> Option<Recalled> {
        self.recalls.answer()
    }

    /// The next news, if there are any. Never waits.
    pub fn news(&self) -> Option<Archived> {
        self.news.try_recv().ok()
    }

    /// Writes all that was accepted, and notes that nothing is missing. Gives up if that takes too long.
    pub fn close(self) {
        self.queue.close();
        self.recalls.close();
        if self.ended.recv_timeout(ARCHIVE_CLOSES).is_err() {
            log::error!("the archive takes too long; its last lines are lost");
        }
    }
}

/// The archive of a server with this directory.
pub fn file_in(directory: &Path) -> PathBuf {
    directory.join(FILE)
}

/// Opens the database and reads what a start needs; a damaged one is set aside, and a new one is begun.
fn begin(file: &Path, bytes: usize) -> Result<(Database, Before), Fault> {
    let open = || {
        let mut database = Database::open(file)?;
        let before = database.begin(now(), bytes)?;
        Ok((database, before))
    };
    match open() {
        Err(Fault::Damaged(why)) => {
            set_aside(file, &why)?;
            open()
        }
        opened => opened,
    }
}

/// Moves a damaged database out of the way.
fn set_aside(file: &Path, why: &str) -> Result<(), Fault> {
    let with = |suffix: &str| PathBuf::from(format!("{}{suffix}", file.display()));
    let places = (1..).map(|n| with(&format!(".damaged-{n}")));
    let place = places
        .into_iter()
        .find(|place| !place.exists())
        .unwrap_or_default();
    let failed = |error: io::Error| Fault::Failed(format!("{}: {error}", file.display()));
    fs::rename(file, &place).map_err(failed)?;
    // The end of what was said may stand there; under this name SQLite finds it.
    let _ = fs::rename(with("-wal"), format!("{}-wal", place.display()));
    let _ = fs::remove_file(with("-shm"));
    log::error!(
        "the archive {} is damaged ({why}); it is {} now, and a new one begins. \
         `sqlite3 FILE .recover` may save what is in it",
        file.display(),
        place.display()
    );
    Ok(())
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}

/// The first epoch that a server may give: no earlier one gave it or one of the next.
/// Random and not the time, or a clock that is set back, or an old copy of the file, would give an epoch
/// twice. 52 bits, so that it and all that are counted up from it are exact in JSON.
pub fn random_epoch() -> u64 {
    // Keys from the system's random numbers.
    (RandomState::new().build_hasher().finish() >> 12).max(1)
}

#[cfg(test)]
mod tests;
