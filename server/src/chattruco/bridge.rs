//! Private lines between users of the directory and those of other transports.
//!
//! Incoming lines are cleaned, and refused if they are too long or too many; outgoing ones are cut
//! to one datagram. Names on the way are those that ChatTruco's clients can use (aliases.rs). The hub
//! knows whether a name exists, this module does not.

use std::net::SocketAddr;

use super::limits::{DATAGRAM_BURST, DATAGRAMS_PER_S, DATAGRAMS_WAITING};
use super::{Directory, Out, Refusal, send, wire};
use crate::dialect::clean::blanks::shorten;
use crate::dialect::clean::clean;
use crate::flood::Rate;
use crate::hub::Time;
use crate::limits::LINE_BYTES;

impl Directory {
    /// Sends a private line from a user of another transport to an e-mail, whatever its case.
    /// `others` as for `tick`. A line too long for a datagram ends with `…`. False if that e-mail is
    /// not online. If its client has just logged in or is about to, the line waits for its next
    /// answer to a heartbeat, as far as there is room.
    pub fn private<'a>(
        &mut self,
        to: &str,
        from: &'a str,
        text: &str,
        others: &(impl Iterator<Item = &'a str> + Clone),
        out: &mut Vec<Out>,
    ) -> bool {
        // The sender may have left since.
        let here = others.clone().chain([from]);
        self.aliases.give([from].into_iter(), &here);
        let window = self.aliases.shown(from).to_owned();
        self.tell(to, &window, text, out)
    }

    /// The same in the window that the user has open for somebody, by the name that is there.
    pub fn tell(&mut self, to: &str, window: &str, text: &str, out: &mut Vec<Out>) -> bool {
        let key = to.to_ascii_lowercase();
        let Some(user) = self.users.find(&key) else {
            return false;
        };
        let Some(datagram) = wire::message(user.email.typed(), window, text) else {
            return false;
        };
        let (peer, local) = (user.peer, user.local);
        if !user.is_settling && !self.is_waiting(peer) {
            send(peer, local, &datagram, out);
            return true;
        }
        let Some(user) = self.users.find_mut(&key) else {
            return false;
        };
        if user.waiting.len() == DATAGRAMS_WAITING {
            return false;
        }
        user.waiting.push(datagram.into_bytes());
        true
    }

    /// A message to a user of another transport; each line of it becomes a line there.
    pub(super) fn message(
        &mut self,
        now: Time,
        peer: SocketAddr,
        email: &str,
        to: &str,
        text: &str,
        out: &mut Vec<Out>,
    ) {
        let Some(user) = self.users.find_at(email, peer) else {
            return;
        };
        let (from, window) = (email.to_owned(), clean(to.as_bytes()).into_owned());
        let to = self.aliases.name(&window).to_owned();
        for line in text.lines() {
            let text = clean(line.as_bytes());
            let text = shorten(&text);
            let flood = &mut user.flood;
            let why = if text.is_empty() {
                continue;
            } else if flood.ready_at(RATE) > now {
                if flood.told {
                    return;
                }
                flood.told = true;
                Some(Refusal::TooFast)
            } else {
                flood.charge(RATE, now, line.len());
                (line.len() > LINE_BYTES).then_some(Refusal::LongLine)
            };
            let (from, window) = (from.clone(), window.clone());
            out.push(match why {
                Some(why) => Out::Refused { from, window, why },
                None => Out::Private {
                    from,
                    to: to.clone(),
                    window,
                    text: text.into_owned(),
                },
            });
        }
    }
}

/// Flood control for these messages.
const RATE: Rate = Rate {
    lines_per_s: DATAGRAMS_PER_S,
    burst: DATAGRAM_BURST,
};
