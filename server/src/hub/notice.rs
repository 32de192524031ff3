//! What happened, without words or bytes: the hub and the server speak in notices, a dialect turns
//! them into bytes, and only words/ knows how they sound.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::absent::letters::Letter;
use super::absent::{Absence, AbsenceFault, Away};
use super::accounts::question::SecretFault;
use super::archive::entry::LineId;
use super::back::Missed;
use super::effect::Lines;
use super::operators::{Fault, Outcome};
use super::pages::{Misled, Page};
use super::recall::Unreadable;
use super::refer::{Quote, ReferFault, Reference};
use super::tags::Tag;
use crate::clock::{Clock, Zone};
use crate::hub::lang::{Hint, Lang, Verb, Written};
use crate::hub::name::{Name, NameFault};

/// Up to [`crate::limits::NAMES_SHOWN`] names and how many more there are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Crowd {
    /// The names that are told, in the order in which they came.
    pub names: Vec<Name>,
    /// How many others there are.
    pub others: usize,
}

/// One room in an answer to `/rooms`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoomListed {
    /// What it is called.
    pub name: Name,
    /// How many are in it.
    pub members: usize,
    /// Whether the one who asked is among them.
    pub yours: bool,
}

/// Why lines of before are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Replay {
    /// The user came into the room.
    AtJoin,
    /// The user asked for them.
    Asked,
    /// The user came back and has missed them.
    Missed,
}

/// A public line or action that is told again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// Its id in the room.
    pub id: LineId,
    /// Who said it.
    pub from: Name,
    /// The clean text.
    pub text: Rc<str>,
    /// Whether it was a `/me`.
    pub kind: SaidKind,
    /// How long ago.
    pub age: Duration,
    /// Whether it read otherwise at first.
    pub is_edited: bool,
    /// The line that it answers, if that is known.
    pub re: Option<Box<Quote>>,
}

/// How something public was said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SaidKind {
    /// `<ana> hello`
    Line,
    /// `~ ana waves`
    Action,
}

/// A user by name, or a direct user by e-mail address; addresses know no case.
#[derive(Clone, Debug)]
pub enum Who {
    /// A user.
    User(Name),
    /// A direct user.
    Direct(Rc<str>),
}

impl PartialEq for Who {
    fn eq(&self, other: &Who) -> bool {
        match (self, other) {
            (Who::User(name), Who::User(other)) => name == other,
            (Who::Direct(email), Who::Direct(other)) => email.eq_ignore_ascii_case(other),
            (Who::User(_), Who::Direct(_)) | (Who::Direct(_), Who::User(_)) => false,
        }
    }
}
impl Eq for Who {}
impl Who {
    /// The name or the address.
    pub fn shown(&self) -> &str {
        match self {
            Who::User(name) => name.shown(),
            Who::Direct(email) => email,
        }
    }

    /// The same, shared: no text is copied.
    pub fn shared(&self) -> Rc<str> {
        match self {
            Who::User(name) => name.shared(),
            Who::Direct(email) => email.clone(),
        }
    }
}
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

