//! Registrations: who owns a name or an e-mail address, and by which password; and what the
//! operators have: their password, and bans that outlast the server. One worker thread has
//! the database (SQLite) and the hashing (argon2id); questions go to it in lanes, each of which is
//! bounded, and answers come back through a queue.
//!
//! The loop never waits here: `ask` refuses when the lane is full, `answer` has none or one. No database
//! is created before the first registration or ban. No password and no hash leaves this module.
//! Who may ask, how often, and what an account is good for is decided elsewhere.
//!
//! Invariant: each query that was taken is answered once, as long as somebody takes answers, and in
//! the order of its lane unless it is about an account that is not there; what was told to be done is
//! on the disk.

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
use crate::hub::{Id, Question, Verdict};
use crate::limits::LANE_PLACES;
use lanes::LANES;
use place::Hold;
use store::Store;
use worker::{Proof, Worker};

mod lanes;
mod place;
mod secret;
mod store;
mod worker;

pub use lanes::Lane;
pub use secret::Password;

/// Who an account belongs to. The texts are compared as they are: who asks has folded them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Owner {
    /// A user's name. Key and look are each unique among the names.
    Name {
        /// By what it is addressed; it alone finds the account.
        key: String,
        /// What a reader sees.
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

/// What is banned; the texts are compared as they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BanKey {
    /// A name's key.
    Name(String),
    /// Addresses, as they are written.
    Address(String),
}

/// A ban as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ban {
    /// What is banned; there is one ban of it.
    pub key: BanKey,
    /// The same as it is shown.
    pub whom: String,
    /// Which operator did it.
    pub by: String,
    /// Why.
    pub why: String,
    /// How long it holds yet, from when it is kept or read on; none is for ever.
    pub left: Option<Duration>,
}

/// What the database holds at the start.
#[derive(Default, Debug)]
pub struct Kept {
    /// Who is registered.
    pub owners: Vec<Owner>,
    /// The bans that are not over.
    pub bans: Vec<Ban>,
}

/// Who wants something done; it comes back with the answer and means nothing here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asker {
    /// A conn that came from there.
    Conn(Id, SocketAddr),
    /// An operator among the users, or none at the console.
    Operator(Option<Id>),
    /// A client of the directory, by the ticket of its try.
    Directory(u64),
}

/// What the worker is to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Task {
    /// Answer a question about an account. It takes the same time whether or not there is one. To
    /// [`Question::Operator`] the owner is who asks; that password is never in the database.
    Ask(Owner, Question),
    /// List who is registered with this in the name; they come with the answer: `Right`.
    List(String),
    /// Make a password for once for this owner, which comes with the answer: `Changed` or `NoSuch`. An
    /// e-mail's client cannot change it, so it stays.
    Reset(Owner),
    /// Forget the account: `Removed` or `NoSuch`.
    Free(Owner),
    /// Keep this ban, in place of one of the same key: `Changed`.
    Keep(Ban),
    /// Forget a ban: `Removed` or `NoSuch`.
    Forget(BanKey),
}

/// A task, with what is needed to know its answer again.
#[derive(Clone, Debug)]
pub struct Query {
    /// Who wants it.
    pub asker: Asker,
    /// What to do.
    pub task: Task,
    /// Among whom it waits.
    pub lane: Lane,
}

/// What came of a query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// As in the query.
    pub asker: Asker,
    /// As in the query.
    pub task: Task,
    /// What came of it: none of those that nobody looked at.
    pub verdict: Verdict,
    /// What was asked for besides.
    pub found: Found,
}

/// What operators ask for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Found {
    /// Nothing was.
    #[default]
    Nothing,
    /// The password for once.
    Password(Fresh),
    /// The first of those who are registered, and how many there are.
    Listed(Vec<Listed>, usize),
}

/// A password that was made here; `{:?}` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Fresh(pub String);

impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fresh(hidden)")
    }
}

/// One account in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The name or the e-mail.
    pub whom: String,
    /// How long ago it was registered.
    pub registered: Duration,
    /// How long ago it was last used, to an hour; none is not since that is noted.
    pub used: Option<Duration>,
}

/// The lane is full: try again in a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy;

/// The loop's end of the worker. When it is dropped, the worker ends after the query at hand.
pub struct Accounts {
    /// The directory is this server's alone.
    _hold: Option<Hold>,
    queries: Sender<Query>,
    answers: Receiver<Answer>,
    waiting: Waiting,
}

/// How many queries of each lane are not decided yet.
type Waiting = Arc<[AtomicUsize; LANES]>;

impl Accounts {
    /// Check the database in `directory`, if there is one, and start the worker. `wake` is called on
    /// the worker's thread after each answer. Also told is what is kept already. Without a password
    /// for the `operators` there are none.
    ///
    /// To be called before the loop runs, as it reads the disk.
    ///
    /// # Errors
    /// A sentence for the operator: another server has the directory, or what is there cannot be read,
    /// is damaged, belongs to another program or was written by a newer version.
    pub fn open(
        directory: PathBuf,
        operators: Option<Password>,
        wake: impl FnMut() + Send + 'static,
    ) -> io::Result<(Accounts, Kept)> {
        let hold = place::hold(&directory)?;
        let store = Store::new(directory);
        store.refresh_keys()?;
        let kept = Kept {
            owners: store.registered()?,
            bans: store.bans()?,
        };
        // `ask` bounds it.
        let (queries, asked) = channel();
        // Bounded as well: who takes no answers gets no more of them.
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

    /// Hand a query to the worker. Never waits.
    ///
    /// # Errors
    /// When its lane is full; the query, with its password, is gone.
    pub fn ask(&self, query: Query) -> Result<(), Busy> {
        let waiting = &self.waiting[query.lane as usize];
        if waiting.load(Ordering::Relaxed) >= query.lane.places() {
            return Err(Busy);
        }
        // Before it is sent: the worker may be done with it at once.
        waiting.fetch_add(1, Ordering::Relaxed);
        self.queries.send(query).map_err(|_| Busy)
    }

    /// The next answer, if there is one. Never waits.
    pub fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

/// Where accounts are kept unless told otherwise: `$XDG_STATE_HOME/papo`, else
/// `$HOME/.local/state/papo`. `None` when neither is set to an absolute path.
pub fn default_directory() -> Option<PathBuf> {
    directory_in(std::env::var_os("XDG_STATE_HOME"), std::env::var_os("HOME"))
}

fn directory_in(state: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    // The XDG specification has relative paths ignored.
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
            asker: Asker::Directory(7),
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
