//! `loadtest reference`: the bare fan-out. It reads bytes from one conn and sends them to every other conn
//! at once, or with `--pairs` to the others of its group. It is the physical limit that a chat server is
//! compared with.
//!
//! It never looks at a byte after the line that names the group, knows no names and no lines, and makes
//! no system calls but wait, read and send, besides those for opened and closed conns. Each read is
//! forwarded whole, so bytes of another conn may come within a line that ends in the next read; that
//! cannot happen while each conn has less in flight than one read takes.
//! Invariant: a conn gets all bytes in the order of the reads; the rest of a short send waits in `pending`,
//! and nothing overtakes it.

use crate::bots::net;
use crate::bots::net::Socket;
use crate::bots::poller::{Batch, Poller, Ready};
use crate::protocol::GROUP;
use crate::signals;
use slab::Slab;
use std::collections::HashMap;
use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;

/// Most bytes of one read.
const READ_BYTES: usize = 64 * 1024;
/// Most bytes that wait for one conn before it is closed. With the 4 MB or so that the kernel takes before
/// a send is short, this is far more than a window keeps in flight.
const PENDING_BYTES: usize = 16 * 1024 * 1024;
/// The longest line that names a group.
const NAME_BYTES: usize = 64;
/// The key of the listening socket; no slab grows so far.
const LISTENER: usize = usize::MAX - 1;

/// One accepted socket.
struct Conn {
    socket: Socket,
    audience: Audience,
    /// The rest of a short send. In a box, because it is rare and the fan-out iterates over all conns, which
    /// is faster with small ones.
    pending: Option<Box<Pending>>,
}

/// Who gets the bytes of a conn.
#[derive(Clone, Copy)]
enum Audience {
    /// All others.
    Everybody,
    /// Nobody, because it has not named its group yet.
    Nobody,
    /// The others of this group.
    Group(u32),
}

/// The groups with names.
#[derive(Default)]
struct Groups {
    /// The place of each name in `members`.
    names: HashMap<Vec<u8>, u32>,
    /// The keys of the conns of each group.
    members: Vec<Vec<usize>>,
    /// Incomplete lines that name a group, by the key of the conn.
    unfinished: HashMap<usize, Vec<u8>>,
}

/// Bytes that wait for a conn: those of `bytes` from `sent` on.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    sent: usize,
}

struct Fanout {
    poller: Poller,
    listener: Socket,
    conns: Slab<Conn>,
    /// The audience of a new conn.
    start: Audience,
    groups: Groups,
    /// Conns to close; they leave the slab after the batch, so no key is reused within one.
    closing: Vec<usize>,
}

/// Run until the process ends. `groups` is whether conns name their groups.
pub(crate) fn run(address: SocketAddr, groups: bool) -> Result<(), String> {
    signals::unblock()?;
    let refuse = |error: io::Error| format!("cannot listen on {address}: {error}");
    net::raise_descriptors().map_err(refuse)?;
    let listener = net::listen(address).map_err(refuse)?;
    let bound = listener.local_addr().map_err(refuse)?.as_socket();
    let bound = bound.ok_or("the socket has no address")?;
    crate::print(&format!("loadtest reference: listening on {bound}"))?;
    let start = match groups {
        true => Audience::Nobody,
        false => Audience::Everybody,
    };
    Fanout::new(listener, start)
        .and_then(Fanout::serve)
        .map_err(|error| error.to_string())
}

impl Fanout {
    fn new(listener: Socket, start: Audience) -> io::Result<Self> {
        let poller = Poller::new()?;
        poller.add(&listener, LISTENER, false)?;
        Ok(Self {
            poller,
            listener,
            conns: Slab::new(),
            start,
            groups: Groups::default(),
            closing: Vec::new(),
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
            self.close_marked();
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
                Err(_) => self.closing.push(ready.key),
            }
        }
        if !ready.readable {
            return Ok(());
        }
        match conn.socket.read(buffer) {
            Ok(0) => self.closing.push(ready.key),
            Ok(count) => self.forward(ready.key, &buffer[..count])?,
            Err(error) if net::is_momentary(&error) => {}
            Err(_) => self.closing.push(ready.key),
        }
        Ok(())
    }

    /// The measured work: one send for each conn of the audience.
    fn forward(&mut self, from: usize, bytes: &[u8]) -> io::Result<()> {
        match self.conns[from].audience {
            Audience::Everybody => {
                for (key, conn) in &mut self.conns {
                    if key != from {
                        conn.send_or_keep(key, bytes, &self.poller, &mut self.closing)?;
                    }
                }
                Ok(())
            }
            Audience::Group(group) => {
                for &key in &self.groups.members[group as usize] {
                    if key != from {
                        self.conns[key].send_or_keep(
                            key,
                            bytes,
                            &self.poller,
                            &mut self.closing,
                        )?;
                    }
                }
                Ok(())
            }
            Audience::Nobody => self.read_group_name(from, bytes),
        }
    }

    /// Read the line with which a conn names its group. It is sent back, and the rest goes to the group.
    fn read_group_name(&mut self, from: usize, bytes: &[u8]) -> io::Result<()> {
        let mut line = self.groups.unfinished.remove(&from).unwrap_or_default();
        line.extend_from_slice(bytes);
        let Some(end) = line.iter().position(|&byte| byte == b'\n') else {
            match line.len() <= NAME_BYTES {
                true => drop(self.groups.unfinished.insert(from, line)),
                false => self.closing.push(from),
            }
            return Ok(());
        };
        let (name, rest) = line.split_at(end + 1);
        if !name.starts_with(GROUP) {
            self.closing.push(from);
            return Ok(());
        }
        self.conns[from].audience = Audience::Group(self.groups.join(name, from));
        self.conns[from].send_or_keep(from, name, &self.poller, &mut self.closing)?;
        match rest {
            [] => Ok(()),
            _ => self.forward(from, rest),
        }
    }

    fn close_marked(&mut self) {
        for key in self.closing.drain(..) {
            // A conn may be in the list twice: by its own read and by sends of others.
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
                        audience: self.start,
                        pending: None,
                    });
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                // The conn was closed before it was accepted.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                // Most likely no descriptors are left: a part of the bots is no use.
                Err(error) => return Err(error),
            }
        }
    }
}

impl Groups {
    /// Add a conn to the group of this name.
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
        match conn.audience {
            Audience::Group(group) => self.members[group as usize].retain(|&member| member != key),
            Audience::Nobody => drop(self.unfinished.remove(&key)),
            Audience::Everybody => {}
        }
    }
}

impl Conn {
    /// Send bytes to the conn, or keep them for later if some wait already.
    fn send_or_keep(
        &mut self,
        key: usize,
        bytes: &[u8],
        poller: &Poller,
        closing: &mut Vec<usize>,
    ) -> io::Result<()> {
        let waiting = self.pending.is_some();
        let taken = match waiting {
            true => 0,
            false => match self.socket.send(bytes) {
                Ok(taken) if taken == bytes.len() => return Ok(()),
                Ok(taken) => taken,
                Err(error) if net::is_momentary(&error) => 0,
                Err(_) => {
                    closing.push(key);
                    return Ok(());
                }
            },
        };
        if !self.keep(&bytes[taken..]) {
            closing.push(key);
        } else if !waiting {
            poller.set_writing(&self.socket, key, true)?;
        }
        Ok(())
    }

    /// Send pending bytes; true if that was all.
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

    /// Keep bytes for later; `false` when there are too many.
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
