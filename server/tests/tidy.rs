//! Style as a test: which file may import which, and how long files and functions may be.
//!
//! It reads sources as text and leaves to the compiler and clippy what they can check. Every
//! complaint says what to do; if a rule is wrong for a file, change the table that it names, with a
//! reason. Rules about names look only at code: not at comments, strings and tests at a file's end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use source::{PACKAGES, dependencies, files_under, functions, is_word, root, sources};

// In a folder, because every file beside this one is a test program.
#[path = "tidy/core.rs"]
mod core;
#[path = "tidy/source.rs"]
mod source;

/// Folders that are one module: others import only its interface, the file beside the folder.
const WHOLE: [&str; 7] = [
    "turn",
    "conn",
    "transport",
    "chattruco",
    "clock",
    "dialect",
    "hub",
];
/// Folders that only group: each file in them is a module of its own.
const GATHERED: [&str; 5] = ["net", "ops", "store", "fanout", "web"];

/// Pure modules: everything they know of the world is an argument. They import only each other.
const PURE: [&str; 11] = [
    "chattruco",
    "clock",
    "dialect",
    "fanout",
    "flood",
    "hub",
    "limits",
    "pace",
    "places",
    "proxy",
    "web",
];
/// Types of std::net and the like that are mere values, which pure modules may use. The directory
/// identifies a client by its address, the hub bans addresses, words show one, and a
/// page may be asked for by one. Nothing can be done with an address alone.
const VALUES: [(&str, &str); 11] = [
    ("chattruco", "std::net::IpAddr"),
    ("chattruco", "std::net::SocketAddr"),
    ("dialect", "std::net::SocketAddr"),
    ("hub", "std::net::IpAddr"),
    ("places", "std::net::IpAddr"),
    ("places", "std::net::Ipv6Addr"),
    ("proxy", "std::net::IpAddr"),
    ("proxy", "std::net::Ipv4Addr"),
    ("proxy", "std::net::Ipv6Addr"),
    ("proxy", "std::net::SocketAddr"),
    ("web", "std::net::IpAddr"),
];
const WORLD: [&str; 10] = [
    "std::io",
    "std::net",
    "std::fs",
    "std::env",
    "std::os",
    "std::process",
    "std::thread",
    "polling",
    "socket2",
    "nix",
];

/// The only files with `unsafe`.
const UNSAFE: [&str; 1] = ["loadtest/src/bots/poller.rs"];
/// The only files that name `polling`.
const POLLING: [&str; 2] = ["server/src/net/poller.rs", "loadtest/src/bots/poller.rs"];

/// Outside crates that any file may name: log is used wherever something is logged; jiff is
/// to dates, nix to system calls, serde_json to JSON, slab to keyed tables, and unicode-normalization to text what std
/// is to the rest.
const EVERYWHERE: [&str; 6] = [
    "jiff",
    "log",
    "nix",
    "serde_json",
    "slab",
    "unicode_normalization",
];
/// A crate named in few files can be replaced.
const FILES_PER_CRATE: usize = 2;

/// As much as one can read in one sitting.
const FILE_LINES: usize = 450;
/// As much as one can see on one screen.
const FUNCTION_LINES: usize = 70;
/// Functions that are one flat match with an arm for each notice or complaint: each arm can be read alone.
const LONG_MATCHES: [(&str, &str); 4] = [
    ("server/src/dialect/words/en.rs", "say"),
    ("server/src/dialect/words/en.rs", "complain"),
    ("server/src/dialect/words/pt.rs", "complain"),
    ("server/src/dialect/words/pt.rs", "say"),
];

#[test]
fn imports_make_no_circle() {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut complaints = Vec::new();
    for source in sources("server/src/") {
        let inside = source.name.trim_start_matches("server/src/");
        let (folder, rest) = inside.split_once('/').unwrap_or((source.module(), ""));
        if !rest.is_empty() && !WHOLE.contains(&folder) && !GATHERED.contains(&folder) {
            complaints.push(format!(
                "{}: put `{folder}` into WHOLE or GATHERED in tests/tidy.rs",
                source.name
            ));
        }
        let own = thing(&inside.replace(".rs", "").replace('/', "::"));
        let named = source.paths().into_iter().filter_map(|path| {
            let path = path.strip_prefix("crate::")?;
            Some(thing(path)).filter(|other| *other != own)
        });
        arrows.entry(own.clone()).or_default().extend(named);
    }
    // Removes what imports nothing that is left; the rest is a circle.
    loop {
        let named: BTreeSet<&String> = arrows.values().flatten().collect();
        let tops: Vec<String> = arrows
            .keys()
            .filter(|key| !named.contains(key))
            .cloned()
            .collect();
        if tops.is_empty() {
            break;
        }
        for top in tops {
            arrows.remove(&top);
        }
    }
    for (own, others) in &arrows {
        let others: Vec<&String> = others
            .iter()
            .filter(|&to| arrows.contains_key(to))
            .collect();
        if !others.is_empty() {
            complaints.push(format!(
                "`{own}` names {others:?} and stands in or below a circle: move what both need down"
            ));
        }
    }
    report(&complaints);
}

/// The module that a path belongs to: a folder that is one, or a file in a grouping folder.
fn thing(path: &str) -> String {
    let mut names = path.split("::");
    let first = names.next().unwrap_or(path);
    match names.next() {
        Some(second) if GATHERED.contains(&first) => format!("{first}::{second}"),
        _ => first.to_owned(),
    }
}

