//! What is done elsewhere: jobs go out to the workers, and what came of them comes back, with who wanted
//! it.
//!
//! Invariant: `asked` counts the queries that were taken and have no answer yet.

use super::Server;
use crate::net::sys::{Ready, Sys};
use crate::store::accounts::{Answer, Asker, Busy, Query};
use crate::store::jobs::{Done, Job};

impl<S: Sys> Server<S> {
    /// Ask the worker that keeps the accounts.
    pub(super) fn query(&mut self, query: Query) -> Result<(), Busy> {
        self.sys.submit(Job::Account(query))?;
        self.asked += 1;
        Ok(())
    }

    /// Read the message of the day again.
    pub(super) fn reload(&mut self) {
        // When that is ordered already, it will find what there is now.
        let _ = self.sys.submit(Job::ReadMotd);
    }

    /// What was done since the last turn.
    pub(super) fn take_done(&mut self) {
        if self.work.ready.contains(&Ready::Done) {
            while let Some(done) = self.sys.done() {
                match done {
                    Done::Account(answer) => self.take_answer(answer),
                    Done::Motd(read) => self.take_motd(read),
                }
            }
        }
        self.ask_for_changes();
        self.give_verdicts();
    }

    fn take_answer(&mut self, answer: Answer) {
        self.asked -= 1;
        match answer.asker {
            Asker::Conn(who, peer) => self.answer_conn(who, peer, &answer.task, answer.verdict),
            Asker::Operator(by) => self.answer_operator(by, answer),
            Asker::Directory(ticket) => self.tell_directory(ticket, answer.verdict),
        }
    }
}
