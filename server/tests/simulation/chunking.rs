//! The split of bytes changes nothing: the same bytes in any chunks give everybody the same
//! transcript. (Answers to telnet options are left out: they are sent at once, not in the order of
//! lines.)

use proptest::prelude::*;

use papo_server::flood::Rate;
use papo_server::turn::Server;

use crate::dice::Dice;
use crate::lines::without_telnet;
use crate::net::Net;

/// Bytes of one peer: lines and parts of lines, commands, telnet, and binary.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a-z ]{0,12}".prop_map(String::into_bytes),
        4 => prop::sample::select(vec!["\n", "\r\n", "\r"]).prop_map(|end| end.as_bytes().to_vec()),
        2 => prop::sample::select(vec![
            "/online\n", "/me waves\n", "@watch psst\n", "/join games\n", "/join lobby\n", "/lang pt\n",
            "/nope\n", "/history\n", "//slash\n", "olá 👩‍👩‍👧\n",
        ])
        .prop_map(|line| line.as_bytes().to_vec()),
        1 => prop::sample::select(vec![
            &b"\xff\xfd\x01"[..], b"\xff\xfa\x18\x00a\xff\xf0", b"\xff\xff", b"\xc3", b"\x9b", b"\0",
        ])
        .prop_map(<[u8]>::to_vec),
        1 => (1000usize..1100).prop_map(|n| vec![b'y'; n]),
    ];
    prop::collection::vec(piece, 0..25).prop_map(|pieces| pieces.concat())
}

/// What the peer and an observer get if the bytes come in these chunks.
fn transcripts(chunks: &[&[u8]]) -> (String, String) {
    let rate = Rate {
        lines_per_s: 0,
        burst: 0,
    };
    let mut server = Server::new(Net::new(Dice::new(1)), crate::configs::config(rate));
    let watcher = server.sys().connect(0, [127, 0, 0, 1].into(), usize::MAX);
    server.sys().links[watcher].to_server.extend(b"watch\n");
    turns(&mut server);
    let peer = server.sys().connect(0, [127, 0, 0, 1].into(), usize::MAX);
    server.sys().links[peer].to_server.extend(b"ana\n");
    turns(&mut server);
    for chunk in chunks {
        server.sys().links[peer].to_server.extend(*chunk);
        turns(&mut server);
    }
    server.sys().links[peer].fin = true;
    turns(&mut server);
    let net = server.sys();
    // When a conn is recognised as telnet depends on the chunks, too.
    let text = |link: usize| {
        let written = without_telnet(&net.links[link].written);
        String::from_utf8_lossy(&written).replace("\r\n", "\n")
    };
    (text(peer), text(watcher))
}

fn turns(server: &mut Server<Net>) {
    for _ in 0..6 {
        // The clock stands still, so that ages in answers are equal.
        let now = server.sys().now;
        server.turn().expect("the wait works");
        server.sys().now = now;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_chunking_gives_the_same_transcripts(bytes in bytes(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]).collect();
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        let whole = transcripts(&[&bytes]);
        prop_assert_eq!(&transcripts(&chunks), &whole);
        prop_assert_eq!(&transcripts(&single), &whole);
    }
}
