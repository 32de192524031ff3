//! What comes from a conn, up to lines: telnet's sequences, framing, what waits to be handled, and how
//! fast its lines may be.
//!
//! It makes no system call, knows no chat, and does not know what becomes of a line.
//! Invariant: something is kept of a guess only while the framing may still turn out to be wrong.

use super::web::{Serves, Web};
use crate::dialect::foreign::{Kind, Opening};
use crate::dialect::framing::{Framing, Inbox};
use crate::dialect::telnet::Telnet;
use crate::flood::{Flood, Rate};
use crate::hub::Time;
use crate::limits::{GUESS_KEPT, LONG_LINES};

/// See the top of this file.
pub struct Intake {
    /// What its first bytes tell of who speaks.
    opening: Opening,
    /// How its bytes become lines.
    pub(super) framing: Framing,
    /// What has come and nobody has handled.
    pub inbox: Inbox,
    /// Its telnet options.
    pub telnet: Telnet,
    /// How much it has said lately.
    pub flood: Flood,
    /// Whether it may turn out to speak HTTP.
    serves: Serves,
    /// What few conns have beside lines.
    aside: Option<Box<Aside>>,
    /// Overlong lines in a row.
    long_lines: u32,
}

/// What few conns have, and never both.
enum Aside {
    /// What became of a message that was taken for one before it had an end.
    Guess(Guess),
    /// What a browser or a script speaks.
    Web(Web),
}

/// A message without an end, which may turn out to be the beginning of a line.
enum Guess {
    /// This was handled as a message.
    Kept(Box<[u8]>),
    /// The next line begins with it.
    Rejoined,
    /// The line was a name with a password, of whose first half the conn had made its name: what it
    /// says next may be that password, and is not said.
    Withheld,
}

impl Intake {
    /// Nothing has come yet.
    pub fn new(framing: Framing, serves: Serves) -> Intake {
        let web = Web::Requests(Box::default());
        let is_web = serves == Serves::Web;
        Intake {
            opening: Opening::default(),
            framing,
            inbox: Inbox::default(),
            telnet: Telnet::default(),
            flood: Flood::default(),
            serves,
            aside: is_web.then(|| Box::new(Aside::Web(web))),
            long_lines: 0,
        }
    }

    /// Bytes have come, all of one read and as they were sent: which kind the conn shows to be by them.
    /// None when that was known before, or is not known yet.
    pub fn recognise(&mut self, bytes: &[u8]) -> Option<Kind> {
        match self.opening.kind() {
            Some(_) => None,
            None => {
                self.opening = self.opening.after(bytes);
                self.opening.kind()
            }
        }
    }

    /// What has come was for the transport, which takes it: who speaks inside is told by the next bytes.
    pub fn reopen(&mut self) -> Vec<u8> {
        let bytes = self.inbox.unfinished().to_vec();
        if !bytes.is_empty() {
            self.inbox = Inbox::default();
            self.framing = Framing::Unknown;
        }
        self.opening = Opening::default();
        bytes
    }

    /// Bytes of text have come, all of one read.
    pub fn push(&mut self, now: Time, bytes: &mut [u8]) {
        let before = self.framing;
        self.framing = before.after(now, bytes, self.telnet.seen());
        if before != self.framing && matches!(before, Framing::Guessed { .. }) {
            self.judge_guess();
        }
        match self.framing {
            Framing::Returns => self.inbox.push_returns(bytes),
            _ => self.inbox.push(bytes),
        }
        if self.framing == Framing::Chunks {
            self.end_line();
        }
    }

    /// What has come is a whole line, or will not become more of one.
    fn end_line(&mut self) {
        self.opening = self.opening.after(b"\n");
        self.inbox.end();
    }

    /// How its lines end is known: whether what was handled as a message was one.
    fn judge_guess(&mut self) {
        let guess = self.aside.take();
        if let Some(Aside::Guess(Guess::Kept(bytes))) = guess.as_deref()
            && self.framing != Framing::Chunks
        {
            self.inbox.push(bytes);
            self.note_guess(Guess::Rejoined);
        }
    }

    /// Whether it sends line ends, once that is known or guessed.
    pub fn sends_line_ends(&self) -> Option<bool> {
        self.framing.has_line_ends()
    }

    /// When the silence tells how its lines end, if it may.
    pub fn unended_at(&self) -> Option<Time> {
        self.framing.until()
    }

