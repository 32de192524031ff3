//! The message of the day, read from its file. The disk may be slow or gone, so once the loop runs
//! it is read on a thread of its own that ends with it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

use crate::limits::LINE_BYTES;
use crate::net::poller::Waker;

/// Lines of a message of the day; more than a screen is not a message.
const LINES: usize = 25;

/// Read it now, on this thread.
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

/// Read it on a thread; the result comes through the channel, and then the waker is used.
pub fn read_aside(path: PathBuf, waker: Waker) -> Receiver<io::Result<Vec<String>>> {
    let (sender, receiver) = channel();
    let reader = std::thread::Builder::new().name("motd".into());
    let refused = sender.clone();
    let started = reader.spawn(move || {
        // The receiver is gone only when the server is.
        let _ = sender.send(read(&path));
        waker.wake();
    });
    if let Err(error) = started {
        let _ = refused.send(Err(error));
    }
    receiver
}
