//! The loop on a seeded network with faults, and a referee that knows only lists of lines.
//!
//! A run has four phases: observers come in on a sound network; then peers talk, lag and die while
//! the faults of this seed happen; then, without faults, everything must settle; then everybody
//! leaves and nothing may stay behind. A failing seed is printed with the command that repeats it:
//! `SEED=17 cargo test -p papo-server --test simulation`.

mod chunking;
mod dice;
mod ghosts;
mod net;
mod peers;
mod referee;

use std::hash::{DefaultHasher, Hash, Hasher};

use dice::Dice;
use net::{Counts, Faults, Net};
use papo_server::conn::Manner;
use papo_server::flood::Rate;
use papo_server::server::{Config, End, Server};
use papo_server::sys::Signal;
use peers::{Peer, ROOMS};
use referee::Order;

/// Seeds of a normal test run; `SEEDS=100000` asks for more.
const SEEDS: u64 = 1000;

/// Faults that the seeds of a normal run must have met, each of them.
const MET: [&str; 12] = [
    "accept fails",
    "broken pipe",
    "descriptors run out",
    "half-close",
    "interrupted read",
    "interrupted write",
    "no room after all",
    "reset",
    "short read",
    "short write",
    "stale readiness",
    "lines skipped",
];

#[test]
fn every_transcript_is_a_slice_of_the_one_order() {
    let only: Option<u64> = std::env::var("SEED")
        .ok()
        .map(|seed| seed.parse().expect("SEED is a number"));
    let count =
        std::env::var("SEEDS").map_or(SEEDS, |seeds| seeds.parse().expect("SEEDS is a number"));
    let seeds = only.map_or(0..count, |seed| seed..seed + 1);
    let mut met = Counts::default();
    for seed in seeds {
        let run = std::panic::catch_unwind(|| Run::new(seed).play());
        let Ok(outcome) = run else {
            panic!("repeat with: SEED={seed} cargo test -p papo-server --test simulation");
        };
        for (what, times) in outcome.counts.0 {
            *met.0.entry(what).or_default() += times;
        }
    }
    println!("{met:?}");
    for what in MET {
        assert!(
            only.is_some() || met.0.contains_key(what),
            "no seed met: {what}"
        );
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in [1, 20, 300] {
        assert_eq!(Run::new(seed).play(), Run::new(seed).play(), "seed {seed}");
    }
}

/// A server as the simulation runs it.
fn config(rate: Rate) -> Config {
    Config {
        listeners: vec![Manner::default()],
        backlog: 0,
        rate,
        max_conns: 0,
        per_address: 0,
        per_minute: 0,
        memory: 256 << 20,
        // A turn brings up to 49 KiB, and a quarter of the ring is forgotten at once.
        feed_bytes: 128 * 1024,
        motd: Vec::new(),
    }
}

#[derive(PartialEq, Eq, Debug)]
struct Outcome {
    counts: Counts,
    trace: u64,
}

struct Run {
    dice: Dice,
    server: Server<Net>,
    peers: Vec<Peer>,
    observers: Vec<(usize, &'static str, bool)>,
    faults: Faults,
    /// Long lines, so that readers that lag are moved ahead.
    heavy: bool,
    stops: bool,
}

impl Run {
    fn new(seed: u64) -> Run {
        let mut dice = Dice::new(seed);
        let mut often = |most: usize| {
            if dice.chance(500) {
                dice.below(most) as u32
            } else {
                0
            }
        };
        let faults = Faults {
            short_read: often(500),
            short_write: often(500),
            interrupted: often(200),
            would_block: often(300),
            accept_fails: often(300),
            stale: often(200),
            descriptors: if dice.chance(300) {
                dice.between(5, 9)
            } else {
                usize::MAX
            },
        };
        let sound = Faults {
            descriptors: usize::MAX,
            ..Faults::default()
        };
        let rate = Rate {
            lines_per_s: if dice.chance(500) { 20 } else { 0 },
            burst: 10,
        };
        let config = config(rate);
        let server = Server::new(Net::new(dice.clone(), sound), config);
        let (heavy, stops) = (dice.chance(150), dice.chance(200));
        Run {
            dice,
            server,
            peers: Vec::new(),
            observers: Vec::new(),
            faults,
            heavy,
            stops,
        }
    }

    fn play(mut self) -> Outcome {
        self.seat_observers();
        self.talk_under_faults();
        if self.stops {
            return self.stop();
        }
        self.settle();
        self.check(false);
        self.leave();
        let net = self.server.sys();
        assert_eq!(net.open(), 0, "a conn stays behind");
        net.signals.push_back(Signal::Stop);
        assert_eq!(
            self.server.turn().expect("the wait works"),
            Some(End::Stopped)
        );
        self.outcome()
    }

    fn turn(&mut self) -> Option<End> {
        let end = self.server.turn().expect("the wait works");
        self.server.invariants();
        end
    }

    fn seat_observers(&mut self) {
        for (room, pt) in [(0, false), (1, false), (0, true), (1, true)] {
            let net = self.server.sys();
            let link = net.connect(usize::MAX);
            let name = format!("watch{}", self.observers.len());
            let lang = if pt { "pt" } else { "en" };
            let lines = format!("/lang {lang}\n{name}\n/join {}\n", ROOMS[room]);
            net.links[link].to_server.extend(lines.bytes());
            self.observers.push((link, ROOMS[room], pt));
            for _ in 0..20 {
                self.turn();
            }
        }
        self.server.sys().faults = self.faults.clone();
        let observed: Vec<usize> = self.observers.iter().map(|(link, ..)| *link).collect();
        for link in observed {
            let net = self.server.sys();
            net.links[link].taken = net.links[link].written.len();
        }
    }

    fn talk_under_faults(&mut self) {
        for _ in 0..self.dice.between(50, 250) {
            for (link, ..) in &self.observers {
                let net = self.server.sys();
                net.links[*link].taken = net.links[*link].written.len();
            }
            if self.peers.len() < 12 && self.dice.chance(200) {
                let number = self.peers.len();
                self.peers.push(Peer::join(
                    self.server.sys(),
                    &mut self.dice,
                    number,
                    self.heavy,
                ));
            }
            for peer in &mut self.peers {
                if self.dice.chance(400) {
                    peer.act(self.server.sys(), &mut self.dice, self.heavy);
                }
            }
            self.turn();
        }
    }

    /// No faults any more, and everybody reads: everything must come to its end.
    fn settle(&mut self) {
        let net = self.server.sys();
        net.faults = Faults {
            descriptors: usize::MAX,
            ..Faults::default()
        };
        net.hurry = true;
        let mut quiet = 0;
        for _ in 0..20_000 {
            for peer in &mut self.peers {
                peer.behave(self.server.sys());
            }
            let before = self.written();
            self.turn();
            let moved = before != self.written() || !self.server.sys().is_quiet();
            quiet = if moved { 0 } else { quiet + 1 };
            if quiet == 200 {
                return;
            }
        }
        panic!("it does not settle");
    }

    fn written(&mut self) -> usize {
        self.server
            .sys()
            .links
            .iter()
            .map(|link| link.written.len())
            .sum()
    }

    fn check(&mut self, stopped: bool) {
        let net = self.server.sys();
        let orders: Vec<Order> = self
            .observers
            .iter()
            .map(|(link, room, pt)| Order::new(room, *pt, &net.links[*link]))
            .collect();
        let mut skipped = false;
        for peer in &self.peers {
            let link = &net.links[peer.link];
            referee::check_transcript(peer, link, &orders);
            referee::check_sender(peer, link, &orders, stopped || !link.accepted);
            skipped |= link.written.windows(8).any(|word| word == b"skipped:");
        }
        if skipped {
            net.counts.add("lines skipped");
        }
    }

    /// Everybody but the observers leaves: as many went as came.
    fn leave(&mut self) {
        for peer in &mut self.peers {
            peer.hang_up(self.server.sys());
        }
        self.settle();
        let net = self.server.sys();
        for (link, room, pt) in &self.observers {
            let order = Order::new(room, *pt, &net.links[*link]);
            // Of the others that watch, those came after this one.
            let watchers = self
                .observers
                .iter()
                .filter(|(other, other_room, _)| other_room == room && other > link)
                .count();
            assert_eq!(
                order.balance(),
                watchers as i64,
                "{room}: joins and leaves do not match"
            );
            net.links[*link].fin = true;
        }
        self.settle();
    }

    /// SIGTERM in the middle of it: it ends in time, and nobody was told a wrong thing.
    fn stop(mut self) -> Outcome {
        self.server.sys().signals.push_back(Signal::Stop);
        let started = self.server.sys().now;
        for _ in 0..20_000 {
            if let Some(end) = self.turn() {
                assert_eq!(end, End::Stopped);
                let took = self.server.sys().now - started;
                assert!(took.as_secs() <= 6, "the stop took {took:?}");
                self.check(true);
                return self.outcome();
            }
        }
        panic!("it does not stop");
    }

    fn outcome(mut self) -> Outcome {
        let net = self.server.sys();
        let mut trace = DefaultHasher::new();
        for link in &net.links {
            (&link.read, &link.written, link.closed).hash(&mut trace);
        }
        net.now.hash(&mut trace);
        Outcome {
            counts: net.counts.clone(),
            trace: trace.finish(),
        }
    }
}
