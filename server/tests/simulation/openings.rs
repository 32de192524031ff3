//! Who speaks first. At a listener that understands everybody a conn is known by its first bytes, however
//! they are cut, and is asked for a name then; one that says nothing is asked after a moment. The clock
//! moves only where a case says so.

use std::time::Duration;

use papo_server::flood::Rate;
use papo_server::limits::{NAME_WITHIN, PIECE_MOMENT, SPEAKS_FIRST_WITHIN, UNASKED_NAME_WITHIN};
use papo_server::turn::{Config, Server};

use crate::dice::Dice;
use crate::lines::without_telnet;
use crate::net::Net;
use crate::peers::VPN;

/// Listeners, as `run::config` has them.
const TEXT: usize = 0;
const AUTO: usize = 4;

const QUESTION: &str = "* papo: what is your name?\n";
const WELCOME: &str = "* welcome, ana! you are alone in lobby; /help lists the commands\n";

/// One conn, and the server that it comes to.
struct Case {
    server: Server<Net>,
    link: usize,
}

impl Case {
    fn at(door: usize) -> Case {
        let mut case = Case::new(config());
        case.connect(door);
        case
    }

    /// Nobody has come.
    fn new(config: Config) -> Case {
        let server = Server::new(Net::new(Dice::new(1)), config);
        Case { server, link: 0 }
    }

    /// One more conn, of which the case is from now on.
    fn connect(&mut self, door: usize) {
        let net = self.server.sys();
        self.link = net.connect(door, [127, 0, 0, 1].into(), usize::MAX);
        self.send(b"");
    }

    /// These bytes come, and are handled in no time.
    fn send(&mut self, bytes: &[u8]) {
        self.server.sys().links[self.link].to_server.extend(bytes);
        for _ in 0..4 {
            let now = self.server.sys().now;
            self.server.turn().expect("the wait works");
            self.server.invariants();
            self.server.sys().now = now;
        }
    }

    /// So much time passes, and no more.
    fn wait(&mut self, time: Duration) {
        let until = self.server.sys().now + time;
        self.server.sys().now = until;
        self.send(b"");
    }

    fn end(&mut self) {
        self.server.sys().links[self.link].fin = true;
        self.send(b"");
    }

    /// All that it was told.
    fn told(&mut self) -> String {
        let written = without_telnet(&self.server.sys().links[self.link].written);
        String::from_utf8_lossy(&written).into_owned()
    }
}

/// Without flood control.
fn config() -> Config {
    crate::configs::config(Rate {
        lines_per_s: 0,
        burst: 0,
    })
}

fn bye(protocol: &str) -> String {
    format!("* bye: this is papo, a chat in lines of text; it does not speak {protocol}\n")
}

#[test]
fn each_kind_is_met_as_it_is_at_any_split() {
    let name = [QUESTION, WELCOME].concat();
    let hello: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\xff\xfd\x03\n\n";
    let kinds: [(&[u8], String); 8] = [
        (b"ana\n", name.clone()),
        (b"ana\r\n", name.clone()),
        (
            b"\xff\xfd\x03\xff\xfb\x18ana\r\n",
            name.replace('\n', "\r\n"),
        ),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", bye("HTTP")),
        (
            b"POST / HTTP/1.1\r\nA: b\r\n\r\nana\n/quit x\n",
            bye("HTTP"),
        ),
        (b"CONNECT a:1 HTTP/1.1\r\n\r\n", bye("HTTP")),
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", bye("SSH")),
        // A fatal alert, which it understands.
        (hello, "\x15\x03\x01\0\x02\x02(".to_owned()),
    ];
    for (bytes, expected) in &kinds {
        for split in 0..=bytes.len() {
            let mut case = Case::at(AUTO);
            assert_eq!(case.told(), "", "nothing is said before it speaks");
            let (before, after) = bytes.split_at(split);
            case.send(before);
            case.send(after);
            assert_eq!(&case.told(), expected, "{}", before.escape_ascii());
        }
    }
}

