//! The peers of a simulation: what they do to their ends of the connections, step by step.
//!
//! Every text a peer sends is unique (peer and counter), so that the referee can find it again.

use crate::dice::Dice;
use crate::net::Net;

/// How a peer behaves beside talking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Sends and reads.
    Chatter,
    /// Reads late and little.
    Slow,
    /// Never reads.
    Stuck,
    /// Sends a few bytes at a time.
    Dribbler,
    /// Sends what is no chat.
    Garbage,
    /// Sends a lot at once.
    Flooder,
}

/// See the top of this file.
pub(crate) struct Peer {
    pub(crate) link: usize,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// How many texts it has sent, public and private.
    pub(crate) sent: usize,
    /// It has closed its half, or the connection.
    pub(crate) over: bool,
    /// What it has still to send, for the dribbler.
    unsent: Vec<u8>,
}

/// Rooms of a simulation; each has an observer in each language.
pub(crate) const ROOMS: [&str; 2] = ["lobby", "games"];

impl Peer {
    /// Connect and say a name, at once or in pieces.
    pub(crate) fn join(net: &mut Net, dice: &mut Dice, number: usize, heavy: bool) -> Peer {
        let kinds = [
            Kind::Chatter,
            Kind::Chatter,
            Kind::Slow,
            Kind::Stuck,
            Kind::Dribbler,
            Kind::Garbage,
            Kind::Flooder,
        ];
        let kind = dice.pick(&kinds);
        let window = if kind == Kind::Stuck {
            dice.between(100, 2000)
        } else {
            dice.between(200, 40_000)
        };
        let window = if heavy && kind == Kind::Chatter {
            1 << 20
        } else {
            window
        };
        let link = net.connect(window);
        let name = format!("peer{number}x");
        let mut peer = Peer {
            link,
            name,
            kind,
            sent: 0,
            over: false,
            unsent: Vec::new(),
        };
        if dice.chance(300) {
            peer.send(net, "/lang pt\n");
        }
        let name = format!("{}\n", peer.name);
        peer.send(net, &name);
        peer
    }

    fn send(&mut self, net: &mut Net, text: &str) {
        self.send_bytes(net, text.as_bytes());
    }

    fn send_bytes(&mut self, net: &mut Net, bytes: &[u8]) {
        if self.kind == Kind::Dribbler {
            self.unsent.extend_from_slice(bytes);
        } else {
            net.links[self.link].to_server.extend(bytes);
        }
    }

    /// One step of its life.
    pub(crate) fn act(&mut self, net: &mut Net, dice: &mut Dice, heavy: bool) {
        self.read(net, dice);
        if self.over {
            return;
        }
        if !self.unsent.is_empty() {
            let n = dice.between(1, 9).min(self.unsent.len());
            net.links[self.link]
                .to_server
                .extend(self.unsent.drain(..n));
            return;
        }
        match dice.below(100) {
            0..45 => self.talk(net, dice, heavy),
            45..52 => self.whisper(net, dice),
            52..58 => {
                let room = dice.pick(&ROOMS);
                self.send(net, &format!("/join {room}\n"));
            }
            58..61 => {
                let command = dice.pick(&[
                    "/online\n",
                    "/rooms\n",
                    "/history\n",
                    "/help\n",
                    "/whois peer1x\n",
                    "\n",
                ]);
                self.send(net, command);
            }
            61..63 => {
                let lang = dice.pick(&["/lang en\n", "/lang pt\n"]);
                self.send(net, lang);
            }
            63..66 if self.kind == Kind::Garbage => self.babble(net, dice),
            66..68 => self.end(net, dice),
            _ => {}
        }
    }

    fn talk(&mut self, net: &mut Net, dice: &mut Dice, heavy: bool) {
        let lines = if self.kind == Kind::Flooder {
            dice.between(1, 60)
        } else {
            1
        };
        for _ in 0..lines {
            self.sent += 1;
            let most = if heavy { 900 } else { 60 };
            let padding = "~".repeat(dice.between(0, most));
            let end = dice.pick(&["\n", "\r\n"]);
            let text = format!("x{}.{}{padding}{end}", self.name, self.sent);
            self.send(net, &text);
        }
    }

    fn whisper(&mut self, net: &mut Net, dice: &mut Dice) {
        self.sent += 1;
        let to = dice.pick(&["@watch0", "/private watch0", "/para WATCH0"]);
        let text = format!("{to} p{}.{}\n", self.name, self.sent);
        self.send(net, &text);
    }

    fn babble(&mut self, net: &mut Net, dice: &mut Dice) {
        let long = [b"y".repeat(dice.between(1000, 1100)), b"\n".to_vec()].concat();
        match dice.below(4) {
            0 => self.send_bytes(net, b"\xff\xfd\x01\xff\xfb\x1f"),
            1 => self.send_bytes(net, b"\xff\xfa\x18\x00stuff\xff\xf0"),
            2 => self.send_bytes(net, b"/\x00\x9b[31m \xe2\x80\xae\n"),
            _ => self.send_bytes(net, &long),
        }
    }

    /// Leave in one of the ways there are.
    fn end(&mut self, net: &mut Net, dice: &mut Dice) {
        match dice.below(4) {
            0 => self.send(net, "/quit\n"),
            1 => {
                // The last line has no end.
                self.sent += 1;
                let last = format!("x{}.{}", self.name, self.sent);
                net.links[self.link].to_server.extend(last.bytes());
                net.links[self.link].fin = true;
                net.counts.add("half-close");
            }
            2 => net.links[self.link].fin = true,
            _ => {
                net.links[self.link].reset = true;
                net.counts.add("reset");
            }
        }
        self.over = true;
    }

    fn read(&mut self, net: &mut Net, dice: &mut Dice) {
        let link = &mut net.links[self.link];
        let owed = link.written.len() - link.taken;
        let n = match self.kind {
            Kind::Stuck => 0,
            Kind::Slow => dice.below(200).min(owed),
            _ => owed,
        };
        link.taken += n;
    }

    /// Read everything from now on, whatever it did before.
    pub(crate) fn behave(&mut self, net: &mut Net) {
        let unsent = std::mem::take(&mut self.unsent);
        let link = &mut net.links[self.link];
        link.to_server.extend(unsent);
        link.window = usize::MAX;
        link.taken = link.written.len();
    }

    /// Close its half, if it has not left yet.
    pub(crate) fn hang_up(&mut self, net: &mut Net) {
        net.links[self.link].fin = true;
    }
}
