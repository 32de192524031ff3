//! People with nc whose connection is cut at any byte, and who come back under the same name from the same
//! address. Nobody tells them what has reached them: the server knows it from what their systems acknowledged.
//!
//! Over all of its sessions each of them has the lines of its rooms in the one order, each once, and a gap or
//! a line told again only where they were told that it is not known which lines they missed. What they missed
//! may be told again from its start if they were cut off before anything came after it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use papo_server::flood::Rate;
use papo_server::hub::Before;
use papo_server::turn::Server;

use crate::configs::config;
use crate::dice::Dice;
use crate::faults::{Fault, Faults};
use crate::heard::{Heard, ROOMS, take};
use crate::net::Net;
use crate::secure::{Client, DOOR, speak_tls};

const NAMES: [&str; 3] = ["ana", "bia", "caio"];

/// Somebody, over all of their sessions.
struct Person {
    name: &'static str,
    address: IpAddr,
    /// Their connections; nothing more comes from one but the last.
    links: Vec<usize>,
}

/// How a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// nc is ended, and the server is told so.
    Hangup,
    /// The server learns at its next write that nobody is there.
    Reset,
    /// Nobody tells the server anything, and their successor asks for the name.
    Silence,
}

struct Stage {
    server: Server<Net>,
    dice: Dice,
    /// Who reads all of a room and says nothing, and who talks there, one of each for each room.
    observers: Vec<usize>,
    talkers: Vec<usize>,
    people: Vec<Person>,
    /// Those of their connections that are encrypted.
    hidden: BTreeMap<usize, Client>,
    said: usize,
    /// Ends of each kind.
    ends: BTreeMap<&'static str, usize>,
}

impl Stage {
    fn new(seed: u64) -> Stage {
        let mut dice = Dice::new(seed);
        let mut config = config(Rate {
            lines_per_s: 0,
            burst: 1,
        });
        config.backlog = dice.below(6);
        let mut net = Net::new(dice.clone());
        net.hurry = true;
        let mut server = Server::new(net, config);
        if dice.chance(500) {
            server.begin_epochs(1 << 40);
            server.begin_archive(Before::default());
        }
        speak_tls(&mut server, false);
        let mut stage = Stage {
            server,
            dice,
            observers: Vec::new(),
            talkers: Vec::new(),
            people: Vec::new(),
            hidden: BTreeMap::new(),
            said: 0,
            ends: BTreeMap::new(),
        };
        for (n, room) in ROOMS.into_iter().enumerate() {
            for (kind, third) in [("eye", 1), ("talker", 2)] {
                let link = stage.connect([10, 9, third, n as u8].into(), usize::MAX);
                stage.send(link, &format!("/lang en\n{kind}{n}\n/join {room}\n"));
                match kind {
                    "eye" => stage.observers.push(link),
                    _ => stage.talkers.push(link),
                }
                stage.turns(10);
            }
        }
        for (n, name) in NAMES.into_iter().enumerate() {
            let address = [10, 9, 0, n as u8].into();
            let link = stage.arrive(address, usize::MAX);
            stage.send(link, &format!("/lang en\n{name}\n"));
            if n > 0 {
                stage.send(link, "/also kitchen\n");
            }
            let links = vec![link];
            stage.people.push(Person {
                name,
                address,
                links,
            });
            stage.turns(10);
        }
        let mut faults = Faults::none();
        for fault in [Fault::ShortWrite, Fault::OneByteWrite, Fault::WriteBlocks] {
            faults.set(fault, stage.dice.below(300) as u32);
        }
        stage.server.sys().faults = faults;
        stage
    }

    fn connect(&mut self, address: IpAddr, window: usize) -> usize {
        let link = self.server.sys().connect(0, address, window);
        self.server.sys().links[link].spared = true;
        link
    }

    /// A person connects, over TLS perhaps.
    fn arrive(&mut self, address: IpAddr, window: usize) -> usize {
        if self.dice.chance(500) {
            return self.connect(address, window);
        }
        let link = self.server.sys().connect(DOOR, address, usize::MAX);
        self.server.sys().links[link].spared = true;
        self.hidden.insert(link, Client::new());
        for _ in 0..30 {
            self.hear(link);
            self.turns(1);
            let link = &mut self.server.sys().links[link];
            link.taken = link.written.len();
        }
        self.server.sys().links[link].window = window;
        link
    }

