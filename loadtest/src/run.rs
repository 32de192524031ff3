//! One run from end to end: the server is started or found, the bots join, the phase is measured, the bots
//! leave, the server is stopped.
//!
//! It has no measuring code of its own: it only takes readings before and after.

use crate::bots::join::{self, JoinPlan};
use crate::bots::leave;
use crate::child::{self, Child};
use crate::measure::process::{self, Reading};
use crate::measure::progress::Progress;
use crate::measure::schedule::Pace;
use crate::measure::waiter::IdleMode;
use crate::measure::{self, Task};
use crate::options::{Contender, Plan, Server};
use crate::protocol::{Place, Protocol};
use crate::report::figures::{Figures, ServerFigures};
use crate::scenario::Scenario;
use crate::signals;
use crate::storm;
use crate::trouble;
use std::net::SocketAddr;
use std::time::Duration;

/// No server needs fewer bytes for a conn: descriptor, state and the peer's address take as many.
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

/// Do something with a server, which is running already or is started for it. Also returns how a started
/// server ended.
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
        // Why the server ended explains more than the failure of the bots.
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
    let (memory_before, before) = (memory(), Reading::take(pid));
    let joined = join::join(join_plan(plan, contender, target), progress)?;
    let joining = Reading::take(pid).since(before);
    let memory_after = memory();

    let troublemakers = troublemakers(plan, protocol, target)?;
    let before = Reading::take(pid);
    let task = task(plan, protocol, pid);
    let (measured, bots) = measure::measure(task, joined.bots, progress)?;
    let used = Reading::take(pid).since(before);
    let trouble = troublemakers.map(trouble::Running::stop);

    let before = Reading::take(pid);
    // After a closed conn the leaves cannot be checked. And with troublemakers the first bot was told of
    // their leaves too.
    let alone = measured.closed == 0 && trouble.is_none();
    let asked = || signals::caught().is_some();
    let counted = alone && !asked() && leave::counts_moves(protocol, &plan.groups);
    let left = counted.then(|| leave::leave(protocol, plan.groups, bots, plan.patience, progress));
    // After a signal the result is incomplete.
    let left = left.transpose()?.filter(|_| !asked());
    let leaving = Reading::take(pid).since(before);

    Ok(Figures {
        name: contender.name.clone(),
        target,
        protocol,
        scenario: plan.scenario,
        groups: plan.groups,
        pace: plan.pace,
        size: plan.size,
        joining: plan.joining,
        joined_in: joined.took,
        busy_joining: joined.busy,
        arrivals: joined.arrivals,
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

/// The memory of each conn; unknown if memory shrank or hardly grew, because the server reused memory.
fn memory_per_conn(before: Option<u64>, after: Option<u64>, conns: usize) -> Option<u64> {
    let each = after?.checked_sub(before?)? / conns as u64;
    (each >= LEAST_MEMORY).then_some(each)
}

/// Which bots join, and how.
fn join_plan(plan: &Plan, contender: &Contender, target: SocketAddr) -> JoinPlan {
    JoinPlan {
        target,
        protocol: contender.protocol,
        tls: contender.tls,
        groups: plan.groups,
        joining: plan.joining,
        connect_rate: plan.connect_rate,
        patience: plan.patience,
    }
}

/// Let the troublemakers join, if the plan has any.
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

/// The task of the measured phase.
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
        idle_mode: IdleMode::of(plan.cpus, plan.threads + usize::from(plan.has_trouble())),
        server,
    };
    match plan.scenario {
        // One line at the end shows that all bots are still connected: at a line a second, the first
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_did_not_grow_says_nothing_of_a_conn() {
        let memory = |before, after| memory_per_conn(before, after, 2);
        assert_eq!(memory(Some(4096), Some(4096 + 500)), Some(250));
        // A warm server: no growth, or a page or two for all conns.
        assert_eq!(memory(Some(4096), Some(4096)), None);
        assert_eq!(memory(Some(4096), Some(4096 + 100)), None);
        assert_eq!(memory(Some(4096), Some(100)), None);
        assert_eq!(memory(None, Some(4096)), None);
    }
}
