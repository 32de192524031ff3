//! The real system behind `Sys`: sockets, signals, the console and the clock of this host.
//!
//! Each function is one system call, or the bookkeeping that one needs. No policy.
//! Invariant: every watched descriptor is deleted from the poller before it is closed.

pub mod udp;

use std::fs::File;
use std::io::{self, IoSlice, Read, Write};
use std::mem::offset_of;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::sys::signalfd::SignalFd;
use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::GetStruct;
use nix::{getsockopt_impl, libc};
use socket2::{Socket, TcpKeepalive};

use crate::clock::{Clock, Zone};
use crate::hub::{Id, Time};
use crate::limits::GHOST_WITHIN;
use crate::net::console::{Keyboard, has_job_control};
use crate::net::listen::KEEPALIVE;
use crate::net::poller::{Poller, Source};
use crate::net::signals;
use crate::net::signals::Caught;
use crate::net::sys::{Accepted, Interest, Listening, Probing, Ready, Signs, Sys, is_exhaustion};
use crate::ops::logging;
use crate::ops::systemd;
use crate::ops::systemd::Watchdog;
use crate::store::accounts;
use crate::store::jobs::{Busy, Done, Job, Workers};

/// The kernel's state of a TCP connection, an option that nix does not define.
#[derive(Clone, Copy)]
struct TcpInfo;

/// The beginning of `tcp_info`, as far as it is used. Not all of it: its length depends on the
/// kernel's version, and nix panics if a kernel fills less than requested. All since 4.6 fill this.
#[derive(Clone, Copy)]
#[repr(C)]
struct TcpFigures {
    state: [u8; 2],
    retransmits: u8,
    probes: u8,
    backoff: u8,
    before_rto: [u8; 3],
    rto: u32,
    before_unacked: [u32; 3],
    unacked: u32,
    before_last_ack: [u32; 7],
    last_ack_recv: u32,
    before_rtt: [u32; 2],
    rtt: u32,
    rttvar: u32,
    before_bytes_acked: [u32; 11],
    bytes_acked: u64,
    before_segs_in: [u32; 3],
    segs_in: u32,
    notsent_bytes: u32,
}

const _: () = {
    assert!(offset_of!(TcpFigures, retransmits) == offset_of!(libc::tcp_info, tcpi_retransmits));
    assert!(offset_of!(TcpFigures, probes) == offset_of!(libc::tcp_info, tcpi_probes));
    assert!(offset_of!(TcpFigures, backoff) == offset_of!(libc::tcp_info, tcpi_backoff));
    assert!(offset_of!(TcpFigures, rto) == offset_of!(libc::tcp_info, tcpi_rto));
    assert!(offset_of!(TcpFigures, unacked) == offset_of!(libc::tcp_info, tcpi_unacked));
    assert!(
        offset_of!(TcpFigures, last_ack_recv) == offset_of!(libc::tcp_info, tcpi_last_ack_recv)
    );
    assert!(offset_of!(TcpFigures, rtt) == offset_of!(libc::tcp_info, tcpi_rtt));
    assert!(offset_of!(TcpFigures, rttvar) == offset_of!(libc::tcp_info, tcpi_rttvar));
    assert!(offset_of!(TcpFigures, bytes_acked) == offset_of!(libc::tcp_info, tcpi_bytes_acked));
    assert!(offset_of!(TcpFigures, segs_in) == offset_of!(libc::tcp_info, tcpi_segs_in));
    assert!(
        offset_of!(TcpFigures, notsent_bytes) == offset_of!(libc::tcp_info, tcpi_notsent_bytes)
    );
};

getsockopt_impl!(
    TcpInfo,
    libc::IPPROTO_TCP,
    libc::TCP_INFO,
    TcpFigures,
    GetStruct<TcpFigures>
);

impl TcpFigures {
    /// How long after an unanswered question the kernel asks again. It doubles the timeout itself when it
    /// retransmits, but not when it probes a window that is full.
    fn pause(&self) -> Duration {
        let timeout = Duration::from_micros(self.rto.into());
        if self.unacked > 0 {
            timeout
        } else if self.notsent_bytes > 0 {
            timeout * (1 << self.backoff.min(10))
        } else {
            Duration::ZERO
        }
    }
}

/// See the top of this file.
pub struct Os {
    poller: Poller,
    listeners: Vec<Socket>,
    accepting: Interest,
    /// Released for a moment when descriptors have run out, to tell waiting clients.
    spare: Option<File>,
    signals: SignalFd,
    console: Interest,
    keyboard: Keyboard,
    /// Whether another job has the terminal, so that it cannot be read.
    is_away: bool,
    started: Instant,
    /// As it was at the start.
    zone: Zone,
    watchdog: Option<Watchdog>,
    workers: Workers,
    udp: Option<udp::Udp>,
}

