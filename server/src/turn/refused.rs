//! Those who are not let in: a last line each, and a moment in which it can be read. They are no
//! conns: nothing of them is watched, and what they send is read only to be dropped.
//! How many of them there are, and for how long, is the business of admission.rs.

use std::io::IoSlice;

use super::Server;
use crate::dialect::{self, Style};
use crate::hub::{Gone, Notice, Time};
use crate::net::sys::{Interest, Sys};

impl<S: Sys> Server<S> {
    /// Tell one who is not let in why, and close soon.
    pub(super) fn refuse(&mut self, mut socket: S::Socket, style: Style, why: Gone) {
        let words = last_words(style, why);
        // It has just been accepted and its send buffer is empty: the line fits or it is gone.
        let _ = self.sys.write(&mut socket, &[IoSlice::new(&words)]);
        self.sys.shutdown(&mut socket);
        self.admission.refuse(self.life.now, socket);
        self.dismiss(self.life.now);
    }

    /// Close those whose moment is over by this time. What they have sent is read before, because unread
    /// input makes the kernel answer with a reset, which may destroy our line on its way.
    pub(super) fn dismiss(&mut self, by: Time) {
        const READS: usize = 4;
        while let Some(mut socket) = self.admission.pop_refused(by) {
            for _ in 0..READS {
                if !matches!(self.sys.read(&mut socket, &mut self.read_buffer), Ok(n) if n > 0) {
                    break;
                }
            }
            self.sys.close(socket, Interest::Off);
        }
    }
}

/// What somebody is told who is not let in.
pub(super) fn last_words(style: Style, why: Gone) -> Vec<u8> {
    let mut words = Vec::new();
    dialect::render(style, &Notice::Bye { name: None, why }, &mut words);
    words
}
