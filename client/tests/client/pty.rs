//! A program in a pseudo terminal, and the screen that it draws.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;
use std::{fs::File, io};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, poll};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{Termios, tcgetattr};
use nix::unistd::{Pid, setsid};

use crate::{NOWHERE, PATIENCE};

mod sys {
    nix::ioctl_write_ptr_bad!(set_window_size, nix::libc::TIOCSWINSZ, nix::pty::Winsize);
    nix::ioctl_write_int_bad!(set_controlling_terminal, nix::libc::TIOCSCTTY);
}

/// A running program and its terminal.
pub(crate) struct Pty {
    master: File,
    slave: OwnedFd,
    child: Child,
    screen: vt100::Parser,
    /// Everything that was written to the terminal.
    pub(crate) raw: Vec<u8>,
    /// How much of it was searched for the question where the cursor is.
    searched: usize,
    modes_before: Termios,
}

impl Pty {
    /// `papo` with these arguments in a window of 40 columns and 8 rows.
    pub(crate) fn papo(arguments: &[&str]) -> Pty {
        Pty::spawn(Pty::command(arguments), 8, 40)
    }

    /// `papo` as a command with a known environment, which shows no times.
    pub(crate) fn command(arguments: &[&str]) -> Command {
        let mut command = Pty::command_with_times(arguments);
        command.arg("--no-times");
        command
    }

    /// The same with times, in UTC.
    pub(crate) fn command_with_times(arguments: &[&str]) -> Command {
        Pty::program(env!("CARGO_BIN_EXE_papo"), arguments.iter().copied())
    }

    /// A shell script in which `"$@"` is `papo` with these arguments.
    pub(crate) fn script(script: &str, flags: &str, arguments: &[&str]) -> Pty {
        Pty::script_of(env!("CARGO_BIN_EXE_papo"), script, flags, arguments)
    }

    /// A shell script in which `"$@"` is the program with these arguments.
    pub(crate) fn script_of(program: &str, script: &str, flags: &str, arguments: &[&str]) -> Pty {
        let program = [flags, script, "sh", program];
        let is_papo = program[3] == env!("CARGO_BIN_EXE_papo");
        let all = program.into_iter().chain(arguments.iter().copied());
        let all = all.chain(is_papo.then_some("--no-times"));
        Pty::spawn(Pty::program("sh", all), 8, 40)
    }

    pub(crate) fn program(
        path: impl AsRef<OsStr>,
        arguments: impl Iterator<Item = impl Into<OsString>>,
    ) -> Command {
        let mut command = Command::new(path);
        command.args(arguments.map(Into::into));
        for variable in ["LC_ALL", "LC_MESSAGES", "NO_COLOR", "COLORTERM"] {
            command.env_remove(variable);
        }
        command
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env("TZ", "UTC");
        // No history and no settings of other tests, nor of the person who runs them.
        command.env("XDG_STATE_HOME", "/dev/null/none");
        command.env("XDG_CONFIG_HOME", NOWHERE);
        command
    }

    pub(crate) fn spawn(mut command: Command, rows: u16, columns: u16) -> Pty {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(&size, None).expect("a pty");
        let end = || Stdio::from(pty.slave.try_clone().expect("a descriptor"));
        command.stdin(end()).stdout(end()).stderr(end());
        // SAFETY: between fork and exec only two system calls are made, setsid and ioctl; both are
        // async-signal-safe and allocate nothing.
        unsafe {
            command.pre_exec(|| {
                setsid()?;
                sys::set_controlling_terminal(0, 0)?;
                Ok(())
            });
        }
        let modes_before = tcgetattr(&pty.slave).expect("modes");
        let child = command.spawn().expect("a program");
        let screen = vt100::Parser::new(non_zero(rows), non_zero(columns), 1000);
        let master = File::from(pty.master);
        Pty {
            master,
            slave: pty.slave,
            child,
            screen,
            raw: Vec::new(),
            searched: 0,
            modes_before,
        }
    }

