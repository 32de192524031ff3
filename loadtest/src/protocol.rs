//! The protocols of the bots: how a bot joins, how it sends a line, and what the bytes of the server mean.
//! A closed enum with one small file for each protocol: a new protocol is a new variant, and the compiler
//! finds every place that must handle it.
//!
//! Pure: it never touches a socket, never checks a line and never reads the text that a bot sent.

mod carried;
mod frame;
mod irc;
mod mqtt;
mod nats;
mod papo;
mod raw;
mod redis;
mod topic;
mod ws;

use crate::bots::line;
use carried::Bus;

/// Most bytes of an incomplete message. A longer one counts as endless, and its bot as disconnected.
pub(crate) const MAX_MESSAGE: usize = 64 * 1024;

pub(crate) use raw::GROUP;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// papo's lines of text.
    Papo,
    /// The IRC protocol.
    Irc,
    /// Channels of the Redis database.
    Redis,
    /// Subjects of the NATS message bus.
    Nats,
    /// Topics of an MQTT broker.
    Mqtt,
    /// NATS over WebSocket.
    NatsWs,
    /// MQTT over WebSocket.
    MqttWs,
    /// papo's messages for browsers, over WebSocket.
    Ws,
    /// `loadtest reference`: the bytes of one conn go to all others unchanged.
    Raw,
    /// The same with the bytes that `Ws` receives.
    WsRaw,
}

/// Who gets the lines of a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The one room that all bots share.
    Lobby,
    /// The room with this number, one of several.
    Room(usize),
    /// Only its partner: bots 0 and 1 are a pair, 2 and 3, and so on.
    Pair,
}

/// What a protocol has to know about a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    /// Its number, of which its name is made.
    pub(crate) bot: usize,
    pub(crate) place: Place,
}

