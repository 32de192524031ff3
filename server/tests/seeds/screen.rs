//! What a client of the older TCP systems shows: the result of each read of 1024 bytes, here cut
//! into lines for tests.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::SockRef;

use crate::harness::PATIENCE;
use crate::people::Person;

/// The buffer of these clients.
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

    /// One `send` of exactly these bytes.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).expect("the server takes it");
    }

    /// The next line shown; none at the end.
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

    /// Its user closes the window: a clean end.
    pub(crate) fn closes(self) {
        self.socket.shutdown(Shutdown::Both).expect("it was open");
    }

    /// Its cable is pulled, as far as loopback can: the server gets a reset.
    pub(crate) fn breaks(self) {
        let set = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        set.expect("a socket takes its options");
    }
}

/// The first complete line shown.
pub(crate) fn take_line(shown: &mut Vec<u8>) -> Option<String> {
    let end = shown.iter().position(|&byte| byte == b'\n')?;
    let line: Vec<u8> = shown.drain(..=end).collect();
    Some(String::from_utf8(line[..end].to_vec()).expect("the server writes UTF-8"))
}

/// What users of the Portuguese systems with names expect from any client.
pub(crate) trait Pessoa: Person {
    /// Is asked for a name, gives it, and is welcomed.
    #[track_caller]
    fn enters(&mut self, name: &str) {
        self.expect("* papo: qual é o seu nome?");
        self.say(name);
        self.expect_start(&format!("* boas-vindas, {name}! você está "));
    }

    /// Nothing else had come so far: the answer to this comes next.
    #[track_caller]
    fn expect_silence(&mut self) {
        self.say("/ignorar");
        self.expect("* você não ignora ninguém");
    }
}

impl<P: Person> Pessoa for P {}
