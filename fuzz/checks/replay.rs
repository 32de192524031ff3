//! What a fuzzer found, once more: for the ordinary tests of each package that has checks.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// Every input of this target, found by coverage or by a crash, goes through its check.
pub(crate) fn replay(target: &str, check: fn(&[u8])) {
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
