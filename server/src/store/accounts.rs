//! Accounts: who owns a name or an e-mail, and the hash of the password; and for operators their
//! password, and bans that survive a restart; and private lines for owners of names who are not here. One worker thread has the database (SQLite) and the
//! hashing (argon2id). Queries wait in lanes, each bounded, and answers come back through a queue.
//!
//! The loop never waits here: `ask` fails if the lane is full, `answer` returns one or none. The
//! database is created only for the first registration or ban. No hash leaves this module. Callers
//! decide who may ask and how often, and what an account is good for.
//!
//! Invariant: each accepted query gets one answer, as long as answers are taken; in the order of
//! its lane, unless it is about a missing account. A confirmed change is on disk.

use std::ffi::OsString;
use std::fmt::{self, Display};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::time::Duration;

use crate::hub::name::Name;
use crate::hub::{Id, Letter, Origin, Question, Verdict};
use crate::limits::LANE_PLACES;
use directory::DirectoryLock;
use lanes::LANES;
use store::Store;
use worker::{Proof, Worker};

pub(super) mod directory;
mod lanes;
mod secret;
mod store;
mod worker;

pub use lanes::Lane;
pub use secret::Password;
pub(crate) use secret::random_number;

/// The owner of an account. The texts are compared as they are; the caller has folded them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Owner {
    /// A user's name. Key and look are each unique among the names.
    Name {
        /// What the account is found by.
        key: String,
        /// Its look.
        look: String,
        /// As it was typed.
        shown: String,
    },
    /// The e-mail address of a user of the directory.
    Email(String),
}

impl From<&Name> for Owner {
    fn from(name: &Name) -> Owner {
        Owner::Name {
            key: name.key().to_owned(),
            look: name.look().to_string(),
            shown: name.shown().to_owned(),
        }
    }
}

/// The target of a ban; the texts are compared as they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BanKey {
    /// A name's key.
    Name(String),
    /// Addresses, as displayed.
    Address(String),
}

/// A ban as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ban {
    /// Its target; there is one ban for each.
    pub key: BanKey,
    /// The target as displayed.
    pub whom: String,
    /// The operator's name.
    pub by: String,
    /// The reason.
    pub why: String,
    /// How long it still holds, counted from storing or reading; none is for ever.
    pub left: Option<Duration>,
}

/// An address by which programs speak in a room; `{:?}` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hook {
    /// No two have the same.
    pub number: u32,
    /// What nobody can guess.
    pub token: String,
    /// The name of the room.
    pub room: String,
    /// The operator's name; empty for the console.
    pub by: String,
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hook({}, {}, hidden)", self.number, self.room)
    }
}

/// The contents of the database at the start.
#[derive(Default, Debug)]
pub struct Stored {
    /// The accounts, and how long ago each was registered.
    pub owners: Vec<(Owner, Duration)>,
    /// The bans that have not expired.
    pub bans: Vec<Ban>,
    /// When the owners of names were here.
    pub visits: Vec<Visit>,
    /// The hooks.
    pub hooks: Vec<Hook>,
}

/// When the owner of a name was here, in seconds since 1970.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// The name.
    pub owner: Owner,
    /// When they left, or were known to be here.
    pub here: i64,
    /// When they last said something to anybody, if they did.
    pub spoke: Option<i64>,
}

/// Who asks; it comes back with the answer and is not looked at here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asker {
    /// A conn from this address.
    Conn(Id, SocketAddr),
    /// An operator, or none for the console.
    Operator(Option<Id>),
    /// A user, about letters; a direct user, or nobody who waits for the answer.
    Letters(Option<Id>),
    /// A ChatTruco client, by the ticket of its try.
    Directory(u64),
}

/// What the worker shall do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Task {
    /// Answer a question about an account. Takes the same time whether or not there is one. For
    /// [`Question::Operator`] the owner is the asker; that password is never in the database.
    Ask(Owner, Question),
    /// List the owners with this in their name: `Right`, and they come with the answer.
    List(String),
    /// Set a one-time password, which comes with the answer: `Changed` or `NoSuch`. An e-mail's
    /// password stays valid, since its client cannot change it.
    Reset(Owner),
    /// Remove the account: `Removed` or `NoSuch`.
    Free(Owner),
    /// Store this ban, replacing one of the same target: `Changed`.
    Keep(Ban),
    /// Remove a ban: `Removed` or `NoSuch`.
    Forget(BanKey),
    /// Store this hook, whose number is new: `Changed`.
    KeepHook(Hook),
    /// Remove the hook of this number: `Removed` or `NoSuch`.
    ForgetHook(u32),
    /// Keep a private line for this owner: `Changed`, `Full` or `NoSuch`.
    Leave(Owner, Box<Leaving>),
    /// Find the next private lines for this owner after this number: `Right`, and they come with the answer. They
    /// are noted as told.
    Fetch(Owner, i64),
    /// Remove those up to this number: `Removed` or `NoSuch`.
    Discard(Owner, i64),
    /// Note when these were here: `Changed`.
    Note(Vec<Visit>),
}

/// A private line for somebody who is not here; `{:?}` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Leaving {
    /// The name or address of who wrote it.
    pub sender: String,
    /// Whose share of the box it counts towards.
    pub source: String,
    /// The text.
    pub text: String,
    /// Whether the name is the sender's, who has shown that.
    pub is_owners: bool,
    /// How it came to be; this is not kept. One that was sent to a connection that is lost counts as told.
    pub origin: Origin,
}

impl fmt::Debug for Leaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leaving(hidden)")
    }
}