/// Something that is to be told to somebody.
///
/// Those that go to a room (marked R) render to exactly one line in every style.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Notice {
    /// R. A public line.
    Public { from: Name, text: Rc<str> },
    /// R. An action.
    Action { from: Name, text: Rc<str> },
    /// A private line, told to its receiver.
    Private { from: Who, text: Rc<str> },
    /// R. These came into the room.
    Joined(Crowd),
    /// R. These are in the room again, after a moment without a connection.
    Back(Crowd),
    /// R. These left papo, all for the same reason.
    Left { who: Crowd, why: Gone },
    /// R. One left the room and speaks in this one.
    Went { who: Name, room: Name },
    /// R. One has another name.
    Renamed { from: Name, to: Name },
    /// R. One has changed what the room is about, to this or to nothing.
    TopicChanged { who: Name, topic: Option<Rc<str>> },
    /// R. What somebody did about a line of the room.
    Refer(Box<Reference>),
    /// R. The operator speaks.
    Announced(Rc<str>),
    /// R. This direct user is there now.
    DirectJoined(Rc<str>),
    /// R. This direct user is there no more.
    DirectLeft { email: Rc<str>, why: Gone },

    /// The question for a name, at connect and again after an empty line.
    AskName,
    /// The question for the password of this name, which is registered.
    AskPassword(Name),
    /// The password of this name was one for once: what shall the next one be?
    AskNewPassword(Name),
    /// The password that was asked for will not be hidden on its way.
    PasswordInClear,
    /// The name is accepted.
    Welcome { name: Name, room: Name, here: Crowd },
    /// One line of the message of the day.
    Motd(Rc<str>),
    /// You are in this room now, whose lines you are shown so.
    InRoom {
        room: Name,
        lines: Lines,
        here: Crowd,
    },
    /// You are in this room no more.
    NotInRoom(Name),
    /// What this room is about, if anything.
    Topic { room: Name, topic: Option<Rc<str>> },
    /// So many lines of this room are pinned.
    HasPins { room: Name, count: usize },
    /// So many scripts read the room that you speak in, without being in it.
    Listeners(usize),
    /// The pinned lines of this room, oldest first; perhaps none.
    Pins { room: Name, said: Vec<Said> },
    /// Your new name.
    YouAre(Name),
    /// Your language is now this (said in it).
    LangIs(Lang),
    /// Something about ids.
    Tag(Tag),
    /// What you have missed of the room that you speak in, or of this other one. The lines follow.
    Missed {
        elsewhere: Option<Name>,
        missed: Missed,
    },
    /// Lines of before in this room, whose lines you are shown so, oldest first; perhaps none.
    History {
        room: Name,
        lines: Lines,
        said: Vec<Said>,
        replay: Replay,
    },
    /// Lines of before that were asked for.
    Page(Box<Page>),
    /// There may be more of them.
    More,
    /// They cannot be looked up.
    Unread(Unreadable),
    /// The zone in which you are told times, if you chose one, and what a clock shows there.
    ZoneIs { own: Option<Zone>, clock: Clock },
    /// The answer to `/online`: here, elsewhere with the room, who of those is away, and direct users.
    Online {
        here: Crowd,
        away: Box<Crowd>,
        elsewhere: Vec<(Name, Name)>,
        others_elsewhere: usize,
        direct: Vec<Rc<str>>,
        others_direct: usize,
    },
    /// The answer to `/rooms`: each room and how many are in it, largest first, and how many more rooms there are.
    Rooms {
        rooms: Vec<RoomListed>,
        others: usize,
    },
    /// The answer to `/whois`; the rooms in joining order.
    Whois {
        name: Name,
        rooms: Vec<Name>,
        joined: Duration,
        quiet: Duration,
        away: Option<Box<Away>>,
        registered: bool,
    },
    /// The same about a registered name that nobody has now.
    WhoisAway(Rc<str>),
    /// The same about a direct user.
    WhoisDirect(Rc<str>),
    /// About who is not here, or not at their screen.
    Absence(Absence),
    /// A private line that came while its receiver was not here.
    Letter(Letter),
    /// You ignore this user now.
    Ignoring(Who),
    /// You hear this user again.
    Hearing(Who),
    /// The answer to `/ignore` alone.
    Ignored(Vec<Who>),
    /// Your name is registered from now on.
    Registered(Name),
    /// Your password is another from now on.
    PasswordChanged,
    /// This name is not registered any more.
    Unregistered(Name),
    /// All commands, one line each; or only this one.
    Help(Option<Verb>),
    /// All commands, those of operators included.
    HelpOperator,
    /// What came of an operator's order, or what one means for you.
    Ordered(Outcome),
    /// The answer to `/lag`: bytes that wait for you, which a console has none of, and how long
    /// turns took.
    Lag {
        queue: Option<usize>,
        last: Duration,
        longest: Duration,
    },
    /// Where others join with a browser.
    Address(Rc<str>),
    /// So many lines of the room were lost to a reader that was too slow.
    Skipped { lines: u64 },
    /// Your lines are held back to so many a second from now on.
    Throttled { lines_per_s: u32 },
    /// The name is another's who comes from the same place, and it is to be seen whether that one is
    /// still there.
    AsksHolder(Name),
    /// The answer to a telnet user's Ctrl-C.
    HowToLeave,
    /// The answer to telnet's "are you there?".
    HereIAm,
    /// The last words before the conn is closed; `name` when it had one.
    Bye { name: Option<Name>, why: Gone },
    /// The last request could not be done.
    Refused(Complaint),
}

/// Why a user or a conn is gone. Told to the others in the leave, and to itself in the farewell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gone {
    /// It wanted to; with its own words or none.
    Quit(Rc<str>),
    /// It closed its half in good order.
    Hangup,
    /// The connection broke, for instance by a reset.
    Lost,
    /// The operator removed it; with words or none.
    Kicked(Rc<str>),
    /// The operator wants it gone for long; with words or none.
    Banned(Rc<str>),
    /// Nobody new is let in just now.
    Locked,
    /// It read nothing for [`crate::limits::NO_PROGRESS`].
    Stuck,
    /// Its private bytes passed [`crate::limits::PRIVATE_BYTES`].
    Overflow,
    /// No name within the time.
    NoName,
    /// Too many lines without a name.
    NoNameLines,
    /// Too many overlong lines in a row, or no line end at all.
    LongLines,
    /// It speaks HTTP, TLS or SSH.
    Foreign(Foreign),
    /// It does not speak TLS, as all have to here.
    InClear,
    /// The server has as many conns as it may.
    Full,
    /// Its address has as many conns as it may.
    AddressFull,
    /// Its address has come too often of late.
    AddressBusy,
    /// Its owner came in by another conn and took the name along.
    Elsewhere,
    /// All together hold too much memory, and it the most.
    Memory,
    /// The server stops.
    Stopping,
}

