//! One run from its seed.
//!
//! Observers join on a sound system; then peers, ChatTruco's clients and the operator act while the
//! faults of this seed happen; then, without faults, everything must settle; then everybody leaves
//! and nothing may be left. Or the server is stopped in the middle.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use papo_server::chattruco::{AnswerTo, Directory};
use papo_server::flood::Rate;
use papo_server::hub::Before;
use papo_server::hub::name::Name;
use papo_server::net::sys::Signal;
use papo_server::store::accounts::{Owner, Stored};
use papo_server::turn::{End, Server};

use crate::configs::drawn;
use crate::dice::Dice;
use crate::faults::{Counts, Faults};
use crate::net::Net;
use crate::orders;
use crate::peers::{KEPT, Kind, Peer, ROOMS, kept_name, kept_password};
use crate::referee::{self, Moment};
use crate::scrape;
use crate::scripts::{ROBOT, ROBOTS_PASSWORD, Script, hooks};
use crate::secure::speak_tls;
use crate::truco::{PORT, Truco};

/// The result of a run.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    pub(crate) counts: Counts,
    /// A hash of all that was read and written, and of the time.
    pub(crate) trace: u64,
}

/// See the top of this file.
pub(crate) struct Run {
    pub(crate) dice: Dice,
    pub(crate) server: Server<Net>,
    pub(crate) peers: Vec<Peer>,
    pub(crate) trucos: Vec<Truco>,
    pub(crate) scripts: Vec<Script>,
    /// The links of those who see all of a room, in the order of `ROOMS`.
    pub(crate) observers: Vec<usize>,
    /// Lines of each such room in the archive before its observer was there; none if nothing is kept.
    pub(crate) before: Option<Vec<usize>>,
    pub(crate) backlog: usize,
    pub(crate) rate: Rate,
    /// There is so little memory that rooms may keep less than their due.
    pub(crate) forgets: bool,
    /// Long lines, so that lagging readers are moved ahead.
    heavy: bool,
    stops: bool,
    /// How many gave a password and left in the last turn.
    left_in_haste: usize,
    /// Print what everybody was told before it is checked.
    pub(crate) show: bool,
}

impl Run {
    pub(crate) fn new(seed: u64) -> Run {
        let mut dice = Dice::new(seed);
        let config = drawn(&mut dice);
        let (rate, backlog) = (config.rate, config.backlog);
        let forgets = config.memory < 16 << 20;
        let mut net = Net::new(dice.clone());
        net.limits = (config.max_conns, config.per_address as usize);
        net.per_minute = config.per_minute as usize;
        net.desk.motd = 1;
        net.desk.has_operators = dice.chance(400);
        let owners: Vec<Owner> = (0..KEPT).map(|n| owner(&kept_name(n))).collect();
        for (n, owner) in owners.iter().enumerate() {
            net.desk.keep(owner.clone(), &kept_password(n));
        }
        let robot = owner(ROBOT);
        net.desk.keep(robot.clone(), ROBOTS_PASSWORD);
        let mut server = Server::new(net, config);
        let owners = owners.into_iter().chain([robot]);
        let owners = owners.map(|owner| (owner, Duration::ZERO));
        server.set_kept(Stored {
            owners: owners.collect(),
            hooks: hooks(),
            ..Stored::default()
        });
        server.serve_metrics(scrape::DOOR);
        speak_tls(&mut server, false);
        server.open_directory(Some(Directory::new(AnswerTo::FixedPort(PORT))));
        let trucos = if dice.chance(500) {
            dice.between(1, 2)
        } else {
            0
        };
        let keeps = dice.chance(700);
        if keeps {
            server.begin_epochs(1 << 40);
            server.begin_archive(Before::default());
        }
        let (heavy, stops) = (dice.chance(150), dice.chance(200));
        Run {
            dice,
            server,
            peers: Vec::new(),
            trucos: (0..trucos).map(Truco::new).collect(),
            scripts: Vec::new(),
            observers: Vec::new(),
            before: keeps.then(Vec::new),
            backlog,
            rate,
            forgets,
            heavy,
            stops,
            left_in_haste: 0,
            show: false,
        }
    }

