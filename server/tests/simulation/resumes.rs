//! Programs that drop at any point, take their places over with their keys, and send again what was not
//! answered. What they have read is in bytes: a drop loses what was on its way in both directions.
//!
//! Over all of its connections each of them has the lines of its rooms in the one order, each once and without
//! a gap, and each of its own lines was said once.

use std::collections::BTreeMap;

use papo_server::flood::Rate;
use papo_server::hub::Before;
use papo_server::turn::Server;

use crate::configs::config;
use crate::dice::Dice;
use crate::net::Net;

const ROOMS: [&str; 2] = ["lobby", "kitchen"];
const BOTS: usize = 3;

/// A program, over all of its connections.
struct Bot {
    name: String,
    link: usize,
    /// Bytes of this connection that it has looked at.
    seen: usize,
    key: Option<String>,
    /// Epoch and number of its last line of each room.
    last: BTreeMap<String, (u64, u64)>,
    /// The number of each room's last line when it came.
    first: BTreeMap<String, u64>,
    /// What it has read of each room.
    heard: BTreeMap<String, Vec<(u64, String)>>,
    /// Rooms of which it was told that it is not sent what it has missed.
    gaps: Vec<String>,
    /// Lines that have no answer yet, by their marks.
    open: BTreeMap<usize, String>,
    /// Lines that have one.
    said: Vec<String>,
    resumes: usize,
    told_gaps: usize,
}

struct Stage {
    server: Server<Net>,
    dice: Dice,
    /// Who reads all of a room and says nothing, one for each.
    observers: Vec<usize>,
    /// Who says so much now and then that memory has not all of it.
    talker: usize,
    /// Who says something in the kitchen now and then.
    cook: usize,
    /// Whether what is said is kept.
    is_kept: bool,
    bots: Vec<Bot>,
    marks: usize,
}

impl Bot {
    /// It reads the lines that have come in full.
    fn read(&mut self, net: &mut Net) {
        let link = &net.links[self.link];
        let new = &link.written[self.seen..link.taken];
        let whole = new.iter().rposition(|byte| *byte == b'\n');
        let text = String::from_utf8(new[..whole.map_or(0, |end| end + 1)].to_vec());
        let text = text.expect("UTF-8");
        self.seen += text.len();
        for line in text.lines() {
            self.take(line);
        }
    }

    fn take(&mut self, line: &str) {
        let Some(line) = line.strip_prefix('@') else {
            let is_first = line.starts_with("* papo: ");
            return assert!(is_first, "{}: without a tag: {line}", self.name);
        };
        let (_, line) = line.split_once(' ').expect("a time");
        if let Some(key) = line.strip_prefix("key ") {
            self.key = Some(key.to_owned());
        }
        self.resumes += usize::from(line.starts_with("resumed "));
        assert!(!line.starts_with('!'), "{}: {line}", self.name);
        let Some((place, what)) = line.strip_prefix('#').and_then(|line| line.split_once(' '))
        else {
            return;
        };
        if what == "cannot too-far-back" {
            self.told_gaps += 1;
            return self.gaps.push(place.to_owned());
        }
        let Some((room, number)) = place.split_once(':') else {
            panic!("{}: {line}", self.name);
        };
        if number.contains(':') {
            return;
        }
        let number: u64 = number.parse().expect("a number");
        if let Some(epoch) = what.strip_prefix("epoch ") {
            let epoch = epoch.parse().expect("an epoch");
            let before = self.last.insert(room.to_owned(), (epoch, number));
            self.first.entry(room.to_owned()).or_insert(number);
            let gap = self.gaps.iter().position(|of| of == room);
            let is_gap = gap.map(|at| self.gaps.remove(at)).is_some();
            return assert_eq!(before.is_some(), is_gap, "{}: told anew", self.name);
        }
        let own = what.strip_prefix("said ").map(|mark| {
            let mark: usize = mark.parse().expect("a mark");
            self.open.remove(&mark);
            self.said.push(format!("m{mark}"));
            format!("<{}> m{mark}", self.name)
        });
        let text = own.clone().unwrap_or_else(|| what.to_owned());
        let heard = self.heard.entry(room.to_owned()).or_default();
        let last = self.last.get_mut(room).expect("an epoch before");
        if own.is_some() && number <= last.1 {
            // It was said before a drop, and heard since.
            let is_known = heard.contains(&(number, text)) || self.told_gaps > 0;
            return assert!(is_known, "{}: {line}", self.name);
        }
        assert_eq!(number, last.1 + 1, "{}: {line}", self.name);
        last.1 = number;
        heard.push((number, text));
    }
}

