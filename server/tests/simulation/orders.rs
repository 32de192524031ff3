//! Orders, at the console or by operators, and what they may do to others. The referee asks here
//! before it reports a lost line: a kick in the attic has no witness, and a muted user's lines are
//! refused.

use crate::dice::Dice;
use crate::net::Net;
use crate::peers::{KEPT, Kind, NAMES, Peer, kept_name};

/// The operators' password.
pub(crate) const PASSWORD: &str = "open all";

/// The password of a reset.
pub(crate) const FRESH: &str = "fresh-words";

/// All orders given.
pub(crate) struct Orders(Vec<String>);

/// A random order.
pub(crate) fn draw(dice: &mut Dice) -> String {
    let who = format!("peer{}x", dice.below(NAMES));
    let address = format!("10.0.0.{}", dice.between(2, 3));
    let email = format!("u{}@x.org", dice.below(2));
    let whom = match dice.below(3) {
        0 => who.clone(),
        1 => kept_name(dice.below(KEPT)),
        _ => email.clone(),
    };
    match dice.below(24) {
        0 | 1 => format!("/kick {who}"),
        2 => format!("/kick {who} out"),
        3 | 4 => format!("/mute {who} {}s", dice.between(1, 60)),
        5 => format!("/unmute {who}"),
        6 => format!("/ban {who} {}s loud", dice.between(1, 30)),
        7 => format!("/ban {address} {}s", dice.between(1, 30)),
        8 => format!("/unban {}", dice.pick(&[who.as_str(), &address])),
        9 => dice
            .pick(&["/lockdown on", "/lockdown off", "/lockdown off"])
            .to_owned(),
        10 => dice.pick(&["/banned", "/lag"]).to_owned(),
        11 | 21 | 22 => format!("/kick {email} out"),
        12 | 19 | 20 | 23 => format!("/mute {email} {}s", dice.between(60, 6000)),
        13 if dice.chance(200) => format!("/unmute {email}"),
        13 => format!("/mute {email} forever"),
        14 => format!("/accounts {}", dice.pick(&["", "peer", "@"])),
        15 => format!("/reset {whom}"),
        // One that can be renewed.
        17 | 18 => format!("/reset {}", kept_name(dice.below(KEPT))),
        16 => format!("/free {whom}"),
        _ => unreachable!("there are no others"),
    }
}

impl Orders {
    /// Lines typed at the console, and by users if there are operators at all.
    pub(crate) fn of(net: &Net, peers: &[Peer]) -> Orders {
        let mut lines = net.desk.orders();
        let users = peers.iter().filter(|peer| peer.kind == Kind::Operator);
        for peer in users.filter(|_| net.desk.has_operators) {
            let read = String::from_utf8_lossy(&net.links[peer.link].read);
            lines.extend(read.lines().map(str::to_owned));
        }
        Orders(lines)
    }

    /// Whether this peer may have been removed or refused without it or an observer being told: it
    /// was in the attic or had no name, and its connection broke.
    pub(crate) fn may_hide(&self, peer: &Peer, is_broken: bool) -> bool {
        let strikes = |line: &String| {
            line.starts_with("/kick ") || line.starts_with("/ban ") || line == "/lockdown on"
        };
        self.0
            .iter()
            .filter(|line| strikes(line))
            .any(|line| line.contains(&peer.name) || is_broken)
    }

    /// Whether any peer may have been muted.
    pub(crate) fn have_mutes(&self) -> bool {
        self.0.iter().any(|line| line.starts_with("/mute peer"))
    }
}
