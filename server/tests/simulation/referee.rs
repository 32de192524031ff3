//! The referee: everything that anybody was told, compared with a naive model.
//!
//! The model knows no feeds, readers and turns: each room has a list of events (order.rs), readers
//! walk along it (walk.rs), and what senders asked for is in it (senders.rs).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use papo_server::hub::{Question, Time, Verdict};
use papo_server::store::accounts::{Answer, Task};

use crate::browsers;
use crate::desk::{Desk, motd};
use crate::lines::{Entry, Event, Form, entries};
use crate::link::Link;
use crate::net::Net;
use crate::numbers::Numbers;
use crate::order::Order;
use crate::orders::Orders;
use crate::peers::{ATTIC, Kind, Peer, ROOMS, VPN};
use crate::replies;
use crate::run::Run;
use crate::scrape;
use crate::senders;
use crate::several::Several;
use crate::shelf::Shelf;
use crate::show;
use crate::truco;
use crate::walk::Reader;

/// When the referee checks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Moment {
    /// Everybody who is there has got everything.
    Settled,
    /// Everybody except the observers has left.
    Left,
    /// The server has stopped.
    Stopped,
}

/// What everybody was told.
struct Told<'a> {
    net: &'a Net,
    peers: &'a [Peer],
    orders: &'a [Order],
    ordered: &'a Orders,
    backlog: usize,
}

/// See the top of this file.
pub(crate) fn check(run: &mut Run, moment: Moment) {
    let rate = run.rate;
    if run.show {
        show::show(run, moment);
    }
    let net = run.server.sys().read_all(moment == Moment::Stopped);
    let seen = ROOMS.into_iter().zip(&run.observers);
    let of = |(room, link): (_, &usize)| Order::new(room, &net.links[*link]);
    let orders: Vec<Order> = seen.map(of).collect();
    let typed = net.desk.orders();
    let ordered = Orders::of(net, &run.peers);
    let told = Told {
        net,
        peers: &run.peers,
        orders: &orders,
        ordered: &ordered,
        backlog: run.backlog,
    };
    let mut numbers = Numbers::default();
    let mut deeds = told.check_peers(moment, &mut numbers);
    let (said, mut streams) = (replies::said(&orders), Vec::new());
    let when = (moment, !net.late.is_zero());
    for script in &run.scripts {
        let script = (script, &net.links[script.link]);
        deeds.extend(replies::check(
            script,
            &said,
            when,
            &mut numbers,
            &mut streams,
        ));
    }
    numbers.check(&orders);
    streams
        .iter()
        .for_each(|stream| stream.check(&orders, &numbers, run.forgets));
    deeds.extend(check_archive(&net.shelf, &orders, &run.before, moment));
    senders::check_rate(&orders, &net.links, rate);
    truco::check(&net.post);
    check_operator(&orders, &typed, moment);
    deeds.extend(check_directs(&orders, run.trucos.len(), moment));
    if moment == Moment::Left {
        for (n, order) in orders.iter().enumerate() {
            // I2: as many left as joined, except the observer of this room.
            let left = order.present.last().copied().unwrap_or(1);
            assert_eq!(left, 1, "I2: {} still has {:?}", ROOMS[n], order.names);
        }
    }
    deeds.extend(deeds_of_accounts(&net.desk, &net.links));
    deeds.extend(deeds_of_directs(net, run.observers[0]));
    deeds.into_iter().for_each(|deed| net.counts.add(deed));
}

/// What came of orders about direct users.
fn deeds_of_directs(net: &Net, observer: usize) -> Vec<&'static str> {
    let mut deeds = Vec::new();
    let told = String::from_utf8_lossy(&net.links[observer].written);
    let is_put_out = told.contains("(direct) (kicked") || told.contains("(direto) (por ordem");
    deeds.extend(is_put_out.then_some("direct user put out"));
    let is_muted =
        |(_, bytes): &(_, Vec<u8>)| String::from_utf8_lossy(bytes).contains("silenciado");
    deeds.extend(
        net.post
            .sent
            .iter()
            .any(is_muted)
            .then_some("direct user muted"),
    );
    deeds
}

