//! A server that is stopped, as under a debugger or on a sleeping host: it goes on where it was.
//!
//! turn/clock.rs tests that deadlines move by the length of the stall.

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
    // The kernel accepts the connection.
    let mut carl = Talker::connect(&server);
    carl.say("carl");
    server.signal(Signal::SIGCONT);
    // Either line may come first.
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
        // A wait interrupted by a stop returns EINTR.
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
