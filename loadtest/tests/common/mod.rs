//! What several tests of the program need: a listening server, and a path for its files.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;

/// Start a server that serves each conn in its own thread. The threads end with the test process.
pub(crate) fn listen(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for conn in listener.incoming() {
            let (serve, conn) = (serve.clone(), conn.unwrap());
            thread::spawn(move || serve(conn));
        }
    });
    address
}

/// A path without a file.
pub(crate) fn fresh_path(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}
