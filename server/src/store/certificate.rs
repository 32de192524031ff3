//! The certificate and the key with which the server speaks TLS: those of the operator's files, or its own, made
//! once and kept beside the accounts.
//!
//! The disk may be slow or gone: at the start the program waits for it, later a thread of its own (rereader.rs).
//! Invariant: the file with the own key is readable to its owner alone, from its first byte on.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::NoServerSessionStorage;

use super::accounts::directory;

/// The file in the directory of the accounts.
const FILE: &str = "tls.pem";

/// Where the certificate and the key come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// Our own, for anybody who can compare its fingerprint.
    Own {
        /// The directory of the accounts.
        directory: PathBuf,
    },
    /// The operator's.
    Files {
        /// The certificate, and those up to an authority.
        certificate: PathBuf,
        /// Its key.
        key: PathBuf,
    },
}

/// What a conn needs in order to speak TLS: the certificate and the key, and how it speaks.
#[derive(Clone, Debug)]
pub struct Identity(Arc<ServerConfig>);

impl Identity {
    /// As rustls wants it.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.0.clone()
    }
}

/// A certificate with its key, ready for use.
#[derive(Clone, Debug)]
pub struct Certified {
    /// What conns need.
    pub identity: Identity,
    /// The SHA-256 of the certificate, as people compare it: `AB:CD:...`.
    pub fingerprint: String,
}

/// Read it; one of our own is made if there is none, so its directory has to be locked for this server.
///
/// # Errors
/// A sentence for the operator.
pub fn read(source: &Source) -> Result<Certified, String> {
    match source {
        Source::Own { directory } => {
            let file = directory.join(FILE);
            let shown = |fault: String| format!("{}: {fault}", file.display());
            let pem = match fs::read(&file) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    make(directory, &file).map_err(shown)?
                }
                read => read.map_err(|error| shown(error.to_string()))?,
            };
            let certified = certified(&pem, &pem);
            certified
                .map_err(|fault| shown(format!("{fault}; without this file a new one is made")))
        }
        Source::Files { certificate, key } => {
            let chain = read_file("--tls-cert", certificate)?;
            let secret = read_file("--tls-key", key)?;
            certified(&chain, &secret).map_err(|fault| {
                let (certificate, key) = (certificate.display(), key.display());
                format!("--tls-cert {certificate} --tls-key {key}: {fault}")
            })
        }
    }
}

fn read_file(option: &str, path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{option} {}: {error}", path.display()))
}

fn certified(chain: &[u8], key: &[u8]) -> Result<Certified, String> {
    let chain: Result<Vec<CertificateDer>, _> = CertificateDer::pem_slice_iter(chain).collect();
    let chain = chain.map_err(|fault| format!("the certificate is no PEM: {fault}"))?;
    let first = chain.first().ok_or("there is no certificate in it")?;
    let fingerprint = fingerprint(first);
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|fault| format!("there is no key that can be read: {fault}"))?;
    let fault = |fault: rustls::Error| fault.to_string();
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(fault)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(fault)?;
    // Who comes again shows a ticket: nothing is remembered of anybody.
    config.ticketer = Ticketer::new().map_err(fault)?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 1;
    Ok(Certified {
        identity: Identity(Arc::new(config)),
        fingerprint,
    })
}

fn fingerprint(certificate: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
    let bytes: Vec<String> = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    bytes.join(":")
}

/// A certificate for this host's names and addresses, and its key, in one file.
fn make(directory: &Path, file: &Path) -> Result<Vec<u8>, String> {
    let pem = draw(names())?;
    let failed = |error: std::io::Error| error.to_string();
    // The name is there only with all of the contents, even if power fails.
    let part = file.with_extension("pem.new");
    let _ = fs::remove_file(&part);
    let mut options = OpenOptions::new();
    let mut written = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .map_err(failed)?;
    written.write_all(&pem).map_err(failed)?;
    written.sync_all().map_err(failed)?;
    fs::rename(&part, file).map_err(failed)?;
    directory::sync(directory).map_err(failed)?;
    Ok(pem)
}

/// Both as PEM. It is valid for longer than anybody uses it, and before any clock that is wrong at boot:
/// what is trusted is its fingerprint.
fn draw(names: Vec<String>) -> Result<Vec<u8>, String> {
    let fault = |fault: rcgen::Error| fault.to_string();
    let mut params = CertificateParams::new(names).map_err(fault)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "papo");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // ECDSA with P-256, which every client knows.
    let key = KeyPair::generate().map_err(fault)?;
    let certificate = params.self_signed(&key).map_err(fault)?;
    Ok((key.serialize_pem() + &certificate.pem()).into_bytes())
}

/// What this host is called, as far as it knows.
fn names() -> Vec<String> {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = host.map(|name| name.trim().to_owned());
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    let host = host.filter(|name| !name.is_empty() && name.chars().all(is_name));
    let mut names = vec!["localhost".to_owned()];
    if let Some(host) = host {
        if !host.contains('.') {
            names.push(format!("{host}.local"));
        }
        names.push(host);
    }
    let addresses = crate::net::reach::addresses();
    names.extend(addresses.iter().map(IpAddr::to_string));
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn our_own_is_made_once_and_is_for_nobody_else() {
        let directory = std::env::temp_dir().join(format!("papo-tls-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("it can be made");
        let source = Source::Own {
            directory: directory.clone(),
        };
        let first = read(&source).expect("it is made");
        let file = directory.join(FILE);
        let found = fs::metadata(&file).expect("it is there");
        assert_eq!(found.permissions().mode() & 0o777, 0o600);
        assert_eq!(first.fingerprint.len(), 32 * 3 - 1);
        let again = read(&source).expect("it is there");
        assert_eq!(again.fingerprint, first.fingerprint);
        fs::write(&file, "nothing").expect("it can be written");
        let fault = read(&source).expect_err("it is damaged");
        assert!(fault.contains(FILE), "{fault}");
        fs::remove_dir_all(&directory).expect("it is ours");
    }

    #[test]
    fn a_key_that_is_not_the_certificates_is_refused() {
        let one = draw(vec!["a".into()]).expect("names");
        let other = draw(vec!["a".into()]).expect("names");
        assert!(certified(&one, &one).is_ok());
        let fault = certified(&one, &other).expect_err("another key");
        assert!(fault.contains("key"), "{fault}");
        for (chain, key) in [(&b""[..], &one[..]), (&one, b""), (b"-----BEGIN", &one)] {
            assert!(certified(chain, key).is_err());
        }
    }
}
