//! A session without a terminal: a plain filter. Lines of standard input go to the session, clean
//! lines that it hears go to standard output, without colours and sequences.
//!
//! When the input ends the session is told, and what there still is to say and to hear is waited for.
//! Nobody reading the output is a quiet end.

use std::io;
use std::os::fd::AsFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::read;

use crate::session::{Session, Shown};
use crate::{End, Failure, output};

/// Bytes of the input read at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// What poll found.
#[derive(Default)]
struct Ready {
    session: bool,
    output_closed: bool,
    input: bool,
}

/// Copy in both directions until both ended.
pub fn run(mut session: impl Session) -> Result<End, Failure> {
    loop {
        session.flush();
        let ready = wait(&session)?;
        if ready.output_closed {
            return Ok(End::Left);
        }
        if ready.input {
            take_input(&mut session)?;
        }
        let (now, mut shown) = (Instant::now(), Vec::new());
        if ready.session {
            session.hear(now, &mut shown);
        }
        session.tick(now, &mut shown);
        if !print(&shown)? {
            return Ok(End::Left);
        }
        if let Some(over) = session.over() {
            return over;
        }
    }
}

fn wait(session: &impl Session) -> Result<Ready, Failure> {
    let (stdin, stdout) = (io::stdin(), io::stdout());
    let mut fds = vec![
        PollFd::new(session.fd(), session.interest()),
        // Asked for nothing, it still tells when nobody reads it any more.
        PollFd::new(stdout.as_fd(), PollFlags::empty()),
    ];
    if session.takes_input() {
        fds.push(PollFd::new(stdin.as_fd(), PollFlags::POLLIN));
    }
    match poll(&mut fds, patience(session.deadline())) {
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

/// How long poll may wait for something that is due then.
pub fn patience(deadline: Option<Instant>) -> PollTimeout {
    let Some(deadline) = deadline else {
        return PollTimeout::NONE;
    };
    // One more, because the milliseconds are rounded down and 0 would spin.
    let left = deadline
        .saturating_duration_since(Instant::now())
        .as_millis()
        + 1;
    u16::try_from(left).unwrap_or(u16::MAX).into()
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

/// Print what was heard; false when nobody reads it any more.
fn print(shown: &[Shown]) -> Result<bool, Failure> {
    let heard = shown.iter().filter_map(|shown| match shown {
        Shown::Heard(line) => Some(line.as_str()),
        Shown::Own(_) | Shown::Typed(_) => None,
    });
    let out: String = heard.flat_map(|line| [line, "\n"]).collect();
    match output::write_all(out.as_bytes()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::Output(error)),
    }
}
