//! The program against real servers of its protocols: each is started with its own config, must deliver every
//! line, and its message is quoted when it refuses bots. A server that is not installed is named on standard
//! error and skipped.
//!
//! Nothing here waits for time: a rate and a length fix the number of lines, and a server is ready when it
//! accepts a connection.

use serde_json::Value;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Exactly 200 lines are due, on any machine.
const TWO_HUNDRED_LINES: &str = "--rate 400 --seconds 0.5";

/// A server of another project.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Peer {
    Redis,
    Nats,
    Mosquitto,
    Ngircd,
    Inspircd,
}

/// Which clients a server accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Door {
    Open,
    /// Clients with the password, which bots do not have.
    Locked,
}

/// A running server; it ends when this is dropped.
struct Running {
    process: Child,
    address: SocketAddr,
    directory: PathBuf,
}

impl Peer {
    fn program(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Nats => "nats-server",
            Self::Mosquitto => "mosquitto",
            Self::Ngircd => "ngircd",
            Self::Inspircd => "inspircd",
        }
    }

    fn protocol(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Nats => "nats",
            Self::Mosquitto => "mqtt",
            Self::Ngircd | Self::Inspircd => "irc",
        }
    }

    /// Its answer to clients without the password.
    fn refusal(self) -> &'static str {
        match self {
            Self::Redis => "NOAUTH",
            Self::Nats => "Authorization Violation",
            Self::Mosquitto => "not authorized",
            Self::Ngircd | Self::Inspircd => "ERROR :",
        }
    }

    /// Its arguments for the config file and for staying in the foreground.
    fn arguments(self, config: &str) -> Vec<&str> {
        match self {
            Self::Redis => vec![config],
            Self::Nats => vec!["--config", config],
            Self::Mosquitto => vec!["-c", config],
            Self::Ngircd => vec!["--nodaemon", "--config", config],
            Self::Inspircd => vec![
                "--config",
                config,
                "--nofork",
                "--nolog",
                "--nopid",
                "--runasroot",
            ],
        }
    }

    /// The config: listen on this port of this host, without limits for an address, without flood control
    /// and without name lookups.
    fn config(self, port: u16, door: Door) -> String {
        let locked = |text: &'static str| match door {
            Door::Open => "",
            Door::Locked => text,
        };
        match self {
            Self::Redis => format!(
                "bind 127.0.0.1\nprotected-mode no\nport {port}\nsave \"\"\n{}\n\
                 client-output-buffer-limit pubsub 0 0 0\n",
                locked("requirepass secret")
            ),
            Self::Nats => format!(
                "listen: 127.0.0.1:{port}\n{}\n",
                locked("authorization { token: secret }")
            ),
            Self::Mosquitto => format!(
                "listener {port} 127.0.0.1\nallow_anonymous {}\npersistence false\n\
                 set_tcp_nodelay true\nmax_queued_messages 0\nsys_interval 0\nlog_type error\n",
                door == Door::Open
            ),
            Self::Ngircd => format!(
                "[Global]\nName = irc.example.net\nInfo = test\nListen = 127.0.0.1\nPorts = {port}\n\
                 ServerUID = nobody\nServerGID = nogroup\nMotdPhrase = hello\n{}\n\
                 [Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\n\
                 [Options]\nDNS = no\nIdent = no\nPAM = no\n",
                locked("Password = secret")
            ),
            Self::Inspircd => format!(
                "<server name=\"irc.example.net\" description=\"test\" network=\"test\">\n\
                 <admin name=\"a\" nick=\"a\" email=\"a@example.net\">\n\
                 <bind address=\"127.0.0.1\" port=\"{port}\" type=\"clients\">\n\
                 <connect allow=\"*\" {} resolvehostnames=\"no\" useident=\"no\"\n\
                 localmax=\"100000\" globalmax=\"100000\" maxconnwarn=\"no\" limit=\"100000\"\n\
                 fakelag=\"no\" threshold=\"1000000\" commandrate=\"1000000000\"\n\
                 recvq=\"16M\" softsendq=\"64M\" hardsendq=\"64M\">\n\
                 <performance softlimit=\"100000\" somaxconn=\"1024\">\n",
                locked("password=\"secret\"")
            ),
        }
    }

    /// Start it; `None` when it is not installed.
    fn start(self, door: Door) -> Option<Running> {
        let Some(path) = installed(self.program()) else {
            eprintln!("skipped: {} is not installed", self.program());
            return None;
        };
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let name = format!("{self:?}-{door:?}-{}", std::process::id());
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&directory).unwrap();
        let config = directory.join("config");
        fs::write(&config, self.config(address.port(), door)).unwrap();
        let log = File::create(directory.join("log")).unwrap();
        let process = Command::new(path)
            .args(self.arguments(config.to_str().unwrap()))
            .current_dir(&directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut running = Running {
            process,
            address,
            directory,
        };
        running.wait();
        Some(running)
    }
}

