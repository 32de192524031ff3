//! The kinds of peers, how often each occurs, and where they come and meet.

use crate::dice::Dice;
use crate::net::Net;

/// Rooms with an observer.
pub(crate) const ROOMS: [&str; 2] = ["lobby", "games"];
/// A room that is created and ends again.
pub(crate) const ATTIC: &str = "attic";
/// The listener for those whose users think of a name first.
pub(crate) const VPN: usize = 5;
/// The listener at which it is guessed who sends no line ends.
pub(crate) const GUESSED: usize = 1;
/// The listener of kind `relay`.
pub(crate) const RELAY: usize = 3;
/// The listener at which all speak HTTP, and one for browsers and people.
pub(crate) const WEB: usize = 6;
pub(crate) const EITHER: usize = 7;
/// The listener at which all speak HTTP within TLS.
pub(crate) const HIDDEN: usize = 9;

/// How a peer behaves beside talking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Sends and reads.
    Chatter,
    /// Only reads.
    Lurker,
    /// Reads late and little.
    Slow,
    /// Never reads.
    Stuck,
    /// Sends a few bytes at a time.
    Dribbler,
    /// Sends bytes that are not chat.
    Garbage,
    /// Sends a lot at once.
    Flooder,
    /// Offers options and sends signals.
    Telnet,
    /// A terminal in raw mode: Enter is CR.
    Raw,
    /// Goes from room to room.
    Mover,
    /// Is in several rooms at once, and often reads late.
    Roamer,
    /// Takes others' names.
    Thief,
    /// Ignores somebody.
    Ignorer,
    /// Has an account and its password.
    Owner,
    /// Has only guesses of a password.
    Guesser,
    /// Registers, changes the password and gives the registration up.
    Registrar,
    /// Sends no line ends, on a `chunks` listener.
    Chunks,
    /// The same on an `auto` listener.
    Guessed,
    /// The same on a `vpn` listener, where its user thinks of a name first.
    Thinker,
    /// Has no name.
    Relay,
    /// Speaks another protocol.
    Stray,
    /// Becomes an operator and gives orders.
    Operator,
    /// The same, but leaves before the verdict.
    Hasty,
    /// Has only a guess of the operators' password.
    Impostor,
    /// Requests the metrics.
    Scraper,
    /// Says nothing.
    Silent,
    /// Speaks WebSocket.
    Browser,
}

impl Kind {
    /// Whether it sends no line ends.
    pub(crate) fn is_chunky(self) -> bool {
        matches!(
            self,
            Kind::Chunks | Kind::Guessed | Kind::Thinker | Kind::Relay
        )
    }
}

/// How often each kind occurs, and its name.
const KINDS: [(Kind, usize, &str); 27] = [
    (Kind::Chatter, 20, "chatter"),
    (Kind::Lurker, 4, "lurker"),
    (Kind::Slow, 10, "slow"),
    (Kind::Stuck, 10, "never reads"),
    (Kind::Dribbler, 6, "dribbler"),
    (Kind::Garbage, 6, "garbage"),
    (Kind::Flooder, 10, "flooder"),
    (Kind::Telnet, 4, "telnet"),
    (Kind::Raw, 4, "raw terminal"),
    (Kind::Roamer, 12, "roamer"),
    (Kind::Mover, 10, "mover"),
    (Kind::Thief, 6, "thief"),
    (Kind::Ignorer, 5, "ignorer"),
    (Kind::Owner, 8, "owner"),
    (Kind::Guesser, 3, "guesser"),
    (Kind::Registrar, 5, "registrar"),
    (Kind::Chunks, 5, "chunks"),
    (Kind::Guessed, 4, "guessed chunks"),
    (Kind::Thinker, 5, "thinker"),
    (Kind::Relay, 8, "relay"),
    (Kind::Stray, 2, "stray"),
    (Kind::Operator, 5, "operator"),
    (Kind::Hasty, 5, "gone before the answer"),
    (Kind::Impostor, 1, "impostor"),
    (Kind::Scraper, 4, "scraper"),
    (Kind::Silent, 2, "silent"),
    (Kind::Browser, 16, "browser"),
];

/// A random kind.
pub(crate) fn draw(net: &mut Net, dice: &mut Dice) -> Kind {
    let total = KINDS.iter().map(|(_, weight, _)| weight).sum();
    let mut at = dice.below(total);
    for (kind, weight, name) in KINDS {
        if at < weight {
            net.counts.add(name);
            return kind;
        }
        at -= weight;
    }
    unreachable!("the weights are all there is")
}
