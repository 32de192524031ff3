//! The browser of a peer: its lines are messages in frames, whole or in fragments, with pings between them.
//!
//! It knows where each of them ends among its bytes, so that the referee knows which of them the server has read.

use serde_json::json;

use crate::dice::Dice;
use crate::frames::{BINARY, CLOSE, FIN, PING, PONG, TEXT, masked, upgrade};
use crate::link::Link;

/// See the top of this file.
pub(crate) struct Browser {
    dice: Dice,
    /// Bytes so far.
    sent: usize,
    lines: Vec<Line>,
    pings: Vec<(usize, Vec<u8>)>,
}

/// A line in a message that ends at this byte.
struct Line {
    end: usize,
    text: String,
    mark: Option<String>,
}

impl Browser {
    /// It asks for an upgrade, and need not wait for the answer.
    pub(crate) fn begin(dice: &mut Dice, link: &mut Link) -> Browser {
        let mut browser = Browser {
            dice: Dice::new(dice.below(usize::MAX) as u64),
            sent: 0,
            lines: Vec::new(),
            pings: Vec::new(),
        };
        browser.send(link, upgrade().as_bytes());
        browser
    }

    fn send(&mut self, link: &mut Link, bytes: &[u8]) {
        self.sent += bytes.len();
        link.to_server.extend(bytes);
    }

    /// Sends a line. What is public may have a mark.
    pub(crate) fn say(&mut self, link: &mut Link, text: &str) {
        let may_have_mark = text.starts_with('x') && text.len() < 900;
        let mark = (may_have_mark && self.dice.chance(600)).then(|| self.lines.len().to_string());
        let message = match &mark {
            Some(mark) => json!({"line": text, "mark": mark}),
            None => json!({"line": text, "of no use": [1, {}]}),
        };
        self.send_message(link, message.to_string().as_bytes());
        let text = text.to_owned();
        let end = self.sent;
        self.lines.push(Line { end, text, mark });
    }

    fn send_message(&mut self, link: &mut Link, message: &[u8]) {
        let pieces = match self.dice.chance(700) {
            true => 1,
            false => self.dice.between(2, 4),
        };
        let mut rest = message;
        for piece in 1..=pieces {
            let most = match piece == pieces {
                true => rest.len(),
                false => self.dice.below(rest.len() + 1),
            };
            let (payload, after) = rest.split_at(most);
            rest = after;
            let opcode = if piece == 1 { TEXT } else { 0 };
            let end = if piece == pieces { FIN } else { 0 };
            let frame = masked(&mut self.dice, end | opcode, payload);
            self.send(link, &frame);
            if self.dice.chance(100) {
                self.ping(link);
            }
        }
    }

    fn ping(&mut self, link: &mut Link) {
        let count = self.pings.len();
        let filling = "~".repeat(self.dice.below(100));
        let payload = format!("{count} {filling}").into_bytes();
        let ping = masked(&mut self.dice, FIN | PING, &payload);
        let pong = masked(&mut self.dice, FIN | PONG, b"");
        self.send(link, &ping);
        self.pings.push((self.sent, payload));
        self.send(link, &pong);
    }

    /// It ends the conversation, as it should or not: nothing that it sends later counts.
    pub(crate) fn close(&mut self, link: &mut Link) -> &'static str {
        let ends: [(u8, &[u8], &str); 9] = [
            (FIN | CLOSE, b"\x03\xe8bye", "browser closes"),
            (FIN | CLOSE, b"", "browser closes"),
            (FIN | CLOSE, b"\x03", "bad frame"),
            (FIN | TEXT, b"{\"line\": \"x", "bad message"),
            (FIN | TEXT, b"[]", "bad message"),
            (FIN | TEXT, b"{\"line\": \"\xff\"}", "bad message"),
            (FIN | BINARY, b"{\"line\": \"x\"}", "bad message"),
            (0x70 | FIN | TEXT, b"{}", "bad frame"),
            (FIN, b"{}", "bad frame"),
        ];
        if self.dice.chance(150) {
            let long = json!({"line": "y".repeat(9000)}).to_string();
            self.send_message(link, long.as_bytes());
            return "message too long";
        }
        let (first, payload, name) = self.dice.pick(&ends);
        let frame = masked(&mut self.dice, first, payload);
        self.send(link, &frame);
        let after = masked(&mut self.dice, FIN | TEXT, b"{\"line\": \"never\"}");
        self.send(link, &after);
        name
    }

    /// What lines the server has read, as who has no browser sends them.
    pub(crate) fn lines(&self, read: usize) -> Vec<u8> {
        let whole = self.lines.iter().filter(|line| line.end <= read);
        let lines = whole.map(|line| line.text.clone() + "\n");
        lines.collect::<String>().into_bytes()
    }

    /// The text with this mark.
    pub(crate) fn marked(&self, mark: &str) -> &str {
        let is_it = |line: &&Line| line.mark.as_deref() == Some(mark);
        let line = self.lines.iter().find(is_it);
        &line.expect("a mark of its own").text
    }

    /// The texts with marks that the server has read.
    pub(crate) fn all_marked(&self, read: usize) -> impl Iterator<Item = (&str, &str)> {
        let whole = self.lines.iter().filter(move |line| line.end <= read);
        whole.filter_map(|line| Some((line.mark.as_deref()?, line.text.as_str())))
    }

    /// The pings that the server has read.
    pub(crate) fn pings(&self, read: usize) -> Vec<&Vec<u8>> {
        let whole = self.pings.iter().filter(|(end, _)| *end <= read);
        whole.map(|(_, payload)| payload).collect()
    }
}
