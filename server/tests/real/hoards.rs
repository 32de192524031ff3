//! Strangers who make the server hold much memory: slow readers of answers, and slow readers in
//! many rooms.
//!
//! Each test has a network of its own in which the kernel buffers little.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::harness::{PATIENCE, Server};
use crate::metrics;
use crate::people::{Person, Talker};
use crate::slow::narrow;
use crate::space;

/// Bytes that the server may hold in these tests: `--memory 8`.
const MEMORY: usize = 8 << 20;

fn with_small_buffers(test: impl FnOnce() + Send) {
    space::alone(|| {
        space::narrow();
        test();
    });
}

fn slow_reader(server: &Server, lines: &str) -> TcpStream {
    let mut socket = narrow(server.address());
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket.write_all(lines.as_bytes()).expect("it is taken");
    socket
}

#[test]
fn a_slow_reader_of_history_holds_only_unread_bytes() {
    with_small_buffers(|| {
        const ASKERS: usize = 30;
        const EACH: usize = 600 << 10;
        let server = Server::start("--memory 8 --rate 0 --backlog 0");
        let mut ana = Talker::join(&server, "ana");
        for n in 0..100 {
            ana.say(&format!("{n} {}", "x".repeat(155)));
        }
        ana.expect_nothing_else();
        let before = server.memory();
        // Each answer has 16 KB, and together they are more than anybody reads here.
        let asks = "/history 100\n".repeat(60);
        let mut askers: Vec<TcpStream> = (0..ASKERS)
            .map(|n| slow_reader(&server, &format!("asker{n}\n{asks}")))
            .collect();
        let mut bytes = [0; 2048];
        for _ in 0..EACH / bytes.len() {
            for asker in &mut askers {
                asker.read_exact(&mut bytes).expect("it is not cut off");
            }
        }
        let grown = server.memory().saturating_sub(before);
        assert!(grown < MEMORY, "{grown} bytes more");
    });
}

#[test]
fn slow_readers_in_many_rooms_and_two_languages_do_not_hold_much_together() {
    with_small_buffers(|| {
        const ROOMS: usize = 60;
        const LINES: usize = 150;
        let mut server = Server::start("--memory 8 --keep off --rate 0 --backlog 0 --metrics 0");
        let place = metrics::place(&mut server);
        let before = server.memory();
        let mut readers = Vec::new();
        for room in 0..ROOMS {
            for lang in ["en", "pt"] {
                let lines = format!("r{room}{lang}\n/lang {lang}\n/join room{room}\n");
                readers.push(slow_reader(&server, &lines));
            }
            let mut ana = Talker::join(&server, &format!("ana{room}"));
            ana.say(&format!("/join room{room}"));
            // Both are there when both are seen; `/online` of the first tells.
            loop {
                ana.say("/online");
                let here = find(&mut ana, "in room");
                if ["en", "pt"]
                    .iter()
                    .all(|lang| here.contains(&format!("r{room}{lang}")))
                {
                    break;
                }
            }
            for n in 0..LINES {
                ana.say(&format!("{n} {}", "x".repeat(1000)));
            }
            ana.say("/whois nobody");
            find(&mut ana, "nobody");
        }
        let held = metrics::value(place, "papo_feed_bytes") as usize;
        assert!(held <= MEMORY / 8 * 3, "feeds hold {held} bytes");
        let grown = server.memory().saturating_sub(before);
        assert!(grown < MEMORY, "{grown} bytes more");
        // The first ones lost most, and were told how much.
        let mut first = Talker::from(readers.swap_remove(0));
        let mut next = 0;
        while next < LINES {
            let line = first.hear().expect("it is not cut off");
            if let Some(text) = line.strip_prefix("<ana0> ") {
                assert!(text.starts_with(&format!("{next} ")), "{next}: {line:.20}");
                next += 1;
            } else if line.contains("lines skipped") {
                let count = line.split(' ').nth(1).and_then(|count| count.parse().ok());
                next += count.unwrap_or(0);
            }
        }
    });
}

/// The next line that contains this.
fn find(who: &mut Talker, part: &str) -> String {
    loop {
        let line = who.hear().expect("it is not cut off");
        if line.contains(part) {
            return line;
        }
    }
}
