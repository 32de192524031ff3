//! The server as a process: started on a free port, with its two outputs read and its keyboard
//! typed on, and never left behind.
//!
//! Nothing here waits for time, only for lines; `PATIENCE` turns an endless wait into a failure.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};

/// Long enough for any machine; a passing test never waits this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_papo-server");

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// Its directory, removed with it.
    state: PathBuf,
    keyboard: Option<ChildStdin>,
    /// Its listeners, in the order of its options.
    pub(crate) places: Vec<SocketAddr>,
    /// Its standard output.
    pub(crate) screen: Output,
    /// Its log.
    pub(crate) log: Output,
}

impl Server {
    /// A server on loopback without a keyboard.
    pub(crate) fn start(options: &str) -> Server {
        Server::launch(command(options), 1)
    }

    /// The same with a pipe as keyboard.
    pub(crate) fn with_keyboard(options: &str) -> Server {
        let mut command = command(options);
        command.stdin(Stdio::piped());
        Server::launch(command, 1)
    }

    /// Starts it, and waits until it says that it listens at so many places.
    pub(crate) fn launch(mut command: Command, places: usize) -> Server {
        let state = own_directory();
        // The default directory of its accounts.
        if command.get_envs().all(|(name, _)| name != "XDG_STATE_HOME") {
            command.env("XDG_STATE_HOME", &state);
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut server = Server {
            state,
            keyboard: child.stdin.take(),
            screen: Output::of(child.stdout.take()),
            log: Output::of(child.stderr.take()),
            child,
            places: Vec::new(),
        };
        for _ in 0..places {
            let line = server.screen.next();
            let line = line.unwrap_or_else(|| panic!("it ended at once"));
            let place = line.strip_prefix("papo-server: listening on ");
            let place = place.and_then(|place| place.parse().ok());
            server
                .places
                .push(place.unwrap_or_else(|| panic!("no announcement: {line:?}")));
        }
        server
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.places[0]
    }

    /// Types a line at the console.
    pub(crate) fn types(&mut self, line: &str) {
        let keyboard = self.keyboard.as_mut().expect("started with a keyboard");
        writeln!(keyboard, "{line}").expect("the keyboard takes it");
    }

    /// Ends the console's input.
    pub(crate) fn types_no_more(&mut self) {
        self.keyboard = None;
    }

    /// Its process number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).expect("it runs");
    }

    /// Checks its exit code.
    #[track_caller]
    pub(crate) fn expect_exit(&mut self, code: i32) {
        assert_eq!(end_of(&mut self.child).code(), Some(code));
    }

    /// Its processor time so far.
    pub(crate) fn processor_time(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = std::fs::read_to_string(path).expect("it runs");
        // The second field is the name in brackets; user and system time are the 14th and 15th.
        let (_, fields) = stat.rsplit_once(") ").expect("as in proc(5)");
        let ticks: u64 = fields
            .split(' ')
            .skip(11)
            .take(2)
            .map(|field| field.parse::<u64>().expect("a number"))
            .sum();
        // A tick is 10 ms on every Linux that Rust runs on.
        Duration::from_millis(10 * ticks)
    }

    /// Its memory in bytes.
    pub(crate) fn memory(&self) -> usize {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib: usize = kib.and_then(|kib| kib.parse().ok()).expect("as in proc(5)");
        kib * 1024
    }

    /// Checks that it is idle during this: little of the time is processor time. A spinning loop
    /// uses all of it.
    #[track_caller]
    pub(crate) fn expect_idle(&self, during: impl FnOnce()) {
        let (began, used) = (Instant::now(), self.processor_time());
        during();
        let (took, used) = (began.elapsed(), self.processor_time() - used);
        assert!(
            used * 4 < took,
            "{used:?} of processor time in {took:?}: it spins"
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.state);
        if std::thread::panicking() {
            for line in self.log.rest() {
                eprintln!("the server's log: {line}");
            }
        }
    }
}

/// The command to start it on loopback with these options and no keyboard.
pub(crate) fn command(options: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["--listen", "127.0.0.1:0", "--user", &our_name()]);
    command.args(options.split_whitespace());
    command.stdin(Stdio::null());
    command
}

/// A directory of its own for each server, since only one can use it.
pub(crate) fn own_directory() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("papo-state-{}-{number}", std::process::id()))
}

/// The user of these tests. A server started by root must stay root to write where the tests want
/// it.
pub(crate) fn our_name() -> String {
    let ours = User::from_uid(geteuid()).expect("users can be asked for");
    ours.expect("we are a user").name
}

/// The exit of a process that should end by itself; it is killed if it does not.
pub(crate) fn end_of(child: &mut Child) -> ExitStatus {
    let until = Instant::now() + PATIENCE;
    loop {
        match child.try_wait().expect("it is our child") {
            Some(status) => return status,
            None if Instant::now() > until => {
                let _ = child.kill();
                let _ = child.wait();
                panic!("it does not end");
            }
            // There is no line to wait for; the length of this pause decides nothing.
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// Lines of a process, read by a thread so that the process never blocks.
pub(crate) struct Output {
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Output {
    pub(crate) fn of(pipe: Option<impl Read + Send + 'static>) -> Output {
        let mut pipe = BufReader::new(pipe.expect("it was piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                let text = String::from_utf8_lossy(&line);
                // A telnet with a pipe as output keeps the CR LF meant for a terminal.
                let text = text.trim_end_matches(['\n', '\r']);
                if sender.send(text.to_owned()).is_err() {
                    return;
                }
                line.clear();
            }
        });
        Output {
            lines,
            seen: Vec::new(),
        }
    }

    /// The next line; none at the end.
    pub(crate) fn next(&mut self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                self.seen.push(line.clone());
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("no line comes; so far: {:#?}", self.seen),
        }
    }

    /// The next line that contains this.
    #[track_caller]
    pub(crate) fn find(&mut self, part: &str) -> String {
        loop {
            match self.next() {
                Some(line) if line.contains(part) => return line,
                Some(_) => {}
                None => panic!("{part:?} never came; it ended with {:#?}", self.seen),
            }
        }
    }

    /// The next line is this one.
    #[track_caller]
    pub(crate) fn expect(&mut self, line: &str) {
        assert_eq!(self.next().as_deref(), Some(line), "after {:#?}", self.seen);
    }

    /// All lines up to the end.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        while self.next().is_some() {}
        std::mem::take(&mut self.seen)
    }
}
