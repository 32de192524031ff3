//! Who has been sent a line, with a reader who does not read.

use crate::harness::Server;
use crate::people::{Person, Talker};
use crate::slow::narrow;

/// Lines at a time: enough to fill the buffers of a socket soon.
const AT_ONCE: usize = 50;

#[test]
fn who_does_not_read_is_told_as_behind_and_by_how_much() {
    let server = Server::start("--rate 0 --backlog 0");
    let mut lagger = Talker::from(narrow(server.address())).named("lagger");
    let mut bob = Talker::join(&server, "bob");
    let mut ana = Talker::join(&server, "ana");
    bob.expect("* ana joined");
    ana.say("first");
    bob.expect("<ana> first");
    ana.say("/seen");
    ana.expect("* \"first\" has been sent to all 2 others in lobby: lagger and bob");
    ana.expect_start("* it ");

    let long = "x".repeat(1000);
    let lines = loop {
        let some: String = (0..AT_ONCE).map(|_| format!("{long}\n")).collect();
        ana.send(some);
        for _ in 0..AT_ONCE {
            bob.expect(&format!("<ana> {long}"));
        }
        ana.say("last");
        bob.expect("<ana> last");
        ana.say("/seen");
        let first = ana.expect_start("* \"last\" has been sent to ");
        ana.expect_start("* it ");
        if first.ends_with(" 1 of 2 others in lobby: bob") {
            let behind = ana.expect_start("* 1 is behind: lagger by ");
            break behind;
        }
        assert!(
            first.ends_with(" all 2 others in lobby: lagger and bob"),
            "{first}"
        );
    };
    let count = lines
        .rsplit(' ')
        .nth(1)
        .and_then(|count| count.parse().ok());
    let count: usize = count.expect(&lines);
    assert!((1..=AT_ONCE + 1).contains(&count), "{lines}");

    // They read on, up to the last line.
    lagger.expect("* bob joined");
    lagger.expect("* ana joined");
    while lagger.hear().expect("it is not cut off") != "<ana> last" {}
    while server_says_behind(&mut ana) {
        lagger.hear();
    }
    let mut carl = Talker::join(&server, "carl");
    ana.expect("* carl joined");
    bob.expect("* carl joined");
    ana.say("/seen");
    ana.expect("* \"last\" has been sent to 2 of 3 others in lobby: lagger and bob");
    ana.expect_start("* it ");
    ana.expect("* 1 came later: carl");
    carl.say("/seen");
    carl.expect("! you have said nothing in lobby lately");
}

/// Whether somebody is behind ana's last line.
fn server_says_behind(ana: &mut Talker) -> bool {
    ana.say("/seen");
    let first = ana.expect_start("* \"last\" has been sent to ");
    ana.expect_start("* it ");
    let is_behind = first.contains(" 1 of 2 ");
    if is_behind {
        ana.expect_start("* 1 is behind: lagger by ");
    }
    is_behind
}
