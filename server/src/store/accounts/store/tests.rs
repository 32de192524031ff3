//! The tables without hashing: what is unique, which files exist, what a kill leaves.

mod letters;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{Resource, setrlimit};

use super::*;

/// A directory for one test, removed with it.
struct Place(PathBuf);

impl Place {
    fn new(test: &str) -> Place {
        let name = format!("papo-store-{test}-{}", std::process::id());
        let place = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&place);
        Place(place)
    }

    fn store(&self) -> Store {
        Store::new(self.0.clone())
    }

    fn database(&self) -> Connection {
        Connection::open(self.0.join(FILE)).expect("SQLite opens it")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn name(key: &str, look: &str) -> Owner {
    Owner::Name {
        key: key.into(),
        look: look.into(),
        shown: key.to_uppercase(),
    }
}

fn email(text: &str) -> Owner {
    Owner::Email(text.into())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").mode() & 0o777
}

/// The sentence of an expected error.
fn refused<T>(result: io::Result<T>) -> String {
    result.err().expect("it is refused").to_string()
}

fn owners_in(store: &Store) -> Vec<Owner> {
    let registered = store.registered().expect("whole");
    registered.into_iter().map(|(owner, _)| owner).collect()
}

#[test]
fn accounts_are_unique_by_key_and_by_look() {
    let place = Place::new("unique");
    let store = place.store();
    let insert = |owner: &Owner| {
        let taken = store.is_taken(owner).expect("readable");
        assert_eq!(store.insert(owner, "h").expect("writable"), !taken);
        !taken
    };
    assert!(insert(&name("ana", "ana")));
    assert!(!insert(&name("ana", "anna")), "the same key");
    assert!(!insert(&name("anna", "ana")), "the same look");
    assert!(insert(&name("lara", "lara")) && insert(&name("iara", "Lara")));
    assert!(insert(&email("ana")), "an e-mail is another kind");
    assert!(insert(&email("bob@example.org")) && !insert(&email("bob@example.org")));
    let owners = [
        name("ana", "ana"),
        name("lara", "lara"),
        name("iara", "Lara"),
        email("ana"),
        email("bob@example.org"),
    ];
    assert_eq!(owners_in(&place.store()), owners);
}

#[test]
fn hashes_are_found_changed_and_removed_by_kind_and_key() {
    let place = Place::new("hashes");
    let store = place.store();
    let (ana, mail) = (name("ana", "ana"), email("ana"));
    let hash = |owner: &Owner| store.hash_of(owner).expect("readable");
    assert_eq!(hash(&ana), None);
    assert!(!store.update(&ana, "h", false).expect("nothing there"));
    assert!(!store.remove(&ana).expect("nothing there"));
    assert!(!place.0.exists(), "no question creates anything");
    store.insert(&ana, "one").expect("writable");
    store.insert(&mail, "two").expect("writable");
    assert_eq!(hash(&ana).as_deref(), Some("one"));
    assert!(store.update(&mail, "three", false).expect("writable"));
    assert_eq!(hash(&name("ana", "another look")).as_deref(), Some("one"));
    assert_eq!(hash(&mail).as_deref(), Some("three"));
    assert!(store.remove(&ana).expect("writable"));
    assert!(!store.remove(&ana).expect("writable"));
    assert_eq!((hash(&ana), hash(&mail).is_some()), (None, true));
    assert!(store.insert(&ana, "four").expect("writable"));
}

#[test]
fn only_the_owner_may_read_what_is_created() {
    let place = Place::new("modes");
    let parent = place.0.clone();
    let store = Store::new(parent.join("state/papo"));
    store.insert(&name("ana", "ana"), "h").expect("writable");
    for created in ["", "state", "state/papo"] {
        assert_eq!(mode(&parent.join(created)), 0o700, "{created:?}");
    }
    let journal = parent.join("state/papo/accounts.db-journal");
    assert_eq!((mode(&store.file), mode(&journal)), (0o600, 0o600));
    // The mode is restricted whenever it is opened.
    for file in [&store.file, &journal] {
        fs::set_permissions(file, Permissions::from_mode(0o664)).expect("it is ours");
    }
    store.registered().expect("readable");
    assert_eq!((mode(&store.file), mode(&journal)), (0o600, 0o600));
}

#[test]
fn foreign_files_are_refused_with_a_sentence() {
    let place = Place::new("foreign");
    let store = place.store();
    fs::create_dir_all(&place.0).expect("writable");
    fs::write(&store.file, "name,password\nana,plain text\n".repeat(100)).expect("writable");
    assert!(refused(store.registered()).contains("accounts.db is damaged"));
    assert!(refused(store.insert(&email("a"), "h")).contains("is damaged"));

    fs::remove_file(&store.file).expect("it is ours");
    let other = place.database();
    other.execute_batch("CREATE TABLE songs (id)").expect("ok");
    assert!(refused(store.registered()).contains("another program"));
    assert!(refused(store.insert(&email("a"), "h")).contains("another program"));

    fs::remove_file(&store.file).expect("it is ours");
    store.insert(&email("a"), "h").expect("writable");
    let newer = place.database();
    newer.pragma_update(None, "user_version", 7).expect("ok");
    let sentence = refused(store.registered());
    assert!(
        sentence.contains("newer papo-server (version 7"),
        "{sentence}"
    );
}

#[test]
fn damage_anywhere_is_found_at_the_start() {
    let place = Place::new("damage");
    let store = place.store();
    for number in 0..200 {
        let owner = name(&format!("key{number}"), &format!("look{number}"));
        store.insert(&owner, &"h".repeat(97)).expect("writable");
    }
    assert_eq!(store.registered().expect("whole").len(), 200);
    let whole = fs::read(&store.file).expect("readable");
    // The rows and the index of looks, in the middle of a page; and a file cut in the middle.
    for page in [1, 2, whole.len() / 4096 - 1] {
        let mut bytes = whole.clone();
        bytes[page * 4096..][..64].fill(0xa5);
        fs::write(&store.file, bytes).expect("writable");
        let sentence = refused(store.registered());
        assert!(sentence.contains("is damaged"), "page {page}: {sentence}");
    }
    fs::write(&store.file, &whole[..whole.len() / 2]).expect("writable");
    assert!(refused(store.registered()).contains("is damaged"));
    fs::write(&store.file, whole).expect("writable");
    assert_eq!(store.registered().expect("whole").len(), 200);
}

#[test]
fn the_disk_is_asked_anew_each_time() {
    let place = Place::new("anew");
    let store = place.store();
    // A file instead of the directory; a dangling link; a directory instead of a file.
    fs::write(&place.0, "").expect("writable");
    refused(store.insert(&email("a"), "h"));
    refused(store.registered());
    fs::remove_file(&place.0).expect("it is ours");
    std::os::unix::fs::symlink("/nowhere/at/all", &place.0).expect("writable");
    assert!(store.registered().expect("nothing there").is_empty());
    refused(store.insert(&email("a"), "h"));
    fs::remove_file(&place.0).expect("it is ours");
    fs::create_dir_all(place.0.join("accounts.db-journal")).expect("writable");
    refused(store.insert(&email("a"), "h"));
    fs::remove_dir(place.0.join("accounts.db-journal")).expect("it is ours");
    assert!(store.insert(&email("a"), "h").expect("repaired"));
    // A copy restored under a running server.
    let copy = fs::read(&store.file).expect("readable");
    assert!(store.insert(&email("b"), "h").expect("writable"));
    // A missing or empty file does not mean that nobody is registered.
    for gone in [true, false] {
        match gone {
            true => fs::remove_file(&store.file).expect("it is ours"),
            false => fs::write(&store.file, "").expect("writable"),
        }
        assert!(refused(store.registered()).contains("is gone"));
        assert!(refused(store.hash_of(&email("a"))).contains("is gone"));
        assert!(refused(store.is_taken(&email("a"))).contains("is gone"));
        assert!(refused(store.insert(&email("c"), "h")).contains("is gone"));
        assert!(refused(store.remove(&email("a"))).contains("is gone"));
        assert!(place.store().registered().expect("a new start").is_empty());
    }
    fs::write(&store.file, copy).expect("writable");
    assert_eq!(owners_in(&store), [email("a")]);
    // Locked by another program for longer than we wait.
    let other = place.database();
    other.execute_batch("BEGIN EXCLUSIVE").expect("free");
    assert!(refused(store.insert(&email("b"), "h")).contains("locked"));
    other.execute_batch("ROLLBACK").expect("held");
    assert!(store.insert(&email("b"), "h").expect("free again"));
}

/// Names the directory of a child process; without it `child` is not a child and does nothing.
const CHILD: &str = "PAPO_STORE_CHILD";
/// Bytes that a file of the child may have; the write that would exceed them kills the child.
const LONGEST: &str = "PAPO_STORE_LONGEST";
/// How often the child is killed.
const KILLS: u64 = 60;

#[test]
fn child() {
    let Some(directory) = std::env::var_os(CHILD) else {
        return;
    };
    if let Ok(bytes) = std::env::var(LONGEST) {
        let bytes = bytes.parse().expect("a number");
        setrlimit(Resource::RLIMIT_CORE, 0, 0).expect("less is allowed");
        setrlimit(Resource::RLIMIT_FSIZE, bytes, bytes).expect("less is allowed");
    }
    let store = Store::new(directory.into());
    let mut ready = std::io::stderr();
    for number in store.registered().expect("whole").len().. {
        let owner = email(&number.to_string());
        assert!(store.insert(&owner, &hash_for(&owner)).expect("writable"));
        // One write, so that a kill cannot cut the line.
        let line = format!("stored {number}\n");
        ready.write_all(line.as_bytes()).expect("the parent reads");
    }
}

/// Long, so that a cut row would show.
fn hash_for(owner: &Owner) -> String {
    format!("{owner:?} ").repeat(60)
}

#[test]
fn a_kill_in_the_middle_of_a_registration_leaves_nothing_half_done() {
    let place = Place::new("kill");
    let mut interrupted = 0;
    for seed in 0..KILLS {
        if seed % 10 == 0 {
            // The first registration takes another path.
            let _ = fs::remove_dir_all(&place.0);
        }
        let before = place.store().registered().expect("whole").len();
        let mut stored = before;
        let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let mut child = start(&place, None);
        let told = child.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(told).lines().map_while(Result::ok);
        let mut count = |line: String| {
            let number = line.strip_prefix("stored ").expect(&line);
            assert_eq!(number, stored.to_string());
            stored += 1;
        };
        // Some in the first one, the others just after one of the next.
        lines
            .by_ref()
            .take((random % 4) as usize)
            .for_each(&mut count);
        std::thread::sleep(Duration::from_micros(random % 3000));
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        lines.for_each(&mut count);
        let journal = fs::metadata(place.0.join("accounts.db-journal"));
        interrupted += usize::from(journal.is_ok_and(|meta| meta.len() > 0));
        check_whole(&place, stored, seed);
    }
    assert!(interrupted > 0, "no kill met a transaction");
}

#[test]
fn a_kill_between_two_writes_leaves_nothing_half_done() {
    // A kill by the clock mostly hits waits for the disk; this one hits each write in turn.
    let place = Place::new("torn");
    let (mut stored, mut torn) = (0, 0);
    for write in 1..=30 {
        let mut child = start(&place, Some(write * 4096));
        let told = child.stderr.take().expect("it is piped");
        stored += BufReader::new(told).lines().count();
        let status = child.wait().expect("it is ours");
        assert!(status.signal().is_some(), "write {write}: {status}");
        let journal = fs::metadata(place.0.join("accounts.db-journal"));
        torn += usize::from(journal.is_ok_and(|meta| meta.len() > 0));
        check_whole(&place, stored, write);
        stored = place.store().registered().expect("whole").len();
    }
    assert!(torn > 0 && stored > 0, "{torn} torn, {stored} stored");
}

fn start(place: &Place, longest: Option<u64>) -> Child {
    let longest = longest.map(|bytes| (LONGEST, bytes.to_string()));
    let (_, here) = module_path!().split_once("::").expect("in a crate");
    Command::new(std::env::current_exe().expect("we run"))
        .args([&format!("{here}::child"), "--exact", "--nocapture"])
        .env(CHILD, &place.0)
        .envs(longest)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("we can be started again")
}

/// Everything confirmed is stored, and at most one more: stored but not confirmed.
fn check_whole(place: &Place, stored: usize, seed: u64) {
    let store = place.store();
    let owners = owners_in(&store);
    let there = owners.len();
    assert!(
        there == stored || there == stored + 1,
        "seed {seed}: {stored} were told, {there} are there"
    );
    for (number, owner) in owners.iter().enumerate() {
        assert_eq!(*owner, email(&number.to_string()), "seed {seed}");
        let hash = store.hash_of(owner).expect("whole");
        assert_eq!(hash, Some(hash_for(owner)), "seed {seed}");
    }
}
