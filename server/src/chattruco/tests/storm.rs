//! Many users, random bytes and limits: invariants under any input.

use proptest::prelude::*;

use super::script::Player;
use std::time::Duration;

use crate::chattruco::limits::{DATAGRAM_BYTES, DIRECTORY_USERS};
use crate::chattruco::*;
use crate::hub::Verdict;
use crate::pace::MOST;

/// Logs a user in.
fn login(player: &mut Player, number: usize) -> Vec<Out> {
    let from = format!("10.0.{}.{}", number / 200, number % 200);
    let asked = player.play(&format!("{from}> Con student{number}@school secret"));
    let [Out::Ask { ticket, .. }] = asked[..] else {
        panic!("not asked: {asked:?}");
    };
    player.play(&format!("accounts> right {ticket}"))
}

/// What clients see: the receiver and the entries of each list.
fn lists(out: &[Out]) -> Vec<(SocketAddr, Vec<String>)> {
    let mut lists = Vec::new();
    for out in out {
        let Out::Send { to, bytes, .. } = out else {
            continue;
        };
        assert!(bytes.len() <= DATAGRAM_BYTES);
        let text = String::from_utf8(bytes.clone()).expect("it is text");
        let list = text.strip_prefix("Truco ").unwrap_or(&text);
        let entries = list.split_terminator('#').map(str::to_owned).collect();
        assert!(list.ends_with('#'));
        lists.push((*to, entries));
    }
    lists
}

fn logged(out: &[Out]) -> Vec<&str> {
    out.iter()
        .filter_map(|out| match out {
            Out::Log(_, line) => Some(line.as_str()),
            _ => None,
        })
        .collect()
}

/// Everybody answers for so many seconds. Returns the actions of the last one.
fn go_on(player: &mut Player, users: usize, seconds: usize) -> Vec<Out> {
    let mut out = Vec::new();
    for _ in 0..seconds {
        out = player.play("wait 1");
        for number in 0..users {
            let from = format!("10.0.{}.{}", number / 200, number % 200);
            player.play(&format!("{from}> Seis student{number}@school"));
        }
    }
    out
}

#[test]
fn a_list_of_a_hundred_users_is_the_same_each_second() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    player.play("others bob carl");
    for number in 0..100 {
        login(&mut player, number);
    }
    player.play("wait 1");
    let out: Vec<Out> = (0..100)
        .flat_map(|number| player.play(&format!("10.0.0.{number}> Seis student{number}@school")))
        .collect();
    let first = "directory: the list is full: student";
    assert!(logged(&out)[0].starts_with(first), "{:?}", logged(&out));
    let before = lists(&go_on(&mut player, 100, 1));
    assert_eq!(before.len(), 100);
    for (to, entries) in &before {
        let own = entries
            .iter()
            .filter(|entry| entry.ends_with(&format!(":{}", to.ip())));
        assert_eq!(own.count(), 1, "everybody is in its own list");
        let mut whole = entries.iter().all(|entry| entry.starts_with("student"));
        whole &= entries
            .iter()
            .all(|entry| entry.contains("@school:10.0.0."));
        assert!(whole, "{entries:?}");
        // Everybody in a list came before everybody who is not in it, except its owner.
        let beginning = entries.len() - 1;
        for (number, entry) in entries[..beginning].iter().enumerate() {
            assert!(entry.starts_with(&format!("student{number}@")), "{entry}");
        }
    }
    let out = go_on(&mut player, 100, 5);
    assert_eq!(lists(&out), before);
    assert_eq!(logged(&out), [""; 0], "it was said once");
}

#[test]
fn when_one_leaves_the_next_in_order_is_shown() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    let names: Vec<String> = (0..300).map(|number| format!("n{number}")).collect();
    player.play(&format!("others {}", names.join(" ")));
    login(&mut player, 0);
    player.play("wait 1");
    let before = lists(&player.play("10.0.0.0> Seis student0@school"));
    player.play(&format!("others {}", names[1..].join(" ")));
    let after = lists(&player.play("wait 1"));
    let (before, after) = (&before[0].1, &after[0].1);
    assert!(before.len() > 100);
    // n0 made room for an entry that is longer by two bytes, if two were to spare.
    assert!(after.len() == before.len() || after.len() == before.len() - 1);
    assert_eq!(after[0], before[0]);
    assert_eq!(after[1..before.len() - 1], before[2..]);
    let out = player.play("others bob");
    assert_eq!(logged(&out), [""; 0]);
    let out = player.play("wait 1");
    assert_eq!(logged(&out), ["directory: nobody is left out of the list"]);
}

#[test]
fn a_stall_costs_nobody_and_a_turn_is_bounded() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    for number in 0..100 {
        login(&mut player, number);
        player.now += Duration::from_millis(10);
    }
    player.now += Duration::from_secs(30);
    let mut out = Vec::new();
    player.directory.tick(player.now, &[].into_iter(), &mut out);
    assert_eq!(lists(&out).len(), HEARTBEATS_PER_TURN);
    let out = player.play("wait 0");
    assert_eq!(lists(&out).len(), 100 - HEARTBEATS_PER_TURN, "one each");
    let out = player.play("wait 0.1");
    assert!(
        (8..=12).contains(&lists(&out).len()),
        "still spread over the second"
    );
    let offline = out.iter().filter(|out| matches!(out, Out::Offline(_)));
    assert_eq!(offline.count(), 0);
}

