//! A network of its own for one test: real addresses without other hosts, and limits that loopback
//! does not have.
//!
//! The thread that runs the test creates it, and it disappears with that thread and its processes.
//! Packets do not leave it.

use std::io::{Read, Write, stderr};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use nix::sched::{CloneFlags, unshare};
use socket2::{Domain, SockFilter, SockRef, Socket, Type};

use crate::harness::PATIENCE;

/// Runs a test in a network where all of 10.77.0.0/16 and fd77::/48 is this host. Without the right
/// to create one (CAP_SYS_ADMIN) the test is skipped with a message.
pub(crate) fn alone(test: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            if let Err(error) = unshare(CloneFlags::CLONE_NEWNET) {
                // Past the output capture of the test harness.
                let test = std::thread::current();
                let _ = writeln!(
                    stderr(),
                    "NOT TESTED ({test:?}): no network of its own, {error}: run it as root"
                );
                return;
            }
            ip("link set lo up");
            ip("route add local 10.77.0.0/16 dev lo");
            ip("-6 route add local fd77::/48 dev lo");
            let bind = "/proc/sys/net/ipv6/ip_nonlocal_bind";
            std::fs::write(bind, "1").expect("it is our network");
            test();
        });
        if let Err(panic) = run.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

/// This connection loses the network: packets to it are dropped silently.
pub(crate) fn vanish(socket: &TcpStream) {
    // "Return 0": keep no byte of any segment.
    let nothing = SockFilter::new(0x06, 0, 0, 0);
    let attached = SockRef::from(socket).attach_filter(&[nothing]);
    attached.expect("it is our socket");
}

/// Makes the kernel buffer little of what the server writes: short segments, small buffers.
pub(crate) fn narrow() {
    ip("link set lo mtu 1500");
    let wmem = "/proc/sys/net/ipv4/tcp_wmem";
    std::fs::write(wmem, "4096 8192 16384").expect("it is our network");
}

/// Changes the network of this thread.
pub(crate) fn ip(arguments: &str) {
    run(Command::new("ip").args(arguments.split(' ')));
}

fn run(command: &mut Command) {
    let done = command.output().expect("iproute2 and util-linux are there");
    assert!(done.status.success(), "{command:?}: {done:?}");
}

/// Another host, with a network of its own, behind a cable to this one.
pub(crate) struct Host {
    /// Keeps its network while it runs, and ends with our end of this pipe.
    keeper: Child,
}

/// How a cable is cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    /// It is pulled out: both ends notice.
    Pulled,
    /// Somewhere on the way all packets are lost in silence.
    Silent,
}

impl Host {
    /// Its address, and ours on the cable.
    pub(crate) const THERE: Ipv4Addr = Ipv4Addr::new(10, 78, 0, 2);
    pub(crate) const HERE: Ipv4Addr = Ipv4Addr::new(10, 78, 0, 1);

    /// Starts it. Only one at a time.
    pub(crate) fn new() -> Host {
        let mut keeper = Command::new("unshare");
        keeper.args(["--net", "sh", "-c", "echo ready; exec cat"]);
        keeper.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = keeper.spawn().expect("util-linux is there");
        let mut ready = [0; 6];
        let output = keeper.stdout.as_mut().expect("it was piped");
        output.read_exact(&mut ready).expect("it has a network");
        let host = Host { keeper };
        let id = host.keeper.id();
        ip(&format!(
            "link add cable type veth peer name far netns {id}"
        ));
        ip(&format!("link set cable address {}", mac(1)));
        ip("addr add 10.78.0.1/24 dev cable");
        ip("link set cable up");
        host.ip("link set lo up");
        host.ip(&format!("link set far address {}", mac(2)));
        host.ip("addr add 10.78.0.2/24 dev far");
        host.ip("link set far up");
        host
    }

    /// A program there.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.keeper.id()));
        command.arg(program);
        command
    }

    pub(crate) fn cut(&self, how: Cut) {
        match how {
            Cut::Pulled => ip("link set cable down"),
            Cut::Silent => self.send_to(9),
        }
    }

    pub(crate) fn mend(&self, how: Cut) {
        match how {
            Cut::Pulled => ip("link set cable up"),
            Cut::Silent => self.send_to(0),
        }
    }

    /// From now on both ends send to cards with these numbers.
    fn send_to(&self, offset: u8) {
        let to = |address: Ipv4Addr, number: u8, card: &str| {
            format!(
                "neigh replace {address} lladdr {} dev {card} nud permanent",
                mac(number)
            )
        };
        ip(&to(Host::THERE, offset + 2, "cable"));
        self.ip(&to(Host::HERE, offset + 1, "far"));
    }

    fn ip(&self, arguments: &str) {
        let mut command = self.command("ip");
        run(command.args(arguments.split(' ')));
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

/// The address of a card.
fn mac(number: u8) -> String {
    format!("02:00:00:00:00:{number:02x}")
}

/// A connection from this address.
pub(crate) fn connect(from: IpAddr, to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, None).expect("a socket");
    let connected = socket
        .bind(&SocketAddr::new(from, 0).into())
        .and_then(|()| socket.connect_timeout(&to.into(), PATIENCE));
    connected.unwrap_or_else(|error| panic!("{from} to {to}: {error}"));
    socket.into()
}
