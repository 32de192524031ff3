//! Troublemakers: conns that read too slowly or not at all, send garbage, or join and leave all the time,
//! beside the bots that are measured. They have their own thread and poller.
//!
//! They send no numbered line, so the measured bots need no line of theirs. In the room are a watcher,
//! which receives everything and sends nothing, and a caller, which sends two roll calls: everything
//! between these is checked. Garbage senders are either in rooms of their own, two by two, or never get a
//! name, so their garbage never reaches the measured room. Their numbers begin at `FIRST`, hence names like
//! bot100002.

mod checks;
mod churn;
pub(crate) mod conn;
mod garbage;
mod garbage_senders;
pub(crate) mod listener;
mod ticker;
mod troublemakers;

use crate::protocol::{Place, Protocol, Who};
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The first number of a troublemaker. `bot100000` has nine letters, the most of a name on IRC; `net` gives
/// each ten thousand numbers their own source address.
pub(crate) const FIRST: usize = 100_000;
/// Troublemakers that connect again get a new number each time, from this one on: the server may not have
/// noticed that the last conn is closed, and its port is blocked for a minute. After `LAST` the numbers
/// begin again.
pub(crate) const FIRST_RECONNECT: usize = 200_000;
/// The largest number that fits into nine letters.
const LAST: usize = 999_999;
/// Most troublemakers of a kind, so that their numbers stay below `FIRST_RECONNECT`.
pub(crate) const MAX_PER_KIND: usize = 20_000;

/// A kind of troublemaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Reads so many bytes a second, and in the end the rest.
    Slow { rate: usize },
    /// Reads nothing until the end, and then everything.
    Stopped,
    /// Sends garbage: all of them together so many pieces a second.
    Garbage { rate: u32 },
    /// Joins and leaves: all of them together so many times a second.
    Churn { rate: u32 },
}

/// Which troublemakers there are, and where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) target: SocketAddr,
    pub(crate) protocol: Protocol,
    /// The room of the measured bots.
    pub(crate) place: Place,
    /// Bytes of text in a line of the measured bots.
    pub(crate) size: usize,
    /// The kinds with their numbers; no kind twice.
    pub(crate) kinds: Vec<(Trouble, usize)>,
    pub(crate) seed: u64,
    /// How long nothing may happen before this gives up.
    pub(crate) patience: Duration,
}

/// Troublemakers that have joined.
pub(crate) struct Running {
    /// Dropped to make them end.
    stop: Sender<()>,
    thread: JoinHandle<Outcome>,
}

/// The results of the troublemakers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    /// A sentence for each fault.
    pub(crate) faults: Vec<String>,
    /// Counts by name.
    pub(crate) figures: Vec<(&'static str, u64)>,
}

/// Why these troublemakers are impossible with this protocol, if they are.
pub(crate) fn check(kinds: &[(Trouble, usize)], protocol: Protocol) -> Result<(), String> {
    let anybody = Who {
        bot: FIRST,
        place: Place::Lobby,
    };
    let (by_name, name) = (protocol.hello(anybody, &mut Vec::new()), protocol.name());
    let garbage = |(trouble, _): &(Trouble, usize)| matches!(trouble, Trouble::Garbage { .. });
    match kinds {
        [_, ..] if !by_name => Err(format!(
            "troublemakers need a server that lets them in by name, not {name}"
        )),
        kinds if protocol != Protocol::Papo && kinds.iter().any(garbage) => {
            Err(format!("garbage is made for papo, not for {name}"))
        }
        _ => Ok(()),
    }
}

/// Let all of them join. `check` must allow the server. The bots must have joined before, and ignore a
/// second roll call.
pub(crate) fn start(plan: Plan) -> Result<Running, String> {
    let (stop, stopped) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    let thread = thread::Builder::new()
        .name("trouble".into())
        .spawn(move || run(plan, &tell, &stopped))
        .map_err(|error| format!("cannot start the thread of the troublemakers: {error}"))?;
    let ended = |_| Err("the troublemakers did not join".into());
    told.recv().unwrap_or_else(ended)?;
    Ok(Running { stop, thread })
}

impl Running {
    /// End them: the rest is read, and everything is checked. The bots must still be there, because the
    /// watcher counts leaves.
    pub(crate) fn stop(self) -> Outcome {
        drop(self.stop);
        let panicked = |_| Outcome {
            faults: vec!["the thread of the troublemakers ended in a panic".into()],
            figures: Vec::new(),
        };
        self.thread.join().unwrap_or_else(panicked)
    }
}

/// The thread. A failure to join is reported at once, a later one as a fault.
fn run(plan: Plan, tell: &Sender<Result<(), String>>, stopped: &Receiver<()>) -> Outcome {
    let troublemakers = troublemakers::Troublemakers::new(plan)
        .and_then(|mut troublemakers| troublemakers.join().map(|()| troublemakers));
    // When the run has failed meanwhile, nobody receives this: `stopped` tells it too.
    match troublemakers {
        Err(failure) => {
            let _ = tell.send(Err(failure));
            Outcome::default()
        }
        Ok(troublemakers) => {
            let _ = tell.send(Ok(()));
            troublemakers.work(stopped)
        }
    }
}

/// Whether this last message of the server says why it closes a conn.
fn is_farewell(protocol: Protocol, words: &str) -> bool {
    match protocol {
        Protocol::Papo => words.starts_with("* bye") || words.starts_with("* até logo"),
        Protocol::Irc => words.starts_with("ERROR"),
        Protocol::Ws => words.starts_with("{\"type\":\"bye\""),
        Protocol::Redis | Protocol::Nats | Protocol::Mqtt => false,
        Protocol::NatsWs | Protocol::MqttWs => false,
        Protocol::Raw | Protocol::WsRaw => false,
    }
}

/// The number for the next reconnect after this one.
pub(crate) fn next_number(number: usize) -> usize {
    match number < LAST {
        true => number + 1,
        false => FIRST_RECONNECT,
    }
}
