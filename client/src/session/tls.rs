//! TLS towards a server: what is trusted is the key of its certificate, known from the first time (pins.rs), and
//! nothing else. No authority is asked, as a server on a network of friends has none.
//!
//! The handshake waits for the server, and ends in time whatever that sends; after it nothing waits.
//! Invariant: nothing is sent or read before the certificate was compared and the server has shown its key.

use std::io::ErrorKind::{self, Interrupted, WouldBlock};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use nix::poll::{PollFd, PollFlags};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct,
    Error, InvalidMessage, SignatureScheme,
};

use crate::ending::NoTls;
use crate::options::Identity;
use crate::wait::wait;

/// The bytes of a connection that is encrypted.
#[derive(Debug)]
pub(super) struct Tls(Box<ClientConnection>);

/// Why there is no TLS.
pub(super) enum Fault {
    /// The certificate has this SHA-256, and another one is known.
    OtherCertificate(String),
    Other(NoTls),
}

impl Tls {
    /// Shake hands over a socket that does not wait itself, until then at most. The identity of the server, which is that of before
    /// if one is `known`.
    pub(super) fn begin(
        socket: &TcpStream,
        host: &str,
        known: Option<&Identity>,
        until: Instant,
    ) -> Result<(Tls, Identity), Fault> {
        let judge = Arc::new(Judge {
            known: known.cloned(),
            seen: OnceLock::new(),
            algorithms: default_provider().signature_verification_algorithms,
        });
        let connection = connection(host, judge.clone());
        let connection = connection.map_err(|fault| Fault::Other(NoTls::Lost(fault)))?;
        let mut tls = Tls(Box::new(connection));
        let shaken = tls.shake(socket, until);
        match (shaken, judge.seen.get().cloned()) {
            (Ok(()), Some(seen)) => Ok((tls, seen)),
            (Ok(()), None) => Err(Fault::Other(NoTls::Wrong("no certificate".to_owned()))),
            (Err(_), Some(seen)) if known.is_some_and(|known| !known.is_same(&seen)) => {
                Err(Fault::OtherCertificate(seen.certificate))
            }
            (Err(fault), _) => Err(Fault::Other(fault)),
        }
    }

    fn shake(&mut self, mut socket: &TcpStream, until: Instant) -> Result<(), NoTls> {
        while self.0.wants_write() || self.0.is_handshaking() {
            if Instant::now() >= until {
                return Err(NoTls::Late);
            }
            let (done, wanted) = match self.0.wants_write() {
                true => (self.0.write_tls(&mut socket), PollFlags::POLLOUT),
                false => (self.0.read_tls(&mut socket), PollFlags::POLLIN),
            };
            match done {
                Ok(0) => return Err(NoTls::Closed),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), WouldBlock | Interrupted) => {
                    let mut fds = [PollFd::new(socket.as_fd(), wanted)];
                    wait(&mut fds, Some(until)).map_err(NoTls::Lost)?;
                }
                Err(error) => return Err(NoTls::Lost(error)),
            }
            if let Err(fault) = self.0.process_new_packets() {
                // The server is told why.
                let _ = self.0.write_tls(&mut socket);
                return Err(self.meaning(&fault));
            }
        }
        Ok(())
    }

    /// What a fault in the handshake says of the server.
    fn meaning(&self, fault: &Error) -> NoTls {
        let has_answered = self.0.protocol_version().is_some();
        match fault {
            Error::InvalidMessage(
                InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
            ) if !has_answered => NoTls::Foreign,
            // So a papo-server without --tls answers, too.
            Error::AlertReceived(AlertDescription::HandshakeFailure) if !has_answered => {
                NoTls::Refused
            }
            fault => NoTls::Wrong(fault.to_string()),
        }
    }

    /// Whether something waits for the socket.
    pub(super) fn wants_write(&self) -> bool {
        self.0.wants_write()
    }

    /// Whether something waits for the socket, or was decrypted and is not read yet. Of that the poll tells nothing, but
    /// a socket takes something nearly always, so who waits for that turns at once.
    pub(super) fn has_work(&self) -> bool {
        self.wants_write() || !self.0.wants_read()
    }

    /// As a socket reads. What came whole is given before the fault or the end that came with it; an end without a
    /// farewell, which somebody on the way may have made, is an error.
    pub(super) fn read(&mut self, socket: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            // A fault stays one.
            let processed = self.0.process_new_packets();
            match self.0.reader().read(buffer) {
                Err(error) if error.kind() == WouldBlock => {}
                read => {
                    if !processed.is_ok_and(|state| !state.peer_has_closed()) {
                        // What the poll tells from now on is this end.
                        let _ = socket.shutdown(Shutdown::Read);
                    }
                    return read;
                }
            }
            processed.map_err(|fault| io::Error::new(ErrorKind::InvalidData, fault))?;
            self.0.read_tls(socket)?;
        }
    }

    /// As a socket writes; what is taken goes out with `flush`.
    pub(super) fn write(&mut self, socket: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
        self.flush(socket)?;
        self.0.writer().write(bytes)
    }

    /// Give the socket what waits for it.
    pub(super) fn flush(&mut self, socket: &mut TcpStream) -> io::Result<()> {
        while self.0.wants_write() {
            self.0.write_tls(socket)?;
        }
        Ok(())
    }

    /// The socket takes nothing any more.
    pub(super) fn forget(&mut self) {
        while self.0.wants_write() {
            let forgotten = self.0.write_tls(&mut io::sink());
            forgotten.expect("nothing refuses");
        }
    }

    /// Nothing more will be written.
    pub(super) fn finish(&mut self) {
        self.0.send_close_notify();
    }
}

fn connection(host: &str, judge: Arc<Judge>) -> io::Result<ClientConnection> {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(judge)
        .with_no_client_auth();
    // A name that cannot be one of TLS is told to nobody.
    let name = ServerName::try_from(host.to_owned()).or_else(|_| ServerName::try_from("papo"));
    let name = name.map_err(io::Error::other)?;
    ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)
}

/// Compares certificates with the one that is known.
#[derive(Debug)]
struct Judge {
    known: Option<Identity>,
    seen: OnceLock<Identity>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        let seen = Identity {
            certificate: fingerprint(certificate),
            key: Some(fingerprint(&key)),
        };
        let seen = self.seen.get_or_init(|| seen);
        let known = self.known.as_ref();
        match known.is_none_or(|known| known.is_same(seen)) {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A SHA-256, as people compare it.
fn fingerprint(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let bytes = digest.as_ref().iter().map(|byte| format!("{byte:02X}"));
    bytes.collect::<Vec<_>>().join(":")
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
