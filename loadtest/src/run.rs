//! One run from end to end: the server is started or found, the bots come in, the phase is measured,
//! the bots leave, the server is stopped.
//!
//! It holds no measuring code of its own: it only takes readings before and after.

use crate::child::{self, Child};
use crate::crowd::{self, Invitation};
use crate::figures::{Figures, ServerFigures};
use crate::leave;
use crate::measure::{self, Task};
use crate::options::{Contender, Plan, Server};
use crate::process;
use crate::progress::Progress;
use crate::protocol::{Place, Protocol};
use crate::scenario::Scenario;
use crate::schedule::Pace;
use crate::storm;
use crate::trouble;
use crate::watch::Rest;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

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
    let left = match alone && crowd::counts_moves(protocol, &plan.groups) {
        true => Some(leave::leave(protocol, bots, plan.patience, progress)?),
        false => None,
    };
    let leaving = meter.since(before);

    let conns = plan.groups.bots as u64;
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
        arrivals: gathered.arrivals,
        left_in: left.map(|(_, took)| took),
        departures: left.map(|(moves, _)| moves),
        server: ServerFigures {
            pid,
            cpu: used.server,
            cpu_joining: joining.server,
            cpu_leaving: left.and(leaving.server),
            memory_per_conn: memory_after
                .zip(memory_before)
                .map(|(after, before)| after.saturating_sub(before) / conns),
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
        rest: Rest::of(plan.cpus, plan.threads),
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
