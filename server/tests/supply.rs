//! The rules of deny.toml that lock files can show: this test needs neither cargo-deny nor a
//! network.
//!
//! Every package is ours or comes from crates.io with its checksum, and none occurs in two
//! versions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Packages without a source: folders of this repository.
const OURS: [&str; 4] = ["papo-server", "papo-client", "loadtest", "papo-fuzz"];

/// Crates in two versions. serde_core pins the serde_derive of its own version by a dependency for
/// no target at all, which wants the newer syn: it is in the lock file but never built.
/// ring names an older getrandom and, for a system that is not ours, windows-sys.
const TWICE: [&str; 3] = ["getrandom", "syn", "windows-sys"];

#[test]
fn packages_come_from_one_place_and_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let lock = fs::read_to_string(root.join(file)).expect("a lock file");
        let complaints = complaints(&lock);
        assert!(
            complaints.is_empty(),
            "{file}:\n  {}\n",
            complaints.join("\n  ")
        );
    }
}

/// What the tests of the page install for themselves.
#[test]
fn packages_of_the_browser_tests_come_from_one_place_with_their_hashes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/package-lock.json");
    let lock = fs::read_to_string(file).expect("a lock file");
    let lock: serde_json::Value = serde_json::from_str(&lock).expect("JSON");
    let packages = lock["packages"].as_object().expect("packages");
    for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
        let hash = package["integrity"].as_str().unwrap_or_default();
        assert!(hash.starts_with("sha512-"), "{name} has no hash");
        // npm takes a package without an address from the registry that the user has configured.
        let from = package["resolved"].as_str();
        let is_known = |from: &str| from.starts_with("https://registry.npmjs.org/");
        assert!(from.is_none_or(is_known), "{name}: {from:?}");
    }
}

#[test]
fn faults_are_found() {
    let check = |lock: &str, expected: &[&str]| assert_eq!(complaints(lock), expected, "{lock}");
    let good =
        format!("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{CRATES_IO}\"\n");
    let whole = format!("{good}checksum = \"12\"\n");
    let ours = "[[package]]\nname = \"papo-server\"\nversion = \"0.1.0\"\n";
    check(&format!("version = 4\n\n{whole}\n{ours}"), &[]);
    check(&good, &["a 1.0.0: it has no checksum"]);
    check(
        &whole.replace("registry+", "git+"),
        &["a 1.0.0: not from crates.io"],
    );
    check(
        &ours.replace("papo-", ""),
        &["server 0.1.0: not from crates.io"],
    );
    let newer = whole.replace("1.0.0", "2.0.0");
    check(
        &format!("{whole}\n{newer}"),
        &["a: in the versions 1.0.0, 2.0.0; see [bans] in deny.toml"],
    );
}

fn complaints(lock: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let field = |name: &str| {
            let mut lines = package.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""));
            value.and_then(|value| value.strip_suffix('"'))
        };
        let name = field("name").expect("every package has a name");
        let version = field("version").expect("every package has a version");
        versions.entry(name).or_default().push(version);
        match field("source") {
            Some(CRATES_IO) if field("checksum").is_some() => {}
            Some(CRATES_IO) => complaints.push(format!("{name} {version}: it has no checksum")),
            None if OURS.contains(&name) => {}
            _ => complaints.push(format!("{name} {version}: not from crates.io")),
        }
    }
    for (name, versions) in versions {
        if versions.len() > 1 && !TWICE.contains(&name) {
            let versions = versions.join(", ");
            complaints.push(format!(
                "{name}: in the versions {versions}; see [bans] in deny.toml"
            ));
        }
    }
    complaints
}
