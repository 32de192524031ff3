//! What a client of the older TCP systems shows. A thread of its own reads at most 1024 bytes at a
//! time, decodes each read by itself as UTF-8 and prints it with a line end of its own, as soon as
//! it comes.
//!
//! A read that is not UTF-8 by itself ends the thread: the user sees nothing from then on. A test
//! fails there, also if it never looks.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::SockRef;

use crate::harness::PATIENCE;
use crate::terminal::Terminal;

/// The buffer of these clients.
pub(crate) const READ: usize = 1024;

/// A socket and what it has shown.
pub(crate) struct Screen {
    socket: TcpStream,
    thread: Option<JoinHandle<()>>,
    reads: Receiver<Read>,
    shown: Vec<u8>,
    /// Whether the next read is shown without a line end: the client's user types on its row.
    is_prompt: bool,
    pub(crate) terminal: Terminal,
}

/// The result of one read.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Read {
    /// Is shown.
    Bytes(Vec<u8>),
    /// Not UTF-8 by itself: the thread ends.
    Torn(Vec<u8>),
    /// Exactly the last word of this system: the thread ends.
    LastWord,
    /// The connection ended.
    End,
}

/// How the thread of a client reads.
pub(crate) struct Reading {
    /// A read of exactly this ends it.
    pub(crate) last_word: Option<u8>,
    /// Whether a torn read closes the connection.
    pub(crate) closes_if_torn: bool,
    /// Whether the first read is shown where its user types.
    pub(crate) begins_with_prompt: bool,
    /// Is done before each read: nothing, unless the client is slow.
    pub(crate) before: fn(),
}

impl Default for Reading {
    fn default() -> Reading {
        Reading {
            last_word: None,
            closes_if_torn: false,
            begins_with_prompt: false,
            before: || {},
        }
    }
}

impl Screen {
    /// Connected, and reading at once.
    pub(crate) fn to(address: SocketAddr, reading: Reading) -> Screen {
        Screen::after(address, b"", reading)
    }

    /// Connected; sends this and only then starts to read.
    pub(crate) fn after(address: SocketAddr, bytes: &[u8], reading: Reading) -> Screen {
        let mut socket = TcpStream::connect(address).expect("the server listens");
        let set = socket.set_nodelay(true);
        set.expect("a socket takes its options");
        socket.write_all(bytes).expect("the server takes it");
        let (sender, reads) = channel();
        let is_prompt = reading.begins_with_prompt;
        let reader = socket.try_clone().expect("a second handle");
        let thread = std::thread::spawn(move || read_all(reader, &sender, &reading));
        Screen {
            socket,
            thread: Some(thread),
            reads,
            shown: Vec::new(),
            is_prompt,
            terminal: Terminal::default(),
        }
    }

