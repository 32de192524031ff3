//! ChatTruco's directory gets any datagrams from four addresses, verdicts and time: it asks once about
//! a doubled datagram, answers everybody who waits, and only them, sends them nothing before, and its
//! actions say truly who is online.
//!
//! An input is a list of steps: a byte that selects the step and the address, then its data.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use papo_server::chattruco::{ANSWER_WITHIN, DATAGRAM_BYTES};
use papo_server::chattruco::{AnswerTo, Directory, Out, PORT};
use papo_server::hub::{Time, Verdict};

use crate::pieces::{byte, some};
use crate::safe::assert_safe;

/// Our own address, as all clients know it.
const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

const VERDICTS: [Verdict; 7] = [
    Verdict::Right,
    Verdict::Registered,
    Verdict::AlreadyThere,
    Verdict::Wrong,
    Verdict::NoSuch,
    Verdict::Failed,
    Verdict::Busy,
];

/// Names of users of other transports.
const NAMES: [&str; 8] = [
    "bob", "josé", "jose", "José_2", "jose_2", "李", "pessoa", "é",
];

struct Stage {
    directory: Directory,
    /// Those of them who are here.
    here: Vec<&'static str>,
    now: Time,
    /// Addresses that datagrams came from.
    heard: BTreeSet<IpAddr>,
    /// In order of login, like the list.
    online: Vec<String>,
    open: BTreeMap<u64, Waiting>,
    last_ticket: Option<u64>,
    /// A ticket that is no longer valid.
    stale: u64,
}

/// A question to the accounts.
struct Waiting {
    from: IpAddr,
    datagram: Vec<u8>,
    since: Time,
}

/// The answers to what is not looked at.
const REFUSALS: [&[u8]; 2] = [b"erro", b"sin_erro"];

pub(crate) fn check(mut data: &[u8]) {
    let mut stage = Stage {
        directory: Directory::new(AnswerTo::FixedPort(PORT)),
        here: Vec::new(),
        now: Duration::ZERO,
        heard: BTreeSet::new(),
        online: Vec::new(),
        open: BTreeMap::new(),
        last_ticket: None,
        stale: u64::MAX,
    };
    while !data.is_empty() {
        let how = byte(&mut data);
        let head: &[u8] = match how % 8 {
            0 => b"",
            1 => b"Con ",
            2 => b"Sin ",
            3 => b"Envia ",
            4 => b"Seis ",
            5 => {
                stage.verdict(byte(&mut data));
                continue;
            }
            6 => {
                stage.tick(byte(&mut data));
                continue;
            }
            _ => {
                stage.private(how >> 3, some(&mut data));
                continue;
            }
        };
        let datagram = [head, some(&mut data)].concat();
        stage.receive(address(how >> 3), &datagram, how >= 0xF8);
    }
    stage.close();
}

/// One of four addresses.
fn address(which: u8) -> IpAddr {
    match which % 4 {
        3 => Ipv6Addr::LOCALHOST.into(),
        host => [10, 0, 0, 2 + host].into(),
    }
}

impl Stage {
    fn receive(&mut self, from: IpAddr, datagram: &[u8], truncated: bool) {
        self.heard.insert(from);
        let peer = SocketAddr::new(from, 40_000);
        let mut out = Vec::new();
        self.directory
            .receive(self.now, peer, LOCAL, datagram, truncated, &mut out);
        if truncated {
            let is_refusal = |out: &Out| matches!(out, Out::Send { bytes, .. } if REFUSALS.contains(&&bytes[..]));
            let is_fine = |out: &Out| matches!(out, Out::Log(..)) || is_refusal(out);
            assert!(out.iter().all(is_fine), "{out:?}");
        }
        for out in &out {
            match out {
                Out::Ask { ticket, .. } => {
                    assert!(self.last_ticket < Some(*ticket), "a ticket for two");
                    self.last_ticket = Some(*ticket);
                    let mut open = self.open.values();
                    let is_doubled = open.any(|it| it.from == from && it.datagram == datagram);
                    assert!(!is_doubled, "asked twice at once");
                    let waiting = Waiting {
                        from,
                        datagram: datagram.to_vec(),
                        since: self.now,
                    };
                    self.open.insert(*ticket, waiting);
                }
                // An answer goes to the asker.
                Out::Send { to, bytes, .. } => {
                    assert_eq!(to.ip(), from);
                    self.see_nothing_but_answers(from, bytes);
                }
                _ => {}
            }
        }
        self.see(out);
    }

    /// Who waits takes anything for the answer.
    fn see_nothing_but_answers(&self, to: IpAddr, bytes: &[u8]) {
        let is_waiting = self.open.values().any(|it| it.from == to);
        let is_other = bytes.starts_with(b"Truco ") || bytes.starts_with(b"Envia ");
        assert!(!is_waiting || !is_other, "before the answer");
    }

    /// The verdict on one of the open questions; now and then with a ticket never given.
    fn verdict(&mut self, which: u8) {
        let verdict = VERDICTS[usize::from(which) % VERDICTS.len()];
        let at = usize::from(which) / VERDICTS.len();
        let ticket = self.open.keys().nth(at % (self.open.len() + 1)).copied();
        let asked = ticket.and_then(|ticket| self.open.remove(&ticket));
        if ticket.is_some() {
            self.stale = ticket.unwrap_or(self.stale);
        }
        let mut out = Vec::new();
        self.directory
            .answer(self.now, ticket.unwrap_or(self.stale), verdict, &mut out);
        for out in &out {
            if let Out::Send { to, .. } = out {
                assert_eq!(Some(to.ip()), asked.as_ref().map(|asked| asked.from));
            }
        }
        assert!(asked.is_some() || out.is_empty(), "nobody asked");
        self.see(out);
    }

