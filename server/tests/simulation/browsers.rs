//! What browsers are told beside lines: the places of all lines, what became of their own, answers to pings, the end.

use std::collections::BTreeSet;

use crate::about::of;
use crate::browser::Browser;
use crate::frames::{self, Conversation};
use crate::lines::{Entry, own_names};
use crate::link::Link;
use crate::messages::{What, numbered};
use crate::numbers::{Numbers, order_of};
use crate::order::Order;
use crate::referee::Moment;

/// Checks one browser. Where it was told lines is noted, and compared later.
pub(crate) fn check(
    (who, browser, link): (&str, &Browser, &Link),
    entries: &[Entry],
    orders: &[Order],
    moment: Moment,
    numbers: &mut Numbers,
) -> Vec<&'static str> {
    let told = frames::read(&link.written);
    let is_broken = link.reset || link.failed || link.unwatched;
    let has_all = moment == Moment::Settled && !is_broken && link.is_open();
    check_pongs(who, browser, (link, &told), has_all);
    let is_said = check_own(who, (browser, link), (entries, orders), &told, numbers);
    if has_all {
        let events = orders.iter().flat_map(|order| &order.events);
        let heard: BTreeSet<&str> = events.map(|event| of(event).1).collect();
        for (mark, text) in browser.all_marked(link.read.len()) {
            assert!(
                !heard.contains(text) || is_said.contains(mark),
                "{who}: {text:?} was said, and it is not told so"
            );
        }
        assert!(told.is_whole || !told.has_begun, "{who}: half a frame");
    }
    if link.server_fin && told.has_begun && !is_broken && link.blocked.is_none() {
        assert!(told.has_closed, "{who}: no close frame at the end");
    }
    let deeds = [
        (told.has_begun, "browser let in"),
        (!is_said.is_empty(), "browser's line confirmed"),
        (!told.pongs.is_empty(), "ping answered"),
        (told.has_closed, "browser told of its end"),
    ];
    let deeds = deeds
        .into_iter()
        .filter_map(|(is, deed)| is.then_some(deed));
    deeds.collect()
}

/// Each ping is answered once, in order.
fn check_pongs(who: &str, browser: &Browser, (link, told): (&Link, &Conversation), has_all: bool) {
    let pings = browser.pings(link.read.len());
    let pongs: Vec<&Vec<u8>> = told.pongs.iter().collect();
    let is_all = pongs.len() == pings.len() || !has_all || !told.has_begun;
    assert!(
        pings.starts_with(&pongs) && is_all,
        "{who}: {} pongs for {} pings",
        pongs.len(),
        pings.len()
    );
}

/// The marks of its own lines that are confirmed: each once, and told as what it has sent.
fn check_own(
    who: &str,
    (browser, link): (&Browser, &Link),
    (entries, orders): (&[Entry], &[Order]),
    told: &Conversation,
    numbers: &mut Numbers,
) -> BTreeSet<String> {
    let names: Vec<String> = own_names(entries).into_iter().map(str::to_owned).collect();
    let mut marks = BTreeSet::new();
    for numbered in numbered(&told.messages) {
        if order_of(orders, &numbered.place.room).is_none() {
            continue;
        }
        let What::Own(mark) = &numbered.what else {
            numbers.note(who, numbered.place, numbered.what);
            continue;
        };
        let text = mark.as_deref().map(|mark| browser.marked(mark));
        numbers.note_own(who, (numbered.place, What::Own(mark.clone())), text, &names);
        if let Some(mark) = mark {
            let read = browser.all_marked(link.read.len());
            assert!(read.into_iter().any(|(read, _)| read == mark));
            assert!(marks.insert(mark.clone()), "{who}: {mark} is said twice");
        }
    }
    marks
}
