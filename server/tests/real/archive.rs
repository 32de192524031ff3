//! What was said is on disk, and comes back: after a stop, after a kill, after damage, and with a disk that
//! is full.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::Signal;

use crate::harness::{PROGRAM, Server, own_directory};
use crate::metrics;
use crate::people::{Person, Talker};

/// A directory for servers one after the other.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    pub(crate) fn new() -> Place {
        Place(own_directory())
    }

    pub(crate) fn start(&self, options: &str) -> Server {
        Server::start(&format!("--data {} {options}", self.0.display()))
    }

    fn file(&self) -> PathBuf {
        self.0.join("archive.db")
    }

    /// The export, as JSON without ids and times.
    fn said(&self) -> Vec<String> {
        let without = |line: &str| {
            let (room, rest) = line.split_once(",\"id\"").expect("an id");
            let (_, rest) = rest.split_once(",\"from\"").expect("a sender");
            format!("{room},\"from\"{rest}")
        };
        export(&self.0, "json").lines().map(without).collect()
    }

    /// The ids of the lines of a room, in their order.
    fn ids(&self, room: &str) -> Vec<(u64, u64)> {
        let export = export(&self.0, "json");
        let start = format!("{{\"room\":\"{room}\",\"id\":\"");
        let ids = export.lines().filter_map(|line| {
            let (epoch, rest) = line.strip_prefix(&start)?.split_once(':')?;
            let (number, _) = rest.split_once('"')?;
            Some((epoch.parse().ok()?, number.parse().ok()?))
        });
        ids.collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn export(data: &Path, format: &str) -> String {
    let mut command = Command::new(PROGRAM);
    command.args(["export", "--format", format, "--data"]);
    let end = command.arg(data).output().expect("it starts");
    let told = String::from_utf8_lossy(&end.stderr);
    assert!(end.status.success(), "{told}");
    String::from_utf8(end.stdout).expect("UTF-8")
}

/// The next line with this in it.
#[track_caller]
fn find(person: &mut Talker, part: impl AsRef<str>) {
    let part = part.as_ref();
    while !person.hear().expect("it is told more").contains(part) {}
}

/// Waits until this is on disk.
fn until_said(place: &Place, text: &str) {
    while !export(&place.0, "text").contains(text) {
        // There is no line to wait for; the length of this pause decides nothing.
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_restart_changes_nothing() {
    let place = Place::new();
    let mut server = place.start("");
    let mut ana = Talker::join(&server, "ana");
    ana.say("/topic soup");
    ana.expect("* ana changed the topic: \"soup\"");
    ana.say("hello");
    ana.say("/join kitchen");
    ana.expect("* you are alone in kitchen");
    ana.say("/me cooks");
    ana.say("/quit");
    find(&mut ana, "* bye");
    server.signal(Signal::SIGTERM);
    server.expect_exit(0);
    drop(server);
    let server = place.start("");
    let mut bob = Talker::join(&server, "bob");
    bob.expect("* topic of lobby: \"soup\"");
    bob.expect_past("<ana> hello");
    bob.say("/join kitchen");
    bob.expect("* you are alone in kitchen");
    bob.expect_past("~ ana cooks");
    until_said(&place, "bob went to kitchen");
    let ids = place.ids("lobby");
    let numbers: Vec<u64> = ids.iter().map(|(_, number)| *number).collect();
    assert_eq!(numbers, (1..=ids.len() as u64).collect::<Vec<_>>());
    assert!(ids.iter().all(|(epoch, _)| *epoch == ids[0].0), "{ids:?}");
}

#[test]
fn what_was_said_before_a_restart_is_found() {
    let place = Place::new();
    let mut server = place.start("--rate 0");
    let mut ana = Talker::join(&server, "ana");
    for n in 0..120 {
        ana.say(&format!("line {n}"));
    }
    ana.say("hot soup");
    ana.say("/quit");
    find(&mut ana, "* bye");
    server.signal(Signal::SIGTERM);
    server.expect_exit(0);
    drop(server);
    let server = place.start("--rate 0 --backlog 0");
    let mut bob = Talker::join(&server, "bob");
    bob.say("/history from ana");
    bob.expect("* 50 lines of ana, newest last");
    for n in 71..120 {
        bob.expect_past(&format!("<ana> line {n}"));
    }
    bob.expect_past("<ana> hot soup");
    bob.expect("* more: /more");
    bob.say("/more");
    bob.expect("* 50 lines of ana, newest last");
    bob.expect_past("<ana> line 21");
    find(&mut bob, "* more: /more");
    bob.say("/more");
    bob.expect("* 21 lines of ana, newest last");
    bob.expect_past("<ana> line 0");
    find(&mut bob, "<ana> line 20");
    bob.say("/search SOUP hot");
    bob.expect("* 1 line with \"SOUP hot\"");
    bob.expect_past("<ana> hot soup");
    bob.say("/history since 1h");
    find(&mut bob, "* 50 lines since ");
    bob.expect_past("<ana> line 0");
    find(&mut bob, "* more: /more");
    bob.expect_nothing_else();
}

#[test]
fn after_a_kill_no_number_is_used_again() {
    let place = Place::new();
    let mut texts = Vec::new();
    for life in 0..5 {
        let server = place.start("--rate 0");
        let mut ana = Talker::join(&server, "ana");
        let mut bob = Talker::join(&server, "bob");
        for n in 0..20 {
            let text = format!("line {n} of life {life}");
            bob.say(&text);
            find(&mut ana, format!("<bob> {text}"));
            texts.push(text);
        }
        if life % 2 == 0 {
            until_said(&place, texts.last().expect("one was said"));
        }
        // Dropping it kills it.
    }
    let mut ids = place.ids("lobby");
    let epochs: std::collections::BTreeSet<u64> = ids.iter().map(|(epoch, _)| *epoch).collect();
    assert!(epochs.len() >= 3, "{epochs:?}");
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "a number is used twice");
    let export = export(&place.0, "text");
    // What was seen on disk stays; of the others any number of the last ones is missing.
    let is_seen = |text: &&String| !text.ends_with(['1', '3']);
    for text in texts.iter().filter(is_seen) {
        assert_eq!(export.matches(&**text).count(), 1, "{text}");
    }
    let ends = export.matches("the server ended without warning").count();
    assert_eq!(ends, 4);
}

#[test]
fn only_the_owner_can_read_it_and_private_lines_are_not_in_it() {
    let place = Place::new();
    let server = place.start("");
    let mut ana = Talker::join(&server, "ana");
    let mut bob = Talker::join(&server, "bob");
    bob.say("@ana a secret");
    find(&mut ana, "a secret");
    bob.say("in public");
    until_said(&place, "in public");
    for suffix in ["", "-wal", "-shm"] {
        let file = format!("{}{suffix}", place.file().display());
        let mode = fs::metadata(&file).expect(&file).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
        let bytes = fs::read(&file).expect("it is ours");
        let has = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
        assert!(!has(b"a secret"), "{file}");
    }
}

#[test]
fn nothing_is_written_when_nothing_is_kept() {
    let place = Place::new();
    let mut server = place.start("--keep off");
    server.screen.find("What is said is not kept on disk");
    let mut ana = Talker::join(&server, "ana");
    let mut bob = Talker::join(&server, "bob");
    bob.say("hello");
    find(&mut ana, "<bob> hello");
    assert!(!place.file().exists());
    drop(server);
    assert!(!place.file().exists());
}

#[test]
fn a_damaged_file_is_set_aside() {
    // The head, and the pages of the lines.
    for damage in [0, 20_000] {
        let place = Place::new();
        let mut server = place.start("--rate 0");
        let mut ana = Talker::join(&server, "ana");
        for n in 0..200 {
            ana.say(&format!("a line with the number {n}"));
        }
        ana.say("/quit");
        find(&mut ana, "* bye");
        server.signal(Signal::SIGTERM);
        server.expect_exit(0);
        drop(server);
        let mut bytes = fs::read(place.file()).expect("it is there");
        assert!(bytes.len() > 23_000);
        bytes[damage..damage + 3000].fill(0x5a);
        fs::write(place.file(), &bytes).expect("it is ours");
        let mut server = place.start("");
        server
            .log
            .find("archive.db.damaged-1 now, and a new one begins");
        let mut ana = Talker::join(&server, "ana");
        ana.say("still here");
        until_said(&place, "still here");
        let aside = place.0.join("archive.db.damaged-1");
        let kept = fs::read(aside).expect("it is there");
        let is_kept = kept[damage..][..3000] == bytes[damage..][..3000];
        assert!(is_kept, "it is not the same file");
    }
}

#[test]
fn an_export_reads_beside_the_server() {
    let place = Place::new();
    let mut server = place.start("--rate 0");
    let mut ana = Talker::join(&server, "ana");
    let mut bob = Talker::join(&server, "bob");
    for n in 0..50 {
        bob.say(&format!("number {n}"));
        find(&mut ana, format!("<bob> number {n}"));
        let said = place.said();
        assert!(said.iter().all(|line| line.ends_with('}')), "{said:?}");
    }
    until_said(&place, "number 49");
    let said = place.said();
    let expected: Vec<String> = (0..50)
        .map(|n| {
            format!(
                "{{\"room\":\"lobby\",\"from\":\"bob\",\"kind\":\"line\",\"text\":\"number {n}\"}}"
            )
        })
        .collect();
    assert_eq!(said[2..], expected);
    server.signal(Signal::SIGTERM);
    server.expect_exit(0);
    assert_eq!(place.said(), said);
    let page = export(&place.0, "html");
    assert!(page.contains("&lt;bob&gt; number 49") && page.ends_with("</html>\n"));
}

#[test]
fn a_file_that_is_removed_is_begun_again() {
    let place = Place::new();
    let mut server = place.start("--rate 0");
    let mut ana = Talker::join(&server, "ana");
    ana.say("before");
    until_said(&place, "before");
    for suffix in ["", "-wal", "-shm"] {
        fs::remove_file(format!("{}{suffix}", place.file().display())).expect("it is there");
    }
    ana.say("after");
    server.log.find("archive.db is gone; a new one begins");
    while !place.file().exists() {
        // There is no line to wait for; the length of this pause decides nothing.
        std::thread::sleep(Duration::from_millis(5));
    }
    until_said(&place, "after");
    assert!(!export(&place.0, "text").contains("before"));
}

/// Runs a test with a disk of a megabyte at this directory, which nobody else sees.
fn with_small_disk(test: impl FnOnce(&Place) + Send) {
    let place = Place::new();
    fs::create_dir(&place.0).expect("a directory");
    let run = || {
        let none = None::<&str>;
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        let mounted = unshare(CloneFlags::CLONE_NEWNS)
            .and_then(|()| mount(none, "/", none, private, none))
            .and_then(|()| {
                let (disk, size) = (Some("tmpfs"), Some("size=1m"));
                mount(disk, &place.0, disk, MsFlags::empty(), size)
            });
        if let Err(error) = mounted {
            // Past the output capture of the test harness.
            let _ = writeln!(
                std::io::stderr(),
                "NOT TESTED: no disk of its own, {error}: run it as root"
            );
            return;
        }
        test(&place);
        let _ = umount2(&place.0, MntFlags::MNT_DETACH);
    };
    std::thread::scope(|scope| {
        if let Err(panic) = scope.spawn(run).join() {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn a_full_disk_delays_nobody_and_the_rest_is_written_later() {
    with_small_disk(|place| {
        let data = place.0.display();
        let mut server = Server::start(&format!("--rate 0 --metrics 0 --data {data}"));
        let at = metrics::place(&mut server);
        let mut ana = Talker::join(&server, "ana");
        let mut bob = Talker::join(&server, "bob");
        bob.say("while there is room");
        until_said(place, "while there is room");
        // All that is left, with some bytes for what is found full first.
        let filler = place.0.join("filler");
        let mut file = fs::File::create(&filler).expect("there is room");
        while file.write_all(&[0; 4096]).is_ok() {}
        let mut said = 0;
        while metrics::value(at, "papo_archive_failing") == 0.0 {
            bob.say(&format!("number {said} {}", "x".repeat(500)));
            find(&mut ana, format!("<bob> number {said} "));
            said += 1;
        }
        server.log.find("what is said is not written to disk");
        drop(file);
        fs::remove_file(&filler).expect("it is there");
        server.log.find("what is said is written to disk again");
        until_said(place, &format!("number {} ", said - 1));
        let export = export(&place.0, "text");
        for n in 0..said {
            assert_eq!(export.matches(&format!("<bob> number {n} ")).count(), 1);
        }
        let lost = metrics::value(at, "papo_archive_lost_lines_total");
        assert_eq!(lost, 0.0);
    });
}
