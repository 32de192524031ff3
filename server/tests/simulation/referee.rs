//! The referee: a naive model of what everybody should have seen. It knows nothing of feeds,
//! outboxes and turns, only lists of lines.
//!
//! Observers that are always there, always read and never speak give each room's one order. Every
//! other transcript must be a contiguous slice of it, without its owner's own lines and except gaps
//! of exactly the size that was told; and what a sender's bytes say must stand in it, all of it.

use crate::net::Link;
use crate::peers::Peer;

/// A line as its receiver got it.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Entry {
    /// A public line, an action or an event of the room.
    Room(String),
    /// So many lines were lost here.
    Gap(usize),
    /// From here on it reads this room.
    Enter { room: String, pt: bool },
    /// A private line.
    Private(String),
    /// An answer.
    Other,
}

/// What one observer saw of its room.
pub(crate) struct Order {
    pub(crate) room: &'static str,
    pub(crate) pt: bool,
    lines: Vec<String>,
    privates: Vec<String>,
}

impl Order {
    pub(crate) fn new(room: &'static str, pt: bool, link: &Link) -> Order {
        let entries = entries(link, pt);
        assert!(
            !entries.iter().any(|entry| matches!(entry, Entry::Gap(_))),
            "the observer lost lines"
        );
        let start = entries
            .iter()
            .rposition(|entry| matches!(entry, Entry::Enter { .. }))
            .expect("the observer is in");
        let line = |entry: &Entry| match entry {
            Entry::Room(line) => Some(line.clone()),
            _ => None,
        };
        let private = |entry: &Entry| match entry {
            Entry::Private(line) => Some(line.clone()),
            _ => None,
        };
        let lines = entries[start..].iter().filter_map(line).collect();
        Order {
            room,
            pt,
            lines,
            privates: entries.iter().filter_map(private).collect(),
        }
    }

    /// Counted texts of one sender, in the order of the room.
    fn said_by<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let mark = format!("<{name}> ");
        self.lines
            .iter()
            .filter_map(move |line| line.strip_prefix(&mark))
            .filter(|text| text.starts_with('x'))
    }

    /// How many came less how many went, by the notices.
    pub(crate) fn balance(&self) -> i64 {
        self.lines
            .iter()
            .map(|line| coming(line) as i64 - going(line) as i64)
            .sum()
    }
}

/// The transcript of one peer against the order of the rooms it was in.
pub(crate) fn check_transcript(peer: &Peer, link: &Link, orders: &[Order]) {
    let entries = entries(link, false);
    let mut at = 0;
    while let Some(enter) = entries[at..]
        .iter()
        .position(|entry| matches!(entry, Entry::Enter { .. }))
    {
        at += enter + 1;
        let Entry::Enter { room, pt } = &entries[at - 1] else {
            unreachable!()
        };
        let order = orders
            .iter()
            .find(|order| order.room == *room && order.pt == *pt)
            .expect("a known room");
        let end = entries[at..]
            .iter()
            .position(|entry| matches!(entry, Entry::Enter { .. }));
        let segment = &entries[at..end.map_or(entries.len(), |end| at + end)];
        check_segment(peer, segment, order);
    }
}

fn check_segment(peer: &Peer, segment: &[Entry], order: &Order) {
    let own = [format!("<{}> ", peer.name), format!("~ {} ", peer.name)];
    let seen: Vec<&String> = order
        .lines
        .iter()
        .filter(|line| !own.iter().any(|own| line.starts_with(own)))
        .collect();
    // Where in the order the next line may stand. Events repeat (somebody joins twice), so until a
    // text comes there may be several places.
    let mut places: Vec<usize> = (0..=seen.len()).collect();
    let mut began = false;
    let mut gap = 0;
    for entry in segment {
        match entry {
            Entry::Gap(lines) => gap += lines,
            Entry::Room(line) => {
                let skipped = if began { gap } else { 0 };
                places.retain_mut(|place| {
                    *place += skipped + 1;
                    seen.get(*place - 1) == Some(&line)
                });
                assert!(
                    !places.is_empty(),
                    "{}: {line:?} is not what comes next after {gap} lost",
                    peer.name
                );
                began = true;
                gap = 0;
            }
            _ => {}
        }
    }
}

/// Everything that a sender's bytes ask for happened, in order: all of it, or, where the server
/// ended the conn for a reason of its own, the beginning of it.
pub(crate) fn check_sender(peer: &Peer, link: &Link, orders: &[Order], stopped: bool) {
    let (said, whispered) = naive_reading(&link.read);
    let mut heard: Vec<&str> = orders
        .iter()
        .filter(|order| !order.pt)
        .flat_map(|order| order.said_by(&peer.name))
        .collect();
    heard.sort_by_key(|text| counter(text));
    let mark = format!("[private from {}] ", peer.name);
    let private: Vec<&str> = orders[0]
        .privates
        .iter()
        .filter_map(|line| line.strip_prefix(&mark))
        .collect();
    assert!(
        said.starts_with(&heard),
        "{}: said {said:?}, heard {heard:?}",
        peer.name
    );
    assert!(
        whispered.starts_with(&private),
        "{}: whispered {whispered:?}, heard {private:?}",
        peer.name
    );
    let transcript = String::from_utf8_lossy(&link.written);
    let ended_by_server = transcript
        .lines()
        .any(|line| line.starts_with("! ") && line.contains("private") && line.contains("unread"))
        || was_put_out(peer, orders)
        || link.reset && outlasts_its_minute(&link.read);
    if !stopped && !ended_by_server {
        assert_eq!(
            said.len(),
            heard.len(),
            "{}: lines were lost: said {said:?}, heard {heard:?}",
            peer.name
        );
        assert_eq!(
            whispered.len(),
            private.len(),
            "{}: private lines were lost",
            peer.name
        );
    }
}