impl Stage {
    fn new(seed: u64) -> Stage {
        let mut dice = Dice::new(seed);
        let mut config = config(Rate {
            lines_per_s: 0,
            burst: 1,
        });
        config.backlog = dice.below(3);
        let mut net = Net::new(dice.clone());
        net.hurry = true;
        let mut server = Server::new(net, config);
        let is_kept = dice.chance(500);
        if is_kept {
            server.begin_epochs(1 << 40);
            server.begin_archive(Before::default());
        }
        let mut stage = Stage {
            server,
            dice,
            observers: Vec::new(),
            talker: 0,
            cook: 0,
            is_kept,
            bots: Vec::new(),
            marks: 0,
        };
        for room in ROOMS {
            let link = stage.connect(usize::MAX);
            stage.send(link, &format!("/lang en\neye_{room}\n/join {room}\n"));
            stage.observers.push(link);
            stage.turns(10);
        }
        stage.talker = stage.connect(usize::MAX);
        stage.observers.push(stage.talker);
        stage.send(stage.talker, "/lang en\ntalker\n");
        stage.cook = stage.connect(usize::MAX);
        stage.observers.push(stage.cook);
        stage.send(stage.cook, "/lang en\ncook\n/join kitchen\n");
        stage.turns(10);
        for n in 0..BOTS {
            let window = stage.dice.between(500, 3000);
            let link = stage.connect(window);
            let name = format!("bot{n}");
            stage.send(link, &format!("/tags on\n/lang en\n{name}\n"));
            stage.turns(10);
            // It has not read the lobby when it comes into the kitchen, where somebody speaks at once.
            stage.talks();
            stage.send(link, "/also kitchen\n");
            stage.turns(1);
            stage.cooks();
            stage.bots.push(Bot {
                name,
                link,
                seen: 0,
                key: None,
                last: BTreeMap::new(),
                first: BTreeMap::new(),
                gaps: Vec::new(),
                told_gaps: 0,
                heard: BTreeMap::new(),
                open: BTreeMap::new(),
                said: Vec::new(),
                resumes: 0,
            });
            for _ in 0..60 {
                stage.turns(1);
                stage.read(n, usize::MAX);
            }
        }
        stage
    }

    fn connect(&mut self, window: usize) -> usize {
        self.server.sys().connect(0, [127, 0, 0, 1].into(), window)
    }

    fn send(&mut self, link: usize, lines: &str) {
        let link = &mut self.server.sys().links[link];
        link.spared = true;
        link.to_server.extend(lines.bytes());
    }

    fn turns(&mut self, count: usize) {
        for _ in 0..count {
            for link in &self.observers {
                let link = &mut self.server.sys().links[*link];
                link.taken = link.written.len();
            }
            self.server.turn().expect("the wait works");
            self.server.invariants();
        }
    }

    /// A program reads at most so many bytes.
    fn read(&mut self, bot: usize, most: usize) {
        let bot = &mut self.bots[bot];
        let net = self.server.sys();
        let link = &mut net.links[bot.link];
        link.taken = link.written.len().min(link.taken.saturating_add(most));
        bot.read(net);
    }

    fn says(&mut self, bot: usize) {
        self.marks += 1;
        let (mark, text) = (self.marks, format!("m{}", self.marks));
        self.bots[bot].open.insert(mark, text.clone());
        let link = self.bots[bot].link;
        self.send(link, &format!("/once {mark} {text}\n"));
    }

    /// Much is said.
    fn talks(&mut self) {
        let count = self.dice.between(40, 130);
        let lines: String = (0..count)
            .map(|n| format!("{n} {}\n", "x".repeat(60)))
            .collect();
        self.send(self.talker, &lines);
        self.turns(count / 4);
    }

    /// Something is said in the room that the programs read and do not speak in.
    fn cooks(&mut self) {
        let count = self.dice.between(1, 5);
        self.send(self.cook, &"supper\n".repeat(count));
    }

