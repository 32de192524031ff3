//! A small ChatTruco directory: it registers users, logs them in and sends lists, and it loses datagrams when
//! a test says so. Every test has its own network, 127.X.Y.0, so all of its users have the same port as in
//! real life.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::PATIENCE;

/// The pause between lists; shorter than the usual second, to keep tests short.
const BEAT: Duration = Duration::from_millis(200);
/// How long the thread waits for a datagram before it checks for requests of the test.
const GLANCE: Duration = Duration::from_millis(10);

/// The directory.
pub(crate) struct Directory {
    network: [u8; 2],
    port: u16,
    state: Arc<Mutex<State>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    passwords: BTreeMap<String, String>,
    /// Who is in the list, and where.
    online: BTreeMap<String, IpAddr>,
    /// Who gets the list.
    told: BTreeMap<String, IpAddr>,
    heard: Vec<String>,
    /// Beginnings of datagrams to lose, once each.
    lost: Vec<String>,
    is_silent: bool,
    is_over: bool,
}

impl Directory {
    /// A directory with these registered users, each with the password `pw`.
    pub(crate) fn start(users: &[&str]) -> Directory {
        static NETWORK: AtomicU8 = AtomicU8::new(0);
        let process = std::process::id() % 200;
        let network = [
            u8::try_from(process).expect("below 200") + 20,
            NETWORK.fetch_add(1, Ordering::Relaxed),
        ];
        let socket = UdpSocket::bind((address(network, 1), 0)).expect("bind");
        socket.set_read_timeout(Some(GLANCE)).expect("a timeout");
        let port = socket.local_addr().expect("address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let passwords = users.iter().map(|&user| (user.to_owned(), "pw".to_owned()));
        state.lock().expect("state").passwords.extend(passwords);
        let thread = thread::spawn({
            let state = Arc::clone(&state);
            move || serve(&socket, port, &state)
        });
        Directory {
            network,
            port,
            state,
            thread: Some(thread),
        }
    }

    /// The address of the directory for `papo-chattruco`.
    pub(crate) fn address(&self) -> String {
        SocketAddr::new(self.ip(1), self.port).to_string()
    }

    /// The address of user `n`; the directory is 1.
    pub(crate) fn ip(&self, n: u8) -> IpAddr {
        address(self.network, n)
    }

    /// The arguments of `papo-chattruco` for the user `n`.
    pub(crate) fn arguments(&self, n: u8, email: &str, more: &[&str]) -> Vec<String> {
        let port = self.port.to_string();
        let own = SocketAddr::new(self.ip(n), self.port).to_string();
        let words = [&self.address(), "--email", email];
        let ports = ["--bind", &own, "--peer-port", &port];
        let all = words.iter().chain(&ports).chain(more);
        all.map(|&word| word.to_owned()).collect()
    }

    /// A socket for the user `n` of another program.
    pub(crate) fn socket(&self, n: u8) -> UdpSocket {
        let socket = UdpSocket::bind((self.ip(n), self.port)).expect("bind");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        socket
    }

    /// Send from such a socket to the user `n`.
    pub(crate) fn send(&self, from: &UdpSocket, n: u8, datagram: &[u8]) {
        let to = SocketAddr::new(self.ip(n), self.port);
        from.send_to(datagram, to).expect("a datagram");
    }

    /// Put a user into the list.
    pub(crate) fn list(&self, name: &str, n: u8) {
        let ip = self.ip(n);
        self.change(|state| state.online.insert(name.to_owned(), ip));
    }

    /// Remove a user from the list, who still gets it.
    pub(crate) fn forget(&self, email: &str) {
        self.change(|state| state.online.remove(email));
    }

    /// Lose the next datagram with this beginning, in either direction.
    pub(crate) fn lose(&self, beginning: &str) {
        self.change(|state| state.lost.push(beginning.to_owned()));
    }

    /// Send nothing any more.
    pub(crate) fn fall_silent(&self) {
        self.change(|state| state.is_silent = true);
    }

    /// Wait until this datagram has come, and drop it and all before it.
    #[track_caller]
    pub(crate) fn expect(&self, datagram: &str) {
        self.wait(datagram, |state| {
            let at = state.heard.iter().position(|heard| heard == datagram)?;
            Some(state.heard.drain(..=at).count())
        });
    }

    /// Wait until all datagrams to lose are lost.
    #[track_caller]
    pub(crate) fn expect_losses(&self) {
        self.wait("losses", |state| state.lost.is_empty().then_some(0));
    }

    #[track_caller]
    fn wait(&self, what: &str, mut found: impl FnMut(&mut State) -> Option<usize>) {
        let deadline = Instant::now() + PATIENCE;
        while self.change(&mut found).is_none() {
            assert!(Instant::now() < deadline, "no {what}");
            thread::sleep(GLANCE);
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().expect("state"))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Ok(mut state) = self.state.lock() {
            state.is_over = true;
        }
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl State {
    fn list(&self) -> String {
        let entry = |(email, ip): (&String, &IpAddr)| format!("{email}:{ip}#");
        self.online.iter().map(entry).collect()
    }

    fn is_lost(&mut self, datagram: &str) -> bool {
        let at = self.lost.iter().position(|lost| datagram.starts_with(lost));
        at.map(|at| self.lost.remove(at)).is_some()
    }

    /// The answer to a datagram.
    fn answer(&mut self, datagram: &str, ip: IpAddr) -> Option<String> {
        let words: Vec<&str> = datagram.split(' ').collect();
        let answer = match words[..] {
            ["Sin", email, _] if self.passwords.contains_key(email) => "sin_erro_em",
            ["Sin", email, password] => {
                self.passwords.insert(email.to_owned(), password.to_owned());
                "sin_ok"
            }
            ["Sin", ..] => "sin_erro",
            ["Con", email, password] => match self.passwords.get(email) {
                None => "erro_em",
                Some(right) if right != password => "erro_pw",
                Some(_) => {
                    self.online.insert(email.to_owned(), ip);
                    self.told.insert(email.to_owned(), ip);
                    return Some(self.list());
                }
            },
            ["Con", ..] => "erro",
            _ => return None,
        };
        Some(answer.to_owned())
    }
}

/// The directory's thread: receive, answer, and send lists when they are due.
fn serve(socket: &UdpSocket, port: u16, state: &Mutex<State>) {
    let (mut buffer, mut beat) = ([0; 2048], Instant::now());
    loop {
        let received = socket.recv_from(&mut buffer);
        let mut state = state.lock().expect("state");
        if state.is_over {
            return;
        }
        let mut out: Vec<(String, IpAddr)> = Vec::new();
        if let Ok((n, from)) = received {
            let datagram = String::from_utf8_lossy(&buffer[..n]).into_owned();
            if !state.is_lost(&datagram) {
                let answer = state.answer(&datagram, from.ip());
                out.extend(answer.map(|answer| (answer, from.ip())));
                state.heard.push(datagram);
            }
        }
        if beat.elapsed() >= BEAT {
            beat = Instant::now();
            let list = format!("Truco {}", state.list());
            out.extend(state.told.values().map(|&ip| (list.clone(), ip)));
        }
        out.retain(|(datagram, _)| !state.is_silent && !state.is_lost(datagram));
        for (datagram, ip) in out {
            // The user may be gone.
            let _ = socket.send_to(datagram.as_bytes(), (ip, port));
        }
    }
}

fn address(network: [u8; 2], n: u8) -> IpAddr {
    Ipv4Addr::new(127, network[0], network[1], n).into()
}
