//! TLS for a bot, over a socket that never waits. The certificate is not checked: only the server's speed is of
//! interest.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, LazyLock};

/// The encrypted side of a socket.
pub(crate) struct Tls(ClientConnection);

/// All bots are alike. Nobody shows a ticket: every handshake is a full one.
static CONFIG: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has both versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Arc::new(config)
});

impl Tls {
    pub(crate) fn new() -> io::Result<Self> {
        let name = ServerName::try_from("papo").expect("it is a name");
        let connection = ClientConnection::new(CONFIG.clone(), name);
        connection.map(Self).map_err(io::Error::other)
    }

    /// Whether something waits for the socket.
    pub(crate) fn wants_write(&self) -> bool {
        self.0.wants_write()
    }

    /// As a socket reads, after one read of the socket.
    pub(crate) fn read(&mut self, mut socket: impl Read, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_tls(&mut socket)?;
        self.0.process_new_packets().map_err(io::Error::other)?;
        match self.0.reader().read(buffer) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
            read => read,
        }
    }

    /// As a socket writes; what is taken goes out at once or with the next call.
    pub(crate) fn write(&mut self, mut socket: impl Write, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = 0;
        if !self.0.wants_write() || self.0.is_handshaking() {
            taken = self.0.writer().write(bytes)?;
        }
        if self.0.wants_write() {
            match self.0.write_tls(&mut socket) {
                Err(error) if taken > 0 && error.kind() == ErrorKind::WouldBlock => {}
                written => drop(written?),
            }
        }
        Ok(taken)
    }
}

/// Trusts everybody.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
