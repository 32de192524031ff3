//! The thread that answers questions about what was said, with a connection of its own that only reads, and
//! that keeps the index of words.
//!
//! It delays neither the loop nor the writer. A question waits until all that was accepted before it is
//! written, and a search until that is indexed, but not for ever: then the one is answered as unreadable, the
//! other with what is found.
//!
//! Invariant: each question that is taken is answered once. Questions and answers that wait are bounded.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::database::{Fault, Lookup};
use super::indexing::Indexing;
use super::queue::Queue;
use super::words;
use crate::hub::recall::{Found, Recall, Recalled, Unreadable, Wish};
use crate::limits::{ARCHIVE_CLOSES, RECALL_WITHIN, RECALLED, RECALLS, SEARCH_WITHIN};
use crate::store::accounts::Busy;

/// The index's file name, beside the archive.
const INDEX_FILE: &str = "search.db";

/// The loop's side.
pub(super) struct Recalls {
    queue: Arc<Queue>,
    questions: SyncSender<Question>,
    answers: Receiver<Recalled>,
    ended: Receiver<()>,
}

/// A question on its way to the thread.
struct Question {
    recall: Recall,
    /// What was accepted before it.
    accepted: u64,
    /// It waits no longer for that to be written: of many that wait together none waits for the others.
    until: Instant,
}

/// The thread's side.
struct Thread {
    file: PathBuf,
    queue: Arc<Queue>,
    /// None until it is needed, and after a failure.
    lookup: Option<Lookup>,
    indexing: Indexing,
    searches: VecDeque<Search>,
    /// Why it does not work, as it was told.
    fault: Option<String>,
}

/// A search that waits.
struct Search {
    recall: Recall,
    /// The last line that was written before it.
    last: i64,
    /// It waits no longer.
    until: Instant,
}

