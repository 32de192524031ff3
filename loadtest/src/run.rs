//! One run from end to end: the server is started or found, the bots come in, the phase is measured,
//! the bots leave, the server is stopped; and several runs for a comparison.
//!
//! It holds no measuring code of its own: it only takes readings before and after.

use crate::child::{self, Child};
use crate::crowd::{self, Invitation};
use crate::leave;
use crate::measure::{self, Task};
use crate::options::{Plan, Server};
use crate::process;
use crate::progress::Progress;
use crate::protocol::Protocol;
use crate::report::{Figures, ServerFigures};
use crate::scenario::Scenario;
use crate::schedule::Pace;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Runs of each server in a comparison, taken in turn, so that a disturbance of the machine meets
/// both.
const ROUNDS: usize = 2;

/// Does what the plan says: one run, or several to be compared.
pub(crate) fn run(plan: &Plan) -> Result<Vec<Figures>, String> {
    let progress = Progress::new();
    let figures = match &plan.server {
        Server::Target(address) => {
            child::pin_bots(plan.cpus)?;
            target(plan, *address, &progress).map(|figures| vec![figures])
        }
        Server::Spawn(program) => spawn(plan, *program, &progress).map(|figures| vec![figures]),
        Server::Compare(programs) => (0..ROUNDS)
            .flat_map(|_| programs)
            .map(|program| spawn(plan, *program, &progress))
            .collect(),
    };
    progress.end();
    figures
}

/// A run against a server that is there already.
fn target(plan: &Plan, address: SocketAddr, progress: &Progress) -> Result<Figures, String> {
    let pid = process::listener(address);
    measured(plan, plan.protocol, "server", address, pid, progress)
}

/// A run against a server of our own.
fn spawn(plan: &Plan, program: child::Program, progress: &Progress) -> Result<Figures, String> {
    let child: Child = program.spawn(plan.cpus, plan.groups.count() > 1)?;
    let protocol = match program {
        child::Program::PapoServer => plan.protocol,
        child::Program::Reference => Protocol::Raw,
    };
    let pid = Some(child.pid());
    let figures = measured(plan, protocol, program.name(), child.address, pid, progress);
    match (figures, child.stop()) {
        (Ok(figures), Ok(ended)) => Ok(Figures {
            ended: Some(ended),
            ..figures
        }),
        (Ok(_), Err(failure)) => Err(failure),
        // Why the server ended explains more than what the bots saw of it.
        (Err(failure), Err(cause)) => Err(format!("{failure}; {cause}")),
        (Err(failure), Ok(_)) => Err(failure),
    }
}

fn measured(
    plan: &Plan,
    protocol: Protocol,
    name: &'static str,
    target: SocketAddr,
    pid: Option<u32>,
    progress: &Progress,
) -> Result<Figures, String> {
    let invitation = Invitation {
        target,
        protocol,
        groups: plan.groups,
        joining: plan.joining,
        connect_rate: plan.connect_rate,
        patience: plan.patience,
    };
    let memory = || pid.and_then(process::memory);
    let meter = Meter {
        pid,
        started: Instant::now(),
    };
    let (memory_before, before) = (memory(), meter.read());
    let gathered = crowd::gather(invitation, progress)?;
    let joining = meter.since(before);
    let memory_after = memory();

    let before = meter.read();
    let task = task(plan, protocol, pid);
    let (measured, bots) = measure::measure(task, gathered.bots, progress)?;
    let used = meter.since(before);

    let before = meter.read();
    // Where a conn is gone already, nothing more is learnt from those that remain.
    let counted = crowd::counts_moves(protocol, &plan.groups) && measured.closed == 0;
    let left = counted
        .then(|| leave::leave(protocol, bots, plan.patience, progress))
        .transpose()?;
    let leaving = meter.since(before);

    let conns = plan.groups.bots as u64;
    Ok(Figures {
        name,
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
        tester_cpu: used.tester,
        took: used.time,
        cpus: plan.cpus,
        measured,
        ended: None,
    })
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