impl Os {
    /// Watches these listeners, the signals and, if possible, standard input; the workers wake this
    /// poller.
    ///
    /// # Errors
    /// If descriptors have run out already.
    pub fn new(
        poller: Poller,
        listeners: Vec<Socket>,
        signals: SignalFd,
        workers: Workers,
    ) -> io::Result<Os> {
        poller.watch(&signals, Source::Signal, Interest::Off, Interest::Read)?;
        let watched = poller.watch(&io::stdin(), Source::Console, Interest::Off, Interest::Read);
        let mut os = Os {
            poller,
            listeners,
            accepting: Interest::Off,
            spare: spare(),
            signals,
            // A file or /dev/null cannot be watched: then there is no console.
            console: if watched.is_ok() {
                Interest::Read
            } else {
                Interest::Off
            },
            keyboard: Keyboard::default(),
            is_away: false,
            started: Instant::now(),
            zone: Zone::Host(Box::leak(Box::new(jiff::tz::TimeZone::system()))),
            watchdog: Watchdog::from_environment(),
            workers,
            udp: None,
        };
        os.listen(Listening::On);
        Ok(os)
    }

    /// Keeps the typed line apart from the printed ones, if there is a terminal. Returns whether
    /// there is.
    pub fn edit_console(&mut self) -> bool {
        self.console != Interest::Off && self.keyboard.edit()
    }

    /// Waits until the archive has all that it was given, but not for a stuck disk.
    pub fn close_archive(&mut self) {
        self.workers.close_archive();
    }

    /// Restores the terminal.
    pub fn leave_console(&mut self) {
        self.keyboard.close();
    }

    /// Another job has the terminal now, or none has: unreadable input must not be reported again
    /// and again.
    fn set_away(&mut self, is_away: bool) -> io::Result<()> {
        if self.is_away == is_away {
            return Ok(());
        }
        self.is_away = is_away;
        let (stdin, source) = (io::stdin(), Source::Console);
        match is_away {
            true => self.poller.watch_news(&stdin, source),
            false => {
                let watched = self.console;
                self.poller.watch(&stdin, source, watched, Interest::Read)
            }
        }
    }

    fn watch_listeners(&mut self, to: Interest) {
        for (number, listener) in self.listeners.iter().enumerate() {
            let watched = self
                .poller
                .watch(listener, Source::Listener(number), self.accepting, to);
            if let Err(error) = watched {
                log::error!("listener {number} cannot be watched: {error}");
            }
        }
        self.accepting = to;
    }

    fn accept_one(&self, listener: usize) -> io::Result<(Socket, SocketAddr)> {
        let Some(listener) = self.listeners.get(listener) else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let (socket, address) =
            listener.accept4(nix::libc::SOCK_NONBLOCK | nix::libc::SOCK_CLOEXEC)?;
        let address = address.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok((socket, address))
    }

    /// The signals that have come: those for the loop are ready, the others are acted upon here.
    fn take_signals(&mut self, ready: &mut Vec<Ready>) {
        while let Some(caught) = signals::next(&self.signals) {
            match caught {
                Caught::Tell(signal) => ready.push(Ready::Signal(signal)),
                Caught::Suspend => self.keyboard.suspend(),
                Caught::Continue => {
                    self.keyboard.resume();
                    if let Err(error) = self.set_away(false) {
                        log::warn!("console: {error}");
                    }
                }
            }
        }
    }

    fn read_console(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.keyboard.read(buffer);
        match &read {
            Err(error) if error.raw_os_error() == Some(Errno::EIO as i32) && has_job_control() => {
                self.set_away(true)?;
                Err(io::ErrorKind::WouldBlock.into())
            }
            _ => {
                self.set_away(false)?;
                read
            }
        }
    }

    fn close_console(&mut self) {
        self.keyboard.close();
        if let Err(error) =
            self.poller
                .watch(&io::stdin(), Source::Console, self.console, Interest::Off)
        {
            log::error!("console: {error}");
        }
        self.console = Interest::Off;
        self.is_away = false;
    }
}

impl Sys for Os {
    type Socket = Socket;

    fn now(&mut self) -> Time {
        self.started.elapsed()
    }

    fn clock(&mut self) -> Clock {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let since = since.unwrap_or_default();
        Clock {
            at: since.as_secs() as i64,
            ms: since.subsec_millis() as u16,
            zone: self.zone,
        }
    }

    fn random(&mut self) -> Option<u128> {
        accounts::random_number()
    }

