//! What no test over loopback brings about, since loopback is never banned: scripts of addresses that are.

use std::net::SocketAddr;

use crate::conn::web::Serves;
use crate::conn::{ConnDefaults, Phase};
use crate::dialect::framing::Framing;
use crate::hub::{Id, Order, Time};
use crate::limits::TURN_BYTES;
use crate::turn::Server;
use crate::turn::tests::{Still, server};

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
