//! The thread that answers questions about what was said, with a connection of its own that only reads.
//!
//! It delays neither the loop nor the writer. A question waits until all that was accepted before it is
//! written, but not for a disk that does not work; then it is answered as unreadable.
//!
//! Invariant: each question that is taken is answered once, in their order. Questions and answers that wait
//! are bounded.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::database::Lookup;
use super::queue::Queue;
use crate::hub::recall::{Found, Recall, Recalled, Unreadable};
use crate::limits::{ARCHIVE_CLOSES, RECALL_WITHIN, RECALLED, RECALLS};
use crate::store::accounts::Busy;

/// The loop's side.
pub(super) struct Recalls {
    queue: Arc<Queue>,
    questions: SyncSender<(u64, Recall)>,
    answers: Receiver<Recalled>,
    ended: Receiver<()>,
}

/// The thread's side.
struct Thread {
    file: PathBuf,
    queue: Arc<Queue>,
    /// None until it is needed, and after a failure.
    lookup: Option<Lookup>,
    /// Why it does not work, as it was told.
    fault: Option<String>,
}

impl Recalls {
    /// Starts the thread. `wake` is called on it after answers.
    pub(super) fn start(
        file: PathBuf,
        queue: Arc<Queue>,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Recalls> {
        let (questions, asked) = sync_channel::<(u64, Recall)>(RECALLS);
        let (answer, answers) = sync_channel(RECALLED);
        let (end, ended) = sync_channel(1);
        let mut thread = Thread {
            file,
            queue: Arc::clone(&queue),
            lookup: None,
            fault: None,
        };
        let builder = std::thread::Builder::new().name("recalls".into());
        builder.spawn(move || {
            for (accepted, recall) in asked {
                let found = thread.find(accepted, &recall);
                if answer.send(recall.answer(found)).is_err() {
                    break;
                }
                wake();
            }
            drop(thread);
            let _ = end.send(());
        })?;
        Ok(Recalls {
            queue,
            questions,
            answers,
            ended,
        })
    }

    /// Asks. Never waits.
    pub(super) fn ask(&self, recall: Recall) -> Result<(), Busy> {
        let asked = (self.queue.accepted(), recall);
        self.questions.try_send(asked).map_err(|_| Busy)
    }

    /// The next answer. Never waits.
    pub(super) fn answer(&self) -> Option<Recalled> {
        self.answers.try_recv().ok()
    }

    /// The next answer, waited for.
    #[cfg(test)]
    pub(super) fn wait(&self) -> Recalled {
        let minute = std::time::Duration::from_secs(60);
        self.answers.recv_timeout(minute).expect("it is answered")
    }

    /// Waits for the end of the thread, so that the writer's connection is the last one. What is asked is
    /// answered no more.
    pub(super) fn close(self) {
        let Recalls {
            questions,
            answers,
            ended,
            ..
        } = self;
        drop((questions, answers));
        let _ = ended.recv_timeout(ARCHIVE_CLOSES);
    }
}

impl Thread {
    fn find(&mut self, accepted: u64, recall: &Recall) -> Result<Found, Unreadable> {
        if !self.queue.wait_for(accepted, RECALL_WITHIN) {
            return Err(Unreadable::Failed);
        }
        let looked =
            Lookup::open(&self.file, &mut self.lookup).and_then(|lookup| lookup.find(recall));
        match looked {
            Ok(found) => {
                self.fault = None;
                Ok(found)
            }
            Err(fault) => {
                self.lookup = None;
                let why = fault.why();
                if self.fault.as_ref() != Some(&why) {
                    log::error!("what was said cannot be read: {why}");
                    self.fault = Some(why);
                }
                Err(Unreadable::Failed)
            }
        }
    }
}
