//! The servers to test, from their options. Nothing is opened; only names are resolved.

use super::Args;
use crate::bots::net;
use crate::child::Program;
use crate::protocol::Protocol;
use std::net::SocketAddr;

/// A server to test.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contender {
    /// Its name, which no other server has.
    pub(crate) name: String,
    pub(crate) protocol: Protocol,
    /// Whether the bots speak TLS with it.
    pub(crate) tls: bool,
    pub(crate) server: Server,
}

/// How to reach a server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Server {
    /// It is running.
    Target(SocketAddr),
    /// It is started for each run.
    Spawn(Program),
}

/// The servers in the order of the report; the others are compared with the first.
pub(super) fn servers(args: &Args) -> Result<Vec<Contender>, String> {
    let mut servers = vec![first(args)?];
    for text in &args.vs {
        servers.push(other(text)?);
    }
    if args.vs_unkept {
        servers.push(started(Program::Unkept, servers[0].protocol));
    }
    if args.vs_clear {
        servers.push(started(Program::PapoServer, Protocol::Papo));
    }
    if args.vs_reference {
        // With the bytes that the first server sends.
        let protocol = match servers[0].protocol {
            Protocol::Ws => Protocol::WsRaw,
            _ => Protocol::Raw,
        };
        servers.push(started(Program::Reference, protocol));
    }
    for (place, contender) in servers.iter().enumerate() {
        if servers[..place]
            .iter()
            .any(|each| each.name == contender.name)
        {
            return Err(format!("two servers are called '{}'", contender.name));
        }
    }
    Ok(servers)
}

fn first(args: &Args) -> Result<Contender, String> {
    let protocol = |default| args.protocol.as_deref().map_or(Ok(default), named);
    match (&args.target, args.spawn, args.spawn_reference) {
        // Nothing but --vs-reference means papo-server beside it.
        (None, false, false) if args.vs_reference => {
            Ok(started(Program::PapoServer, protocol(Protocol::Papo)?))
        }
        // A server at papo's usual port may have users.
        (None, false, false) => Err(
            "which server? --target HOST:PORT for one that runs, or --spawn to start one".into(),
        ),
        (Some(target), false, false) => Ok(Contender {
            name: "server".into(),
            protocol: protocol(Protocol::Papo)?,
            tls: args.tls,
            server: Server::Target(net::resolve(target)?),
        }),
        (None, true, false) if args.tls => Ok(started(Program::Secure, protocol(Protocol::Papo)?)),
        (None, true, false) => Ok(started(Program::PapoServer, protocol(Protocol::Papo)?)),
        (None, false, true) if args.tls => Err("the reference speaks no TLS".into()),
        (None, false, true) => match protocol(Protocol::Raw)? {
            protocol @ (Protocol::Raw | Protocol::WsRaw) => {
                Ok(started(Program::Reference, protocol))
            }
            _ => Err("--spawn-reference knows only --protocol raw and ws-raw".into()),
        },
        _ => Err("--target, --spawn and --spawn-reference exclude each other".into()),
    }
}

fn started(program: Program, protocol: Protocol) -> Contender {
    Contender {
        name: program.name().into(),
        protocol,
        tls: program == Program::Secure,
        server: Server::Spawn(program),
    }
}

/// `NAME=PROTOCOL@HOST:PORT`
fn other(text: &str) -> Result<Contender, String> {
    let parts = text
        .split_once('=')
        .and_then(|(name, rest)| Some((name, rest.split_once('@')?)));
    match parts {
        Some((name, (protocol, address))) if !name.is_empty() => Ok(Contender {
            name: name.into(),
            protocol: named(protocol)?,
            tls: false,
            server: Server::Target(net::resolve(address)?),
        }),
        _ => Err(format!("--vs is NAME=PROTOCOL@HOST:PORT, not '{text}'")),
    }
}

fn named(name: &str) -> Result<Protocol, String> {
    Protocol::named(name).ok_or_else(|| {
        let names = Protocol::ALL.map(Protocol::name).join(", ");
        format!("the protocol is one of {names}, not '{name}'")
    })
}
