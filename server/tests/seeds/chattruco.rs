//! ChatTruco's client: datagrams of at most 2048 bytes between port 54319 on both sides.
//!
//! For the answer to a registration or a login it waits in `recvfrom` without a time limit, never
//! repeats, and takes whatever comes for that answer. Logged in, a thread answers each `Truco LIST`
//! with `Seis EMAIL`, and there is a window for each peer. It compares bytes with text, so that no
//! name with an accent is ever found; its windows take no line with a letter above U+FFFF.

use std::collections::{BTreeMap, VecDeque};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::harness::PATIENCE;
use crate::terminal::Terminal;
use crate::world::{PORT, World};

/// Everybody's password, unless a test is about passwords.
pub(crate) const PASSWORD: &str = "segredo";

/// The buffer of a client, and so the longest datagram.
pub(crate) const DATAGRAM: usize = 2048;

/// A user of ChatTruco.
pub(crate) struct Truco {
    pub(crate) email: String,
    socket: Arc<UdpSocket>,
    server: SocketAddr,
    thread: Option<Thread>,
    /// Messages not expected yet: from which address, by whom, what.
    pub(crate) said: VecDeque<(SocketAddr, String, String)>,
    /// Who is online, and at which address.
    pub(crate) peers: BTreeMap<String, String>,
    /// What the windows showed, oldest first.
    changes: Vec<(String, bool)>,
    /// Lists that came with a heartbeat.
    pub(crate) lists: Vec<String>,
    /// The windows, each row with the name of its peer.
    pub(crate) terminal: Terminal,
}

/// Receives while its owner is logged in.
struct Thread {
    is_deaf: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
    heard: Receiver<Heard>,
    handle: JoinHandle<()>,
}

/// What the receiving thread makes of a datagram.
enum Heard {
    Heartbeat(String),
    Said(SocketAddr, String, String),
}

impl Truco {
    /// Not logged in, at the address number `n`.
    pub(crate) fn at(world: &World, n: u8, email: &str) -> Truco {
        Truco {
            email: email.to_owned(),
            socket: Arc::new(bound(SocketAddr::new(world.host(n).into(), PORT))),
            server: world.directory(),
            thread: None,
            said: VecDeque::new(),
            peers: BTreeMap::new(),
            changes: Vec::new(),
            lists: Vec::new(),
            terminal: Terminal::default(),
        }
    }

    /// Registered and logged in.
    #[track_caller]
    pub(crate) fn join(world: &World, n: u8, email: &str) -> Truco {
        let mut truco = Truco::at(world, n, email);
        assert_eq!(truco.ask(&format!("Sin {email} {PASSWORD}")), "sin_ok");
        truco.log_in();
        truco
    }

    /// Logs in; if it was logged in, its user starts it again for that.
    #[track_caller]
    pub(crate) fn log_in(&mut self) {
        if self.thread.is_some() {
            self.start_again();
        }
        let list = self.ask(&format!("Con {} {PASSWORD}", self.email));
        let own = (self.email.clone(), self.address().ip().to_string());
        assert!(entries(&list).contains(&own), "{list}");
        self.show(&list);
        self.thread = Some(self.listen());
    }

    fn start_again(&mut self) {
        self.end_thread();
        // Two sockets cannot have its port.
        let address = self.address();
        self.socket = Arc::new(bound(SocketAddr::new(address.ip(), 0)));
        self.socket = Arc::new(bound(address));
        self.peers.clear();
    }

    /// Sends this once and returns what comes, before it is logged in.
    #[track_caller]
    pub(crate) fn ask(&mut self, question: &str) -> String {
        self.send(question);
        self.answer()
    }

