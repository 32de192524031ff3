//! What no test over loopback brings about, since loopback is never banned: scripts of addresses that are.

use std::net::SocketAddr;

use crate::conn::web::Serves;
use crate::conn::{ConnDefaults, Phase};
use crate::dialect::framing::Framing;
use crate::flood::Rate;
use crate::hub::{Id, Order, Time};
use crate::limits::TURN_BYTES;
use crate::store::accounts::Hook;
use crate::turn::Server;
use crate::turn::tests::{Still, server};
use crate::web::limits::SCRIPT_LINES;

const LISTEN: &str = "GET /lobby/json HTTP/1.1\r\nHost: localhost\r\n\r\n";
const SAY: &str = "POST /lobby HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na\nb";

/// A conn from this address that has sent a request, which is answered.
fn ask(server: &mut Server<Still>, last: u8, request: &str) -> Id {
    let peer = SocketAddr::from(([10, 0, 0, last], 1));
    let defaults = ConnDefaults {
        framing: Framing::Unknown,
        serves: Serves::Both,
        ..ConnDefaults::default()
    };
    let phase = Phase::Unasked { until: Time::ZERO };
    let id = server.insert_conn((), peer, defaults, phase);
    server.hub.note_address(id, peer.ip());
    assert!(server.begin_requests(id, request.as_bytes()));
    server.serve_request(id, &mut TURN_BYTES.clone());
    id
}

fn owed(server: &Server<Still>, id: Id) -> String {
    let pieces = server.conns[id].reader.pieces(&server.feeds);
    let owed: Vec<u8> = pieces.flatten().copied().collect();
    String::from_utf8(owed).expect("text")
}

fn order(server: &mut Server<Still>, order: Order) {
    server.hub.order(Time::ZERO, order, &mut server.effects);
    server.deliver();
}

#[test]
fn who_is_banned_neither_listens_nor_speaks_nor_reads() {
    let mut server = server(16 << 20);
    let [one, other] = [1, 2].map(|last| ask(&mut server, last, LISTEN));
    assert!(owed(&server, one).starts_with("HTTP/1.1 200 OK\r\n"));
    let ban = Order::Ban {
        whom: "10.0.0.1".into(),
        lasts: None,
        reason: "".into(),
    };
    order(&mut server, ban);
    assert!(matches!(server.conns[one].phase, Phase::Closing { .. }));
    assert!(matches!(server.conns[other].phase, Phase::Listening { .. }));
    let page = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for request in [LISTEN, SAY, page] {
        let id = ask(&mut server, 1, request);
        assert!(owed(&server, id).starts_with("HTTP/1.1 403 "));
    }
    assert!(!owed(&server, other).contains("\"message\""));
    ask(&mut server, 2, SAY);
    assert!(owed(&server, other).contains("\"message\":\"b\""));
}

#[test]
fn when_nobody_new_is_let_in_scripts_are_not_either() {
    let mut server = server(16 << 20);
    order(&mut server, Order::Lockdown(Some(true)));
    let poll = "GET /lobby/raw?poll=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for request in [LISTEN, SAY, poll] {
        let id = ask(&mut server, 1, request);
        assert!(owed(&server, id).starts_with("HTTP/1.1 503 "));
    }
}

#[test]
fn what_a_script_says_counts_in_its_turn_and_is_shown_as_that_of_users_is() {
    let mut server = server(16 << 20);
    server.shows_said = true;
    let id = ask(&mut server, 1, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    server.conns[id].reader.discard(&server.feeds);
    server.take_web(id, SAY.as_bytes());
    let mut budget = 1000;
    server.serve_request(id, &mut budget);
    assert!(owed(&server, id).contains("\"message\":\"b\""));
    assert!(budget < 1000 - 2 * 64, "{budget}");
    assert!(!server.shows_said, "these clients have no console");
}

#[test]
fn a_new_conn_for_each_line_says_no_more_than_one_conn_for_all() {
    let mut server = server(16 << 20);
    server.config.rate = Rate {
        lines_per_s: 2,
        burst: 8,
    };
    let status = |server: &mut Server<Still>, last, request: &str| {
        let id = ask(server, last, request);
        let answer = owed(server, id)["HTTP/1.1 ".len()..][..3].to_owned();
        server.conns[id].reader.discard(&server.feeds);
        answer
    };
    let says = SCRIPT_LINES as usize / 2;
    for _ in 0..says {
        assert_eq!(status(&mut server, 1, SAY), "200");
    }
    assert_eq!(status(&mut server, 1, SAY), "429");
    assert_eq!(status(&mut server, 2, SAY), "200");
    // Those who post to a hook are counted together, wherever they are.
    server.set_hooks(vec![Hook {
        number: 1,
        token: "t".into(),
        room: "lobby".into(),
        by: "ana".into(),
    }]);
    let post = "POST /hooks/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15\r\n\r\n{\"text\":\"a\\nb\"}";
    for at in 0..says {
        assert_eq!(status(&mut server, 3 + at as u8, post), "200");
    }
    assert_eq!(status(&mut server, 200, post), "429");
}

#[test]
fn lines_of_before_that_are_not_at_hand_are_told() {
    let mut server = server(16 << 20);
    ask(&mut server, 1, SAY);
    for (since, skipped) in [("all", false), ("10m", false), ("4:1", true)] {
        for (poll, path) in [("&poll=1", "json"), ("", "sse"), ("", "json")] {
            let request =
                format!("GET /lobby/{path}?since={since}{poll} HTTP/1.1\r\nHost: a\r\n\r\n");
            let id = ask(&mut server, 1, &request);
            let told = owed(&server, id).contains("\"event\":\"skipped\",\"lines\":0");
            assert_eq!(told, skipped, "{request}");
        }
    }
}

#[test]
fn the_head_of_a_stream_can_be_asked_for_alone() {
    let mut server = server(16 << 20);
    let id = ask(&mut server, 1, &LISTEN.replace("GET", "HEAD"));
    let told = owed(&server, id);
    assert!(
        told.ends_with("\r\n\r\n") && !told.contains("Content-Length"),
        "{told}"
    );
    assert!(matches!(server.conns[id].phase, Phase::Closing { .. }));
}