impl Running {
    /// Wait until it listens.
    fn wait(&mut self) {
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.process.try_wait().unwrap() {
                let log = fs::read_to_string(self.directory.join("log")).unwrap();
                panic!("the server ended before it listened: {status}\n{log}");
            }
            std::thread::yield_now();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, and the rest of the directory does no harm.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The path of a program. Servers are often in directories outside PATH.
fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    places.push("/usr/sbin".into());
    let mut found = places.iter().map(|place| place.join(program));
    found.find(|path| path.is_file())
}

fn loadtest(peer: Peer, running: &Running, more: &str) -> Output {
    let (target, protocol) = (running.address, peer.protocol());
    Command::new(env!("CARGO_BIN_EXE_loadtest"))
        .args(["--target", &target.to_string(), "--protocol", protocol])
        .args(more.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Every bot gets every line, and the kernel tells the processor time of the server.
fn carries_every_line(peer: Peer) {
    let Some(running) = peer.start(Door::Open) else {
        return;
    };
    // Redis sends lines back to their senders: these are checked, but are no deliveries.
    carries(peer, &running, "--bots 20 --senders 3", 200 * 19);
    carries(peer, &running, "--bots 20 --scenario pairs", 200);
    carries(peer, &running, "--bots 20 --scenario rooms", 200 * 4);
}

fn carries(peer: Peer, running: &Running, who: &str, deliveries: u64) {
    let output = loadtest(peer, running, &format!("{who} {TWO_HUNDRED_LINES} --json"));
    let said = String::from_utf8(output.stderr).unwrap();
    let figures: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    assert_eq!(
        (output.status.code(), said.as_str()),
        (Some(0), ""),
        "{figures}"
    );
    assert_eq!(figures["protocol"], peer.protocol());
    assert_eq!(
        (&figures["lines"], &figures["deliveries"]),
        (&200.into(), &deliveries.into()),
        "{who}"
    );
    for fault in [
        "lost",
        "duplicated",
        "out_of_order",
        "echoed",
        "foreign",
        "refused",
        "closed",
    ] {
        assert_eq!(figures[fault], 0, "{fault}: {figures}");
    }
    assert_eq!(figures["server_pid"], running.process.id());
    for known in ["server_cpu_us_per_delivery", "server_memory"] {
        assert!(
            figures[known].as_f64().is_some_and(|value| value > 0.0),
            "{known}: {figures}"
        );
    }
}

/// The message of the server is quoted.
fn is_quoted_when_it_lets_nobody_in(peer: Peer) {
    let Some(running) = peer.start(Door::Locked) else {
        return;
    };
    let output = loadtest(peer, &running, "--bots 2");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let begin = "loadtest: the server did not let bot0 in: ";
    assert!(
        said.starts_with(begin) && said.contains(peer.refusal()),
        "{said}"
    );
}

#[test]
fn redis() {
    carries_every_line(Peer::Redis);
    is_quoted_when_it_lets_nobody_in(Peer::Redis);
}

#[test]
fn nats() {
    carries_every_line(Peer::Nats);
    is_quoted_when_it_lets_nobody_in(Peer::Nats);
}

#[test]
fn mosquitto() {
    carries_every_line(Peer::Mosquitto);
    is_quoted_when_it_lets_nobody_in(Peer::Mosquitto);
}

#[test]
fn ngircd() {
    carries_every_line(Peer::Ngircd);
    is_quoted_when_it_lets_nobody_in(Peer::Ngircd);
}

#[test]
fn inspircd() {
    carries_every_line(Peer::Inspircd);
    is_quoted_when_it_lets_nobody_in(Peer::Inspircd);
}
