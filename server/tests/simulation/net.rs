//! The seeded system under the loop. Its calls, the other side of `Sys`, are in calls.rs.
//!
//! Sockets are queues of bytes with a window; readiness is computed like a level-triggered
//! poller's, including hang-ups without interest. The faults and their rates are drawn once for
//! each seed. It checks what no server may do: use a closed socket, close a watched one, write
//! after the end, spin, exceed a budget or a limit.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use papo_server::hub::{Id, Time};
use papo_server::limits::{READ_BYTES, TURN_BYTES};
use papo_server::net::sys::{Interest, Ready};

use crate::desk::Desk;
use crate::dice::Dice;
use crate::doors::Accepts;
use crate::faults::{Counts, Fault, Faults};
use crate::link::Link;
use crate::nth::{Call, Plan};
use crate::post::{Post, Way};
use crate::shelf::Shelf;

/// The server's end of a connection: a number that is never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Fd(pub(crate) usize);

/// Listeners of a simulation; see `crate::configs::config`.
pub(crate) const DOORS: usize = 10;

/// See the top of this file.
pub(crate) struct Net {
    pub(crate) dice: Dice,
    pub(crate) faults: Faults,
    pub(crate) counts: Counts,
    pub(crate) links: Vec<Link>,
    pub(crate) now: Time,
    pub(crate) desk: Desk,
    pub(crate) post: Post,
    pub(crate) shelf: Shelf,
    /// Which call fails, if not the dice decide.
    pub(crate) plan: Plan,
    /// Whether time jumps to the next deadline when there is nothing to do.
    pub(crate) hurry: bool,
    /// The sum of all stalls: two may meet in one conn's last moments.
    pub(crate) late: Duration,
    /// Conns at once, and at once from one address; 0 is no limit.
    pub(crate) limits: (usize, usize),
    /// New conns from one address in a minute; 0 is no limit.
    pub(crate) per_minute: usize,
    pub(crate) waiting: [VecDeque<usize>; DOORS],
    pub(crate) accepting: bool,
    pub(crate) listening: bool,
    /// Closed conns.
    pub(crate) old: Vec<Id>,
    /// Waits in a row that neither slept nor led to another call.
    pub(crate) idle_waits: u32,
    /// Waits in a row that reported something and led to no other call.
    pub(crate) unheeded: u32,
    pub(crate) accepts: Accepts,
    pub(crate) bytes_read: usize,
}

impl Net {
    pub(crate) fn new(dice: Dice) -> Net {
        Net {
            dice,
            faults: Faults::none(),
            counts: Counts::default(),
            links: Vec::new(),
            now: Time::from_secs(1),
            desk: Desk::default(),
            post: Post::default(),
            shelf: Shelf::default(),
            plan: Plan::default(),
            hurry: false,
            late: Duration::ZERO,
            limits: (0, 0),
            per_minute: 0,
            waiting: Default::default(),
            accepting: true,
            listening: true,
            old: Vec::new(),
            idle_waits: 0,
            unheeded: 0,
            accepts: Accepts::default(),
            bytes_read: 0,
        }
    }

    /// A peer connects, unless nobody listens any more.
    pub(crate) fn connect(&mut self, door: usize, address: IpAddr, window: usize) -> usize {
        let at = self.links.len();
        let address = SocketAddr::new(address, (at % 60_000) as u16);
        let mut link = Link::new(door, address, window);
        link.reset = !self.listening;
        self.links.push(link);
        if self.listening {
            self.waiting[door].push_back(at);
        }
        at
    }

    /// Connections that the server keeps open.
    pub(crate) fn open(&self) -> usize {
        self.links.iter().filter(|link| link.is_open()).count()
    }

    /// Clients that decode each read by itself have read what there is by now. With the end of the process
    /// all links end.
    pub(crate) fn read_all(&mut self, has_ended: bool) -> &mut Net {
        for link in &mut self.links {
            let is_sound = !has_ended && link.is_open() && !link.reset && !link.failed;
            if let Some(strict) = &mut link.strict {
                strict.advance(self.now);
                if !is_sound {
                    strict.end(&mut link.written);
                }
            }
        }
        self
    }

    /// Whether nothing is on its way to the server.
    pub(crate) fn is_quiet(&self) -> bool {
        let has_arrived = |link: &Link| link.to_server.is_empty() && !link.has_come();
        let arrived = |link: &Link| link.closed || link.reset || has_arrived(link);
        self.waiting.iter().all(VecDeque::is_empty)
            && self.links.iter().all(arrived)
            && self.desk.is_quiet()
            && self.shelf.is_quiet()
    }

