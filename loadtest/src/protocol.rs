//! What the bots speak: how a bot comes in, how it says something, and what the bytes of the server
//! mean. A closed enum with one small file for each protocol: a new protocol is a new variant, and
//! the compiler names every place that must know of it.
//!
//! Pure: it never touches a socket, never judges a line and never reads the text that a bot said.

mod frame;
mod irc;
mod mqtt;
mod nats;
mod papo;
mod raw;
mod redis;
mod topic;

use crate::bots::line;

/// What a read may leave unfinished. A message that is longer has no end, and a bot to which one
/// comes is as good as disconnected.
pub(crate) const ENDLESS: usize = 64 * 1024;

pub(crate) use raw::GROUP;

/// The languages of servers that the bots know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// papo's lines of text.
    Papo,
    /// Lines of text as most chats of the last decades know them.
    Irc,
    /// Channels of a database.
    Redis,
    /// Subjects of a message bus.
    Nats,
    /// Topics of a broker for things.
    Mqtt,
    /// Whatever one conn says, all others get, byte for byte: `loadtest reference`.
    Raw,
}

/// Where the lines of a bot are heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the one room that all bots share.
    Lobby,
    /// In the room of this number, one of several.
    Room(usize),
    /// Only by its partner: bots 0 and 1 are a pair, 2 and 3, and so on.
    Pair,
}

/// A bot, as far as its protocol has to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    /// Its number, which is its name as well.
    pub(crate) bot: usize,
    pub(crate) place: Place,
}

/// What the server has sent to a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    /// The bot is in its place: from now on it is owed what is said there. Comes once.
    Welcome,
    /// The server waits for what `Protocol::answer` makes of this.
    Question(&'a [u8]),
    /// Somebody said this.
    Said(&'a [u8]),
    /// So many others came into the room.
    Came(u64),
    /// So many others left it.
    Left(u64),
    /// The server says that it has left out so many lines.
    Skipped(u64),
    /// The server holds back what the bot says, as its flood control wants it.
    Throttled,
    /// The server did not do what the bot asked for: its words.
    Refused(&'a [u8]),
    /// Anything else.
    Notice(&'a [u8]),
}

impl Protocol {
    /// All of them, in the order in which they are told.
    pub(crate) const ALL: [Protocol; 6] = [
        Protocol::Papo,
        Protocol::Irc,
        Protocol::Redis,
        Protocol::Nats,
        Protocol::Mqtt,
        Protocol::Raw,
    ];

    /// What `--protocol` takes.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.name() == name)
    }

    /// The name of it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Papo => "papo",
            Self::Irc => "irc",
            Self::Redis => "redis",
            Self::Nats => "nats",
            Self::Mqtt => "mqtt",
            Self::Raw => "raw",
        }
    }

    /// Whether a bot hears what it says in a room itself. What is for its partner it never hears.
    pub(crate) fn echoes(self) -> bool {
        match self {
            Self::Redis => true,
            Self::Papo | Self::Irc | Self::Nats | Self::Mqtt | Self::Raw => false,
        }
    }

    /// Whether everybody in a room is told of each who comes or goes, so that `Came` and `Left` can
    /// be counted.
    pub(crate) fn tells_moves(self) -> bool {
        match self {
            Self::Papo | Self::Irc => true,
            Self::Redis | Self::Nats | Self::Mqtt | Self::Raw => false,
        }
    }

    /// Whether all who listen to a room are owed one and the same order. If not, only the lines of
    /// each sender have an order: so it is in the words of MQTT 5, and NATS has a thread for each
    /// publisher.
    pub(crate) fn has_one_order(self) -> bool {
        match self {
            Self::Papo | Self::Irc | Self::Redis | Self::Raw => true,
            Self::Nats | Self::Mqtt => false,
        }
    }

    /// Bytes of the longest text that a bot can say there.
    pub(crate) fn longest(self, place: Place) -> usize {
        match self {
            Self::Irc => irc::LONGEST,
            Self::Papo if place == Place::Pair => papo::LONGEST_PRIVATE,
            Self::Papo | Self::Redis | Self::Nats | Self::Mqtt | Self::Raw => line::LONGEST,
        }
    }

    /// Appends what a bot says first. Whether a `Welcome` will come; if not, being connected is all.
    pub(crate) fn hello(self, who: Who, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Papo => papo::hello(who, out),
            Self::Irc => irc::hello(who, out),
            Self::Redis => redis::hello(who, out),
            Self::Nats => nats::hello(who, out),
            Self::Mqtt => mqtt::hello(who, out),
            Self::Raw => raw::hello(who, out),
        }
    }

    /// Understands what came, message by message. `tail` is what the bytes before left unfinished,
    /// and takes what these leave.
    pub(crate) fn read(
        self,
        who: Who,
        tail: &mut Vec<u8>,
        bytes: &[u8],
        mut each: impl FnMut(Incoming<'_>),
    ) {
        match self {
            Self::Papo => line::split(tail, bytes, |line| each(papo::understand(who, line))),
            Self::Irc => irc::read(who, tail, bytes, each),
            Self::Redis => redis::read(tail, bytes, each),
            Self::Nats => nats::read(tail, bytes, each),
            Self::Mqtt => mqtt::read(tail, bytes, each),
            Self::Raw => line::split(tail, bytes, |line| each(raw::understand(who, line))),
        }
    }

    /// Appends the answer to a `Question`.
    pub(crate) fn answer(self, who: Who, question: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Irc => irc::answer(who, question, out),
            Self::Nats => nats::answer(out),
            Self::Papo | Self::Redis | Self::Mqtt | Self::Raw => {}
        }
    }

    /// Appends what says a text, which has no line end and no controls, in the place of this bot.
    pub(crate) fn say(self, who: Who, text: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Papo => papo::say(who, text, out),
            Self::Irc => irc::say(who, text, out),
            Self::Redis => redis::say(who, text, out),
            Self::Nats => nats::say(who, text, out),
            Self::Mqtt => mqtt::say(who, text, out),
            Self::Raw => raw::say(text, out),
        }
    }

    /// Appends what a bot says before it goes; the server then ends the conn, or the bot does.
    pub(crate) fn goodbye(self, out: &mut Vec<u8>) {
        match self {
            Self::Papo => out.extend_from_slice(b"/quit\n"),
            Self::Irc => irc::goodbye(out),
            Self::Redis => redis::goodbye(out),
            Self::Mqtt => mqtt::goodbye(out),
            Self::Nats | Self::Raw => {}
        }
    }
}

impl Who {
    /// The other one of its pair.
    pub(crate) fn partner(self) -> usize {
        self.bot ^ 1
    }
}