    pub(crate) fn play(mut self) -> Outcome {
        self.seat_observers();
        self.talk_under_faults();
        if self.stops {
            return self.stop();
        }
        self.settle();
        referee::check(&mut self, Moment::Settled);
        self.leave();
        let net = self.server.sys();
        // I5: no descriptor is left open.
        assert_eq!(net.open(), 0, "I5: a conn stays behind");
        net.desk.signals.push_back(Signal::Stop);
        assert_eq!(self.turn(), Some(End::Stopped));
        self.outcome()
    }

    fn turn(&mut self) -> Option<End> {
        let end = self.server.turn().expect("the wait works");
        self.server.invariants();
        end
    }

    fn seat_observers(&mut self) {
        for (n, room) in ROOMS.into_iter().enumerate() {
            let lang = self.dice.pick(&["en", "pt"]);
            let net = self.server.sys();
            let link = net.connect(0, [127, 0, 0, 1].into(), usize::MAX);
            net.links[link].spared = true;
            let lines = format!("/lang {lang}\nwatch{n}\n/join {room}\n");
            net.links[link].to_server.extend(lines.bytes());
            self.observers.push(link);
            for _ in 0..30 {
                self.turn();
            }
            let lines = self.server.sys().shelf.lines_of(room);
            self.before.iter_mut().for_each(|before| before.push(lines));
        }
        let faults = Faults::draw(&mut self.dice);
        self.server.sys().faults = faults;
        self.observe();
    }

    /// Observers read everything at once.
    fn observe(&mut self) {
        let net = self.server.sys();
        for link in &self.observers {
            net.links[*link].taken = net.links[*link].written.len();
        }
    }

    fn talk_under_faults(&mut self) {
        for _ in 0..self.dice.between(50, 250) {
            self.observe();
            let alive = self.peers.iter().filter(|peer| !peer.over).count();
            if alive < 12 && self.peers.len() < 40 && self.dice.chance(200) {
                self.join();
            }
            if self.dice.chance(3) {
                self.storm();
            }
            // A conn that reuses the slot must not be affected by the question.
            for _ in 0..std::mem::take(&mut self.left_in_haste) {
                let net = self.server.sys();
                let impostor = Peer::come(net, &mut self.dice, Kind::Impostor, self.heavy);
                self.peers.push(impostor);
            }
            let (net, dice) = (self.server.sys(), &mut self.dice);
            for peer in &mut self.peers {
                if dice.chance(400) {
                    let was_here = !peer.over;
                    peer.act(net, dice, self.heavy);
                    let is_gone = was_here && peer.over && peer.kind == Kind::Hasty;
                    self.left_in_haste += usize::from(is_gone);
                }
            }
            for truco in &mut self.trucos {
                if dice.chance(500) {
                    truco.act(net, dice);
                }
            }
            let here = self.scripts.iter().filter(|script| !script.is_over).count();
            if here < 3 && dice.chance(50) {
                self.scripts.push(Script::come(net, dice));
            }
            for script in &mut self.scripts {
                if dice.chance(400) {
                    script.act(net, dice);
                }
            }
            self.operate();
            self.turn();
        }
    }

    fn join(&mut self) {
        let net = self.server.sys();
        let peer = Peer::join(net, &mut self.dice, self.heavy);
        if self
            .peers
            .iter()
            .any(|other| other.over && other.name == peer.name)
        {
            net.counts.add("reconnect");
        }
        self.peers.push(peer);
    }

    /// Many join at once, and some leave at once.
    fn storm(&mut self) {
        self.server.sys().counts.add("storm");
        for n in 0..self.dice.between(6, 10) {
            self.join();
            if n % 3 == 0 {
                self.peers[n].hang_up(self.server.sys());
            }
        }
    }

    /// The operator types, or makes the server reload.
    fn operate(&mut self) {
        let net = self.server.sys();
        match self.dice.below(200) {
            6..10 if net.desk.has_operators && !net.desk.hung_up => {
                let line = orders::draw(&mut self.dice);
                net.desk.typed.extend(line.bytes().chain(*b"\n"));
            }
            0..4 => {
                let number = net.desk.heard.len() + net.desk.typed.len();
                let lines = [
                    format!("news {number}\n"),
                    format!("news {number} é\r\n"),
                    format!("/kick peer{}x\n", self.dice.below(8)),
                    format!("/kick peer{}x out\n", self.dice.below(8)),
                    "/online\n/help\n/nope\n\n".to_owned(),
                    format!("{}\n", "l".repeat(1100)),
                ];
                if !net.desk.hung_up {
                    let line = &lines[self.dice.below(lines.len())];
                    net.desk.typed.extend(line.bytes());
                }
            }
            4 if !net.desk.hung_up && self.dice.chance(300) => {
                net.desk.hung_up = true;
                net.counts.add("console ends");
            }
            5 => {
                net.desk.motd += 1;
                net.desk.signals.push_back(Signal::Reload);
            }
            _ => {}
        }
    }

