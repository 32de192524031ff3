//! Reads sources as text: paths, functions, and code without comments.
//!
//! Not a parser: it knows comments, literals and braces, which is enough for code formatted by
//! rustfmt. Not supported: nested comments, and code made by macros.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of the workspace.
pub(crate) const PACKAGES: [&str; 3] = ["server", "client", "loadtest"];

/// One source file: its path from the root of the workspace, its text, and its code without
/// comments, literals and tests.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn is_src(&self) -> bool {
        self.name.split('/').nth(1) == Some("src")
    }

    /// `server/src/hub/notice.rs` belongs to `hub`.
    pub(crate) fn module(&self) -> &str {
        let inside = self.name.split('/').nth(2).unwrap_or(&self.name);
        inside.strip_suffix(".rs").unwrap_or(inside)
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        paths(&self.code)
    }
}

/// The source files below `prefix`, such as `server/src/`.
pub(crate) fn sources(prefix: &str) -> Vec<Source> {
    let root = root();
    let files = PACKAGES
        .iter()
        .flat_map(|package| files_under(&root.join(package), "rs"));
    let read = |file: PathBuf| {
        let name = file.strip_prefix(&root).expect("it was found there");
        let name = name.display().to_string();
        let text = fs::read_to_string(&file).expect("sources are readable");
        let is_test = name.contains("tests");
        let code = text.split("#[cfg(test)]\nmod tests {").next();
        let code = code.filter(|_| !is_test).map(blank).unwrap_or_default();
        Source { name, text, code }
    };
    files
        .map(read)
        .filter(|source| source.name.starts_with(prefix))
        .collect()
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("we are in it")
}

pub(crate) fn files_under(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(files_under(&path, extension));
        } else if path.extension().is_some_and(|is| is == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The outside crates of a package, as code names them; packages of the workspace are left out.
pub(crate) fn dependencies(package: &str) -> BTreeSet<String> {
    let manifest = root().join(package).join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).expect("a package has a manifest");
    let table = manifest.split("\n[dependencies]\n").nth(1);
    let lines = table
        .unwrap_or_default()
        .lines()
        .take_while(|line| !line.starts_with('['));
    let keys = lines.filter_map(|line| line.split(['.', ' ', '=']).next());
    keys.filter(|key| !key.is_empty() && !key.starts_with('#'))
        .map(|key| key.replace('-', "_"))
        .collect()
}

/// Whether `c` may be in an identifier.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Every path of two and more names in `code`, with the braces of `use` spelled out.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(is_word) {
        // What follows `Vec::<u8>::` is the rest of a path already read.
        let is_inner = rest[..at].ends_with("::");
        let before = found.len();
        rest = read_path(&rest[at..], "", &mut found);
        if is_inner {
            found.truncate(before);
        }
    }
    found.retain(|path| path.contains("::") && !path.ends_with("::"));
    found
}

/// Reads the path that `code` begins with, and returns what follows it.
fn read_path<'a>(code: &'a str, prefix: &str, found: &mut Vec<String>) -> &'a str {
    let (name, rest) = code.split_at(code.find(|c| !is_word(c)).unwrap_or(code.len()));
    let path = format!("{prefix}{name}");
    let Some(inside) = rest.strip_prefix("::") else {
        found.push(path);
        return rest;
    };
    let prefix = format!("{path}::");
    let Some(mut list) = inside.strip_prefix('{') else {
        return read_path(inside, &prefix, found);
    };
    loop {
        list = list.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if list.is_empty() || list.starts_with('}') {
            return list;
        }
        let after = read_path(list, &prefix, found);
        // `as other`, or something that is not a list of names after all.
        list = &after[after.find([',', '}']).unwrap_or(after.len())..];
    }
}

/// Every function with a body, and its number of lines.
pub(crate) fn functions(text: &str) -> Vec<(String, usize)> {
    let code = blank(text);
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let name: String = code[at + 3..].chars().take_while(|&c| is_word(c)).collect();
        if name.is_empty() || code[..at].ends_with(is_word) {
            continue;
        }
        let (mut depth, mut braces) = (0, 0);
        for (end, c) in code[at..].char_indices() {
            match c {
                '(' | '[' => depth += 1,
                ')' | ']' => depth -= 1,
                '{' => braces += 1,
                '}' => braces -= 1,
                _ => {}
            }
            if braces == 0 && c == '}' {
                found.push((name, code[at..=at + end].lines().count()));
                break;
            }
            if braces == 0 && depth == 0 && c == ';' {
                break;
            }
        }
    }
    found
}

/// `text` without comments and the contents of literals; the lines stay.
fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = skipped(rest, code.ends_with(is_word));
        if end == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(rest[..end].chars().filter(|&c| c == '\n'));
            rest = &rest[end..];
        }
    }
    code
}

/// The length of the comment or literal that `rest` begins with; 0 for code.
fn skipped(rest: &str, in_word: bool) -> usize {
    let until = |from: usize, end: &str| match rest[from..].find(end) {
        Some(at) => from + at + end.len(),
        None => rest.len(),
    };
    // The end of a literal with escapes.
    let closing = |quote: char| {
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|&(_, c)| {
            let ends = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        end.map_or(rest.len(), |(at, _)| at + 1)
    };
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return until(2, "*/");
    }
    if let Some(raw) = rest.strip_prefix('r').filter(|_| !in_word) {
        let hashes = raw.bytes().take_while(|&b| b == b'#').count();
        if raw[hashes..].starts_with('"') {
            return until(2 + hashes, &format!("\"{}", "#".repeat(hashes)));
        }
    }
    match rest.chars().next() {
        Some('"') => closing('"'),
        // A lifetime has no closing quote after one character.
        Some('\'') if rest[1..].starts_with('\\') => closing('\''),
        Some('\'') if rest.chars().nth(2) == Some('\'') => closing('\''),
        _ => 0,
    }
}

#[test]
fn the_reader_of_sources_reads_them() {
    let code = blank(
        "let a = \"use crate::x\"; // crate::y\nlet b = '\"'; let c: &'a str = r#\"\"{\"#; /* { */ end",
    );
    assert!(
        !code.contains("crate") && !code.contains('{') && code.contains("&'a str"),
        "{code}"
    );
    assert!(code.ends_with("end") && code.lines().count() == 2, "{code}");
    assert_eq!(
        paths("use crate::{a::B, c::{self, D}}; std::io::Read; x.y::<T>(); <A as b::C>::d()"),
        [
            "crate::a::B",
            "crate::c::self",
            "crate::c::D",
            "std::io::Read",
            "b::C"
        ]
    );
    assert_eq!(
        functions("fn a(x: [u8; 4]) -> u8 {\n{}\n}\nfn b();\npub fn c() {}\nlet f: fn(u8) = {\n};"),
        [("a".to_owned(), 3), ("c".to_owned(), 1)]
    );
    assert!(sources("server/src/").len() > 10 && dependencies("server").contains("log"));
}
