//! The transport of clients that show each read of at most 1024 bytes by itself: what goes out is cut into
//! pieces that fit one read, and a piece follows when the one before must have been read.
//!
//! Those clients decode each read as strict UTF-8, so a letter torn between two reads ends them, and most
//! print a line end of their own after each. A piece ends at a line end where there is one, at a letter
//! always, and never leaves a rest so short that it could be a word of its own. The last line end of a piece
//! is left out for clients that print one: two such pieces must never be read together, however short.
//!
//! It holds no bytes: what waits stays where it is, so lines that come meanwhile go out in one piece.
//! Nothing tells when a client has read. That its system has acknowledged a piece is known, and that its
//! thread comes back within [`PIECE_MOMENT`] is assumed.
//!
//! Invariant: nothing is written while anything before is not acknowledged, or was less than that ago.

use std::io::{self, ErrorKind, IoSlice};
use std::time::Duration;

use unicode_normalization::char::is_combining_mark;

use super::{Codec, Transport};
use crate::hub::Time;
use crate::limits::{PIECE_BYTES, PIECE_LOOK, PIECE_LOOK_LAST, PIECE_MOMENT, PIECE_REST};
use crate::net::sys::Sys;

/// See the top of this file.
pub struct Pieces {
    /// What becomes of the last line end of each piece.
    pub ends: Ends,
    pace: Pace,
    /// The last piece that was written.
    last: Piece,
}

/// A piece that was written.
#[derive(Clone, Copy, Default)]
struct Piece {
    /// The bytes of the conn in it, and those that the socket took of it: a line end is left out perhaps.
    taken: u32,
    written: u32,
}

/// What becomes of the last line end of each piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    /// It is sent.
    Kept,
    /// It is left out: the client prints one itself.
    Dropped,
}

/// When the next piece may go out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Pace {
    /// Not before the last one is acknowledged.
    Sent {
        /// When it was sent.
        at: Time,
        /// When to ask for that.
        look: Time,
    },
    /// The last one is acknowledged.
    Acknowledged {
        /// When it must have been read, too.
        free: Time,
    },
}

impl Transport {
    /// That of a socket to which nothing has been written, clear if no `ends` are given.
    pub fn new(ends: Option<Ends>) -> Transport {
        match ends {
            Some(ends) => Transport::pieces(Pieces::new(ends)),
            None => Transport::Clear,
        }
    }

    /// From now on it is clear, or cuts what goes out; what is encrypted is not cut.
    pub fn cut(&mut self, now: Time, ends: Option<Ends>) {
        match (self, ends) {
            (clear @ Transport::Clear, Some(ends)) => {
                *clear = Transport::pieces(Pieces::after(now, ends));
            }
            (Transport::Clear, None) => {}
            (coded @ Transport::Coded(_), ends) => match (coded.as_pieces_mut(), ends) {
                (Some(pieces), Some(ends)) => pieces.ends = ends,
                (Some(_), None) => *coded = Transport::Clear,
                (None, _) => {}
            },
        }
    }

    /// When to write again after a write that did not take all, if that is not for the poller to say.
    pub fn wakes_at(&self) -> Option<Time> {
        self.as_pieces().map(Pieces::wakes_at)
    }

    /// The time that so many bytes take because of the transport.
    pub fn time_for(&self, bytes: usize) -> Duration {
        match self.is_cut() {
            true => time_for(bytes),
            false => Duration::ZERO,
        }
    }

    /// Whether what goes out is cut into pieces.
    pub fn is_cut(&self) -> bool {
        self.as_pieces().is_some()
    }

    fn pieces(pieces: Pieces) -> Transport {
        Transport::Coded(Box::new(Codec::Pieces(pieces)))
    }

    fn as_pieces(&self) -> Option<&Pieces> {
        match self {
            Transport::Clear => None,
            Transport::Coded(codec) => match &**codec {
                Codec::Pieces(pieces) => Some(pieces),
                Codec::Tls(_) => None,
            },
        }
    }

    fn as_pieces_mut(&mut self) -> Option<&mut Pieces> {
        match self {
            Transport::Clear => None,
            Transport::Coded(codec) => match &mut **codec {
                Codec::Pieces(pieces) => Some(pieces),
                Codec::Tls(_) => None,
            },
        }
    }
}

impl Pieces {
    /// Nothing has been written so far.
    fn new(ends: Ends) -> Pieces {
        let pace = Pace::Acknowledged { free: Time::ZERO };
        let last = Piece::default();
        Pieces { ends, pace, last }
    }

    /// Something has been written before.
    fn after(now: Time, ends: Ends) -> Pieces {
        let pace = Pace::Sent { at: now, look: now };
        let last = Piece::default();
        Pieces { ends, pace, last }
    }

    /// Bytes that the last write gave to the socket.
    pub(super) fn last_piece(&self) -> u32 {
        self.last.written
    }

    /// How many bytes of the conn are not acknowledged where so many of the socket's are not. All before
    /// the last piece are, once there is one.
    pub(super) fn unacknowledged(&self, bytes: u32) -> u32 {
        match self.last.written.checked_sub(bytes) {
            _ if bytes == 0 => 0,
            Some(acknowledged) => self.last.taken - acknowledged,
            None => bytes,
        }
    }

