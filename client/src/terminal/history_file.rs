//! The file with the history of one server: a line for each text, which only its owner reads.
//!
//! Several papo may use it at once (state.rs). Whatever fails is silent: then there is no history on disk.
//! Invariant: no text that commands.rs does not let be kept is ever written.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::history::{BYTES, LINES};
use crate::commands;
use crate::{state, text};

/// A text of more bytes is not kept on disk.
const TEXT_BYTES: usize = 4096;
/// A file of more bytes is shortened.
const FILE_BYTES: u64 = 2 * BYTES as u64;

#[derive(Debug)]
pub(super) struct HistoryFile {
    path: PathBuf,
}

impl HistoryFile {
    /// The file of this server, if there is a place for it.
    pub(super) fn of(server: &str) -> Option<HistoryFile> {
        let folder = state::folder().ok()?.join("history");
        Some(HistoryFile::at(&folder, server))
    }

    fn at(folder: &Path, server: &str) -> HistoryFile {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        let name = server.to_lowercase().replace(|c| !is_plain(c), "_");
        HistoryFile {
            path: folder.join(name),
        }
    }

    /// Keep a text that was sent.
    pub(super) fn add(&self, text: &str) -> io::Result<()> {
        if text.len() > TEXT_BYTES || !commands::may_be_kept(text) {
            return Ok(());
        }
        let mut file = state::hold(&self.path)?;
        file.write_all(escaped(text).as_bytes())?;
        if file.metadata()?.len() > FILE_BYTES {
            let lines: String = self.read()?.iter().map(|line| escaped(line)).collect();
            state::replace(&self.path, &lines)?;
        }
        Ok(())
    }

    /// The texts that were kept, the oldest first, as many as the history has.
    pub(super) fn read(&self) -> io::Result<Vec<String>> {
        let mut bytes = Vec::new();
        // Nobody but this file writes more than a little over `FILE_BYTES`.
        let file = File::open(&self.path)?.take(4 * FILE_BYTES);
        { file }.read_to_end(&mut bytes)?;
        let lines = String::from_utf8_lossy(&bytes);
        let mut bytes = 0;
        let fits = |line: &&str| {
            bytes += line.len();
            bytes <= BYTES
        };
        let latest = lines.lines().rev().take(LINES).take_while(fits);
        let mut lines: Vec<String> = latest.map(unescaped).collect();
        lines.retain(|line| line.split('\n').all(text::is_clean));
        lines.reverse();
        Ok(lines)
    }
}

/// A text as one line with its end.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('\n', r"\n") + "\n"
}

fn unescaped(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                _ => '\\',
            },
            c => c,
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("papo-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("it is ours");
        folder
    }

    #[test]
    fn texts_come_back_and_secrets_are_not_kept() {
        let folder = folder("history");
        let file = HistoryFile::at(&folder, "../Some Host:12345");
        assert_eq!(file.path, folder.join(".._some_host:12345"));
        assert_eq!(file.read().unwrap_or_default(), [""; 0]);
        for text in [
            r"a \n b",
            "one\ntwo",
            "/password hunter2",
            "/me waves",
            "/pasword x",
        ] {
            file.add(text).expect("it is ours");
        }
        assert_eq!(
            file.read().unwrap_or_default(),
            [r"a \n b", "one\ntwo", "/me waves"]
        );
        let text = fs::read_to_string(&file.path).expect("it is there");
        assert!(!text.contains("hunter2"));
        let mode = fs::metadata(&file.path).expect("it is there").mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(&folder).expect("it is ours");
    }

    #[test]
    fn a_file_is_bounded_and_hostile_lines_are_left_out() {
        let folder = folder("long-history");
        let file = HistoryFile::at(&folder, "h:1");
        fs::write(&file.path, b"\x1b[2Jevil\nfine\n\xff\n").expect("it is ours");
        assert_eq!(file.read().unwrap_or_default(), ["fine", "\u{fffd}"]);
        // What others died over stops nobody.
        for part in ["new".to_owned(), format!("new-{}", std::process::id())] {
            fs::write(file.path.with_extension(part), "half").expect("it is ours");
        }
        fs::write(folder.join("h:1.new"), "half").expect("it is ours");
        let long = "x".repeat(4000);
        for n in 0..300 {
            file.add(&format!("{n} {long}")).expect("it is ours");
        }
        let bytes = fs::metadata(&file.path).expect("it is there").len();
        assert!(bytes <= FILE_BYTES + 5000, "{bytes}");
        assert!(
            file.read()
                .unwrap_or_default()
                .last()
                .is_some_and(|last| last.starts_with("299 "))
        );
        assert!(!folder.join("h:1.new").exists());
        fs::remove_dir_all(&folder).expect("it is ours");
    }

    #[test]
    fn several_write_at_once() {
        let folder = folder("shared-history");
        let write = |who: usize| {
            let file = HistoryFile::at(&folder, "h:1");
            for n in 0..100 {
                file.add(&format!("{who} {n}")).expect("it is ours");
            }
        };
        std::thread::scope(|scope| {
            for who in 0..4 {
                scope.spawn(move || write(who));
            }
        });
        let lines = HistoryFile::at(&folder, "h:1").read().unwrap_or_default();
        assert_eq!(lines.len(), 400);
        fs::remove_dir_all(&folder).expect("it is ours");
    }
}
