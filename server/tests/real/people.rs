//! Clients: our own socket, and the real `nc`, `telnet` and `papo`. All of them are a `Person`, so
//! a test reads like a dialogue.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use socket2::SockRef;

use crate::harness::{Output, PATIENCE, PROGRAM, Server, end_of};

/// Sends and receives lines.
pub(crate) trait Person: Sized {
    /// Send a line.
    fn say(&mut self, line: &str);

    /// The next line; none after the server's last.
    fn hear(&mut self) -> Option<String>;

    /// The next line is this one.
    #[track_caller]
    fn expect(&mut self, line: &str) {
        let heard = self.hear();
        assert_eq!(heard.as_deref(), Some(line));
    }

    /// The next line begins with this.
    #[track_caller]
    fn expect_start(&mut self, start: &str) -> String {
        match self.hear() {
            Some(line) if line.starts_with(start) => line,
            other => panic!("expected {start:?}..., heard {other:?}"),
        }
    }

    /// The next line is one of before, with its time. Midnight may have passed since.
    #[track_caller]
    fn expect_past(&mut self, said: &str) {
        let mut line = self.expect_start("* ");
        while line.starts_with("* --- ") {
            line = self.expect_start("* ");
        }
        let heard = line
            .strip_prefix("* [")
            .and_then(|line| line.split_once("] "));
        let (time, heard) = heard.unwrap_or_else(|| panic!("no time: {line:?}"));
        let is_time = time.len() == 5 && time.as_bytes()[2] == b':';
        assert!(is_time && heard == said, "{line:?} is not {said:?}");
    }

    /// The server has sent its last line.
    #[track_caller]
    fn expect_end(&mut self) {
        assert_eq!(self.hear(), None);
    }

    /// Says a name at once, and is welcomed.
    #[track_caller]
    fn named(mut self, name: &str) -> Self {
        self.say(name);
        self.expect("* papo: what is your name?");
        self.expect_start(&format!("* welcome, {name}! "));
        self
    }

    /// Nothing else had come so far: the answer to this comes next.
    #[track_caller]
    fn expect_nothing_else(&mut self) {
        self.say("/ignore");
        self.expect("* you ignore nobody");
    }
}

/// Our own socket. It reads only when asked to.
pub(crate) struct Talker {
    socket: BufReader<TcpStream>,
}

impl Talker {
    pub(crate) fn to(address: SocketAddr) -> Talker {
        let socket = TcpStream::connect(address).expect("the server listens");
        Talker::from(socket)
    }

    pub(crate) fn from(socket: TcpStream) -> Talker {
        let set = socket.set_read_timeout(Some(PATIENCE));
        set.and_then(|()| socket.set_write_timeout(Some(PATIENCE)))
            .and_then(|()| socket.set_nodelay(true))
            .expect("a socket takes its options");
        Talker {
            socket: BufReader::new(socket),
        }
    }

    pub(crate) fn connect(server: &Server) -> Talker {
        Talker::to(server.address())
    }

    /// Connected, named and welcomed.
    #[track_caller]
    pub(crate) fn join(server: &Server, name: &str) -> Talker {
        Talker::connect(server).named(name)
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = self.socket.get_mut().write_all(bytes.as_ref());
        sent.expect("the server takes it");
    }

    /// One byte of TCP's urgent data.
    pub(crate) fn send_urgent(&mut self, byte: u8) {
        let sent = SockRef::from(self.socket.get_ref()).send_out_of_band(&[byte]);
        assert_eq!(sent.expect("the server takes it"), 1);
    }

    /// This many bytes, as they are.
    pub(crate) fn hear_bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.socket.read_exact(&mut bytes).expect("they come");
        bytes
    }

    /// All that comes until the end, or until a reset.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let read = self.socket.read_to_end(&mut bytes);
        let is_reset = |error: &Error| error.kind() == ErrorKind::ConnectionReset;
        assert!(read.as_ref().err().is_none_or(is_reset), "{read:?}");
        bytes
    }

    /// Closes the sending half, and keeps reading.
    pub(crate) fn half_close(&mut self) {
        let closed = self.socket.get_ref().shutdown(std::net::Shutdown::Write);
        closed.expect("it was open");
    }

    /// Disappears: the server gets a reset.
    pub(crate) fn reset(self) {
        let socket = self.socket.into_inner();
        let set = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
        set.expect("a socket takes its options");
    }

    /// The address that the server logs.
    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.get_ref().local_addr().expect("it is connected")
    }
}

