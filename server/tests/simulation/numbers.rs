//! The numbers of lines, as browsers and scripts are told them, compared with the one order: in each epoch of a
//! room the number of a line is its place in the order.
//!
//! Whoever is told a number tells what stands there; where an epoch begins in the order is found by the texts,
//! which are unique.

use std::collections::BTreeMap;

use crate::about::{Deed, of};
use crate::lines::Event;
use crate::messages::What;
use crate::order::Order;

/// A line of a room, by its id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place {
    pub(crate) room: String,
    pub(crate) epoch: u64,
    pub(crate) number: u64,
}

impl Place {
    /// That of a line with this id.
    pub(crate) fn new(room: &str, id: &str) -> Place {
        let (epoch, number) = id.split_once(':').expect("an id");
        Place {
            room: room.to_owned(),
            epoch: epoch.parse().expect("an epoch"),
            number: number.parse().expect("a number"),
        }
    }
}

/// What stands at a place, and who was told.
struct Told {
    place: Place,
    what: What,
    who: String,
    /// What its reader has said with the mark, and its names.
    said: Option<String>,
    names: Vec<String>,
}

/// All that was told of numbers.
#[derive(Default)]
pub(crate) struct Numbers {
    told: Vec<Told>,
    /// Which place of the order the number 0 of an epoch has, by room and epoch.
    origins: BTreeMap<(String, u64), i64>,
}

impl Numbers {
    /// Somebody was told what stands there.
    pub(crate) fn note(&mut self, who: &str, place: Place, what: What) {
        self.note_own(who, (place, what), None, &[]);
    }

    /// Somebody with these names was told that their own line stands there.
    pub(crate) fn note_own(
        &mut self,
        who: &str,
        (place, what): (Place, What),
        said: Option<&str>,
        names: &[String],
    ) {
        self.told.push(Told {
            place,
            what,
            who: who.to_owned(),
            said: said.map(str::to_owned),
            names: names.to_vec(),
        });
    }

    /// Compares all that was told with the order. Afterwards places are known.
    pub(crate) fn check(&mut self, orders: &[Order]) {
        for told in &self.told {
            let Some(order) = order_of(orders, &told.place.room) else {
                continue;
            };
            let Some(text) = text_of(told) else { continue };
            let is_it = |(at, event): (usize, &Event)| (of(event).1 == text).then_some(at);
            let mut found = order.events.iter().enumerate().filter_map(is_it);
            if let (Some(at), None) = (found.next(), found.next()) {
                let origin = at as i64 - told.place.number as i64;
                let epoch = (told.place.room.clone(), told.place.epoch);
                let known = *self.origins.entry(epoch).or_insert(origin);
                assert_eq!(
                    known, origin,
                    "{}: {text:?} has another place than {:?}",
                    told.who, told.place
                );
            }
        }
        for told in &self.told {
            let Some(order) = order_of(orders, &told.place.room) else {
                continue;
            };
            if let Some(at) = self.at(&told.place) {
                let event = order.events.get(at);
                let event = event.unwrap_or_else(|| panic!("{:?} is after the end", told.place));
                assert!(
                    agrees(told, event, order),
                    "{}: at {:?} is {event:?}",
                    told.who,
                    told.place
                );
            }
        }
    }

    /// Where in the order of its room a line is, if that is known.
    pub(crate) fn at(&self, place: &Place) -> Option<usize> {
        let origin = self.origins.get(&(place.room.clone(), place.epoch))?;
        usize::try_from(origin + place.number as i64).ok()
    }
}

pub(crate) fn order_of<'a>(orders: &'a [Order], room: &str) -> Option<&'a Order> {
    orders.iter().find(|order| order.room == room)
}

/// A text by which the place can be found.
fn text_of(told: &Told) -> Option<&str> {
    let text = match &told.what {
        What::Event(event) => of(event).1,
        What::Own(_) => told.said.as_deref()?,
        What::Past { .. } => return None,
    };
    text.starts_with(['x', 'h']).then_some(text)
}

fn agrees(told: &Told, event: &Event, order: &Order) -> bool {
    match &told.what {
        What::Event(told) => *told == as_told(event),
        What::Own(_) => {
            let (from, text) = of(event);
            let is_own = from.is_empty() || told.names.iter().any(|name| name == from);
            is_own && told.said.as_deref().is_none_or(|said| said == text)
        }
        What::Past { from, text } => {
            of(event).0 == from && (of(event).1 == text || is_corrected(order, from, text))
        }
    }
}

/// An event as who has no text of before is told it.
pub(crate) fn as_told(event: &Event) -> Event {
    let mut event = event.clone();
    if let Event::About(about) = &mut event
        && about.deed == Deed::Edited
    {
        about.quote = None;
    }
    event
}

/// Whether somebody of this name has corrected a line so.
pub(crate) fn is_corrected(order: &Order, by: &str, text: &str) -> bool {
    order.events.iter().any(|event| {
        matches!(event, Event::About(about)
            if about.deed == Deed::Edited && about.by == by && about.text == text)
    })
}