    /// A program drops, and comes back.
    fn drops(&mut self, bot: usize) {
        let old = self.bots[bot].link;
        let kind = self.dice.below(3);
        let lost = self.dice.chance(500);
        let link = &mut self.server.sys().links[old];
        if lost {
            let kept = link.to_server.len() / 2;
            link.to_server.truncate(kept);
        }
        match kind {
            0 => link.reset = true,
            1 => link.fin = true,
            // Nobody notices.
            _ => {}
        }
        let count = self.dice.below(3);
        self.turns(count);
        if self.dice.chance(150) {
            self.talks();
        }
        if self.dice.chance(300) {
            self.cooks();
            self.turns(3);
        }
        let most = self.dice.pick(&[500, 5000]);
        let window = self.dice.between(100, most);
        let link = self.connect(window);
        let bot = &mut self.bots[bot];
        let key = bot.key.as_ref().expect("a key");
        let mut lines = format!("/resume {key}");
        for (room, (epoch, number)) in &bot.last {
            lines += &format!(" {room}:{epoch}:{number}");
        }
        lines += "\n";
        for (mark, text) in &bot.open {
            lines += &format!("/once {mark} {text}\n");
        }
        (bot.link, bot.seen) = (link, 0);
        self.send(link, &lines);
        if self.dice.chance(300) {
            self.turns(1);
            self.cooks();
        }
    }

    /// The lines of a room as its observer read them, from its own arrival on.
    fn order(&mut self, room: usize) -> Vec<String> {
        let link = self.observers[room];
        let written = String::from_utf8(self.server.sys().links[link].written.clone());
        written.expect("UTF-8").lines().map(str::to_owned).collect()
    }

    /// Each program has read all of its rooms from its own arrival on. Returns how many lines that are.
    fn check_order(&mut self) -> usize {
        let mut heard = 0;
        for (place, room) in ROOMS.into_iter().enumerate() {
            let order = self.order(place);
            for bot in &self.bots {
                assert!(
                    bot.open.is_empty(),
                    "{}: no answer: {:?}",
                    bot.name,
                    bot.open
                );
                let joined = format!("* {} joined", bot.name);
                let start = order
                    .iter()
                    .position(|line| *line == joined)
                    .expect(&joined);
                let told: Vec<&(u64, String)> = bot.heard.get(room).into_iter().flatten().collect();
                for (number, text) in &told {
                    let at = start + (number - bot.first[room]) as usize;
                    assert_eq!(*text, order[at], "{} in {room}", bot.name);
                }
                let all = order.len() - start - 1;
                let last = bot.last[room].1 - bot.first[room];
                assert_eq!(last as usize, all, "{} in {room} at the end", bot.name);
                assert!(
                    told.len() == all || bot.told_gaps > 0,
                    "a gap that was not told"
                );
                heard += told.len();
            }
        }
        heard
    }
}

#[test]
fn programs_that_drop_at_any_point_have_each_line_once() {
    let (mut resumes, mut heard, mut said) = (0, 0, 0);
    let (mut fetched, mut gaps) = (0, 0);
    for seed in 0..150 {
        println!("seed {seed}");
        let mut stage = Stage::new(seed);
        for _ in 0..stage.dice.between(10, 60) {
            let bot = stage.dice.below(BOTS);
            match stage.dice.below(12) {
                0..4 => stage.says(bot),
                10.. => stage.cooks(),
                4..6 => {
                    let most = stage.dice.below(300);
                    stage.read(bot, most);
                }
                6..8 => stage.read(bot, usize::MAX),
                _ => stage.drops(bot),
            }
            let count = stage.dice.below(3);
            stage.turns(count);
        }
        // Some were too slow and are out by now.
        (0..BOTS).for_each(|bot| stage.drops(bot));
        let mut quiet = 0;
        while quiet < 20 {
            let before: Vec<usize> = stage.bots.iter().map(|bot| bot.seen).collect();
            stage.turns(3);
            (0..BOTS).for_each(|bot| stage.read(bot, usize::MAX));
            let is_quiet = stage.bots.iter().map(|bot| bot.seen).eq(before);
            quiet = if is_quiet { quiet + 1 } else { 0 };
        }
        heard += stage.check_order();
        fetched += stage.server.sys().shelf.recalls.missed;
        let order = stage.order(0);
        for bot in &stage.bots {
            for text in &bot.said {
                let line = format!("<{}> {text}", bot.name);
                assert_eq!(
                    order.iter().filter(|told| **told == line).count(),
                    1,
                    "{line}"
                );
            }
            resumes += bot.resumes;
            gaps += bot.told_gaps * usize::from(stage.is_kept);
            said += bot.said.len();
        }
    }
    assert!(
        resumes > 500 && heard > 5000 && said > 1000 && fetched > 100 && gaps < fetched,
        "{resumes} {heard} {said} {fetched} {gaps}"
    );
}
