//! Requests about lines, and who may do what with them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::hub::*;

/// The lines that were said, by whom, and those that were deleted.
#[derive(Default)]
pub(super) struct Lines {
    said: BTreeMap<LineId, Id>,
    deleted: BTreeSet<LineId>,
}

pub(super) fn refer() -> impl Strategy<Value = Refer> {
    let which = prop::sample::select(vec!["!!", "a1", "a3", "a9", "#games:!!", "#chess:a4"]);
    let which = which.prop_map(|typed| Which::parse(typed).expect("a line"));
    let replace = |(old, new): (&str, &str)| Refer::Replace {
        old: old.to_owned(),
        new: new.to_owned(),
    };
    let texts = prop::sample::select(vec![
        ("hello", "bye"),
        ("e", "ee"),
        ("hello", ""),
        ("x", "y"),
    ]);
    prop_oneof![
        2 => which.clone().prop_map(|which| Refer::Reply { which, text: "yes".into(), whole: "a3 yes".into() }),
        2 => which.clone().prop_map(|which| Refer::Edit { which, text: "hello again".into() }),
        1 => texts.prop_map(replace),
        2 => which.clone().prop_map(Refer::Delete),
        1 => which.clone().prop_map(|which| Refer::React { which, word: "+1".into() }),
        2 => which.prop_map(Refer::Pin),
        1 => Just(Refer::Pins),
    ]
}

/// Who says something with it.
fn speaker(notice: &Notice) -> Option<&Name> {
    match notice {
        Notice::Public { from, .. } => Some(from),
        Notice::Refer(reference) => match reference.deed {
            Deed::Replied(_) | Deed::Edited(_) | Deed::Reacted(_) => Some(&reference.by),
            Deed::Deleted | Deed::Pinned | Deed::Unpinned => None,
        },
        _ => None,
    }
}

pub(super) fn no_muted_user_speaks(hub: &Hub, now: Time, effect: &Effect) {
    if let Effect::Room { notice, .. } = effect
        && let Some(from) = speaker(notice)
    {
        assert!(!hub.rules.is_muted(now, from), "{from} is muted");
    }
}

impl Lines {
    /// What came of a request of this conn.
    pub(super) fn check(&mut self, hub: &Hub, by: Id, effects: &[Effect]) {
        for effect in effects {
            let Effect::Room { id, notice, .. } = effect else {
                continue;
            };
            if notice.is_said() {
                self.said.insert(*id, by);
            }
            let Notice::Refer(reference) = notice else {
                continue;
            };
            let line = reference.quote.id;
            assert!(
                !self.deleted.contains(&line),
                "a deleted line is referred to"
            );
            let user = &hub.users[by];
            // Or they said it before, under the same registered name.
            let is_own = self.said[&line] == by || !user.proved.is_empty();
            let is_operator = user.rank == Rank::Operator;
            match reference.deed {
                Deed::Edited(_) => assert!(is_own, "an edit of another's line"),
                Deed::Deleted => {
                    assert!(is_own || is_operator, "another's line is deleted");
                    assert!(reference.quote.text.is_empty(), "it is said again");
                    self.deleted.insert(line);
                }
                Deed::Pinned | Deed::Unpinned => assert!(is_operator, "pinned by anybody"),
                Deed::Replied(_) | Deed::Reacted(_) => {}
            }
        }
    }
}

fn ask(hub: &mut Hub, index: u32, request: Request) -> Vec<Effect> {
    let id = Id {
        index,
        generation: 1,
    };
    let mut effects = Vec::new();
    hub.handle(Time::ZERO, id, request, &mut effects);
    hub.settle(Time::ZERO, &mut effects);
    hub.invariants();
    effects
}

/// What a room was told, and what was refused.
fn told(effects: Vec<Effect>) -> Vec<Notice> {
    let told = effects.into_iter().filter_map(|effect| match effect {
        Effect::Room { notice, .. } => Some(notice),
        Effect::Tell {
            notice: notice @ Notice::Refused(_),
            ..
        } => Some(notice),
        _ => None,
    });
    told.collect()
}

