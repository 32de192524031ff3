//! TLS with servers of all kinds, each in a thread of its own.

use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::poll::{PollTimeout, poll};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection};

use super::*;
use crate::ending::Failure;
use crate::session::link::Link;
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

/// A server's side after its handshake, and what it sends with that.
fn shake(socket: &mut TcpStream) -> ServerConnection {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("two versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .expect("they belong together");
    let mut connection = ServerConnection::new(Arc::new(config)).expect("random numbers");
    while connection.is_handshaking() {
        connection.complete_io(socket).expect("a handshake");
    }
    connection
}

/// What is to be sent after this was said.
fn record(connection: &mut ServerConnection, text: &[u8]) -> Vec<u8> {
    connection.writer().write_all(text).expect("there is room");
    let mut bytes = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut bytes).expect("memory");
    }
    bytes
}

/// A client's side of a connection.
#[derive(Debug)]
struct Client(Link);

fn dial(place: SocketAddr, within: Duration) -> Result<Client, NoTls> {
    let socket = TcpStream::connect(place).expect("it listens");
    socket.set_nonblocking(true).expect("a socket");
    match Tls::begin(&socket, "localhost", None, Instant::now() + within) {
        Ok((tls, _)) => Ok(Client(Link::encrypted(socket, tls))),
        Err(Fault::Other(fault)) => Err(fault),
        Err(Fault::OtherCertificate(_)) => panic!("none is known"),
    }
}

impl Client {
    /// What comes next, when the poll says that something has.
    fn hear(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = [0; 1000];
        loop {
            let patience = PollTimeout::try_from(PATIENCE).expect("a short time");
            assert_eq!(
                poll(&mut [self.0.poll_fd()], patience),
                Ok(1),
                "nothing comes"
            );
            if let Some(n) = self.0.receive(&mut buffer)? {
                return Ok(buffer[..n].to_vec());
            }
        }
    }
}

/// The sentence about a server that answers so.
fn sentence(
    language: Language,
    within: Duration,
    does: impl FnOnce(TcpStream) + Send + 'static,
) -> String {
    let (place, thread) = serve(does);
    let fault = dial(place, within).expect_err("it speaks no TLS");
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

#[test]
fn what_came_before_a_fault_is_heard() {
    let (place, thread) = serve(|mut socket| {
        let mut connection = shake(&mut socket);
        let mut bytes = record(&mut connection, b"last words\n");
        bytes.extend(b"\x17\x03\x03\0\x20 this is nothing that has a key!");
        socket.write_all(&bytes).expect("it is there");
        // It stays, so that nothing but the fault is an end.
        let _ = socket.read_to_end(&mut Vec::new());
    });
    let mut client = dial(place, PATIENCE).expect("TLS");
    assert_eq!(client.hear().expect("words"), b"last words\n");
    let fault = client.hear().expect_err("a fault");
    assert_eq!(fault.kind(), ErrorKind::InvalidData);
    drop(client);
    thread.join().expect("it has served");
}

#[test]
fn a_farewell_that_comes_with_the_last_words_is_heard() {
    let (place, thread) = serve(|mut socket| {
        let mut connection = shake(&mut socket);
        connection
            .writer()
            .write_all(b"last words\n")
            .expect("room");
        connection.send_close_notify();
        let bytes = record(&mut connection, b"");
        socket.write_all(&bytes).expect("it is there");
        let _ = socket.read_to_end(&mut Vec::new());
    });
    let mut client = dial(place, PATIENCE).expect("TLS");
    assert_eq!(client.hear().expect("words"), b"last words\n");
    assert_eq!(client.hear().expect("an end"), b"");
    drop(client);
    thread.join().expect("it has served");
}

#[test]
fn what_comes_at_once_is_heard_although_the_socket_has_no_more_of_it() {
    let text = b"all of this stands in one record\n".repeat(400);
    let said = text.clone();
    let (place, thread) = serve(move |mut socket| {
        let mut connection = shake(&mut socket);
        let bytes = record(&mut connection, &said);
        socket.write_all(&bytes).expect("it is there");
        let _ = socket.read_to_end(&mut Vec::new());
    });
    let mut client = dial(place, PATIENCE).expect("TLS");
    let mut heard = Vec::new();
    while heard.len() < text.len() {
        heard.extend(client.hear().expect("words"));
    }
    assert_eq!(heard, text);
    drop(client);
    thread.join().expect("it has served");
}

#[test]
fn an_end_without_a_farewell_is_none() {
    let (place, thread) = serve(|mut socket| {
        let mut connection = shake(&mut socket);
        let bytes = record(&mut connection, b"last words\n");
        socket.write_all(&bytes).expect("it is there");
    });
    let mut client = dial(place, PATIENCE).expect("TLS");
    assert_eq!(client.hear().expect("words"), b"last words\n");
    let fault = client.hear().expect_err("no farewell");
    assert_eq!(fault.kind(), ErrorKind::UnexpectedEof);
    thread.join().expect("it has served");
}