    /// What comes next, before it is logged in.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> String {
        assert!(self.thread.is_none(), "its window for that is closed");
        let mut buffer = [0; DATAGRAM];
        let Ok((length, _)) = self.socket.recv_from(&mut buffer) else {
            panic!("it waits for ever");
        };
        let text = std::str::from_utf8(&buffer[..length]);
        text.expect("UTF-8").to_owned()
    }

    /// One datagram to the server.
    pub(crate) fn send(&self, text: &str) {
        let sent = self.socket.send_to(text.as_bytes(), self.server);
        sent.expect("a datagram goes out");
    }

    /// Writes to a peer at its address in the list.
    #[track_caller]
    pub(crate) fn say(&mut self, to: &str, text: &str) {
        let ip = self.peers.get(to).expect("its button is not grey");
        let peer = SocketAddr::new(ip.parse().expect("an address"), PORT);
        self.terminal.shows(format!("[{to}] > {text}\n"));
        let datagram = format!("Envia {to} {} #m#{text}", self.email);
        let sent = self.socket.send_to(datagram.as_bytes(), peer);
        sent.expect("a datagram goes out");
    }

    /// The next message is this, from that address.
    #[track_caller]
    pub(crate) fn expect_from(&mut self, address: SocketAddr, from: &str, text: &str) {
        self.until("somebody writes", |truco| !truco.said.is_empty());
        let said = self.said.pop_front().expect("there is one");
        assert_eq!(said, (address, from.to_owned(), text.to_owned()));
    }

    /// The same from a user of another system: it comes from the server.
    #[track_caller]
    pub(crate) fn expect(&mut self, from: &str, text: &str) {
        self.expect_from(self.server, from, text);
    }

    /// Its window for `name` shows "Conectado".
    #[track_caller]
    pub(crate) fn sees(&mut self, name: &str) {
        self.until(name, |truco| truco.peers.contains_key(name));
    }

    /// Its window for `name` shows "Desconectado".
    #[track_caller]
    pub(crate) fn misses(&mut self, name: &str) {
        self.until(name, |truco| !truco.peers.contains_key(name));
    }

    /// What its window for `name` showed: true is "Conectado".
    pub(crate) fn changes_of(&self, name: &str) -> Vec<bool> {
        let of = self.changes.iter().filter(|(of, _)| of == name);
        of.map(|(_, is_online)| *is_online).collect()
    }

    /// Waits for this many more heartbeats.
    #[track_caller]
    pub(crate) fn beats(&mut self, count: usize) {
        let goal = self.lists.len() + count;
        self.until("heartbeats", |truco| truco.lists.len() >= goal);
    }

    /// How many heartbeats have come so far.
    pub(crate) fn heard_by_now(&mut self) -> usize {
        while let Ok(heard) = self.thread().heard.try_recv() {
            assert!(matches!(heard, Heard::Heartbeat(_)), "nothing else is due");
            self.lists.push(String::new());
        }
        self.lists.len()
    }

    /// Stops answering heartbeats.
    pub(crate) fn goes_deaf(&self) {
        self.thread().is_deaf.store(true, Ordering::SeqCst);
    }

    /// Answers heartbeats again.
    pub(crate) fn hears_again(&self) {
        self.thread().is_deaf.store(false, Ordering::SeqCst);
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("it is bound")
    }

    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, mut is_so: impl FnMut(&Truco) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so(self) {
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{what}: it never is; {:?}",
                self.lists.last()
            );
            self.pump(left);
        }
    }

    #[track_caller]
    fn thread(&self) -> &Thread {
        self.thread.as_ref().expect("it is logged in")
    }

    fn pump(&mut self, patience: Duration) {
        match self.thread().heard.recv_timeout(patience) {
            Ok(Heard::Heartbeat(list)) => {
                self.show(&list);
                self.lists.push(list);
            }
            Ok(Heard::Said(address, from, text)) => {
                self.terminal.shows(format!("[{from}] {text}\n"));
                self.said.push_back((address, from, text));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => panic!("its thread is over"),
        }
    }

    /// A list is complete: everybody missing is gone.
    fn show(&mut self, list: &str) {
        let entries = entries(list).into_iter();
        let now: BTreeMap<String, String> = entries.filter(|(name, _)| can_find(name)).collect();
        for name in self.peers.keys().filter(|name| !now.contains_key(*name)) {
            self.terminal.shows(format!("[{name}] Desconectado\n"));
            self.changes.push((name.clone(), false));
        }
        for name in now.keys().filter(|name| !self.peers.contains_key(*name)) {
            self.terminal.shows(format!("[{name}] Conectado\n"));
            self.changes.push((name.clone(), true));
        }
        self.peers = now;
    }

    fn listen(&self) -> Thread {
        let (sender, heard) = channel();
        let (is_deaf, is_over) = (Arc::default(), Arc::default());
        let listening = Listening {
            socket: self.socket.clone(),
            server: self.server,
            email: self.email.clone(),
            is_deaf: Arc::clone(&is_deaf),
            is_over: Arc::clone(&is_over),
        };
        Thread {
            is_deaf,
            is_over,
            heard,
            handle: thread::spawn(move || listening.run(&sender)),
        }
    }

    fn end_thread(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        thread.is_over.store(true, Ordering::SeqCst);
        let _ = self.socket.send_to(b"", self.address());
        let is_fault = thread.handle.join().is_err();
        assert!(!is_fault || thread::panicking(), "its thread failed");
    }
}

