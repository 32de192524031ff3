//! What the user has said and the server has not confirmed, oldest first. It sends nothing and draws nothing.
//!
//! Invariant: a line is here until the server has answered it, or it is known that nobody will. Each has a mark of
//! its own, by which it is said once however often it is sent; lines that have no room for one have none.

use std::collections::VecDeque;

use super::Shown;
use super::protocol::LINE_BYTES;

/// See the top of this file.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    lines: VecDeque<Said>,
    /// How many marks were given.
    marks: u64,
}

/// Whether a line went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sending {
    /// It waits, and will have no answer.
    Order,
    Waits,
    /// It did, but may not have arrived.
    Sent,
}

/// A line of the user's.
#[derive(Debug)]
pub(super) struct Said {
    mark: Option<String>,
    /// As it was typed.
    pub(super) text: String,
    /// As it is sent, behind its mark.
    line: String,
    /// As it will be shown, once it is said.
    pub(super) shown: Option<Shown>,
    sending: Sending,
}

impl Outbox {
    /// A line that others will read, as it was typed and as it is sent.
    pub(super) fn say(&mut self, text: &str, line: String, shown: Option<Shown>) {
        self.marks += 1;
        let mark = self.marks.to_string();
        let has_room = marked(&mark, &line).len() <= LINE_BYTES;
        self.lines.push_back(Said {
            mark: has_room.then_some(mark),
            text: text.to_owned(),
            line,
            shown,
            sending: Sending::Waits,
        });
    }

    /// A command, which is over when it went out, and is shown then.
    pub(super) fn order(&mut self, text: &str, shown: Option<Shown>) {
        self.lines.push_back(Said {
            mark: None,
            text: text.to_owned(),
            line: text.to_owned(),
            shown,
            sending: Sending::Order,
        });
    }

    /// What is to be sent now, as it is sent.
    pub(super) fn take_waiting(&mut self, shown: &mut Vec<Shown>) -> Vec<String> {
        let waits = |line: &&mut Said| line.sending != Sending::Sent;
        let waiting = self.lines.iter_mut().filter(waits);
        let sent = waiting.map(|line| {
            match line.sending {
                Sending::Order => shown.extend(line.shown.take()),
                _ => line.sending = Sending::Sent,
            }
            match &line.mark {
                Some(mark) => marked(mark, &line.line),
                None => line.line.clone(),
            }
        });
        let sent = sent.collect();
        self.lines.retain(|line| line.sending == Sending::Sent);
        sent
    }

    /// The connection is there again: what has a mark and no answer will be sent once more. What was sent without
    /// one is lost, perhaps.
    pub(super) fn send_again(&mut self) -> Vec<Said> {
        for line in &mut self.lines {
            if line.mark.is_some() {
                line.sending = Sending::Waits;
            }
        }
        self.take_lost()
    }

    /// The server knows nothing of before: what was sent and may not have arrived.
    pub(super) fn take_lost(&mut self) -> Vec<Said> {
        let is_lost = |line: &Said| line.sending == Sending::Sent;
        let (lost, kept): (Vec<_>, Vec<_>) = self.lines.drain(..).partition(is_lost);
        self.lines = kept.into();
        lost
    }

    /// All that waits, as nothing more will be sent.
    pub(super) fn take_all(&mut self) -> Vec<Said> {
        self.lines.drain(..).collect()
    }

    /// The line that has this mark, or the oldest without one, is answered.
    pub(super) fn answered(&mut self, mark: Option<&str>) -> Option<Said> {
        let is_it = |line: &Said| line.mark.as_deref() == mark && line.sending == Sending::Sent;
        let at = self.lines.iter().position(is_it)?;
        self.lines.remove(at)
    }

    /// What is not confirmed yet, as it was typed.
    pub(super) fn texts(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.text.clone()).collect()
    }

    /// Bytes of it.
    pub(super) fn bytes(&self) -> usize {
        self.lines.iter().map(|line| line.text.len()).sum()
    }
}

fn marked(mark: &str, text: &str) -> String {
    format!("/once {mark} {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_here_until_it_is_answered() {
        let mut outbox = Outbox::default();
        outbox.say("hello", "hello".to_owned(), None);
        outbox.order("/online", None);
        assert_eq!(outbox.texts(), ["hello", "/online"]);
        assert!(outbox.answered(Some("1")).is_none(), "it was not sent");
        assert_eq!(
            outbox.take_waiting(&mut Vec::new()),
            ["/once 1 hello", "/online"]
        );
        assert_eq!(outbox.texts(), ["hello"]);
        assert!(outbox.answered(Some("2")).is_none());
        assert!(outbox.send_again().is_empty());
        assert_eq!(outbox.take_waiting(&mut Vec::new()), ["/once 1 hello"]);
        assert!(
            outbox
                .answered(Some("1"))
                .is_some_and(|line| line.text == "hello")
        );
        assert!(outbox.texts().is_empty());
    }

    #[test]
    fn a_line_without_room_for_a_mark_is_sent_once() {
        let mut outbox = Outbox::default();
        let long = "x".repeat(LINE_BYTES);
        outbox.say(&long, long.clone(), None);
        outbox.say("short", "short".to_owned(), None);
        assert_eq!(
            outbox.take_waiting(&mut Vec::new()),
            [long.as_str(), "/once 2 short"]
        );
        let lost = outbox.send_again();
        assert!(lost.len() == 1 && lost[0].text == long, "{lost:?}");
        assert_eq!(outbox.take_waiting(&mut Vec::new()), ["/once 2 short"]);
        outbox.say(&long, long.clone(), None);
        outbox.take_waiting(&mut Vec::new());
        assert!(outbox.answered(None).is_some_and(|line| line.text == long));
        outbox.say("typed later", "typed later".to_owned(), None);
        let lost = outbox.take_lost();
        assert_eq!(lost.len(), 1, "{lost:?}");
        assert_eq!(
            outbox.take_waiting(&mut Vec::new()),
            ["/once 4 typed later"]
        );
    }
}
