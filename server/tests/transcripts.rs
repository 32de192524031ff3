//! Transcripts: what users type and what they are told, through the real dialect, hub and words.
//!
//! A file in tests/transcripts/ reads like a play and is checked as a whole: the runner keeps its
//! inputs, comments and stage directions, executes them, and adds the output; the result must equal
//! the file. `PAPO_BLESS=1 cargo test --test transcripts` rewrites the files; read the diff then.
//!
//! | line | means |
//! |---|---|
//! | `ana> hello` | ana types this; the first line of a new or closed ana opens a conn |
//! | `ana< <bob> hi` | ana is told this |
//! | `ana<` | the conn of ana is closed |
//! | (empty) | the turn ends; its output is above |
//! | `-- 5 min later --` | the turn ends and time passes (s, min, h, d) |
//! | `-- ana hangs up --` | also `is lost`, `is stuck`, `overflows`, `sends too long lines` |
//! | `-- ana is cut off --` | from here on she gets nothing any more; the server does not notice |
//! | `-- backlog 2 --`, `-- motd ONE / TWO --` | how the hub is set up, at the top |
//! | `-- what is said is kept --` | from here on; see shelf.rs |
//! | `-- registered ana Iara --` | the same: these names have a password |
//! | `-- ana uses TChat --` | also `Sistema`, `VPN`, `Rede`: her lines have that form, in Portuguese |
//! | `-- ana uses Web --` | she has a browser, and is shown the JSON of each frame |
//! | `-- ana is a guest --` | ana cannot give a name and becomes a guest |
//! | `verdict ana: right` | the verdict on ana's question; also `too many 30`; see `VERDICTS` |
//! | `direct ana@x.org online`, `... offline`, `... to bob: TEXT` | among the direct users |
//! | `worker< verify ana: TEXT` | this question goes to the accounts |
//! | `ana@x.org< bob: hi` | this direct user is told this |
//! | `operator> /kick bob` | this is typed at the console; also `stop` |
//! | `operator< bob is out` | the console's output |
//! | `log< ana: kick "bob"` | an executed order, as logged |
//! | `disk< keep ana`, `disk< forget ana` | a ban to store or remove |
//! | `-- ana comes from ADDRESS --` | at her first line or before |
//! | `# text` | a comment |
//!
//! In an input `\xNN` is that byte, in what is told `^[36m` a colour. It is 11:25:55 at first. The
//! network is left out: a conn reads what it is told at once.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use papo_server::clock::Zone;
use papo_server::dialect::web::line_of;
use papo_server::dialect::words::Lang;
use papo_server::dialect::{Dialect, Standing, Style, parse};
use papo_server::hub::name::Name;
use papo_server::hub::{
    Effect, Gone, Hub, Id, Ids, Letter, LineId, Notice, Order, Registered, Request, RoomId, Time,
    Verdict,
};
use reads::Reads;
use shelf::Shelf;
use text::{VERDICTS, age, asked, bytes, clock, dialect, diff, rendered, to_direct};

// In the folder, because every file beside this one is a test program.
#[path = "transcripts/directs.rs"]
mod directs;
#[path = "transcripts/letters.rs"]
mod letters;
#[path = "transcripts/managed.rs"]
mod managed;
#[path = "transcripts/reads.rs"]
mod reads;
#[path = "transcripts/shelf.rs"]
mod shelf;
#[path = "transcripts/text.rs"]
mod text;
#[path = "transcripts/zones.rs"]
mod zones;

struct Conn {
    label: String,
    id: Id,
    style: Style,
    named: bool,
    reads: Reads,
    open: bool,
    /// None is the host's, which is UTC.
    zone: Option<Zone>,
    /// How many private lines it had got when it was cut off.
    cut: Option<usize>,
}

/// The running script and its output so far.
struct Stage {
    hub: Hub,
    now: Time,
    conns: Vec<Conn>,
    /// How many conns had each slot.
    generations: BTreeMap<u32, u32>,
    script: String,
    /// Private lines for who is not here.
    letters: Vec<(Name, Letter)>,
    /// Private lines to users, by their numbers.
    followed: Vec<(Id, u64)>,
    /// None if nothing is kept.
    archive: Option<Shelf>,
}

