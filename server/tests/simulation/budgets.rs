//! What a turn reads, the same turn can write to every reader, whatever cleaning makes of it.

use papo_server::flood::Rate;
use papo_server::limits::{LINE_BYTES, LINE_COST_BYTES, TURN_BYTES};
use papo_server::turn::Server;

use crate::dice::Dice;
use crate::net::Net;

#[test]
fn a_turn_brings_in_no_more_than_its_budget_after_cleaning() {
    let rate = Rate {
        lines_per_s: 0,
        burst: 0,
    };
    let mut server = Server::new(Net::new(Dice::new(1)), crate::configs::config(rate));
    let mut come = |name: &str| {
        let link = server.sys().connect(0, [127, 0, 0, 1].into(), usize::MAX);
        server.sys().links[link].to_server.extend(name.as_bytes());
        for _ in 0..6 {
            server.turn().expect("the wait works");
        }
        link
    };
    let reader = come("reader\n");
    let senders: Vec<usize> = (0..20).map(|n| come(&format!("peer{n}x\n"))).collect();
    // Latin-1: each byte becomes a replacement character of three bytes.
    let lines = [vec![0xe7; 1000], b"\n".to_vec()].concat().repeat(15);
    for sender in senders {
        server.sys().links[sender].to_server.extend(&lines);
    }
    let (mut written, mut all) = (server.sys().links[reader].written.len(), 0);
    let longest = 3 * LINE_BYTES + LINE_COST_BYTES;
    while all < 20 * 15 * 3000 {
        server.turn().expect("the wait works");
        let by_now = server.sys().links[reader].written.len();
        let of_turn = by_now - written;
        assert!(of_turn <= TURN_BYTES + longest, "{of_turn} bytes in a turn");
        (written, all) = (by_now, all + of_turn);
    }
}
