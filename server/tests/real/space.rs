//! A network of its own for one test: real addresses without other hosts, and limits that loopback
//! does not have.
//!
//! The thread that runs the test creates it, and it disappears with that thread and its processes.
//! Packets do not leave it.

use std::io::{Write, stderr};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::Command;

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
    let done = Command::new("ip").args(arguments.split(' ')).output();
    let done = done.expect("iproute2 is there");
    assert!(done.status.success(), "ip {arguments}: {done:?}");
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
