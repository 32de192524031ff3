//! What scripts hear of a room: lines of before and those that are said from then on, a contiguous slice of the one
//! order but for gaps of exactly the size that was told. Who hears the texts alone is told of no gaps.

use std::collections::BTreeSet;

use papo_server::hub::Time;
use papo_server::limits::{HISTORY_BYTES, HISTORY_LINES};
use serde_json::Value;

use crate::about::{Deed, of};
use crate::lines::Event;
use crate::numbers::{Numbers, Place, order_of};
use crate::order::Order;
use crate::scripts::Shape;

/// All that a script has heard in answer to one request.
pub(crate) struct Stream {
    pub(crate) who: String,
    pub(crate) room: &'static str,
    pub(crate) items: Vec<Item>,
    /// It has asked for what comes after this line.
    pub(crate) after: Option<Place>,
    /// When it has asked for no more than there was then.
    pub(crate) answers: Option<Time>,
    /// It has heard everything until now.
    pub(crate) is_current: bool,
}

/// One of them.
#[derive(Debug)]
pub(crate) enum Item {
    /// What was said, and where.
    Message(Place, Event),
    /// What was said.
    Text(String),
    /// So many lines were lost here.
    Skipped(usize),
    /// Something else.
    Sign,
}

/// Reads what has come in full.
pub(crate) fn items(body: &[u8], shape: Shape) -> Vec<Item> {
    let whole = body.iter().rposition(|byte| *byte == b'\n');
    let whole = &body[..whole.map_or(0, |end| end + 1)];
    let text = std::str::from_utf8(whole).expect("I8: what is sent is UTF-8");
    let lines = text.split_terminator('\n');
    lines.map(|line| item(line, shape)).collect()
}

fn item(line: &str, shape: Shape) -> Item {
    let (id, json) = match shape {
        Shape::Raw if line.is_empty() => return Item::Sign,
        Shape::Raw => return Item::Text(line.to_owned()),
        Shape::Json => (None, line),
        Shape::Sse => {
            let event = line.strip_suffix("\r\r:").expect("an event ends");
            let (id, data) = match event.split_once('\r') {
                Some((id, data)) => (id.strip_prefix("id: "), data),
                None => (None, event),
            };
            (id, data.strip_prefix("data: ").expect("an event has data"))
        }
    };
    let event: Value = serde_json::from_str(json).expect(json);
    assert!(event["time"].is_i64(), "{event}");
    let field = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
    match field("event").as_str() {
        "message" => {
            let own = field("id");
            assert!(shape == Shape::Json || id == Some(&own), "{line:?}");
            let (from, text) = (field("from"), field("message"));
            let said = match event["action"] == true {
                true => Event::Acted { from, text },
                false => Event::Said { from, text },
            };
            Item::Message(Place::new(&field("topic"), &own), said)
        }
        "skipped" => Item::Skipped(event["lines"].as_u64().expect("a number") as usize),
        "open" | "keepalive" | "end" => Item::Sign,
        _ => panic!("no event: {line:?}"),
    }
}

impl Stream {
    /// I1, once it is known where the lines stand.
    pub(crate) fn check(&self, orders: &[Order], numbers: &Numbers, forgets: bool) {
        let Some(order) = order_of(orders, self.room) else {
            return;
        };
        // What was deleted is no line of before, but it may be one of those that were lost.
        let deleted = deleted(&order.events);
        let count = |from: usize, to: usize| {
            let said = (from..to).filter(|at| is_said(&order.events[*at]));
            let (gone, owed): (Vec<usize>, Vec<usize>) = said.partition(|at| deleted.contains(at));
            owed.len()..=owed.len() + gone.len()
        };
        // What comes after a line begins there, unless so much was said that it is not in memory any more.
        let after = self.after.as_ref().and_then(|after| numbers.at(after));
        let mut next = after.map(|after| after + 1);
        let mut lost = 0;
        for item in &self.items {
            match item {
                Item::Skipped(0) => {
                    let much = after.is_none_or(|after| is_much(&order.events, after));
                    assert!(forgets || much, "{}: lines are missing at once", self.who);
                    next = None;
                }
                Item::Skipped(lines) => lost += lines,
                Item::Sign => {}
                Item::Text(text) => {
                    let from = next.unwrap_or_default();
                    let mut rest = order.events[from..].iter();
                    let at = rest.position(|event| of(event).1 == text);
                    // A line of before may have been corrected.
                    next = at.map(|at| from + at + 1).or(next);
                    let is_known = at.is_some() || !text.starts_with(['x', 'h']);
                    assert!(is_known, "{}: {text:?} is not what comes next", self.who);
                }
                Item::Message(place, _) => {
                    assert_eq!(place.room, self.room);
                    let Some(at) = numbers.at(place) else { return };
                    if let Some(next) = next {
                        let missing = count(next, at);
                        assert!(
                            next <= at && missing.contains(&lost),
                            "I1: {} lost {missing:?} lines before {place:?}, told {lost}",
                            self.who
                        );
                    }
                    (next, lost) = (Some(at + 1), 0);
                }
            }
        }
        let asked = |at: Time| order.times.partition_point(|time| *time < at);
        let whole = self.is_current.then_some(order.events.len());
        let whole = whole.or(self.answers.map(asked));
        if let (Some(next), Some(whole)) = (next, whole) {
            let missing = count(next, whole);
            assert!(missing.contains(&lost), "I1: {} has not got all", self.who);
        }
    }
}

/// Whether what was said after this line may be more than a room keeps in memory. What was corrected may have grown.
fn is_much(events: &[Event], after: usize) -> bool {
    let said = events.iter().skip(after).filter(|event| is_said(event));
    let texts = events.iter().skip(after).map(|event| of(event).1.len());
    said.count() > HISTORY_LINES || texts.sum::<usize>() > HISTORY_BYTES
}

fn is_said(event: &Event) -> bool {
    matches!(event, Event::Said { .. } | Event::Acted { .. })
}

/// The places of lines that were deleted: each time the last one of who did it.
fn deleted(events: &[Event]) -> BTreeSet<usize> {
    let mut deleted = BTreeSet::new();
    for (at, event) in events.iter().enumerate() {
        if let Event::About(about) = event
            && about.deed == Deed::Deleted
        {
            let is_it = |at: &usize| {
                let event = &events[*at];
                is_said(event) && of(event).0 == about.by && !deleted.contains(at)
            };
            let last = (0..at).rev().find(is_it);
            deleted.extend(last);
        }
    }
    deleted
}
