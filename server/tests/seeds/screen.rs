//! What a client of the older systems over TCP shows: whatever each read of 1024 bytes returns. Here
//! it is cut into lines, for a test to expect.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::SockRef;

use crate::harness::PATIENCE;
use crate::people::Person;

/// The buffer of all these clients.
pub(crate) const READ: usize = 1024;

/// A socket and what it has shown.
pub(crate) struct Screen {
    socket: TcpStream,
    shown: Vec<u8>,
}

impl Screen {
    pub(crate) fn to(address: SocketAddr) -> Screen {
        let socket = TcpStream::connect(address).expect("the server listens");
        let set = socket.set_read_timeout(Some(PATIENCE));
        set.and_then(|()| socket.set_nodelay(true))
            .expect("a socket takes its options");
        Screen {
            socket,
            shown: Vec::new(),
        }
    }

    /// One `send`: these bytes and no others.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).expect("the server takes it");
    }

    /// The next line that is shown; none at the end.
    #[track_caller]
    pub(crate) fn line(&mut self) -> Option<String> {
        loop {
            if let Some(line) = take_line(&mut self.shown) {
                return Some(line);
            }
            let mut buffer = [0; READ];
            match self.socket.read(&mut buffer) {
                Ok(0) => {
                    assert_eq!(self.shown, b"", "all that is shown ends in a newline");
                    return None;
                }
                Ok(n) => self.shown.extend(&buffer[..n]),
                Err(error) => panic!("nothing comes: {error}"),
            }
        }
    }

    /// Its user closes the window: the connection ends in good order.
    pub(crate) fn closes(self) {
        self.socket.shutdown(Shutdown::Both).expect("it was open");
    }

    /// Its cable is pulled, as far as loopback can: the other side gets a reset.
    pub(crate) fn breaks(self) {
        let set = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        set.expect("a socket takes its options");
    }
}

/// The first whole line of what was shown.
pub(crate) fn take_line(shown: &mut Vec<u8>) -> Option<String> {
    let end = shown.iter().position(|&byte| byte == b'\n')?;
    let line: Vec<u8> = shown.drain(..=end).collect();
    Some(String::from_utf8(line[..end].to_vec()).expect("the server writes UTF-8"))
}

/// What the users of the Portuguese systems with names expect, whatever their client.
pub(crate) trait Pessoa: Person {
    /// Asked for a name, tell it, and be welcomed.
    #[track_caller]
    fn enters(&mut self, name: &str) {
        self.expect("* papo: qual é o seu nome?");
        self.say(name);
        self.expect_start(&format!("* boas-vindas, {name}! você está "));
    }

    /// Nothing more had come until now: the answer to this comes next.
    #[track_caller]
    fn expect_silence(&mut self) {
        self.say("/ignorar");
        self.expect("* você não ignora ninguém");
    }
}

impl<P: Person> Pessoa for P {}
