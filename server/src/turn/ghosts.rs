//! Ghosts: users whose connection is dead and who have not been missed yet, because nobody has sent them
//! anything or the system still tries. Who comes back finds the own name taken. So before somebody from
//! the same place is refused a name, its holder's system is asked for a sign of life: it answers also
//! for one who only sleeps, reads nothing or types nothing, and no neighbour behind the same router can
//! keep it from answering. Nobody else's name is looked at, and no registered one: that goes with its
//! password.
//!
//! Whoever is not proven to be gone keeps the name: silence alone proves nothing, since a kernel that has
//! something unsent for one who reads nothing asks ever more rarely, and is answered as rarely.
//!
//! Invariant: while a probe is open its asker is not heard; it ends within [`GHOST_WITHIN`] and a turn,
//! and then its request is judged as any other.

use super::Server;
use crate::conn::Conn;
use crate::hub::{Gone, Id, Notice, Request, Time};
use crate::limits::{GHOST_ANSWER, GHOST_LOOK, GHOST_QUESTIONS, GHOST_WITHIN};
use crate::net::sys::{Probing, Signs, Sys};
use crate::places::counted;

/// One who waits for a name, and the one who has it.
pub(super) struct Probe {
    asker: Id,
    holder: Id,
    request: Request,
    asked: Asked,
    look_at: Time,
}

/// A holder's system that was asked for a sign of life.
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
    /// Whether what `asker` wants has to wait until it is known if the holder of that name is alive.
    pub(super) fn awaits_sign(&mut self, asker: Id, request: &Request) -> bool {
        let (Request::Enter(typed) | Request::Nick(typed)) = request else {
            return false;
        };
        // What comes with a refused name is no name, and a line that is meant for nobody asks nothing.
        if self.hub.name(asker).is_none() && self.conns[asker].is_refused() {
            return false;
        }
        let Some((holder, name)) = self.hub.holder(asker, typed) else {
            return false;
        };
        // Not all of a /64: on one network that is everybody.
        let place = |conn: &Conn<S::Socket>| counted(conn.peer.ip());
        let own = self.conns.get(asker).and_then(place);
        let Some(conn) = self.conns.get(holder) else {
            return false;
        };
        // Nobody on this host is a ghost: its system is ours.
        if holder == asker || own.is_none() || place(conn) != own {
            return false;
        }
        let Some(before) = self.sys.probe(conn.wire.transport.socket(), Probing::Start) else {
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

    /// Look at those holders that are due.
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
        let socket = self.conns[probe.holder].wire.transport.socket();
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
            self.sys.probe(conn.wire.transport.socket(), Probing::Stop);
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
    fn one_that_reads_nothing_keeps_its_name_however_rarely_it_is_asked() {
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
    fn one_that_does_not_answer_when_asked_is_gone() {
        let each_second: Vec<_> = (0..20).map(|n| (n, 70, n as u32)).collect();
        assert_eq!(verdict(&each_second), (Holder::Dead, 10));
        // Something was on its way to it, and is sent again more and more rarely.
        assert_eq!(verdict(&[(0, 70, 6), (5, 70, 7)]), (Holder::Dead, 10));
        // It is back at the network.
        assert_eq!(verdict(&[(0, 70, 6), (5, 71, 0)]), (Holder::Settled, 5));
    }
}