impl Told<'_> {
    /// Checks each peer. What they were told of numbers is noted.
    fn check_peers(&self, moment: Moment, numbers: &mut Numbers) -> Vec<&'static str> {
        let (mut deeds, mut attics) = (Vec::new(), 0);
        let mut ignored: BTreeMap<IpAddr, Vec<BTreeSet<String>>> = BTreeMap::new();
        // A peer that takes over the ignores of another is told its last line after the other one is.
        let last_told = |peer: &&Peer| self.net.links[peer.link].times.last().map(|(_, at)| *at);
        let mut peers: Vec<&Peer> = self.peers.iter().collect();
        peers.sort_by_key(last_told);
        for peer in peers {
            let link = &self.net.links[peer.link];
            if peer.kind == Kind::Scraper {
                let in_time = moment == Moment::Settled && self.net.late.is_zero();
                deeds.extend(scrape::check(link, in_time));
                continue;
            }
            // Refused conns are checked in doors.rs.
            if link.is_refused() {
                continue;
            }
            let entries = entries(&link.written, Form::at(link.door));
            let inherited = ignored.entry(link.address.ip()).or_default();
            let mut reader = Reader::new(self.orders, link.door, self.backlog, who(peer));
            reader.is_torn = self.net.shelf.has_holes();
            reader.inherits = inherited.clone();
            check_reader(peer, link, &entries, reader, moment);
            ignored_by(inherited, link, &entries);
            check_own(peer, &entries, self.net.desk.motd);
            if let Some(browser) = &peer.browser {
                let who = who(peer);
                let browser = (who.as_str(), browser, link);
                deeds.extend(browsers::check(
                    browser,
                    &entries,
                    self.orders,
                    moment,
                    numbers,
                ));
            }
            if moment != Moment::Left {
                let hidden = self.ordered.may_hide(peer, link.reset)
                    || senders::may_be_replaced(peer, link, &entries, &self.net.desk.answered);
                let late = link.reset && !self.net.late.is_zero();
                let cut = moment == Moment::Stopped || link.accepted.is_none() || late || hidden;
                senders::check(
                    peer,
                    link,
                    &entries,
                    self.orders,
                    &self.net.post,
                    cut,
                    self.ordered.have_mutes(),
                );
                senders::check_times(link, &entries, self.net.late);
                senders::check_proofs(link, &entries, &self.net.desk.answered);
            }
            attics += entries.iter().filter(|entry| is_attic(entry)).count();
            deeds.extend(deeds_of(link, &entries));
        }
        deeds.extend((attics > 1).then_some("attic opened again"));
        deeds
    }
}

/// I15: the archive has what the rooms were told, but for lines before their observers were there.
fn check_archive(
    shelf: &Shelf,
    orders: &[Order],
    before: &Option<Vec<usize>>,
    moment: Moment,
) -> Option<&'static str> {
    for (order, skip) in orders.iter().zip(before.as_ref()?) {
        shelf.check(order, *skip, moment != Moment::Stopped);
    }
    shelf.check_ids(&ROOMS, BTreeMap::new());
    shelf.has_holes().then_some("hole in the archive")
}

/// How failures call a peer.
pub(crate) fn who(peer: &Peer) -> String {
    format!("peer {} ({:?}, {})", peer.link, peer.kind, peer.name)
}

/// I1, and I2 for one reader: it is where the others were told that it is.
fn check_reader(
    peer: &Peer,
    link: &Link,
    entries: &[Entry],
    mut reader: Reader<'_>,
    moment: Moment,
) {
    let orders = reader.orders;
    reader.inherits.retain(|ignored| !ignored.is_empty());
    reader.inherits.dedup();
    // Who comes back may be in several rooms, too.
    let is_also = |entry: &Entry| matches!(entry, Entry::Also { .. });
    reader.roams = peer.kind == Kind::Roamer || entries.iter().any(is_also);
    reader.comes_after(link.accepted.unwrap_or_default());
    reader.reads_pieces = link.strict.is_some();
    let mut reader = Several::new(orders, reader);
    let is_sound = link.is_open() && !link.reset && !link.fin && !link.failed && !link.unwatched;
    reader.read(entries);
    match entries.last() {
        Some(Entry::Bye(why)) if is_stop(why) => reader.is_up_to_date(),
        Some(Entry::Bye(_)) if peer.kind != Kind::Relay => {
            reader
                .end(|event, name| matches!(event, Event::Left { who, .. } | Event::Back(who) if who.may_have(name)));
        }
        Some(Entry::Bye(_)) => {}
        _ if moment == Moment::Settled && is_sound => {
            reader.is_up_to_date();
            for (name, room) in reader.stands() {
                if peer.kind == Kind::Relay {
                    continue;
                }
                let order = orders
                    .iter()
                    .find(|order| order.room == room)
                    .expect("a known room");
                let is_there = order.crowded || order.names.contains(&name);
                assert!(
                    is_there,
                    "I2: {} is in {room} as {name}, which nobody there knows",
                    who(peer)
                );
            }
        }
        _ => {}
    }
}