impl Recalls {
    /// Starts the thread. `wake` is called on it after answers.
    pub(super) fn start(
        file: &Path,
        queue: Arc<Queue>,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Recalls> {
        let (questions, asked) = sync_channel(RECALLS);
        let (answer, answers) = sync_channel(RECALLED);
        let (end, ended) = sync_channel(1);
        let mut thread = Thread {
            file: file.to_owned(),
            queue: Arc::clone(&queue),
            lookup: None,
            indexing: Indexing::new(file.with_file_name(INDEX_FILE)),
            searches: VecDeque::new(),
            fault: None,
        };
        let tell = move |recalled| {
            let is_heard = answer.send(recalled).is_ok();
            wake();
            is_heard
        };
        let builder = std::thread::Builder::new().name("recalls".into());
        builder.spawn(move || {
            thread.work(&asked, tell);
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

    /// Asks, at this time. Never waits.
    pub(super) fn ask(&self, now: Instant, recall: Recall) -> Result<(), Busy> {
        let question = Question {
            recall,
            accepted: self.queue.accepted(),
            until: now + RECALL_WITHIN,
        };
        self.questions.try_send(question).map_err(|_| Busy)
    }

    /// The next answer. Never waits.
    pub(super) fn answer(&self) -> Option<Recalled> {
        self.answers.try_recv().ok()
    }

    /// The next answer, waited for.
    #[cfg(test)]
    pub(super) fn wait(&self) -> Recalled {
        let minute = Duration::from_secs(60);
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
    /// Serves until nobody can ask any more, or nobody hears the answers.
    fn work(&mut self, asked: &Receiver<Question>, tell: impl Fn(Recalled) -> bool) {
        loop {
            match asked.recv_timeout(self.rest()) {
                Ok(question) => {
                    let answer = self.take(question);
                    if answer.is_some_and(|answer| !tell(answer)) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.rest().is_zero() {
                self.step();
            }
            while let Some(answer) = self.answer_search() {
                if !tell(answer) {
                    return;
                }
            }
        }
    }

    /// How long there is nothing to do but to answer.
    fn rest(&self) -> Duration {
        match self.searches.is_empty() {
            true => self
                .indexing
                .due()
                .saturating_duration_since(Instant::now()),
            false => Duration::ZERO,
        }
    }

    /// Answers a question, or keeps it until its lines are indexed.
    fn take(&mut self, question: Question) -> Option<Recalled> {
        let Question {
            recall,
            accepted,
            until,
        } = question;
        if !self.queue.wait_for(accepted, until) {
            return Some(recall.answer(Err(Unreadable::Failed)));
        }
        if !matches!(recall.wish, Wish::From { .. } | Wish::Search { .. }) {
            let found = self.look(|lookup| lookup.find(&recall));
            return Some(recall.answer(found));
        }
        if self.searches.len() >= RECALLS {
            return Some(recall.answer(Err(Unreadable::Busy)));
        }
        match self.look(|lookup| lookup.last_place()) {
            Ok(last) => {
                let until = Instant::now() + RECALL_WITHIN;
                self.searches.push_back(Search {
                    recall,
                    last,
                    until,
                });
                None
            }
            Err(why) => Some(recall.answer(Err(why))),
        }
    }

    /// Indexes some lines.
    fn step(&mut self) {
        let (accepted, is_wanted) = (self.queue.accepted(), !self.searches.is_empty());
        let stepped = Lookup::open(&self.file, &mut self.lookup)
            .and_then(|lookup| self.indexing.step(lookup, accepted, is_wanted));
        if self.checked(stepped).is_err() {
            // Nobody waits for what may not come.
            let now = Instant::now();
            self.searches
                .iter_mut()
                .for_each(|search| search.until = now);
        }
    }

    /// The answer to the next search that need not wait.
    fn answer_search(&mut self) -> Option<Recalled> {
        let indexing = &self.indexing;
        let is_ready =
            |search: &mut Search| indexing.is_ready(search.last) || search.until <= Instant::now();
        let search = self.searches.pop_front_if(is_ready)?;
        match self.search(&search.recall, search.last) {
            Ok(Some(found)) => Some(search.recall.answer(Ok(found))),
            Ok(None) if search.until > Instant::now() && !self.indexing.rests() => {
                self.searches.push_front(search);
                None
            }
            Ok(None) => Some(search.recall.answer(Err(Unreadable::Failed))),
            Err(why) => Some(search.recall.answer(Err(why))),
        }
    }

    /// What is found; nothing if the index has to be made first.
    fn search(&mut self, recall: &Recall, last: i64) -> Result<Option<Found>, Unreadable> {
        let rooms = self.look(|lookup| lookup.rooms(&recall.rooms))?;
        let (sought, before) = match &recall.wish {
            Wish::From { name, before } => {
                (Some(format!("sender : {}", words::token(name))), *before)
            }
            Wish::Search { words, before } => {
                let words = words::expression(words);
                (words.map(|words| format!("text : ({words})")), *before)
            }
            _ => (None, None),
        };
        let Some(sought) = sought.filter(|_| !rooms.is_empty()) else {
            return Ok(Some(Found {
                is_whole: true,
                ..Found::default()
            }));
        };
        let tokens: Vec<String> = rooms.iter().map(|(room, _)| format!("r{room}")).collect();
        let Some(index) = self.indexing.index() else {
            return Ok(None);
        };
        let is_whole = index.upto().place >= last;
        // One more, to know whether there is more.
        let most = (before, recall.most + 1);
        let hits = match index.find((&tokens, &sought), most, Instant::now() + SEARCH_WITHIN) {
            Ok(hits) => hits,
            Err(fault) => {
                self.indexing.fail(fault);
                return Ok(None);
            }
        };
        let told = self.look(|lookup| lookup.told((&rooms, recall.most), &hits))?;
        Ok(Some(Found { is_whole, ..told }))
    }

    /// Reads from the database.
    fn look<T>(
        &mut self,
        read: impl FnOnce(&mut Lookup) -> Result<T, Fault>,
    ) -> Result<T, Unreadable> {
        let looked = Lookup::open(&self.file, &mut self.lookup).and_then(read);
        self.checked(looked)
    }

    fn checked<T>(&mut self, looked: Result<T, Fault>) -> Result<T, Unreadable> {
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
