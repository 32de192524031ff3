//! A hub full of users, and the cost of each line that one of them may send: the loop's own work,
//! from the line to the effects. The cost of its output is measured separately.
//!
//! It contains only the hub and the dialect: sockets cost the same for every line. It measures
//! processor time of this thread, so other work on the machine hardly matters. Invariant: every
//! command of the table has a line, also one that this file does not know.

use std::net::IpAddr;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use papo_server::dialect::words::{Lang, Verb, command};
use papo_server::dialect::{self, Clock, Standing, Style};
use papo_server::hub::{Effect, Gone, Hub, Id, Notice, Order, Request, Secret, Time, Verdict};
use papo_server::limits::ROOMS_JOINED;

/// How the users are distributed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Plan {
    /// All are in the lobby.
    Square,
    /// Each has a room of their own, except a few.
    Houses,
    /// All are in the lobby. Those who send lines are in as many other rooms as one may be, too, and so are
    /// a few who only read.
    Clubs,
}

/// The cost of one kind of line.
pub(crate) struct Cost {
    /// Its first bytes.
    pub(crate) line: String,
    /// The median time, without output.
    pub(crate) median: Duration,
    /// The median of the slowest tenth, so that a single interruption does not count.
    pub(crate) worst: Duration,
    /// The median time to render the output.
    pub(crate) output: Duration,
    /// Bytes of output.
    pub(crate) bytes: usize,
    /// How many conns and rooms are told something.
    pub(crate) told: u32,
}

/// Telling one conn or room counts as output, too: a write alone takes several of these.
pub(crate) const TELLING: Duration = Duration::from_micros(1);

/// See the top of this file.
pub(crate) struct Town {
    hub: Hub,
    users: u32,
    askers: Vec<u32>,
    /// The slot of the next newcomer.
    next: u32,
    now: Time,
    effects: Vec<Effect>,
}

/// Users whom everybody ignores.
const BORES: u32 = 30;
/// Users who send lines. They come after the ignored ones and an operator.
const ASKERS: u32 = 40;

impl Town {
    /// A hub with this many users, all welcomed.
    pub(crate) fn new(users: u32, plan: Plan) -> Town {
        let mut town = Town {
            hub: Hub::new(5),
            users,
            askers: (BORES + 1..BORES + 1 + ASKERS).collect(),
            next: users,
            now: Time::from_secs(1),
            effects: Vec::new(),
        };
        for index in 0..users {
            town.come(index);
            if plan == Plan::Houses && index >= 10 {
                town.ask(index, Request::Join(format!("room{index}")));
            }
        }
        if plan == Plan::Clubs {
            // With those who come back in place of an asker.
            town.settle();
            for index in BORES + 1..BORES + 1 + 2 * ASKERS {
                for club in 1..ROOMS_JOINED {
                    town.ask(index, Request::Also(format!("club{club}")));
                    town.settle();
                }
            }
        }
        town.settle();
        for index in 0..users {
            for bore in 0..BORES {
                if index != bore {
                    town.ask(index, Request::Ignore(format!("u{bore}")));
                }
            }
            town.effects.clear();
        }
        for n in 0..100 {
            town.ask(
                n % users,
                Request::Say(format!("{n} {}", "x".repeat(150)).into()),
            );
        }
        for n in 0..900 {
            let whom = match n % 2 {
                0 => format!("2001:db8::{n:x}/112"),
                _ => format!("nobody{n}"),
            };
            let ban = Order::Ban {
                whom,
                lasts: None,
                reason: "a reason".to_owned(),
            };
            town.hub.order(town.now, ban, &mut town.effects);
        }
        town.promote();
        town.settle();
        town
    }

    /// The cost of each kind of line.
    pub(crate) fn costs(&mut self) -> Vec<Cost> {
        let mut costs: Vec<Cost> = lines()
            .into_iter()
            .map(|line| self.cost_of(&line))
            .collect();
        costs.push(self.cost(">come".to_owned(), |town, _| {
            let index = town.next;
            town.next += 1;
            let name = format!("u{index}");
            town.timed(|town| {
                let address = IpAddr::from([10, 1, 2, 3]);
                assert!(!town.hub.is_banned(town.now, address));
                town.hub.note_address(id(index), address);
                town.ask(index, Request::Enter(name));
                town.hub.settle(town.now, &mut town.effects);
            })
        }));
        costs.push(self.cost(">leave".to_owned(), |town, n| {
            let index = town.users - 1 - n;
            town.timed(|town| {
                town.ask(index, Request::Leave(Gone::Hangup));
                town.hub.settle(town.now, &mut town.effects);
            })
        }));
        costs
    }

    fn cost_of(&mut self, line: &str) -> Cost {
        let is_order = line.starts_with("/op ");
        let shown: String = line.chars().take(24).collect();
        let line = line.replacen("/op ", "/", 1);
        self.cost(shown, |town, n| {
            // Each user asks once or twice, so that caches are not always warm.
            let who = match is_order {
                true => BORES,
                false => town.askers[n as usize % town.askers.len()],
            };
            let line = line.replace("{n}", &n.to_string());
            let standing = town
                .hub
                .rank(id(who))
                .map_or(Standing::Named, Standing::from);
            let took = town.timed(|town| {
                match dialect::parse(Style::default(), standing, line.as_bytes().into()) {
                    Ok(Some(request)) => town.ask(who, request),
                    Ok(None) => {}
                    Err(notice) => town.effects.push(Effect::Tell {
                        to: id(who),
                        notice,
                    }),
                }
                town.hub.settle(town.now, &mut town.effects);
            });
            // Questions to the accounts are answered at once: nobody has to wait.
            let asked = |effect: &Effect| matches!(effect, Effect::Account { .. });
            if town.effects.iter().any(asked) {
                let mut effects = Vec::new();
                let now = town.now;
                town.hub.verdict(now, id(who), Verdict::Busy, &mut effects);
            }
            took
        })
    }

