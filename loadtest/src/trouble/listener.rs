//! Checks what one listener receives of a room: the numbered lines of each sender, and the number of all
//! lines. Pure; the caller passes what was received, and gets the faults.
//!
//! It need not know what was sent: each sender numbers its lines without gaps, and everybody in a room
//! gets the same lines, so a listener is checked alone and against another one. Invariant: of each
//! sender's lines between the first and the last received, all have come but `missing`.

use crate::bots::line::{self, ROLL_CALL};
use crate::protocol::Incoming;
use std::collections::BTreeMap;

/// What one listener has received: since it joined, or after its first roll call from that to the second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listener {
    /// The next counter of each known sender.
    next: BTreeMap<u32, u32>,
    /// Lines of the room: texts, joins and leaves. Duplicates do not count.
    pub(crate) lines: u64,
    /// Numbered lines that were skipped over.
    missing: u64,
    /// Lines that the server said it skipped.
    pub(crate) told: u64,
    /// Lines that came twice, or after a later one of their sender.
    repeated: u64,
    /// The first of these: sender and counter.
    first_repeated: Option<(u32, u32)>,
    /// Users that joined and left, also after the second roll call.
    pub(crate) came: u64,
    pub(crate) left: u64,
    pub(crate) roll_calls: u32,
    /// The last message of the server, if it was no line of the room.
    pub(crate) last_message: Option<String>,
}

impl Listener {
    /// Handle a received message; `size` is the length of numbered lines.
    pub(crate) fn receive(&mut self, incoming: &Incoming<'_>, size: usize) {
        let mut words: Option<&[u8]> = None;
        match *incoming {
            Incoming::Said(ROLL_CALL) => self.roll_call(),
            Incoming::Refused(line) | Incoming::Notice(line) => words = Some(line),
            Incoming::Came(count) => {
                self.came += count;
                self.lines += u64::from(self.roll_calls < 2);
            }
            Incoming::Left(count) => {
                self.left += count;
                self.lines += u64::from(self.roll_calls < 2);
            }
            // The second roll call ends the count of lines.
            Incoming::Said(_) | Incoming::Skipped(_) if self.roll_calls > 1 => {}
            Incoming::Said(text) => self.said(text, size),
            Incoming::Skipped(lines) => self.told += lines,
            // Troublemakers are held back, as they should be.
            Incoming::Welcome | Incoming::Question(_) | Incoming::Throttled => {}
        }
        self.last_message = words.map(line::printable);
    }

    /// The first roll call restarts all counts.
    fn roll_call(&mut self) {
        if self.roll_calls == 0 {
            *self = Self::default();
        }
        self.roll_calls += 1;
    }

    fn said(&mut self, text: &[u8], size: usize) {
        let Some(header) = line::decode(text, size) else {
            self.lines += 1;
            return;
        };
        let (sender, counter) = (header.sender, header.counter);
        let next = self.next.entry(sender).or_insert(counter);
        if counter < *next {
            self.repeated += 1;
            self.first_repeated.get_or_insert((sender, counter));
            return;
        }
        self.missing += u64::from(counter - *next);
        *next = counter + 1;
        self.lines += 1;
    }

    /// The faults of this listener alone. Lines without a number may be skipped too, so the server may tell
    /// more than is missing here.
    pub(crate) fn faults(&self, name: &str) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some((sender, counter)) = self.first_repeated {
            faults.push(format!(
                "{name} heard lines again or too late: {} (first: line {counter} of bot{sender})",
                self.repeated
            ));
        }
        if self.missing > self.told {
            faults.push(format!(
                "{name} lost lines in silence: {} missing, {} told",
                self.missing, self.told
            ));
        }
        faults
    }

    /// The faults, also compared with a listener of the same room between the same roll calls.
    pub(crate) fn faults_compared_to(&self, name: &str, other: &Listener) -> Vec<String> {
        let mut faults = self.faults(name);
        let (own, all) = (self.lines + self.told, other.lines + other.told);
        let silent = self.missing > self.told;
        if own != all && !silent {
            faults.push(format!(
                "{name} heard {} lines and was told of {} skipped: that is not the {all} of the room",
                self.lines, self.told
            ));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bots::line::{HEADER, Header};

    fn text(sender: u32, counter: u32) -> Vec<u8> {
        let mut text = Vec::new();
        line::encode(
            Header {
                sender,
                counter,
                due: 0,
                late: 0,
            },
            HEADER,
            &mut text,
        );
        text
    }

    /// Numbers are lines of sender 0.
    fn heard(counters: &[u32]) -> Listener {
        let mut listener = Listener::default();
        for &counter in counters {
            listener.receive(&Incoming::Said(&text(0, counter)), HEADER);
        }
        listener
    }

    #[test]
    fn lines_are_contiguous_from_the_first_heard_on() {
        let listener = heard(&[7, 8, 9]);
        assert!(listener.faults("ana").is_empty());
        assert_eq!(listener.lines, 3);
    }

    #[test]
    fn a_gap_has_to_be_told() {
        let mut listener = heard(&[0, 1, 4]);
        assert_eq!(
            listener.faults("ana"),
            ["ana lost lines in silence: 2 missing, 0 told"]
        );
        listener.receive(&Incoming::Skipped(2), HEADER);
        assert!(listener.faults("ana").is_empty());
    }

    #[test]
    fn a_line_that_comes_again_is_named_and_counts_once() {
        let listener = heard(&[0, 1, 1, 2, 0]);
        assert_eq!(listener.lines, 3);
        assert_eq!(
            listener.faults("ana"),
            ["ana heard lines again or too late: 2 (first: line 1 of bot0)"]
        );
    }

    #[test]
    fn two_listeners_heard_as_much() {
        let all = heard(&[0, 1, 2, 3]);
        let mut some = heard(&[2, 3]);
        assert_eq!(some.faults_compared_to("ana", &all).len(), 1);
        some.receive(&Incoming::Skipped(2), HEADER);
        assert!(some.faults_compared_to("ana", &all).is_empty());
        some.receive(&Incoming::Skipped(1), HEADER);
        assert_eq!(
            some.faults_compared_to("ana", &all),
            ["ana heard 2 lines and was told of 3 skipped: that is not the 4 of the room"]
        );
    }

    #[test]
    fn comings_and_goings_are_lines_and_people() {
        let mut listener = Listener::default();
        listener.receive(&Incoming::Came(9), HEADER);
        listener.receive(&Incoming::Said(ROLL_CALL), HEADER);
        listener.receive(&Incoming::Came(3), HEADER);
        listener.receive(&Incoming::Left(2), HEADER);
        listener.receive(&Incoming::Said(ROLL_CALL), HEADER);
        listener.receive(&Incoming::Left(9), HEADER);
        assert_eq!((listener.lines, listener.came, listener.left), (2, 3, 11));
        assert_eq!(listener.roll_calls, 2);
        listener.receive(&Incoming::Notice(b"* bye"), HEADER);
        assert_eq!(listener.last_message.as_deref(), Some("* bye"));
    }
}
