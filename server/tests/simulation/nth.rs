//! Fails the Nth system call, for every N of a scripted conversation and every error that the call
//! may return.
//!
//! The conversation runs once without faults, and then once more for each of its calls and errors.
//! If a retry helps, nobody's transcript changes; if a socket is lost, its user leaves exactly
//! once, as lost, and nobody else misses a line.

use std::collections::BTreeSet;
use std::io;

use papo_server::flood::Rate;
use papo_server::turn::Server;

use crate::dice::Dice;
use crate::net::Net;

/// A system call of the loop.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Call {
    Wait,
    Accept,
    AcceptOnReserve,
    Read,
    Write,
    Shutdown,
    Watch,
    Close,
    Console,
    Ask,
}

/// Which calls fail, and how.
#[derive(Default)]
pub(crate) struct Plan {
    /// Each call so far, with its link.
    calls: Vec<(Call, Option<usize>)>,
    /// The numbers of the failing calls, and their errors.
    fails: Vec<(usize, i32)>,
    count: usize,
    remembers: bool,
}

impl Plan {
    /// The next call, and how it fails.
    pub(crate) fn next(&mut self, call: Call, link: Option<usize>) -> io::Result<()> {
        let number = self.count;
        self.count += 1;
        if self.remembers {
            self.calls.push((call, link));
        }
        match self.fails.iter().find(|(fails, _)| *fails == number) {
            Some((_, code)) => Err(io::Error::from_raw_os_error(*code)),
            None => Ok(()),
        }
    }

    /// Whether any of them has failed so far.
    pub(crate) fn has_failed(&self) -> bool {
        self.fails.iter().any(|(fails, _)| *fails < self.count)
    }
}

const EINTR: i32 = 4;
const EAGAIN: i32 = 11;
const ENOMEM: i32 = 12;
const ECONNABORTED: i32 = 103;

/// EMFILE, ENFILE, ENOBUFS, ENOMEM: the waiting client is turned away.
const EXHAUSTED: [i32; 4] = [24, 23, 105, ENOMEM];

/// The errors of each call, by their numbers on Linux.
fn errors(call: Call) -> &'static [i32] {
    match call {
        // EINTR, EAGAIN, EIO, ENOMEM, ECONNRESET, ETIMEDOUT, EHOSTUNREACH
        Call::Read => &[EINTR, EAGAIN, 5, ENOMEM, 104, 110, 113],
        // The same, and EPIPE and ENOBUFS.
        Call::Write => &[EINTR, EAGAIN, 5, ENOMEM, 104, 110, 113, 32, 105],
        // ECONNABORTED, EINTR, EAGAIN, EPERM, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPROTO
        Call::Accept => &[ECONNABORTED, EINTR, EAGAIN, 1, 24, 23, 105, ENOMEM, 71],
        Call::AcceptOnReserve => &[EAGAIN, 24, ECONNABORTED],
        // ENOMEM, ENOSPC
        Call::Watch => &[ENOMEM, 28],
        Call::Console => &[EINTR, EAGAIN, 5],
        Call::Wait => &[ENOMEM],
        // The worker's queue is full.
        Call::Ask => &[EAGAIN],
        Call::Shutdown | Call::Close => &[107],
    }
}

/// The script: a link or the operator, and what it does.
const SCRIPT: [(usize, &str); 22] = [
    (0, "watch\n"),
    (1, "ana\n"),
    (2, "bob\n"),
    (1, "one from ana\n"),
    (2, "one from bob\n"),
    (1, "@watch psst from ana\n"),
    (2, "@watch psst from bob\n"),
    (1, "/me waves\n"),
    (1, "/join games\n"),
    (1, "alone\n"),
    (1, "/join lobby\n"),
    (1, "/nick anna\n"),
    (2, "/register hush\n"),
    (2, "two from bob\n"),
    (9, "news\n"),
    (2, "/quit\n"),
    (3, "bob\n"),
    (3, "hush\n"),
    (3, "three from bob\n"),
    (1, "/lang pt\n"),
    (1, "two from ana\n"),
    (1, "/quit\n"),
];
const LINKS: usize = 4;