    /// A client decrypts what it has read, and says what it has to.
    fn hear(&mut self, at: usize) {
        if let Some(client) = self.hidden.get_mut(&at) {
            let link = &mut self.server.sys().links[at];
            let said = client.hear(&link.written[..link.cut.unwrap_or(link.taken)]);
            if link.cut.is_none() {
                link.to_server.extend(said);
            }
        }
    }

    fn send(&mut self, link: usize, lines: &str) {
        if let Some(client) = self.hidden.get_mut(&link) {
            client.say(lines);
            return self.hear(link);
        }
        let link = &mut self.server.sys().links[link];
        link.to_server.extend(lines.bytes());
    }

    fn turns(&mut self, count: usize) {
        for _ in 0..count {
            for link in self.observers.iter().chain(&self.talkers) {
                let link = &mut self.server.sys().links[*link];
                link.taken = link.written.len();
            }
            self.server.turn().expect("the wait works");
            self.server.invariants();
        }
    }

    fn link(&self, person: usize) -> usize {
        *self.people[person].links.last().expect("they have come")
    }

    /// A person's nc prints at most so many bytes.
    fn read(&mut self, person: usize, most: usize) {
        let at = self.link(person);
        let link = &mut self.server.sys().links[at];
        link.taken = link.written.len().min(link.taken.saturating_add(most));
        self.hear(at);
    }

    /// Somebody says some lines: a person, or one of those who are always there.
    fn says(&mut self) {
        let person = self.dice.below(NAMES.len());
        let link = match self.dice.below(4) {
            0 => self.link(person),
            n => self.talkers[n % ROOMS.len()],
        };
        for _ in 0..self.dice.between(1, 4) {
            self.said += 1;
            let length = self.dice.below(80);
            let line = format!("m{}.{}\n", self.said, "y".repeat(length));
            self.send(link, &line);
        }
    }

    /// A person's cable is cut, and after a while they are back.
    fn drops(&mut self, person: usize) {
        let old = self.link(person);
        let end = self.dice.pick(&[End::Hangup, End::Reset, End::Silence]);
        let net = self.server.sys();
        let now = net.now;
        let link = &mut net.links[old];
        let upto = self.dice.between(link.taken, link.written.len());
        link.cut = Some(upto);
        let sent = link.to_server.len();
        link.to_server.truncate(self.dice.between(0, sent));
        match end {
            End::Hangup => link.fin = true,
            End::Reset => link.reset = true,
            End::Silence => link.ghost = Some(now),
        }
        *self.ends.entry(end.name()).or_default() += 1;
        for _ in 0..self.dice.below(6) {
            self.says();
            let count = self.dice.below(3);
            self.turns(count);
        }
        while end != End::Silence && !self.server.sys().links[old].closed {
            self.turns(1);
        }
        let Person { name, address, .. } = self.people[person];
        let window = self.dice.between(100, 5000);
        let link = self.arrive(address, window);
        self.send(link, &format!("/lang en\n{name}\n"));
        self.people[person].links.push(link);
        // Who is refused would have to ask again.
        while !self.told(link).contains("* welcome, ") {
            self.turns(1);
            self.read(person, usize::MAX);
        }
    }

    fn told(&mut self, link: usize) -> String {
        let told = match self.hidden.get(&link) {
            Some(client) => &client.text,
            None => &self.server.sys().links[link].written,
        };
        String::from_utf8_lossy(told).into_owned()
    }

    /// What others said in a room since somebody came, if they have.
    fn order(&mut self, room: usize, name: &str) -> Option<Vec<String>> {
        let told = self.told(self.observers[room]);
        let mut told = told.lines();
        let joined = format!("* {name} joined");
        told.find(|line| *line == joined)?;
        let own = format!("<{name}> ");
        let by_others = told.filter(|line| line.starts_with('<') && !line.starts_with(&own));
        Some(by_others.map(str::to_owned).collect())
    }

