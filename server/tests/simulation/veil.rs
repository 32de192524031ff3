//! TLS between a peer and the server. The peer and the referee see what is inside, in clear; what the system carries
//! is torn at any byte of the records.
//!
//! What the server has read is known by records: bytes of the peer count as read once the last byte of their record
//! is. The keys differ from run to run, and the lengths of what they hide do not, so a seed is the same run.

use std::collections::VecDeque;

use crate::link::Link;
use crate::secure::Client;

/// Bytes of a peer in a record.
const RECORD_BYTES: usize = 1000;

/// See the top of this file.
pub(crate) struct Veil {
    client: Client,
    /// Records that the server has not read.
    on_the_way: VecDeque<u8>,
    /// What is inside of them, each with where its record ends.
    inside: VecDeque<(usize, Vec<u8>)>,
    /// Bytes of records so far: all, and those that the server has read.
    sent: usize,
    read: usize,
    /// The peer has said that nothing follows.
    has_ended: bool,
}

impl Veil {
    fn send(&mut self, inside: Vec<u8>) {
        let records = self.client.output();
        self.sent += records.len();
        self.on_the_way.extend(records);
        self.inside.push_back((self.sent, inside));
    }
}

impl Link {
    /// Its peer speaks TLS from here on.
    pub(crate) fn speak_tls(&mut self) {
        let mut veil = Veil {
            client: Client::new(),
            on_the_way: VecDeque::new(),
            inside: VecDeque::new(),
            sent: 0,
            read: 0,
            has_ended: false,
        };
        veil.send(Vec::new());
        self.veil = Some(veil);
    }

    /// What the peer has to say goes on its way, if there is TLS and once that is possible.
    pub(crate) fn seal(&mut self) {
        let Some(veil) = &mut self.veil else { return };
        if veil.client.connection.is_handshaking() || veil.has_ended {
            return;
        }
        while !self.to_server.is_empty() {
            let most = self.to_server.len().min(RECORD_BYTES);
            let inside: Vec<u8> = self.to_server.drain(..most).collect();
            veil.client.say_bytes(&inside);
            veil.send(inside);
        }
        if self.fin {
            veil.client.connection.send_close_notify();
            veil.send(Vec::new());
            veil.has_ended = true;
        }
    }

    /// Whether the server can read something.
    pub(crate) fn has_come(&self) -> bool {
        match &self.veil {
            Some(veil) => !veil.on_the_way.is_empty(),
            None => !self.to_server.is_empty(),
        }
    }

    /// What was on its way is lost.
    pub(crate) fn lose(&mut self) {
        self.to_server.clear();
        if let Some(veil) = &mut self.veil {
            veil.on_the_way.clear();
        }
    }

    /// The next bytes for the server: those of the peer, or of their records.
    pub(crate) fn next_bytes(&mut self, most: usize) -> Vec<u8> {
        let Some(veil) = &mut self.veil else {
            let bytes: Vec<u8> = self
                .to_server
                .drain(..most.min(self.to_server.len()))
                .collect();
            self.read.extend_from_slice(&bytes);
            return bytes;
        };
        let most = most.min(veil.on_the_way.len());
        let bytes: Vec<u8> = veil.on_the_way.drain(..most).collect();
        veil.read += most;
        while let Some((end, _)) = veil.inside.front()
            && *end <= veil.read
            && let Some((_, inside)) = veil.inside.pop_front()
        {
            self.read.extend(inside);
        }
        bytes
    }

    /// The server has written these bytes: they are for the peer, or records with what is for it.
    pub(crate) fn take_told(&mut self, bytes: &[u8]) {
        let Some(veil) = &mut self.veil else {
            return self.written.extend_from_slice(bytes);
        };
        veil.client.hear_more(bytes);
        self.written.append(&mut veil.client.text);
        veil.send(Vec::new());
    }
}