    /// Writes one piece of what is offered, if it may go out now.
    ///
    /// # Errors
    /// `WouldBlock` if it may not, and those of the socket.
    pub(super) fn write<S: Sys>(
        &mut self,
        sys: &mut S,
        socket: &mut S::Socket,
        now: Time,
        offered: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        self.pace = self.pace.after(now, || sys.acknowledged(socket));
        if !self.pace.is_free(now) {
            return Err(ErrorKind::WouldBlock.into());
        }
        let mut buffer = [0; PIECE_BYTES + PIECE_REST];
        let bytes = gather(offered, &mut buffer);
        let taken = cut(bytes, self.ends);
        let piece = match self.ends {
            Ends::Kept => &bytes[..taken],
            Ends::Dropped => bytes[..taken]
                .strip_suffix(b"\n")
                .unwrap_or(&bytes[..taken]),
        };
        if piece.is_empty() {
            self.last = Piece::default();
            return Ok(taken);
        }
        match sys.write(socket, &[IoSlice::new(piece)]) {
            Ok(written) => {
                self.pace = Pace::Sent {
                    at: now,
                    look: now + PIECE_MOMENT,
                };
                // A kernel that has nothing else to send takes all of it.
                let taken = if written == piece.len() {
                    taken
                } else {
                    written
                };
                self.last = Piece {
                    taken: taken as u32,
                    written: written as u32,
                };
                Ok(taken)
            }
            Err(error) => {
                if error.kind() == ErrorKind::WouldBlock {
                    self.pace = Pace::Acknowledged {
                        free: now + PIECE_LOOK,
                    };
                }
                Err(error)
            }
        }
    }

    /// When the next piece may go out, or it is to be asked whether it may.
    pub(super) fn wakes_at(&self) -> Time {
        match self.pace {
            Pace::Sent { look: at, .. } | Pace::Acknowledged { free: at } => at,
        }
    }
}

impl Pace {
    /// The pace now, where `acknowledged` tells whether all is, and for how long at least.
    fn after(self, now: Time, acknowledged: impl FnOnce() -> Option<Duration>) -> Pace {
        match self {
            Pace::Sent { at, look } if look <= now => match acknowledged() {
                None => Pace::Sent {
                    at,
                    look: now + ((now - at) / 4).clamp(PIECE_LOOK, PIECE_LOOK_LAST),
                },
                Some(ago) => Pace::Acknowledged {
                    free: (now + PIECE_MOMENT).saturating_sub(ago),
                },
            },
            other => other,
        }
    }

    fn is_free(self, now: Time) -> bool {
        match self {
            Pace::Sent { .. } => false,
            Pace::Acknowledged { free } => free <= now,
        }
    }
}

/// How long so many bytes take at most, where the client acknowledges and lines are no longer than half a
/// piece or as long as some.
fn time_for(bytes: usize) -> Duration {
    let pieces = bytes.div_ceil(PIECE_BYTES / 2) as u32;
    (PIECE_MOMENT + PIECE_LOOK) * pieces
}

/// The beginning of what is offered, as much as there is room for.
fn gather<'a>(offered: &[IoSlice<'_>], buffer: &'a mut [u8]) -> &'a [u8] {
    let mut len = 0;
    for slice in offered {
        let some = slice.len().min(buffer.len() - len);
        buffer[len..len + some].copy_from_slice(&slice[..some]);
        len += some;
    }
    &buffer[..len]
}

/// How many of these bytes are the next piece, with a line end that will be dropped. They are all there
/// are, or more than a piece and its rest.
fn cut(bytes: &[u8], ends: Ends) -> usize {
    let most = match ends {
        Ends::Kept => PIECE_BYTES,
        Ends::Dropped => PIECE_BYTES + 1,
    };
    let whole = &bytes[..bytes.len().min(most)];
    if let Some(end) = whole.iter().rposition(|byte| *byte == b'\n') {
        return end + 1;
    }
    if bytes.len() <= PIECE_BYTES {
        return bytes.len();
    }
    let has_short_rest = bytes.contains(&b'\n') || bytes.len() < PIECE_BYTES + PIECE_REST;
    let most = match has_short_rest {
        true => PIECE_BYTES - PIECE_REST,
        false => PIECE_BYTES,
    };
    letter_end(bytes, most)
}

/// The last place up to `most` that is between two letters, with all that belongs to a letter.
fn letter_end(bytes: &[u8], most: usize) -> usize {
    let is_boundary = |at: &usize| bytes[*at] & 0xc0 != 0x80;
    let boundaries = || (1..=most).rev().filter(is_boundary).take(PIECE_REST);
    let whole = boundaries().find(|at| !is_attached(&bytes[..*at], &bytes[*at..]));
    whole.or_else(|| boundaries().next()).unwrap_or(most)
}

/// Whether what follows belongs to the letter before.
fn is_attached(before: &[u8], after: &[u8]) -> bool {
    const JOINER: char = '\u{200d}';
    let valid = after.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let is_modifier = |c: char| ('\u{1f3fb}'..='\u{1f3ff}').contains(&c);
    let next = valid.chars().next();
    before.ends_with("\u{200d}".as_bytes())
        || next.is_some_and(|c| c == JOINER || is_combining_mark(c) || is_modifier(c))
}

#[cfg(test)]
mod tests;