    fn cost(&mut self, line: String, mut once: impl FnMut(&mut Town, u32) -> Duration) -> Cost {
        let mut times = Vec::new();
        let mut outputs = Vec::new();
        let (mut bytes, mut told) = (0, 0);
        for n in 0..2 * ASKERS {
            // Late enough for a large room to be told who joined.
            self.now += Duration::from_secs(1);
            times.push(once(self, n));
            let mut out = Vec::new();
            let began = clock();
            for effect in &self.effects {
                if let Effect::Tell { notice, .. } | Effect::Room { notice, .. } = effect {
                    render(notice, &mut out);
                }
            }
            outputs.push(clock() - began);
            bytes = bytes.max(out.len());
            told = told.max(self.effects.len() as u32);
            self.comes_back();
        }
        times.sort_unstable();
        outputs.sort_unstable();
        Cost {
            line,
            median: times[times.len() / 2],
            worst: times[times.len() - times.len() / 20],
            output: outputs[outputs.len() / 2],
            bytes,
            told,
        }
    }

    /// The processor time of this; its effects are kept.
    fn timed(&mut self, work: impl FnOnce(&mut Town)) -> Duration {
        self.effects.clear();
        let began = clock();
        work(self);
        clock() - began
    }

    /// When an asker left, another user joins, so that the number stays the same.
    fn comes_back(&mut self) {
        let closed = self.effects.iter().find_map(|effect| match effect {
            Effect::Close { who, .. } => Some(who.index),
            _ => None,
        });
        if let Some(at) = self.askers.iter().position(|asker| Some(*asker) == closed) {
            self.askers[at] = self.next;
            self.come(self.next);
            self.next += 1;
        }
        self.settle();
    }

    fn come(&mut self, index: u32) {
        let address = IpAddr::from((0x0a00_0000 + index).to_be_bytes());
        self.hub.note_address(id(index), address);
        self.ask(index, Request::Enter(format!("u{index}")));
    }

    fn promote(&mut self) {
        let password = Secret::new("secret").expect("a password");
        self.ask(BORES, Request::Operator(Some(password)));
        self.hub
            .verdict(self.now, id(BORES), Verdict::Right, &mut self.effects);
    }

    fn ask(&mut self, index: u32, request: Request) {
        self.hub
            .handle(self.now, id(index), request, &mut self.effects);
    }

    fn settle(&mut self) {
        self.now += Duration::from_secs(1);
        self.hub.settle(self.now, &mut self.effects);
        self.effects.clear();
    }
}

/// The lines: ordinary texts, each command by its name, and hostile lines.
fn lines() -> Vec<String> {
    let long = "x".repeat(1000);
    let marks = "\u{301}".repeat(500);
    let wide = "\u{fdfa}".repeat(330);
    let mut lines = vec![
        "hello".to_owned(),
        long.clone(),
        marks.clone(),
        wide.clone(),
    ];
    lines.push("@u100 oi".to_owned());
    lines.extend(["/onlin", "/zzzzzz", "/z"].map(String::from));
    lines.extend([format!("/{long}"), format!("/{marks}"), format!("/{wide}")]);
    // A user in another room has nothing to list, so this comes last.
    let moves = |verb: &Verb| matches!(verb, Verb::Join);
    let mut verbs = Verb::ALL;
    verbs.sort_by_key(moves);
    for verb in verbs {
        let name = command(Lang::En, verb).name;
        let is_order = verb.is_for_operators() && verb != Verb::Operator;
        let prefix = match is_order {
            true => format!("/op {name}"),
            false => format!("/{name}"),
        };
        let args: Vec<String> = match verb {
            Verb::Lang => vec!["pt".to_owned(), long.clone()],
            Verb::Nick | Verb::Join => vec!["other{n}".to_owned(), long.clone(), wide.clone()],
            Verb::History => vec!["100".to_owned()],
            Verb::Ignore => vec![String::new(), "u100".to_owned(), long.clone(), wide.clone()],
            Verb::Whois => vec!["u100".to_owned(), long.clone(), wide.clone()],
            Verb::Ban => vec!["u99x{n}".to_owned(), "10.9.9.0/24".to_owned()],
            Verb::Kick | Verb::Mute | Verb::Unmute | Verb::Reset | Verb::Free => {
                vec!["u2{n}".to_owned(), long.clone()]
            }
            Verb::Lockdown => vec![String::new()],
            _ => vec!["u100 some words".to_owned(), String::new()],
        };
        lines.extend(args.into_iter().map(|args| format!("{prefix} {args}")));
    }
    lines
}

fn render(notice: &Notice, out: &mut Vec<u8>) {
    dialect::render(Style::default(), Clock::default(), notice, out);
}

fn id(index: u32) -> Id {
    Id {
        index,
        generation: 1,
    }
}

fn clock() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .expect("Linux has it")
        .into()
}
