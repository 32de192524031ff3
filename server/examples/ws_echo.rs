//! Says again what a WebSocket client says, for suites that test the protocol:
//!
//! ```text
//! cargo run --release -p papo-server --example ws_echo -- 127.0.0.1:9001
//! pip install kosoku && kosoku -x '9.*' -x '12.*' -x '13.*' 127.0.0.1:9001
//! ```
//!
//! It tests what reads requests and messages in the server; the loop and its limits are not in it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use papo_server::web::frame;
use papo_server::web::http::{Next, Requests, Response};
use papo_server::web::socket::{Message, Messages, upgrade};

/// The suites send messages of 16 MiB.
const LIMIT: usize = 64 << 20;
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:0".into());
    let listener = TcpListener::bind(address)?;
    println!("{}", listener.local_addr()?);
    for conn in listener.incoming() {
        let conn = conn?;
        std::thread::spawn(move || serve(conn));
    }
    Ok(())
}

fn serve(mut conn: TcpStream) -> io::Result<()> {
    conn.set_nodelay(true)?;
    let mut input = vec![0; 256 << 10];
    let Some(first) = handshake(&mut conn, &mut input)? else {
        return Ok(());
    };
    let mut messages = Messages::new(LIMIT);
    messages.push(&first);
    loop {
        let mut out = Vec::new();
        let ends = echo(&mut messages, &mut out);
        conn.write_all(&out)?;
        if ends {
            return finish(&mut conn, &mut input);
        }
        match conn.read(&mut input)? {
            0 => return Ok(()),
            n => messages.push(&input[..n]),
        }
    }
}

/// Answers requests up to the one to upgrade: what comes after it.
fn handshake(conn: &mut TcpStream, input: &mut [u8]) -> io::Result<Option<Vec<u8>>> {
    let mut requests = Requests::default();
    loop {
        match requests.next() {
            Some(Ok(request)) => {
                let answer = upgrade(&request);
                let is_accepted = answer.is_ok();
                let answer = answer.unwrap_or_else(|refusal| refusal);
                let (bytes, next) = answer.to(&request, Next::Request);
                conn.write_all(&bytes)?;
                if is_accepted {
                    return Ok(Some(requests.rest()));
                }
                if next == Next::Close {
                    return Ok(None);
                }
            }
            Some(Err(fault)) => {
                conn.write_all(&Response::from(fault).last())?;
                return Ok(None);
            }
            None => match conn.read(input)? {
                0 => return Ok(None),
                n => requests.push(&input[..n]),
            },
        }
    }
}

/// Answers each message: whether the conversation ends.
fn echo(messages: &mut Messages, out: &mut Vec<u8>) -> bool {
    while let Some(message) = messages.next() {
        match message {
            Ok(Message::Text(text)) => say(TEXT, text.as_bytes(), out),
            Ok(Message::Binary(bytes)) => say(BINARY, &bytes, out),
            Ok(Message::Ping(payload)) => frame::pong(&payload, out),
            Ok(Message::Pong) => {}
            Ok(Message::Close(code)) => {
                frame::close(code, out);
                return true;
            }
            Err(code) => {
                frame::close(Some(code.number()), out);
                return true;
            }
        }
    }
    false
}

fn say(first: u8, payload: &[u8], out: &mut Vec<u8>) {
    let len = payload.len();
    match (len, u16::try_from(len)) {
        (0..126, _) => out.extend([first, len as u8]),
        (_, Ok(len)) => out.extend([&[first, 126][..], &len.to_be_bytes()].concat()),
        _ => out.extend([&[first, 127][..], &(len as u64).to_be_bytes()].concat()),
    }
    out.extend_from_slice(payload);
}

/// Lets the client close first, for bytes that come after a close would drop what it was sent.
fn finish(conn: &mut TcpStream, input: &mut [u8]) -> io::Result<()> {
    conn.shutdown(Shutdown::Write)?;
    conn.set_read_timeout(Some(Duration::from_secs(5)))?;
    while conn.read(input)? > 0 {}
    Ok(())
}
