//! Keys by which programs take their places over, and the hashes of keys. Places are found by the hash, so that
//! the disk has nothing by which somebody could take a place over.
//!
//! Invariant: no log shows a key. A key is 128 random bits, so its hash needs no salt and may be fast.

use std::fmt;

use blake2::{Blake2s256, Digest};

/// By which a program takes its place over: 128 random bits, known to nobody else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub u128);

/// The hash of a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyHash([u8; 16]);

impl Key {
    /// A key as it is told.
    pub fn parse(typed: &str) -> Option<Key> {
        parse(typed).map(Key)
    }

    /// It in full, for its owner alone.
    pub fn reveal(self) -> String {
        format!("{:032x}", self.0)
    }

    /// Its hash.
    pub fn hash(self) -> KeyHash {
        let hash = Blake2s256::digest(self.0.to_be_bytes());
        KeyHash(std::array::from_fn(|at| hash[at]))
    }
}

/// No log shows a key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl KeyHash {
    /// A hash as it is kept.
    pub fn parse(kept: &str) -> Option<KeyHash> {
        parse(kept).map(|number| KeyHash(number.to_be_bytes()))
    }
}

/// As it is kept.
impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

fn parse(typed: &str) -> Option<u128> {
    let is_hex = typed.len() == 32 && typed.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u128::from_str_radix(typed, 16).ok()?;
    is_hex.then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_hashes_are_read_as_they_are_written() {
        let key = Key(7);
        assert_eq!(Key::parse(&key.reveal()), Some(key));
        let hash = key.hash();
        assert_eq!(KeyHash::parse(&hash.to_string()), Some(hash));
        // Other versions have to find the same places.
        assert_eq!(hash.to_string(), "8eea01daee019e62ccc4b1b5bbad7464");
        assert_ne!(Key(8).hash(), hash);
    }
}
