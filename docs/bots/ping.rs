//! A bot for papo in Rust, without crates: it answers "ping" with "pong NAME".
//! Usage: ping HOST:PORT NAME
//!
//! The form of the lines is in docs/protocol.md, "Programs": with tags on, each line begins with `@TIME `, and what
//! is said in a room has `#ROOM:NUMBER ` behind it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(server), Some(name)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: ping HOST:PORT NAME");
        std::process::exit(2);
    };
    let mut socket = TcpStream::connect(server)?;
    writeln!(socket, "/tags on\n{name}")?;
    for line in BufReader::new(socket.try_clone()?).lines() {
        if let Some(from) = pinged_by(&line?) {
            writeln!(socket, "pong {from}")?;
        }
    }
    Ok(())
}

/// Who has said `ping` by this line: `@TIME #ROOM:NUMBER <NAME> ping`.
fn pinged_by(line: &str) -> Option<&str> {
    let (_, line) = line.strip_prefix('@')?.split_once(' ')?;
    let (_, line) = line.strip_prefix('#')?.split_once(' ')?;
    line.strip_prefix('<')?.strip_suffix("> ping")
}
