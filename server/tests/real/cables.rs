//! The cable of somebody who uses the real nc is cut while others talk. Whether their connection lives on or
//! they start nc again, their screens together have each line once, in order. Only what was cut off before
//! the acknowledgement of a line left the other host is told again: the test asks the kernels what that was.
//!
//! Here cuts are as short as they can be. `scripts/cables` cuts for 30 s, or `CUT` seconds, so that the
//! kernel asks rarely by then.

use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{PATIENCE, Server, command};
use crate::people::{Person, Talker, papo};
use crate::space::{Cut, Host, alone};

/// An nc on the other host, and all that it has printed.
struct Nc {
    child: Child,
    keyboard: ChildStdin,
    pieces: Receiver<Vec<u8>>,
    screen: Vec<u8>,
}

impl Nc {
    fn start(host: &Host, server: &Server) -> Nc {
        let mut command = host.command("nc");
        let port = server.places[1].port();
        command.args([Host::HERE.to_string(), port.to_string()]);
        Nc::spawn(command)
    }

    /// papo in its place, which prints what is said.
    fn papo(host: &Host, server: &Server, name: &str) -> Nc {
        let mut command = host.command(papo().to_str().expect("UTF-8"));
        command.env("XDG_CONFIG_HOME", "/nonexistent");
        let port = server.places[1].port();
        command.args([&Host::HERE.to_string(), &port.to_string(), "--name", name]);
        command.arg("--follow");
        Nc::spawn(command)
    }

    fn spawn(mut command: Command) -> Nc {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("util-linux is there");
        let mut output = child.stdout.take().expect("it was piped");
        let (sender, pieces) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut buffer) {
                if sender.send(buffer[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Nc {
            keyboard: child.stdin.take().expect("it was piped"),
            child,
            pieces,
            screen: Vec::new(),
        }
    }

    /// Started, and the name given.
    fn named(host: &Host, server: &Server, name: &str) -> Nc {
        let mut nc = Nc::start(host, server);
        nc.say(name);
        nc
    }

    fn say(&mut self, line: &str) {
        writeln!(self.keyboard, "{line}").expect("it reads");
    }

    /// Waits until it has printed this.
    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        while !String::from_utf8_lossy(&self.screen).contains(text) {
            match self.pieces.recv_timeout(PATIENCE) {
                Ok(piece) => self.screen.extend(piece),
                Err(error) => panic!("{text:?} never came, {error}: {}", self.text()),
            }
        }
    }

    /// Waits until it has printed all that has reached its host, and waits for more.
    fn rests(&self) {
        let stat = format!("/proc/{}/stat", self.child.id());
        wait_until(|| {
            let sleeps = std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") S "));
            queues(self.child.id(), Host::HERE) == Some((0, 0)) && sleeps
        });
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.screen).into_owned()
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).expect("it runs");
    }

    /// Ctrl-C; all that it had printed, also half a line.
    fn end(mut self) -> String {
        self.signal(Signal::SIGINT);
        let _ = self.child.wait();
        loop {
            match self.pieces.recv_timeout(PATIENCE) {
                Ok(piece) => self.screen.extend(piece),
                Err(RecvTimeoutError::Disconnected) => return self.text(),
                Err(RecvTimeoutError::Timeout) => panic!("its output does not end"),
            }
        }
    }
}

