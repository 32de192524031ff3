//! Fail the Nth system call.

use std::io;

/// A system call that can fail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Call {
    Wait,
    Accept,
    TurnAway,
    Read,
    Write,
    Shutdown,
    Watch,
    Close,
    Console,
    Ask,
}

/// Which call fails, and by what.
#[derive(Default)]
pub(crate) struct Plan {
    /// Each call so far, with the link that it was about.
    pub(crate) calls: Vec<(Call, Option<usize>)>,
    /// Whether to remember them.
    pub(crate) remembers: bool,
    /// The number of the call that fails, and the error.
    pub(crate) fails: Option<(usize, i32)>,
    count: usize,
}

impl Plan {
    /// The next call, and how it fails.
    pub(crate) fn next(&mut self, call: Call, link: Option<usize>) -> io::Result<()> {
        let number = self.count;
        self.count += 1;
        if self.remembers {
            self.calls.push((call, link));
        }
        match self.fails {
            Some((fails, code)) if fails == number => Err(io::Error::from_raw_os_error(code)),
            _ => Ok(()),
        }
    }
}
