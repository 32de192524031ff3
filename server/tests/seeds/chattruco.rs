//! ChatTruco's client: datagrams of at most 2048 bytes between port 54319 on both sides, a thread
//! that answers each `Truco LIST` with `Seis EMAIL`, and a window for each peer in the list. Also a
//! bare socket, for datagrams no client sends.

use std::collections::{BTreeMap, VecDeque};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::harness::PATIENCE;
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
    is_deaf: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    heard: Receiver<Heard>,
    answers: VecDeque<String>,
    /// Messages not expected yet: from which address, by whom, what.
    pub(crate) said: VecDeque<(SocketAddr, String, String)>,
    /// Who is online, and at which address.
    pub(crate) peers: BTreeMap<String, String>,
    /// What the windows showed, oldest first.
    changes: Vec<(String, bool)>,
    /// Lists that came with a heartbeat.
    pub(crate) lists: Vec<String>,
}

/// What the receiving thread makes of a datagram.
enum Heard {
    Heartbeat(String),
    Said(SocketAddr, String, String),
    Answer(String),
}

impl Truco {
    /// Not logged in, at the address number `n`.
    pub(crate) fn at(world: &World, n: u8, email: &str) -> Truco {
        let socket = Arc::new(bound(SocketAddr::new(world.host(n).into(), PORT)));
        let (sender, heard) = channel();
        let (is_deaf, is_over) = (Arc::default(), Arc::default());
        let mut truco = Truco {
            email: email.to_owned(),
            socket,
            server: world.directory(),
            is_deaf,
            is_over,
            thread: None,
            heard,
            answers: VecDeque::new(),
            said: VecDeque::new(),
            peers: BTreeMap::new(),
            changes: Vec::new(),
            lists: Vec::new(),
        };
        truco.thread = Some(truco.listen(sender));
        truco
    }

    /// Registered and logged in.
    #[track_caller]
    pub(crate) fn join(world: &World, n: u8, email: &str) -> Truco {
        let mut truco = Truco::at(world, n, email);
        assert_eq!(truco.ask(&format!("Sin {email} {PASSWORD}")), "sin_ok");
        truco.log_in();
        truco
    }

    /// Logs in and waits for the list.
    #[track_caller]
    pub(crate) fn log_in(&mut self) {
        let mut list = self.ask(&format!("Con {} {PASSWORD}", self.email));
        // A registration sent twice, because the server was slow, is answered twice.
        while list == "sin_ok" {
            self.until("the list", |truco| !truco.answers.is_empty());
            list = self.answers.pop_front().expect("there is one");
        }
        let own = format!("{}:{}#", self.email, self.address().ip());
        assert!(list.contains(&own), "{list}");
    }

