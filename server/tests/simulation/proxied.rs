//! Conns of a named proxy, whose bytes are torn at any place: one that says nothing goes in time, and requests of
//! many clients on one conn are answered as if each had come alone.

use std::time::Duration;

use papo_server::flood::Rate;
use papo_server::hub::Net as Range;
use papo_server::limits::NAME_WITHIN;
use papo_server::turn::Server;

use crate::configs::config;
use crate::dice::Dice;
use crate::faults::{Fault, Faults};
use crate::kinds::{EITHER, WEB};
use crate::net::Net;

const PROXY: [u8; 4] = [10, 0, 0, 9];

/// A server, and somebody who sees what is said.
struct Stage {
    server: Server<Net>,
    watch: usize,
}

impl Stage {
    fn new(per_address: u32) -> Stage {
        let mut config = config(Rate {
            lines_per_s: 0,
            burst: 1,
        });
        config.per_address = per_address;
        let mut server = Server::new(Net::new(Dice::new(1)), config);
        server.trust_proxies(vec![Range::parse("10.0.0.9").expect("an address")]);
        let mut stage = Stage { server, watch: 0 };
        stage.watch = stage.comes(0, [127, 0, 0, 1], b"/lang en\nwatch\n");
        stage.turns(20);
        stage
    }

    fn comes(&mut self, door: usize, from: [u8; 4], bytes: &[u8]) -> usize {
        let link = self.server.sys().connect(door, from.into(), usize::MAX);
        self.server.sys().links[link].to_server.extend(bytes);
        link
    }

    fn turns(&mut self, count: usize) {
        for _ in 0..count {
            self.server.turn().expect("the wait works");
            self.server.invariants();
        }
    }

    fn told(&mut self, link: usize) -> String {
        String::from_utf8_lossy(&self.server.sys().links[link].written).into_owned()
    }
}

#[test]
fn a_proxy_that_tells_nothing_goes_after_the_time_for_a_name() {
    let mut stage = Stage::new(0);
    let before = stage.told(stage.watch);
    let begun = [
        &b""[..],
        b"P",
        b"PROXY TCP4 192.0.2.1",
        b"\r\n\r\n\0\r\nQUIT\n\x21",
    ];
    let doors = [0, 3, 4, 5, WEB, EITHER];
    let all = begun
        .into_iter()
        .flat_map(|begun| doors.map(|door| (begun, door)));
    let links: Vec<usize> = all
        .map(|(begun, door)| stage.comes(door, PROXY, begun))
        .collect();
    let began = stage.server.sys().now;
    stage.server.sys().hurry = true;
    let is_over = |now, by: Duration| now >= began + by;
    while !is_over(stage.server.sys().now, NAME_WITHIN + Duration::from_secs(5)) {
        stage.turns(1);
        let now = stage.server.sys().now;
        for link in &links {
            let link = &stage.server.sys().links[*link];
            assert!(link.written.is_empty(), "it is told something");
            let must_be_here = !is_over(now, NAME_WITHIN);
            let must_be_gone = is_over(now, NAME_WITHIN + Duration::from_secs(3));
            assert!(!link.closed || !must_be_here, "it goes at {now:?}");
            assert!(link.closed || !must_be_gone, "it is there at {now:?}");
        }
    }
    assert_eq!(stage.told(stage.watch), before);
}

#[test]
fn requests_of_many_clients_are_answered_however_they_are_torn() {
    const CLIENTS: usize = 4;
    const REQUESTS: usize = 40;
    for tears in [0, 300, 1000] {
        // Each client has one place, which its request gives back.
        let mut stage = Stage::new(1);
        let mut faults = Faults::none();
        for fault in [Fault::OneByteRead, Fault::OneByteWrite] {
            faults.set(fault, tears);
        }
        faults.set(Fault::WriteBlocks, tears / 3);
        stage.server.sys().faults = faults;
        let request = |n: usize| {
            let text = format!("line {n} of client {}", n % CLIENTS);
            let (client, length) = (n % CLIENTS, text.len());
            format!(
                "POST /lobby HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.{client}\r\n\
                 Content-Length: {length}\r\n\r\n{text}"
            )
        };
        let all: String = (0..REQUESTS).map(request).collect();
        let link = stage.comes(WEB, PROXY, all.as_bytes());
        let last = format!("<script> line {} of", REQUESTS - 1);
        for turn in 0.. {
            stage.turns(1);
            if stage.told(stage.watch).contains(&last) {
                break;
            }
            assert!(turn < 50_000, "{}", stage.told(link));
        }
        stage.server.sys().faults = Faults::none();
        stage.turns(50);
        let (told, heard) = (stage.told(link), stage.told(stage.watch));
        assert_eq!(
            told.matches("HTTP/1.1 200 OK\r\n").count(),
            REQUESTS,
            "{told}"
        );
        let lines = heard.lines().filter(|line| line.starts_with("<script> "));
        for (n, line) in lines.enumerate() {
            assert_eq!(line, format!("<script> line {n} of client {}", n % CLIENTS));
        }
        // Between requests no client is counted, and afterwards neither is the proxy.
        let person = stage.comes(4, [192, 0, 2, 1], b"ana\n");
        stage.turns(50);
        assert!(stage.told(person).contains("* welcome, ana!"));
        let more = request(1).into_bytes();
        stage.server.sys().links[link].to_server.extend(more);
        stage.turns(50);
        let told = stage.told(link);
        assert!(told.contains("HTTP/1.1 503 "), "{told}");
        assert!(stage.server.sys().links[link].server_fin);
    }
}