    fn tick(&mut self, tenths: u8) {
        self.now += Duration::from_millis(u64::from(tenths) * 100);
        let mut out = Vec::new();
        let is_here = |n: usize| tenths >> n & 1 == 1;
        let here = NAMES.into_iter().enumerate();
        self.here = here
            .filter(|(n, _)| is_here(*n))
            .map(|(_, name)| name)
            .collect();
        let others = self.here.iter().copied();
        self.directory.tick(self.now, &others, &mut out);
        let late: Vec<u64> = self
            .open
            .iter()
            .filter(|(_, it)| it.since + ANSWER_WITHIN <= self.now)
            .map(|(ticket, _)| *ticket)
            .collect();
        for ticket in &late {
            self.open.remove(ticket);
            self.stale = *ticket;
        }
        let mut refused = 0;
        for out in &out {
            if let Out::Send { to, bytes, .. } = out {
                self.see_nothing_but_answers(to.ip(), bytes);
                match REFUSALS.contains(&&bytes[..]) {
                    true => refused += 1,
                    false => check_list(bytes),
                }
            }
        }
        assert!(refused >= late.len(), "somebody waits for ever");
        self.see(out);
        let due = self.directory.deadline();
        assert!(due.is_none_or(|due| due > self.now), "what was due is done");
        let is_idle = self.online.is_empty() && self.open.is_empty();
        assert_eq!(due.is_none(), is_idle);
    }

    /// The server stops.
    fn close(&mut self) {
        let mut out = Vec::new();
        self.directory.close(&mut out);
        assert!(out.len() >= self.open.len(), "somebody waits for ever");
        self.open.clear();
        self.see(out);
    }

    fn private(&mut self, which: u8, text: &[u8]) {
        let text = papo_server::dialect::clean::clean(text);
        let to = match self
            .online
            .get(usize::from(which) % (self.online.len() + 1))
        {
            Some(email) => email.clone(),
            None => "nobody@x".to_owned(),
        };
        let mut out = Vec::new();
        let (from, others) = (
            NAMES[usize::from(which) % NAMES.len()],
            self.here.iter().copied(),
        );
        let sent = self
            .directory
            .private(&to.to_uppercase(), from, &text, &others, &mut out);
        assert_eq!(sent, self.online.contains(&to));
        // A line to an unproven address waits.
        assert!(out.len() <= usize::from(sent), "{out:?}");
        for out in &out {
            let Out::Send { to, bytes, .. } = out else {
                panic!("{out:?}");
            };
            self.see_nothing_but_answers(to.ip(), bytes);
            let datagram = std::str::from_utf8(bytes).expect("UTF-8");
            let parts: Vec<&str> = datagram.split("#m#").collect();
            let [head, told] = parts[..] else {
                panic!("{datagram:?} is shown in part");
            };
            assert!(head.is_ascii(), "{head:?}");
            assert!(told.chars().all(|c| c <= '\u{ffff}'), "{told:?}");
            let told = told.strip_suffix('…').unwrap_or(told).replace(' ', "");
            let shown = |c: char| if c > '\u{ffff}' { '\u{fffd}' } else { c };
            let text: String = text.replace(' ', "").chars().map(shown).collect();
            assert!(
                text.starts_with(&told),
                "{told:?} is not the beginning of {text:?}"
            );
        }
        self.see(out);
    }

    /// Checks every action.
    fn see(&mut self, out: Vec<Out>) {
        for out in out {
            match out {
                Out::Send { to, local, bytes } => {
                    assert!(self.heard.contains(&to.ip()), "{to} never asked anything");
                    assert_eq!((to.port(), local), (PORT, LOCAL));
                    assert!(bytes.len() <= DATAGRAM_BYTES);
                    assert!(std::str::from_utf8(&bytes).is_ok());
                }
                Out::Ask { email, .. } => check_email(&email),
                Out::Online(email) => {
                    check_email(&email);
                    assert!(!self.online.contains(&email), "{email} came twice");
                    self.online.push(email);
                }
                Out::Offline(email) => {
                    assert!(self.online.contains(&email), "{email} was not there");
                    self.online.retain(|other| *other != email);
                }
                Out::Private { from, to, text, .. } => {
                    assert!(self.online.contains(&from) && !text.is_empty());
                    assert_safe(&to);
                    assert_safe(&text);
                }
                Out::Refused { from, window, .. } => {
                    assert!(self.online.contains(&from));
                    assert_safe(&window);
                }
                Out::Log(_, line) => assert_safe(&line),
            }
        }
        assert!(
            self.directory
                .online()
                .eq(self.online.iter().map(String::as_str))
        );
    }
}

fn check_email(email: &str) {
    let (user, host) = email.split_once('@').expect("an @");
    let legal = |c: char| c.is_ascii_graphic() && !c.is_ascii_uppercase() && c != '@';
    for part in [user, host] {
        assert!(!part.is_empty() && part.chars().all(legal), "{email:?}");
    }
    assert!(!email.contains([':', '#']), "{email:?}");
}

/// `name:ip#`, once for each user.
fn check_list(datagram: &[u8]) {
    let list = std::str::from_utf8(datagram).expect("UTF-8");
    assert!(list.is_ascii(), "no other name is found: {list:?}");
    let list = list.strip_prefix("Truco ").unwrap_or(list);
    let entries = list.strip_suffix('#').expect("whole entries");
    let names: Vec<String> = entries
        .split('#')
        .map(|entry| {
            let (name, ip) = entry.split_once(':').expect("a name and an address");
            assert!(ip.parse::<IpAddr>().is_ok(), "{entry:?}");
            name.to_ascii_lowercase()
        })
        .collect();
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
    assert!(names.iter().any(|name| name.contains('@')), "its owner's");
}
