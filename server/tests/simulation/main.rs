//! The loop on a seeded system with faults, and a referee that knows only lists of lines.
//!
//! A failing seed is printed with the command that repeats it. `SEEDS=100000` asks for more seeds,
//! `FROM=20000` for others; the table of what happened is shown with `--nocapture`.
//!
//! What must hold, and where it is checked:
//!
//! - I1, a transcript is a contiguous slice of the one order, but for gaps of exactly the size that
//!   was told: walk.rs. That all of what was sent stands in the order: senders.rs. So it is for browsers, whose bytes
//!   are whole frames with JSON at any split: frames.rs, messages.rs; their own lines are confirmed once each, and the
//!   numbers of all lines are their places in the order: browsers.rs, numbers.rs. For scripts each request has one
//!   answer, and is done or not as that says, with posts to hooks among them: replies.rs; what they hear of a room is
//!   a slice, too, and begins after the line that they name: streams.rs. Proxies: proxied.rs. Some browsers and
//!   scripts speak within TLS: veil.rs.
//! - I2, one join and one leave: order.rs, referee.rs. I3, no name twice: order.rs, and
//!   `Server::invariants` after each turn.
//! - I4, memory and conns are bounded: `Server::invariants`, doors.rs.
//! - I5, descriptors: `Net::call`, calls.rs (`close`), run.rs at the end.
//! - I6, no waking up for nothing: calls.rs (`wait`). I7, budgets: net.rs, doors.rs, calls.rs, post.rs.
//! - I8, what is sent harms no screen: lines.rs. I9, flood control: senders.rs (`check_rate`).
//! - I10, deadlines: senders.rs (`check_times`). I11, chunking changes nothing: chunking.rs.
//! - I12, saving and restoring: there is none. I13, a stop ends in time: run.rs (`stop`).
//! - I15, the archive has what the rooms were told, no id twice, and holes where lines are missing:
//!   shelf.rs; after a stop or a kill, too: lives.rs.
//! - I17, private lines for who is not here are told in order, once, and none is removed that was not told:
//!   letters.rs.
//! - I16, who decodes each read by itself never reads a torn letter: strict.rs.
//! - I17, programs that drop and take their places over have each line once, and said each once: resumes.rs.
//! - I18, lines of before that are looked up are what the rooms had, page by page: asking.rs.
//! - I14, no panic: every panic here is a failure, and assertions are on.

mod about;
mod answers;
mod asking;
mod browser;
mod browsers;
mod budgets;
mod calls;
mod chunking;
mod configs;
mod cuts;
mod departures;
mod desk;
mod dice;
mod doors;
mod entering;
mod faults;
mod forms;
mod frames;
mod ghosts;
mod heard;
mod kinds;
mod letters;
mod lines;
mod link;
mod lists;
mod lives;
mod messages;
mod net;
mod notices;
mod nth;
mod numbers;
mod only;
mod openings;
mod order;
mod orders;
mod peers;
mod post;
mod program;
mod proxied;
mod questions;
mod recalls;
mod referee;
mod relayed;
mod replies;
mod resumes;
mod run;
mod scrape;
mod scripts;
mod secure;
mod senders;
mod several;
mod shelf;
mod show;
mod streams;
mod strict;
mod survivors;
mod truco;
mod veil;
mod walk;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use faults::Counts;
use run::Run;

/// Seeds of a normal test run.
const SEEDS: u64 = 1_000;

#[test]
fn every_transcript_is_a_slice_of_the_one_order() {
    let only = number("SEED");
    let from = only.or(number("FROM")).unwrap_or(0);
    let count = only.map_or_else(|| number("SEEDS").unwrap_or(SEEDS), |_| 1);
    let next = AtomicU64::new(from);
    let counts = Mutex::new(Counts::default());
    let failed = Mutex::new(None);
    let play = || {
        let mut met = Counts::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + count || failed.lock().expect("no panic holds it").is_some() {
                break;
            }
            match std::panic::catch_unwind(|| Run::new(seed).play()) {
                Ok(outcome) => met.merge(outcome.counts),
                Err(_) => *failed.lock().expect("no panic holds it") = Some(seed),
            }
        }
        counts.lock().expect("no panic holds it").merge(met);
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(play);
        }
    });
    if let Some(seed) = failed.into_inner().expect("no panic held it") {
        panic!(
            "repeat with: SEED={seed} cargo test -p papo-server --test simulation every_transcript"
        );
    }
    let met = counts.into_inner().expect("no panic held it");
    println!("{}", met.table());
    let missing = met.missing();
    assert!(
        only.is_some() || missing.is_empty(),
        "in no seed: {missing:?}"
    );
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in [1, 20, 300, 4000] {
        assert_eq!(Run::new(seed).play(), Run::new(seed).play(), "seed {seed}");
    }
}

fn number(variable: &str) -> Option<u64> {
    let set = std::env::var(variable).ok()?;
    Some(
        set.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
    )
}

#[test]
#[ignore = "prints what SEED and LINK name, for whoever looks into a failing seed"]
fn show() {
    let seed = number("SEED").expect("a seed");
    let mut run = Run::new(seed);
    run.show = true;
    run.play();
}
