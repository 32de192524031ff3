//! What the fuzzers found, once more: every input kept in fuzz/ goes through its check. The fuzzers
//! themselves (scripts/fuzz) compile the same checks; here they need no other toolchain.

mod clean;
mod commands;
mod directory;
mod hub;
mod lines;
mod names;
mod pieces;
mod safe;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

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

/// Every input of this target, found by coverage or by a crash.
fn replay(target: &str, check: fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let corpus = files(&fuzz.join("corpus").join(target));
    assert!(!corpus.is_empty(), "there is no corpus for {target}");
    let crashes = files(&fuzz.join("regressions").join(target));
    for file in corpus.iter().chain(&crashes) {
        let data = fs::read(file).expect("it is there");
        let done = catch_unwind(|| check(&data));
        assert!(done.is_ok(), "it was {}", file.display());
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
