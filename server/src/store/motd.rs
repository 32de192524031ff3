//! The message of the day, read from its file. The disk may be slow or gone, so while the loop runs
//! a separate thread reads it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::limits::LINE_BYTES;
use crate::store::accounts::Busy;

/// Lines of a message of the day; a message should fit on a screen.
const LINES: usize = 25;

/// Reads it on this thread.
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

/// The loop's side of the thread that reads it, which ends when this is dropped.
pub struct Reader {
    orders: SyncSender<()>,
    read: Receiver<io::Result<Vec<String>>>,
}

impl Reader {
    /// Starts the thread. It calls `wake` after reading.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(path: PathBuf, wake: impl Fn() + Send + 'static) -> io::Result<Reader> {
        // One more order may wait during a read: the file may have changed by then.
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

    /// Orders another read. Never waits.
    ///
    /// # Errors
    /// If an order is waiting already.
    pub fn read(&self) -> Result<(), Busy> {
        self.orders.try_send(()).map_err(|_| Busy)
    }

    /// The result of a read, if there is one. Never waits.
    pub fn lines(&self) -> Option<io::Result<Vec<String>>> {
        self.read.try_recv().ok()
    }
}
