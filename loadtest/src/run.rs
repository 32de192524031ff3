//! One run from end to end: the server is started or found, the bots come in, the phase is measured,
//! the server is stopped.
//!
//! It holds no measuring code of its own: it only takes readings before and after.

use crate::child::{self, Child};
use crate::crowd::{self, Invitation};
use crate::figures::{Figures, ServerFigures};
use crate::measure::{self, Task};
use crate::options::{Contender, Plan, Server};
use crate::process;
use crate::progress::Progress;
use crate::scenario::Scenario;
use std::net::SocketAddr;
use std::time::Instant;

/// A run against one of the servers, with the bots and at the pace of the plan.
pub(crate) fn run(
    plan: &Plan,
    contender: &Contender,
    progress: &Progress,
) -> Result<Figures, String> {
    match contender.server {
        Server::Target(address) => {
            child::pin(plan.cpus.bots)?;
            let pid = process::listener(address);
            measured(plan, contender, address, pid, progress)
        }
        Server::Spawn(program) => spawn(plan, contender, program, progress),
    }
}

/// A run against a server of our own.
fn spawn(
    plan: &Plan,
    contender: &Contender,
    program: child::Program,
    progress: &Progress,
) -> Result<Figures, String> {
    let child: Child = program.spawn(plan.cpus)?;
    let pid = Some(child.pid());
    let figures = measured(plan, contender, child.address, pid, progress);
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
    contender: &Contender,
    target: SocketAddr,
    pid: Option<u32>,
    progress: &Progress,
) -> Result<Figures, String> {
    let protocol = contender.protocol;
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
        server: pid,
    };
    let memory = || pid.and_then(process::memory);
    let memory_before = memory();
    let (crowd, joined_in) = crowd::gather(invitation, progress)?;
    let memory_after = memory();

    let server_cpu = || pid.and_then(process::cpu_time);
    let own_cpu = || process::cpu_time(std::process::id());
    let (server_before, own_before, started) = (server_cpu(), own_cpu(), Instant::now());
    let measured = measure::measure(task, crowd, progress)?;
    let (server_after, own_after, took) = (server_cpu(), own_cpu(), started.elapsed());

    Ok(Figures {
        name: contender.name.clone(),
        target,
        protocol,
        scenario: Scenario::Fanout,
        bots: plan.bots,
        room_size: plan.bots,
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
        ended: None,
    })
}