    /// One `send` of exactly these bytes. Works after a torn read, too.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).expect("the server takes it");
    }

    /// The next read.
    #[track_caller]
    pub(crate) fn read(&mut self) -> Read {
        let read = self.reads.recv_timeout(PATIENCE);
        let read = read.unwrap_or_else(|_| panic!("nothing comes after {:?}", self.shown));
        if let Read::Torn(bytes) = read {
            panic!("a torn read: {:?}", String::from_utf8_lossy(&bytes));
        }
        read
    }

    /// The first read is this text, with the cursor after it.
    #[track_caller]
    pub(crate) fn expect_prompt(&mut self, text: &str) {
        let Read::Bytes(bytes) = self.read() else {
            panic!("the end");
        };
        self.print(&bytes);
        let shown = String::from_utf8(std::mem::take(&mut self.shown)).expect("it is not torn");
        // Where the server has still to find out who asks, the question ends as a line.
        assert_eq!(shown.strip_suffix('\n').unwrap_or(&shown), text);
    }

    /// The next row shown is this line. One that is longer than a read is shown in several rows, of
    /// which only the last is short.
    #[track_caller]
    pub(crate) fn expect(&mut self, line: &str) {
        let mut row = self.row(line);
        let mut shown = row.clone();
        while line.len() > READ && shown.len() < line.len() {
            assert!(row.len() > READ * 7 / 8, "a short row: {row:?}");
            row = self.row(line);
            shown += &row;
        }
        assert_eq!(shown, line);
    }

    /// The next row, of this line.
    #[track_caller]
    fn row(&mut self, line: &str) -> String {
        let row = self.line();
        row.unwrap_or_else(|| panic!("the end, and no {line:?}"))
    }

    /// The next line shown, which may be empty; none at the end.
    #[track_caller]
    pub(crate) fn line(&mut self) -> Option<String> {
        loop {
            if let Some(line) = take_line(&mut self.shown) {
                return Some(line);
            }
            match self.read() {
                Read::Bytes(bytes) => self.print(&bytes),
                end => {
                    assert_eq!(self.shown, b"", "all that is shown ends in a line end");
                    assert_eq!(end, Read::End);
                    return None;
                }
            }
        }
    }

    /// What is left to be shown, up to the end of the thread.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Read {
        loop {
            match self.read() {
                Read::Bytes(bytes) => self.print(&bytes),
                end => break end,
            }
        }
    }

    /// The thread is over, and the server closes with nothing more to read.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        let mut rest = Vec::new();
        let set = self.socket.set_read_timeout(Some(PATIENCE));
        set.expect("a socket takes its options");
        let end = self.socket.read_to_end(&mut rest);
        end.expect("the server closes");
        assert_eq!(rest, b"");
    }

    /// What was shown and not looked at.
    pub(crate) fn shown(&self) -> &[u8] {
        &self.shown
    }

    fn print(&mut self, bytes: &[u8]) {
        let is_prompt = std::mem::take(&mut self.is_prompt);
        let end: &[u8] = if is_prompt { b"" } else { b"\n" };
        for bytes in [bytes, end] {
            self.shown.extend(bytes);
            self.terminal.shows(bytes);
        }
    }

    /// Its user closes the window: a clean end.
    pub(crate) fn closes(self) {
        self.socket.shutdown(Shutdown::Both).expect("it was open");
    }

    /// Its cable is pulled, as far as loopback can: the server gets a reset.
    pub(crate) fn breaks(mut self) {
        let set = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        set.expect("a socket takes its options");
        // The last handle counts, so the thread's has to go first.
        self.ends(Shutdown::Read);
    }

    /// Ends the thread, if the server has not done it.
    fn ends(&mut self, how: Shutdown) {
        let _ = self.socket.shutdown(how);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.ends(Shutdown::Both);
        }
        let torn = self
            .reads
            .try_iter()
            .find(|read| matches!(read, Read::Torn(_)));
        assert!(torn.is_none() || std::thread::panicking(), "{torn:?}");
    }
}

fn read_all(mut socket: TcpStream, reads: &Sender<Read>, reading: &Reading) {
    let mut buffer = [0; READ];
    loop {
        (reading.before)();
        let read = match socket.read(&mut buffer) {
            Ok(0) | Err(_) => Read::End,
            Ok(1) if Some(buffer[0]) == reading.last_word => Read::LastWord,
            Ok(n) if std::str::from_utf8(&buffer[..n]).is_err() => {
                if reading.closes_if_torn {
                    let _ = socket.shutdown(Shutdown::Both);
                }
                Read::Torn(buffer[..n].to_vec())
            }
            Ok(n) => Read::Bytes(buffer[..n].to_vec()),
        };
        let is_over = !matches!(read, Read::Bytes(_));
        if reads.send(read).is_err() || is_over {
            return;
        }
    }
}

/// The first complete line shown.
fn take_line(shown: &mut Vec<u8>) -> Option<String> {
    let end = shown.iter().position(|&byte| byte == b'\n')?;
    let line: Vec<u8> = shown.drain(..=end).collect();
    Some(String::from_utf8(line[..end].to_vec()).expect("the server writes UTF-8"))
}
