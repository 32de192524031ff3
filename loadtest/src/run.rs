//! One run from end to end: the server is started or found, the bots come in, the phase is measured,
//! the server is stopped; and several runs for a comparison.
//!
//! It holds no measuring code of its own: it only takes readings before and after.

use crate::child::{self, Child};
use crate::crowd::{self, Invitation};
use crate::measure::{self, Task};
use crate::options::{Plan, Server};
use crate::process;
use crate::progress::Progress;
use crate::protocol::{Place, Protocol};
use crate::report::{Figures, ServerFigures};
use crate::storm;
use crate::trouble;
use std::net::SocketAddr;
use std::time::Instant;

/// Runs of each server in a comparison, taken in turn, so that a disturbance of the machine meets
/// both.
const ROUNDS: usize = 2;

/// Does what the plan says: one run, or several to be compared.
pub(crate) fn run(plan: &Plan) -> Result<Vec<Figures>, String> {
    let progress = Progress::new();
    let figures = match &plan.server {
        Server::Target(address) => {
            child::pin(plan.cpus.bots)?;
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

/// Storms a server, which is there or is started.
pub(crate) fn storm(plan: &Plan) -> Result<storm::Outcome, String> {
    let progress = Progress::new();
    let storm = |target, pid| {
        let asked = storm::Plan {
            target,
            protocol: plan.protocol,
            bots: plan.bots,
            length: plan.length,
            patience: plan.patience,
            pid,
        };
        storm::run(asked, &progress)
    };
    let outcome = match plan.server {
        Server::Target(address) => {
            child::pin(plan.cpus.bots)?;
            storm(address, process::listener(address))
        }
        Server::Spawn(program) | Server::Compare([program, _]) => {
            let child = program.spawn(plan.cpus)?;
            let outcome = storm(child.address, Some(child.pid()));
            match (outcome, child.stop()) {
                (Ok(_), Err(cause)) => Err(cause),
                (Err(failure), Err(cause)) => Err(format!("{failure}; {cause}")),
                (outcome, Ok(_)) => outcome,
            }
        }
    };
    progress.end();
    outcome
}

/// A run against a server that is there already.
fn target(plan: &Plan, address: SocketAddr, progress: &Progress) -> Result<Figures, String> {
    let pid = process::listener(address);
    measured(plan, plan.protocol, "server", address, pid, progress)
}

/// A run against a server of our own.
fn spawn(plan: &Plan, program: child::Program, progress: &Progress) -> Result<Figures, String> {
    let child: Child = program.spawn(plan.cpus)?;
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
        bots: plan.bots,
        joining: plan.joining,
        connect_rate: plan.connect_rate,
        patience: plan.patience,
    };
    let task = Task {
        protocol,
        senders: plan.senders,
        pace: plan.pace,
        size: plan.size,
        length: plan.length,
        patience: plan.patience,
    };
    let memory = || pid.and_then(process::memory);
    let memory_before = memory();
    let (crowd, joined_in) = crowd::gather(invitation, progress)?;
    let memory_after = memory();
    let troublemakers = troublemakers(plan, protocol, target)?;

    let server_cpu = || pid.and_then(process::cpu_time);
    let own_cpu = || process::cpu_time(std::process::id());
    let (server_before, own_before, started) = (server_cpu(), own_cpu(), Instant::now());
    let (measured, crowd) = measure::measure(task, crowd, progress)?;
    let (server_after, own_after, took) = (server_cpu(), own_cpu(), started.elapsed());
    let trouble = troublemakers.map(trouble::Running::stop);
    // The watcher counts who leaves: the bots may go now.
    drop(crowd);

    Ok(Figures {
        name,
        target,
        protocol,
        bots: plan.bots,
        senders: plan.senders,
        pace: plan.pace,
        size: plan.size,
        joining: plan.joining,
        joined_in,
        server: ServerFigures {
            pid,
            cpu: server_after
                .zip(server_before)
                .map(|(after, before)| after.saturating_sub(before)),
            memory_per_conn: memory_after
                .zip(memory_before)
                .map(|(after, before)| after.saturating_sub(before) / plan.bots as u64),
            memory: memory_after,
        },
        tester_cpu: own_after
            .zip(own_before)
            .map(|(after, before)| after.saturating_sub(before)),
        took,
        cpus: plan.cpus,
        measured,
        trouble,
        ended: None,
    })
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