#[test]
fn who_says_nothing_is_asked_after_a_moment() {
    let mut case = Case::at(AUTO);
    while case.told().is_empty() {
        case.server.turn().expect("the wait works");
    }
    assert_eq!(case.told(), QUESTION);
    let link = &case.server.sys().links[case.link];
    let waited = link.written_at(0) - link.accepted.expect("it came in");
    let a_wait = Duration::from_millis(1);
    assert!(
        waited >= SPEAKS_FIRST_WITHIN && waited < SPEAKS_FIRST_WITHIN + a_wait,
        "{waited:?}"
    );
    case.wait(Duration::from_secs(30));
    case.send(b"ana\n");
    assert_eq!(case.told(), [QUESTION, WELCOME].concat());
}

#[test]
fn who_may_still_be_another_is_asked_after_that_moment_as_well() {
    let mut case = Case::at(AUTO);
    case.send(b"GET /");
    assert_eq!(case.told(), "");
    case.wait(SPEAKS_FIRST_WITHIN);
    assert_eq!(case.told(), QUESTION);
    case.send(b" HTTP/1.1\r\n\r\n");
    assert_eq!(case.told(), [QUESTION, &bye("HTTP")].concat());
}

#[test]
fn a_message_without_a_line_end_is_a_first_word_like_others() {
    for first in ["ana", "ANA"] {
        let mut case = Case::at(AUTO);
        case.send(first.as_bytes());
        case.wait(Duration::from_millis(500));
        // Who sends no line ends gets what follows once it must have read the question.
        case.wait(PIECE_MOMENT);
        let expected = [QUESTION, WELCOME].concat().replace("ana", first);
        assert_eq!(case.told(), expected);
    }
}

#[test]
fn a_first_word_that_ends_with_the_input_is_heard() {
    let mut case = Case::at(AUTO);
    case.send(b"GET");
    case.end();
    assert!(case.told().starts_with(QUESTION), "{}", case.told());
    assert!(case.told().contains("* welcome, GET!"), "{}", case.told());
}

#[test]
fn where_the_operator_says_what_comes_it_is_asked_at_once() {
    let mut case = Case::at(TEXT);
    assert_eq!(case.told(), QUESTION);
    case.send(b"GET / HTTP/1.1\r\n");
    assert_eq!(case.told(), [QUESTION, &bye("HTTP")].concat());
}

#[test]
fn the_time_for_a_name_begins_with_the_question() {
    let mut case = Case::at(AUTO);
    case.wait(SPEAKS_FIRST_WITHIN);
    for seconds in [30, 29] {
        case.wait(Duration::from_secs(seconds));
        assert_eq!(case.told(), QUESTION);
    }
    case.wait(Duration::from_secs(1));
    assert_eq!(
        case.told(),
        [QUESTION, "* bye: no name came in time\n"].concat()
    );
}

const BAD_NAME: &str = "! um nome tem letras, dígitos e _, e não !";
const TOO_LATE: &str = "* até logo: o nome não veio a tempo";

#[test]
fn vpn_is_not_asked_for_a_name_and_has_ten_minutes() {
    let second = Duration::from_secs(1);
    let mut case = Case::at(VPN);
    case.wait(UNASKED_NAME_WITHIN - second);
    assert_eq!(case.told(), "");
    case.send(b"b!a");
    assert_eq!(case.told(), BAD_NAME);
    case.wait(PIECE_MOMENT);
    case.send(b"ana");
    let welcome =
        "* ana entrou\n* boas-vindas, ana! você está só em lobby; /ajuda lista os comandos";
    assert_eq!(case.told(), [BAD_NAME, welcome].concat());

    let mut case = Case::at(VPN);
    case.wait(UNASKED_NAME_WITHIN - second);
    case.send(b"b!a");
    case.wait(second);
    assert_eq!(case.told(), [BAD_NAME, TOO_LATE].concat());
}

#[test]
fn vpn_has_a_minute_for_its_name_when_the_server_is_nearly_full() {
    let mut config = config();
    config.max_conns = 2;
    let mut case = Case::new(config);
    case.connect(TEXT);
    case.connect(VPN);
    case.wait(NAME_WITHIN - Duration::from_secs(1));
    assert_eq!(case.told(), "");
    case.wait(Duration::from_secs(1));
    assert_eq!(case.told(), TOO_LATE);
}
