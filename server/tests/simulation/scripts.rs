//! Scripts of a simulation: they send requests over HTTP, one after another or many at once, wait for no answer,
//! and leave in any way. Some listen to a room.
//!
//! Every text is unique (its link and a counter): `h3.17`. Of each request it is known where it ends among the bytes,
//! so that the referee knows which of them the server has read.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use papo_server::hub::Time;
use papo_server::store::accounts::Hook;
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::kinds::{ATTIC, EITHER, HIDDEN, ROOMS, WEB};
use crate::net::Net;
use crate::numbers::Place;

/// The registered name of scripts, and its password.
pub(crate) const ROBOT: &str = "robot0x";
pub(crate) const ROBOTS_PASSWORD: &str = "open robot";

/// The hooks that there are: one for each of these rooms.
const HOOKED: [&str; 3] = [ROOMS[0], ROOMS[1], ATTIC];

pub(crate) fn hooks() -> Vec<Hook> {
    let hook = |(n, room): (usize, &str)| Hook {
        number: n as u32 + 1,
        token: token(room),
        room: room.to_owned(),
        by: "peer0x".to_owned(),
    };
    HOOKED.into_iter().enumerate().map(hook).collect()
}

fn token(room: &str) -> String {
    format!("token of {room}").replace(' ', "-")
}

/// See the top of this file.
pub(crate) struct Script {
    pub(crate) link: usize,
    pub(crate) asked: Vec<Asked>,
    /// Bytes so far, and texts.
    queued: usize,
    texts: usize,
    /// It reads late and little.
    pub(crate) is_slow: bool,
    /// It sends nothing more.
    pub(crate) is_over: bool,
}

/// A request that ends at this byte.
pub(crate) struct Asked {
    pub(crate) end: usize,
    /// When it was sent.
    pub(crate) at: Time,
    pub(crate) what: What,
    /// The statuses that it may get.
    pub(crate) fits: &'static [u16],
}

/// What it asks for.
pub(crate) enum What {
    /// These lines are to be said.
    Say {
        room: &'static str,
        from: &'static str,
        texts: Vec<String>,
    },
    /// These lines are to be said by way of a hook.
    Post {
        room: &'static str,
        texts: Vec<String>,
    },
    /// What was said, after a line if it names one.
    Poll(&'static str, Option<Place>),
    /// What is said from here on, after what was said if it wants that, or after a line.
    Listen(&'static str, Shape, Option<Place>),
    /// Something without a body.
    Head,
    /// Anything else.
    Other,
}

/// How a stream is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    Json,
    Sse,
    Raw,
}

/// Who is banned gets 403, and 503 in a lockdown or if the accounts are busy.
const SAID: &[u16] = &[200, 403, 429, 503];
/// With a token that nobody has.
const UNKNOWN: &[u16] = &[403, 404, 503];
const UNNAMED: &[u16] = &[401, 403, 429, 503];
const TAKEN: &[u16] = &[403, 409, 429, 503];
const TOLD: &[u16] = &[200, 403, 503];

impl Script {
    /// Connects.
    pub(crate) fn come(net: &mut Net, dice: &mut Dice) -> Script {
        net.counts.add("script");
        let address: IpAddr = match dice.below(3) {
            0 => [10, 0, 0, 2].into(),
            _ => [127, 0, 0, 1].into(),
        };
        let door = dice.pick(&[WEB, WEB, EITHER, HIDDEN]);
        let is_slow = dice.chance(200);
        let window = match is_slow {
            true => dice.between(100, 2000),
            false => 1 << 20,
        };
        let link = net.connect(door, address, window);
        net.links[link].whole_first = door == EITHER;
        if door == HIDDEN {
            net.links[link].speak_tls();
        }
        let mut script = Script {
            link,
            asked: Vec::new(),
            queued: 0,
            texts: 0,
            is_slow,
            is_over: false,
        };
        script.ask(net, dice);
        script
    }

    /// Whether it waits for lines of a room.
    pub(crate) fn listens(&self) -> bool {
        let last = self.asked.last();
        last.is_some_and(|asked| matches!(asked.what, What::Listen(..)))
    }

