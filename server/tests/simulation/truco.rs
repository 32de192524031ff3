//! ChatTruco's clients: they register, log in, answer heartbeats or not, and write to others; and
//! somebody who sends garbage in their name.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::dice::Dice;
use crate::net::Net;
use crate::orders;
use crate::post::Post;

/// See the top of this file.
pub(crate) struct Truco {
    pub(crate) email: String,
    /// Its address; it moves at times.
    pub(crate) address: SocketAddr,
    number: usize,
    sent: usize,
    /// It answers no heartbeat.
    pub(crate) is_dead: bool,
    registered: bool,
}

/// The port that all of them have.
pub(crate) const PORT: u16 = 54319;

impl Truco {
    pub(crate) fn new(number: usize) -> Truco {
        let address = SocketAddr::from(([10, 1, 0, number as u8], PORT));
        Truco {
            email: email(number),
            address,
            number,
            sent: 0,
            is_dead: false,
            registered: false,
        }
    }

    /// One step.
    pub(crate) fn act(&mut self, net: &mut Net, dice: &mut Dice) {
        self.answer(net, dice, 150);
        let email = self.email.clone();
        let word = match dice.below(100) {
            // An operator may have ended its registration.
            0..4 if self.registered && !dice.chance(200) => format!("Con {email} pass"),
            0..4 => {
                self.registered = true;
                format!("Sin {email} pass")
            }
            4 => format!("Con {email} {}", dice.pick(&["wrong", orders::FRESH])),
            5..12 => {
                self.sent += 1;
                let to = dice.pick(&["watch0", "peer1x", "nobody"]);
                format!("Envia {to} {email} #m#t{}.{}", self.number, self.sent)
            }
            12 => {
                self.is_dead = !self.is_dead;
                return;
            }
            13 => return self.forge(net, dice),
            14 if dice.chance(200) => {
                net.counts.add("direct user moves");
                let ip = [10, 1, dice.below(3) as u8, self.number as u8];
                self.address = SocketAddr::from((ip, PORT));
                format!("Con {email} pass")
            }
            _ => return,
        };
        net.post(self.address, word.as_bytes());
    }

    /// Answers the heartbeats that have come, except this many in a thousand.
    pub(crate) fn answer(&mut self, net: &mut Net, dice: &mut Dice, silent: u32) {
        for datagram in net.post.collect(self.address) {
            let is_beat = datagram.starts_with(b"Truco ");
            if is_beat && !self.is_dead && !dice.chance(silent) {
                net.post(self.address, format!("Seis {}", self.email).as_bytes());
            }
        }
    }

    /// Somebody else sends something.
    fn forge(&mut self, net: &mut Net, dice: &mut Dice) {
        net.counts.add("direct user garbage");
        let email = &self.email;
        let forged = [
            format!("Envia watch0 {email} #m#forged"),
            format!("Seis {email}"),
            "Con".to_owned(),
            String::new(),
            "Envia".to_owned(),
            "x".repeat(3000),
            "\u{fffd}\0\n#:@".to_owned(),
        ];
        let at = SocketAddr::from(([10, 9, 0, 1], PORT));
        net.post(at, forged[dice.below(forged.len())].as_bytes());
    }
}

fn email(number: usize) -> String {
    format!("u{number}@x.org")
}

/// What the directory must never do: answer an address that sent nothing, answer at another port,
/// answer more often than asked except by heartbeats, send a damaged list, leave somebody waiting for
/// the answer to a login or registration, or send them a heartbeat before it.
pub(crate) fn check(post: &Post) {
    let stranger = SocketAddr::from(([10, 9, 0, 1], PORT));
    for (to, bytes) in &post.sent {
        assert_eq!(to.port(), PORT, "an answer to another port");
        let text = std::str::from_utf8(bytes).expect("what is sent is UTF-8");
        if text.starts_with("Envia ") {
            let is_shown =
                text.chars().all(|c| c <= '\u{ffff}') && text.matches("#m#").count() == 1;
            assert!(is_shown, "a client shows no such line: {text:?}");
            assert_ne!(*to, stranger, "a line for somebody who is not online");
            continue;
        }
        let list = text.strip_prefix("Truco ").unwrap_or(text);
        assert!(list.is_ascii(), "a client finds no such name: {list:?}");
        if list.contains('#') {
            assert_ne!(*to, stranger, "a list for somebody who is not online");
            assert!(list.ends_with('#') && list.matches('#').count() == list.matches(':').count());
        } else {
            let words = [
                "sin_ok",
                "sin_erro_em",
                "sin_erro",
                "erro_em",
                "erro_pw",
                "erro",
            ];
            assert!(
                words.contains(&text),
                "no word of the directory's: {text:?}"
            );
        }
    }
    let from_there = |from: &SocketAddr| {
        let delivered = post.delivered.iter();
        delivered.filter(|(_, at, _)| at == from).count()
    };
    let answered = post.sent.iter().filter(|(to, _)| *to == stranger).count();
    assert!(
        answered <= from_there(&stranger),
        "a stranger is told more than it asked"
    );
    check_who_waits(post);
}

fn check_who_waits(post: &Post) {
    let mut waiting = BTreeSet::new();
    let mut delivered = post.delivered.iter().peekable();
    let asks = |bytes: &[u8]| bytes.starts_with(b"Con ") || bytes.starts_with(b"Sin ");
    for at in 0..=post.sent.len() {
        while let Some((_, from, bytes)) = delivered.next_if(|(before, ..)| *before <= at) {
            if asks(bytes) {
                waiting.insert(*from);
            }
        }
        let Some((to, bytes)) = post.sent.get(at) else {
            break;
        };
        if bytes.starts_with(b"Truco ") {
            assert!(!waiting.contains(to), "a heartbeat before the answer");
        } else if !bytes.starts_with(b"Envia ") {
            waiting.remove(to);
        }
    }
    assert!(waiting.is_empty(), "{waiting:?} wait for ever");
}
