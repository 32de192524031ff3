//! Ghosts: users whose connection is dead without the server knowing, because nothing was sent to them or
//! the kernel still retries. A user who comes back would find their own name taken. So before a name is
//! refused to somebody from its holder's address, the kernel probes the holder's host. The host's kernel
//! answers even if the program sleeps or does not read, and no neighbour behind the same router can prevent
//! that. Names of holders at other addresses are not probed, nor are registered names: a password takes those over.
//!
//! Any segment of the holder's host proves that the holder is alive, if the probe did not make the host reset
//! the connection: then they are gone, like anybody who left. On a LAN that takes milliseconds, or what is
//! left of a second in which the holder was heard, since the kernel probes only who was silent for that long.
//!
//! Dead are those who left three questions in a row without an answer, one of them asked after the wish for
//! the name, each for a second, or as long as their answers took:
//! - Nothing was on its way to them: probes leave at once, after 1 s and after 2 s; dead after 3 s.
//! - Something was: it is sent again after 0.2, 0.6 and 1.4 s; dead after 2.4 s. Where answers take 0.6 s,
//!   pauses begin with about a second, and it takes twice as long.
//! - If the kernel waits 3 s or more for its next question by now, all three may be older than the wish: it
//!   has asked for at least 2.6 s. Dead at once.
//!
//! A holder who is not proven to be gone keeps the name. Silence alone proves nothing: while data waits for
//! a peer that does not read, the kernel probes ever more rarely, and is answered as rarely. Each answer
//! begins the row anew, so neither that, nor a lost packet or two, nor a suspended program make a ghost.
//!
//! Invariant: while a probe is open, lines of its asker are not handled; it ends within [`GHOST_WITHIN`] and
//! a turn, and then the request is judged like any other.

