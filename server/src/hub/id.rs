//! The one key for a conn and for the user it becomes: slab index and generation.
//!
//! Invariant: a key that was used once never names another conn. The index is handed out again,
//! the generation with it is not (until 2^32 conns later on the same index).

/// Names one conn, and the user it becomes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Id {
    /// The slot in the slab of conns; never `u32::MAX`.
    pub index: u32,
    /// How many conns had this slot before, modulo 2^32.
    pub generation: u32,
}

impl Id {
    /// The id as one number, for the poller's key and for logs.
    pub fn key(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }

    /// The inverse of [`Id::key`].
    pub fn from_key(key: u64) -> Id {
        Id {
            index: key as u32,
            generation: (key >> 32) as u32,
        }
    }

    /// The index as the slab and the hub's table want it.
    pub fn slot(self) -> usize {
        self.index as usize
    }
}
