//! The one door to whatever could block: jobs go in, what came of them comes out. Each worker behind it
//! is a thread with a bounded queue.
//!
//! Never waits: `submit` says when a queue is full, `done` has none or one.
//! Invariant: each job that was taken comes back once, with who wanted it, as long as somebody takes
//! what is done.

use std::io;

use crate::store::accounts::{Accounts, Answer, Busy, Query};
use crate::store::motd::Reader;

/// Something to be done elsewhere.
#[derive(Debug)]
pub enum Job {
    /// For the worker that keeps the accounts.
    Account(Query),
    /// Read the message of the day again.
    ReadMotd,
}

/// What came of a job.
#[derive(Debug)]
pub enum Done {
    /// An answer about accounts.
    Account(Answer),
    /// The lines of the message of the day, or why they could not be read.
    Motd(io::Result<Vec<String>>),
}

/// All workers, seen from the loop.
pub struct Workers {
    accounts: Accounts,
    /// None where there is no message of the day.
    motd: Option<Reader>,
    /// Done, and not handed out yet.
    next: Option<Done>,
}

impl Workers {
    /// These workers.
    pub fn new(accounts: Accounts, motd: Option<Reader>) -> Workers {
        Workers {
            accounts,
            motd,
            next: None,
        }
    }

    /// Hand a job to its worker.
    ///
    /// # Errors
    /// When its queue is full; the job is gone.
    pub fn submit(&mut self, job: Job) -> Result<(), Busy> {
        match (job, &self.motd) {
            (Job::Account(query), _) => self.accounts.ask(query),
            (Job::ReadMotd, Some(reader)) => reader.read(),
            (Job::ReadMotd, None) => {
                log::info!("SIGHUP: there is no --motd to read again");
                Ok(())
            }
        }
    }

    /// Whether `done` would hand out something.
    pub fn has_done(&mut self) -> bool {
        self.next = self.done();
        self.next.is_some()
    }

    /// What came of the next job that is done.
    pub fn done(&mut self) -> Option<Done> {
        self.next
            .take()
            .or_else(|| self.accounts.answer().map(Done::Account))
            .or_else(|| Some(Done::Motd(self.motd.as_ref()?.lines()?)))
    }
}
