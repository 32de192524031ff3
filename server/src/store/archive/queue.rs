//! What waits for the writer: one buffer to which the loop appends and which the writer takes as a whole.
//!
//! The lock is held while bytes are appended or two buffers are swapped, and never while anything is
//! written. The writer is woken only if it sleeps for lack of entries: at most once for each commit.
//!
//! Invariant: `held` is what was accepted and is not written yet, at most [`ARCHIVE_BYTES`].

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::hub::archive::entry::{Entry, entries};
use crate::hub::archive::record::{Record, records};
use crate::limits::ARCHIVE_BYTES;
use crate::store::accounts::Busy;

/// See the top of this file.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    written: Condvar,
}

#[derive(Default)]
struct State {
    /// Batches, one after the other: the time, the length, the entries.
    bytes: Vec<u8>,
    held: usize,
    /// Bytes accepted since the start.
    accepted: u64,
    /// Whether something was refused since the last commit.
    has_refused: bool,
    /// Whether what was refused last is not marked as missing yet.
    is_lossy: bool,
    is_waiting: bool,
    /// Whether somebody waits for what was accepted to be written.
    is_awaited: bool,
    is_closing: bool,
}

/// Bytes before the entries of a batch.
const HEAD: usize = 12;
/// More memory than this is not kept for the next time.
const SPARE_BYTES: usize = 64 * 1024;

impl Queue {
    /// Appends a batch.
    pub(super) fn push(&self, now: i64, entries: &[u8]) -> Result<(), Busy> {
        let mut state = self.lock();
        let bytes = HEAD + entries.len();
        if state.held + bytes > ARCHIVE_BYTES {
            (state.has_refused, state.is_lossy) = (true, true);
            return Err(Busy);
        }
        state.held += bytes;
        state.accepted += bytes as u64;
        // What was refused before stands in front of this as holes.
        state.is_lossy = false;
        state.bytes.extend_from_slice(&now.to_le_bytes());
        let length = entries.len() as u32;
        state.bytes.extend_from_slice(&length.to_le_bytes());
        state.bytes.extend_from_slice(entries);
        if std::mem::take(&mut state.is_waiting) {
            drop(state);
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Takes all that waits into an empty buffer, after waiting for something and then this pause for more.
    /// True if there is an end to it, and this is the last.
    pub(super) fn take(&self, into: &mut Vec<u8>, within: Duration, pause: Duration) -> bool {
        debug_assert!(into.is_empty());
        into.shrink_to(SPARE_BYTES);
        let until = Instant::now() + within;
        let mut state = self.lock();
        while state.bytes.is_empty() && !state.is_closing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state.is_waiting = true;
            state = match self.changed.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        state.is_waiting = false;
        if !state.bytes.is_empty() {
            drop(state);
            self.pause(pause);
            state = self.lock();
        }
        std::mem::swap(&mut state.bytes, into);
        state.is_closing
    }

    /// Waits, unless there is an end to it; whether there is.
    pub(super) fn pause(&self, within: Duration) -> bool {
        let until = Instant::now() + within;
        let mut state = self.lock();
        while !state.is_closing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = match self.changed.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        state.is_closing
    }

    /// So many bytes were written. Whether anything was refused since the last time.
    pub(super) fn written(&self, bytes: usize) -> bool {
        let mut state = self.lock();
        state.held -= bytes;
        if std::mem::take(&mut state.is_awaited) {
            self.written.notify_all();
        }
        std::mem::take(&mut state.has_refused)
    }

    /// How much was accepted so far, for `wait_for`.
    pub(super) fn accepted(&self) -> u64 {
        self.lock().accepted
    }

    /// Waits until so much is written, but no longer than this; whether it is. Ends early when nothing more will
    /// come.
    pub(super) fn wait_for(&self, accepted: u64, until: Instant) -> bool {
        let mut state = self.lock();
        loop {
            if state.accepted - state.held as u64 >= accepted {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.is_closing {
                return false;
            }
            state.is_awaited = true;
            state = match self.written.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Whether nothing waits to be taken.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().bytes.is_empty()
    }

    /// Whether all was taken, and all that is missing is marked.
    pub(super) fn is_whole(&self) -> bool {
        let state = self.lock();
        state.bytes.is_empty() && !state.is_lossy
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        self.lock().is_closing = true;
        self.changed.notify_one();
        self.written.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All entries of these batches, each with its time.
pub(super) fn timed(batches: &[u8]) -> impl Iterator<Item = (i64, Entry<'_>)> {
    each(batches).flat_map(|(at, batch)| entries(batch).map(move |entry| (at, entry)))
}

/// All records of these batches, each with its time.
pub(super) fn timed_records(batches: &[u8]) -> impl Iterator<Item = (i64, Record<'_>)> {
    each(batches).flat_map(|(at, batch)| records(batch).map(move |record| (at, record)))
}

fn each(mut batches: &[u8]) -> impl Iterator<Item = (i64, &[u8])> {
    std::iter::from_fn(move || {
        let at = i64::from_le_bytes(*batches.split_off(..8)?.as_array()?);
        let length = u32::from_le_bytes(*batches.split_off(..4)?.as_array()?);
        Some((at, batches.split_off(..length as usize)?))
    })
}