/// A message from the server to a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    /// The bot has joined: from now on it must get the lines of its room. Comes once.
    Welcome,
    /// A question; `Protocol::answer` has the answer.
    Question(&'a [u8]),
    /// The text of a line.
    Said(&'a [u8]),
    /// So many others joined the room.
    Came(u64),
    /// So many others left it.
    Left(u64),
    /// The server has skipped so many lines.
    Skipped(u64),
    /// The server's flood control holds back the lines of the bot.
    Throttled,
    /// The server refused a request, in these words.
    Refused(&'a [u8]),
    /// Anything else.
    Notice(&'a [u8]),
}

impl Protocol {
    pub(crate) const ALL: [Protocol; 10] = [
        Protocol::Papo,
        Protocol::Irc,
        Protocol::Redis,
        Protocol::Nats,
        Protocol::Mqtt,
        Protocol::NatsWs,
        Protocol::MqttWs,
        Protocol::Ws,
        Protocol::Raw,
        Protocol::WsRaw,
    ];

    /// The protocol with this name, as `--protocol` takes it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Papo => "papo",
            Self::Irc => "irc",
            Self::Redis => "redis",
            Self::Nats => "nats",
            Self::Mqtt => "mqtt",
            Self::NatsWs => "nats-ws",
            Self::MqttWs => "mqtt-ws",
            Self::Ws => "ws",
            Self::Raw => "raw",
            Self::WsRaw => "ws-raw",
        }
    }

    /// Whether a bot gets its own lines of a room. It never gets its own private lines.
    pub(crate) fn echoes(self) -> bool {
        match self {
            Self::Redis => true,
            Self::Papo | Self::Irc | Self::Nats | Self::Mqtt | Self::Ws => false,
            Self::NatsWs | Self::MqttWs | Self::Raw | Self::WsRaw => false,
        }
    }

    /// Whether everybody in a room is told of each join and leave, so that `Came` and `Left` can be counted.
    pub(crate) fn tells_moves(self) -> bool {
        match self {
            Self::Papo | Self::Irc | Self::Ws => true,
            Self::Redis | Self::Nats | Self::Mqtt | Self::NatsWs | Self::MqttWs => false,
            Self::Raw | Self::WsRaw => false,
        }
    }

    /// Whether all receivers of a room must get the lines in the same order. If not, only the lines of each
    /// sender have an order: MQTT 5 promises no more, and NATS has a thread for each publisher.
    pub(crate) fn has_one_order(self) -> bool {
        match self {
            Self::Papo | Self::Irc | Self::Redis | Self::Ws | Self::Raw | Self::WsRaw => true,
            Self::Nats | Self::Mqtt | Self::NatsWs | Self::MqttWs => false,
        }
    }

    /// Bytes of the longest text that a bot can send there.
    pub(crate) fn longest(self, place: Place) -> usize {
        match self {
            Self::Irc => irc::LONGEST,
            Self::Papo | Self::Ws if place == Place::Pair => papo::LONGEST_PRIVATE,
            Self::Papo | Self::Redis | Self::Nats | Self::Mqtt => line::LONGEST,
            Self::NatsWs | Self::MqttWs | Self::Ws | Self::Raw | Self::WsRaw => line::LONGEST,
        }
    }

    /// Append the hello of a bot. Returns whether a `Welcome` will come; if not, a connected bot has joined.
    pub(crate) fn hello(self, who: Who, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Papo => papo::hello(who, out),
            Self::Irc => irc::hello(who, out),
            Self::Redis => redis::hello(who, out),
            Self::Nats => nats::hello(who, out),
            Self::Mqtt => mqtt::hello(who, out),
            Self::NatsWs => carried::hello(Bus::Nats, out),
            Self::MqttWs => carried::hello(Bus::Mqtt, out),
            Self::Ws => ws::hello(out),
            Self::Raw | Self::WsRaw => raw::hello(who, out),
        }
    }

    /// Parse received bytes, message by message. `tail` is the incomplete message between two calls.
    pub(crate) fn read(
        self,
        who: Who,
        tail: &mut Vec<u8>,
        bytes: &[u8],
        mut each: impl FnMut(Incoming<'_>),
    ) {
        match self {
            Self::Papo => line::split(tail, bytes, |line| each(papo::parse(who, line))),
            Self::Irc => irc::read(who, tail, bytes, each),
            Self::Redis => redis::read(tail, bytes, each),
            Self::Nats => nats::read(tail, bytes, each),
            Self::Mqtt => mqtt::read(tail, bytes, each),
            Self::NatsWs => carried::read(Bus::Nats, tail, bytes, each),
            Self::MqttWs => carried::read(Bus::Mqtt, tail, bytes, each),
            Self::Ws | Self::WsRaw => ws::read(who, tail, bytes, each),
            Self::Raw => line::split(tail, bytes, |line| each(raw::parse(who, line))),
        }
    }

    /// Append the answer to a `Question`.
    pub(crate) fn answer(self, who: Who, question: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Irc => irc::answer(who, question, out),
            Self::Nats => nats::answer(out),
            Self::NatsWs => carried::answer(Bus::Nats, who, question, out),
            Self::MqttWs => carried::answer(Bus::Mqtt, who, question, out),
            Self::Ws => ws::answer(who, question, out),
            Self::Papo | Self::Redis | Self::Mqtt | Self::Raw | Self::WsRaw => {}
        }
    }

    /// Append a line with this text, which has no line end and no control characters.
    pub(crate) fn say(self, who: Who, text: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Papo => papo::say(who, text, out),
            Self::Irc => irc::say(who, text, out),
            Self::Redis => redis::say(who, text, out),
            Self::Nats => nats::say(who, text, out),
            Self::Mqtt => mqtt::say(who, text, out),
            Self::NatsWs => carried::say(Bus::Nats, who, text, out),
            Self::MqttWs => carried::say(Bus::Mqtt, who, text, out),
            Self::Ws => ws::say(who, text, out),
            Self::Raw => raw::say(text, out),
            Self::WsRaw => ws::say_raw(who, text, out),
        }
    }

    /// Append the goodbye of a bot; then the server or the bot closes the conn.
    pub(crate) fn goodbye(self, out: &mut Vec<u8>) {
        match self {
            Self::Papo => out.extend_from_slice(b"/quit\n"),
            Self::Irc => irc::goodbye(out),
            Self::Redis => redis::goodbye(out),
            Self::Mqtt => mqtt::goodbye(out),
            Self::MqttWs => carried::goodbye(out),
            Self::Ws => ws::goodbye(out),
            Self::NatsWs | Self::Nats | Self::Raw | Self::WsRaw => {}
        }
    }
}

impl Who {
    /// The other bot of its pair.
    pub(crate) fn partner(self) -> usize {
        self.bot ^ 1
    }
}
