//! Something that is read from files, and again when the operator says so. The disk may be slow or gone, so
//! while the loop runs a separate thread reads.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::store::accounts::Busy;

/// The loop's side of the thread that reads, which ends when this is dropped.
pub struct Rereader<T> {
    orders: SyncSender<()>,
    read: Receiver<T>,
}

impl<T: Send + 'static> Rereader<T> {
    /// Starts the thread. It calls `wake` after reading.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(
        name: &str,
        read: impl Fn() -> T + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> io::Result<Rereader<T>> {
        // One more order may wait during a read: the file may have changed by then.
        let (orders, ordered) = sync_channel(1);
        let (sender, results) = sync_channel(1);
        let thread = std::thread::Builder::new().name(name.into());
        thread.spawn(move || {
            for () in ordered {
                if sender.send(read()).is_err() {
                    return;
                }
                wake();
            }
        })?;
        Ok(Rereader {
            orders,
            read: results,
        })
    }

    /// Orders another read. Never waits.
    ///
    /// # Errors
    /// If an order is waiting already.
    pub fn read(&self) -> Result<(), Busy> {
        self.orders.try_send(()).map_err(|_| Busy)
    }

    /// The result of a read, if there is one. Never waits.
    pub fn result(&self) -> Option<T> {
        self.read.try_recv().ok()
    }
}
