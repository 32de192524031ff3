//! How many lines of code one has to read to understand papo, and how many the client has.
//!
//! A line counts if it has code: blank lines and comments do not, nor do tests and `fn invariants`, which
//! only tests call.

use std::io::Write;

use super::source::{Source, sources};

/// What one reads to understand papo.
const CORE: [&str; 7] = [
    "turn",
    "conn",
    "transport",
    "hub",
    "fanout",
    "dialect",
    "flood",
];
/// What stands in those folders and is not the core, with what it is about.
const BESIDE: &[(&str, &str)] = &[
    ("turn/accounts", "accounts"),
    ("turn/admission", "limits of connections"),
    ("turn/archive", "the archive"),
    ("turn/auth", "accounts"),
    ("turn/back", "what was missed"),
    ("turn/chattruco", "ChatTruco"),
    ("turn/config", "options"),
    ("turn/ghosts", "accounts"),
    ("turn/invariants", "checks"),
    ("turn/keeping", "operators"),
    ("turn/letters", "people who are away"),
    ("turn/memory", "limits of memory"),
    ("turn/operator", "operators"),
    ("turn/proxies", "proxies"),
    ("turn/refusals", "limits of connections"),
    ("turn/resume", "ids and tags"),
    ("turn/secure", "TLS"),
    ("turn/sent", "who was sent a line"),
    ("turn/scrape", "metrics"),
    ("turn/web", "browsers and scripts"),
    ("turn/zones", "times of day"),
    ("hub/absent", "people who are away"),
    ("hub/accounts", "accounts"),
    ("hub/address", "browsers and scripts"),
    ("hub/archive", "the archive"),
    ("hub/back", "what was missed"),
    ("hub/recent", "what was missed"),
    ("hub/recall", "the archive"),
    ("hub/refer", "lines about others"),
    ("hub/pages", "the archive"),
    ("hub/rooms/closed", "the archive"),
    ("hub/directs", "ChatTruco"),
    ("hub/guests", "names"),
    ("hub/ignores", "ignoring"),
    ("hub/invariants", "checks"),
    ("hub/name", "names"),
    ("hub/operators", "operators"),
    ("hub/past", "ids and tags"),
    ("hub/reply", "private lines"),
    ("hub/resume", "ids and tags"),
    ("hub/scripts", "browsers and scripts"),
    ("hub/sessions", "ids and tags"),
    ("hub/tags", "ids and tags"),
    ("hub/topics", "topics"),
    ("dialect/absent", "people who are away"),
    ("fanout/ids", "what was missed"),
    ("fanout/reader/behind", "who was sent a line"),
    ("fanout/reader/noting", "what was missed"),
    ("fanout/sent", "what was missed"),
    ("hub/history", "the archive"),
    ("dialect/clean", "cleaning"),
    ("dialect/editing", "erase keys"),
    ("dialect/events", "browsers and scripts"),
    ("dialect/foreign", "other protocols"),
    ("dialect/forms", "how lines look"),
    ("dialect/orders", "operators"),
    ("dialect/pages", "the archive"),
    ("dialect/password", "accounts"),
    ("dialect/references", "lines about others"),
    ("dialect/programs", "ids and tags"),
    ("dialect/relay", "relay"),
    ("dialect/tags", "ids and tags"),
    ("dialect/telnet", "telnet"),
    ("dialect/web", "browsers and scripts"),
    ("dialect/words", "texts"),
    ("transport/acknowledged", "what was missed"),
    ("transport/tls", "TLS"),
    ("transport/pieces", "clients without line ends"),
    ("conn/endless", "clients without line ends"),
    ("conn/web", "browsers and scripts"),
];

/// What one reads in an evening.
const CORE_LINES: usize = 6000;
/// `papo` stays small: the client without its second program, papo-chattruco. The aim is 5,000.
const CLIENT_LINES: usize = 8616;

#[test]
fn the_core_is_read_in_an_evening_and_the_client_is_tiny() {
    let server = sources("server/src/");
    let core = server.iter().filter(|source| is_core(inside(source)));
    let core: usize = core.map(lines_of_code).sum();
    let client = sources("client/src/");
    let client = client
        .iter()
        .filter(|source| !source.name.contains("chattruco"));
    let client: usize = client.map(lines_of_code).sum();
    // Past the harness, which shows what print! writes only when a test fails.
    let mut out = std::io::stderr();
    let _ = writeln!(
        out,
        "lines of code without blank lines, comments and tests: {core} in the core (at most \
         {CORE_LINES}), {client} in papo (at most {CLIENT_LINES})"
    );
    assert!(
        core <= CORE_LINES,
        "the core has {core} lines: simplify it, or move what is not the core out of it"
    );
    assert!(
        client <= CLIENT_LINES,
        "papo has {client} lines: simplify it"
    );
}

#[test]
fn what_is_beside_the_core_is_there() {
    let server = sources("server/src/");
    for (path, _) in BESIDE.iter() {
        let is_there = server.iter().any(|source| is_under(inside(source), path));
        assert!(is_there, "{path} is gone: remove it from BESIDE");
    }
}

fn inside(source: &Source) -> &str {
    source.name.split_once("/src/").map_or("", |(_, name)| name)
}

fn is_core(file: &str) -> bool {
    let is_beside = BESIDE.iter().any(|(path, _)| is_under(file, path));
    CORE.iter().any(|path| is_under(file, path)) && !is_beside
}

/// Whether a file is this module or in its folder.
fn is_under(file: &str, path: &str) -> bool {
    let rest = file.strip_prefix(path);
    rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn lines_of_code(source: &Source) -> usize {
    let is_test = source.name.contains("tests");
    let text = source.text.split("\n#[cfg(test)]\nmod tests {").next();
    let lines = text.filter(|_| !is_test).unwrap_or_default().lines();
    let mut checks = false;
    let code = |line: &&str| {
        let trimmed = line.trim();
        checks |= trimmed.contains("fn invariants(");
        let counts = !checks && !trimmed.is_empty() && !trimmed.starts_with("//");
        // As rustfmt ends a method.
        checks &= *line != "    }";
        counts
    };
    lines.filter(code).count()
}
