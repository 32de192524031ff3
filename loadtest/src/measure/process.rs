//! What the kernel says about a process on this host: processor time, memory, and which process listens
//! on an address. It only reads /proc; a value that it cannot read is unknown, never zero.
//!
//! Parsing is pure and separate from reading.

use nix::time::{ClockId, clock_gettime};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Processor time that a process has used, over all its threads, to the nanosecond. Threads that have
/// ended are not counted; a chat server is not expected to end threads under load.
fn cpu_time(pid: u32) -> Option<Duration> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    // A thread may end after it was listed: it is not counted either.
    let times = tasks.flatten().filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        schedstat_nanos(&text)
    });
    let total = times.reduce(|a, b| a + b)?;
    Some(Duration::from_nanos(total))
}

/// Processor time of this process, with threads that have ended.
fn own_cpu_time() -> Option<Duration> {
    clock(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

/// Processor time of the calling thread.
pub(crate) fn thread_cpu_time() -> Option<Duration> {
    clock(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

/// The processor time of the server and of this process at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    at: Instant,
    server: Option<Duration>,
    tester: Option<Duration>,
}

/// The time and processor time between two readings.
pub(crate) struct Used {
    pub(crate) time: Duration,
    pub(crate) server: Option<Duration>,
    pub(crate) tester: Option<Duration>,
}

impl Reading {
    pub(crate) fn take(server: Option<u32>) -> Self {
        Self {
            at: Instant::now(),
            server: server.and_then(cpu_time),
            tester: own_cpu_time(),
        }
    }

    pub(crate) fn since(self, before: Self) -> Used {
        let used = |now: Option<Duration>, before| Some(now?.saturating_sub(before?));
        Used {
            time: self.at - before.at,
            server: used(self.server, before.server),
            tester: used(self.tester, before.tester),
        }
    }
}

/// Measures how busy the calling thread is.
pub(crate) struct CpuMeter {
    started: Instant,
    cpu: Option<Duration>,
}

impl CpuMeter {
    /// Start measuring.
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            cpu: thread_cpu_time(),
        }
    }

    /// The share of one processor that it has used since the start.
    pub(crate) fn share(&self) -> Option<f64> {
        let used = thread_cpu_time()?.saturating_sub(self.cpu?);
        let share = used.as_secs_f64() / self.started.elapsed().as_secs_f64();
        Some(share).filter(|share| share.is_finite())
    }
}

fn clock(id: ClockId) -> Option<Duration> {
    clock_gettime(id).ok().map(Duration::from)
}

/// Anonymous memory of a process in bytes: its allocations, without its code and files.
pub(crate) fn memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status_kib(&status, "RssAnon").map(|kib| kib * 1024)
}

/// The processors that a process may use, as a list like `1` or `0-3,6`.
pub(crate) fn processors(pid: u32) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status_line(&status, "Cpus_allowed_list").map(String::from)
}

/// Whether this process ignores a signal.
pub(crate) fn ignores(signal: u32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    is_ignored(&status, signal)
}

/// The process that listens on an address, when that is an address of this host.
pub(crate) fn listener(address: SocketAddr) -> Option<u32> {
    // Only an address of this host can be bound.
    UdpSocket::bind((address.ip(), 0)).ok()?;
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .find_map(|table| listening_inode(&table, address))?;
    let link = format!("socket:[{inode}]");
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let mut descriptors = fs::read_dir(entry.path().join("fd")).ok()?.flatten();
        let found = descriptors.any(|fd| {
            fs::read_link(fd.path()).is_ok_and(|target| target.as_os_str() == link.as_str())
        });
        found.then_some(pid)
    })
}

