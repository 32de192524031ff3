//! What a reader of several rooms has beside its main track: the other tracks, and whose turn it is.
//! Nearly no reader has this.

use crate::fanout::track::Track;

/// See the top of this file.
#[derive(Debug)]
pub(super) struct More {
    /// Lines of feeds that it reads no more. Reads no feed itself.
    pub(super) carried: Track,
    /// One for each marked feed.
    pub(super) marked: Vec<Track>,
    /// The track of which a line was begun.
    pub(super) begun: Option<usize>,
    /// The track whose turn comes first.
    pub(super) next: usize,
}

// The numbers of the tracks; those of `marked` follow.
pub(super) const CARRIED: usize = 0;
pub(super) const MAIN: usize = 1;
pub(super) const MARKED: usize = 2;

impl More {
    pub(super) fn new(begun: Option<usize>) -> More {
        More {
            carried: Track::default(),
            marked: Vec::new(),
            begun,
            next: MAIN,
        }
    }

    /// Carry along what a track has still to send, before everything that is still read: after what is
    /// carried already, unless it begins with the rest of a line.
    pub(super) fn carry(&mut self, number: usize, mut track: Track) {
        if track.is_drained() {
            return;
        }
        if self.begun == Some(number) {
            self.begun = Some(CARRIED);
            std::mem::swap(&mut self.carried, &mut track);
        }
        self.carried.append(track);
    }

    /// The track of this number is there no more.
    pub(super) fn close_ranks(&mut self, number: usize) {
        self.begun = match self.begun {
            Some(begun) if begun == number => None,
            Some(begun) if begun > number => Some(begun - 1),
            begun => begun,
        };
        self.next -= usize::from(self.next > number);
        if self.next == MARKED + self.marked.len() {
            self.next = MAIN;
        }
    }

    /// This track was the last to send, and did or did not end with a line.
    pub(super) fn has_sent(&mut self, number: usize, ends_line: bool) {
        self.begun = Some(number).filter(|_| !ends_line);
        if number != CARRIED {
            let is_last = number + 1 == MARKED + self.marked.len();
            self.next = if is_last { MAIN } else { number + 1 };
        }
    }
}