    /// Nothing has come for long enough to tell how its lines end.
    pub fn end_unended(&mut self, now: Time) {
        match self.framing {
            Framing::Guessing { .. } => {
                self.framing = Framing::Guessed {
                    until: now + GUESS_KEPT,
                };
                let kept = Guess::Kept(self.inbox.unfinished().into());
                self.note_guess(kept);
                self.end_line();
            }
            _ => self.end_returns(),
        }
    }

    /// All that was sent has been read; an unterminated line counts as the last one.
    pub fn end(&mut self) {
        self.end_returns();
        self.end_line();
    }

    /// If it is unknown whether CR alone ends its lines, it does.
    pub(super) fn end_returns(&mut self) {
        if matches!(self.framing, Framing::Return { .. }) {
            self.framing = Framing::Returns;
            self.inbox.end_at_returns();
        }
    }

    /// It was asked for a password: what comes next answers that, and ends nothing that came before.
    pub fn asked_for_secret(&mut self) {
        self.forget_guess(Framing::Unknown);
    }

    /// It has given a password without a line end, which is a message: it is not kept, and joined to
    /// nothing that comes later.
    pub fn gave_secret(&mut self) {
        self.forget_guess(Framing::Chunks);
    }

    fn forget_guess(&mut self, framing: Framing) {
        if matches!(self.framing, Framing::Guessed { .. }) {
            self.aside = None;
            self.framing = framing;
        }
    }

    /// Whether the next line, if there is one, begins with what was handled as a message; told once.
    pub fn takes_rejoined(&mut self) -> bool {
        self.inbox.has_line() && self.takes(|guess| matches!(guess, Guess::Rejoined))
    }

    /// What it says next is not to be said.
    pub fn withhold(&mut self) {
        self.note_guess(Guess::Withheld);
    }

    /// Whether what it says now is not to be said; told once.
    pub fn takes_withheld(&mut self) -> bool {
        self.takes(|guess| matches!(guess, Guess::Withheld))
    }

    fn takes(&mut self, is: fn(&Guess) -> bool) -> bool {
        let is_it = |aside: &mut Box<Aside>| matches!(&**aside, Aside::Guess(guess) if is(guess));
        self.aside.take_if(is_it).is_some()
    }

    fn note_guess(&mut self, guess: Guess) {
        self.aside = Some(Box::new(Aside::Guess(guess)));
    }

    /// What it speaks, if not lines.
    pub fn web(&self) -> Option<&Web> {
        match self.aside.as_deref() {
            Some(Aside::Web(web)) => Some(web),
            Some(Aside::Guess(_)) | None => None,
        }
    }

    /// The same, to be changed.
    pub fn web_mut(&mut self) -> Option<&mut Web> {
        match self.aside.as_deref_mut() {
            Some(Aside::Web(web)) => Some(web),
            Some(Aside::Guess(_)) | None => None,
        }
    }

    /// It speaks this from here on. Returns what has come of a line, which was the beginning
    /// of that, unless it was too long to be kept.
    pub fn begin_web(&mut self, web: Web) -> Option<Vec<u8>> {
        let bytes = (!self.inbox.drops()).then(|| self.inbox.unfinished().to_vec());
        self.inbox = Inbox::default();
        self.framing = Framing::Lines;
        self.aside = Some(Box::new(Aside::Web(web)));
        bytes
    }

    /// Its messages have ended, and this number is the answer. Lines that have come stay.
    pub fn end_web(&mut self, code: u16) {
        self.aside = Some(Box::new(Aside::Web(Web::Over(code))));
    }

    /// Whether it may turn out to speak HTTP.
    pub fn may_be_web(&self) -> bool {
        self.serves == Serves::Both && self.web().is_none()
    }

    /// One more line: whether too many in a row have been too long.
    pub fn count_line(&mut self, is_too_long: bool) -> bool {
        self.long_lines = match is_too_long {
            true => self.long_lines + 1,
            false => 0,
        };
        self.long_lines >= LONG_LINES
    }

    /// When its next line may be handled, as far as flood control goes. The end of its input waits
    /// for nothing.
    pub fn ready_at(&self, rate: Rate) -> Time {
        if self.inbox.has_line() {
            self.flood.ready_at(rate)
        } else {
            Time::ZERO
        }
    }

    /// Bytes of memory that it holds besides itself.
    pub fn memory(&self) -> usize {
        let aside = match self.aside.as_deref() {
            Some(Aside::Guess(Guess::Kept(bytes))) => bytes.len(),
            Some(Aside::Guess(Guess::Rejoined | Guess::Withheld)) | None => 0,
            Some(Aside::Web(web)) => size_of::<Aside>() + web.memory(),
        };
        self.inbox.memory() + aside
    }
}
