//! How much scripts and hooks may say: a conn as much as a user, and besides all conns of an address together, since
//! a script may open one for each line; and each hook, whoever posts to it. Whoever is on this host is not counted
//! together: a proxy may stand there.
//!
//! Invariant: who may not speak yet is told when they may, and nothing of theirs is counted.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use crate::hub::Id;
use crate::net::sys::Sys;
use crate::places::{counted, network};
use crate::turn::Server;
use crate::web::limits::SCRIPT_LINES;

/// Whose lines are counted together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Source {
    /// Those from an address, or from the /64 of one.
    Address(IpAddr),
    /// Those of the hook with this number.
    Hook(u32),
}

impl<S: Sys> Server<S> {
    /// Where the lines of a script come from, if others may come from there, too.
    pub(super) fn source(&self, id: Id) -> Option<Source> {
        let address = counted(self.conns[id].peer().ip());
        address.map(network).map(Source::Address)
    }

    /// These lines count towards what a conn and its source may say; how long it has to wait before it may.
    pub(super) fn charge(
        &mut self,
        (id, source): (Id, Option<Source>),
        lines: &[Rc<str>],
    ) -> Result<(), Duration> {
        self.may_speak(id, source)?;
        let (now, rate) = (self.life.now, self.config.rate);
        for line in lines {
            self.conns[id].intake.flood.charge(rate, now, line.len());
            if let Some(source) = source {
                self.scripts.paces.count(now, source, SCRIPT_LINES);
            }
        }
        Ok(())
    }

    /// Whether a conn may say something; else how long it has to wait.
    pub(super) fn may_speak(&self, id: Id, source: Option<Source>) -> Result<(), Duration> {
        let (now, rate) = (self.life.now, self.config.rate);
        let ready_at = self.conns[id].intake.flood.ready_at(rate);
        let own = (ready_at > now).then(|| ready_at - now);
        let is_limited = rate.lines_per_s > 0;
        let source = source.filter(|_| is_limited);
        let shared = source.and_then(|source| self.scripts.paces.wait(now, &source, SCRIPT_LINES));
        own.max(shared).map_or(Ok(()), Err)
    }
}