    /// One step.
    pub(crate) fn act(&mut self, net: &mut Net, dice: &mut Dice) {
        let link = &mut net.links[self.link];
        let owed = link.written.len() - link.taken;
        link.taken += if self.is_slow {
            dice.below(200).min(owed)
        } else {
            owed
        };
        match dice.below(100) {
            _ if self.is_over => {}
            97.. => self.end(net, dice),
            _ if self.listens() => {}
            0..40 => (0..dice.between(1, 4)).for_each(|_| self.ask(net, dice)),
            _ => {}
        }
    }

    /// From now on it reads everything.
    pub(crate) fn behave(&self, net: &mut Net) {
        let link = &mut net.links[self.link];
        link.window = usize::MAX;
        link.taken = link.written.len();
    }

    /// It is gone: its system answers to what a listener is sent from now on.
    pub(crate) fn hang_up(&mut self, net: &mut Net) {
        self.is_over = true;
        let link = &mut net.links[self.link];
        (link.fin, link.reset) = (true, link.reset || self.listens());
    }

    fn ask(&mut self, net: &mut Net, dice: &mut Dice) {
        if self.listens() || self.is_over {
            return;
        }
        let room = dice.pick(&[ROOMS[0], ROOMS[0], ROOMS[1], ATTIC]);
        match dice.below(24) {
            0..10 => self.say(net, dice, room),
            10..13 => {
                let (since, after) = self.since(net, dice, room, &["all"]);
                let path = format!("/{room}/json?poll=1&since={since}");
                self.get(net, ("GET", &path), What::Poll(room, after), TOLD);
            }
            13..16 => {
                let (shape, name) = dice.pick(&[
                    (Shape::Json, "json"),
                    (Shape::Json, "json"),
                    (Shape::Sse, "sse"),
                    (Shape::Raw, "raw"),
                ]);
                let plain = ["all", "all", "latest", "none", "1h"];
                let (since, after) = self.since(net, dice, room, &plain);
                let path = format!("/{room}/{name}?since={since}");
                let what = What::Listen(room, shape, after);
                self.get(net, ("GET", &path), what, TOLD);
            }
            19..23 => self.post(net, dice),
            16 => self.get(net, ("HEAD", "/"), What::Head, &[200, 403]),
            17 => self.get(net, ("GET", "/no/such"), What::Other, &[403, 404]),
            18 => self.get(net, ("DELETE", "/lobby"), What::Other, &[403, 405]),
            _ if dice.chance(300) => self.blunder(net, dice),
            _ => {}
        }
    }

