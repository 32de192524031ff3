//! The message of the day, read from its file: by the program at its start, and by a thread of its own while
//! the loop runs (rereader.rs), because the disk may be slow or gone.

use std::io;
use std::path::Path;

use crate::limits::LINE_BYTES;

/// Lines of a message of the day; a message should fit on a screen.
const LINES: usize = 25;

/// Reads it.
///
/// # Errors
/// As the system says.
pub fn read(path: &Path) -> io::Result<Vec<String>> {
    let text = std::fs::read(path)?;
    let lines = text.split(|byte| *byte == b'\n').map(|line| {
        crate::dialect::clean::clean(&line[..line.len().min(LINE_BYTES)])
            .trim_end()
            .to_owned()
    });
    let mut lines: Vec<String> = lines.take(LINES).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    Ok(lines)
}
