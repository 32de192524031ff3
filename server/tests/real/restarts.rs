//! People with nc over a restart: whoever comes back under the same name from the same address has exactly the
//! lines that were said between.

use nix::sys::signal::Signal;

use crate::archive::Place;
use crate::harness::Server;
use crate::people::{Person, Program, Talker};

/// Hears lines up to this one; those before it.
#[track_caller]
fn hear_upto(person: &mut impl Person, last: &str) -> Vec<String> {
    let mut heard = Vec::new();
    loop {
        let line = person.hear().expect("it is told more");
        if line.contains(last) {
            return heard;
        }
        heard.push(line);
    }
}

fn stop(mut server: Server) {
    server.signal(Signal::SIGTERM);
    server.expect_exit(0);
}

#[test]
fn who_comes_back_after_a_restart_has_exactly_the_lines_between() {
    let place = Place::new();
    let server = place.start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Program::nc(&server, &[]).named("ana");
    ana.say("/also games");
    hear_upto(&mut ana, "games");
    for n in 0..5 {
        bob.say(&format!("before {n}"));
        hear_upto(&mut ana, &format!("<bob> before {n}"));
    }
    stop(server);
    hear_upto(&mut ana, "* bye");
    hear_upto(&mut bob, "* bye");

    let server = place.start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    for n in 0..7 {
        bob.say(&format!("between {n}"));
    }
    // An answer: all of that is said.
    bob.say("/ignore");
    let told = hear_upto(&mut bob, "* you ignore nobody");
    assert!(
        !told.iter().any(|line| line.contains("since you were away")),
        "{told:?}"
    );
    let mut ana = Program::nc(&server, &[]);
    ana.say("ana");
    hear_upto(&mut ana, "7 lines since you were away");
    for n in 0..7 {
        ana.expect_past(&format!("<bob> between {n}"));
    }
    bob.say("after");
    let told = hear_upto(&mut ana, "<bob> after");
    assert!(!told.iter().any(|line| line.contains("<bob>")), "{told:?}");
    ana.say("/who");
    hear_upto(&mut bob, "* ana is back");

    // A second restart right away: they miss nothing, and are shown the last lines, as their window may be a new one.
    stop(server);
    hear_upto(&mut ana, "* bye");
    let server = place.start("--rate 0");
    let mut ana = Program::nc(&server, &[]);
    ana.say("ana");
    hear_upto(&mut ana, "* welcome, ana!");
    let before = (3..5).map(|n| format!("before {n}"));
    let between = (0..7).map(|n| format!("between {n}"));
    for text in before.chain(between).chain(["after".to_owned()]) {
        ana.expect_past(&format!("<bob> {text}"));
    }
    ana.say("/ignore");
    let told = hear_upto(&mut ana, "* you ignore nobody");
    let is_said = |line: &String| line.contains("<bob>") || line.contains("since you were away");
    assert!(!told.iter().any(is_said), "{told:?}");
}
