//! The server as a child process: start it, learn where it listens, stop and reap it. And which processors
//! the server and the bots use.
//!
//! However a run ends, dropping the child kills and reaps it; when a signal ends loadtest itself,
//! `signals` kills it. The first line that the child prints says where it listens:
//! `NAME: listening on ADDR:PORT`.

use crate::bots::join::TICK;
use crate::bots::line::printable;
use crate::bots::poller::{Batch, Poller};
use crate::signals;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::Read;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// How long a child may take to say where it listens, and to end after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is checked whether a child has ended.
const POLL_EVERY: Duration = Duration::from_millis(5);

/// Programs that can be started as the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// `papo-server`, in the directory of this program.
    PapoServer,
    /// The same with `--keep off`: what is said is not written to disk.
    Unkept,
    /// The same with `--tls self`: the bots' lines are encrypted.
    Secure,
    /// This program, as `loadtest reference`.
    Reference,
}

/// A running server.
pub(crate) struct Child {
    process: process::Child,
    /// Its data directory: the usual one may belong to a server that is already running.
    data: PathBuf,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// The processors of the server and of the bots; `None` leaves the choice to the kernel. Bots without a
/// given processor do not use that of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cpus {
    pub(crate) server: Option<usize>,
    pub(crate) bots: Option<usize>,
}

/// The processors that this process was allowed to use when it started.
static ALLOWED: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let Ok(allowed) = sched_getaffinity(Pid::from_raw(0)) else {
        return Vec::new();
    };
    (0..CpuSet::count())
        .filter(|&cpu| allowed.is_set(cpu).unwrap_or(false))
        .collect()
});

impl Cpus {
    /// These processors; one that is not given is chosen so that server and bots are apart, if this process
    /// may use two.
    pub(crate) fn apart(self) -> Self {
        self.apart_among(&ALLOWED)
    }

    fn apart_among(self, allowed: &[usize]) -> Self {
        let other_than = |taken, usual, instead| match taken == Some(usual) {
            true => instead,
            false => usual,
        };
        let server = self.server.or(match *allowed {
            [first, second, ..] => Some(other_than(self.bots, second, first)),
            _ => None,
        });
        let bots = self.bots.or(match *allowed {
            [first, second] => Some(other_than(server, first, second)),
            _ => None,
        });
        Self { server, bots }
    }
}

/// The number of processors that the bots may use.
pub(crate) fn processors_of_bots(cpus: Cpus) -> usize {
    match cpus.bots {
        Some(_) => 1,
        None => bots_cpus(cpus).count(),
    }
}

fn bots_cpus(cpus: Cpus) -> impl Iterator<Item = usize> {
    let allowed = ALLOWED.iter().copied();
    allowed.filter(move |&cpu| match cpus.bots {
        Some(bots) => cpu == bots,
        None => Some(cpu) != cpus.server,
    })
}

/// Move this process to the processors of the bots. It has only one busy thread at this time.
pub(crate) fn pin_bots(cpus: Cpus) -> Result<(), String> {
    match (cpus.bots, cpus.server) {
        (None, None) => Ok(()),
        // As requested: the kernel refuses it if it is not allowed.
        (Some(bots), _) => pin([bots].into_iter()),
        (None, Some(_)) => pin(bots_cpus(cpus)),
    }
}

/// Move this thread. Children and threads that it starts inherit this.
fn pin(cpus: impl Iterator<Item = usize>) -> Result<(), String> {
    let cpus: Vec<usize> = cpus.collect();
    let mut set = CpuSet::new();
    let set_all = cpus.iter().try_for_each(|&cpu| set.set(cpu));
    set_all
        .and_then(|()| sched_setaffinity(Pid::from_raw(0), &set))
        .map_err(|error| format!("cannot run on processor {cpus:?}: {error}"))
}

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PapoServer => "papo-server",
            Self::Unkept => "papo-server --keep off",
            Self::Secure => "papo-server over TLS",
            Self::Reference => "loadtest reference",
        }
    }

    fn command(self, groups: bool, data: &Path) -> Result<Command, String> {
        let own = std::env::current_exe()
            .map_err(|error| format!("cannot find the file of this program: {error}"))?;
        let (path, arguments) = match self {
            Self::Reference if groups => (own, "reference --pairs --listen 127.0.0.1:0"),
            Self::Reference => (own, "reference --listen 127.0.0.1:0"),
            Self::PapoServer | Self::Unkept | Self::Secure => (
                own.with_file_name("papo-server"),
                "--listen 127.0.0.1:0 --rate 0 --max-conns 0 --per-address 0 --backlog 0 --log error",
            ),
        };
        if !path.exists() {
            return Err(format!(
                "there is no {}; build it with the same profile first: cargo build --release --workspace",
                path.display()
            ));
        }
        let mut command = Command::new(path);
        command.args(arguments.split(' '));
        if self != Self::Reference {
            command.arg("--data").arg(data);
        }
        if self == Self::Unkept {
            command.args(["--keep", "off"]);
        }
        if self == Self::Secure {
            command.args(["--tls", "self"]);
        }
        Ok(command)
    }

    /// Starts it on its processor and moves this process to the bots'. `groups` is whether bots name
    /// their groups.
    pub(crate) fn spawn(self, cpus: Cpus, groups: bool) -> Result<Child, String> {
        let name = self.name();
        let data = format!("papo-loadtest-{}", process::id());
        let data = std::env::temp_dir().join(data);
        let mut command = self.command(groups, &data)?;
        let guard = signals::guard();
        // The child inherits the processor of its parent, from its first instruction on and for all
        // its threads; pinning it later would miss threads that it had already started.
        if let Some(server) = cpus.server {
            pin([server].into_iter())?;
        }
        let spawned = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // A ^C at the terminal is for loadtest alone, which still needs its server then.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("cannot start {name}: {error}"));
        pin_bots(cpus)?;
        // From here on the child is reaped whatever happens.
        let process = spawned?;
        guard.watch(process.id());
        let mut child = Child {
            process,
            data,
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
        };
        let line = child.first_line(name)?;
        child.address = listening_address(&line).ok_or(format!(
            "{name} began with '{line}', not with where it listens"
        ))?;
        Ok(child)
    }
}

