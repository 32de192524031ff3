//! What scripts are answered: each request once, in order, and what it says was done is what has happened.

use std::collections::BTreeMap;

use crate::about::of;
use crate::lines::Event;
use crate::link::Link;
use crate::messages;
use crate::numbers::Numbers;
use crate::order::Order;
use crate::referee::Moment;
use crate::scripts::{Asked, Script, Shape, What};
use crate::streams::{Item, Stream, items};

/// An answer.
struct Answer<'a> {
    status: u16,
    body: &'a [u8],
    is_last: bool,
}

/// How often each text of a script was said in the rooms with observers.
pub(crate) fn said(orders: &[Order]) -> BTreeMap<&str, usize> {
    let mut said = BTreeMap::new();
    let events = orders.iter().flat_map(|order| &order.events);
    for text in events.map(|event| of(event).1) {
        if text.starts_with('h') {
            *said.entry(text).or_default() += 1;
        }
    }
    said
}

/// Checks what one script was answered. What it was told of lines is to be compared later.
pub(crate) fn check(
    (script, link): (&Script, &Link),
    said: &BTreeMap<&str, usize>,
    (moment, is_late): (Moment, bool),
    numbers: &mut Numbers,
    streams: &mut Vec<Stream>,
) -> Vec<&'static str> {
    let who = format!("script {}", script.link);
    let mut deeds = Vec::new();
    // Refused conns are checked in doors.rs.
    if link.is_refused() {
        return deeds;
    }
    // It was taken for a person, since its first bytes came late.
    if link.written.starts_with(b"* ") {
        return vec!["script taken for a person"];
    }
    let is_broken = link.reset || link.failed || link.unwatched || link.accepted.is_none();
    let is_settled = moment == Moment::Settled && !is_broken;
    let mut rest = &link.written[..];
    let mut is_over = false;
    for asked in &script.asked {
        let is_read = asked.end <= link.read.len();
        let is_listening = matches!(asked.what, What::Listen(..));
        let answer = match is_over || !is_read {
            true => None,
            false => answer(&mut rest, asked),
        };
        let must = is_settled && is_read && !is_over && !is_late && !script.is_slow;
        assert!(!must || answer.is_some(), "{who}: no answer, {rest:?}");
        is_over |= answer.as_ref().is_none_or(|answer| answer.is_last);
        let status = answer.as_ref().map(|answer| answer.status);
        let fits =
            status.is_none_or(|status| asked.fits.contains(&status) || is_stop(status, moment));
        assert!(fits, "{who}: {status:?} is none of {:?}", asked.fits);
        let is_current = is_listening && is_settled && link.is_open();
        let answer = (answer.as_ref(), is_current);
        deeds.extend(take(&who, asked, answer, said, numbers, streams));
    }
    let begins = b"HTTP/1.1 ".starts_with(&rest[..rest.len().min(9)]);
    assert!(
        is_over || rest.is_empty() || begins && !is_settled,
        "{who}: {rest:?}"
    );
    deeds
}

/// Compares an answer, or that there is none, with what has happened.
fn take(
    who: &str,
    asked: &Asked,
    (answer, is_current): (Option<&Answer<'_>>, bool),
    said: &BTreeMap<&str, usize>,
    numbers: &mut Numbers,
    streams: &mut Vec<Stream>,
) -> Option<&'static str> {
    let status = answer.map(|answer| answer.status);
    let body = answer.map_or(&b""[..], |answer| answer.body);
    if let What::Post { room, texts } = &asked.what {
        check_said(who, (room, texts), status, said);
        let is_done = status == Some(200);
        assert!(!is_done || body == b"ok", "{who}: {body:?} after a post");
        return is_done.then_some("hook speaks");
    }
    if let What::Say { room, from, texts } = &asked.what {
        check_said(who, (room, texts), status, said);
        if status == Some(200) {
            note_said(who, (room, from, texts), body, numbers);
        }
        return match status? {
            200 => Some("script speaks"),
            401 => Some("script without its password"),
            429 => Some("script held back"),
            _ => None,
        };
    }
    let (room, shape, after) = match &asked.what {
        What::Listen(room, shape, after) => (room, *shape, after),
        What::Poll(room, after) => (room, Shape::Json, after),
        _ => return None,
    };
    let polls = matches!(asked.what, What::Poll(..));
    if status != Some(200) {
        return None;
    }
    let items = items(body, shape);
    note_heard(who, &items, numbers);
    let who = who.to_owned();
    streams.push(Stream {
        who,
        room,
        items,
        after: after.clone(),
        answers: polls.then_some(asked.at),
        is_current,
    });
    Some(match (polls, after) {
        (true, None) => "script polls",
        (false, None) => "script listens",
        (true, Some(_)) => "script polls after a line",
        (false, Some(_)) => "script listens after a line",
    })
}

