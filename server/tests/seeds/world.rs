//! A server with a listener for each of the five systems, all on loopback at free ports, except
//! ChatTruco: its port is fixed, so each server gets an address of its own, 127.A.B.1, and each
//! client 127.A.B.N.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use crate::harness::{Server, command};

/// ChatTruco's only port.
pub(crate) const PORT: u16 = 54319;

/// The server, where its clients find it, and its directory of accounts.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) folder: Folder,
    net: [u8; 2],
}

impl World {
    /// Without flood control and history, so that a test can send any number of lines.
    pub(crate) fn start() -> World {
        World::with("--rate 0 --backlog 0")
    }

    pub(crate) fn with(options: &str) -> World {
        World::launch(options, Folder::new(), net(), Stdio::null())
    }

    /// The same with a console.
    pub(crate) fn with_operator() -> World {
        World::with_operator_and("")
    }

    /// The same with more options.
    pub(crate) fn with_operator_and(options: &str) -> World {
        let options = format!("--rate 0 --backlog 0 {options}");
        World::launch(&options, Folder::new(), net(), Stdio::piped())
    }

    /// Kills this server without a warning and starts a new one with its accounts.
    pub(crate) fn killed_and_started_again(mut self) -> World {
        self.server.signal(nix::sys::signal::Signal::SIGKILL);
        self.server.screen.rest();
        drop(self.server);
        World::launch("--rate 0 --backlog 0", self.folder, self.net, Stdio::null())
    }

    fn launch(options: &str, folder: Folder, net: [u8; 2], keyboard: Stdio) -> World {
        let [a, b] = net;
        let mut command = self::command("--lang pt");
        command.args(["--listen", "127.0.0.1:0/tchat"]);
        command.args(["--listen", "127.0.0.1:0/vpn"]);
        command.args(["--listen", "127.0.0.1:0/relay"]);
        command.args(["--listen", "127.0.0.1:0/auto-rede"]);
        command.args(["--chattruco", &format!("127.{a}.{b}.1:{PORT}")]);
        command.arg("--data").arg(folder.path());
        command.args(options.split_whitespace());
        command.stdin(keyboard);
        World {
            server: Server::launch(command, 5),
            folder,
            net,
        }
    }

    /// The `auto` listener, for those at nc, telnet and papo.
    pub(crate) fn auto(&self) -> SocketAddr {
        self.server.places[0]
    }

    /// The one for TChat.
    pub(crate) fn tchat(&self) -> SocketAddr {
        self.server.places[1]
    }

    /// The one for Chat em Tempo Real (VPN).
    pub(crate) fn vpn(&self) -> SocketAddr {
        self.server.places[2]
    }

    /// The one for Sistema de Chat TCP.
    pub(crate) fn relay(&self) -> SocketAddr {
        self.server.places[3]
    }

    /// The one for Chat em Rede, and for everybody else who comes there.
    pub(crate) fn rede(&self) -> SocketAddr {
        self.server.places[4]
    }

    /// The one for ChatTruco.
    pub(crate) fn directory(&self) -> SocketAddr {
        SocketAddr::new(self.host(1).into(), PORT)
    }

    /// The address of ChatTruco's client number `n`, from 2 on.
    pub(crate) fn host(&self, n: u8) -> Ipv4Addr {
        let [a, b] = self.net;
        Ipv4Addr::new(127, a, b, n)
    }
}

/// A part of 127.0.0.0/8 that no other server of this process uses, and most likely none of
/// another.
pub(crate) fn net() -> [u8; 2] {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let ours = std::process::id() % 250 + 1;
    [ours as u8, NEXT.fetch_add(1, Ordering::Relaxed)]
}

/// A new folder, removed with its owner.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("papo-seeds-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }

    /// It does not exist yet: the server creates it.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
