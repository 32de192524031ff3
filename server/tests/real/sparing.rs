//! What connections over TLS hold at rest, after a record of any length.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::harness::{PATIENCE, Server};

/// Many, so that what else the server holds is little beside it.
const CLIENTS: usize = 200;

/// To telnet's question whether somebody is there.
const ANSWER: &str = "yes, papo is here\r\n";

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// The certificate that the server shows.
fn certificate(server: &Server) -> CertificateDer<'static> {
    let line = format!(
        "openssl s_client -connect {} </dev/null 2>/dev/null | openssl x509",
        server.address()
    );
    let shown = Command::new("sh").arg("-c").arg(line).output();
    CertificateDer::from_pem_slice(&shown.expect("a shell").stdout).expect("a certificate")
}

/// Clients whose handshakes are over. Each begins its own as soon as it is
/// connected: one that is silent for long is taken for a person with nc.
fn clients(server: &Server) -> Vec<Stream> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate(server)).expect("it is sound");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("two versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = Arc::new(config);
    let client = |_| {
        let name = ServerName::try_from("localhost").expect("a name");
        let mut client = ClientConnection::new(config.clone(), name).expect("random numbers");
        let mut socket = TcpStream::connect(server.address()).expect("it listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a time");
        client.complete_io(&mut socket).expect("a handshake");
        StreamOwned::new(client, socket)
    };
    (0..CLIENTS).map(client).collect()
}

/// Says this in one record, and hears the answer to its end, so that none of it is still on its way.
fn asks(client: &mut Stream, bytes: &[u8]) {
    client.write_all(bytes).expect("it takes them");
    hears(client, ANSWER);
}

/// Hears until this was said.
fn hears(client: &mut Stream, expected: &str) {
    let (mut heard, mut buffer) = (String::new(), [0; 4096]);
    while !heard.contains(expected) {
        let read = client.read(&mut buffer).expect("an answer");
        assert!(read > 0, "{heard}");
        heard += &String::from_utf8_lossy(&buffer[..read]);
    }
}

#[test]
fn a_long_record_is_not_held_once_it_was_read() {
    let server = Server::start("--tls self --per-address 0 --per-minute 0");
    let mut clients = clients(&server);
    // Telnet's question whether somebody is there, and nothing that is text.
    let (nothing, are_you_there) = (b"\xff\xf1", b"\xff\xf6");
    for client in &mut clients {
        asks(client, are_you_there);
    }
    let before = server.memory();
    let long = [&nothing.repeat(8191)[..], are_you_there].concat();
    for client in &mut clients {
        asks(client, &long);
    }
    let held = server.memory().saturating_sub(before) / CLIENTS;
    assert!(held < 8 * 1024, "{held} bytes each");
}
