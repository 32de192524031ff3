//! What one listener has heard of a room, line by line: the numbered lines of each sender, and how
//! many lines in all. Pure; it is told what came, and says what is wrong with it.
//!
//! It need not know what was said: a sender counts its lines without gaps, and everybody in a room
//! hears the same lines, so one listener is held against itself and against another. Invariant: of
//! each sender's lines between the first and the last heard, all have come but `missing`.

use crate::bots::line::{self, ROLL_CALL};
use crate::protocol::Incoming;
use std::collections::BTreeMap;

/// What one listener has heard: since it came, or, once it has heard a roll call, from the first of
/// them to the second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hearing {
    /// The next counter of each sender that was heard.
    next: BTreeMap<u32, u32>,
    /// Lines of the room: what was said, and who came and left. None is counted twice.
    pub(crate) lines: u64,
    /// Numbered lines jumped over.
    missing: u64,
    /// Lines that the server said it left out.
    pub(crate) told: u64,
    /// Lines that came again, or after a later one of their sender.
    repeated: u64,
    /// The first of these: sender and counter.
    first_repeated: Option<(u32, u32)>,
    /// People who came and who left, also after the second roll call.
    pub(crate) came: u64,
    pub(crate) left: u64,
    /// Roll calls heard.
    pub(crate) calls: u32,
    /// What the server said last, when that was no line of the room.
    pub(crate) last_words: Option<String>,
}

impl Hearing {
    /// Something came; `size` is how long numbered lines are.
    pub(crate) fn hear(&mut self, incoming: &Incoming<'_>, size: usize) {
        let mut words: Option<&[u8]> = None;
        match *incoming {
            Incoming::Said(ROLL_CALL) => self.roll_call(),
            Incoming::Refused(line) | Incoming::Notice(line) => words = Some(line),
            Incoming::Came(count) => {
                self.came += count;
                self.lines += u64::from(self.calls < 2);
            }
            Incoming::Left(count) => {
                self.left += count;
                self.lines += u64::from(self.calls < 2);
            }
            // The account of lines is closed.
            Incoming::Said(_) | Incoming::Skipped(_) if self.calls > 1 => {}
            Incoming::Said(text) => self.said(text, size),
            Incoming::Skipped(lines) => self.told += lines,
            // Who makes trouble is held back, and rightly.
            Incoming::Welcome | Incoming::Question(_) | Incoming::Throttled => {}
        }
        self.last_words = words.map(line::words);
    }

    /// With the first one the account begins anew.
    fn roll_call(&mut self) {
        if self.calls == 0 {
            *self = Self::default();
        }
        self.calls += 1;
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

    /// What is wrong with it alone. A skip may also be of lines that have no number, so more may be
    /// told than is missing here.
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

    /// What is wrong beside a listener who was in the same room from the same roll call to the same.
    pub(crate) fn faults_beside(&self, name: &str, other: &Hearing) -> Vec<String> {
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
    fn heard(counters: &[u32]) -> Hearing {
        let mut hearing = Hearing::default();
        for &counter in counters {
            hearing.hear(&Incoming::Said(&text(0, counter)), HEADER);
        }
        hearing
    }

    #[test]
    fn lines_are_contiguous_from_the_first_heard_on() {
        let hearing = heard(&[7, 8, 9]);
        assert!(hearing.faults("ana").is_empty());
        assert_eq!(hearing.lines, 3);
    }

    #[test]
    fn a_gap_has_to_be_told() {
        let mut hearing = heard(&[0, 1, 4]);
        assert_eq!(
            hearing.faults("ana"),
            ["ana lost lines in silence: 2 missing, 0 told"]
        );
        hearing.hear(&Incoming::Skipped(2), HEADER);
        assert!(hearing.faults("ana").is_empty());
    }

    #[test]
    fn a_line_that_comes_again_is_named_and_counts_once() {
        let hearing = heard(&[0, 1, 1, 2, 0]);
        assert_eq!(hearing.lines, 3);
        assert_eq!(
            hearing.faults("ana"),
            ["ana heard lines again or too late: 2 (first: line 1 of bot0)"]
        );
    }

    #[test]
    fn two_listeners_heard_as_much() {
        let all = heard(&[0, 1, 2, 3]);
        let mut some = heard(&[2, 3]);
        assert_eq!(some.faults_beside("ana", &all).len(), 1);
        some.hear(&Incoming::Skipped(2), HEADER);
        assert!(some.faults_beside("ana", &all).is_empty());
        some.hear(&Incoming::Skipped(1), HEADER);
        assert_eq!(
            some.faults_beside("ana", &all),
            ["ana heard 2 lines and was told of 3 skipped: that is not the 4 of the room"]
        );
    }

    #[test]
    fn comings_and_goings_are_lines_and_people() {
        let mut hearing = Hearing::default();
        hearing.hear(&Incoming::Came(9), HEADER);
        hearing.hear(&Incoming::Said(ROLL_CALL), HEADER);
        hearing.hear(&Incoming::Came(3), HEADER);
        hearing.hear(&Incoming::Left(2), HEADER);
        hearing.hear(&Incoming::Said(ROLL_CALL), HEADER);
        hearing.hear(&Incoming::Left(9), HEADER);
        assert_eq!((hearing.lines, hearing.came, hearing.left), (2, 3, 11));
        assert_eq!(hearing.calls, 2);
        hearing.hear(&Incoming::Notice(b"* bye"), HEADER);
        assert_eq!(hearing.last_words.as_deref(), Some("* bye"));
    }
}