impl Gone {
    /// What the log calls it: fixed words, and never what a user wrote.
    pub fn label(&self) -> &'static str {
        match self {
            Gone::Quit(_) => "quit",
            Gone::Hangup => "hung up",
            Gone::Lost => "connection lost",
            Gone::Kicked(_) => "kicked",
            Gone::Banned(_) => "banned",
            Gone::Locked => "lockdown",
            Gone::Stuck => "stuck",
            Gone::Overflow => "too many unread lines",
            Gone::NoName => "no name in time",
            Gone::NoNameLines => "too many lines without a name",
            Gone::LongLines => "overlong lines",
            Gone::Foreign(Foreign::Http) => "spoke HTTP",
            Gone::Foreign(Foreign::Tls) => "spoke TLS",
            Gone::Foreign(Foreign::Ssh) => "spoke SSH",
            Gone::InClear => "spoke no TLS",
            Gone::Full => "server full",
            Gone::AddressFull => "too many from its address",
            Gone::AddressBusy => "too many new from its address",
            Gone::Elsewhere => "logged in elsewhere",
            Gone::Memory => "held too much memory",
            Gone::Stopping => "server stops",
        }
    }
}

/// What a stray client of another protocol speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Foreign {
    /// An HTTP request line.
    Http,
    /// A TLS ClientHello.
    Tls,
    /// An SSH banner.
    Ssh,
}

/// Why the last line of a user could not be done.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    missing_docs,
    reason = "the line above a variant is about its fields too"
)]
pub enum Complaint {
    /// Not a name.
    BadName(NameFault),
    /// Somebody has this name, or one that looks like it.
    NameTaken(String),
    /// Kept for the server's own use.
    NameReserved(String),
    /// Nobody of that name.
    NoSuchUser(String),
    /// Already in that room.
    AlreadyThere(Name),
    /// Already in that room, and speaking in another.
    AlreadyAlsoThere(Name),
    /// Not in that room.
    NotThere(Name),
    /// In as many rooms as one may be.
    RoomsFull,
    /// There are as many rooms as there may be.
    TooManyRooms,
    /// In the lobby alone, out of which only `/quit` leads.
    OnlyRoom,
    /// More than [`crate::limits::TOPIC_CHARS`].
    LongTopic,
    /// Already called that.
    AlreadyNamed(Name),
    /// A private line, an ignore ... to oneself.
    Yourself,
    /// About who is not here, or not at their screen.
    Absence(AbsenceFault),
    /// Nobody wrote privately yet.
    NobodyToReply,
    /// Not a command; perhaps this one was meant.
    UnknownCommand { typed: String, meant: Option<Verb> },
    /// What to do in place of that.
    Hint(Hint),
    /// A command without what it needs, as it was written.
    Usage(Verb, Written),
    /// Not before there is a name.
    NameFirst,
    /// Nothing is left of the text once it is clean.
    EmptyText,
    /// A line over [`crate::limits::LINE_BYTES`].
    LongLine,
    /// Messages over UDP come too fast: this one and those that follow go no further.
    TooFast,
    /// Not a language.
    BadLang(String),
    /// Not a question about lines of before, or about their times, that can be answered.
    Look(Misled),
    /// Ignoring as many as one may.
    IgnoreFull,
    /// Not the password.
    WrongPassword,
    /// This can be no password.
    BadPassword(SecretFault),
    /// A registered name, which takes a password and hence a conn without a name yet.
    NameRegistered(Name),
    /// This name is registered already.
    AlreadyRegistered(Name),
    /// This name is not registered, or not by you.
    NotRegistered(Name),
    /// Too much is being asked about passwords just now, perhaps by this user alone.
    Busy,
    /// Too many wrong passwords.
    TooManyTries { wait_s: u64 },
    /// Nothing about passwords can be done just now.
    AccountsFailed,
    /// Not an order that can be done, or not a line that may be.
    Order(Fault),
    /// Not a line that can be referred to so.
    Refer(ReferFault),
}
