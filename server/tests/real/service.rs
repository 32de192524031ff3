//! Under a service manager, played by the tests: what the server tells it, what it passes, and that
//! a server started as root drops root.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;
use nix::unistd::geteuid;

use crate::harness::{PATIENCE, PROGRAM, Server, command, our_name};
use crate::people::{Person, Talker};

/// The manager's socket, in a directory of its own.
struct Manager {
    place: PathBuf,
    ear: UnixDatagram,
}

impl Manager {
    fn new(name: &str) -> Manager {
        let place = std::env::temp_dir().join(format!("papo-{name}-{}", std::process::id()));
        std::fs::create_dir(&place).expect("a place");
        let ear = UnixDatagram::bind(place.join("notify")).expect("an ear");
        ear.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Manager { place, ear }
    }

    fn start(&self, mut command: Command) -> Server {
        command.env("NOTIFY_SOCKET", self.place.join("notify"));
        Server::launch(command, 1)
    }

    /// The next message.
    fn hears(&self) -> String {
        let mut bytes = [0; 200];
        let count = self.ear.recv(&mut bytes).expect("it is told something");
        String::from_utf8_lossy(&bytes[..count])
            .trim_end()
            .to_owned()
    }

    /// Messages up to this one, without signs of life.
    fn hears_beside_life(&self) -> String {
        loop {
            let told = self.hears();
            if told != "WATCHDOG=1" {
                return told;
            }
        }
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.place);
    }
}

#[test]
fn ready_alive_and_stopping() {
    let manager = Manager::new("watched");
    let mut command = command("");
    command.env("WATCHDOG_USEC", "20000");
    let mut server = manager.start(command);
    assert_eq!(manager.hears(), "READY=1");
    // Signs of life come even when nothing happens.
    for _ in 0..3 {
        assert_eq!(manager.hears(), "WATCHDOG=1");
    }
    server.signal(Signal::SIGTERM);
    assert_eq!(manager.hears_beside_life(), "STOPPING=1");
    server.expect_exit(0);
}

#[test]
fn without_a_manager_nothing_is_told() {
    let mut command = command("");
    command
        .env_remove("NOTIFY_SOCKET")
        .env("WATCHDOG_USEC", "junk");
    let server = Server::launch(command, 1);
    Talker::join(&server, "ana");
}

/// A server that gets this listener as descriptor 3, as from a manager.
fn activated(listener: TcpListener, options: &str) -> Server {
    let mut command = Command::new("sh");
    let script = r#"exec 3<&0 </dev/null && LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@""#;
    command.args(["-c", script, PROGRAM, "--user", &our_name()]);
    command.args(options.split_whitespace());
    command.stdin(Stdio::from(OwnedFd::from(listener)));
    Server::launch(command, 1)
}

#[test]
fn it_serves_at_the_socket_it_is_passed() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    // A client connected before the server started.
    let early = std::net::TcpStream::connect(address).expect("the kernel takes it");
    let server = activated(listener, "--listen 1/text,pt");
    assert_eq!(server.address(), address);
    let mut early = Talker::from(early);
    early.expect("* papo: qual é o seu nome?");
    let mut ana = Talker::connect(&server);
    ana.expect("* papo: qual é o seu nome?");
}

/// The user and group ids in /proc, four each.
fn ids(server: &Server) -> Vec<String> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("it runs");
    let lines = status.lines().filter(|line| {
        line.starts_with("Uid:") || line.starts_with("Gid:") || line.starts_with("Groups:")
    });
    lines
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn root_is_given_up() {
    if !geteuid().is_root() {
        let mut other = Command::new(PROGRAM);
        other.args(["--listen", "127.0.0.1:0", "--user", "root"]);
        let end = other.stdin(Stdio::null()).output().expect("it starts");
        let told = String::from_utf8_lossy(&end.stderr);
        assert!(
            told.contains("only root can serve as another user"),
            "{told}"
        );
        return;
    }
    let place = std::env::temp_dir().join(format!("papo-dropped-{}", std::process::id()));
    let data = place.join("data");
    let mut command = Command::new(PROGRAM);
    // A port for root only.
    let port = (700..1024)
        .find(|port| TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], *port))).is_ok())
        .expect("a free port below 1024");
    command.args([
        "--listen",
        &format!("127.0.0.1:{port}"),
        "--user",
        "nobody",
        "--data",
    ]);
    command.arg(&data).stdin(Stdio::null());
    let server = Server::launch(command, 1);
    let mut ana = Talker::join(&server, "ana");
    assert_eq!(
        ids(&server),
        [
            "Uid: 65534 65534 65534 65534",
            "Gid: 65534 65534 65534 65534",
            "Groups: 65534"
        ]
    );
    ana.say("/register a long password");
    ana.expect("* ana is registered; next time, give the name and then your password");
    assert!(data.join("accounts.db").exists());
    drop(server);
    let _ = std::fs::remove_dir_all(&place);
}

/// A directory that the server's user cannot write to, and that user.
fn closed_directory(name: &str) -> (PathBuf, &'static str) {
    let place = std::env::temp_dir().join(format!("papo-{name}-{}", std::process::id()));
    std::fs::create_dir(&place).expect("a place");
    let mode = std::fs::Permissions::from_mode(0o555);
    std::fs::set_permissions(&place, mode).expect("it is ours");
    // Root can write everywhere.
    let is_root = geteuid().is_root();
    (place, if is_root { "nobody" } else { "" })
}

#[test]
fn a_directory_that_cannot_be_written_is_told_at_the_start() {
    let (place, user) = closed_directory("closed");
    for data in [place.clone(), place.join("deeper/still")] {
        let mut command = Command::new(PROGRAM);
        command.args(["--listen", "127.0.0.1:0", "--data"]);
        command.arg(&data).stdin(Stdio::null());
        if !user.is_empty() {
            command.args(["--user", user]);
            // Root creates a missing one, so only an existing one can be closed.
            if data != place {
                continue;
            }
        }
        let end = command.output().expect("it starts");
        assert_eq!(end.status.code(), Some(1));
        let told = String::from_utf8_lossy(&end.stderr);
        let last = told.lines().last().expect("it says why");
        let expected = format!("papo-server: --data {}: user ", data.display());
        assert!(last.starts_with(&expected), "{told}");
        assert!(last.contains("cannot write there"), "{told}");
        assert!(last.contains("chown"), "{told}");
    }
    let _ = std::fs::remove_dir_all(&place);
}

#[test]
fn the_usual_directory_may_be_closed() {
    if geteuid().is_root() {
        // Its default is root's own then, or /var/lib/papo, which tests must not use.
        return;
    }
    let (place, _) = closed_directory("usual");
    let mut command = command("");
    command.env("XDG_STATE_HOME", &place);
    let mut server = Server::launch(command, 1);
    let line = server.log.find("accounts and bans cannot be kept in");
    assert!(line.contains("cannot write there"), "{line}");
    Talker::join(&server, "ana");
    let _ = std::fs::remove_dir_all(&place);
}

#[test]
fn an_unknown_user_is_refused() {
    let mut command = Command::new(PROGRAM);
    command.args(["--listen", "127.0.0.1:0", "--user", "no-such-user"]);
    let end = command.stdin(Stdio::null()).output().expect("it starts");
    assert_eq!(end.status.code(), Some(1));
    assert!(end.stdout.is_empty(), "it said that it listens");
    let told = String::from_utf8_lossy(&end.stderr);
    assert!(
        told.contains("--user no-such-user: there is no such user"),
        "{told}"
    );
}