    /// Each person has read all of their rooms from their arrival on. Returns how many lines that are, and how
    /// often it was not known which lines they had missed.
    fn check(&mut self) -> (usize, usize) {
        let (mut lines, mut unknown) = (0, 0);
        for person in 0..NAMES.len() {
            let name = self.people[person].name;
            let mut heard = self.heard(person);
            for (n, room) in ROOMS.into_iter().enumerate() {
                let heard = heard.remove(room).unwrap_or_default();
                let Some(order) = self.order(n, name) else {
                    assert!(
                        heard.runs.iter().all(Vec::is_empty),
                        "{name} is not in {room}"
                    );
                    continue;
                };
                let mut at = 0;
                for (run, said) in heard.runs.iter().enumerate() {
                    if let Some(first) = said.first().filter(|_| run > 0) {
                        let skipped = order[at..].iter().position(|line| line == first);
                        at += skipped.unwrap_or_else(|| panic!("{name} in {room}: {first}"));
                    }
                    let end = order.len().min(at + said.len());
                    assert_eq!(*said, order[at..end], "{name} in {room}");
                    at = end;
                }
                let is_all = at == order.len() || heard.runs.last().is_some_and(Vec::is_empty);
                assert!(is_all, "{name} in {room}: {:?} are missing", &order[at..]);
                lines += at;
                unknown += heard.runs.len().saturating_sub(1);
            }
        }
        (lines, unknown)
    }

    /// What a person has heard of each room.
    fn heard(&mut self, person: usize) -> BTreeMap<String, Heard> {
        let mut heard: BTreeMap<String, Heard> = BTreeMap::new();
        let Person { name, links, .. } = &self.people[person];
        let (name, links) = (*name, links.clone());
        for (session, at) in links.into_iter().enumerate() {
            self.hear(at);
            let link = &self.server.sys().links[at];
            let screen = match self.hidden.get(&at) {
                Some(client) => &client.text,
                None => &link.written[..link.cut.unwrap_or(link.taken)],
            };
            let whole = screen.iter().rposition(|byte| *byte == b'\n');
            let screen = &screen[..whole.map_or(0, |end| end + 1)];
            for room in heard.values_mut() {
                (room.missed, room.is_unknown, room.has_begun) = (0, false, false);
                room.before.clear();
            }
            for line in std::str::from_utf8(screen).expect("UTF-8").lines() {
                take(&mut heard, name, line, session == 0);
            }
        }
        heard
    }
}

impl End {
    fn name(self) -> &'static str {
        match self {
            End::Hangup => "hangup",
            End::Reset => "reset",
            End::Silence => "silence",
        }
    }
}

#[test]
fn people_whose_cable_is_cut_at_any_byte_have_each_line_once() {
    let (mut heard, mut unknown, mut ends) = (0, 0, BTreeMap::new());
    for seed in std::env::var("SEED").ok().map_or(0..200, |seed| {
        let seed = seed.parse().expect("a number");
        seed..seed + 1
    }) {
        println!("seed {seed}");
        let mut stage = Stage::new(seed);
        for _ in 0..stage.dice.between(10, 40) {
            let person = stage.dice.below(NAMES.len());
            match stage.dice.below(10) {
                0..4 => stage.says(),
                4..6 => {
                    let most = stage.dice.below(300);
                    stage.read(person, most);
                }
                6..8 => stage.read(person, usize::MAX),
                _ => stage.drops(person),
            }
            let count = stage.dice.below(3);
            stage.turns(count);
        }
        stage.server.sys().faults = Faults::none();
        for _ in 0..20 {
            for person in 0..NAMES.len() {
                let link = stage.link(person);
                stage.server.sys().links[link].window = usize::MAX;
                stage.read(person, usize::MAX);
            }
            stage.turns(3);
        }
        (0..NAMES.len()).for_each(|person| stage.read(person, usize::MAX));
        let (lines, times) = stage.check();
        heard += lines;
        unknown += times;
        for (end, times) in stage.ends {
            *ends.entry(end).or_insert(0) += times;
        }
    }
    println!("{heard} lines, {ends:?}, {unknown} times unknown");
    assert!(heard > 5000 && ends.len() == 3 && ends.values().all(|times| *times > 100));
    assert!(
        unknown < 10,
        "so often it was not known what they missed: {unknown}"
    );
}
