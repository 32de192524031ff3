//! The client of Sistema de Chat TCP: no names, no newlines, and a thread that shows whatever a
//! read returns and stops only when one returns exactly `x`.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use socket2::SockRef;

use crate::harness::PATIENCE;
use crate::screen::{READ, take_line};
use crate::world::World;

/// A user of Sistema de Chat TCP.
pub(crate) struct Relay {
    socket: TcpStream,
    thread: Receiver<Shown>,
    shown: Vec<u8>,
}

/// The effect of a read on the thread.
#[derive(PartialEq, Eq, Debug)]
enum Shown {
    Text(Vec<u8>),
    /// Exactly `x`: the thread ends.
    LastWord,
    /// The connection ended without `x`: the real thread would loop for ever.
    End,
}

impl Relay {
    pub(crate) fn connect(world: &World) -> Relay {
        let socket = TcpStream::connect(world.relay()).expect("the server listens");
        socket
            .set_nodelay(true)
            .expect("a socket takes its options");
        let mut reader = socket.try_clone().expect("a second handle");
        let (sender, thread) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; READ];
            loop {
                let shown = match reader.read(&mut buffer) {
                    Ok(1) if buffer[0] == b'x' => Shown::LastWord,
                    Ok(0) | Err(_) => Shown::End,
                    Ok(n) => Shown::Text(buffer[..n].to_vec()),
                };
                let is_over = !matches!(shown, Shown::Text(_));
                if sender.send(shown).is_err() || is_over {
                    return;
                }
            }
        });
        Relay {
            socket,
            thread,
            shown: Vec::new(),
        }
    }

    /// One `send`.
    pub(crate) fn say(&mut self, text: &str) {
        let sent = self.socket.write_all(text.as_bytes());
        sent.expect("the server takes it");
    }

    fn next(&mut self) -> Shown {
        let next = self.thread.recv_timeout(PATIENCE);
        next.unwrap_or_else(|_| panic!("nothing comes after {:?}", self.shown))
    }

    /// The next line shown is this one.
    #[track_caller]
    pub(crate) fn expect(&mut self, line: &str) {
        let shown = loop {
            if let Some(shown) = take_line(&mut self.shown) {
                break shown;
            }
            match self.next() {
                Shown::Text(text) => self.shown.extend(text),
                end => panic!("{end:?} instead of {line:?}"),
            }
        };
        assert_eq!(shown, line);
    }

    /// Its thread reads `x` alone, with nothing before it, and then the end.
    #[track_caller]
    pub(crate) fn expect_last_word(mut self) {
        assert_eq!(self.shown, b"");
        assert_eq!(self.next(), Shown::LastWord);
        let mut rest = Vec::new();
        self.socket
            .set_read_timeout(Some(PATIENCE))
            .expect("a timeout");
        self.socket
            .read_to_end(&mut rest)
            .expect("the server closes");
        assert_eq!(rest, b"");
    }

    /// The same, after all text that is still to be shown.
    #[track_caller]
    pub(crate) fn expect_last_word_after_text(&mut self) {
        loop {
            match self.next() {
                Shown::Text(text) => self.shown.extend(text),
                end => break assert_eq!(end, Shown::LastWord),
            }
        }
        assert!(self.shown.is_empty() || self.shown.ends_with(b"\n"));
    }

    /// Its user closes it.
    pub(crate) fn closes(self) {
        self.socket.shutdown(Shutdown::Both).expect("it was open");
    }

    /// The connection breaks.
    pub(crate) fn breaks(self) {
        let set = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        set.expect("a socket takes its options");
        // The thread's handle keeps the socket open, so it has to end first: after a shutdown of
        // both directions the linger of the last handle applies.
        let _ = self.socket.shutdown(Shutdown::Read);
        while self
            .thread
            .recv_timeout(PATIENCE)
            .is_ok_and(|shown| shown != Shown::End)
        {}
    }
}