#[test]
fn the_pure_folders_know_no_world() {
    let mut complaints = Vec::new();
    let sources = sources("server/src/");
    for source in sources
        .iter()
        .filter(|source| PURE.contains(&source.module()))
    {
        for path in source.paths() {
            let is_world = WORLD.iter().any(|world| is_in(&path, world)) || path.ends_with("::now");
            if is_world && !VALUES.contains(&(source.module(), &path)) {
                complaints.push(format!(
                    "{}: `{path}` belongs to the loop; take what you need as an argument",
                    source.name
                ));
            }
            let other = path
                .strip_prefix("crate::")
                .and_then(|path| path.split("::").next());
            if other.is_some_and(|other| !PURE.contains(&other)) {
                complaints.push(format!(
                    "{}: `{path}` is not pure; take what you need as an argument",
                    source.name
                ));
            }
        }
    }
    report(&complaints);
}

#[test]
fn unsafe_and_polling_are_in_one_place() {
    let mut complaints = Vec::new();
    for source in sources("").iter().filter(|source| source.is_src()) {
        let name = source.name.as_str();
        let mut words = source.code.split(|c| !is_word(c));
        if !UNSAFE.contains(&name) && words.any(|word| word == "unsafe") {
            complaints.push(format!("{name}: `unsafe` lives in {UNSAFE:?} alone"));
        }
        for path in source.paths() {
            if is_in(&path, "polling") && !POLLING.contains(&name) {
                complaints.push(format!("{name}: `polling` is named in {POLLING:?} alone"));
            }
            if is_in(&path, "papo_server") && !name.starts_with("server/") {
                complaints.push(format!(
                    "{name}: `{path}`: all that is known of the server is docs/protocol.md"
                ));
            }
        }
    }
    report(&complaints);
}

#[test]
fn few_files_know_an_outside_crate() {
    let mut complaints = Vec::new();
    for package in PACKAGES {
        let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for source in sources(&format!("{package}/src/")) {
            for path in source.paths() {
                let root = path.split("::").next().unwrap_or(&path);
                users
                    .entry(root.into())
                    .or_default()
                    .insert(source.name.clone());
            }
        }
        for outside in dependencies(package) {
            let files = users.remove(&outside).unwrap_or_default();
            if files.len() > FILES_PER_CRATE && !EVERYWHERE.contains(&&*outside) {
                complaints.push(format!(
                    "`{outside}` is named in {files:?}; wrap it in one of them, or tell in \
                     EVERYWHERE why not"
                ));
            }
        }
    }
    report(&complaints);
}

#[test]
fn files_and_functions_are_short() {
    let mut complaints = Vec::new();
    for source in sources("") {
        let (name, lines) = (&source.name, source.text.lines().count());
        if lines > FILE_LINES {
            complaints.push(format!(
                "{name}: {lines} lines, {FILE_LINES} at most; split it by duty"
            ));
        }
        // A file of a line or two has nothing to explain.
        if source.is_src() && lines > 2 && !source.text.starts_with("//!") {
            complaints.push(format!(
                "{name}: begin with `//!`: what it is, what it never does, its invariant"
            ));
        }
        for (function, lines) in functions(&source.text) {
            if lines > FUNCTION_LINES && !LONG_MATCHES.contains(&(name, &function)) {
                complaints.push(format!(
                    "{name}: `{function}` has {lines} lines, {FUNCTION_LINES} at most; name its steps"
                ));
            }
        }
    }
    report(&complaints);
}

#[test]
fn nobody_cites_line_numbers() {
    let root = root();
    let mut files = files_under(&root.join("docs"), "md");
    files.extend(["README.md", "CHANGELOG.md"].map(|file| root.join(file)));
    let mut texts: Vec<(String, String)> = Vec::new();
    for file in files {
        texts.extend(fs::read_to_string(&file).map(|text| (file.display().to_string(), text)));
    }
    texts.extend(
        sources("")
            .into_iter()
            .map(|source| (source.name, source.text)),
    );
    let mut complaints = Vec::new();
    for (name, text) in &texts {
        for after in text.split(".rs:").skip(1) {
            let number: String = after.chars().take_while(char::is_ascii_digit).collect();
            if !number.is_empty() {
                complaints.push(format!("{name}: line {number} of what moves; cite a name"));
            }
        }
    }
    report(&complaints);
}

#[test]
fn tests_that_are_promised_are_there() {
    let root = root();
    let page = fs::read_to_string(root.join("docs/reliability.md")).expect("the page of promises");
    let cited = page.split('`').filter_map(|word| word.split_once(".rs::"));
    let mut complaints = Vec::new();
    let mut count = 0;
    for (file, test) in cited {
        count += 1;
        let text = fs::read_to_string(root.join(format!("{file}.rs"))).unwrap_or_default();
        if !text.contains(&format!("fn {test}(")) {
            complaints.push(format!("docs/reliability.md: no `{test}` in {file}.rs"));
        }
    }
    assert!(count > 100, "{count} tests are cited: the page is not read");
    report(&complaints);
}

fn report(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n  {}\n", complaints.join("\n  "));
}

/// Whether `path` is `parent` or in it.
fn is_in(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
