//! The peers of a simulation: what they do at their ends of the connections, step by step.
//!
//! Every text that a peer sends is unique (its link and a counter), so that the referee can find
//! it: `x3.17` is public, `p3.17` is private to `watch0`, `d3.17` to a direct user.

use std::net::IpAddr;
use std::time::Duration;

use papo_server::hub::Time;

use crate::about;
use crate::browser::Browser;
use crate::dice::Dice;
use crate::kinds::draw;
pub(crate) use crate::kinds::{ATTIC, EITHER, GUESSED, HIDDEN, Kind, RELAY, ROOMS, VPN, WEB};
use crate::letters;
use crate::net::Net;
use crate::orders;
use crate::questions::COMMANDS;
use crate::scrape;
use crate::strict::{Strict, padding};

/// See the top of this file.
pub(crate) struct Peer {
    pub(crate) link: usize,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// How many texts it has sent.
    pub(crate) sent: usize,
    /// It closed its half, or the connection.
    pub(crate) over: bool,
    /// What it still has to send, in pieces; a chunk is one piece.
    pub(crate) unsent: Vec<Vec<u8>>,
    /// Until when its user thinks of a name.
    thinks_until: Time,
    /// What it speaks with, if it is one of those.
    pub(crate) browser: Option<Browser>,
}

/// Names that peers compete for, and names registered before the start.
pub(crate) const NAMES: usize = 8;
pub(crate) const KEPT: usize = 2;

pub(crate) fn kept_name(n: usize) -> String {
    format!("keep{n}x")
}

pub(crate) fn kept_password(n: usize) -> String {
    format!("open {n} sesame")
}

impl Peer {
    /// A peer of any kind.
    pub(crate) fn join(net: &mut Net, dice: &mut Dice, heavy: bool) -> Peer {
        let kind = draw(net, dice);
        Peer::come(net, dice, kind, heavy)
    }

    /// Connects and gives a name, at once or in pieces.
    pub(crate) fn come(net: &mut Net, dice: &mut Dice, kind: Kind, heavy: bool) -> Peer {
        let window = match kind {
            Kind::Stuck | Kind::Roamer => dice.between(100, 2000),
            Kind::Chatter | Kind::Ignorer if heavy => 1 << 20,
            _ => dice.between(200, 40_000),
        };
        let door = match kind {
            Kind::Chunks => 2,
            Kind::Relay => RELAY,
            Kind::Guessed => GUESSED,
            Kind::Thinker => VPN,
            Kind::Scraper => scrape::DOOR,
            Kind::Browser => dice.pick(&[WEB, WEB, HIDDEN, EITHER]),
            _ => dice.pick(&[0, 0, 0, 1, 4]),
        };
        let address: IpAddr = match dice.below(4) {
            0 | 1 => [127, 0, 0, 1].into(),
            _ if kind == Kind::Scraper => [127, 0, 0, 1].into(),
            n => [10, 0, 0, n as u8].into(),
        };
        let link = net.connect(door, address, window);
        if door == HIDDEN {
            net.links[link].speak_tls();
            net.counts.add("browser within TLS");
        }
        net.links[link].whole = kind.is_chunky();
        net.links[link].strict = Strict::of(dice, kind, door);
        let name = match kind {
            Kind::Owner | Kind::Guesser => kept_name(dice.below(KEPT)),
            _ => format!("peer{}x", dice.below(NAMES)),
        };
        let mut peer = Peer {
            link,
            name,
            kind,
            sent: 0,
            over: false,
            unsent: Vec::new(),
            thinks_until: Time::ZERO,
            browser: None,
        };
        peer.greet(net, dice);
        peer
    }