/// The receiving thread's part.
struct Listening {
    socket: Arc<UdpSocket>,
    server: SocketAddr,
    email: String,
    is_deaf: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
}

impl Listening {
    fn run(&self, heard: &Sender<Heard>) {
        // One byte more than a client has, to notice what it would lose.
        let mut buffer = [0; DATAGRAM + 1];
        loop {
            let (length, from) = match self.socket.recv_from(&mut buffer) {
                _ if self.is_over.load(Ordering::SeqCst) => return,
                Ok(received) => received,
                Err(_) => continue,
            };
            assert!(length <= DATAGRAM, "longer than a client can take");
            let text = std::str::from_utf8(&buffer[..length]).expect("UTF-8");
            let next = if let Some(list) = text.strip_prefix("Truco ") {
                if !self.is_deaf.load(Ordering::SeqCst) {
                    let alive = format!("Seis {}", self.email);
                    let _ = self.socket.send_to(alive.as_bytes(), self.server);
                }
                Some(Heard::Heartbeat(list.to_owned()))
            } else {
                said(text, &self.email, from)
            };
            if next.is_some_and(|next| heard.send(next).is_err()) {
                return;
            }
        }
    }
}

/// A message as it is shown: up to the second `#m#`. None if it is for somebody else, or if the
/// window does not take it.
fn said(datagram: &str, email: &str, address: SocketAddr) -> Option<Heard> {
    let mut parts = datagram.strip_prefix("Envia ")?.split("#m#");
    let (head, text) = (parts.next()?, parts.next()?);
    let (to, from) = head.trim_end().split_once(' ')?;
    let is_shown =
        to == email && can_find(to) && can_find(from) && text.chars().all(|c| c <= '\u{ffff}');
    is_shown.then(|| Heard::Said(address, from.to_owned(), text.to_owned()))
}

/// Bytes are never equal to a text with other letters than ASCII's.
fn can_find(name: &str) -> bool {
    name.is_ascii()
}

/// Names and addresses of a list. Fails on anything but `name:ip#`.
pub(crate) fn entries(list: &str) -> Vec<(String, String)> {
    let all = list.strip_suffix('#').expect("a list ends in #");
    let parts = all.split('#').map(|entry| {
        let parts: Vec<&str> = entry.split(':').collect();
        let &[name, ip] = parts.as_slice() else {
            panic!("{entry} in {list}");
        };
        ip.parse::<std::net::IpAddr>().expect("an address");
        (name.to_owned(), ip.to_owned())
    });
    parts.collect()
}

impl Drop for Truco {
    /// It disappears without a word; its port is free again.
    fn drop(&mut self) {
        self.end_thread();
    }
}

/// A socket at this address. One that was closed here stays bound for as long as a process that another
/// test starts still holds a copy of it, from its fork to its exec.
pub(crate) fn bound(address: SocketAddr) -> UdpSocket {
    let deadline = Instant::now() + PATIENCE;
    let socket = loop {
        match UdpSocket::bind(address) {
            Ok(socket) => break socket,
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => panic!("{address}: {error}"),
        }
    };
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket
}
