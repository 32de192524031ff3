//! Those who are not let in: a last line each, and a moment in which it can be read. They are no
//! conns: nothing of them is watched, and what they send is read only to be dropped.
//!
//! Invariant: at most `REFUSED` of them hold a descriptor, each for `LINGER` at most.

use std::io::IoSlice;

use super::Server;
use crate::dialect::{self, Style};
use crate::hub::{Gone, Notice};
use crate::limits::{LINGER, REFUSED};
use crate::net::sys::{Interest, Sys};

impl<S: Sys> Server<S> {
    /// Tell one who is not let in why, and close soon.
    pub(super) fn refuse(&mut self, mut socket: S::Socket, style: Style, why: Gone) {
        let words = last_words(style, why);
        // It has just been accepted and its send buffer is empty: the line fits or it is gone.
        let _ = self.sys.write(&mut socket, &[IoSlice::new(&words)]);
        self.sys.shutdown(&mut socket);
        self.refused.push_back((self.now + LINGER, socket));
        if self.refused.len() > REFUSED {
            self.dismiss_first();
        }
    }

    /// Close those whose moment is over.
    pub(super) fn dismiss(&mut self) {
        while self.refused.front().is_some_and(|(at, _)| *at <= self.now) {
            self.dismiss_first();
        }
    }

    /// Close the one who was refused first. What it has sent is read before, because unread input
    /// makes the kernel answer with a reset, which may destroy our line on its way.
    pub(super) fn dismiss_first(&mut self) {
        const READS: usize = 4;
        let Some((_, mut socket)) = self.refused.pop_front() else {
            return;
        };
        for _ in 0..READS {
            if !matches!(self.sys.read(&mut socket, &mut self.read_buffer), Ok(n) if n > 0) {
                break;
            }
        }
        self.sys.close(socket, Interest::Off);
    }
}

/// What somebody is told who is not let in.
pub(super) fn last_words(style: Style, why: Gone) -> Vec<u8> {
    let mut words = Vec::new();
    dialect::render(style, &Notice::Bye { name: None, why }, &mut words);
    words
}
