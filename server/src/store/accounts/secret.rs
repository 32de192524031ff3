//! Passwords and their hashes; the only file that names `argon2`.
//!
//! No password and no hash is ever shown: not in a log, an error or by `{:?}`. A password is
//! overwritten on drop, as well as safe code can. Invariant: the text of a hash (PHC) contains
//! everything needed to verify it, so the limits may change without invalidating stored ones.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::try_generate_salt;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use unicode_normalization::UnicodeNormalization;

use crate::dialect::password;
use crate::hub::{Secret, SecretFault};
use crate::limits::{HASH_EXCESS, HASH_LANES, HASH_MEMORY_KIB, HASH_PASSES, PASSWORD_BYTES};

/// A password to check or hash. Never compared directly: the time would show how much is right.
///
/// It counts as NFC text, because keyboards compose the same letters in several ways. Hashes made
/// before that rule are of the text as typed, so the other spellings are kept too.
pub struct Password {
    nfc: Box<[u8]>,
    /// The same text in other bytes; none for ASCII.
    others: Vec<Box<[u8]>>,
}

impl Password {
    /// The NFC bytes, for the simulation's accounts.
    pub fn bytes(&self) -> &[u8] {
        &self.nfc
    }

    /// All texts that a stored hash may be of.
    fn forms(&self) -> impl Iterator<Item = &[u8]> {
        let others = self.others.iter().map(|text| &**text);
        [&*self.nfc].into_iter().chain(others)
    }

    /// Reads the first line of a file, in a form that a user can type.
    ///
    /// # Errors
    /// If it cannot be read or is not a legal password. The error never contains it.
    pub fn read(path: &Path) -> io::Result<Password> {
        let file = File::open(path)?;
        let mode = file.metadata()?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let path = path.display();
            log::warn!("{path} can be read by others (mode {mode:o}); make it 600");
        }
        let mut line = Vec::new();
        let mut start = BufReader::new(file.take(LONGEST_LINE));
        start.read_until(b'\n', &mut line)?;
        // Some editors begin a file with a byte order mark.
        let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line);
        let password = password::typed(line)
            .and_then(|text| Secret::new(text).map(|secret| Password::from(&secret)));
        password.map_err(|fault| io::Error::other(explain(fault)))
    }
}

impl From<&Secret> for Password {
    fn from(secret: &Secret) -> Password {
        let text = secret.text();
        let bytes = |text: String| text.into_bytes().into_boxed_slice();
        let nfc = bytes(text.nfc().collect());
        let mut others = vec![bytes(text.to_owned()), bytes(text.nfd().collect())];
        others.dedup();
        others.retain(|other| *other != nfc);
        Password { nfc, others }
    }
}