/// Whether flood control may hold these bytes back for longer than the lines of a peer that is gone
/// are said. One of its two buckets, 20 lines and 2048 bytes a second, is always the one that delays.
fn outlasts_its_minute(bytes: &[u8]) -> bool {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    lines / 20 + bytes.len() / 2048 >= 58
}

/// Whether its leave was for a reason of the server.
fn was_put_out(peer: &Peer, orders: &[Order]) -> bool {
    let left = |line: &String| {
        line.starts_with("* ")
            && line.contains(&peer.name)
            && line.contains(" left (")
            && !line.contains("connection lost")
    };
    orders.iter().any(|order| order.lines.iter().any(left))
}

/// What a peer's bytes ask for, read in the most naive way: public texts and texts to watch0.
fn naive_reading(bytes: &[u8]) -> (Vec<&str>, Vec<&str>) {
    let (mut said, mut whispered) = (Vec::new(), Vec::new());
    let mut named = false;
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // Telnet options stand only before a line, see Peer::babble.
        let text = line.rsplit(|byte| *byte >= 0xf0).next().unwrap_or_default();
        let text = text
            .strip_prefix(b"\x1f")
            .or(text.strip_prefix(b"\x01"))
            .unwrap_or(text);
        let Ok(text) = std::str::from_utf8(text) else {
            continue;
        };
        if text.starts_with("peer") {
            named = true;
        } else if named && text.starts_with('x') {
            said.push(text);
        } else if named && text == "/quit" {
            break;
        } else if let Some(text) = ["@watch0 ", "/private watch0 ", "/para WATCH0 "]
            .iter()
            .find_map(|to| text.strip_prefix(to))
        {
            whispered.push(text);
        }
    }
    (said, whispered)
}

/// The counter in a text such as `xpeer3x.17~~~`.
fn counter(text: &str) -> usize {
    let digits = text.split('.').nth(1).unwrap_or_default();
    digits
        .trim_end_matches('~')
        .parse()
        .unwrap_or_else(|_| panic!("no counter in {text:?}"))
}

/// What a receiver got, line by line. A last line without an end was cut off by the connection.
fn entries(link: &Link, mut pt: bool) -> Vec<Entry> {
    let whole = link
        .written
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let bytes: Vec<u8> = without_telnet(&link.written[..whole]);
    let text = String::from_utf8(bytes).expect("what is sent is UTF-8");
    let mut room = None;
    let mut entries = Vec::new();
    for line in text.lines() {
        assert!(
            !line.chars().any(char::is_control),
            "a control character in {line:?}"
        );
        assert!(
            ["<", "[", "~", "*", "!"]
                .iter()
                .any(|mark| line.starts_with(mark)),
            "no mark: {line:?}"
        );
        let entry = classify(line, &mut room, &mut pt);
        entries.push(entry);
    }
    entries
}

fn classify(line: &str, room: &mut Option<String>, pt: &mut bool) -> Entry {
    if line == "* your language is English" || line == "* seu idioma é português" {
        *pt = line.ends_with("português");
        return room
            .clone()
            .map_or(Entry::Other, |room| Entry::Enter { room, pt: *pt });
    }
    if line.starts_with("* welcome, ")
        || line.starts_with("* boas-vindas, ")
        || line.starts_with("* you are in ")
        || line.starts_with("* you are alone in ")
        || line.starts_with("* você está ")
    {
        let name = crate::peers::ROOMS
            .into_iter()
            .find(|room| line.contains(room))
            .expect("a known room");
        *room = Some(name.to_owned());
        return Entry::Enter {
            room: name.to_owned(),
            pt: *pt,
        };
    }
    if let Some(rest) = line.strip_prefix("* ")
        && (rest.contains(" skipped: ") || rest.contains(" pulada"))
    {
        let lines = rest
            .split(' ')
            .next()
            .and_then(|number| number.parse().ok());
        return Entry::Gap(lines.expect("a gap has a number"));
    }
    if line.starts_with('<') || line.starts_with('~') || coming(line) + going(line) > 0 {
        return Entry::Room(line.to_owned());
    }
    if line.starts_with('[') {
        Entry::Private(line.to_owned())
    } else {
        Entry::Other
    }
}

/// How many come by this notice.
fn coming(line: &str) -> usize {
    let words = [" joined", " entrou", " entraram"];
    words.iter().find_map(|word| crowd(line, word)).unwrap_or(0)
}

/// How many leave by this notice.
fn going(line: &str) -> usize {
    let words = [
        " left",
        " saiu",
        " saíram",
        " went to games",
        " went to lobby",
        " foi para games",
        " foi para lobby",
    ];
    let bare = line.split(" (").next().unwrap_or(line);
    words.iter().find_map(|word| crowd(bare, word)).unwrap_or(0)
}

/// The size of `NAME, NAME and 3 others` before `word`.
fn crowd(line: &str, word: &str) -> Option<usize> {
    let list = line.strip_prefix("* ")?.strip_suffix(word)?;
    let parts = list
        .replace(" and ", ", ")
        .replace(" e mais ", ", ")
        .replace(" e ", ", ");
    // A name counts for one, a number for so many.
    let size = |part: &str| {
        let word = part.split(' ').next().unwrap_or_default();
        word.parse::<usize>().unwrap_or(1)
    };
    Some(parts.split(", ").map(size).sum())
}

/// Refusals of telnet options are for telnet, not for the screen.
pub(crate) fn without_telnet(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == 255 {
            at += 3;
        } else {
            text.push(bytes[at]);
            at += 1;
        }
    }
    text
}
