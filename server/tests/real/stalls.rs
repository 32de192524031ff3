//! A server that stands still, as under a debugger or on a host that slept: it goes on where it was.
//!
//! That deadlines move by as much as it stood is tested where a clock can be set: server/clock.rs.

use nix::sys::signal::Signal;

use crate::harness::Server;
use crate::people::{Person, Talker};

#[test]
fn input_during_a_stall_is_served() {
    let server = Server::start("");
    let mut ana = Talker::join(&server, "ana");
    let mut bob = Talker::join(&server, "bob");
    ana.expect("* bob joined");
    server.signal(Signal::SIGSTOP);
    ana.say("are you there?");
    bob.say("/quit");
    // The kernel takes who comes.
    let mut carl = Talker::connect(&server);
    carl.say("carl");
    server.signal(Signal::SIGCONT);
    // Nobody can tell whose line comes first.
    while ana.hear().expect("she is served") != "* bob left" {}
    while bob.hear().expect("he is served") != "* bye, bob" {}
    carl.expect("* papo: what is your name?");
    carl.expect_start("* welcome, carl! ");
    carl.say("here I am");
    while ana.hear().expect("she is served") != "<carl> here I am" {}
}

#[test]
fn every_wait_is_interrupted() {
    let mut server = Server::start("--rate 0");
    let mut ana = Talker::join(&server, "ana");
    let mut bob = Talker::join(&server, "bob");
    ana.expect("* bob joined");
    for n in 0..300 {
        // A wait that a stop has interrupted comes back with EINTR.
        server.signal(Signal::SIGSTOP);
        server.signal(Signal::SIGCONT);
        ana.say(&format!("line {n}"));
        bob.expect(&format!("<ana> line {n}"));
    }
    server.signal(Signal::SIGTERM);
    ana.expect("* bye, ana: the server stops");
    drop((ana, bob));
    server.expect_exit(0);
}
