//! Accounts as the loop uses them: through the queues, with a worker that is slow, a disk that
//! fails and a process that is killed. The tests wait for facts; time only decides when to kill.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use nix::libc::SIGXFSZ;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal};
use papo_server::hub::{Question, Secret, Verdict};
use papo_server::limits::LANE_PLACES;
use papo_server::store::accounts::{
    Accounts, Answer, Asker as By, Ban, Busy, Lane, Owner, Password, Query, Task,
};

// In the folder, because every file beside this one is a test program.
#[path = "accounts/managed.rs"]
mod managed;
#[path = "accounts/operators.rs"]
mod operators;

/// A directory for one test, removed with it.
struct Place(PathBuf);

impl Place {
    fn new(test: &str) -> Place {
        let name = format!("papo-accounts-{test}-{}", std::process::id());
        let place = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&place);
        Place(place)
    }

    fn database(&self) -> PathBuf {
        self.0.join("accounts.db")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A loop that does nothing but ask.
struct Asker {
    accounts: Accounts,
    registered: Vec<Owner>,
    bans: Vec<Ban>,
    woken: Receiver<()>,
}

impl Asker {
    fn open(directory: &Path) -> Asker {
        let (wake, woken) = channel();
        // Nobody waits after the asker is dropped.
        let waker = move || {
            let _ = wake.send(());
        };
        let operators = Some(Password::from(&password("open sesame")));
        let (accounts, kept) = Accounts::open(directory.to_owned(), operators, waker)
            .expect("there is nothing or it is whole");
        Asker {
            accounts,
            registered: kept.owners.into_iter().map(|(owner, _)| owner).collect(),
            bans: kept.bans,
            woken,
        }
    }

    fn ask(&self, owner: &Owner, question: Question) -> Verdict {
        self.done(Task::Ask(owner.clone(), question)).verdict
    }

    fn done(&self, task: Task) -> Answer {
        let expected = task.clone();
        let asked = query(7, task);
        self.accounts.ask(asked).expect("the queue is empty");
        let answer = self.next();
        assert_eq!(answer.asker, By::Directory(7));
        assert_eq!(answer.task, expected);
        answer
    }

    /// Wait for the next answer.
    fn next(&self) -> Answer {
        let patience = Duration::from_secs(60);
        loop {
            if let Some(answer) = self.accounts.answer() {
                return answer;
            }
            self.woken.recv_timeout(patience).expect("it is answered");
        }
    }
}

fn query(ticket: u64, task: Task) -> Query {
    Query {
        asker: By::Directory(ticket),
        task,
        lane: Lane::Logins,
    }
}

fn ticket(answer: &Answer) -> u64 {
    match answer.asker {
        By::Directory(ticket) => ticket,
        other => panic!("{other:?} asked nothing"),
    }
}

fn name(key: &str, look: &str) -> Owner {
    Owner::Name {
        key: key.into(),
        look: look.into(),
        shown: look.into(),
    }
}

fn email(number: u64) -> Owner {
    Owner::Email(format!("{number}@example.org"))
}

fn password(text: &str) -> Secret {
    Secret::new(text).expect("it has a legal length")
}

fn register(text: &str) -> Question {
    Question::Register(password(text))
}

fn verify(text: &str) -> Question {
    Question::Verify(password(text))
}

#[test]
fn an_evening_of_one_account() {
    let place = Place::new("evening");
    let asker = Asker::open(&place.0);
    let ana = name("ana", "Ana");
    assert_eq!(asker.ask(&ana, verify("first")), Verdict::NoSuch);
    assert_eq!(asker.ask(&ana, Question::Remove), Verdict::NoSuch);
    let change = |to: &str| Question::Change(password(to));
    assert_eq!(asker.ask(&ana, change("second")), Verdict::NoSuch);
    assert!(!place.database().exists(), "no question creates it");

    assert_eq!(asker.ask(&ana, register("first")), Verdict::Registered);
    assert_eq!(asker.ask(&ana, register("first")), Verdict::AlreadyThere);
    let twin = name("another key", "Ana");
    assert_eq!(asker.ask(&twin, register("first")), Verdict::AlreadyThere);
    assert_eq!(asker.ask(&email(1), register("mail")), Verdict::Registered);
    assert_eq!(asker.ask(&ana, verify("first")), Verdict::Right);
    assert_eq!(asker.ask(&ana, verify("First")), Verdict::Wrong);
    assert_eq!(asker.ask(&ana, change("second")), Verdict::Changed);
    assert_eq!(asker.ask(&ana, verify("first")), Verdict::Wrong);

    let mode = |path: &Path| fs::metadata(path).map(|meta| meta.permissions().mode() & 0o777);
    assert_eq!(mode(&place.0).expect("it is there"), 0o700);
    assert_eq!(mode(&place.database()).expect("it is there"), 0o600);
    drop(asker);

    let asker = Asker::open(&place.0);
    assert_eq!(asker.registered, [ana.clone(), email(1)]);
    assert_eq!(asker.ask(&ana, verify("second")), Verdict::Right);
    assert_eq!(asker.ask(&ana, Question::Remove), Verdict::Removed);
    assert_eq!(asker.ask(&ana, verify("second")), Verdict::NoSuch);
    assert_eq!(asker.ask(&email(1), verify("mail")), Verdict::Right);
    let raw = fs::read(place.database()).expect("readable");
    let text = String::from_utf8_lossy(&raw);
    assert!(text.contains("1@example.org") && !text.contains("mail\0"));
    assert!(!text.contains("Ana"), "what is removed is overwritten");
}

#[test]
fn of_a_hundred_queries_at_once_each_is_answered_or_refused() {
    let place = Place::new("hundred");
    let asker = Asker::open(&place.0);
    let mut taken = BTreeSet::new();
    let mut refused = 0;
    for ticket in 0..100 {
        let question = match ticket % 2 {
            0 => register("pass"),
            _ => verify("pass"),
        };
        let task = Task::Ask(email(ticket / 2), question);
        match asker.accounts.ask(query(ticket, task)) {
            Ok(()) => drop(taken.insert(ticket)),
            Err(Busy) => refused += 1,
        }
    }
    // The worker may finish a few meanwhile, but not all.
    assert!(taken.len() >= LANE_PLACES, "only {taken:?} were taken");
    assert!(refused > 0, "nothing was slow enough to be refused");
    for &number in &taken {
        let answer = asker.next();
        assert_eq!(ticket(&answer), number, "answers come in order");
        let (question, verdict) = match number % 2 {
            0 => (register("pass"), Verdict::Registered),
            _ => (verify("pass"), Verdict::Right),
        };
        assert_eq!(answer.task, Task::Ask(email(number / 2), question));
        if number % 2 == 0 || taken.contains(&(number - 1)) {
            assert_eq!(answer.verdict, verdict, "{number}");
        }
    }
    assert_eq!(asker.accounts.answer(), None);
    assert_eq!(asker.ask(&email(99), register("pass")), Verdict::Registered);
}

#[test]
fn untaken_answers_fill_the_lane_and_none_is_lost() {
    let place = Place::new("deaf");
    let asker = Asker::open(&place.0);
    let mut taken = 0;
    // Two full queues and the current question: never more.
    while taken < 2 * LANE_PLACES as u64 + 1 {
        let task = Task::Ask(email(taken), Question::Remove);
        match asker.accounts.ask(query(taken, task)) {
            Ok(()) => taken += 1,
            Err(Busy) => std::thread::yield_now(),
        }
    }
    for _ in 0..100 {
        let task = Task::Ask(email(0), Question::Remove);
        assert_eq!(asker.accounts.ask(query(taken, task)), Err(Busy));
    }
    let answers: Vec<u64> = (0..taken).map(|_| ticket(&asker.next())).collect();
    assert_eq!(answers, Vec::from_iter(0..taken));
}

#[test]
fn the_worker_ends_with_its_loop() {
    let place = Place::new("end");
    let asker = Asker::open(&place.0);
    for ticket in 0..LANE_PLACES as u64 {
        let task = Task::Ask(email(ticket), register("pass"));
        let asked = asker.accounts.ask(query(ticket, task));
        asked.expect("there is room");
    }
    let Asker {
        accounts, woken, ..
    } = asker;
    drop(accounts);
    // The waker is dropped with the thread.
    while woken.recv_timeout(Duration::from_secs(60)) != Err(RecvTimeoutError::Disconnected) {}
    let registered = Asker::open(&place.0).registered.len();
    assert!(registered < LANE_PLACES, "it worked for nobody");
}

#[test]
fn a_disk_in_trouble_fails_questions_until_it_is_repaired() {
    let place = Place::new("trouble");
    let asker = Asker::open(&place.0);
    fs::remove_dir_all(&place.0).expect("it is ours");
    fs::write(&place.0, "a file where the directory should be").expect("writable");
    assert_eq!(asker.ask(&email(1), register("pass")), Verdict::Failed);
    assert_eq!(asker.ask(&email(1), verify("pass")), Verdict::Failed);
    fs::remove_file(&place.0).expect("it is ours");
    assert_eq!(asker.ask(&email(1), register("pass")), Verdict::Registered);

    // The database is gone: no name was freed, and none can be registered in a new database.
    let moved = place.0.join("moved");
    fs::rename(place.database(), &moved).expect("it is ours");
    assert_eq!(asker.ask(&email(1), verify("pass")), Verdict::Failed);
    assert_eq!(asker.ask(&email(2), register("pass")), Verdict::Failed);
    fs::rename(&moved, place.database()).expect("it is ours");
    assert_eq!(asker.ask(&email(1), verify("pass")), Verdict::Right);

    // SQLite cannot create a journal, nor see whether one was left.
    let journal = place.0.join("accounts.db-journal");
    fs::remove_file(&journal).expect("it is ours");
    fs::create_dir(&journal).expect("writable");
    assert_eq!(asker.ask(&email(2), register("pass")), Verdict::Failed);
    assert_eq!(asker.ask(&email(1), verify("pass")), Verdict::Failed);
    fs::remove_dir(&journal).expect("it is ours");
    assert_eq!(asker.ask(&email(2), register("pass")), Verdict::Registered);

    // The file is damaged while the worker runs, and then restored from a copy.
    let whole = fs::read(place.database()).expect("readable");
    fs::write(place.database(), "not a database".repeat(400)).expect("writable");
    assert_eq!(asker.ask(&email(1), verify("pass")), Verdict::Failed);
    let open = || Accounts::open(place.0.clone(), None, || ());
    drop(asker);
    let sentence = open().err().expect("it is damaged").to_string();
    assert!(sentence.contains("accounts.db is damaged"), "{sentence}");
    fs::write(place.database(), whole).expect("writable");
    let asker = Asker::open(&place.0);
    assert_eq!(asker.ask(&email(1), verify("pass")), Verdict::Right);
}

/// Tells a child process what to do; without it, a test is not a child and does nothing.
const CHILD: &str = "PAPO_ACCOUNTS_CHILD";

fn child(test: &str, directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("we run"));
    command
        .args([test, "--exact", "--nocapture"])
        .env(CHILD, directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

#[test]
fn full_disk() {
    // Limits apply to a whole process, so this test has one of its own.
    if let Some(directory) = std::env::var_os(CHILD) {
        return fill(Path::new(&directory));
    }
    let place = Place::new("full");
    let status = child("full_disk", &place.0).status().expect("started");
    assert!(status.success(), "see above");
}

/// A file at its size limit fails like a full disk.
fn fill(directory: &Path) {
    // Blocked before the worker's thread starts: then the write fails instead of a signal.
    let signal = Signal::try_from(SIGXFSZ).expect("known");
    SigSet::from(signal).thread_block().expect("blockable");
    let (_, hard) = getrlimit(Resource::RLIMIT_FSIZE).expect("readable");
    let limit = |bytes| setrlimit(Resource::RLIMIT_FSIZE, bytes, hard).expect("below the hard one");
    let asker = Asker::open(directory);
    // From nothing at all to enough for a few accounts, so that it fails at every step of the first
    // one.
    let mut failed = 0;
    for bytes in (0..).step_by(1000) {
        limit(bytes);
        match asker.ask(&email(1), register("pass")) {
            Verdict::Failed => failed += 1,
            verdict => {
                assert_eq!(verdict, Verdict::Registered, "{bytes}");
                break;
            }
        }
        assert_eq!(asker.ask(&email(1), verify("pass")), Verdict::NoSuch);
    }
    assert!(failed > 10, "it failed at {failed} steps only");
    let mut stored = 1;
    let last = loop {
        match asker.ask(&email(stored + 1), register("pass")) {
            Verdict::Registered => stored += 1,
            verdict => break verdict,
        }
    };
    assert_eq!(last, Verdict::Failed);
    assert_eq!(asker.ask(&email(stored), verify("pass")), Verdict::Right);
    limit(hard);
    assert_eq!(
        asker.ask(&email(stored + 1), register("pass")),
        Verdict::Registered
    );
    let owners: Vec<Owner> = (1..=stored + 1).map(email).collect();
    drop(asker);
    assert_eq!(Asker::open(directory).registered, owners);
}

#[test]
fn killed() {
    if let Some(directory) = std::env::var_os(CHILD) {
        return register_for_ever(Path::new(&directory));
    }
    let place = Place::new("killed");
    let mut told = 0;
    for seed in 0..12_u64 {
        let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let mut child = child("killed", &place.0)
            .stderr(Stdio::piped())
            .spawn()
            .expect("we can be started again");
        let pipe = child.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(pipe).lines().map_while(Result::ok);
        let mut count = |line: String| {
            assert_eq!(line, format!("registered {told}"), "seed {seed}");
            told += 1;
        };
        lines
            .by_ref()
            .take((random % 3) as usize)
            .for_each(&mut count);
        // When to kill: at any moment of a registration.
        std::thread::sleep(Duration::from_micros(random % 40_000));
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        lines.for_each(&mut count);
        let asker = Asker::open(&place.0);
        let there = asker.registered.len() as u64;
        assert!(
            there == told || there == told + 1,
            "seed {seed}: {told} were told, {there} are there"
        );
        told = there;
        assert_eq!(asker.registered, Vec::from_iter((0..there).map(email)));
        if there > 0 {
            let last = email(there - 1);
            assert_eq!(asker.ask(&last, verify("pass")), Verdict::Right);
        }
    }
    assert!(told > 0);
}

fn register_for_ever(directory: &Path) {
    let asker = Asker::open(directory);
    let mut out = std::io::stderr();
    for number in asker.registered.len() as u64.. {
        let verdict = asker.ask(&email(number), register("pass"));
        assert_eq!(verdict, Verdict::Registered);
        // One write, so that a kill cannot cut the line.
        let line = format!("registered {number}\n");
        out.write_all(line.as_bytes()).expect("the parent reads");
    }
}