/// The first of the three numbers is the time on the processor, in nanoseconds.
fn schedstat_nanos(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

/// The number in a line such as `RssAnon: 116 kB`.
fn status_kib(status: &str, name: &str) -> Option<u64> {
    let value = status_line(status, name)?;
    value.strip_suffix(" kB")?.parse().ok()
}

/// Bit 0 of the mask is signal 1.
fn is_ignored(status: &str, signal: u32) -> bool {
    let mask = status_line(status, "SigIgn").and_then(|hex| u64::from_str_radix(hex, 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// What stands after a name in a file of lines such as `Name: value`.
fn status_line<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = status.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.map(str::trim)
}

/// The inode of the socket that listens on this address or, failing that, on its port of all
/// addresses.
fn listening_inode(table: &str, address: SocketAddr) -> Option<u64> {
    let listening = |line: &str| {
        let mut fields = line.split_whitespace();
        let local = hex_address(fields.nth(1)?)?;
        // State 0A is LISTEN; the inode is the tenth column.
        let state = fields.nth(1)?;
        let inode = fields.nth(5)?.parse().ok()?;
        (state == "0A" && local.port() == address.port()).then_some((local.ip(), inode))
    };
    let found: Vec<(IpAddr, u64)> = table.lines().skip(1).filter_map(listening).collect();
    let exact = found.iter().find(|(ip, _)| *ip == address.ip());
    let any = found.iter().find(|(ip, _)| ip.is_unspecified());
    exact.or(any).map(|&(_, inode)| inode)
}

/// `0100007F:3039` is 127.0.0.1:12345: words of 32 bits in the byte order of the machine.
fn hex_address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::with_capacity(16);
    for word in ip.as_bytes().chunks(8) {
        let word = u32::from_str_radix(str::from_utf8(word).ok()?, 16).ok()?;
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    let ip = match bytes.len() {
        4 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        16 => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)).to_canonical(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn numbers_are_found_in_the_files_of_the_kernel() {
        assert_eq!(schedstat_nanos("738238061 84136 14\n"), Some(738_238_061));
        assert_eq!(schedstat_nanos(""), None);
        let status = "Name:\tpapo\nVmRSS:\t    1652 kB\nRssAnon:\t     116 kB\n";
        assert_eq!(status_kib(status, "RssAnon"), Some(116));
        assert_eq!(status_kib(status, "RssShmem"), None);
        let status = "Cpus_allowed:\t3\nCpus_allowed_list:\t0-1\n";
        assert_eq!(status_line(status, "Cpus_allowed_list"), Some("0-1"));
        let status = "SigIgn:\t0000000000001001\n";
        let ignored = [1, 2, 13, 15].map(|signal| is_ignored(status, signal));
        assert_eq!(ignored, [true, false, true, false]);
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn a_listener_is_found_by_its_address() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 00000000:3039 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1679 1 0 100 0 0 10 0\n\
            1: 0100007F:3039 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 1680 1 0 100 0 0 10 0\n\
            2: 0200007F:3039 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1681 1 0 100 0 0 10 0\n";
        let inode = |address: &str| listening_inode(table, address.parse().unwrap());
        assert_eq!(inode("127.0.0.1:12345"), Some(1679));
        assert_eq!(inode("127.0.0.2:12345"), Some(1681));
        assert_eq!(inode("127.0.0.1:12346"), None);
        assert_eq!(
            hex_address("0000000000000000FFFF00000100007F:3039"),
            Some("127.0.0.1:12345".parse().unwrap())
        );
    }

    #[test]
    fn a_thread_that_works_is_busy_and_one_that_waits_is_not() {
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let (began, begins) = std::sync::mpsc::channel();
        let waiting = std::thread::spawn(move || {
            let busy = CpuMeter::new();
            began.send(()).unwrap();
            let _ = receiver.recv();
            busy.share().unwrap()
        });
        begins.recv().unwrap();
        let busy = CpuMeter::new();
        // Another program may have the processor for a while.
        while thread_cpu_time().unwrap() - busy.cpu.unwrap() < Duration::from_millis(20) {}
        let share = busy.share().unwrap();
        drop(sender);
        let waited = waiting.join().unwrap();
        assert!(share > 0.0 && share <= 1.0, "{share}");
        assert!((0.0..0.5).contains(&waited), "{waited}");
    }

    #[test]
    fn this_process_is_known_to_the_kernel() {
        let own = std::process::id();
        assert!(memory(own).is_some_and(|bytes| bytes > 0));
        // The kernel counts in ticks, and the first may not be over: work until it is.
        while cpu_time(own).expect("we run") == Duration::ZERO {}
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(listener(socket.local_addr().unwrap()), Some(own));
        assert_eq!(cpu_time(u32::MAX), None);
        assert!(processors(own).is_some_and(|list| !list.is_empty()));
        assert_eq!(processors(u32::MAX), None);
    }
}