    /// Press keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.master
            .write_all(keys.as_bytes())
            .expect("the terminal takes keys");
    }

    /// Press more keys than a terminal takes at once.
    pub(crate) fn press_much(&mut self, keys: &[u8]) {
        let deadline = Instant::now() + PATIENCE;
        let mut parts = keys.chunks(1024).peekable();
        while let Some(part) = parts.peek() {
            assert!(
                Instant::now() < deadline,
                "the client does not read its terminal"
            );
            let both = PollFlags::POLLIN | PollFlags::POLLOUT;
            let mut fds = [PollFd::new(self.master.as_fd(), both)];
            // A pty does not always wake waiting writers, so this waits only for a moment.
            poll(&mut fds, 1u16).expect("poll");
            let found = fds[0].revents().unwrap_or(both);
            if found.contains(PollFlags::POLLOUT) {
                self.master
                    .write_all(part)
                    .expect("the terminal takes keys");
                parts.next();
            }
            if found.contains(PollFlags::POLLIN) {
                self.pump();
            }
        }
    }

    /// Give the window another size.
    pub(crate) fn resize(&mut self, rows: u16, columns: u16) {
        self.screen
            .screen_mut()
            .set_size(non_zero(rows), non_zero(columns));
        self.set_size(rows, columns);
    }

    fn set_size(&self, rows: u16, columns: u16) {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        // SAFETY: TIOCSWINSZ only reads one `winsize` through the pointer, which points to a live value.
        unsafe { sys::set_window_size(self.master.as_raw_fd(), &raw const size) }.expect("a size");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a process id");
        kill(Pid::from_raw(pid), signal).expect("a running program");
    }

    /// Wait until the screen is this. The cursor is drawn as `|` before the cell it is on; spaces at
    /// the ends of rows, the empty rows at the end and the indentation of `expected` do not count.
    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &str) {
        let expected = dedent(expected);
        self.wait(
            |pty| pty.drawn() == expected,
            &format!("expected\n{}", framed(&expected)),
        );
    }

    /// Wait until something is somewhere on the screen.
    #[track_caller]
    pub(crate) fn expect_part(&mut self, part: &str) {
        self.wait(
            |pty| pty.drawn().replace('|', "").contains(part),
            &format!("expected: {part}"),
        );
    }

    /// Wait until something holds.
    #[track_caller]
    pub(crate) fn wait(&mut self, mut holds: impl FnMut(&Pty) -> bool, what: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(
                Instant::now() < deadline,
                "{what}\nfound\n{}",
                framed(&self.drawn())
            );
            self.pump();
        }
    }

    /// Wait until the program ends, and check that it left the terminal as it was.
    #[track_caller]
    pub(crate) fn wait_for_end(&mut self) -> ExitStatus {
        let mut status = None;
        let deadline = Instant::now() + PATIENCE;
        while status.is_none() {
            assert!(
                Instant::now() < deadline,
                "it goes on\n{}",
                framed(&self.drawn())
            );
            self.pump();
            status = self.child.try_wait().expect("a status");
        }
        // Its last output is still in the terminal.
        while self.pump() > 0 {}
        assert!(self.modes() == self.modes_before, "modes are not restored");
        assert!(
            !self.screen.screen().bracketed_paste(),
            "bracketed paste is still on"
        );
        let raw = self.raw_text();
        let (on, off) = (raw.rfind("\x1b[?1004h"), raw.rfind("\x1b[?1004l"));
        assert!(on <= off, "the focus is still reported");
        status.expect("a status")
    }

    /// Wait until the program ends, while nobody reads what it draws.
    pub(crate) fn wait_unread(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "it waits for its terminal");
            if let Some(status) = self.child.try_wait().expect("a status") {
                return status;
            }
            std::thread::yield_now();
        }
    }

    /// Everything that was written to the terminal, as text.
    pub(crate) fn raw_text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    pub(crate) fn is_bracketed_paste(&self) -> bool {
        self.screen.screen().bracketed_paste()
    }

    pub(crate) fn is_as_before(&self) -> bool {
        self.modes() == self.modes_before
    }

    /// Whether writes of the others that have this terminal can fail because it is slow.
    pub(crate) fn is_nonblocking(&self) -> bool {
        let flags = fcntl(&self.slave, FcntlArg::F_GETFL).expect("flags");
        OFlag::from_bits_retain(flags).contains(OFlag::O_NONBLOCK)
    }

    fn modes(&self) -> Termios {
        tcgetattr(&self.slave).expect("modes")
    }

    /// Draw the output of a moment. Returns its length.
    fn pump(&mut self) -> usize {
        let mut fds = [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
        if poll(&mut fds, 20u16) != Ok(1) {
            return 0;
        }
        let mut buffer = [0; 65536];
        let n = match self.master.read(&mut buffer) {
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => panic!("{error}"),
        };
        self.raw.extend_from_slice(&buffer[..n]);
        self.screen.process(&buffer[..n]);
        self.answer();
        n
    }

    /// Answer the question where the cursor is, as terminals do.
    fn answer(&mut self) {
        const WHERE: &[u8] = b"\x1b[6n";
        let mut asked = self.raw[self.searched..].windows(WHERE.len());
        if let Some(at) = asked.position(|part| part == WHERE) {
            self.searched += at + WHERE.len();
            let (row, column) = self.screen.screen().cursor_position();
            self.press(&format!("\x1b[{};{}R", row + 1, column + 1));
        }
    }

    /// Give the window another width, as terminals do that wrap what they show anew.
    pub(crate) fn reflow(&mut self, columns: u16) {
        let screen = self.screen.screen();
        let (rows, old) = screen.size();
        let (cursor_row, cursor_column) = screen.cursor_position();
        let (mut lines, mut cursor) = (vec![String::new()], (0, 0));
        for (row, text) in (0..rows.get()).zip(screen.rows(0, old.get())) {
            let last = lines.len() - 1;
            if row == cursor_row {
                cursor = (last, lines[last].len() + usize::from(cursor_column));
            }
            lines[last].push_str(&text);
            if !screen.row_wrapped(row) {
                lines.push(String::new());
            }
        }
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        let width = usize::from(columns);
        let heights = lines[..cursor.0.min(lines.len())].iter();
        let above: usize = heights.map(|line| line.len().max(1).div_ceil(width)).sum();
        let (row, column) = (above + cursor.1 / width, cursor.1 % width);
        self.screen = vt100::Parser::new(rows, non_zero(columns), 1000);
        let drawn = format!("{}\x1b[{};{}H", lines.join("\r\n"), row + 1, column + 1);
        self.screen.process(drawn.as_bytes());
        self.set_size(rows.get(), columns);
    }

    /// The screen as text, the cursor as `|`.
    pub(crate) fn drawn(&self) -> String {
        let screen = self.screen.screen();
        let (rows, columns) = screen.size();
        let cursor = screen.cursor_position();
        let mut drawn: Vec<String> = Vec::new();
        for row in 0..rows.get() {
            let mut line = String::new();
            for column in 0..columns.get() {
                if cursor == (row, column) {
                    line.push('|');
                }
                let cell = screen.cell(row, column).expect("a cell");
                match cell.contents() {
                    _ if cell.is_wide_continuation() => {}
                    "" => line.push(' '),
                    text => line.push_str(text),
                }
            }
            drawn.push(line.trim_end().to_owned());
        }
        drawn.join("\n").trim_end().to_owned()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // A failed test leaves no program running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn dedent(text: &str) -> String {
    let lines: Vec<&str> = text.trim_start_matches('\n').trim_end().lines().collect();
    let indented = lines.iter().filter(|line| !line.trim().is_empty());
    let indent = indented
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    lines
        .iter()
        .map(|line| line.get(indent..).unwrap_or("").trim_end())
        .collect::<Vec<_>>()
        .join("\n")
}

fn framed(text: &str) -> String {
    text.lines().map(|line| format!("  [{line}]\n")).collect()
}

fn non_zero(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a window")
}