    /// Sends this and returns the answer; repeats it if there is none, as the server may be busy.
    #[track_caller]
    pub(crate) fn ask(&mut self, question: &str) -> String {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            self.send(question);
            let again = Instant::now() + Duration::from_secs(3);
            while self.answers.is_empty() && Instant::now() < again {
                self.pump(again.saturating_duration_since(Instant::now()));
            }
            if let Some(answer) = self.answers.pop_front() {
                return answer;
            }
        }
        panic!("no answer to {question:?}");
    }

    /// One datagram to the server.
    pub(crate) fn send(&self, text: &str) {
        let sent = self.socket.send_to(text.as_bytes(), self.server);
        sent.expect("a datagram goes out");
    }

    /// Writes to a peer at its address in the list.
    #[track_caller]
    pub(crate) fn say(&self, to: &str, text: &str) {
        let ip = self.peers.get(to).expect("its button is not grey");
        let peer = SocketAddr::new(ip.parse().expect("an address"), PORT);
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
        while let Ok(heard) = self.heard.try_recv() {
            assert!(matches!(heard, Heard::Heartbeat(_)), "nothing else is due");
            self.lists.push(String::new());
        }
        self.lists.len()
    }

    /// Stops answering heartbeats.
    pub(crate) fn goes_deaf(&self) {
        self.is_deaf.store(true, Ordering::SeqCst);
    }

    /// Answers heartbeats again.
    pub(crate) fn hears_again(&self) {
        self.is_deaf.store(false, Ordering::SeqCst);
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

    fn pump(&mut self, patience: Duration) {
        match self.heard.recv_timeout(patience) {
            Ok(Heard::Heartbeat(list)) => {
                self.show(&list);
                self.lists.push(list);
            }
            Ok(Heard::Said(address, from, text)) => self.said.push_back((address, from, text)),
            Ok(Heard::Answer(answer)) => {
                if answer.ends_with('#') {
                    self.show(&answer);
                }
                self.answers.push_back(answer);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => panic!("its thread is over"),
        }
    }

    /// A list is complete: everybody missing is gone.
    fn show(&mut self, list: &str) {
        let now: BTreeMap<String, String> = entries(list).into_iter().collect();
        for name in self.peers.keys().filter(|name| !now.contains_key(*name)) {
            self.changes.push((name.clone(), false));
        }
        for name in now.keys().filter(|name| !self.peers.contains_key(*name)) {
            self.changes.push((name.clone(), true));
        }
        self.peers = now;
    }

    fn listen(&self, heard: Sender<Heard>) -> JoinHandle<()> {
        let (socket, server, email) = (self.socket.clone(), self.server, self.email.clone());
        let (is_deaf, is_over) = (self.is_deaf.clone(), self.is_over.clone());
        std::thread::spawn(move || {
            // One byte more than a client has, to notice what it would lose.
            let mut buffer = [0; DATAGRAM + 1];
            loop {
                let (length, from) = match socket.recv_from(&mut buffer) {
                    _ if is_over.load(Ordering::SeqCst) => return,
                    Ok(received) => received,
                    Err(_) => continue,
                };
                assert!(length <= DATAGRAM, "longer than a client can take");
                let text = std::str::from_utf8(&buffer[..length]).expect("UTF-8");
                let next = if let Some(list) = text.strip_prefix("Truco ") {
                    if !is_deaf.load(Ordering::SeqCst) {
                        let alive = format!("Seis {email}");
                        let _ = socket.send_to(alive.as_bytes(), server);
                    }
                    Some(Heard::Heartbeat(list.to_owned()))
                } else if let Some(message) = text.strip_prefix("Envia ") {
                    said(message, &email, from)
                } else {
                    Some(Heard::Answer(text.to_owned()))
                };
                if next.is_some_and(|next| heard.send(next).is_err()) {
                    return;
                }
            }
        })
    }
}

/// A message; none if it is for somebody else.
fn said(message: &str, email: &str, address: SocketAddr) -> Option<Heard> {
    let (head, text) = message.split_once(" #m#")?;
    let (to, from) = head.split_once(' ')?;
    (to == email).then(|| Heard::Said(address, from.to_owned(), text.to_owned()))
}

/// Names and addresses of a list. Fails on anything but `name:ip#`.
pub(crate) fn entries(list: &str) -> Vec<(String, String)> {
    let all = list.strip_suffix('#').expect("a list ends in #");
    let parts = all.split('#').map(|entry| {
        let (name, ip) = entry.split_once(':').expect("name:ip");
        ip.parse::<std::net::IpAddr>().expect("an address");
        (name.to_owned(), ip.to_owned())
    });
    parts.collect()
}

impl Drop for Truco {
    /// It disappears without a word; its port is free again.
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = self.socket.send_to(b"", self.address());
        if let Some(thread) = self.thread.take() {
            let is_fault = thread.join().is_err();
            assert!(!is_fault || std::thread::panicking(), "its thread failed");
        }
    }
}

/// A bare socket that answers nothing.
pub(crate) struct Raw {
    socket: UdpSocket,
    server: SocketAddr,
}

impl Raw {
    /// At the clients' port.
    pub(crate) fn at(world: &World, n: u8) -> Raw {
        Raw::at_port(world, n, PORT)
    }

    /// At another port; 0 is any.
    pub(crate) fn at_port(world: &World, n: u8, port: u16) -> Raw {
        Raw {
            socket: bound(SocketAddr::new(world.host(n).into(), port)),
            server: world.directory(),
        }
    }

    pub(crate) fn send(&self, bytes: impl AsRef<[u8]>) {
        let sent = self.socket.send_to(bytes.as_ref(), self.server);
        sent.expect("a datagram goes out");
    }

    /// The next datagram, which comes from the server.
    #[track_caller]
    pub(crate) fn hear(&self) -> String {
        let mut buffer = [0; 65_536];
        let received = self.socket.recv_from(&mut buffer);
        let (length, from) = received.expect("a datagram comes");
        assert_eq!(from, self.server);
        String::from_utf8(buffer[..length].to_vec()).expect("UTF-8")
    }

    /// The next datagram is this.
    #[track_caller]
    pub(crate) fn expect(&self, datagram: &str) {
        assert_eq!(self.hear(), datagram);
    }

    /// Datagrams that have come and were not read yet.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.socket
            .set_nonblocking(true)
            .expect("a socket takes its options");
        let mut buffer = [0; 65_536];
        let mut all = Vec::new();
        while let Ok((length, _)) = self.socket.recv_from(&mut buffer) {
            all.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
        }
        self.socket
            .set_nonblocking(false)
            .expect("a socket takes its options");
        all
    }
}

fn bound(address: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind(address);
    let socket = socket.unwrap_or_else(|error| panic!("{address}: {error}"));
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket
}
