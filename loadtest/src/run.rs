//! One run from end to end: the server is started or found, the bots come in, the phase is measured,
//! the bots leave, the server is stopped.
//!
//! It holds no measuring code of its own: it only takes readings before and after.

use crate::bots::crowd::{self, Invitation};
use crate::bots::leave;
use crate::child::{self, Child};
use crate::measure::process;
use crate::measure::progress::Progress;
use crate::measure::schedule::Pace;
use crate::measure::watch::Rest;
use crate::measure::{self, Task};
use crate::options::{Contender, Plan, Server};
use crate::protocol::{Place, Protocol};
use crate::report::figures::{Figures, ServerFigures};
use crate::scenario::Scenario;
use crate::signals;
use crate::storm;
use crate::trouble;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// No server keeps a conn in fewer bytes: its descriptor, its state and its peer's address need as many.
const LEAST_MEMORY: u64 = 64;

/// A run against one of the servers, with the bots and at the pace of the plan.
pub(crate) fn run(
    plan: &Plan,
    contender: &Contender,
    progress: &Progress,
) -> Result<Figures, String> {
    let (figures, ended) = beside(plan, contender, |target, pid| {
        measured(plan, contender, target, pid, progress)
    })?;
    Ok(Figures { ended, ..figures })
}

/// Storms against one of the servers.
pub(crate) fn storm(
    plan: &Plan,
    contender: &Contender,
    progress: &Progress,
) -> Result<storm::Outcome, String> {
    let (outcome, _) = beside(plan, contender, |target, pid| {
        let storm = storm::Plan {
            name: contender.name.clone(),
            target,
            protocol: contender.protocol,
            bots: plan.groups.bots,
            length: plan.length,
            patience: plan.patience,
            pid,
        };
        storm::run(storm, progress)
    })?;
    Ok(outcome)
}

/// Does something with a server, which is there or is started for it; and how it ended in that case.
fn beside<T>(
    plan: &Plan,
    contender: &Contender,
    run: impl FnOnce(SocketAddr, Option<u32>) -> Result<T, String>,
) -> Result<(T, Option<String>), String> {
    let program = match contender.server {
        Server::Target(address) => {
            child::pin_bots(plan.cpus)?;
            return run(address, process::listener(address)).map(|done| (done, None));
        }
        Server::Spawn(program) => program,
    };
    let named = plan.groups.who(0).place != Place::Lobby;
    let child: Child = program.spawn(plan.cpus, named)?;
    let done = run(child.address, Some(child.pid()));
    match (done, child.stop()) {
        (Ok(done), Ok(ended)) => Ok((done, Some(ended))),
        (Ok(_), Err(failure)) => Err(failure),
        // Why the server ended explains more than what the bots saw of it.
        (Err(failure), Err(cause)) => Err(format!("{failure}; {cause}")),
        (Err(failure), Ok(_)) => Err(failure),
    }
}

fn measured(
    plan: &Plan,
    contender: &Contender,
    target: SocketAddr,
    pid: Option<u32>,
    progress: &Progress,
) -> Result<Figures, String> {
    let protocol = contender.protocol;
    let memory = || pid.and_then(process::memory);
    let meter = Meter {
        pid,
        started: Instant::now(),
    };
    let (memory_before, before) = (memory(), meter.read());
    let gathered = crowd::gather(invitation(plan, protocol, target), progress)?;
    let joining = meter.since(before);
    let memory_after = memory();

    let troublemakers = troublemakers(plan, protocol, target)?;
    let before = meter.read();
    let task = task(plan, protocol, pid);
    let (measured, bots) = measure::measure(task, gathered.bots, progress)?;
    let used = meter.since(before);
    let trouble = troublemakers.map(trouble::Running::stop);

    let before = meter.read();
    // Where a conn is gone already, nothing more is learnt from those that remain. And beside
    // troublemakers the first bot has been told of their leaves as well.
    let alone = measured.closed == 0 && trouble.is_none();
    let asked = || signals::caught().is_some();
    let counted = alone && !asked() && leave::counts_moves(protocol, &plan.groups);
    let left = counted.then(|| leave::leave(protocol, plan.groups, bots, plan.patience, progress));
    // Those who were to go on waiting have been told to end.
    let left = left.transpose()?.filter(|_| !asked());
    let leaving = meter.since(before);

    Ok(Figures {
        name: contender.name.clone(),
        target,
        protocol,
        scenario: plan.scenario,
        groups: plan.groups,
        pace: plan.pace,
        size: plan.size,
        joining: plan.joining,
        joined_in: gathered.took,
        busy_joining: gathered.busy,
        arrivals: gathered.arrivals,
        left_in: left.map(|(_, took)| took),
        departures: left.map(|(moves, _)| moves),
        server: ServerFigures {
            pid,
            processors: pid.and_then(process::processors),
            cpu: used.server,
            cpu_joining: joining.server,
            cpu_leaving: left.and(leaving.server),
            memory_per_conn: memory_per_conn(memory_before, memory_after, plan.groups.bots),
            memory: memory_after,
        },
        tester_cpu: used.tester.map(|used| used.saturating_sub(measured.idle)),
        took: used.time,
        cpus: plan.cpus,
        measured,
        trouble,
        ended: None,
    })
}