    /// From where on it wants lines: from one that it has read, or as one of these words says.
    fn since(
        &self,
        net: &Net,
        dice: &mut Dice,
        room: &str,
        plain: &[&'static str],
    ) -> (String, Option<Place>) {
        let link = &net.links[self.link];
        let read = String::from_utf8_lossy(&link.written[..link.taken]);
        let told = read.lines().filter(|line| line.ends_with('}'));
        let told = told.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let told = told.filter(|told| told["event"] == "message" && told["topic"] == room);
        let ids: Vec<String> = told
            .filter_map(|told| Some(told["id"].as_str()?.to_owned()))
            .collect();
        if ids.is_empty() || dice.chance(200) {
            return (dice.pick(plain).to_owned(), None);
        }
        let id = &ids[dice.below(ids.len())];
        (id.clone(), Some(Place::new(room, id)))
    }

    /// Posts to a hook, as JSON or as a form with it.
    fn post(&mut self, net: &mut Net, dice: &mut Dice) {
        let room = dice.pick(&HOOKED);
        let count = dice.pick(&[1, 1, 3]);
        let texts: Vec<String> = (0..count).map(|_| self.text()).collect();
        let mut message = json!({"text": texts.join("\n"), "channel": "#elsewhere"});
        // What says who it is still begins like a text of a script.
        let is_named = dice.chance(300);
        if is_named {
            message["username"] = "hook".into();
        }
        let said = |text| match is_named {
            true => format!("hook: {text}"),
            false => text,
        };
        let texts = texts.into_iter().map(said).collect();
        let body = match dice.chance(700) {
            true => message.to_string(),
            false => format!("payload={}", message.to_string().replace('#', "%23")),
        };
        let (token, what, fits) = match dice.chance(100) {
            true => ("nobodys".to_owned(), What::Other, UNKNOWN),
            false => (token(room), What::Post { room, texts }, SAID),
        };
        let length = body.len();
        let head = "HTTP/1.1\r\nHost: localhost\r\nContent-Length:";
        let request = format!("POST /hooks/{token} {head} {length}\r\n\r\n{body}");
        self.send(net, request.as_bytes(), what, fits);
    }

    /// A text that nobody else says.
    fn text(&mut self) -> String {
        self.texts += 1;
        format!("h{}.{}", self.link, self.texts)
    }

    fn get(
        &mut self,
        net: &mut Net,
        (method, path): (&str, &str),
        what: What,
        fits: &'static [u16],
    ) {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        self.send(net, request.as_bytes(), what, fits);
    }

    fn send(&mut self, net: &mut Net, bytes: &[u8], what: What, fits: &'static [u16]) {
        self.queued += bytes.len();
        net.links[self.link].to_server.extend(bytes);
        let (end, at) = (self.queued, net.now);
        let asked = Asked {
            end,
            at,
            what,
            fits,
        };
        self.asked.push(asked);
    }

    fn say(&mut self, net: &mut Net, dice: &mut Dice, room: &'static str) {
        let count = dice.pick(&[1, 1, 1, 2, 20]);
        let mut texts = Vec::new();
        for _ in 0..count {
            let padding = "~".repeat(dice.below(60));
            texts.push(self.text() + &padding);
        }
        let login = |name: &str, password: &str| {
            let both = STANDARD.encode(format!("{name}:{password}"));
            format!("Authorization: Basic {both}\r\n")
        };
        let name = |name: &str| format!("Name: {name}\r\n");
        let (who, from, fits) = match dice.below(10) {
            0..2 => (String::new(), "script", SAID),
            2..5 => (name("tool1"), "tool1", SAID),
            5 => (login("tool2", ""), "tool2", SAID),
            6 => (login(ROBOT, ROBOTS_PASSWORD), ROBOT, SAID),
            7 => (login(ROBOT, "wrong"), ROBOT, UNNAMED),
            8 => (name(ROBOT), ROBOT, UNNAMED),
            _ => (name("watch0"), "watch0", TAKEN),
        };
        let body = texts.join("\n");
        let method = dice.pick(&["POST", "PUT"]);
        let mut request = format!("{method} /{room} HTTP/1.1\r\nHost: 10.0.0.1:12345\r\n{who}");
        if dice.chance(100) {
            request += "Expect: 100-continue\r\n";
        }
        if dice.chance(500) {
            request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        } else {
            request += "Transfer-Encoding: chunked\r\n\r\n";
            let mut rest = body.as_str();
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at(dice.between(1, rest.len()));
                request += &format!("{:x}\r\n{chunk}\r\n", chunk.len());
                rest = after;
            }
            request += "0\r\n\r\n";
        }
        let what = What::Say { room, from, texts };
        self.send(net, request.as_bytes(), what, fits);
    }

    /// Sends what is no request, after which none can follow.
    fn blunder(&mut self, net: &mut Net, dice: &mut Dice) {
        let both = "POST /lobby HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n";
        let (bytes, fits): (&str, &[u16]) = dice.pick(&[
            (both, &[400]),
            ("GET / HTTP/1.1\nHost: x\r\n\r\n", &[400]),
            ("GET / HTTP/1.1\r\n\r\n", &[400]),
            ("GET / HTTP/3.0\r\nHost: x\r\n\r\n", &[505]),
            (
                "PUT /lobby HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n",
                &[413],
            ),
            (
                "PUT /lobby HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
                &[501],
            ),
        ]);
        net.counts.add("no request");
        self.is_over = true;
        self.send(net, bytes.as_bytes(), What::Other, fits);
        net.links[self.link].to_server.extend(b"hidden");
    }

    /// Leaves in a random way.
    fn end(&mut self, net: &mut Net, dice: &mut Dice) {
        self.is_over = true;
        let link = &mut net.links[self.link];
        match dice.below(4) {
            0 => link.fin = true,
            1 => {
                link.to_server.extend(b"POST /lobby HTTP/1.1\r\nHos");
                link.fin = true;
            }
            2 => link.reset = true,
            _ => {
                link.to_server.clear();
                link.reset = true;
            }
        }
    }
}
