//! Any bytes where TLS is expected, at once or after a true handshake: nothing panics, what is held is bounded, what
//! is written are records, and an end stays one.

use std::io::{self, ErrorKind, IoSlice, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use papo_server::dialect::Clock;
use papo_server::hub::{Id, Time};
use papo_server::limits::READ_BYTES;
use papo_server::net::sys::datagrams::{Datagram, Datagrams};
use papo_server::net::sys::{Accepted, Interest, Listening, Probing, Ready, Signs, Sys};
use papo_server::store::certificate::{self, Identity, Source};
use papo_server::store::jobs::{Busy, Done, Job};
use papo_server::transport::Wire;
use papo_server::transport::tls::limits::{TLS_BYTES, TLS_RECORD_BYTES};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

const PEM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../server/tests/simulation/secure.pem"
);

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| {
    let source = Source::Files {
        certificate: PEM.into(),
        key: PEM.into(),
    };
    certificate::read(&source).expect("it is sound").identity
});

static CONFIG: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(Path::new(PEM)).expect("a certificate");
    roots.add(certificate).expect("it is sound");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("two versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
});

/// Most of a handshake's messages, and a record that is not whole.
const INSIDE: usize = 64 * 1024 + 2 * TLS_RECORD_BYTES;

/// The first byte says whether a true handshake comes first, the second how much is read at once; the others come
/// where TLS is expected.
pub(crate) fn check(data: &[u8]) {
    let [mode, most, bytes @ ..] = data else {
        return;
    };
    let mut line = Line {
        most: usize::from(*most).max(1) * 16,
        ..Line::default()
    };
    let mut wire = Wire::new((), None);
    let first = match mode % 2 {
        0 => bytes.len().min(usize::from(*most)),
        _ => 0,
    };
    let (first, rest) = bytes.split_at(first);
    wire.secure(&IDENTITY, first).expect("random numbers");
    if mode % 2 == 1 {
        shake(&mut wire, &mut line);
    }
    line.coming.extend_from_slice(rest);
    line.has_ended = mode % 4 < 2;
    read(&mut wire, &mut line);
    let line_of_text = [IoSlice::new(b"a line\n"), IoSlice::new(b"another\n")];
    for _ in 0..2 {
        let _ = wire.write(&mut line, Time::ZERO, &line_of_text);
    }
    while !wire.say_end(&mut line) {
        let _ = wire.write(&mut line, Time::ZERO, &[]);
    }
    judge(&line.written);
}

/// A client that is as it should be.
fn shake(wire: &mut Wire<()>, line: &mut Line) {
    let name = ServerName::try_from("localhost").expect("a name");
    let mut client = ClientConnection::new(CONFIG.clone(), name).expect("random numbers");
    client.writer().write_all(b"ana\n").expect("there is room");
    for _ in 0..4 {
        while client.wants_write() {
            client.write_tls(&mut line.coming).expect("memory");
        }
        read(wire, line);
        while wire.holds() {
            wire.write(line, Time::ZERO, &[]).expect("there is room");
        }
        let mut written = &line.written[line.heard..];
        while !written.is_empty() {
            client.read_tls(&mut written).expect("memory");
            client
                .process_new_packets()
                .expect("all is as it should be");
        }
        line.heard = line.written.len();
    }
    assert!(!wire.transport.is_shaking());
}

/// Read as long as there is something.
fn read(wire: &mut Wire<()>, line: &mut Line) {
    let mut buffer = [0; READ_BYTES];
    let mut idle = 0;
    while idle < 3 {
        let before = line.coming.len();
        let read = wire.read(line, &mut buffer);
        assert!(wire.transport.memory() <= TLS_BYTES + INSIDE + READ_BYTES);
        match read {
            Ok(0) => return,
            Ok(_) => idle = 0,
            Err(error) => match error.kind() {
                ErrorKind::Interrupted | ErrorKind::WouldBlock => {
                    let has_more = wire.transport.queue_unread();
                    let has_read = line.coming.len() < before || has_more;
                    idle = if has_read { 0 } else { idle + 1 };
                }
                _ => return,
            },
        }
    }
}

/// These are whole records.
fn judge(mut written: &[u8]) {
    while let [kind, 3, _, high, low, rest @ ..] = written {
        assert!((0x14..=0x17).contains(kind), "{kind}");
        let len = usize::from(*high) << 8 | usize::from(*low);
        assert!(len <= rest.len(), "a record is torn");
        written = &rest[len..];
    }
    assert!(written.is_empty(), "{written:?}");
}

/// A socket that takes everything.
#[derive(Default)]
struct Line {
    coming: Vec<u8>,
    written: Vec<u8>,
    heard: usize,
    most: usize,
    has_ended: bool,
}

impl Sys for Line {
    type Socket = ();

    fn read(&mut self, (): &mut (), buffer: &mut [u8]) -> io::Result<usize> {
        if self.coming.is_empty() {
            return match self.has_ended {
                true => Ok(0),
                false => Err(ErrorKind::WouldBlock.into()),
            };
        }
        let n = self.most.min(buffer.len()).min(self.coming.len());
        buffer[..n].copy_from_slice(&self.coming[..n]);
        self.coming.drain(..n);
        Ok(n)
    }

    fn write(&mut self, (): &mut (), pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let before = self.written.len();
        for piece in pieces {
            self.written.extend_from_slice(piece);
        }
        Ok(self.written.len() - before)
    }

    fn now(&mut self) -> Time {
        Time::ZERO
    }

    fn clock(&mut self) -> Clock {
        Clock::default()
    }

    fn random(&mut self) -> Option<u128> {
        None
    }

    fn wait(&mut self, _: Option<Time>, _: &mut Vec<Ready>) -> io::Result<()> {
        Ok(())
    }

    fn accept(&mut self, _: usize) -> io::Result<Accepted<()>> {
        Err(ErrorKind::WouldBlock.into())
    }

    fn watch(&mut self, (): &(), _: Id, _: Interest, _: Interest) -> io::Result<()> {
        Ok(())
    }

    fn console(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }

    fn submit(&mut self, _: Job<'_>) -> Result<(), Busy> {
        Err(Busy)
    }

    fn done(&mut self) -> Option<Done> {
        None
    }

    fn acknowledged(&mut self, (): &()) -> Option<Duration> {
        None
    }

    fn bytes_acknowledged(&mut self, (): &()) -> Option<u64> {
        None
    }

    fn probe(&mut self, (): &(), _: Probing) -> Option<Signs> {
        None
    }

    fn listen(&mut self, _: Listening) {}
    fn shutdown(&mut self, (): &mut ()) {}
    fn close(&mut self, (): (), _: Interest) {}
    fn say(&mut self, _: &str) {}
}

impl Datagrams for Line {
    fn receive(&mut self, _: usize, _: impl FnMut(Datagram<'_>)) {}
    fn send(&mut self, _: SocketAddr, _: IpAddr, _: &[u8]) {}
}