#[test]
fn transcripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of transcripts")
        .map(|entry| entry.expect("a file in it").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "txt"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    let bless = std::env::var_os("PAPO_BLESS").is_some();
    let mut failed = false;
    for path in paths {
        let expected = std::fs::read_to_string(&path).expect("a transcript");
        let actual = play(&expected);
        assert_eq!(
            play(&expected),
            actual,
            "the same play twice gives the same"
        );
        if expected == actual {
            continue;
        }
        if bless {
            std::fs::write(&path, actual).expect("a writable transcript");
            continue;
        }
        failed = true;
        println!("\n{}: - in the file, + what came out", path.display());
        print!("{}", diff(&expected, &actual));
    }
    assert!(!failed, "some transcripts came out differently (above)");
}

/// Runs a script; returns it with its output.
fn play(script: &str) -> String {
    let mut hub = Hub::new(0);
    hub.set_address("http://192.168.1.5:12345".into());
    let mut stage = Stage {
        hub,
        now: Duration::ZERO,
        conns: Vec::new(),
        generations: BTreeMap::new(),
        script: String::new(),
        letters: Vec::new(),
        followed: Vec::new(),
        archive: None,
    };
    for line in script.lines() {
        if is_told(line) {
            continue;
        }
        if line.is_empty() || line.ends_with(" later --") {
            stage.settle();
        }
        stage.script.push_str(line);
        stage.script.push('\n');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(direction) = line.strip_prefix("-- ").and_then(|l| l.strip_suffix(" --")) {
            stage.direct(direction);
        } else if let Some(order) = line.strip_prefix("operator> ") {
            stage.order(order);
        } else if let Some(verdict) = line.strip_prefix("verdict ") {
            stage.verdict(verdict);
        } else if let Some(event) = line.strip_prefix("direct ") {
            stage.direct_event(event);
        } else if let Some((label, text)) = line.split_once('>') {
            stage.type_line(label, text.strip_prefix(' ').unwrap_or(text));
        } else {
            panic!("what is this line? {line}");
        }
    }
    stage.settle();
    stage.script
}

/// Whether a line of the file is output.
fn is_told(line: &str) -> bool {
    let label = line.find([' ', '<', '>', '#']);
    label.is_some_and(|end| line[end..].starts_with('<'))
}

impl Stage {
    fn type_line(&mut self, label: &str, text: &str) {
        let at = self.conn(label);
        let Conn { id, style, .. } = self.conns[at];
        // The hub knows whether a conn has a name before the conn is told.
        let standing = self.hub.rank(id).map_or(Standing::Nameless, Standing::from);
        let message = (style.dialect == Dialect::Web).then(|| line_of(text).expect("a message"));
        let line = message.unwrap_or_else(|| text.to_owned());
        match parse(style, standing, bytes(&line)[..].into()) {
            Ok(Some(request)) => {
                let clock = self.clock_of(at);
                self.request(id, request.dated(|| clock));
            }
            Ok(None) => {}
            Err(notice) => self.told(at, &notice),
        }
    }