    /// No faults any more, and everybody reads: everything must settle.
    fn settle(&mut self) {
        let net = self.server.sys();
        net.faults = Faults::none();
        net.hurry = true;
        let mut quiet = 0;
        let mut moved_at = net.now;
        for _ in 0..30_000 {
            self.observe();
            let net = self.server.sys();
            for peer in &mut self.peers {
                peer.behave(net);
            }
            self.scripts.iter().for_each(|script| script.behave(net));
            for truco in &mut self.trucos {
                truco.answer(net, &mut self.dice, 0);
            }
            let before = self.written();
            self.turn();
            let moved = before != self.written() || !self.server.sys().is_quiet();
            let now = self.server.sys().now;
            (quiet, moved_at) = if moved {
                (0, now)
            } else {
                (quiet + 1, moved_at)
            };
            let net = self.server.sys();
            let thinks = self.peers.iter().any(|peer| peer.thinks(net));
            if quiet >= 100 && moved_at + Duration::from_secs(90) < now && !thinks {
                return;
            }
        }
        panic!("it does not settle");
    }

    /// Bytes so far, but for those of scripts who listen: they get signs of life for ever.
    fn written(&mut self) -> usize {
        let links = &self.server.sys().links;
        let all: usize = links.iter().map(|link| link.written.len()).sum();
        let listening = self.scripts.iter().filter(|script| script.listens());
        let signs = listening.map(|script| links[script.link].written.len());
        all - signs.sum::<usize>()
    }

    /// Everybody except the observers leaves: as many as joined.
    fn leave(&mut self) {
        for peer in &mut self.peers {
            peer.hang_up(self.server.sys());
        }
        for script in &mut self.scripts {
            script.hang_up(self.server.sys());
        }
        for truco in &mut self.trucos {
            truco.is_dead = true;
        }
        self.settle();
        referee::check(self, Moment::Left);
        for link in &self.observers {
            self.server.sys().links[*link].fin = true;
        }
        self.settle();
    }

    /// A stop in the middle: it ends in time, and nobody was told anything wrong.
    fn stop(mut self) -> Outcome {
        let forced = self.dice.chance(200);
        let net = self.server.sys();
        net.faults = net.faults.clone().in_time();
        net.counts.add("stop");
        match self.dice.chance(800) || net.desk.hung_up {
            true => net.desk.signals.push_back(Signal::Stop),
            false => net.desk.typed.extend(b"\n/quit\n"),
        }
        let started = net.now;
        for turn in 0..30_000 {
            if turn == 20 && forced {
                self.server.sys().desk.signals.push_back(Signal::Stop);
            }
            if turn == 40 {
                // The console may be closed.
                self.server.sys().desk.signals.push_back(Signal::Stop);
            }
            self.observe();
            let Some(end) = self.turn() else { continue };
            if end == End::Forced {
                self.server.sys().counts.add("forced stop");
            } else {
                // I13: a stop ends in time.
                let took = self.server.sys().now - started;
                assert!(took.as_secs() <= 15, "I13: the stop took {took:?}");
                referee::check(&mut self, Moment::Stopped);
            }
            return self.outcome();
        }
        panic!("I13: it does not stop");
    }

    fn outcome(mut self) -> Outcome {
        let net = self.server.sys();
        let mut trace = DefaultHasher::new();
        for link in &net.links {
            (&link.read, &link.written, &link.times, link.closed).hash(&mut trace);
        }
        (net.now, &net.post.sent).hash(&mut trace);
        Outcome {
            counts: net.counts.clone(),
            trace: trace.finish(),
        }
    }
}

fn owner(name: &str) -> Owner {
    let name = Name::parse(name).expect("a legal name");
    Owner::Name {
        key: name.key().to_owned(),
        look: name.look().to_string(),
        shown: name.shown().to_owned(),
    }
}