use super::Server;
use crate::conn::Conn;
use crate::hub::{Gone, Id, Notice, Request, Time};
use crate::limits::{GHOST_ANSWER, GHOST_LOOK, GHOST_QUESTIONS, GHOST_SILENCE, GHOST_WITHIN};
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
    /// Since when so many questions as make a ghost, one of them asked after `at`, have no answer.
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

    /// What these signs prove; see the top of this file.
    fn judge(&mut self, now: Time, signs: Signs) -> Holder {
        if signs.heard != self.before.heard {
            return Holder::Settled;
        }
        let are_enough = signs.unanswered >= GHOST_QUESTIONS;
        if are_enough && signs.pause >= GHOST_SILENCE {
            return Holder::Dead;
        }
        if are_enough && signs.unanswered > self.before.unanswered {
            let since = *self.open_since.get_or_insert(now);
            if now - since >= GHOST_ANSWER.max(signs.answers_in) {
                return Holder::Dead;
            }
        }
        if now - self.at < GHOST_WITHIN {
            Holder::Silent
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
        let mut asked = Asked::new(self.life.now, before);
        if asked.judge(self.life.now, before) == Holder::Dead {
            self.request(holder, Request::Leave(Gone::Elsewhere));
            return false;
        }
        self.probes.push(Probe {
            asker,
            holder,
            request: request.clone(),
            asked,
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

    /// Names of holders who have left meanwhile go to those who wait for them, before others are told of the
    /// leaves.
    pub(super) fn hand_over_names(&mut self) {
        let is_left = |probe: &mut Probe| self.hub.name(probe.holder).is_none();
        let left: Vec<Probe> = self.probes.extract_if(.., is_left).collect();
        for probe in left {
            self.end_probe(probe, Holder::Settled);
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

    /// A holder's system asked at `BEGAN`, in ms since.
    const BEGAN: Duration = Duration::from_secs(1000);

    /// Signs from this time on: segments heard, questions without an answer, and the pause after the last.
    type Sign = (u64, u32, u32, u64);

    /// What comes of these signs, each until the next, where answers take so long; and when, in ms.
    fn verdict_where(answers_in: u64, signs: &[Sign]) -> (Holder, u64) {
        let ms = Duration::from_millis;
        let at = |now: u64| {
            let past = signs.iter().rev().find(|sign| sign.0 <= now);
            let (_, heard, unanswered, pause) = *past.expect("the first is of the wish");
            Signs {
                heard,
                unanswered,
                pause: ms(pause),
                answers_in: ms(answers_in),
            }
        };
        let mut asked = Asked::new(BEGAN, at(0));
        for now in (0..).step_by(GHOST_LOOK.as_millis() as usize) {
            let holder = asked.judge(BEGAN + ms(now), at(now));
            if holder != Holder::Silent {
                return (holder, now);
            }
        }
        unreachable!("it ends some time")
    }

    /// The same on a LAN.
    fn verdict(signs: &[Sign]) -> (Holder, u64) {
        verdict_where(1, signs)
    }

    #[test]
    fn a_holder_whose_system_answers_is_alive_at_once() {
        // A probe leaves at once, and is answered before anybody looks; also for a suspended program.
        assert_eq!(
            verdict(&[(0, 70, 0, 0), (1, 71, 0, 0)]),
            (Holder::Settled, 50)
        );
        // It was heard just before, so the probe leaves a second later.
        assert_eq!(
            verdict(&[(0, 70, 0, 0), (1001, 71, 0, 0)]),
            (Holder::Settled, 1050)
        );
        // Answers take 0.6 s.
        assert_eq!(
            verdict_where(900, &[(0, 70, 0, 0), (1, 70, 1, 0), (601, 71, 0, 0)]),
            (Holder::Settled, 650)
        );
        // So long are its answers on their way, and two were lost.
        let far = [
            (0, 70, 0, 0),
            (1, 70, 1, 0),
            (1001, 70, 2, 0),
            (2001, 70, 3, 0),
            (2601, 71, 0, 0),
        ];
        assert_eq!(verdict_where(900, &far), (Holder::Settled, 2650));
        // They took two seconds before.
        let farther = [(0, 70, 0, 0), (1, 70, 3, 0), (1990, 71, 0, 0)];
        assert_eq!(verdict_where(2000, &farther), (Holder::Settled, 2000));
        // What waited for it was sent again, and it is back at the network.
        assert_eq!(
            verdict(&[(0, 70, 2, 800), (300, 71, 0, 200)]),
            (Holder::Settled, 300)
        );
    }

    #[test]
    fn a_holder_that_does_not_read_keeps_its_name_however_rarely_it_is_probed() {
        // There is no room for what is unsent: the next probe comes in 25 s, and nothing comes before.
        assert_eq!(verdict(&[(0, 70, 0, 51_200)]), (Holder::Settled, 10_000));
        // It comes just before the end, and its answer is on the way.
        let late = [(0, 70, 0, 51_200), (9900, 70, 1, 102_400)];
        assert_eq!(verdict(&late), (Holder::Settled, 10_000));
        // A probe or two may be lost.
        let lost = [(0, 70, 1, 3200), (1500, 70, 2, 6400)];
        assert_eq!(verdict(&lost), (Holder::Settled, 10_000));
        assert_eq!(
            verdict(&[(0, 70, 2, 6400), (4000, 71, 0, 12_800)]),
            (Holder::Settled, 4000)
        );
        // All questions were before the wish for the name, and shortly before: since then it may be back.
        assert_eq!(verdict(&[(0, 70, 3, 1600)]), (Holder::Settled, 10_000));
    }

    #[test]
    fn a_holder_that_answers_no_probe_is_gone() {
        let each_second: Vec<_> = (0..20).map(|n| (n * 1000, 70, n as u32 + 1, 0)).collect();
        assert_eq!(verdict(&each_second), (Holder::Dead, 3000));
        // The last rare probes had no answer, either.
        assert_eq!(
            verdict(&[(0, 70, 2, 0), (1, 70, 3, 0)]),
            (Holder::Dead, 1050)
        );
        // Something was on its way to it, sent with the wish.
        let sent = [
            (0, 70, 0, 200),
            (200, 70, 1, 400),
            (600, 70, 2, 800),
            (1400, 70, 3, 1600),
        ];
        assert_eq!(verdict(&sent), (Holder::Dead, 2400));
        // It was sent two seconds before.
        let before = [(0, 70, 3, 1600), (1000, 70, 4, 3200)];
        assert_eq!(verdict(&before), (Holder::Dead, 1000));
        // Answers take 0.6 s.
        let far = [
            (0, 70, 0, 1000),
            (1000, 70, 1, 2000),
            (3000, 70, 2, 4000),
            (7000, 70, 3, 8000),
        ];
        assert_eq!(verdict_where(900, &far), (Holder::Dead, 7000));
    }

    #[test]
    fn a_holder_that_has_left_all_unanswered_for_long_gives_way_at_once() {
        assert_eq!(verdict(&[(0, 70, 4, 3200)]), (Holder::Dead, 0));
        assert_eq!(verdict(&[(0, 70, 9, 102_400)]), (Holder::Dead, 0));
        assert_eq!(verdict_where(900, &[(0, 70, 3, 8000)]), (Holder::Dead, 0));
        // One question that is sent rarely proves nothing.
        assert_eq!(verdict(&[(0, 70, 1, 102_400)]), (Holder::Settled, 10_000));
    }
}
