//! `loadtest reference`: the bare fan-out. It reads bytes from one conn and sends them to every
//! other conn at once. It is the physical limit that a chat server is measured against.
//!
//! It never looks at a byte, knows no names and no lines, and makes no system call but wait, read
//! and send, besides what conns that come and go cost. Each read is sent on whole, so a line that
//! ends in the next read may have bytes of another conn inside; that cannot happen while each conn
//! has less in flight than one read takes.
//! Invariant: a conn gets all bytes in the order of the reads; what a short send leaves over waits in
//! `pending`, and nothing overtakes it.

use crate::net;
use crate::net::Socket;
use crate::poller::{Batch, Poller, Ready};
use slab::Slab;
use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;

/// Bytes taken with one read.
const READ_BYTES: usize = 64 * 1024;
/// Bytes that may wait for one conn before it is closed. With the 4 MB or so that the kernel takes
/// before a send is short, this is far more than a window keeps in flight.
const PENDING_BYTES: usize = 16 * 1024 * 1024;
/// Key of the listening socket; no slab grows so far.
const LISTENER: usize = usize::MAX - 1;

/// One accepted socket.
struct Conn {
    socket: Socket,
    /// What a short send left over. In a box, because there is hardly ever any and the fan-out
    /// walks over all conns: a small conn is a faster walk.
    pending: Option<Box<Pending>>,
}

/// Bytes that a conn has still to get: those of `bytes` from `sent` on.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    sent: usize,
}

/// All conns and what wakes them.
struct Fanout {
    poller: Poller,
    listener: Socket,
    conns: Slab<Conn>,
    /// Conns that are gone; they leave the slab after the batch, so that no key changes its meaning
    /// within one.
    doomed: Vec<usize>,
}

/// Runs for as long as the process does.
pub(crate) fn run(address: SocketAddr) -> Result<(), String> {
    let refuse = |error: io::Error| format!("cannot listen on {address}: {error}");
    net::raise_descriptors().map_err(refuse)?;
    let listener = net::listen(address).map_err(refuse)?;
    let bound = listener.local_addr().map_err(refuse)?.as_socket();
    let bound = bound.ok_or("the socket has no address")?;
    crate::print(&format!("loadtest reference: listening on {bound}"));
    Fanout::new(listener)
        .and_then(Fanout::serve)
        .map_err(|error| error.to_string())
}

impl Fanout {
    fn new(listener: Socket) -> io::Result<Self> {
        let poller = Poller::new()?;
        poller.add(&listener, LISTENER, false)?;
        Ok(Self {
            poller,
            listener,
            conns: Slab::new(),
            doomed: Vec::new(),
        })
    }

    fn serve(mut self) -> io::Result<()> {
        let mut batch = Batch::new();
        let mut buffer = vec![0; READ_BYTES];
        loop {
            self.poller.wait(&mut batch, None)?;
            let mut arrivals = false;
            for ready in batch.iter() {
                if ready.key == LISTENER {
                    arrivals = true;
                } else {
                    self.serve_conn(ready, &mut buffer)?;
                }
            }
            self.bury();
            if arrivals {
                self.accept()?;
            }
        }
    }

    fn serve_conn(&mut self, ready: Ready, buffer: &mut [u8]) -> io::Result<()> {
        let conn = &mut self.conns[ready.key];
        if conn.pending.is_some() && ready.writable {
            match conn.flush() {
                Ok(true) => self.poller.set_writing(&conn.socket, ready.key, false)?,
                Ok(false) => {}
                Err(_) => self.doomed.push(ready.key),
            }
        }
        if !ready.readable {
            return Ok(());
        }
        match conn.socket.read(buffer) {
            Ok(0) => self.doomed.push(ready.key),
            Ok(count) => self.fan_out(ready.key, &buffer[..count])?,
            Err(error) if net::is_momentary(&error) => {}
            Err(_) => self.doomed.push(ready.key),
        }
        Ok(())
    }

    /// The loop that is measured.
    fn fan_out(&mut self, from: usize, bytes: &[u8]) -> io::Result<()> {
        for (key, conn) in &mut self.conns {
            if key == from {
                continue;
            }
            let waiting = conn.pending.is_some();
            let taken = match waiting {
                true => 0,
                false => match conn.socket.send(bytes) {
                    Ok(taken) if taken == bytes.len() => continue,
                    Ok(taken) => taken,
                    Err(error) if net::is_momentary(&error) => 0,
                    Err(_) => {
                        self.doomed.push(key);
                        continue;
                    }
                },
            };
            if !conn.keep(&bytes[taken..]) {
                self.doomed.push(key);
            } else if !waiting {
                self.poller.set_writing(&conn.socket, key, true)?;
            }
        }
        Ok(())
    }

    fn bury(&mut self) {
        for key in self.doomed.drain(..) {
            // A conn may be doomed twice in one batch: by its own read and by others' lines.
            self.conns.try_remove(key);
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            match net::accept(&self.listener) {
                Ok(socket) => {
                    let entry = self.conns.vacant_entry();
                    self.poller.add(&socket, entry.key(), false)?;
                    entry.insert(Conn {
                        socket,
                        pending: None,
                    });
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                // The conn was gone before it was accepted.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                // Out of descriptors, most likely: this tool has no use for a part of its bots.
                Err(error) => return Err(error),
            }
        }
    }
}

impl Conn {
    /// Sends what is pending; whether that was all.
    fn flush(&mut self) -> io::Result<bool> {
        let Some(pending) = &mut self.pending else {
            return Ok(true);
        };
        match self.socket.send(&pending.bytes[pending.sent..]) {
            Ok(taken) => pending.sent += taken,
            Err(error) if net::is_momentary(&error) => {}
            Err(error) => return Err(error),
        }
        let done = pending.sent == pending.bytes.len();
        if done {
            self.pending = None;
        }
        Ok(done)
    }

    /// Keeps bytes for later; `false` when there are too many.
    fn keep(&mut self, bytes: &[u8]) -> bool {
        let pending = self.pending.get_or_insert_default();
        if pending.sent > PENDING_BYTES {
            pending.bytes.drain(..pending.sent);
            pending.sent = 0;
        }
        pending.bytes.extend_from_slice(bytes);
        pending.bytes.len() - pending.sent <= PENDING_BYTES
    }
}