impl Drop for Nc {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Bytes that the kernel has of the connection of a process's network to this address: not acknowledged,
/// and not read.
fn queues(process: u32, to: Ipv4Addr) -> Option<(usize, usize)> {
    let to = format!("{:08X}:", u32::from_le_bytes(to.octets()));
    let of = |file: &str| {
        let table = std::fs::read_to_string(format!("/proc/{process}/net/{file}")).ok()?;
        let mut rows = table.lines().map(|row| row.split_whitespace());
        rows.find_map(|mut row| {
            let (peer, state) = (row.nth(2)?, row.next()?);
            let both = row.next()?.split_once(':')?;
            let number = |digits: &str| usize::from_str_radix(digits, 16).ok();
            let is_it = peer.contains(&to) && state == "01";
            is_it.then_some((number(both.0)?, number(both.1)?))
        })
    };
    of("tcp").or_else(|| of("tcp6"))
}

/// Waits for what no line tells; the length of the pause decides nothing.
#[track_caller]
fn wait_until(is_so: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "it never is");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Bytes that ana's system has not acknowledged.
fn unacknowledged(server: &Server) -> Option<usize> {
    queues(server.id(), Host::THERE).map(|(unacknowledged, _)| unacknowledged)
}

/// The first of bob's lines up to `LINES` that the last so many bytes are a part of.
fn first_of(mut bytes: usize) -> usize {
    let mut first = LINES;
    while bytes > 0 && first > 0 {
        first -= 1;
        bytes = bytes.saturating_sub(format!("<bob> line {}\n", text(first)).len());
    }
    first
}

fn start() -> Server {
    Server::launch(command("--listen 0 --rate 0 --keep off"), 2)
}

/// The whole lines of bob's on a screen.
fn of_bob(screen: &str) -> Vec<usize> {
    let lines = screen.split_inclusive('\n');
    let whole = lines.filter_map(|line| line.strip_suffix('\n'));
    let said = whole.filter_map(|line| {
        let at = line.find("<bob> line ")?;
        // Lines of before begin with their time.
        let is_line = at == 0 || line.starts_with("* [");
        is_line.then(|| &line[at + 11..])
    });
    said.map(|rest| {
        let number = rest
            .split('.')
            .next()
            .and_then(|number| number.parse().ok());
        let number = number.unwrap_or_else(|| panic!("{rest:?}"));
        assert_eq!(rest, text(number), "a line is whole");
        number
    })
    .collect()
}

/// What follows `line ` in a line of bob's, of any length.
fn text(number: usize) -> String {
    format!("{number}.{}", "x".repeat(number * 37 % 400))
}

fn talk(bob: &mut Talker, numbers: std::ops::Range<usize>) {
    let lines: String = numbers.map(|n| format!("line {}\n", text(n))).collect();
    bob.send(lines);
}

/// When in the talk the cable is cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum When {
    /// Between two lines: all of before has come.
    Between,
    /// While lines are on their way.
    Within,
}

/// When nc is ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ends {
    /// When the cable has been cut.
    AtOnce,
    /// When it is back.
    Mended,
}

/// Lines before the cut, or around it, and in it; together less than what is told again at most.
const BEFORE: usize = 40;
const LINES: usize = 60;

/// The cable is cut for some time, and nc is started again. Its user has each line once.
fn is_back_after(how: Cut, when: When, ends: Ends, time: Duration) {
    alone(|| {
        let case = format!("{how:?} {when:?} {ends:?}");
        let (server, host) = (start(), Host::new());
        let _eva = Talker::join(&server, "eva");
        let mut bob = Talker::join(&server, "bob");
        let mut ana = Nc::named(&host, &server, "ana");
        ana.wait_for("* welcome, ana! ");
        bob.expect("* ana joined");
        ana.say("/ignore eva");
        ana.wait_for("* you ignore eva");
        talk(&mut bob, 0..BEFORE);
        if when == When::Between {
            ana.wait_for(&text(BEFORE - 1));
            wait_until(|| unacknowledged(&server) == Some(0));
        }
        host.cut(how);
        talk(&mut bob, BEFORE..LINES);
        // Whoever is answered has been handled.
        bob.say("/whois ana");
        bob.expect_start("* ana");
        ana.rests();
        let first = first_of(unacknowledged(&server).expect("it is connected"));
        let before = match ends {
            Ends::AtOnce => {
                let before = ana.end();
                std::thread::sleep(time);
                host.mend(how);
                before
            }
            Ends::Mended => {
                std::thread::sleep(time);
                host.mend(how);
                ana.end()
            }
        };
        let mut ana = Nc::named(&host, &server, "ana");
        let began = Instant::now();
        ana.wait_for("* welcome, ana! ");
        println!("{case}: back after {:?}", began.elapsed());
        let mut told = bob.hear().expect("a line");
        // The end of nc may come before its successor gives the name: after a short cut, and where its own
        // host has noticed the cut, and tries twice a second.
        let may_leave = time.is_zero() || how == Cut::Pulled || ends == Ends::Mended;
        if told.starts_with("* ana left") && may_leave {
            told = bob.hear().expect("a line");
        }
        assert_eq!(told, "* ana is back", "{case}");
        bob.say("last");
        ana.wait_for("<bob> last");
        ana.say("/ignore");
        ana.wait_for("* you ignore eva");
        let (seen, after) = (of_bob(&before), ana.text());
        let missed = of_bob(&after);
        let from = LINES - missed.len();
        assert!(seen.iter().copied().eq(0..seen.len()), "{case}: {before}");
        assert!(missed.iter().copied().eq(from..LINES), "{case}: {after}");
        assert!(
            (first..=seen.len()).contains(&from),
            "{case}: {first} {seen:?} {missed:?}"
        );
        assert!(when == When::Within || first == BEFORE, "{case}: {first}");
        let told = match missed.len() {
            1 => "* 1 line since you were away\n".to_owned(),
            n => format!("* {n} lines since you were away\n"),
        };
        assert_eq!(after.contains(&told), !missed.is_empty(), "{case}: {after}");
    });
}

