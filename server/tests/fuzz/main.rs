//! Runs every input kept in fuzz/ through its check. The fuzzers (scripts/fuzz) compile the same
//! checks with a nightly toolchain.

mod browsers;
#[path = "../../../fuzz/checks/characters.rs"]
mod characters;
mod clean;
mod commands;
mod directory;
mod framed;
mod hub;
mod kept;
mod letters;
mod lines;
mod messages;
mod names;
#[path = "../../../fuzz/checks/pieces.rs"]
mod pieces;
mod programs;
mod proxies;
#[path = "../../../fuzz/checks/replay.rs"]
mod replay;
mod requests;
mod safe;
mod secure;
mod tagged;

use replay::replay;

#[test]
fn lines() {
    replay("lines", lines::check);
}

#[test]
fn clean() {
    replay("clean", clean::check);
}

#[test]
fn names() {
    replay("names", names::check);
}

#[test]
fn commands() {
    replay("commands", commands::check);
}

#[test]
fn hub() {
    replay("hub", hub::check);
}

#[test]
fn directory() {
    replay("directory", directory::check);
}

#[test]
fn programs() {
    replay("programs", programs::check);
}

#[test]
fn proxies() {
    replay("proxies", proxies::check);
}

#[test]
fn browsers() {
    replay("browsers", browsers::check);
}

#[test]
fn requests() {
    replay("requests", requests::check);
}

#[test]
fn messages() {
    replay("messages", messages::check);
}

#[test]
fn secure() {
    replay("secure", secure::check);
}
