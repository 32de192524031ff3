//! The message of the day, read from its file. The disk may be slow or gone, so once the loop runs
//! it is read on a thread of its own.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::limits::LINE_BYTES;
use crate::store::accounts::Busy;

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

/// The thread that reads it, seen from the loop. It ends when this is dropped.
pub struct Reader {
    orders: SyncSender<()>,
    read: Receiver<io::Result<Vec<String>>>,
}

impl Reader {
    /// Start the thread. It calls `wake` when it has read.
    ///
    /// # Errors
    /// When the system has no thread.
    pub fn start(path: PathBuf, wake: impl Fn() + Send + 'static) -> io::Result<Reader> {
        // One more may be ordered while the file is read: it has changed again by then, perhaps.
        let (orders, ordered) = sync_channel(1);
        let (sender, read) = sync_channel(1);
        let thread = std::thread::Builder::new().name("motd".into());
        thread.spawn(move || {
            for () in ordered {
                if sender.send(self::read(&path)).is_err() {
                    return;
                }
                wake();
            }
        })?;
        Ok(Reader { orders, read })
    }

    /// Have it read again. Never waits.
    ///
    /// # Errors
    /// When that is ordered already and has not begun.
    pub fn read(&self) -> Result<(), Busy> {
        self.orders.try_send(()).map_err(|_| Busy)
    }

    /// What was read, if something was. Never waits.
    pub fn lines(&self) -> Option<io::Result<Vec<String>>> {
        self.read.try_recv().ok()
    }
}
