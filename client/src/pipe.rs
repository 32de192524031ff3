//! A session without a terminal: a plain filter. Lines of standard input go to the server, clean
//! lines of the server go to standard output, without colours and sequences.
//!
//! When the input ends our half of the connection is closed, and what the server still has to say is
//! read until it closes too. Nobody reading the output is a quiet end.
//! Invariant: with `--name` no line of the input is sent before the name was accepted, so none is
//! taken for another try at a name.

use std::io;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::read;

use crate::chat::Chat;
use crate::lines::Lines;
use crate::link::{Link, QUEUE_BYTES, Received};
use crate::options::Options;
use crate::protocol::Line;
use crate::{End, Failure, output};

/// Bytes read at once from either side.
const BUFFER_BYTES: usize = 64 * 1024;

/// Standard input.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    /// Not read before the name of `--name` was accepted.
    Held,
    /// Being read.
    Open,
    /// At its end.
    Ended,
}

/// What poll found.
#[derive(Default)]
struct Ready {
    server: bool,
    output_closed: bool,
    input: bool,
}

struct Pipe<'a> {
    link: Link,
    name: Option<&'a str>,
    input: Input,
    typed: Lines,
    received: Lines,
    chat: Chat,
}

/// Copy in both directions until both ended.
pub fn run(options: &Options, link: Link) -> Result<End, Failure> {
    let mut pipe = Pipe {
        link,
        name: options.name.as_deref(),
        input: if options.name.is_some() {
            Input::Held
        } else {
            Input::Open
        },
        typed: Lines::default(),
        received: Lines::default(),
        chat: Chat::new(options.language),
    };
    loop {
        pipe.link.flush();
        let ready = pipe.wait()?;
        if ready.output_closed {
            return Ok(End::Left);
        }
        if ready.input {
            pipe.take_input()?;
        }
        if ready.server
            && let Some(end) = pipe.take_lines()?
        {
            return Ok(end);
        }
    }
}

impl Pipe<'_> {
    fn wait(&self) -> Result<Ready, Failure> {
        let (stdin, stdout) = (io::stdin(), io::stdout());
        let mut fds = vec![
            PollFd::new(self.link.fd(), self.link.interest()),
            // Asked for nothing, it still tells when nobody reads it any more.
            PollFd::new(stdout.as_fd(), PollFlags::empty()),
        ];
        // A server that takes nothing makes the input wait, not the memory grow.
        if self.input == Input::Open && self.link.queued() < QUEUE_BYTES {
            fds.push(PollFd::new(stdin.as_fd(), PollFlags::POLLIN));
        }
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) => {
                let is_ready = |fd: &PollFd| fd.any().unwrap_or(true);
                Ok(Ready {
                    server: is_ready(&fds[0]),
                    output_closed: is_ready(&fds[1]),
                    input: fds.get(2).is_some_and(is_ready),
                })
            }
            Err(Errno::EINTR) => Ok(Ready::default()),
            Err(error) => Err(Failure::Input(error.into())),
        }
    }

    fn take_input(&mut self) -> Result<(), Failure> {
        let mut buffer = [0; BUFFER_BYTES];
        let mut lines = Vec::new();
        match read(io::stdin(), &mut buffer) {
            Ok(0) => {
                self.input = Input::Ended;
                lines.extend(self.typed.end());
                self.link.finish();
            }
            Ok(n) => {
                // As they are: the server says what becomes of odd bytes.
                self.link.send(&buffer[..n]);
                self.typed.push(&buffer[..n], &mut lines);
            }
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(error) => return Err(Failure::Input(error.into())),
        }
        for line in &lines {
            self.chat.say(line);
        }
        Ok(())
    }

    /// Print what the server says; an end when there is nothing more to come.
    fn take_lines(&mut self) -> Result<Option<End>, Failure> {
        let mut buffer = [0; BUFFER_BYTES];
        let mut lines = Vec::new();
        let over = match self.link.receive(&mut buffer) {
            Ok(Received::Bytes(n)) => {
                self.received.push(&buffer[..n], &mut lines);
                None
            }
            Ok(Received::Nothing) => None,
            Ok(Received::End) => Some(Failure::Closed),
            Err(error) => Some(Failure::Lost(error)),
        };
        if over.is_some() {
            lines.extend(self.received.end());
        }
        if !print(&lines)? {
            return Ok(Some(End::Left));
        }
        for line in &lines {
            self.learn(&Line::parse(line))?;
        }
        match over {
            None => Ok(None),
            Some(Failure::Closed) if self.input == Input::Ended => Ok(Some(End::Left)),
            Some(_) if self.chat.is_quitting() => Ok(Some(End::Left)),
            Some(failure) => Err(failure),
        }
    }

    fn learn(&mut self, line: &Line) -> Result<(), Failure> {
        self.chat.hear(line);
        match (self.name, line) {
            (Some(name), Line::Error(why)) if self.chat.name().is_none() => {
                Err(Failure::NameRefused(name.to_owned(), (*why).to_owned()))
            }
            _ => {
                if self.input == Input::Held && self.chat.name().is_some() {
                    self.input = Input::Open;
                }
                Ok(())
            }
        }
    }
}

/// Print the lines; false when nobody reads them any more.
fn print(lines: &[String]) -> Result<bool, Failure> {
    let out: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    match output::write_all(out.as_bytes()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::Output(error)),
    }
}
