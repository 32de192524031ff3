//! A session without a terminal: a plain filter. Lines of standard input go to the session, clean
//! lines that it receives go to standard output, without colours and escape sequences.
//!
//! When the input ends, the session is told, and everything still to be sent or received is waited for.
//! When nobody reads the output any more, the session ends quietly.

use std::io;
use std::os::fd::AsFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::unistd::read;

use crate::ending::{End, Failure};
use crate::output;
use crate::session::{Session, Shown, poll_timeout};

/// Bytes of the input read at once.
const BUFFER_BYTES: usize = 64 * 1024;

#[derive(Default)]
struct Ready {
    session: bool,
    output_closed: bool,
    input: bool,
}

/// Copy in both directions until both have ended.
pub(crate) fn run(mut session: impl Session) -> Result<End, Failure> {
    let mut ready = Ready::default();
    loop {
        if ready.output_closed {
            return Ok(End::Left);
        }
        if ready.input {
            take_input(&mut session)?;
        }
        let (now, mut shown) = (Instant::now(), Vec::new());
        if ready.session {
            session.receive(now, &mut shown);
        }
        session.tick(now, &mut shown);
        if !print(&shown)? {
            return Ok(End::Left);
        }
        if let Some(ending) = session.take_ending() {
            return ending;
        }
        ready = wait(&session)?;
    }
}

fn wait(session: &impl Session) -> Result<Ready, Failure> {
    let (stdin, stdout) = (io::stdin(), io::stdout());
    let mut fds = vec![
        PollFd::new(session.fd(), session.interest()),
        // Without any interest, poll still tells when nobody reads it any more.
        PollFd::new(stdout.as_fd(), PollFlags::empty()),
    ];
    if session.takes_input() {
        fds.push(PollFd::new(stdin.as_fd(), PollFlags::POLLIN));
    }
    match poll(&mut fds, poll_timeout(session)) {
        Ok(_) => {
            let is_ready = |fd: &PollFd| fd.any().unwrap_or(true);
            Ok(Ready {
                session: is_ready(&fds[0]),
                output_closed: is_ready(&fds[1]),
                input: fds.get(2).is_some_and(is_ready),
            })
        }
        Err(Errno::EINTR) => Ok(Ready::default()),
        Err(error) => Err(Failure::Input(error.into())),
    }
}

fn take_input(session: &mut impl Session) -> Result<(), Failure> {
    let mut buffer = [0; BUFFER_BYTES];
    match read(io::stdin(), &mut buffer) {
        Ok(0) => session.end_input(),
        Ok(n) => session.input(&buffer[..n]),
        Err(Errno::EAGAIN | Errno::EINTR) => {}
        Err(error) => return Err(Failure::Input(error.into())),
    }
    Ok(())
}

/// Print the received lines; false when nobody reads them any more.
fn print(shown: &[Shown]) -> Result<bool, Failure> {
    let lines = shown.iter().filter_map(|shown| match shown {
        Shown::Received(line) => Some(line.as_str()),
        Shown::Own(_) | Shown::Typed(_) => None,
    });
    let out: String = lines.flat_map(|line| [line, "\n"]).collect();
    match output::write_all(out.as_bytes()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::Output(error)),
    }
}