    fn wait(&mut self, until: Option<Time>, ready: &mut Vec<Ready>) -> io::Result<()> {
        let until = match &mut self.watchdog {
            Some(watchdog) => {
                if watchdog.is_due(self.started.elapsed()) {
                    systemd::alive();
                }
                Some(watchdog.sooner(until))
            }
            None => until,
        };
        let timeout = until.map(|until| until.saturating_sub(self.started.elapsed()));
        if self.poller.wait(timeout, ready)? {
            self.take_signals(ready);
        }
        if self.workers.has_done() {
            ready.push(Ready::Done);
        }
        Ok(())
    }

    fn accept(&mut self, listener: usize) -> io::Result<Accepted<Socket>> {
        match self.accept_one(listener) {
            Err(error) if is_exhaustion(&error) && self.spare.take().is_some() => {
                let accepted = self.accept_one(listener);
                if accepted.is_err() {
                    self.spare = spare();
                }
                accepted.map(|(socket, _)| Accepted::OnReserve(socket))
            }
            accepted => accepted.map(|(socket, peer)| Accepted::Conn(socket, peer)),
        }
    }

    fn listen(&mut self, to: Listening) {
        match to {
            Listening::On => self.watch_listeners(Interest::Read),
            Listening::Off => self.watch_listeners(Interest::Off),
            Listening::Closed => {
                self.keyboard.ignore();
                systemd::stopping();
                self.watch_listeners(Interest::Off);
                self.listeners.clear();
            }
        }
    }

    fn read(&mut self, socket: &mut Socket, buffer: &mut [u8]) -> io::Result<usize> {
        socket.read(buffer)
    }

    fn write(&mut self, socket: &mut Socket, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match pieces {
            [piece] => socket.write(piece),
            pieces => socket.write_vectored(pieces),
        }
    }

    fn shutdown(&mut self, socket: &mut Socket) {
        let _ = socket.shutdown(std::net::Shutdown::Write);
    }

    fn watch(&mut self, socket: &Socket, id: Id, from: Interest, to: Interest) -> io::Result<()> {
        self.poller.watch(socket, Source::Conn(id), from, to)
    }

    fn close(&mut self, socket: Socket, watched: Interest) {
        // The key does not matter for a deletion.
        let source = Source::Signal;
        if let Err(error) = self.poller.watch(&socket, source, watched, Interest::Off) {
            log::error!("a closed conn is still watched: {error}");
        }
        drop(socket);
        if self.spare.is_none() {
            self.spare = spare();
        }
    }

    fn acknowledged(&mut self, socket: &Socket) -> Option<Duration> {
        match getsockopt(socket, TcpInfo) {
            Ok(figures) if figures.unacked > 0 || figures.notsent_bytes > 0 => None,
            Ok(figures) => Some(Duration::from_millis(figures.last_ack_recv.into())),
            // It is broken, as the next write finds.
            Err(_) => Some(Duration::ZERO),
        }
    }

    fn bytes_acknowledged(&mut self, socket: &Socket) -> Option<u64> {
        let figures = getsockopt(socket, TcpInfo).ok()?;
        Some(figures.bytes_acked)
    }

    fn probe(&mut self, socket: &Socket, probing: Probing) -> Option<Signs> {
        let figures = getsockopt(socket, TcpInfo).ok();
        let often = TcpKeepalive::new()
            .with_time(Duration::from_secs(1))
            .with_interval(Duration::from_secs(1))
            .with_retries(GHOST_WITHIN.as_secs() as u32);
        let keepalive = match probing {
            Probing::Start => figures.map(|_| &often),
            Probing::GoOn => None,
            Probing::Stop => Some(&KEEPALIVE),
        };
        if let Some(keepalive) = keepalive {
            // It may be broken already, which is reported elsewhere.
            let _ = socket.set_tcp_keepalive(keepalive);
        }
        figures.map(|figures| Signs {
            heard: figures.segs_in,
            unanswered: u32::from(figures.retransmits) + u32::from(figures.probes),
            pause: figures.pause(),
            answers_in: Duration::from_micros(
                u64::from(figures.rtt) + 4 * u64::from(figures.rttvar),
            ),
        })
    }

    fn console(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read_console(buffer);
        let is_over = match &read {
            Ok(count) => *count == 0,
            Err(error) => !matches!(
                error.kind(),
                io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
            ),
        };
        if is_over {
            self.close_console();
        }
        read
    }

    fn say(&mut self, line: &str) {
        logging::say(line);
    }

    fn submit(&mut self, job: Job<'_>) -> Result<(), Busy> {
        self.workers.submit(job)
    }

    fn done(&mut self) -> Option<Done> {
        self.workers.done()
    }
}

fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}