    /// The datagrams, and what may happen to them on their way.
    pub(crate) fn post_and_way(&mut self) -> (&mut Post, Way<'_>) {
        let way = Way {
            dice: &mut self.dice,
            faults: &self.faults,
            counts: &mut self.counts,
        };
        (&mut self.post, way)
    }

    /// A client sends a datagram.
    pub(crate) fn post(&mut self, from: SocketAddr, bytes: &[u8]) {
        let now = self.now;
        let (post, mut way) = self.post_and_way();
        post.post(now, from, bytes, &mut way);
    }

    /// A call about this socket, or none; returns the planned error.
    pub(crate) fn call(&mut self, call: Call, fd: Option<Fd>) -> io::Result<()> {
        self.acted();
        if let Some(Fd(at)) = fd {
            // I5: no call on a closed descriptor.
            assert!(
                !self.links[at].closed,
                "I5: a closed socket is used: {fd:?}"
            );
        }
        self.plan.next(call, fd.map(|Fd(at)| at))
    }

    pub(crate) fn acted(&mut self) {
        (self.idle_waits, self.unheeded) = (0, 0);
    }

    pub(crate) fn fault(&mut self, fault: Fault) -> bool {
        let happens = self.dice.chance(self.faults.of(fault));
        if happens {
            self.counts.add(fault.name());
        }
        happens
    }

    pub(crate) fn ready(&self) -> Vec<Ready> {
        let mut ready = Vec::new();
        if self.accepting && self.listening {
            let waits = |door: &usize| !self.waiting[*door].is_empty();
            ready.extend((0..DOORS).filter(waits).map(Ready::Listener));
        }
        self.desk.ready(self.now, &mut ready);
        if self.shelf.is_ready(self.now) && !ready.contains(&Ready::Done) {
            ready.push(Ready::Done);
        }
        if self.post.has_some(self.now) {
            ready.push(Ready::Datagrams);
        }
        ready.extend(self.links.iter().filter_map(Link::ready));
        ready
    }

    /// Readiness of closed conns, and of conns that are not ready.
    pub(crate) fn lies(&mut self) -> Vec<Ready> {
        let mut lies = Vec::new();
        if !self.old.is_empty() && self.fault(Fault::Stale) {
            let id = self.dice.pick(&self.old);
            let hung = self.dice.chance(500);
            lies.push(Ready::Conn {
                id,
                readable: true,
                writable: true,
                hung,
            });
        }
        if self.fault(Fault::Spurious) {
            let watched = self.links.iter().filter_map(|link| link.watched);
            for (id, interest) in watched {
                let readable = matches!(interest, Interest::Read | Interest::ReadWrite);
                lies.push(Ready::Conn {
                    id,
                    readable,
                    writable: !readable,
                    hung: false,
                });
            }
            lies.extend([Ready::Datagrams, Ready::Done]);
            if self.accepting && self.listening {
                lies.push(Ready::Listener(0));
            }
            let one = self.dice.below(lies.len());
            lies = vec![lies.swap_remove(one)];
        }
        lies
    }

    /// Nothing to do: time passes until the deadline or the next action of a peer.
    pub(crate) fn sleep(&mut self, until: Option<Time>) {
        let most = if self.hurry { 2_000_000 } else { 200_000 };
        let step = Duration::from_micros(self.dice.between(10, most) as u64);
        let next = self.now + step;
        let slept = until.map_or(next, |until| until.clamp(self.now, next));
        self.idle_waits = if slept > self.now {
            0
        } else {
            self.idle_waits + 1
        };
        self.now = slept;
    }

    /// The process or its host is suspended.
    pub(crate) fn lose_time(&mut self) {
        // An hour without a byte would end even an observer.
        let is_blocked = |link: &Link| link.spared && link.awaits_room();
        let blocked = self.links.iter().any(is_blocked);
        for (fault, seconds) in [(Fault::Stall, 30), (Fault::ClockJump, 3600)] {
            if (!blocked || fault == Fault::Stall) && self.fault(fault) {
                let lost = Duration::from_secs(seconds);
                self.now += lost;
                self.late += lost;
            }
        }
    }

    /// I4 and I7: since the last wait the budgets and limits were kept.
    pub(crate) fn check_turn(&mut self) {
        self.check_accepts();
        self.check_limits();
        assert!(
            self.bytes_read <= TURN_BYTES + READ_BYTES,
            "I7: {} bytes in a turn",
            self.bytes_read
        );
        self.bytes_read = 0;
    }
}