/// Whom those from a place may have ignored at their ends: this reader, too, who may have been one of them.
fn ignored_by(sets: &mut Vec<BTreeSet<String>>, link: &Link, entries: &[Entry]) {
    let read = String::from_utf8_lossy(&link.read);
    let asked = read
        .lines()
        .filter_map(|line| line.strip_prefix("/ignore "));
    for mut ignored in std::iter::once(BTreeSet::new()).chain(sets.clone()) {
        // A lost peer is not told what came of its last lines.
        let mut unanswered = ignored.clone();
        for name in asked.clone().filter(|_| link.reset || link.failed) {
            if !unanswered.remove(name) {
                unanswered.insert(name.to_owned());
            }
        }
        for entry in entries {
            match entry {
                Entry::Ignoring(name) => drop(ignored.insert(name.clone())),
                Entry::Hearing(name) => drop(ignored.remove(name)),
                _ => {}
            }
        }
        for ignored in [ignored, unanswered] {
            if !sets.contains(&ignored) {
                sets.push(ignored);
            }
        }
    }
}

/// Checks without an order: texts of one sender come once and in their order, and the message of
/// the day comes whole, in one of its versions.
fn check_own(peer: &Peer, entries: &[Entry], versions: usize) {
    // Across rooms there is no order.
    let mut numbers: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for entry in entries {
        let (room, entry) = match entry {
            Entry::Marked(room, entry) => (room.as_str(), &**entry),
            _ => ("", entry),
        };
        let Entry::Event(Event::Said { text, .. } | Event::Acted { text, .. }, _) = entry else {
            continue;
        };
        let Some((mark, rest)) = text.split_once('.').filter(|_| text.starts_with('x')) else {
            continue;
        };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        numbers
            .entry((room, mark))
            .or_default()
            .extend(digits.parse::<usize>());
    }
    for ((_, mark), numbers) in numbers {
        // The last one may be cut by a reset, and its number with it.
        let whole = &numbers[..numbers.len().saturating_sub(1)];
        assert!(
            whole.is_sorted_by(|a, b| a < b),
            "{}: from {mark}: {numbers:?}",
            peer.link
        );
    }
    let mut told = entries.iter();
    while let Some(entry) = told.next() {
        let Entry::Enter {
            welcome: Some(_), ..
        } = entry
        else {
            continue;
        };
        let lines: Vec<&Entry> = told
            .clone()
            .take_while(|entry| matches!(entry, Entry::Motd(..)))
            .collect();
        let Some(Entry::Motd(version, ..)) = lines.first() else {
            continue;
        };
        let whole = (1..=*version).map(|n| Entry::Motd(*version, n, *version));
        assert!(*version <= versions, "a message of the day from nowhere");
        let cut = lines.len() < *version && entries.len() <= lines.len() + 40;
        assert!(
            cut || lines.iter().copied().eq(&whole.collect::<Vec<_>>()),
            "{lines:?}"
        );
    }
    debug_assert_eq!(motd(versions).len(), versions);
}

/// Announcements of the operator reached every room, once and in order.
fn check_operator(orders: &[Order], typed: &[String], moment: Moment) {
    let news: Vec<&String> = typed
        .iter()
        .filter(|line| line.starts_with("news "))
        .collect();
    for order in orders {
        let told = order.events.iter().filter_map(|event| match event {
            Event::Announced(text) => Some(text),
            _ => None,
        });
        let told: Vec<&String> = told.collect();
        let is_all = told.len() == news.len() || moment == Moment::Stopped;
        assert!(
            news.starts_with(&told) && is_all,
            "said {news:?}, told {told:?} in {}",
            order.room
        );
    }
}

