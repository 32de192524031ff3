//! Where a server is, as one types it. It looks nothing up.

use std::fmt;
use std::net::Ipv6Addr;

use crate::words::UsageError;

/// The port of the protocol.
pub(crate) const PORT: u16 = 12345;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// A name or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Server {
    /// As one types it.
    pub(crate) fn typed(&self) -> String {
        match self.port {
            PORT => self.host.clone(),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(f, "[{}]:{}", self.host, self.port);
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// A port that can be connected to.
pub(crate) fn parse_port(port: &str) -> Result<u16, UsageError<'_>> {
    let number = port.parse().ok().filter(|&port| port != 0);
    number.ok_or(UsageError::Port(port))
}

/// `HOST`, `HOST:PORT` or `[IPV6]:PORT`.
pub(crate) fn parse_server(text: &str, usual_port: u16) -> Result<Server, UsageError<'_>> {
    let (host, port) = split_port(text)?;
    Ok(Server {
        host: host.to_owned(),
        port: port.map_or(Ok(usual_port), parse_port)?,
    })
}

/// The host, without brackets, and the port if it is given.
pub(super) fn split_port(text: &str) -> Result<(&str, Option<&str>), UsageError<'_>> {
    // An address of one link may name its interface: `fe80::1%eth0`.
    let is_ipv6 = |host: &str| match host.split_once('%') {
        Some((address, zone)) => !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv6Addr>().is_ok(),
    };
    let parts = if let Some(bracketed) = text.strip_prefix('[') {
        match bracketed.split_once(']') {
            Some((host, "")) if is_ipv6(host) => Some((host, None)),
            Some((host, rest)) if is_ipv6(host) => {
                rest.strip_prefix(':').map(|port| (host, Some(port)))
            }
            _ => None,
        }
    } else if is_ipv6(text) {
        Some((text, None))
    } else {
        let (host, port) = text.split_once(':').unzip();
        Some((host.unwrap_or(text), port))
    };
    parts
        .filter(|(host, _)| !host.is_empty())
        .ok_or(UsageError::Host(text))
}
