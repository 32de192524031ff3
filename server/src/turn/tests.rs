//! What no evening of the simulation brings about: calls with ids that are over, and lines longer than
//! any that there are.

use std::io::{self, ErrorKind, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::*;
use crate::conn::{ConnDefaults, Phase};
use crate::dialect::{Clock, Style};
use crate::flood::Rate;
use crate::hub::name::Name;
use crate::hub::{LineId, Lines, Request, RoomId, Time};
use crate::limits::{
    FEED_BYTES, FEED_FIRST_BYTES, FLUSH_WITHIN, NAME_WITHIN, PRIVATE_BYTES, WRITE_BYTES,
};
use crate::net::sys::datagrams::{Datagram, Datagrams};
use crate::net::sys::{Accepted, Interest, Listening, Probing, Signs};
use crate::store::jobs::{Busy, Done, Job};
use crate::transport::Transport;
use crate::transport::pieces::Ends;

/// The id of lines whose id does not matter.
const LINE: LineId = LineId {
    epoch: 1,
    number: 1,
};

/// A system on which nothing happens by itself; it notes who is watched, what is written, and the jobs it
/// had room for.
#[derive(Default)]
pub(super) struct Still {
    watched: Vec<Id>,
    pub(super) jobs: Vec<Job<'static>>,
    /// How many jobs it keeps; no more are taken.
    pub(super) room: usize,
    /// How many bytes each write takes, and how many writes there were.
    takes: usize,
    writes: usize,
}

impl Sys for Still {
    type Socket = ();

    fn now(&mut self) -> Time {
        Time::ZERO
    }

    fn clock(&mut self) -> Clock {
        Clock::default()
    }

    fn random(&mut self) -> Option<u128> {
        Some(7)
    }

    fn wait(&mut self, _: Option<Time>, _: &mut Vec<Ready>) -> io::Result<()> {
        Ok(())
    }

    fn accept(&mut self, _: usize) -> io::Result<Accepted<()>> {
        Err(ErrorKind::WouldBlock.into())
    }

    fn read(&mut self, (): &mut (), _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }

    fn write(&mut self, (): &mut (), pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let offered = pieces.iter().map(|piece| piece.len()).sum::<usize>();
        self.writes += 1;
        match offered.min(self.takes) {
            0 => Err(ErrorKind::WouldBlock.into()),
            taken => Ok(taken),
        }
    }

    fn watch(&mut self, (): &(), id: Id, _: Interest, _: Interest) -> io::Result<()> {
        self.watched.push(id);
        Ok(())
    }

    fn console(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }

    fn submit(&mut self, job: Job<'_>) -> Result<(), Busy> {
        if self.jobs.len() >= self.room {
            return Err(Busy);
        }
        self.jobs.push(match job {
            Job::Account(query) => Job::Account(query),
            Job::Reload => Job::Reload,
            Job::Archive(_) | Job::Recall(_) => panic!("nothing is kept here"),
        });
        Ok(())
    }

    fn done(&mut self) -> Option<Done> {
        None
    }

    fn acknowledged(&mut self, (): &()) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn bytes_acknowledged(&mut self, (): &()) -> Option<u64> {
        None
    }

    fn probe(&mut self, (): &(), _: Probing) -> Option<Signs> {
        None
    }

    fn listen(&mut self, _: Listening) {}
    fn shutdown(&mut self, (): &mut ()) {}
    fn close(&mut self, (): (), _: Interest) {}
    fn say(&mut self, _: &str) {}
}

impl Datagrams for Still {
    fn receive(&mut self, _: usize, _: impl FnMut(Datagram<'_>)) {}
    fn send(&mut self, _: SocketAddr, _: IpAddr, _: &[u8]) {}
}

pub(super) fn server(memory: usize) -> Server<Still> {
    server_with(memory, FEED_FIRST_BYTES)
}

fn server_with(memory: usize, feed_bytes: usize) -> Server<Still> {
    let config = Config {
        listeners: vec![ConnDefaults::default()],
        backlog: 0,
        rate: Rate {
            lines_per_s: 0,
            burst: 1,
        },
        max_conns: 0,
        per_address: 0,
        per_minute: 0,
        memory,
        feed_bytes,
        motd: Vec::new(),
        lang: Default::default(),
        address: "http://192.168.1.5:12345".to_owned(),
        hosts: Vec::new(),
        quiet: false,
    };
    Server::new(Still::default(), config)
}

fn called(name: &str) -> Name {
    Name::parse(name).expect("a legal name")
}

fn come(server: &mut Server<Still>) -> Id {
    let peer = SocketAddr::from(([127, 0, 0, 1], 1));
    let phase = crate::conn::Phase::nameless(NAME_WITHIN);
    server.insert_conn((), peer, ConnDefaults::default(), phase)
}

#[test]
fn what_is_settled_for_one_who_has_gone_does_not_touch_the_next_one() {
    let mut server = server(1 << 20);
    let first = come(&mut server);
    server.settle(first);
    server.hub.handle(
        Time::ZERO,
        first,
        Request::Leave(Gone::Hangup),
        &mut Vec::new(),
    );
    server.remove(first);
    let second = come(&mut server);
    assert_eq!(first.slot(), second.slot());
    server.settle(first);
    server.work.unwatched.push(first);
    server.handle_lines();
    assert_eq!(server.sys.watched, [first], "only while it was there");
    server.settle(second);
    assert_eq!(server.sys.watched, [first, second]);
}

#[test]
fn a_line_of_any_length_finds_room_also_where_everybody_is_current() {
    let mut server = server(1 << 20);
    let reader = come(&mut server);
    server.attach(reader, (RoomId(0), called("lobby"), Lines::Bare));
    let key = server.feeds.of_room(RoomId(0))[0] as usize;
    for len in [10, FEED_FIRST_BYTES, FEED_FIRST_BYTES + 1, 40_000, 10] {
        server.feeds.mark(key);
        server.make_room(key, len);
        let line = [vec![b'x'; len - 1], b"\n".to_vec()].concat();
        server.feeds.feeds[key].feed.append(&line, LINE);
        server.conns[reader].reader.advance(&mut server.feeds, len);
        server.feeds.feeds[key].is_dirty = false;
        server.feeds.invariants();
    }
}

#[test]
fn who_has_left_and_does_not_read_its_last_lines_holds_memory_no_longer_than_others() {
    let mut server = server(1 << 20);
    let ids: Vec<Id> = (0..40).map(|_| come(&mut server)).collect();
    for id in &ids {
        let until = Duration::from_secs(5);
        let then = crate::conn::Then::End;
        server.conns[*id].phase = crate::conn::Phase::Closing { until, then };
        server.insert(*id, &[b'x'; 30_000]);
    }
    assert!(server.conns.memory() > server.conns_may());
    server.spare_memory();
    assert!(server.conns.memory() <= server.conns_may());
    assert!(!server.work.dead.is_empty());
}

#[test]
fn what_was_lost_is_told_in_the_style_of_the_lines_around_it() {
    let mut server = server(1 << 20);
    let reader = come(&mut server);
    server.attach(reader, (RoomId(0), called("lobby"), Lines::Bare));
    let key = server.feeds.of_room(RoomId(0))[0] as usize;
    let say = |server: &mut Server<Still>, line: &[u8]| {
        server.feeds.mark(key);
        server.make_room(key, line.len());
        server.feeds.feeds[key].feed.append(line, LINE);
    };
    say(&mut server, b"lost\n");
    say(&mut server, b"lost as well\n");
    let feed = &server.feeds.feeds[key].feed;
    let lagging = &mut server.conns[reader].reader;
    lagging.skip_ahead(key, feed, feed.end());
    say(&mut server, b"left\n");
    // Before it is told of them it shows to be a telnet, whose lines end otherwise.
    let crlf = Style {
        crlf: true,
        ..Style::default()
    };
    server.restyle(reader, |style| *style = crlf);
    server.flush();
    let conn = &server.conns[reader];
    let owed = conn.reader.pieces(&server.feeds);
    let owed: Vec<u8> = owed.flatten().copied().collect();
    let told = "* 2 lines skipped: you were reading too slowly\nleft\n";
    assert_eq!(String::from_utf8_lossy(&owed), told);
}

#[test]
fn who_is_far_behind_may_go_to_another_room() {
    let mut server = server_with(16 << 20, FEED_BYTES);
    let [ana, bob] = ["ana", "bob"].map(|name| {
        let id = come(&mut server);
        server.request(id, Request::Enter(name.to_owned()));
        id
    });
    server.tell_news();
    // Nothing can be written to anybody.
    server.flush();
    for _ in 0..2 * PRIVATE_BYTES / 1000 {
        server.request(bob, Request::Say("x".repeat(1000).into()));
    }
    server.request(ana, Request::Join("games".to_owned()));
    server.tell_news();
    server.flush();
    assert_eq!(server.work.failed, [], "nobody is cut off for being slow");
    server.invariants();
}

#[test]
fn a_client_of_pieces_that_leaves_gets_no_more_than_goes_out_in_seconds() {
    for (is_cut, ends) in [(true, Some(Ends::Kept)), (false, None)] {
        let mut server = server_with(16 << 20, FEED_BYTES);
        let [ana, bob] = ["ana", "bob"].map(|name| {
            let id = come(&mut server);
            server.conns[id].wire.transport = Transport::new(ends);
            server.request(id, Request::Enter(name.to_owned()));
            id
        });
        server.tell_news();
        server.flush();
        for n in 0..500 {
            let text = format!("{n} {}", "x".repeat(60));
            server.request(bob, Request::Say(text.into()));
        }
        server.request(ana, Request::Leave(Gone::Quit("".into())));
        let conn = &server.conns[ana];
        let owed = conn.reader.pieces(&server.feeds).flatten().copied();
        let owed = String::from_utf8(owed.collect()).expect("text");
        assert!(owed.ends_with("* bye, ana\n"), "{owed}");
        assert!(owed.contains("<bob> 499 "), "the newest lines");
        assert_eq!(owed.contains("<bob> 3 "), !is_cut);
        assert_eq!(owed.contains(" lines skipped: "), is_cut, "and how many");
        let in_time = FLUSH_WITHIN + Duration::from_secs(3);
        let is_it =
            |phase: &Phase| matches!(phase, Phase::Closing { until, .. } if *until <= in_time);
        assert!(is_it(&conn.phase), "{:?}", conn.phase);
    }
}

#[test]
fn a_reader_of_several_rooms_is_written_to_once_a_turn() {
    let mut server = server_with(16 << 20, FEED_BYTES);
    server.sys.takes = usize::MAX;
    let reader = come(&mut server);
    for (room, name, lines) in [
        (0, "lobby", Lines::Bare),
        (1, "games", Lines::Marked),
        (2, "chess", Lines::Marked),
    ] {
        server.attach(reader, (RoomId(room), called(name), lines));
        let key = server.feeds.of_room(RoomId(room))[0] as usize;
        server.feeds.mark(key);
        let line = [vec![b'x'; 2 * WRITE_BYTES], b"\n".to_vec()].concat();
        server.make_room(key, line.len());
        server.feeds.feeds[key].feed.append(&line, LINE);
    }
    server.flush();
    assert_eq!(server.sys.writes, 1, "within the budget of a turn");
    assert_eq!(server.work.unfinished, [reader]);
}
