//! ChatTruco: more users online than a list of 2048 bytes holds.

use crate::chattruco::{DATAGRAM, Truco, entries};
use crate::forms::Pessoa;
use crate::people::{Person, Talker};
use crate::world::World;

const EVA: &str = "eva@escola.br";

#[test]
fn a_full_list_is_whole_stable_and_said_in_the_log() {
    let mut world = World::start();
    let mut davi = Truco::join(&world, 3, "davi@escola.br");
    let mut people: Vec<Talker> = (0..100)
        .map(|n| {
            let mut one = Talker::to(world.auto());
            // Who speaks first is asked at once.
            one.say(&name(n));
            one.asked();
            one.welcomed(&name(n));
            one
        })
        .collect();
    let said = world.server.log.find("left out");
    assert!(said.contains("pessoa_"), "{said}");
    // A user who logs in when the list is full is in their own list.
    let mut eva = Truco::join(&world, 2, EVA);
    eva.sees("davi@escola.br");
    davi.sees(EVA);
    for user in [&mut davi, &mut eva] {
        user.beats(1);
        let from = user.lists.len();
        user.beats(4);
        let lists = &user.lists[from..];
        for list in lists {
            // With `Truco ` before it; the names are too many for 2048 bytes.
            assert!(list.len() + 6 <= DATAGRAM, "{}", list.len());
            assert!(list.len() > DATAGRAM - 60, "{}", list.len());
            assert_eq!(*list, lists[0], "another set each second");
        }
        // Every entry is whole.
        let ours = |name: &str| name.contains('@') || people_have(name);
        assert!(entries(&lists[0]).iter().all(|(name, _)| ours(name)));
        assert!(user.peers.contains_key(&user.email));
    }
    // A user who does not fit can still be written to, and write.
    let last = people.last_mut().expect("100");
    last.say(&format!("/para {EVA} daqui de fora"));
    eva.expect(&name(99), "daqui de fora");
    // One of the first leaves: nobody else's window closes.
    let before = davi.peers.clone();
    drop(people.remove(0));
    davi.misses(&name(0));
    let gone: Vec<&String> = before
        .keys()
        .filter(|name| !davi.peers.contains_key(*name))
        .collect();
    assert_eq!(gone, [&name(0)]);
    assert_eq!(davi.changes_of(&name(0)), [true, false]);
}

/// 20 letters, the longest name.
fn name(n: usize) -> String {
    format!("pessoa_numero_{n:06}")
}

fn people_have(shown: &str) -> bool {
    (0..100).any(|n| name(n) == shown)
}