    fn direct(&mut self, direction: &str) {
        let words: Vec<&str> = direction.split(' ').collect();
        match words.as_slice() {
            ["backlog", lines] => self.hub = Hub::new(lines.parse().expect("a number")),
            ["motd", ..] => {
                let motd = direction["motd ".len()..].split(" / ");
                self.hub.set_motd(motd.map(str::to_owned).collect());
            }
            ["registered", names @ ..] => {
                let name = |text: &&str| Name::parse(text).expect("a legal name");
                let registered = names.iter().map(|text| Registered::from(&name(text)));
                self.hub.set_registered(registered.collect());
            }
            [label, "comes", "from", address] => {
                let at = self.conn(label);
                let address = address.parse().expect("an address");
                self.hub.note_address(self.conns[at].id, address);
            }
            [label, "uses", system] => {
                let at = self.conn(label);
                self.conns[at].style.dialect = dialect(system);
                match system {
                    &"Web" => self.request(self.conns[at].id, Request::ShowIds(Ids::Tags)),
                    _ => self.conns[at].style.lang = Lang::Pt,
                }
            }
            _ if self.of_archive(direction) => {}
            [label, "is", "a", "guest"] => {
                let at = self.conn(label);
                self.request(self.conns[at].id, Request::EnterGuest);
            }
            [count, unit, "later"] => self.now += age(count, unit),
            [label, ..] => {
                if direction.ends_with(" is cut off") {
                    return self.cut_off(label);
                }
                let why = match direction[label.len()..].trim() {
                    "hangs up" => Gone::Hangup,
                    "is lost" => Gone::Lost,
                    "is stuck" => Gone::Stuck,
                    "overflows" => Gone::Overflow,
                    "sends too long lines" => Gone::LongLines,
                    _ => panic!("no such direction: {direction}"),
                };
                let at = self.conn(label);
                self.request(self.conns[at].id, Request::Leave(why));
            }
            [] => panic!("an empty direction"),
        }
    }

    /// For the conn that last had this name, which may be gone.
    fn verdict(&mut self, line: &str) {
        let (label, typed) = line.split_once(": ").expect("who: verdict");
        let wait = typed.strip_prefix("too many ").map(|s| age(s, "s"));
        let known = VERDICTS.iter().find(|(name, _)| *name == typed);
        let verdict = match (wait, known) {
            (Some(wait), _) => Verdict::TooMany { wait },
            (None, Some((_, verdict))) => *verdict,
            (None, None) => panic!("no such verdict: {typed}"),
        };
        let conn = self.conns.iter().rfind(|conn| conn.label == label);
        let id = conn.expect("somebody of that name").id;
        let mut effects = Vec::new();
        self.hub.verdict(self.now, id, verdict, &mut effects);
        self.take_effect(effects);
    }

    /// A line typed at the console.
    fn order(&mut self, typed: &str) {
        let order = match parse(
            Style::default(),
            Standing::Operator,
            bytes(typed)[..].into(),
        ) {
            _ if typed == "stop" => Ok(Order::Stop),
            Ok(Some(Request::Order(order))) => Ok(order),
            Ok(Some(Request::Say(text))) => Ok(Order::Announce(text.to_string())),
            Ok(other) => panic!("no such order: {other:?}"),
            Err(notice) => Err(notice),
        };
        let mut effects = Vec::new();
        let answer = match order {
            Ok(order) => self.hub.order(self.now, order, &mut effects),
            Err(notice) => Some(notice),
        };
        self.take_effect(effects);
        if let Some(answer) = answer {
            for line in rendered(Style::default(), clock(self.now), &answer).lines() {
                self.write(format_args!("operator< {}", &line[2..]));
            }
        }
    }

    fn request(&mut self, id: Id, request: Request) {
        let mut effects = Vec::new();
        self.hub.handle(self.now, id, request, &mut effects);
        self.take_effect(effects);
    }

    fn settle(&mut self) {
        let mut effects = Vec::new();
        self.hub.settle(self.now, &mut effects);
        self.take_effect(effects);
        self.hand_over();
    }

