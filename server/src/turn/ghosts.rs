//! Ghosts: users whose connection is dead without the server knowing, because nothing was sent to them or
//! the kernel still retries. A user who comes back would find their own name taken. So before a name is
//! refused to somebody from its holder's address, the kernel probes the holder's host. The host's kernel
//! answers even if the program sleeps or does not read, and no neighbour behind the same router can prevent
//! that. Names of holders at other addresses are not probed, nor are registered names: a password takes those over.
//!
//! A holder who is not proven to be gone keeps the name. Silence alone proves nothing: while data waits for
//! a peer that does not read, the kernel probes ever more rarely, and is answered as rarely.
//!
//! Invariant: while a probe is open, lines of its asker are not handled; it ends within [`GHOST_WITHIN`] and
//! a turn, and then the request is judged like any other.

use super::Server;
use crate::conn::Conn;
use crate::hub::{Gone, Id, Notice, Request, Time};
use crate::limits::{GHOST_ANSWER, GHOST_LOOK, GHOST_QUESTIONS, GHOST_WITHIN};
use crate::net::sys::{Probing, Signs, Sys};
use crate::places::counted;

/// A conn that waits for a name, and the conn of its holder.
pub(super) struct Probe {
    asker: Id,
    holder: Id,
    request: Request,
    asked: Asked,
    look_at: Time,
}

/// A probe of a holder's host.
struct Asked {
    at: Time,
    before: Signs,
    /// Since when a question that came later than `at` is known to be on its way.
    open_since: Option<Time>,
}

/// What is known of a holder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holder {
    /// It has given a sign of life since it was asked, or nothing proves that it cannot, or it left in
    /// another way.
    Settled,
    /// It has not yet.
    Silent,
    /// Nor will it.
    Dead,
}

impl Asked {
    fn new(at: Time, before: Signs) -> Asked {
        Asked {
            at,
            before,
            open_since: None,
        }
    }

    /// What these signs prove. It is dead only when a question that was sent after it was asked has had
    /// time enough and no answer.
    fn judge(&mut self, now: Time, signs: Signs) -> Holder {
        if signs.heard != self.before.heard {
            return Holder::Settled;
        }
        if self.open_since.is_none() && signs.unanswered > self.before.unanswered {
            self.open_since = Some(now);
        }
        if now - self.at < GHOST_WITHIN {
            return Holder::Silent;
        }
        let waited = self.open_since.is_some_and(|at| now - at >= GHOST_ANSWER);
        if waited && signs.unanswered >= GHOST_QUESTIONS {
            Holder::Dead
        } else {
            Holder::Settled
        }
    }
}

impl<S: Sys> Server<S> {
    /// Whether this request of `asker` has to wait until it is known whether the holder of the name is alive.
    pub(super) fn awaits_sign(&mut self, asker: Id, request: &Request) -> bool {
        let (Request::Enter(typed) | Request::Nick(typed)) = request else {
            return false;
        };
        // A line that came with a refused name was meant for others and is no name.
        if self.hub.name(asker).is_none() && self.conns[asker].is_refused() {
            return false;
        }
        let Some((holder, name)) = self.hub.holder(asker, typed) else {
            return false;
        };
        // Not the same /64: all users of one network share that.
        let place = |conn: &Conn<S::Socket>| counted(conn.peer().ip());
        let own = self.conns.get(asker).and_then(place);
        let Some(conn) = self.conns.get(holder) else {
            return false;
        };
        // Nobody on this host is a ghost: its kernel is ours.
        if holder == asker || own.is_none() || place(conn) != own {
            return false;
        }
        let Some(before) = self.sys.probe(conn.wire.socket(), Probing::Start) else {
            return false;
        };
        self.probes.push(Probe {
            asker,
            holder,
            request: request.clone(),
            asked: Asked::new(self.life.now, before),
            look_at: self.life.now + GHOST_LOOK,
        });
        if let Some(conn) = self.conns.get_mut(asker) {
            conn.await_answer();
        }
        self.tell(asker, &Notice::AsksHolder(name));
        true
    }

    /// When to look at the probes again.
    pub(super) fn next_look(&self) -> Option<Time> {
        self.probes.iter().map(|probe| probe.look_at).min()
    }

