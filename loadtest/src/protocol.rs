//! What the bots speak: how a bot comes in, how it says something, and what the bytes of the server
//! mean. A closed enum with one small file for each protocol: a new protocol is a new variant, and
//! the compiler names every place that must know of it.
//!
//! Pure: it never touches a socket, never judges a line and never reads the text that a bot said.

mod papo;
mod raw;

pub(crate) use raw::GROUP;

/// The languages of servers that the bots know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// papo's lines of text.
    Papo,
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
#[derive(Debug, PartialEq, Eq)]
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
    /// The server did not do what the bot asked for: its words.
    Refused(&'a [u8]),
    /// Anything else.
    Notice(&'a [u8]),
}

impl Protocol {
    /// All of them, in the order in which they are told.
    pub(crate) const ALL: [Protocol; 2] = [Protocol::Papo, Protocol::Raw];

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
            Self::Raw => "raw",
        }
    }

    /// Whether a bot hears its own lines too.
    pub(crate) fn echoes(self) -> bool {
        match self {
            Self::Papo | Self::Raw => false,
        }
    }

    /// Whether `Came` and `Left` are told.
    pub(crate) fn tells_moves(self) -> bool {
        match self {
            Self::Papo => true,
            Self::Raw => false,
        }
    }

    /// Appends what a bot says first. Whether a `Welcome` will come; if not, being connected is all.
    pub(crate) fn hello(self, who: Who, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Papo => papo::hello(who, out),
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
            Self::Papo => {
                crate::line::split(tail, bytes, |line| each(papo::understand(who, line)));
            }
            Self::Raw => crate::line::split(tail, bytes, |line| each(raw::understand(who, line))),
        }
    }

    /// Appends the answer to a `Question`.
    pub(crate) fn answer(self, _who: Who, _question: &[u8], _out: &mut Vec<u8>) {
        match self {
            Self::Papo | Self::Raw => {}
        }
    }

    /// Appends what says a text, which has no line end and no controls, in the place of this bot.
    pub(crate) fn say(self, who: Who, text: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Papo => papo::say(who, text, out),
            Self::Raw => raw::say(text, out),
        }
    }

    /// Appends what a bot says before it goes; the server then ends the conn, or the bot does.
    pub(crate) fn goodbye(self, out: &mut Vec<u8>) {
        match self {
            Self::Papo => out.extend_from_slice(b"/quit\n"),
            Self::Raw => {}
        }
    }
}

impl Who {
    /// The other one of its pair.
    pub(crate) fn partner(self) -> usize {
        self.bot ^ 1
    }
}