#[test]
fn a_full_directory_lets_nobody_new_in() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    for number in 0..DIRECTORY_USERS {
        let out = login(&mut player, number);
        assert!(matches!(out[0], Out::Online(_)), "{out:?}");
        // Answers are kept for 10 s, but not so many at once.
        if number == DIRECTORY_USERS / 2 {
            go_on(&mut player, number + 1, 10);
        }
    }
    let out = login(&mut player, DIRECTORY_USERS);
    let line = format!("directory: full: student{DIRECTORY_USERS}@school is not let in");
    assert_eq!(logged(&out), [line]);
    assert!(
        matches!(&out[1], Out::Send { bytes, .. } if bytes == b"erro"),
        "{out:?}"
    );
    assert_eq!(player.directory.online().count(), DIRECTORY_USERS);
    player.play("wait 4");
    assert_eq!(player.directory.online().count(), 0);
}

#[test]
fn memory_is_bounded_against_forged_addresses() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    let mut ticket = 0;
    for number in 0..3 * MOST {
        let from = format!("10.{}.{}.1", number / 200, number % 200);
        for out in player.play(&format!("{from}> Con a{number}@x guess")) {
            if let Out::Ask { ticket: asked, .. } = out {
                ticket = asked;
            }
        }
        // Every second question gets no answer.
        if number % 2 == 0 {
            player.play(&format!("accounts> wrong {ticket}"));
        }
        player.now += Duration::from_millis(5);
    }
    let directory = &player.directory;
    directory.tries.invariants();
    assert!(directory.failed_addresses.len() <= MOST);
    assert!(directory.failed_emails.len() <= MOST);
    player.play("wait 60");
    let asked = player.play("10.0.0.1> Con ana@x secret");
    assert!(matches!(asked[..], [Out::Ask { .. }]), "{asked:?}");
}

/// Random datagrams, mostly close to valid ones.
fn datagram() -> impl Strategy<Value = Vec<u8>> {
    let words = "(Sin|Con|Seis|Envia|Truco)( (a@x|B@X|bob|#m#[^#]{0,9}|\\PC{0,300})){0,4}";
    prop_oneof![
        4 => words.prop_map(String::into_bytes),
        2 => "(Con a@x p|Con B@X p|Seis a@x|Envia bob a@x #m#hi\nho)".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..3000),
    ]
}

proptest! {
    #[test]
    fn any_datagrams(
        steps in prop::collection::vec(
            (datagram(), 1u8..4, any::<bool>(), 0u64..3000, 0usize..9),
            1..60,
        ),
        others in prop::collection::vec("\\PC{0,60}", 0..100),
        source_port: bool,
    ) {
        let port = if source_port { 4000 } else { PORT };
        let answers = if source_port { AnswerTo::SourcePort } else { AnswerTo::FixedPort(PORT) };
        let mut directory = Directory::new(answers);
        let mut now = Time::ZERO;
        let mut online = std::collections::BTreeSet::new();
        let mut logged_in = std::collections::BTreeMap::new();
        for (bytes, host, truncated, pause, verdict) in steps {
            now += Duration::from_millis(pause);
            let from = SocketAddr::new([10, 0, 0, host].into(), 4000);
            let local: IpAddr = [10, 0, 0, 254].into();
            let mut out = Vec::new();
            directory.receive(now, from, local, &bytes, truncated && pause < 300, &mut out);
            let asked: Vec<u64> = out.iter().filter_map(|out| match out {
                Out::Ask { ticket, .. } => Some(*ticket),
                _ => None,
            }).collect();
            for ticket in asked {
                let verdict = [
                    Verdict::Registered, Verdict::AlreadyThere, Verdict::Wrong, Verdict::NoSuch,
                    Verdict::Failed, Verdict::Busy,
                ].get(verdict).copied().unwrap_or(Verdict::Right);
                directory.answer(now, ticket, verdict, &mut out);
                logged_in.insert(from.ip(), ());
            }
            let others = others.iter().map(String::as_str);
            directory.private("a@x", "bob", &String::from_utf8_lossy(&bytes), &others, &mut out);
            directory.tick(now, &others, &mut out);
            directory.aliases.invariants();
            directory.users.invariants();
            directory.tries.invariants();
            for out in out {
                match out {
                    Out::Send { to, local: by, bytes } => {
                        prop_assert!(bytes.len() <= DATAGRAM_BYTES);
                        prop_assert!(std::str::from_utf8(&bytes).is_ok());
                        let is_source = to == SocketAddr::new(from.ip(), port);
                        let is_user = to.port() == port && logged_in.contains_key(&to.ip());
                        prop_assert!(is_source || is_user, "{to}");
                        prop_assert!(is_user || bytes.len() <= 11, "no list for strangers");
                        prop_assert_eq!(by, local);
                    }
                    Out::Online(email) => prop_assert!(online.insert(email)),
                    Out::Offline(email) => prop_assert!(online.remove(&email)),
                    _ => {}
                }
            }
            let are: std::collections::BTreeSet<_> = directory.online().map(str::to_owned).collect();
            prop_assert_eq!(&are, &online);
            prop_assert_eq!(directory.deadline().is_some(), !online.is_empty());
        }
    }
}
