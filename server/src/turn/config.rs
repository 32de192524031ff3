//! What the operator decides about a server, whatever system it runs on. Only values.

use crate::conn::ConnDefaults;
use crate::dialect::words::Lang;
use crate::flood::Rate;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct Config {
    /// How the conns of each listener are met, by its number.
    pub listeners: Vec<ConnDefaults>,
    /// Public lines that are told at join.
    pub backlog: usize,
    /// Flood control.
    pub rate: Rate,
    /// Conns at once; 0 is no limit.
    pub max_conns: usize,
    /// Conns at once from one address that is not loopback; 0 is no limit.
    pub per_address: u32,
    /// New ones from it in a minute; 0 is no limit.
    pub per_minute: u32,
    /// Bytes that conns, feeds and histories may hold together.
    pub memory: usize,
    /// What a room's feed may grow to, in bytes: a power of two.
    pub feed_bytes: usize,
    /// The message of the day, one entry a line.
    pub motd: Vec<String>,
    /// Where browsers find this server, as others on the network write it.
    pub address: String,
    /// Names of this host for browsers, beside those that only a local network has.
    pub hosts: Vec<String>,
    /// The language of the console.
    pub lang: Lang,
    /// Whether the console shows nothing that it is not asked for.
    pub quiet: bool,
}