/// What a client gets for whom there is no descriptor.
const AWAY: &str = "* bye: the server is full, please try again later\n";

/// What everybody was told, and the calls.
struct Played {
    told: Vec<String>,
    calls: Vec<(Call, Option<usize>)>,
    /// The wait failed, which ends everything.
    ended: bool,
}

fn play(fails: &[(usize, i32)]) -> Played {
    let config = crate::configs::config(Rate {
        lines_per_s: 0,
        burst: 0,
    });
    let mut net = Net::new(Dice::new(1));
    net.plan.remembers = true;
    net.plan.fails = fails.to_vec();
    let mut server = Server::new(net, config);
    let mut ended = false;
    for link in 0..LINKS {
        server.sys().connect(0, [127, 0, 0, 1].into(), usize::MAX);
        ended |= turns(&mut server);
        assert_eq!(server.sys().links.len(), link + 1);
    }
    for (who, line) in SCRIPT {
        let net = server.sys();
        match net.links.get_mut(who) {
            Some(link) => link.to_server.extend(line.bytes()),
            None => net.desk.typed.extend(line.bytes()),
        }
        ended |= turns(&mut server);
    }
    for link in (0..LINKS).rev() {
        server.sys().links[link].fin = true;
        ended |= turns(&mut server);
    }
    for _ in 0..100 {
        ended |= turns(&mut server);
    }
    let net = server.sys();
    assert!(ended || net.open() == 0, "{fails:?}: a conn stays behind");
    let told = |link: &crate::link::Link| String::from_utf8(link.written.clone()).expect("UTF-8");
    Played {
        told: net.links.iter().map(told).collect(),
        calls: std::mem::take(&mut net.plan.calls),
        ended,
    }
}

/// Some turns; true when the wait failed.
fn turns(server: &mut Server<Net>) -> bool {
    for _ in 0..12 {
        if server.turn().is_err() {
            return true;
        }
        server.invariants();
    }
    false
}

/// Whether this error only means: not now.
fn is_mended(call: Call, code: i32) -> bool {
    match call {
        Call::Accept | Call::AcceptOnReserve => !EXHAUSTED.contains(&code),
        Call::Shutdown | Call::Close => true,
        Call::Console => code != 5,
        Call::Ask => false,
        _ => matches!(code, EINTR | EAGAIN),
    }
}

/// Lines of a transcript that name none of these and do not list who is here.
fn without(told: &str, names: &[&str]) -> Vec<String> {
    let is_list = |line: &str| line.starts_with("* welcome, ") || line.starts_with("* you are ");
    let is_about = |line: &str| is_list(line) || names.iter().any(|name| line.contains(name));
    let others = told.lines().filter(|line| !is_about(line));
    others.map(str::to_owned).collect()
}

#[test]
fn whichever_call_fails() {
    let sound = play(&[]);
    assert!(sound.calls.len() > 100, "{} calls", sound.calls.len());
    let kinds: BTreeSet<Call> = sound.calls.iter().map(|(call, _)| *call).collect();
    for call in [
        Call::Wait,
        Call::Accept,
        Call::Read,
        Call::Write,
        Call::Watch,
        Call::Ask,
    ] {
        assert!(kinds.contains(&call), "{call:?} is not in the conversation");
    }
    for (number, (call, link)) in sound.calls.iter().enumerate() {
        for &code in errors(*call) {
            let what = format!("call {number}, {call:?} of {link:?}, fails with {code}");
            println!("{what}");
            judge(&what, *call, *link, code, &sound, &play(&[(number, code)]));
        }
    }
}

