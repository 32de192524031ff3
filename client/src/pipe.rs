//! A session without a terminal: a plain filter. Lines of standard input go to the session, clean
//! lines that it receives go to standard output, without colours and escape sequences.
//!
//! When the input ends, the session is told, and everything still to be sent or received is waited for.
//! When nobody reads the output any more, the session ends quietly.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::unistd::read;

use crate::ending::{End, Failure};
use crate::output;
use crate::session::{Session, Shown};
use crate::wait::{is_ready, wait};

/// Bytes of the input read at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// Copy in both directions until both have ended.
pub(crate) fn run(mut session: impl Session) -> Result<End, Failure> {
    let [mut has_received, mut is_output_closed, mut has_input] = [false; 3];
    loop {
        if has_input {
            take_input(&mut session)?;
        }
        let (now, mut shown) = (Instant::now(), Vec::new());
        if has_received {
            session.receive(now, &mut shown);
        }
        session.tick(now, &mut shown);
        if !print(&shown)? || is_output_closed {
            return Ok(End::Left);
        }
        if let Some(ending) = session.take_ending() {
            return ending;
        }
        [has_received, is_output_closed, has_input] = wait_for(&session).map_err(Failure::Input)?;
    }
}

/// Wait for the session, for the end of the output and, if it is to be read, for the input.
fn wait_for(session: &impl Session) -> io::Result<[bool; 3]> {
    let (stdin, stdout) = (io::stdin(), io::stdout());
    let (received, deadline) = (session.poll_fd(), session.deadline());
    // Without any interest, poll still tells when nobody reads it any more.
    let output = PollFd::new(stdout.as_fd(), PollFlags::empty());
    let input = PollFd::new(stdin.as_fd(), PollFlags::POLLIN);
    let mut fds = [received, output, input];
    let waited_for = if session.takes_input() { 3 } else { 2 };
    wait(&mut fds[..waited_for], deadline)?;
    Ok(fds.each_ref().map(is_ready))
}

fn take_input(session: &mut impl Session) -> Result<(), Failure> {
    let mut buffer = [0; BUFFER_BYTES];
    match read(io::stdin(), &mut buffer) {
        Ok(n) => session.input(&buffer[..n]),
        Err(Errno::EAGAIN | Errno::EINTR) => {}
        Err(error) => return Err(Failure::Input(error.into())),
    }
    Ok(())
}

/// Print the received lines; false when nobody reads them any more. Remarks go to standard error.
fn print(shown: &[Shown]) -> Result<bool, Failure> {
    for shown in shown {
        if let Shown::Note(text) = shown {
            // Without a standard error nobody can be told.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }
    let lines = shown.iter().filter_map(|shown| match shown {
        Shown::Received(received) => Some(received.line.as_str()),
        Shown::Own { .. } | Shown::Typed(_) | Shown::Note(_) => None,
    });
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    output::print(&text)
}