    fn take_effect(&mut self, effects: Vec<Effect>) {
        self.hub.invariants();
        for effect in effects {
            match effect {
                Effect::Tell { to, notice } => self.told(self.at(to), &notice),
                Effect::Room {
                    room,
                    id,
                    notice,
                    except,
                } => self.told_in(room, id, &notice, &except),
                Effect::BecomeUser { who } => self.conn_mut(who).named = true,
                Effect::Attach {
                    who,
                    room,
                    name,
                    lines,
                } => {
                    let conn = self.conn_mut(who);
                    assert!(conn.named, "named before it reads");
                    conn.reads.attach(room, &name, lines);
                }
                Effect::AskReached { who, number, rooms } => {
                    self.reach((who, number), rooms.len());
                }
                Effect::Detach { who, room } => self.conn_mut(who).reads.detach(room),
                Effect::SetLang { who, lang } => self.conn_mut(who).style.lang = lang,
                Effect::DrawKey { who } => self.draw_key(who),
                Effect::SetIds { who, ids } => self.conn_mut(who).style.ids = ids,
                Effect::MaskInput { who, on } => {
                    let label = self.conn_mut(who).label.clone();
                    let what = if on { "off" } else { "on" };
                    self.write(format_args!("{label}< (echo {what})"));
                }
                Effect::Account { name, question, .. } => {
                    self.write(format_args!("worker< {}", asked(&name, &question)));
                }
                Effect::PersistBan { ban, .. } => {
                    self.write(format_args!("disk< keep {}", ban.whom));
                }
                Effect::ForgetBan { whom, .. } => self.write(format_args!("disk< forget {whom}")),
                Effect::Manage { by, what } => {
                    self.write(format_args!("worker< {what:?}"));
                    self.managed(by, what);
                }
                Effect::Recall(recall) => self.asks(recall),
                Effect::Zone { who, what } => self.zone(who, what),
                Effect::LogOrder { by, order } => {
                    let by = by.map_or("console".to_owned(), |name| name.to_string());
                    self.write(format_args!("log< {by}: {order}"));
                }
                Effect::Letters(errand) => self.run_errand(errand),
                Effect::TellLag { who } => {
                    let label = self.conn_mut(who).label.clone();
                    self.write(format_args!("{label}< (its queue and the last turns)"));
                }
                Effect::TellSent { who, line } => self.tell_sent(who, &line),
                Effect::EndDirect { email } => self.write(format_args!("{email}< (out)")),
                Effect::Direct { to, from, what } => {
                    self.write(format_args!("{to}< {from}: {}", to_direct(self.now, &what)));
                }
                Effect::Close { who, .. } => {
                    let conn = self.conn_mut(who);
                    conn.open = false;
                    let label = conn.label.clone();
                    self.write(format_args!("{label}<"));
                }
            }
        }
    }

    fn write(&mut self, line: std::fmt::Arguments) {
        writeln!(self.script, "{line}").expect("a string takes all");
    }

    /// Writes down what one conn is told.
    fn told(&mut self, at: usize, notice: &Notice) {
        let lines = rendered(self.conns[at].style, self.clock_for(at, notice), notice);
        self.wrote(at, &lines);
    }

    /// The same for all readers of a room.
    fn told_in(&mut self, room: RoomId, id: LineId, notice: &Notice, except: &[Id]) {
        for at in 0..self.conns.len() {
            let conn = &self.conns[at];
            if !except.contains(&conn.id)
                && let Some(line) = conn.reads.line(conn.style, self.now, (room, id), notice)
            {
                self.wrote(at, &line);
            }
        }
    }

    fn wrote(&mut self, at: usize, lines: &str) {
        for line in lines.lines() {
            let label = self.conns[at].label.clone();
            self.write(format_args!("{label}< {line}"));
        }
    }

    /// The open conn of this label; a new one gets the lowest free slot.
    fn conn(&mut self, label: &str) -> usize {
        let open = self.conns.iter().filter(|conn| conn.open);
        let taken: Vec<u32> = open.map(|conn| conn.id.index).collect();
        let is_it = |conn: &Conn| conn.open && conn.label == label;
        if let Some(at) = self.conns.iter().position(is_it) {
            return at;
        }
        let index = (0..)
            .find(|index| !taken.contains(index))
            .expect("a free slot");
        let generation = self.generations.entry(index).or_insert(0);
        *generation += 1;
        let id = Id {
            index,
            generation: *generation,
        };
        self.conns.push(Conn {
            label: label.to_owned(),
            id,
            style: Style::default(),
            named: false,
            reads: Reads::default(),
            open: true,
            zone: None,
            cut: None,
        });
        self.conns.len() - 1
    }

    fn at(&self, id: Id) -> usize {
        let found = self
            .conns
            .iter()
            .position(|conn| conn.id == id && conn.open);
        found.unwrap_or_else(|| panic!("an effect to {id:?}, which is not open"))
    }

    fn conn_mut(&mut self, id: Id) -> &mut Conn {
        let at = self.at(id);
        &mut self.conns[at]
    }
}