impl Child {
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Tell it to end, wait, and return how it ended.
    pub(crate) fn stop(mut self) -> Result<String, String> {
        let error = |error: std::io::Error| format!("cannot wait for the server: {error}");
        if let Some(status) = self.process.try_wait().map_err(error)? {
            return Err(format!("the server ended before it was told to: {status}"));
        }
        let pid = Pid::from_raw(self.process.id() as i32);
        kill(pid, Signal::SIGTERM).map_err(|errno| error(errno.into()))?;
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(status) = self.process.try_wait().map_err(error)? {
                return Ok(status.to_string());
            }
            std::thread::sleep(POLL_EVERY);
        }
        Err(format!(
            "the server was still there {} s after SIGTERM",
            PATIENCE.as_secs()
        ))
    }

    /// The first line of its standard output. The pipe stays open and unread after it.
    fn first_line(&mut self, name: &str) -> Result<String, String> {
        let stdout = self.process.stdout.as_mut().expect("stdout is piped");
        let poller = Poller::new().map_err(|error| error.to_string())?;
        poller
            .add_reader(stdout, 0)
            .map_err(|error| error.to_string())?;
        let mut batch = Batch::new();
        let mut line = Vec::new();
        let started = Instant::now();
        while let Some(rest) = PATIENCE.checked_sub(started.elapsed()) {
            poller
                .wait(&mut batch, Some(rest.min(TICK)))
                .map_err(|error| error.to_string())?;
            signals::fail_if_caught()?;
            if batch.iter().next().is_none() {
                continue;
            }
            // One byte at a time, so nothing of the second line is taken.
            let mut byte = [0];
            match stdout.read(&mut byte) {
                Ok(1) if byte[0] == b'\n' => return Ok(printable(&line)),
                Ok(1) => line.push(byte[0]),
                _ => {
                    let ended = self.process.wait().map_err(|error| error.to_string())?;
                    return Err(format!("{name} ended before it listened: {ended}"));
                }
            }
        }
        Err(format!(
            "{name} did not say within {} s where it listens",
            PATIENCE.as_secs()
        ))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            // Nothing can be done when these fail.
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
        let _ = std::fs::remove_dir_all(&self.data);
        signals::forget();
    }
}

/// The address in `NAME: listening on ADDR:PORT`.
fn listening_address(line: &str) -> Option<SocketAddr> {
    line.split_once(": listening on ")?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_and_bots_are_apart_whichever_of_them_is_placed() {
        let cpus = |server, bots| Cpus { server, bots };
        let apart = |server, bots, allowed: &[usize]| cpus(server, bots).apart_among(allowed);
        assert_eq!(apart(None, None, &[4, 7]), cpus(Some(7), Some(4)));
        assert_eq!(apart(None, Some(7), &[4, 7]), cpus(Some(4), Some(7)));
        assert_eq!(apart(Some(4), None, &[4, 7]), cpus(Some(4), Some(7)));
        assert_eq!(apart(None, None, &[4, 7, 9]), cpus(Some(7), None));
        assert_eq!(apart(None, Some(7), &[4, 7, 9]), cpus(Some(4), Some(7)));
        assert_eq!(apart(Some(3), Some(3), &[4, 7]), cpus(Some(3), Some(3)));
        assert_eq!(apart(None, None, &[4]), Cpus::default());
    }

    #[test]
    fn the_first_line_says_where_a_server_listens() {
        for (line, address) in [
            (
                "papo-server: listening on 127.0.0.1:4711",
                Some("127.0.0.1:4711"),
            ),
            (
                "loadtest reference: listening on [::1]:4711",
                Some("[::1]:4711"),
            ),
            ("papo-server 0.1.0", None),
            ("papo-server: listening on the wall", None),
        ] {
            assert_eq!(
                listening_address(line),
                address.map(|text| text.parse().unwrap())
            );
        }
    }
}
