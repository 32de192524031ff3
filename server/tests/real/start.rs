//! The start: what is printed before anybody is served, and that a server that cannot serve prints
//! nothing.

use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;
use nix::unistd::geteuid;

use crate::harness::{Output, PROGRAM, Server};
use crate::options::check_fault;
use crate::people::{Person, Talker};

/// A directory for a test, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let name = format!("papo-start-{test}-{}", std::process::id());
        let folder = Folder(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&folder.0).expect("a directory");
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_port_in_use_is_reported_with_its_option() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let tcp = taken.local_addr().expect("its address").to_string();
    let datagrams = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let udp = datagrams.local_addr().expect("its address").to_string();
    let listen = ["--listen", "127.0.0.1:0"];
    for (option, place) in [("--metrics", &tcp), ("--chattruco", &udp)] {
        let busy = [listen[0], listen[1], option, place];
        check_fault(&busy, 1, &format!("{place} is in use"));
        check_fault(&busy, 1, &format!("try {option} with another port"));
    }
    check_fault(&["--listen", &tcp], 1, "try --listen with another port");
}

#[test]
fn a_server_that_cannot_keep_accounts_never_says_that_it_listens() {
    let folder = Folder::new("damaged");
    std::fs::write(folder.0.join("accounts.db"), "no database at all").expect("a file");
    let user = crate::harness::our_name();
    let damaged = folder.0.display().to_string();
    let file = folder.0.join("accounts.db").display().to_string();
    for data in [damaged, file] {
        // Without info lines, so that the error is the only line.
        let options = format!("--listen 127.0.0.1:0 --log error --user {user} --data {data}");
        let options: Vec<&str> = options.split(' ').collect();
        check_fault(&options, 1, &format!("--data {data}"));
    }
}

#[test]
fn the_start_tells_how_to_join_and_whose_accounts_these_are() {
    let folder = Folder::new("told");
    let data = format!("--data {}", folder.0.display());
    let mut server = Server::start(&data);
    let port = server.address().port();
    let screen = &mut server.screen;
    screen.expect("Only programs on this computer can join, with one of these:");
    screen.expect(&format!("  http://127.0.0.1:{port}"));
    screen.expect(&format!("  nc 127.0.0.1 {port}"));
    screen.expect(&format!("  papo 127.0.0.1:{port}"));
    let place = folder.0.display();
    screen.expect(&format!(
        "Nobody is registered; accounts will be kept in {place}"
    ));
    let mut ana = Talker::join(&server, "ana");
    ana.say("/register a long password");
    ana.expect("* ana is registered; next time, give the name and then your password");
    server.signal(Signal::SIGTERM);
    ana.expect("* bye, ana: the server stops");
    drop(ana);
    server.expect_exit(0);
    let mut server = Server::start(&format!("{data} --lang pt"));
    let told = "Só neste computador dá para entrar, com um destes comandos:";
    server.screen.find(told);
    let told = format!("Registrados: 1; as contas ficam em {place}");
    server.screen.find(&told);
}

#[test]
fn what_browsers_open_is_told_by_the_operator_where_a_proxy_is_before_the_server() {
    let mut server = Server::start("--url https://chat.example/");
    let port = server.address().port();
    server
        .screen
        .expect("Join with a browser: https://chat.example");
    server.screen.find(&format!("  http://127.0.0.1:{port}"));
    let mut ana = Talker::join(&server, "ana");
    ana.say("/qr");
    ana.expect("* others join with a browser at https://chat.example");
    let code = ana.expect_start("* ██");
    assert!(code.ends_with("██"), "{code}");
}

#[test]
fn others_are_sent_to_the_port_that_understands_every_client() {
    let folder = Folder::new("any-client");
    let mut command = Command::new(PROGRAM);
    let user = crate::harness::our_name();
    command.args(["--listen", "127.0.0.1:0/chunks", "--listen", "127.0.0.1:0"]);
    command.args(["--user", &user]).arg("--data").arg(&folder.0);
    command.stdin(Stdio::null());
    let mut server = Server::launch(command, 2);
    let any = server.places[1].port();
    server.screen.find(&format!("  nc 127.0.0.1 {any}"));
}

#[test]
fn the_address_to_give_to_others_is_one_that_answers() {
    let mut command = Command::new(PROGRAM);
    let user = crate::harness::our_name();
    command.args(["--listen", "0", "--user", &user]);
    let folder = Folder::new("others");
    command.arg("--data").arg(&folder.0).stdin(Stdio::null());
    let mut server = Server::launch(command, 1);
    let first = server.screen.next().expect("how to join");
    let line = server.screen.find("  nc ");
    let (ip, port) = line["  nc ".len()..].split_once(' ').expect("two words");
    let ip: std::net::IpAddr = ip.parse().expect("an address");
    assert_eq!(port, server.address().port().to_string());
    match first.starts_with("Others on the network join") {
        true => assert!(!ip.is_loopback() && !ip.is_unspecified(), "{line}"),
        // A machine without a network.
        false => assert!(ip.is_loopback(), "{line}"),
    }
    Talker::to((ip, server.address().port()).into()).named("ana");
}

/// A shell with its own network and `/var/lib`, if that is permitted.
fn apart(script: &str) -> Option<Command> {
    let mut unshare = Command::new("unshare");
    unshare.args(["--net", "--mount"]);
    if !geteuid().is_root() {
        unshare.arg("--map-root-user");
    }
    let mut trial = Command::new("unshare");
    trial.args(unshare.get_args());
    let prepare = "set -e; mount -t tmpfs none /var/lib; ip link set lo up;";
    trial.args(["sh", "-c", prepare]).stderr(Stdio::null());
    if !trial.status().is_ok_and(|status| status.success()) {
        return None;
    }
    unshare.args(["sh", "-c", &format!("{prepare} {script}"), PROGRAM]);
    Some(unshare)
}

#[test]
fn an_address_that_comes_later_is_waited_for() {
    let script = r#""$0" --listen 198.51.100.7:12345 --metrics 198.51.100.7:9100 \
        --chattruco 198.51.100.7:54319 --user root --data /var/lib/papo </dev/null &
        read -r go || true; ip addr add 198.51.100.7/32 dev lo
        printf 'ana\n/quit\n' | nc -N 198.51.100.7 12345
        kill $!; wait $!"#;
    let Some(mut command) = apart(script) else {
        return;
    };
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("a shell");
    let mut log = Output::of(child.stderr.take());
    let mut screen = Output::of(child.stdout.take());
    log.find("198.51.100.7 is not an address of this host so far");
    screen.expect("papo-server: listening on 198.51.100.7:12345");
    // Now it appears.
    drop(child.stdin.take());
    screen.find("* welcome, ana!");
    screen.find("* bye, ana");
    assert!(crate::harness::end_of(&mut child).success());
}

#[test]
fn a_server_of_root_says_that_its_accounts_are_elsewhere() {
    let script = r#"exec "$0" --listen 127.0.0.1:0 --user nobody </dev/null"#;
    if !geteuid().is_root() {
        return;
    }
    let Some(mut command) = apart(script) else {
        return;
    };
    command.stdin(Stdio::null());
    let mut server = Server::launch(command, 1);
    let told = server.screen.find("accounts will be kept in");
    let expected = "/var/lib/papo (started as root; --data DIR changes that)";
    assert!(told.ends_with(expected), "{told}");
}
