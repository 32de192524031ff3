//! The only way to anything that could block: jobs go in, results come out. Each worker behind it
//! is a thread with a bounded queue.
//!
//! Never waits: `submit` fails if a queue is full, `done` returns one or none. Invariant: each
//! accepted job comes back once, with its asker, as long as results are taken.

use std::io;

use crate::hub::recall::{Recall, Recalled};
pub use crate::store::accounts::Busy;
use crate::store::accounts::{Accounts, Answer, Query};
use crate::store::archive::{Archive, Archived};
use crate::store::certificate::Certified;
use crate::store::rereader::Rereader;

/// Work for another thread.
#[derive(Debug)]
pub enum Job<'a> {
    /// For the worker of the accounts.
    Account(Query),
    /// Read again what the operator may have changed: the message of the day, the certificate.
    Reload,
    /// Keep these entries, in their order.
    Archive(&'a [u8]),
    /// Look into the archive.
    Recall(Recall),
}

/// The result of a job.
#[derive(Debug)]
pub enum Done {
    /// An answer about accounts.
    Account(Answer),
    /// The lines of the message of the day, or why they could not be read.
    Motd(io::Result<Vec<String>>),
    /// The certificate for TLS, or why it could not be read.
    Certificate(Result<Certified, String>),
    /// Something about the archive has changed.
    Archive(Archived),
    /// What was found in it.
    Recalled(Recalled),
}

/// Files that are read again at SIGHUP, those that there are.
#[derive(Default)]
pub struct Files {
    /// The message of the day.
    pub motd: Option<Rereader<io::Result<Vec<String>>>>,
    /// The certificate for TLS.
    pub certificate: Option<Rereader<Result<Certified, String>>>,
}

impl Files {
    fn reload(&self) -> Result<(), Busy> {
        if self.motd.is_none() && self.certificate.is_none() {
            log::info!("SIGHUP: there is no --motd and no certificate to read again");
        }
        let motd = self.motd.as_ref().map_or(Ok(()), Rereader::read);
        let certificate = self.certificate.as_ref().map_or(Ok(()), Rereader::read);
        motd.and(certificate)
    }
}

/// The loop's side of all workers.
pub struct Workers {
    accounts: Accounts,
    files: Files,
    /// None if nothing is kept.
    archive: Option<Archive>,
    /// A result not taken yet.
    next: Option<Done>,
}

impl Workers {
    /// Wraps started workers.
    pub fn new(accounts: Accounts, files: Files, archive: Option<Archive>) -> Workers {
        Workers {
            accounts,
            files,
            archive,
            next: None,
        }
    }

    /// Hands a job to its worker.
    ///
    /// # Errors
    /// If its queue is full; the job is dropped.
    pub fn submit(&mut self, job: Job<'_>) -> Result<(), Busy> {
        match job {
            Job::Archive(entries) => match &self.archive {
                Some(archive) => archive.push(entries),
                None => Ok(()),
            },
            // The hub asks only if there is one.
            Job::Recall(recall) => self.archive.as_ref().ok_or(Busy)?.recall(recall),
            Job::Account(query) => self.accounts.ask(query),
            Job::Reload => self.files.reload(),
        }
    }

    /// Ends the archive: what it was given is on disk then, unless that takes too long or is impossible.
    pub fn close_archive(&mut self) {
        if let Some(archive) = self.archive.take() {
            archive.close();
        }
    }

    /// Whether `done` would return a result.
    pub fn has_done(&mut self) -> bool {
        self.next = self.done();
        self.next.is_some()
    }

    /// The next result.
    pub fn done(&mut self) -> Option<Done> {
        self.next
            .take()
            .or_else(|| self.accounts.answer().map(Done::Account))
            .or_else(|| Some(Done::Archive(self.archive.as_ref()?.news()?)))
            .or_else(|| Some(Done::Recalled(self.archive.as_ref()?.recalled()?)))
            .or_else(|| Some(Done::Motd(self.files.motd.as_ref()?.result()?)))
            .or_else(|| {
                Some(Done::Certificate(
                    self.files.certificate.as_ref()?.result()?,
                ))
            })
    }
}