    /// Checks the probes that are due.
    pub(super) fn look_for_signs(&mut self) {
        if self.next_look().is_none_or(|at| at > self.life.now) {
            return;
        }
        let mut settled = Vec::new();
        for mut probe in std::mem::take(&mut self.probes) {
            if probe.look_at > self.life.now {
                self.probes.push(probe);
                continue;
            }
            match self.look(&mut probe) {
                Holder::Silent => {
                    probe.look_at = self.life.now + GHOST_LOOK;
                    self.probes.push(probe);
                }
                holder => settled.push((probe, holder)),
            }
        }
        for (probe, holder) in settled {
            self.end_probe(probe, holder);
        }
    }

    fn look(&mut self, probe: &mut Probe) -> Holder {
        let waits = self
            .conns
            .get(probe.asker)
            .is_some_and(|conn| conn.standing().is_some());
        if !waits || self.hub.name(probe.holder).is_none() {
            return Holder::Settled;
        }
        let socket = self.conns[probe.holder].wire.socket();
        let signs = self.sys.probe(socket, Probing::GoOn);
        signs.map_or(Holder::Settled, |signs| {
            probe.asked.judge(self.life.now, signs)
        })
    }

    fn end_probe(&mut self, probe: Probe, state: Holder) {
        let Probe {
            asker,
            holder,
            request,
            ..
        } = probe;
        if state == Holder::Dead && self.hub.name(holder).is_some() {
            self.request(holder, Request::Leave(Gone::Elsewhere));
        } else if self.probes.iter().all(|other| other.holder != holder)
            && let Some(conn) = self.conns.get(holder)
        {
            self.sys.probe(conn.wire.socket(), Probing::Stop);
        }
        let Some(conn) = self.conns.get_mut(asker) else {
            return;
        };
        conn.got_answer();
        if conn.standing().is_some() {
            self.ask(asker, request, false);
        }
        self.settle(asker);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What comes of it when the holder's system, asked at once, gives these signs, (second, heard,
    /// unanswered), each until the next; and when.
    fn verdict(signs: &[(u64, u32, u32)]) -> (Holder, u64) {
        let at = |second: u64| {
            let past = signs.iter().rev().find(|sign| sign.0 <= second);
            let (_, heard, unanswered) = *past.expect("the first is of second 0");
            Signs { heard, unanswered }
        };
        let began = Duration::from_secs(1000);
        let mut asked = Asked::new(began, at(0));
        for second in 0.. {
            let holder = asked.judge(began + Duration::from_secs(second), at(second));
            if holder != Holder::Silent {
                return (holder, second);
            }
        }
        unreachable!("it ends some time")
    }

    #[test]
    fn a_holder_that_does_not_read_keeps_its_name_however_rarely_it_is_probed() {
        // There is no room for what is unsent: the next probe comes in 25 s, and nothing comes before.
        assert_eq!(verdict(&[(0, 70, 0)]), (Holder::Settled, 10));
        // It comes just before the end, and its answer is on the way.
        assert_eq!(verdict(&[(0, 70, 0), (9, 70, 1)]), (Holder::Settled, 10));
        // One probe may be lost.
        assert_eq!(verdict(&[(0, 70, 0), (2, 70, 1)]), (Holder::Settled, 10));
        assert_eq!(verdict(&[(0, 70, 0), (4, 71, 0)]), (Holder::Settled, 4));
        // All questions were before the wish for the name; since then it may be back.
        assert_eq!(verdict(&[(0, 70, 8)]), (Holder::Settled, 10));
    }

    #[test]
    fn a_holder_that_answers_no_probe_is_gone() {
        let each_second: Vec<_> = (0..20).map(|n| (n, 70, n as u32)).collect();
        assert_eq!(verdict(&each_second), (Holder::Dead, 10));
        // Something was on its way to it, and is sent again more and more rarely.
        assert_eq!(verdict(&[(0, 70, 6), (5, 70, 7)]), (Holder::Dead, 10));
        // It is back at the network.
        assert_eq!(verdict(&[(0, 70, 6), (5, 71, 0)]), (Holder::Settled, 5));
    }
}