impl Drop for Password {
    fn drop(&mut self) {
        for bytes in self.others.iter_mut().chain([&mut self.nfc]) {
            bytes.fill(0);
            // Otherwise the compiler may remove the overwriting. No guarantee, but no `unsafe`
            // either.
            std::hint::black_box(bytes);
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// Explains the fault to the operator who wrote the file.
fn explain(fault: SecretFault) -> String {
    match fault {
        SecretFault::Length | SecretFault::Same => {
            format!("the first line has to have 1 to {PASSWORD_BYTES} bytes and no / in front")
        }
        SecretFault::NotUtf8 => "the first line is not UTF-8 text; save the file as UTF-8, or use \
            only letters a to z, digits and signs"
            .to_owned(),
        SecretFault::Hidden => {
            "the first line has characters that nobody sees (controls, invisible \
            ones); take them out"
                .to_owned()
        }
    }
}

/// A password file may be a device without an end.
const LONGEST_LINE: u64 = 4096;

/// Memory is allocated in blocks of 33 MiB, of which a hash touches 19. Above 32 MiB the C library
/// always maps memory and returns it on free; below, it keeps freed memory and does not reuse it
/// for the next aligned block (measured: 19 MiB more with each `rest`).
const MAPPED_BLOCKS: usize = 33 * 1024;

/// Makes and verifies hashes in one block of memory, which it keeps until `rest`.
#[derive(Default)]
pub(super) struct Hasher {
    memory: Vec<Block>,
}

impl Hasher {
    /// Hashes a password for storing; the salt is new each time.
    pub(super) fn hash(&mut self, password: &Password) -> io::Result<String> {
        let salt = try_generate_salt().map_err(|error| fault("no random salt", &error))?;
        let params = current_params()?;
        let hash = self.run(
            &password.nfc,
            &salt,
            params.clone(),
            Params::DEFAULT_OUTPUT_LEN,
        )?;
        let unfit = |error| fault("a hash cannot be written down", &error);
        let text = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params)
                .map_err(|error| fault("a hash cannot be written down", &error))?,
            salt: Some(Salt::new(&salt).map_err(unfit)?),
            hash: Some(hash),
        };
        Ok(text.to_string())
    }

    /// Whether `kept` is a hash of this password.
    pub(super) fn verify(&mut self, password: &Password, kept: &str) -> io::Result<bool> {
        let unread = |error| fault("a stored hash cannot be read", &error);
        let kept = PasswordHash::new(kept).map_err(unread)?;
        let params = Params::try_from(&kept)
            .map_err(|error| fault("a stored hash cannot be read", &error))?;
        let ours = kept.algorithm == Algorithm::Argon2id.ident()
            && kept.version == Some(Version::V0x13.into());
        let (true, Some(salt), Some(hash)) = (ours, kept.salt, kept.hash) else {
            return Err(io::Error::other("a stored hash is not argon2id"));
        };
        if params.m_cost() > HASH_MEMORY_KIB * HASH_EXCESS
            || params.t_cost() > HASH_PASSES * HASH_EXCESS
        {
            return Err(io::Error::other("a stored hash asks for too much"));
        }
        for text in password.forms() {
            // `Output` compares in constant time.
            if self.run(text, &salt, params.clone(), hash.len())? == hash {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes as long as `verify`, so that the time does not show that there is no such account.
    pub(super) fn pretend(&mut self, password: &Password) -> io::Result<()> {
        let salt = [0; Salt::RECOMMENDED_LENGTH];
        for text in password.forms() {
            self.run(text, &salt, current_params()?, Params::DEFAULT_OUTPUT_LEN)?;
        }
        Ok(())
    }

    /// Frees the memory.
    pub(super) fn free_memory(&mut self) {
        self.memory = Vec::new();
    }

    /// Whether it has hashed since the last `rest`.
    #[cfg(test)]
    pub(super) fn has_worked(&self) -> bool {
        !self.memory.is_empty()
    }

    fn run(
        &mut self,
        text: &[u8],
        salt: &[u8],
        params: Params,
        length: usize,
    ) -> io::Result<Output> {
        let blocks = params.block_count();
        if self.memory.len() < blocks {
            self.free_memory();
            self.memory
                .try_reserve_exact(blocks.max(MAPPED_BLOCKS))
                .map_err(|error| fault("no memory for a hash", &error))?;
            self.memory.resize(blocks, Block::new());
        }
        let mut buffer = [0; Output::MAX_LENGTH];
        let out = buffer
            .get_mut(..length)
            .ok_or_else(|| io::Error::other("a stored hash is too long"))?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(text, salt, out, &mut self.memory)
            .map_err(|error| fault("hashing", &error))?;
        Output::new(out).map_err(|error| fault("hashing", &error))
    }
}

/// A password that nobody can guess and everybody can read aloud: 48 random bits in eight
/// syllables.
pub(super) fn random_password() -> io::Result<(String, Password)> {
    const CONSONANTS: &[u8; 16] = b"bcdfghjklmnprstv";
    const VOWELS: &[u8; 4] = b"aeio";
    let random = try_generate_salt().map_err(|error| fault("no random bytes", &error))?;
    let mut text = String::new();
    for (at, byte) in random.iter().take(8).enumerate() {
        if at > 0 && at % 2 == 0 {
            text.push('-');
        }
        text.push(CONSONANTS[usize::from(byte & 15)].into());
        text.push(VOWELS[usize::from(byte >> 4 & 3)].into());
    }
    let secret = Secret::of_client(&text).ok_or_else(|| io::Error::other("no fresh password"))?;
    Ok((text, Password::from(&secret)))
}

/// A number that nobody can guess.
pub(crate) fn random_number() -> Option<u128> {
    try_generate_salt().ok().map(u128::from_ne_bytes)
}

/// The parameters of new hashes.
fn current_params() -> io::Result<Params> {
    Params::new(HASH_MEMORY_KIB, HASH_PASSES, HASH_LANES, None)
        .map_err(|error| fault("the limits of hashes", &error))
}

fn fault(what: &str, error: &impl fmt::Display) -> io::Error {
    io::Error::other(format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        let secret = Secret::of_client(text).expect("it has a legal length");
        Password::from(&secret)
    }

    #[test]
    fn a_password_has_1_to_128_bytes_and_is_never_shown() {
        assert!(Secret::of_client("").is_none());
        assert!(Secret::of_client(&"x".repeat(PASSWORD_BYTES)).is_some());
        assert!(Secret::of_client(&"x".repeat(PASSWORD_BYTES + 1)).is_none());
        assert!(Secret::of_client(&"x".repeat(1 << 20)).is_none());
        assert_eq!(format!("{:?}", password("s3cret")), "Password(hidden)");
    }

    #[test]
    fn a_hash_is_of_one_password_and_says_how_it_was_made() {
        let mut hasher = Hasher::default();
        let kept = hasher.hash(&password("s3cret")).expect("hashing works");
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(hasher.verify(&password("s3cret"), &kept).expect("ours"));
        hasher.free_memory();
        assert!(!hasher.verify(&password("S3cret"), &kept).expect("ours"));
        let again = hasher.hash(&password("s3cret")).expect("hashing works");
        assert_ne!(kept, again, "the salt is new");
    }

    const NFC: &str = "coração1";
    const NFD: &str = "corac\u{327}a\u{303}o1";

    #[test]
    fn a_password_is_the_same_however_its_letters_are_composed() {
        let mut hasher = Hasher::default();
        let of_nfc = hasher.hash(&password(NFC)).expect("hashing works");
        let of_nfd = hasher.hash(&password(NFD)).expect("hashing works");
        for kept in [of_nfc, of_nfd] {
            for typed in [NFC, NFD] {
                assert!(hasher.verify(&password(typed), &kept).expect("ours"));
            }
            assert!(!hasher.verify(&password("coracao1"), &kept).expect("ours"));
        }
        // The limit counts the text in NFC, too.
        let long = "é".repeat(PASSWORD_BYTES / 2);
        let decomposed: String = long.nfd().collect();
        assert!(decomposed.len() > PASSWORD_BYTES && Secret::of_client(&decomposed).is_some());
    }

    #[test]
    fn hashes_of_text_as_it_was_typed_still_verify() {
        let mut hasher = Hasher::default();
        // U+212B is Å in another spelling: neither NFC nor NFD.
        for typed in [NFD, NFC, "\u{212b}ngstrom"] {
            let old = Password {
                nfc: typed.as_bytes().into(),
                others: Vec::new(),
            };
            let kept = hasher.hash(&old).expect("hashing works");
            assert!(hasher.verify(&password(typed), &kept).expect("ours"));
            assert!(!hasher.verify(&password("other"), &kept).expect("ours"));
        }
    }

    #[test]
    fn hashes_with_other_costs_are_verified_and_foreign_ones_refused() {
        let mut hasher = Hasher::default();
        // From the tests of the reference implementation.
        let reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ\
            $CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(
            hasher
                .verify(&password("password"), reference)
                .expect("legal")
        );
        for bad in [
            "",
            "plain",
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ",
            &reference.replace("argon2id", "argon2i"),
            &reference.replace("v=19", "v=16"),
            &reference.replace("m=65536", "m=4000000000"),
            &reference.replace("t=2", "t=4000000000"),
            &reference.replace("p=1", "p=0"),
        ] {
            assert!(hasher.verify(&password("password"), bad).is_err(), "{bad}");
        }
    }

    /// Prints the measurements cited in `limits.rs` and at `MAPPED_BLOCKS`.
    #[test]
    #[ignore = "a measurement, of a release build"]
    fn time_and_memory_of_a_hash() {
        let mut hasher = Hasher::default();
        let mut run = |rest: bool| {
            let started = std::time::Instant::now();
            for _ in 0..40 {
                hasher.pretend(&password("s3cret")).expect("hashing works");
                if rest {
                    hasher.free_memory();
                }
            }
            started.elapsed() / 40
        };
        let (new, kept) = (run(true), run(false));
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
        let resident = status.lines().find(|line| line.starts_with("VmRSS"));
        println!("new memory {new:?}, kept memory {kept:?}, {resident:?}");
    }
}