/// What each conn has added; unknown where memory shrank or hardly grew: then the server has used memory
/// again that it had.
fn memory_per_conn(before: Option<u64>, after: Option<u64>, conns: usize) -> Option<u64> {
    let each = after?.checked_sub(before?)? / conns as u64;
    (each >= LEAST_MEMORY).then_some(each)
}

/// Who is to come in, and how.
fn invitation(plan: &Plan, protocol: Protocol, target: SocketAddr) -> Invitation {
    Invitation {
        target,
        protocol,
        groups: plan.groups,
        joining: plan.joining,
        connect_rate: plan.connect_rate,
        patience: plan.patience,
    }
}

/// Gets the troublemakers in, when the plan has any.
fn troublemakers(
    plan: &Plan,
    protocol: Protocol,
    target: SocketAddr,
) -> Result<Option<trouble::Running>, String> {
    if plan.trouble.is_empty() {
        return Ok(None);
    }
    trouble::start(trouble::Plan {
        target,
        protocol,
        place: Place::Lobby,
        size: plan.size,
        kinds: plan.trouble.clone(),
        seed: plan.seed,
        patience: plan.patience,
    })
    .map(Some)
}

/// What the measured phase is to be.
fn task(plan: &Plan, protocol: Protocol, server: Option<u32>) -> Task {
    let task = Task {
        protocol,
        groups: plan.groups,
        pace: plan.pace,
        size: plan.size,
        start: Duration::ZERO,
        length: plan.length,
        patience: plan.patience,
        threads: plan.threads,
        rest: Rest::of(plan.cpus, plan.threads + usize::from(plan.has_trouble())),
        server,
    };
    match plan.scenario {
        // One line when the time is over shows that all are alive: of a line a second, the first
        // microsecond has one.
        Scenario::Idle => Task {
            pace: Pace::Rate(1.0),
            start: plan.length,
            length: Duration::from_micros(1),
            ..task
        },
        _ => task,
    }
}

/// What was used of processors and time: by now, or since then.
#[derive(Clone, Copy)]
struct Used {
    server: Option<Duration>,
    tester: Option<Duration>,
    time: Duration,
}

/// Reads what is used.
struct Meter {
    pid: Option<u32>,
    started: Instant,
}

impl Meter {
    fn read(&self) -> Used {
        Used {
            server: self.pid.and_then(process::cpu_time),
            tester: process::own_cpu_time(),
            time: self.started.elapsed(),
        }
    }

    fn since(&self, before: Used) -> Used {
        let now = self.read();
        let used = |now: Option<Duration>, before| Some(now?.saturating_sub(before?));
        Used {
            server: used(now.server, before.server),
            tester: used(now.tester, before.tester),
            time: now.time - before.time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_did_not_grow_says_nothing_of_a_conn() {
        let memory = |before, after| memory_per_conn(before, after, 2);
        assert_eq!(memory(Some(4096), Some(4096 + 500)), Some(250));
        // A warm server: nothing, or a page or two for all of them.
        assert_eq!(memory(Some(4096), Some(4096)), None);
        assert_eq!(memory(Some(4096), Some(4096 + 100)), None);
        assert_eq!(memory(Some(4096), Some(100)), None);
        assert_eq!(memory(None, Some(4096)), None);
    }
}
