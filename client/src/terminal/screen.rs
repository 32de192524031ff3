//! What goes to the terminal, in frames: some lines, and the rows at the bottom. Each is one write, there are at
//! most 60 in a second (see pace.rs), and the terminal is never waited for.
//!
//! The terminal is opened anew for that, so that O_NONBLOCK touches nobody who shares standard output. Where it
//! cannot be opened, writes wait as usual.
//! Invariant: a frame begins only when the one before is out as a whole. So a key is drawn in the next frame,
//! and a slow terminal gets shorter ones.
//! Not done: what the system holds for a slow terminal, some 64 KB, goes out before that frame; it tells nobody
//! how much of it is left.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Instant;

use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, poll};
use nix::unistd::ttyname;

use super::pace::{Due, FRAME, Pace};
use crate::output;

/// Bytes of lines in a frame: the fewest for a slow terminal, the most for a fast one.
const FRAME_BYTES: (usize, usize) = (1024, 64 * 1024);
/// Before anything is known of the terminal.
const FIRST_BYTES: usize = 16 * 1024;
/// So many bytes of lines may wait; then the server is not read.
const WAITING_BYTES: usize = 128 * 1024;
/// How long a terminal that takes nothing is waited for at the end.
const PATIENCE_MILLIS: u16 = 1000;

#[derive(Debug)]
pub(super) struct Screen {
    /// The terminal, if it could be opened anew.
    terminal: Option<File>,
    /// The lines that are to be shown.
    lines: VecDeque<String>,
    /// Their bytes.
    waiting: usize,
    /// What the terminal has not taken yet of a frame.
    rest: Vec<u8>,
    /// When the last frame began.
    began: Option<Instant>,
    pace: Pace,
    /// Most bytes of lines in the next frame.
    most: usize,
}

impl Screen {
    pub(super) fn open() -> Screen {
        Screen {
            terminal: open().ok(),
            lines: VecDeque::new(),
            waiting: 0,
            rest: Vec::new(),
            began: None,
            pace: Pace::default(),
            most: FIRST_BYTES,
        }
    }

    /// Show a line, which was drawn with its end.
    pub(super) fn show(&mut self, line: String) {
        self.waiting += line.len();
        // An empty one would wait for a slow terminal, too.
        if !line.is_empty() {
            self.lines.push_back(line);
        }
    }

    pub(super) fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Whether so much waits that no more lines should come.
    pub(super) fn is_full(&self) -> bool {
        self.waiting >= WAITING_BYTES
    }

    /// The lines of the next frame.
    pub(super) fn take_lines(&mut self) -> String {
        let mut taken = String::new();
        while let Some(line) = self.lines.front()
            && (taken.is_empty() || taken.len() + line.len() <= self.most)
        {
            self.waiting -= line.len();
            taken.push_str(line);
            self.lines.pop_front();
        }
        taken
    }

    /// What poll has to wait for, so that the rest of a frame gets out.
    pub(super) fn poll_fd<'a>(&'a self, stdout: &'a io::Stdout) -> PollFd<'a> {
        let wanted = match self.rest.is_empty() {
            true => PollFlags::empty(),
            false => PollFlags::POLLOUT,
        };
        match &self.terminal {
            Some(terminal) => PollFd::new(terminal.as_fd(), wanted),
            None => PollFd::new(stdout.as_fd(), wanted),
        }
    }

    /// When the next frame may begin, if that is known.
    pub(super) fn deadline(&self, due: Due) -> Option<Instant> {
        self.pace.next(due).filter(|_| self.rest.is_empty())
    }

    pub(super) fn may_begin(&self, due: Due, now: Instant) -> bool {
        self.rest.is_empty() && self.pace.next(due).is_none_or(|next| now >= next)
    }

    /// Begin a frame.
    pub(super) fn begin(&mut self, frame: &str, due: Due, now: Instant) -> io::Result<()> {
        self.began = Some(now);
        self.pace.begin(due, now);
        self.send(frame)?;
        if self.rest.is_empty() {
            self.most = (self.most + self.most / 4).min(FRAME_BYTES.1);
        }
        Ok(())
    }

    /// Write something that belongs to no frame.
    pub(super) fn send(&mut self, bytes: &str) -> io::Result<()> {
        self.rest.extend_from_slice(bytes.as_bytes());
        self.write()
    }

    /// Write more of a frame, as the terminal may take it now.
    pub(super) fn go_on(&mut self, now: Instant) -> io::Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        self.write()?;
        let is_slow = self.began.is_some_and(|began| now > began + FRAME / 2);
        if self.rest.is_empty() && is_slow {
            self.most = (self.most / 2).max(FRAME_BYTES.0);
        }
        Ok(())
    }

    /// Write everything; false if the terminal takes nothing for a while.
    pub(super) fn finish(&mut self) -> io::Result<bool> {
        self.write()?;
        while !self.rest.is_empty() {
            let stdout = io::stdout();
            let mut fds = [self.poll_fd(&stdout)];
            if poll(&mut fds, PATIENCE_MILLIS) == Ok(0) {
                self.rest.clear();
                return Ok(false);
            }
            self.write()?;
        }
        Ok(true)
    }

    fn write(&mut self) -> io::Result<()> {
        let Some(mut terminal) = self.terminal.as_ref() else {
            return output::write_all(&mem::take(&mut self.rest));
        };
        while !self.rest.is_empty() {
            match terminal.write(&self.rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => drop(self.rest.drain(..n)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn open() -> io::Result<File> {
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    OpenOptions::new()
        .write(true)
        .custom_flags(flags.bits())
        .open(ttyname(io::stdout())?)
}
