//! Private lines between users of the directory and those of other transports.
//!
//! In, they are cleaned, and refused where they are too long or too many; out, they are cut to one
//! datagram. Whether a name is somebody's the hub knows, not we.

use std::net::SocketAddr;

use super::{Directory, Out, Refusal, send, wire};
use crate::dialect::clean::blanks::shorten;
use crate::dialect::clean::clean;
use crate::flood::Rate;
use crate::hub::Time;
use crate::limits::{DATAGRAM_BURST, DATAGRAMS_PER_S, DATAGRAMS_WAITING, LINE_BYTES};

impl Directory {
    /// Send a private line of a user of another transport to an e-mail, in any case; its end is cut
    /// off with `…` where it is too long for a datagram. False when that e-mail is not online.
    /// To a client that has not shown yet that it is where it says it waits, as far as there is room.
    pub fn private(&mut self, to: &str, from: &str, text: &str, out: &mut Vec<Out>) -> bool {
        let Some(user) = self.users.find_mut(&to.to_ascii_lowercase()) else {
            return false;
        };
        let Some(datagram) = wire::message(user.email.typed(), from, text) else {
            return false;
        };
        match &mut user.unproven {
            Some(unproven) if unproven.waiting.len() < DATAGRAMS_WAITING => {
                unproven.waiting.push(datagram.into_bytes());
            }
            Some(_) => return false,
            None => send(user.peer, user.local, &datagram, out),
        }
        true
    }

    /// What a user says to one of another transport: each line is a line there.
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
        let (from, to) = (email.to_owned(), clean(to.as_bytes()).into_owned());
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
            let (from, to, text) = (from.clone(), to.clone(), text.into_owned());
            out.push(match why {
                Some(why) => Out::Refused { from, to, why },
                None => Out::Private { from, to, text },
            });
        }
    }
}

/// How much a user may say here.
const RATE: Rate = Rate {
    lines_per_s: DATAGRAMS_PER_S,
    burst: DATAGRAM_BURST,
};