#[test]
fn who_ends_nc_while_the_cable_is_cut_is_told_exactly_what_is_missing() {
    for how in [Cut::Pulled, Cut::Silent] {
        for when in [When::Between, When::Within] {
            is_back_after(how, when, Ends::AtOnce, Duration::ZERO);
        }
    }
}

/// How long scripts/cables cuts.
fn long() -> Duration {
    let seconds = std::env::var("CUT").ok().and_then(|cut| cut.parse().ok());
    Duration::from_secs(seconds.unwrap_or(30))
}

#[test]
#[ignore = "takes minutes; scripts/cables runs it"]
fn a_cable_that_is_cut_for_long_is_no_loss_for_papo_which_is_back_by_itself() {
    for how in [Cut::Pulled, Cut::Silent] {
        alone(|| {
            let (server, host) = (start(), Host::new());
            let mut bob = Talker::join(&server, "bob");
            let mut ana = Nc::papo(&host, &server, "ana");
            ana.wait_for("* welcome, ana! ");
            bob.expect("* ana joined");
            talk(&mut bob, 0..BEFORE);
            host.cut(how);
            talk(&mut bob, BEFORE..LINES);
            std::thread::sleep(long());
            host.mend(how);
            let began = Instant::now();
            ana.wait_for(&format!("<bob> line {}\n", text(LINES - 1)));
            println!(
                "papo, {how:?}: all lines are there after {:?}",
                began.elapsed()
            );
            let screen = ana.text();
            assert!(of_bob(&screen).into_iter().eq(0..LINES), "{screen}");
        });
    }
}

#[test]
#[ignore = "takes minutes; scripts/cables runs it"]
fn a_cable_that_is_cut_for_long_takes_no_line_and_doubles_none() {
    let time = long();
    for how in [Cut::Pulled, Cut::Silent] {
        for when in [When::Between, When::Within] {
            for ends in [Ends::AtOnce, Ends::Mended] {
                is_back_after(how, when, ends, time);
            }
        }
    }
}

#[test]
fn a_connection_outlives_a_short_cut_without_a_loss_or_a_double() {
    alone(|| {
        let (server, host) = (start(), Host::new());
        let mut bob = Talker::join(&server, "bob");
        let mut ana = Nc::named(&host, &server, "ana");
        ana.wait_for("* welcome, ana! ");
        bob.expect("* ana joined");
        for (n, how) in [Cut::Pulled, Cut::Silent].into_iter().enumerate() {
            let first = n * LINES;
            talk(&mut bob, first..first + BEFORE);
            host.cut(how);
            talk(&mut bob, first + BEFORE..first + LINES);
            ana.say("are you there?");
            host.mend(how);
            ana.wait_for(&format!("<bob> line {}\n", text(first + LINES - 1)));
            bob.expect("<ana> are you there?");
        }
        let screen = ana.text();
        assert!(of_bob(&screen).into_iter().eq(0..2 * LINES), "{screen}");
        assert!(!screen.contains("away"), "{screen}");
    });
}

#[test]
fn a_stopped_nc_keeps_its_name() {
    alone(|| {
        let (server, host) = (start(), Host::new());
        let mut ana = Nc::named(&host, &server, "ana");
        ana.wait_for("* welcome, ana! ");
        ana.signal(Signal::SIGSTOP);
        let mut other = Nc::named(&host, &server, "ana");
        other.wait_for("* ana is taken; checking if its user is still there\n");
        other.wait_for("! the name ana is taken; try another\n");
        ana.signal(Signal::SIGCONT);
        ana.say("/whois ana");
        ana.wait_for("* ana ");
    });
}
