//! TLS with servers of all kinds, each in a thread of its own.

use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use super::*;
use crate::ending::Failure;
use crate::words::Language;

/// Longer than any machine takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that does this with the first who comes.
fn serve(does: impl FnOnce(TcpStream) + Send + 'static) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let place = listener.local_addr().expect("address");
    let thread = thread::spawn(move || does(listener.accept().expect("accept").0));
    (place, thread)
}

/// A try for TLS that fails.
fn fault(place: SocketAddr, within: Duration) -> NoTls {
    let socket = TcpStream::connect(place).expect("it listens");
    match Tls::begin(&socket, "localhost", None, Instant::now() + within) {
        Err(Fault::Other(fault)) => fault,
        _ => panic!("it speaks no TLS"),
    }
}

/// The sentence about a server that answers so.
fn sentence(
    language: Language,
    within: Duration,
    does: impl FnOnce(TcpStream) + Send + 'static,
) -> String {
    let (place, thread) = serve(does);
    let fault = fault(place, within);
    thread.join().expect("it has said what it says");
    let text = Failure::Tls("h:1".to_owned(), fault).sentence(language);
    let (_, why) = text.split_once(" h:1: ").expect("the server");
    why.to_owned()
}

/// Says this, and waits for the end.
fn says(bytes: &'static [u8]) -> impl FnOnce(TcpStream) + Send {
    move |mut socket| {
        socket.write_all(bytes).expect("it is there");
        let _ = socket.read_to_end(&mut Vec::new());
    }
}

/// Begins a record and never comes to its end.
fn trickles(mut socket: TcpStream) {
    let mut next = &b"\x16\x03\x03\x40\x00"[..];
    while socket.write_all(&next[..1]).is_ok() {
        next = if next.len() > 1 { &next[1..] } else { b"\0" };
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn each_failure_has_one_clear_text() {
    use Language::{En, Pt};
    let soon = Duration::from_millis(200);
    let late = ["it did not answer in time", "não respondeu a tempo"];
    assert_eq!(sentence(En, soon, says(b"")), late[0]);
    assert_eq!(sentence(En, soon, trickles), late[0]);
    assert_eq!(sentence(Pt, soon, trickles), late[1]);
    let foreign = [
        "it answers without TLS at this port",
        "responde sem TLS nesta porta",
    ];
    let text = b"* papo: what is your name?\n";
    assert_eq!(sentence(En, PATIENCE, says(text)), foreign[0]);
    assert_eq!(sentence(Pt, PATIENCE, says(text)), foreign[1]);
    let http = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    assert_eq!(sentence(En, PATIENCE, says(http)), foreign[0]);
    let refused = [
        "it refuses TLS: it speaks none at this port, or none that papo knows",
        "recusa o TLS: não o fala nesta porta, ou só de um tipo que o papo não conhece",
    ];
    let alert = b"\x15\x03\x01\0\x02\x02\x28";
    assert_eq!(sentence(En, PATIENCE, says(alert)), refused[0]);
    assert_eq!(sentence(Pt, PATIENCE, says(alert)), refused[1]);
    let closes = |mut socket: TcpStream| {
        let _ = socket.read(&mut [0; 4096]);
    };
    assert_eq!(sentence(En, PATIENCE, closes), "it closed the connection");
    assert_eq!(sentence(Pt, PATIENCE, closes), "fechou a conexão");
    let garbage = b"\x16\x03\x03\0\x05\x02\0\0\x01\0";
    let wrong = sentence(En, PATIENCE, says(garbage));
    assert!(wrong.starts_with("its answer is wrong: "), "{wrong}");
}
