//! The other end of a link whose client reads at most 1024 bytes at a time, decodes each read by itself
//! as strict UTF-8, and comes back to its next read within the moment that the server allows it.
//!
//! I16: no read is torn, and none holds parts of two writes, once the server knows of such a client.

use std::collections::VecDeque;
use std::time::Duration;

use papo_server::hub::Time;
use papo_server::limits::{PIECE_BYTES, PIECE_MOMENT};

use crate::dice::Dice;
use crate::kinds::Kind;
use crate::lines::Form;

/// See the top of this file.
pub(crate) struct Strict {
    /// Written by the server and not read, in order.
    segments: VecDeque<Segment>,
    /// When the last write is acknowledged.
    acknowledged: Time,
    /// How long its system delays acknowledgements at most, in milliseconds.
    delay: usize,
    /// When its thread is back.
    back: Time,
    /// Whether the server knows of it from the beginning.
    known: bool,
    /// Whether it prints a line end of its own, and gets none at the end of a read.
    prints_ends: bool,
    /// Whether it has closed its half before the server knew of it: such a program is none of those.
    is_other: bool,
    /// How long the last write was, if no line ended in it.
    open: usize,
}

struct Segment {
    bytes: Vec<u8>,
    arrives: Time,
    /// How long the thread shows a read that ends with it.
    busy: Duration,
}

/// No piece that is shorter is the beginning of a line, where lines are cut: a letter with its marks and
/// the rest of the line may need space.
const CUT_LINE: usize = PIECE_BYTES - 100;

impl Strict {
    /// That of a peer at this listener, if it is one of those.
    pub(crate) fn of(dice: &mut Dice, kind: Kind, door: usize) -> Option<Strict> {
        kind.is_chunky().then(|| Strict {
            segments: VecDeque::new(),
            acknowledged: Time::ZERO,
            delay: dice.pick(&[0, 40, 200, 3000]),
            back: Time::ZERO,
            known: kind != Kind::Guessed,
            prints_ends: Form::at(door) != Form::Papo,
            is_other: false,
            open: 0,
        })
    }

    /// It closes its half.
    pub(crate) fn finish(&mut self) {
        self.is_other = !self.known;
    }

    /// The server writes this at once; how it looks where it is shown, after what was shown before.
    pub(crate) fn take(&mut self, now: Time, dice: &mut Dice, bytes: &[u8], shown: &mut Vec<u8>) {
        self.advance(now);
        let last = self.segments.back().map_or(now, |last| last.arrives);
        let millis = |count: usize| Duration::from_millis(count as u64);
        let arrives = last.max(now + millis(dice.below(6)));
        self.acknowledged = self.acknowledged.max(arrives) + millis(dice.below(self.delay + 1));
        let most = PIECE_MOMENT.as_millis() as usize;
        self.segments.push_back(Segment {
            bytes: bytes.to_vec(),
            arrives,
            busy: millis(dice.below(most)),
        });
        if !self.prints_ends {
            return shown.extend(bytes);
        }
        // The rest of a line, by the texts that peers send: what came before was not its end.
        let goes_on = ["~~", "ã", "yy"]
            .iter()
            .any(|text| bytes.starts_with(text.as_bytes()));
        if self.open >= CUT_LINE && goes_on {
            assert_eq!(shown.pop(), Some(b'\n'));
        }
        shown.extend(bytes);
        // One that came before the server knew is shown twice, which is no line.
        if bytes != b"x" && !bytes.ends_with(b"\n") {
            shown.push(b'\n');
        }
        self.open = match bytes.contains(&b'\n') {
            true => 0,
            false => bytes.len(),
        };
    }

    /// Nothing more comes: of the last line there may be only the beginning.
    pub(crate) fn end(&mut self, shown: &mut Vec<u8>) {
        if std::mem::take(&mut self.open) >= CUT_LINE {
            assert_eq!(shown.pop(), Some(b'\n'));
        }
    }

    /// How long ago, at least, everything was acknowledged.
    pub(crate) fn acknowledged(&mut self, now: Time, dice: &mut Dice) -> Option<Duration> {
        let ago = now.checked_sub(self.acknowledged)?;
        Some(Duration::from_millis(
            dice.below(ago.as_millis() as usize + 1) as u64,
        ))
    }

    /// What it has read by now.
    pub(crate) fn advance(&mut self, now: Time) {
        while let Some(first) = self.segments.front() {
            let at = self.back.max(first.arrives);
            if at > now {
                return;
            }
            let mut read = Vec::new();
            let mut writes = 0;
            while let Some(segment) = self.segments.front_mut().filter(|next| next.arrives <= at) {
                let room = PIECE_BYTES - read.len();
                read.extend(segment.bytes.drain(..room.min(segment.bytes.len())));
                self.back = at + segment.busy;
                writes += 1;
                if !segment.bytes.is_empty() {
                    break;
                }
                self.segments.pop_front();
            }
            let text = std::str::from_utf8(&read);
            assert!(
                text.is_ok() || self.is_other,
                "I16: torn: {:?}",
                String::from_utf8_lossy(&read)
            );
            assert!(!self.known || writes == 1, "I16: two in one read: {text:?}");
        }
    }
}

/// The end of a text; some are as long as a line may be, and with a name before them longer than a read.
pub(crate) fn padding(dice: &mut Dice, heavy: bool) -> String {
    let count = match heavy {
        true if dice.chance(400) => 506,
        true => dice.between(0, 450),
        false => dice.between(0, 30),
    };
    dice.pick(&["~~", "ã"]).repeat(count)
}