/// Nobody can be accepted, and the waiting client cannot be told so either: it waits, and is
/// accepted when there is room again.
#[test]
fn a_conn_that_cannot_be_turned_away_waits() {
    const EMFILE: i32 = 24;
    let sound = play(&[]);
    let calls = sound.calls.iter().enumerate();
    let accepts = calls.filter(|(_, (call, _))| *call == Call::Accept);
    let mut waited = 0;
    for (number, _) in accepts {
        let full = play(&[(number, EMFILE)]);
        let mut calls = full.calls.iter();
        let away = calls.position(|(call, _)| *call == Call::AcceptOnReserve);
        let away = away.expect("there is no room");
        let Some(late) = full.told.iter().position(|told| told == AWAY) else {
            continue;
        };
        waited += 1;
        for &code in errors(Call::AcceptOnReserve) {
            let what = format!("call {number} fails, and turning link {late} away with {code}");
            let played = play(&[(number, EMFILE), (away, code)]);
            let is_in = played.told[late].contains("\n* welcome, ");
            assert!(is_in, "{what}: {}", played.told[late]);
            judge_lost(&what, late, &sound, &played);
        }
    }
    assert_eq!(waited, LINKS, "each was turned away once");
}

fn judge(what: &str, call: Call, link: Option<usize>, code: i32, sound: &Played, played: &Played) {
    if call == Call::Wait {
        // Without a wait the loop ends and says so.
        assert!(played.ended, "{what}: the wait goes on");
        return;
    }
    if is_mended(call, code) {
        assert_eq!(
            played.told, sound.told,
            "{what}: somebody was told otherwise"
        );
        return;
    }
    match (call, link) {
        // Nobody is lost; the console is not read any more.
        (Call::Console, _) => {
            for (told, before) in played.told.iter().zip(&sound.told) {
                assert_eq!(without(told, &[]), without(before, &["news"]), "{what}");
            }
        }
        (_, Some(lost)) => judge_lost(what, lost, sound, played),
        // The new client was told so, and nobody else notices.
        (Call::Accept, None) => {
            let lost = played.told.iter().position(|told| told == AWAY);
            match lost {
                Some(lost) => judge_lost(what, lost, sound, played),
                None => assert_eq!(
                    played.told, sound.told,
                    "{what}: somebody was told otherwise"
                ),
            }
        }
        // Letters are asked for again.
        (Call::Ask, None) if played.told == sound.told => {}
        // The asker was told so; everything else is unchanged.
        (Call::Ask, None) => {
            let busy = |told: &&String| told.contains("\n! other passwords come first;");
            assert_eq!(played.told.iter().filter(busy).count(), 1, "{what}");
            for (told, before) in played.told.iter().zip(&sound.told).take(2) {
                assert_eq!(without(told, &["bob"]), without(before, &["bob"]), "{what}");
            }
        }
        (_, None) => panic!("{what}: nobody knows whom it hits"),
    }
}

/// One socket is lost: its user leaves once, and all others get all other lines.
fn judge_lost(what: &str, lost: usize, sound: &Played, played: &Played) {
    let names: &[&str] = match lost {
        0 => &["watch"],
        1 => &["ana", "anna"],
        _ => &["bob"],
    };
    for other in (0..LINKS).filter(|other| *other != lost) {
        // The two links of bob see each other in the answers to a name and a password.
        if lost >= 2 && other >= 2 {
            continue;
        }
        let (told, before) = (&played.told[other], &sound.told[other]);
        assert_eq!(
            without(told, names),
            without(before, names),
            "{what}: link {other}"
        );
        let count = |sign: &str| {
            let signs = names.iter().map(|name| format!("* {name} {sign}"));
            let of = |sign: String| told.lines().filter(|line| line.starts_with(&sign)).count();
            signs.map(of).sum::<usize>()
        };
        let (came, went) = (count("joined"), count("left") + count("went to"));
        // One is there from the beginning to the end. Who is back may never have been told as gone.
        let backs = count("is back");
        assert!(
            other != 0 || (came..=came + backs).contains(&went),
            "{what}: {came} came, {went} went: {told}"
        );
    }
}
