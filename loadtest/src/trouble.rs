//! Troublemakers: conns that read too slowly or not at all, send garbage, or keep coming and going,
//! beside a crowd that is measured. They run in a thread and with a poller of their own.
//!
//! They say no numbered line, so nobody who is measured is owed anything of theirs. In the room are a
//! watcher, who hears everything and says nothing, and a caller, who says two roll calls: between
//! them all accounts are kept. Makers of garbage either are in rooms of their own, two by two, or
//! never get a name; so what they send never reaches the room that is measured. Numbers from `FIRST`
//! on are theirs, hence names like bot100002.

mod beat;
mod churn;
pub(crate) mod conn;
mod crew;
mod garbage;
pub(crate) mod hearing;
mod judge;
mod vandals;

use crate::protocol::{Place, Protocol, Who};
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The first number of a troublemaker. Nine letters make `bot100000`, as long as a name on IRC may
/// be; `net` gives each ten thousand numbers a source address of their own.
pub(crate) const FIRST: usize = 100_000;
/// Who comes more than once has a new number each time, from here on: the server may not yet have
/// noticed that the last conn is gone, and a port rests for a minute. After `LAST` they begin anew.
pub(crate) const FRESH: usize = 200_000;
/// The largest number that nine letters have place for.
const LAST: usize = 999_999;
/// The most troublemakers of a kind, so that their numbers stay below `FRESH`.
pub(crate) const MOST: usize = 20_000;

/// A kind of troublemaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Reads so many bytes a second, and when all is over the rest.
    Slow { rate: usize },
    /// Reads nothing until all is over, and then everything.
    Stopped,
    /// Sends what nobody should: all of them together so many pieces a second.
    Garbage { rate: u32 },
    /// Comes, stays for some lines and leaves: all of them together so many times a second.
    Churn { rate: u32 },
}

/// Who comes along, and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) target: SocketAddr,
    pub(crate) protocol: Protocol,
    /// The room in which the measured ones talk.
    pub(crate) place: Place,
    /// Bytes of text in a line of theirs.
    pub(crate) size: usize,
    /// Kinds and how many there are of each; no kind twice.
    pub(crate) kinds: Vec<(Trouble, usize)>,
    pub(crate) seed: u64,
    /// How long nothing may happen before we give up.
    pub(crate) patience: Duration,
}

/// Troublemakers who are in.
pub(crate) struct Running {
    /// Gone when they have to end.
    stop: Sender<()>,
    thread: JoinHandle<Outcome>,
}

/// What came of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    /// A sentence for each; none when all is well.
    pub(crate) faults: Vec<String>,
    /// What was done, by name.
    pub(crate) figures: Vec<(&'static str, u64)>,
}

/// Why such a server cannot be troubled so, if it cannot.
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

/// Gets all of them in. The server must be one that `check` allows. The crowd must be in before, and must hear over a second roll call.
pub(crate) fn start(plan: Plan) -> Result<Running, String> {
    let (stop, stopped) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    let thread = thread::Builder::new()
        .name("trouble".into())
        .spawn(move || run(plan, &tell, &stopped))
        .map_err(|error| format!("cannot start the thread of the troublemakers: {error}"))?;
    let ended = |_| Err("the troublemakers did not come in".into());
    told.recv().unwrap_or_else(ended)?;
    Ok(Running { stop, thread })
}

impl Running {
    /// Ends them: what they are still owed is read, and everything is checked. The crowd must still
    /// be there, as the watcher counts who leaves.
    pub(crate) fn stop(self) -> Outcome {
        drop(self.stop);
        let panicked = |_| Outcome {
            faults: vec!["the thread of the troublemakers ended in a panic".into()],
            figures: Vec::new(),
        };
        self.thread.join().unwrap_or_else(panicked)
    }
}

/// The thread. Who started it learns of a failure to come in at once, and of a later one as a fault.
fn run(plan: Plan, tell: &Sender<Result<(), String>>, stopped: &Receiver<()>) -> Outcome {
    let crew = crew::Crew::new(plan).and_then(|mut crew| crew.gather().map(|()| crew));
    // Nobody listens any more when the run has failed meanwhile: `stopped` tells that as well.
    match crew {
        Err(failure) => {
            let _ = tell.send(Err(failure));
            Outcome::default()
        }
        Ok(crew) => {
            let _ = tell.send(Ok(()));
            crew.work(stopped)
        }
    }
}

/// Whether these last words of the server say why it closes a conn.
fn is_farewell(protocol: Protocol, words: &str) -> bool {
    match protocol {
        Protocol::Papo => words.starts_with("* bye") || words.starts_with("* até logo"),
        Protocol::Irc => words.starts_with("ERROR"),
        Protocol::Redis | Protocol::Nats | Protocol::Mqtt | Protocol::Raw => false,
    }
}

/// The fresh number after this one.
pub(crate) fn after(number: usize) -> usize {
    match number < LAST {
        true => number + 1,
        false => FRESH,
    }
}
