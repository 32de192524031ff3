//! `loadtest reference`: the bare fan-out. It reads bytes from one conn and sends them to every
//! other conn at once, or with `--pairs` to the others of its group. It is the physical limit that a
//! chat server is measured against.
//!
//! It never looks at a byte after the line that names the group, knows no names and no lines, and
//! makes no system call but wait, read and send, besides what conns that come and go cost. Each read
//! is sent on whole, so a line that ends in the next read may have bytes of another conn inside; that
//! cannot happen while each conn has less in flight than one read takes.
//! Invariant: a conn gets all bytes in the order of the reads; what a short send leaves over waits in
//! `pending`, and nothing overtakes it.

use crate::bots::net;
use crate::bots::net::Socket;
use crate::bots::poller::{Batch, Poller, Ready};
use crate::protocol::GROUP;
use crate::signals;
use slab::Slab;
use std::collections::HashMap;
use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;

/// Bytes taken with one read.
const READ_BYTES: usize = 64 * 1024;
/// Bytes that may wait for one conn before it is closed. With the 4 MB or so that the kernel takes
/// before a send is short, this is far more than a window keeps in flight.
const PENDING_BYTES: usize = 16 * 1024 * 1024;
/// The line that names a group is not longer than this.
const NAME_BYTES: usize = 64;
/// Key of the listening socket; no slab grows so far.
const LISTENER: usize = usize::MAX - 1;

/// One accepted socket.
struct Conn {
    socket: Socket,
    place: Place,
    /// What a short send left over. In a box, because there is hardly ever any and the fan-out
    /// walks over all conns: a small conn is a faster walk.
    pending: Option<Box<Pending>>,
}

/// Who hears a conn.
#[derive(Clone, Copy)]
enum Place {
    /// All others.
    Everybody,
    /// Nobody, as it has not yet named its group.
    Nobody,
    /// The others of this group.
    Group(u32),
}

/// The groups with names.
#[derive(Default)]
struct Groups {
    /// Where a group of this name is in `members`.
    names: HashMap<Vec<u8>, u32>,
    /// Keys of the conns of each.
    members: Vec<Vec<usize>>,
    /// Beginnings of lines that name a group, by the key of the conn.
    unfinished: HashMap<usize, Vec<u8>>,
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
    /// Who hears a conn that has just come.
    start: Place,
    groups: Groups,
    /// Conns that are gone; they leave the slab after the batch, so that no key changes its meaning
    /// within one.
    doomed: Vec<usize>,
}

/// Runs for as long as the process does. `groups` is whether conns name their groups.
pub(crate) fn run(address: SocketAddr, groups: bool) -> Result<(), String> {
    signals::unblock()?;
    let refuse = |error: io::Error| format!("cannot listen on {address}: {error}");
    net::raise_descriptors().map_err(refuse)?;
    let listener = net::listen(address).map_err(refuse)?;
    let bound = listener.local_addr().map_err(refuse)?.as_socket();
    let bound = bound.ok_or("the socket has no address")?;
    crate::print(&format!("loadtest reference: listening on {bound}"))?;
    let start = match groups {
        true => Place::Nobody,
        false => Place::Everybody,
    };
    Fanout::new(listener, start)
        .and_then(Fanout::serve)
        .map_err(|error| error.to_string())
}

impl Fanout {
    fn new(listener: Socket, start: Place) -> io::Result<Self> {
        let poller = Poller::new()?;
        poller.add(&listener, LISTENER, false)?;
        Ok(Self {
            poller,
            listener,
            conns: Slab::new(),
            start,
            groups: Groups::default(),
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
            Ok(count) => self.pass_on(ready.key, &buffer[..count])?,
            Err(error) if net::is_momentary(&error) => {}
            Err(_) => self.doomed.push(ready.key),
        }
        Ok(())
    }

    /// What is measured: one send for each who hears it.
    fn pass_on(&mut self, from: usize, bytes: &[u8]) -> io::Result<()> {
        match self.conns[from].place {
            Place::Everybody => {
                for (key, conn) in &mut self.conns {
                    if key != from {
                        conn.pass(key, bytes, &self.poller, &mut self.doomed)?;
                    }
                }
                Ok(())
            }
            Place::Group(group) => {
                for &key in &self.groups.members[group as usize] {
                    if key != from {
                        self.conns[key].pass(key, bytes, &self.poller, &mut self.doomed)?;
                    }
                }
                Ok(())
            }
            Place::Nobody => self.name(from, bytes),
        }
    }

    /// A conn names its group: the line goes back, and what follows it to the group.
    fn name(&mut self, from: usize, bytes: &[u8]) -> io::Result<()> {
        let mut line = self.groups.unfinished.remove(&from).unwrap_or_default();
        line.extend_from_slice(bytes);
        let Some(end) = line.iter().position(|&byte| byte == b'\n') else {
            match line.len() <= NAME_BYTES {
                true => drop(self.groups.unfinished.insert(from, line)),
                false => self.doomed.push(from),
            }
            return Ok(());
        };
        let (name, rest) = line.split_at(end + 1);
        if !name.starts_with(GROUP) {
            self.doomed.push(from);
            return Ok(());
        }
        self.conns[from].place = Place::Group(self.groups.join(name, from));
        self.conns[from].pass(from, name, &self.poller, &mut self.doomed)?;
        match rest {
            [] => Ok(()),
            _ => self.pass_on(from, rest),
        }
    }

    fn bury(&mut self) {
        for key in self.doomed.drain(..) {
            // A conn may be doomed twice in one batch: by its own read and by others' lines.
            if let Some(conn) = self.conns.try_remove(key) {
                self.groups.leave(&conn, key);
            }
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
                        place: self.start,
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

impl Groups {
    /// The group of this name, with one more in it.
    fn join(&mut self, name: &[u8], key: usize) -> u32 {
        let next = self.members.len() as u32;
        let group = *self.names.entry(name.to_vec()).or_insert(next);
        if group == next {
            self.members.push(Vec::new());
        }
        self.members[group as usize].push(key);
        group
    }

    fn leave(&mut self, conn: &Conn, key: usize) {
        match conn.place {
            Place::Group(group) => self.members[group as usize].retain(|&member| member != key),
            Place::Nobody => drop(self.unfinished.remove(&key)),
            Place::Everybody => {}
        }
    }
}

impl Conn {
    /// Sends it bytes, or keeps them for later when some wait already.
    fn pass(
        &mut self,
        key: usize,
        bytes: &[u8],
        poller: &Poller,
        doomed: &mut Vec<usize>,
    ) -> io::Result<()> {
        let waiting = self.pending.is_some();
        let taken = match waiting {
            true => 0,
            false => match self.socket.send(bytes) {
                Ok(taken) if taken == bytes.len() => return Ok(()),
                Ok(taken) => taken,
                Err(error) if net::is_momentary(&error) => 0,
                Err(_) => {
                    doomed.push(key);
                    return Ok(());
                }
            },
        };
        if !self.keep(&bytes[taken..]) {
            doomed.push(key);
        } else if !waiting {
            poller.set_writing(&self.socket, key, true)?;
        }
        Ok(())
    }

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