impl Person for Talker {
    fn say(&mut self, line: &str) {
        self.send(format!("{line}\n"));
    }

    #[track_caller]
    fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.socket.read_line(&mut line) {
            Ok(0) => None,
            // To a telnet lines end in CR LF.
            Ok(_) => {
                let line = line.strip_suffix('\n').expect("a whole line");
                Some(line.strip_suffix('\r').unwrap_or(line).to_owned())
            }
            Err(error) => panic!("no line comes: {error}"),
        }
    }
}

/// A real program with pipes instead of a terminal.
pub(crate) struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: Output,
}

impl Program {
    /// OpenBSD's nc, with options such as `-N`.
    pub(crate) fn nc(server: &Server, options: &[&str]) -> Program {
        Program::start("nc", "netcat-openbsd", options, server)
    }

    /// telnet, after its own messages.
    pub(crate) fn telnet(server: &Server) -> Program {
        let mut telnet = Program::start("telnet", "inetutils-telnet", &[], server);
        telnet.output.find("Escape character is");
        telnet
    }

    /// openssl as a client, with options such as `-quiet`.
    pub(crate) fn openssl(server: &Server, options: &[&str]) -> Program {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-connect", &server.address().to_string()]);
        command.args(options);
        Program::spawn(command).expect("openssl starts; on Debian: apt-get install openssl")
    }

    /// ncat over TLS.
    pub(crate) fn ncat(server: &Server) -> Program {
        Program::start("ncat", "ncat", &["--ssl"], server)
    }

    /// curl over TLS, which asks no authority, with more options and a path.
    pub(crate) fn curl(server: &Server, options: &[&str], path: &str) -> Program {
        let mut command = Command::new("curl");
        command.args(["-sSkN", "--http1.1"]).args(options);
        command.arg(format!("https://{}{path}", server.address()));
        Program::spawn(command).expect("curl starts; on Debian: apt-get install curl")
    }

    /// Our own client without a terminal, with its language and name set.
    pub(crate) fn papo(server: &Server, name: &str, lang: &str) -> Program {
        let mut command = papo_command();
        command.args([
            &server.address().to_string(),
            "--name",
            name,
            "--lang",
            lang,
        ]);
        Program::spawn(command).expect("papo starts")
    }

    fn start(program: &str, package: &str, options: &[&str], server: &Server) -> Program {
        let address = server.address();
        let mut command = Command::new(program);
        command.args(options);
        command.args([address.ip().to_string(), address.port().to_string()]);
        Program::spawn(command).unwrap_or_else(|error| {
            panic!("{program}: {error}; on Debian it comes with: apt-get install {package}")
        })
    }

    fn spawn(mut command: Command) -> std::io::Result<Program> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.stderr(Stdio::null()).spawn()?;
        Ok(Program {
            input: child.stdin.take(),
            output: Output::of(child.stdout.take()),
            child,
        })
    }

    /// Types exactly this.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let input = self.input.as_mut().expect("its input is open");
        input.write_all(bytes.as_ref()).expect("it reads");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).expect("it runs");
    }

    /// Ends the input.
    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    /// It exits by itself.
    pub(crate) fn expect_exit(mut self) {
        end_of(&mut self.child);
    }
}

impl Person for Program {
    fn say(&mut self, line: &str) {
        self.send(format!("{line}\n"));
    }

    #[track_caller]
    fn hear(&mut self) -> Option<String> {
        self.output.next()
    }
}

/// The client program belongs to another package. cargo builds it for tests of the workspace; for
/// tests of this package alone it may have to be built first.
pub(crate) fn papo() -> PathBuf {
    let ours = Path::new(PROGRAM);
    let papo = ours.with_file_name("papo");
    if !papo.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "papo-client"]);
        if ours
            .parent()
            .is_some_and(|folder| folder.ends_with("release"))
        {
            build.arg("--release");
        }
        let built = build.status().expect("cargo starts");
        assert!(built.success() && papo.exists(), "{papo:?} is not there");
    }
    papo
}

/// The program without the settings of the person who runs the tests.
pub(crate) fn papo_command() -> Command {
    let mut command = Command::new(papo());
    command
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("XDG_STATE_HOME", "/dev/null/none");
    command
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