fn enter(hub: &mut Hub, index: u32, name: &str) {
    ask(hub, index, Request::Enter(name.to_owned()));
}

fn delete(typed: &str) -> Request {
    Request::Refer(Refer::Delete(Which::parse(typed).expect("a line")))
}

fn refused(fault: ReferFault) -> Vec<Notice> {
    vec![Notice::Refused(fault.into())]
}

#[test]
fn whoever_has_another_name_owns_their_lines_and_the_next_of_that_name_does_not() {
    let mut hub = Hub::new(0);
    enter(&mut hub, 0, "ana");
    ask(&mut hub, 0, Request::Say("mine".into()));
    ask(&mut hub, 0, Request::Nick("anna".to_owned()));
    enter(&mut hub, 1, "ana");
    let ana = Name::parse("ana").expect("a legal name");
    let not_yours = refused(ReferFault::NotYourDelete(ana));
    assert_eq!(told(ask(&mut hub, 1, delete("a3"))), not_yours);
    assert_eq!(
        told(ask(&mut hub, 1, delete("!!"))),
        refused(ReferFault::NoOwnLine)
    );
    let done = told(ask(&mut hub, 0, delete("!!")));
    assert!(matches!(&done[..], [Notice::Refer(_)]), "{done:?}");
}

#[test]
fn a_line_is_known_by_its_number_and_the_newest_is_meant() {
    let mut hub = Hub::new(0);
    enter(&mut hub, 0, "ana");
    for n in 0..200 {
        ask(&mut hub, 0, Request::Say(format!("{n}").into()));
    }
    // The first hundred are too old.
    let which = Which::parse("50").expect("a line");
    let too_old = refused(ReferFault::NoSuchLine(which));
    assert_eq!(told(ask(&mut hub, 0, delete("50"))), too_old);
    let done = told(ask(&mut hub, 0, delete("201")));
    assert!(matches!(&done[..], [Notice::Refer(line)] if line.quote.id.number == 201));
    let edit = Request::Refer(Refer::Replace {
        old: "19".to_owned(),
        new: "2".to_owned(),
    });
    let done = told(ask(&mut hub, 0, edit));
    assert!(matches!(&done[..], [Notice::Refer(line)] if line.quote.id.number == 200));
}

#[test]
fn reactions_and_pins_have_limits() {
    let mut hub = Hub::new(0);
    enter(&mut hub, 0, "ana");
    ask(&mut hub, 0, Request::Say("hello".into()));
    let react = |word: String| {
        let (which, word) = (Which::LAST, word.into());
        Request::Refer(Refer::React { which, word })
    };
    for n in 0..crate::limits::REACTIONS {
        let done = told(ask(&mut hub, 0, react(format!("+{n}"))));
        assert!(matches!(&done[..], [Notice::Refer(_)]));
        let again = told(ask(&mut hub, 0, react(format!("+{n}"))));
        assert_eq!(again, refused(ReferFault::ReactedSo));
    }
    let more = told(ask(&mut hub, 0, react("more".to_owned())));
    assert_eq!(more, refused(ReferFault::ReactionsFull));
    let id = hub.names().count() as u32 - 1;
    let id = Id {
        index: id,
        generation: 1,
    };
    hub.users[id].rank = Rank::Operator;
    let pin = || Request::Refer(Refer::Pin(Which::LAST));
    for n in 0..=crate::limits::PINS {
        ask(&mut hub, 0, Request::Say(format!("{n}").into()));
        let done = told(ask(&mut hub, 0, pin()));
        match n == crate::limits::PINS {
            true => assert_eq!(done, refused(ReferFault::PinsFull)),
            false => assert!(matches!(&done[..], [Notice::Refer(_)])),
        }
    }
}