    fn greet(&mut self, net: &mut Net, dice: &mut Dice) {
        let name = self.name.clone();
        let mut hello = String::new();
        match self.kind {
            Kind::Relay | Kind::Silent => return,
            Kind::Chunks | Kind::Guessed => return self.say(net, &name),
            Kind::Thinker => {
                let seconds = dice.pick(&[0, 1, 10, 30, 120, 590, 700]);
                self.thinks_until = net.now + Duration::from_secs(seconds);
                return self.say(net, &name);
            }
            Kind::Scraper => return self.send(net, &scrape::request(dice)),
            Kind::Browser => {
                let link = &mut net.links[self.link];
                link.whole_first = link.door == EITHER;
                self.browser = Some(Browser::begin(dice, link));
            }
            Kind::Stray => {
                let stray = dice.pick(&[
                    &b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..],
                    b"SSH-2.0-x\r\n",
                    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n",
                ]);
                return self.send(net, stray);
            }
            Kind::Telnet => self.send(net, b"\xff\xfd\x03\xff\xfb\x18\xff\xfa\x18\x00x\xff\xf0"),
            Kind::Owner => {
                let right = kept_password(digit(&name));
                hello = format!("{right}\n");
                match dice.below(10) {
                    // Lines read with a wrong password are not another try.
                    0 | 1 => {
                        self.unsent.push(format!("{name}\n{hello}").into());
                        hello = "wrong\n".to_owned();
                    }
                    // After a reset, which it may know of; then the right one must still work.
                    2..7 => hello.insert_str(0, &format!("{}\n", orders::FRESH)),
                    _ => {}
                }
            }
            Kind::Roamer if self.is_lazy() => hello = format!("/also {0}\n/join {0}\n", ROOMS[1]),
            Kind::Hasty => hello = format!("/admin {}\n", orders::PASSWORD),
            Kind::Impostor => hello = "/admin wrong\n".to_owned(),
            Kind::Guesser => {
                hello = "wrong\n".to_owned();
                self.unsent
                    .push(format!("{name}\nwrong too\n{name}\n\n").into());
            }
            Kind::Operator => {
                let tries = dice.pick(&["/admin\n", "/admin wrong\n/admin ", "/admin "]);
                hello = format!("{tries}{}\n", orders::PASSWORD);
            }
            // For the holder of the name this is a line like others, so it is in the same read.
            Kind::Thief if dice.chance(200) => hello = format!("solo{}x\n", self.link),
            Kind::Thief => self.unsent.push(format!("solo{}x\n", self.link).into()),
            _ => {}
        }
        let lang = if dice.chance(300) {
            dice.pick(&["/lang pt\n", "/lang en\n"])
        } else {
            ""
        };
        if self.browser.is_some() {
            for line in lang.lines().chain([name.as_str()]) {
                self.say(net, line);
            }
            return;
        }
        self.send(net, format!("{lang}{name}\n{hello}").as_bytes());
    }

    /// Sends a line, with an end if this peer sends one.
    pub(crate) fn say(&mut self, net: &mut Net, text: &str) {
        if let Some(browser) = &mut self.browser {
            return browser.say(&mut net.links[self.link], text);
        }
        match self.kind.is_chunky() {
            true => self.unsent.push(text.as_bytes().to_vec()),
            false => self.send(net, format!("{text}\n").as_bytes()),
        }
    }

    fn send(&mut self, net: &mut Net, bytes: &[u8]) {
        let link = &mut net.links[self.link];
        // Where the server may have to guess, half a first line would be a chunk.
        let is_first = link.read.is_empty() && link.to_server.is_empty();
        if self.kind == Kind::Raw {
            let key = |byte: &u8| if *byte == b'\n' { b'\r' } else { *byte };
            link.whole_first |= link.door != 0 && is_first;
            link.to_server.extend(bytes.iter().map(key));
        } else if self.kind == Kind::Dribbler && link.door == 0 {
            self.unsent.extend(bytes.chunks(3).map(<[u8]>::to_vec));
        } else {
            link.whole_first |= link.door != 0 && is_first;
            link.to_server.extend(bytes);
        }
    }

    /// One step.
    pub(crate) fn act(&mut self, net: &mut Net, dice: &mut Dice, heavy: bool) {
        self.read(net, dice);
        if self.over || self.waits(net) {
            return;
        }
        let link = &mut net.links[self.link];
        if self.kind == Kind::Hasty && link.to_server.is_empty() && !link.read.is_empty() {
            (self.over, link.reset) = (true, true);
            return;
        }
        if !self.unsent.is_empty() {
            let piece = self.unsent.remove(0);
            net.links[self.link].to_server.extend(piece);
            return;
        }
        match (self.kind, dice.below(100)) {
            (_, 97..) => self.end(net, dice),
            (Kind::Lurker | Kind::Silent | Kind::Stray | Kind::Scraper, _) => {}
            (_, 0..45) => self.talk(net, dice, heavy),
            (Kind::Relay, _) => {}
            (_, 45..52) => self.whisper(net, dice),
            (Kind::Roamer, 52..72) if !self.is_lazy() => {
                let verb = dice.pick(&["/also", "/also", "/join", "/leave"]);
                let room = dice.pick(&[ROOMS[0], ROOMS[1], ATTIC]);
                let room = if verb == "/leave" && dice.chance(300) {
                    ""
                } else {
                    room
                };
                self.say(net, format!("{verb} {room}").trim_end());
            }
            (Kind::Mover, 52..70) | (_, 52..55) => {
                let room = dice.pick(&[ROOMS[0], ROOMS[1], ATTIC]);
                self.say(net, &format!("/join {room}"));
            }
            (_, 55..59) => self.refer(net, dice),
            (_, 70..74) => self.ask(net, dice),
            (_, 74..76) => self.say(net, dice.pick(&["/lang en", "/lang pt"])),
            (Kind::Ignorer, 76..86) => {
                let who = dice.below(NAMES);
                self.say(net, &format!("/ignore peer{who}x"));
            }
            (Kind::Thief, 76..86) => {
                let name = match dice.chance(500) {
                    true => format!("peer{}x", dice.below(NAMES)),
                    false => format!("nick{}x{}", self.link, letter(self.sent)),
                };
                self.say(net, &format!("/nick {name}"));
            }
            (Kind::Registrar, 76..86) => {
                let what = dice.pick(&["/register hush", "/password other", "/unregister"]);
                self.say(net, what);
            }
            (Kind::Operator, 76..94) => self.say(net, &orders::draw(dice)),
            (Kind::Garbage, 76..86) => self.babble(net, dice),
            (Kind::Telnet, 76..86) => {
                let keys: [&[u8]; 4] = [b"\xf4", b"\xf6", b"\xfd\x06", b"\xfe\x03"];
                self.send(net, &[&b"\xff"[..], dice.pick(&keys)].concat());
            }
            (Kind::Owner, 76..84) => {
                let password = kept_password(digit(&self.name));
                self.say(net, &format!("/password {password}"));
            }
            _ => {}
        }
    }

    /// Whether it waits until the server has read, or has welcomed it.
    fn waits(&self, net: &Net) -> bool {
        let link = &net.links[self.link];
        match self.kind {
            Kind::Chunks | Kind::Relay => !link.to_server.is_empty(),
            Kind::Thinker => !link.to_server.is_empty() || self.thinks(net),
            Kind::Guessed => {
                let is_in = link
                    .written
                    .windows(13)
                    .any(|word| word == b"boas-vindas, ");
                !link.to_server.is_empty() || !(link.read.is_empty() || is_in)
            }
            _ => false,
        }
    }

    /// Whether its user has not thought of a name yet, and the server waits for it.
    pub(crate) fn thinks(&self, net: &Net) -> bool {
        let link = &net.links[self.link];
        let is_met = link.is_open() && !link.server_fin && !link.reset;
        !self.over && is_met && net.now < self.thinks_until
    }

    pub(crate) fn talk(&mut self, net: &mut Net, dice: &mut Dice, heavy: bool) {
        let lines = match self.kind {
            Kind::Flooder => dice.between(1, 60),
            _ if heavy => dice.between(1, 4),
            _ => 1,
        };
        if self.kind == Kind::Flooder && dice.chance(50) {
            net.counts.add("empty lines");
            self.send(net, &b"\n".repeat(dice.between(1, 400)));
        }
        for _ in 0..lines {
            self.sent += 1;
            let padding = padding(dice, heavy);
            let verb = if dice.chance(100) && self.kind != Kind::Relay {
                "/me "
            } else {
                ""
            };
            // Where the server guesses, a line end would look like typing.
            let may_end = self.unsent.is_empty() && self.kind != Kind::Guessed;
            let may_end = may_end && self.browser.is_none();
            let cr = if may_end && dice.chance(500) {
                "\r"
            } else {
                ""
            };
            let text = format!("{verb}x{}.{}{padding}{cr}", self.link, self.sent);
            self.say(net, &text);
        }
    }

    fn whisper(&mut self, net: &mut Net, dice: &mut Dice) {
        self.sent += 1;
        let (link, sent) = (self.link, self.sent);
        let text = match dice.chance(300) {
            true => format!("@u{}@x.org d{link}.{sent}", dice.below(2)),
            false => {
                let to = dice.pick(&["@watch0", "/private watch0", "/para WATCH0"]);
                format!("{to} p{link}.{sent}")
            }
        };
        self.say(net, &text);
    }

    /// Something about its own last line. Whoever has another name is not known by the lines of before.
    fn refer(&mut self, net: &mut Net, dice: &mut Dice) {
        if self.kind == Kind::Thief {
            return;
        }
        self.sent += 1;
        let line = about::draw(dice, &format!("e{}.{}", self.link, self.sent));
        self.say(net, &line);
    }

    fn ask(&mut self, net: &mut Net, dice: &mut Dice) {
        if dice.chance(250) {
            self.sent += 1;
            return self.say(net, &letters::draw(dice, self.link, self.sent));
        }
        if dice.chance(100) {
            return self.say(
                net,
                dice.pick(&["/history 3", "/history since 1h", "/search x3"]),
            );
        }
        let command = dice.pick(&COMMANDS);
        self.say(net, command);
    }

    fn babble(&mut self, net: &mut Net, dice: &mut Dice) {
        let long = [b"y".repeat(dice.between(1000, 1100)), b"\n".to_vec()].concat();
        let babble: &[u8] = match dice.below(6) {
            0 => b"\xff\xfd\x01\xff\xfb\x1f",
            1 => b"/\x00\x9b[31m \xe2\x80\xae\n",
            2 => b"@watch0 \x1b]52;c;!\x07\n\xc3\n\xed\xa0\x80\n",
            3 => b"\r\r\r\n\xff\xff\n",
            4 => &b"z".repeat(5000),
            _ => &long,
        };
        self.send(net, babble);
    }

    /// Whether a roamer speaks in another room than most, stays there, and reads so late that lines of the
    /// lobby are lost.
    fn is_lazy(&self) -> bool {
        self.link % 3 == 1
    }

    fn read(&mut self, net: &mut Net, dice: &mut Dice) {
        let link = &mut net.links[self.link];
        let owed = link.written.len() - link.taken;
        let n = match self.kind {
            Kind::Stuck => 0,
            Kind::Slow => dice.below(200).min(owed),
            Kind::Roamer if self.is_lazy() => 0,
            Kind::Roamer if dice.chance(900) => dice.below(200).min(owed),
            _ => owed,
        };
        link.taken += n;
    }

    /// From now on it reads everything, and sends what is left.
    pub(crate) fn behave(&mut self, net: &mut Net) {
        let is_chunky = self.kind.is_chunky();
        if is_chunky && !self.unsent.is_empty() && !self.waits(net) {
            let chunk = self.unsent.remove(0);
            net.links[self.link].to_server.extend(chunk);
        }
        let link = &mut net.links[self.link];
        if !is_chunky {
            link.to_server.extend(self.unsent.drain(..).flatten());
        }
        link.window = usize::MAX;
        link.taken = link.written.len();
    }
}

/// The number in the name of a registered account.
fn digit(name: &str) -> usize {
    name.bytes()
        .find(u8::is_ascii_digit)
        .map_or(0, |digit| usize::from(digit - b'0'))
}

fn letter(n: usize) -> char {
    char::from(b'a' + (n % 26) as u8)
}
