//! What the fuzzer of the screen found, once more: every input kept in fuzz/ goes through its check.
//! The fuzzer itself (scripts/fuzz) compiles the same check; here it needs no other toolchain.

mod pieces;
mod screen;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[test]
fn screen() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let corpus = files(&fuzz.join("corpus/screen"));
    assert!(!corpus.is_empty(), "there is no corpus");
    let crashes = files(&fuzz.join("regressions/screen"));
    for file in corpus.iter().chain(&crashes) {
        let data = fs::read(file).expect("it is there");
        let done = catch_unwind(|| screen::check(&data));
        assert!(done.is_ok(), "it was {}", file.display());
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