/// The next answer, if all of it has come. What is to be said later may be announced before.
fn answer<'a>(rest: &mut &'a [u8], asked: &Asked) -> Option<Answer<'a>> {
    while let Some(after) = rest.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n") {
        *rest = after;
    }
    let head = rest.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let (head, after) = rest.split_at(head);
    let head = std::str::from_utf8(head).expect("I8: a head is UTF-8");
    let status = head
        .strip_prefix("HTTP/1.1 ")
        .and_then(|head| head.get(..3));
    let status = status.and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no answer: {head:?}"));
    let is_last = head.contains("\r\nConnection: close\r\n");
    if status == 200 && matches!(asked.what, What::Listen(..)) {
        assert!(!head.contains("Content-Length"), "{head:?}");
        *rest = b"";
        return Some(Answer {
            status,
            body: after,
            is_last: true,
        });
    }
    let length = head.split("\r\nContent-Length: ").nth(1);
    let length = length.and_then(|length| length.lines().next()?.parse().ok());
    let length: usize = match asked.what {
        What::Head => 0,
        _ => length.expect("an answer has a length"),
    };
    let (body, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(Answer {
        status,
        body,
        is_last,
    })
}

/// Whether it was told that the server stops.
fn is_stop(status: u16, moment: Moment) -> bool {
    status == 503 && moment == Moment::Stopped
}

/// What was answered with 200 is said once, all of it; anything else is not, and nothing is said twice.
fn check_said(
    who: &str,
    (room, texts): (&str, &[String]),
    status: Option<u16>,
    said: &BTreeMap<&str, usize>,
) {
    if !crate::peers::ROOMS.contains(&room) {
        return;
    }
    for text in texts {
        let times = said.get(text.as_str()).copied().unwrap_or_default();
        let fits = match status {
            Some(200) => times == 1,
            Some(_) => times == 0,
            None => times <= 1,
        };
        assert!(
            fits,
            "{who}: {text:?} is answered {status:?} and said {times} times"
        );
    }
}

/// The answer tells each line with its id.
fn note_said(
    who: &str,
    (room, from, texts): (&str, &str, &[String]),
    body: &[u8],
    numbers: &mut Numbers,
) {
    let mut told = texts.iter();
    for item in items(body, Shape::Json) {
        let Item::Message(place, event) = item else {
            panic!("{who}: {item:?} is no line");
        };
        let text = told.next().expect("one for each line").clone();
        let from = from.to_owned();
        assert_eq!(
            (place.room.as_str(), &event),
            (room, &Event::Said { from, text }),
            "{who}"
        );
        numbers.note(who, place, messages::What::Event(event));
    }
    assert_eq!(told.next(), None, "{who}: a line is not told");
}

/// Lines of before may have been corrected.
fn note_heard(who: &str, items: &[Item], numbers: &mut Numbers) {
    for item in items {
        if let Item::Message(place, event) = item {
            let (from, text) = of(event);
            let (from, text) = (from.to_owned(), text.to_owned());
            let what = messages::What::Past { from, text };
            numbers.note(who, place.clone(), what);
        }
    }
}