/// Direct users alternately come and go, and every room is told the same; when all are dead, none
/// is left.
fn check_directs(orders: &[Order], trucos: usize, moment: Moment) -> Vec<&'static str> {
    let mut deeds = Vec::new();
    for number in 0..trucos {
        let email = format!("u{number}@x.org");
        let of = |order: &Order| -> Vec<bool> {
            let news = order.events.iter().filter_map(|event| match event {
                Event::DirectJoined(who) if *who == email => Some(true),
                Event::DirectLeft(who) if *who == email => Some(false),
                _ => None,
            });
            news.collect()
        };
        let news = of(&orders[0]);
        assert!(
            orders.iter().all(|order| of(order) == news),
            "{email}: not all rooms are told"
        );
        let by_turns = news
            .iter()
            .enumerate()
            .all(|(n, came)| *came == (n % 2 == 0));
        assert!(by_turns, "{email}: {news:?}");
        assert!(
            moment != Moment::Left || news.len() % 2 == 0,
            "{email} is dead and stays"
        );
        deeds.extend((!news.is_empty()).then_some("direct user"));
        deeds.extend((news.len() > 1).then_some("direct user gone"));
    }
    deeds
}

fn is_stop(why: &str) -> bool {
    why == "the server stops" || why == "o servidor vai parar"
}

fn is_attic(entry: &Entry) -> bool {
    matches!(entry, Entry::Enter { room, others: 0, .. } if room == ATTIC)
}

/// What operators did with accounts, and the results; whether letters were told.
fn deeds_of_accounts(desk: &Desk, links: &[Link]) -> Vec<&'static str> {
    let deed = |answer: &Answer| match (&answer.task, answer.verdict) {
        (Task::Free(_), Verdict::Removed) => Some("registration ended"),
        (Task::Reset(_), Verdict::Changed) => Some("password reset"),
        (Task::Ask(_, Question::Renew { .. }), Verdict::Changed) => Some("password renewed"),
        _ => None,
    };
    // Once an evening, however often.
    let deeds: BTreeSet<&str> = desk.answered.iter().filter_map(deed).collect();
    deeds.into_iter().chain(desk.letters.check(links)).collect()
}

fn deeds_of(link: &Link, entries: &[Entry]) -> Vec<&'static str> {
    let mut deeds = Vec::new();
    let has = |what: fn(&Entry) -> bool| entries.iter().any(what);
    deeds.extend(has(|entry| matches!(entry, Entry::Gap(_))).then_some("lines skipped"));
    deeds
        .extend(has(|entry| matches!(entry, Entry::Marked(..))).then_some("lines of another room"));
    let is_gap = |entry: &Entry| matches!(entry, Entry::Marked(_, entry) if matches!(**entry, Entry::Gap(_)));
    deeds.extend(has(is_gap).then_some("lines of another room skipped"));
    let is_elsewhere = |entry: &Entry| matches!(entry, Entry::Bye(why) if why.contains("elsewhere") || why.contains("outra conexão"));
    deeds.extend(has(is_elsewhere).then_some("logged in elsewhere"));
    deeds.extend(has(Entry::is_muted).then_some("muted"));
    deeds.extend(has(|entry| *entry == Entry::Operator).then_some("proved operator"));
    let is_banned = |entry: &Entry| matches!(entry, Entry::Bye(why) if why.contains("banned") || why.contains("proibida"));
    deeds.extend(has(is_banned).then_some("banned"));
    let is_out = |entry: &Entry| matches!(entry, Entry::Bye(why) if why.contains("nobody new") || why.contains("ninguém novo"));
    deeds.extend(has(is_out).then_some("kept out"));
    deeds.extend((link.closed && link.server_fin).then_some("clean end"));
    if link.door == VPN {
        let is_late =
            |entry: &Entry| matches!(entry, Entry::Bye(why) if why.contains("não veio a tempo"));
        deeds.extend(has(is_late).then_some("thought too long"));
        let waited = |(_, at): &(usize, Time)| *at - link.accepted.unwrap_or_default();
        let is_slow = link
            .times
            .first()
            .is_some_and(|told| waited(told).as_secs() > 60);
        let is_in = has(|entry| matches!(entry, Entry::Enter { .. }));
        deeds.extend((is_in && is_slow).then_some("name after a minute"));
    }
    deeds
}