/// A task and who asks for it.
#[derive(Clone, Debug)]
pub struct Query {
    /// Who asks.
    pub asker: Asker,
    /// What to do.
    pub task: Task,
    /// The lane it waits in.
    pub lane: Lane,
}

/// The answer to a query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// As in the query.
    pub asker: Asker,
    /// As in the query.
    pub task: Task,
    /// The verdict; never one about a query that was dropped.
    pub verdict: Verdict,
    /// The result beside the verdict.
    pub found: Found,
}

/// The result of an operator's query.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Found {
    /// None.
    #[default]
    Nothing,
    /// A one-time password.
    Password(NewPassword),
    /// The first accounts found, and how many there are in all.
    Listed(Vec<Listed>, usize),
    /// Private lines, oldest first, and how many more there are.
    Letters(Vec<Letter>, usize),
}

/// A password made here; `{:?}` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(pub String);

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(hidden)")
    }
}

/// One account in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The name or the e-mail.
    pub whom: String,
    /// How long ago it was registered.
    pub registered: Duration,
    /// How long ago it was last used, to an hour; none if not since this is recorded.
    pub used: Option<Duration>,
}

/// The queue is full: try again in a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy;

/// The loop's side of the worker. When dropped, the worker ends after the current query.
pub struct Accounts {
    /// Locks the directory for this server.
    _hold: Option<DirectoryLock>,
    queries: Sender<Query>,
    answers: Receiver<Answer>,
    waiting: Waiting,
}

/// How many queries of each lane are undecided.
type Waiting = Arc<[AtomicUsize; LANES]>;

impl Accounts {
    /// Checks the database in `directory`, if there is one, and starts the worker. Returns what is
    /// stored. `wake` is called on the worker's thread after each answer. Without a password for
    /// `operators` there are none.
    ///
    /// Call it before the loop runs: it reads the disk.
    ///
    /// # Errors
    /// A sentence for the operator: another server uses the directory, or its contents
    /// cannot be read, are damaged, belong to another program or to a newer version.
    pub fn open(
        directory: PathBuf,
        operators: Option<Password>,
        wake: impl FnMut() + Send + 'static,
    ) -> io::Result<(Accounts, Stored)> {
        let hold = directory::lock(&directory)?;
        let store = Store::new(directory);
        store.refresh_keys()?;
        let kept = Stored {
            owners: store.registered()?,
            bans: store.bans()?,
            visits: store.visits()?,
            hooks: store.hooks()?,
        };
        // Bounded by `ask`.
        let (queries, asked) = channel();
        // Bounded too: a loop that takes no answers gets no more.
        let (told, answers) = sync_channel(LANE_PLACES);
        let waiting = Waiting::default();
        let operators = operators.map(Proof::Password);
        let worker = Worker::new(store, operators, asked, told, Arc::clone(&waiting));
        std::thread::Builder::new()
            .name("accounts".into())
            .spawn(move || worker.work(wake))?;
        let accounts = Accounts {
            _hold: hold,
            queries,
            answers,
            waiting,
        };
        Ok((accounts, kept))
    }

    /// Hands a query to the worker. Never waits.
    ///
    /// # Errors
    /// If its lane is full; the query, with its password, is dropped.
    pub fn ask(&self, query: Query) -> Result<(), Busy> {
        let waiting = &self.waiting[query.lane as usize];
        if waiting.load(Ordering::Relaxed) >= query.lane.places() {
            return Err(Busy);
        }
        // Before sending: the worker may finish at once.
        waiting.fetch_add(1, Ordering::Relaxed);
        self.queries.send(query).map_err(|_| Busy)
    }

    /// The next answer, if there is one. Never waits.
    pub fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

/// The default directory: `$XDG_STATE_HOME/papo`, else `$HOME/.local/state/papo`. `None` if neither
/// is an absolute path.
pub fn default_directory() -> Option<PathBuf> {
    directory_in(std::env::var_os("XDG_STATE_HOME"), std::env::var_os("HOME"))
}

fn directory_in(state: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    // The XDG specification says to ignore relative paths.
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let in_home = || Some(home.and_then(absolute)?.join(".local/state"));
    let state = state.and_then(absolute).or_else(in_home);
    state.map(|state| state.join("papo"))
}

fn at(path: &Path, error: &dyn Display) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Secret;

    #[test]
    fn the_directory_is_the_one_of_the_xdg_specification() {
        let check = |state: Option<&str>, home: Option<&str>, expected: Option<&str>| {
            let directory = directory_in(state.map(OsString::from), home.map(OsString::from));
            assert_eq!(directory, expected.map(PathBuf::from));
        };
        check(Some("/s"), Some("/h"), Some("/s/papo"));
        check(None, Some("/h"), Some("/h/.local/state/papo"));
        check(Some(""), Some("/h"), Some("/h/.local/state/papo"));
        check(Some("relative"), Some("/h"), Some("/h/.local/state/papo"));
        check(None, Some("relative"), None);
        check(None, None, None);
    }

    #[test]
    fn what_is_printed_of_a_query_has_no_password() {
        let query = Query {
            asker: Asker::Operator(None),
            task: Task::Ask(
                Owner::Email("ana@example.org".into()),
                Question::Register(Secret::new("s3cret").expect("it is short")),
            ),
            lane: Lane::DatagramRegistrations,
        };
        let printed = format!("{query:?}");
        assert!(
            printed.contains("ana@example.org") && !printed.contains("s3cret"),
            "{printed}"
        );
    }
}
