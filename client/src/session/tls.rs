//! TLS towards a server: what is trusted is the SHA-256 of its certificate, known from the first time (pins.rs),
//! and nothing else. No authority is asked, as a server on a network of friends has none.
//!
//! The handshake waits for the server, within the time for connecting; after that nothing waits.
//! Invariant: nothing is sent or read before the certificate was compared and the server has shown its key.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme,
};

/// The bytes of a connection that is encrypted.
#[derive(Debug)]
pub(super) struct Tls(Box<ClientConnection>);

/// Why there is no TLS.
pub(super) enum Fault {
    /// The certificate has this SHA-256, and another one is known.
    OtherCertificate(String),
    Other(io::Error),
}

impl Tls {
    /// Shake hands over a socket that waits. The SHA-256 of the server's certificate, which is `known` if
    /// something is.
    pub(super) fn begin(
        socket: &mut TcpStream,
        host: &str,
        known: Option<&str>,
    ) -> Result<(Tls, String), Fault> {
        let judge = Arc::new(Judge {
            known: known.map(str::to_owned),
            seen: Mutex::new(None),
            provider: default_provider(),
        });
        let connection = connection(host, judge.clone()).map_err(Fault::Other)?;
        let mut tls = Tls(Box::new(connection));
        let shaken = tls.shake(socket);
        let seen = judge
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match (shaken, seen) {
            (Ok(()), Some(seen)) => Ok((tls, seen)),
            (Ok(()), None) => Err(Fault::Other(io::Error::other(
                "the server has no certificate",
            ))),
            (Err(_), Some(seen)) if known.is_some_and(|known| known != seen) => {
                Err(Fault::OtherCertificate(seen))
            }
            (Err(error), _) => Err(Fault::Other(error)),
        }
    }

    fn shake(&mut self, socket: &mut TcpStream) -> io::Result<()> {
        loop {
            while self.0.wants_write() {
                self.0.write_tls(socket)?;
            }
            if !self.0.is_handshaking() {
                return Ok(());
            }
            if self.0.read_tls(socket)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if let Err(fault) = self.0.process_new_packets() {
                // The server is told why.
                let _ = self.0.write_tls(socket);
                return Err(io::Error::new(ErrorKind::InvalidData, fault));
            }
        }
    }

    /// Whether something waits for the socket.
    pub(super) fn wants_write(&self) -> bool {
        self.0.wants_write()
    }

    /// As a socket reads.
    pub(super) fn read(&mut self, socket: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.reader().read(buffer) {
                // An end without a word about it is an end, too.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
            self.0.read_tls(socket)?;
            self.0
                .process_new_packets()
                .map_err(|fault| io::Error::new(ErrorKind::InvalidData, fault))?;
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
    known: Option<String>,
    seen: Mutex<Option<String>>,
    provider: CryptoProvider,
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
        let seen = fingerprint(certificate);
        let is_known = self.known.as_ref().is_none_or(|known| *known == seen);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        match is_known {
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
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// The SHA-256 of a certificate, as people compare it.
fn fingerprint(certificate: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
    let bytes: Vec<String> = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    bytes.join(":")
}
