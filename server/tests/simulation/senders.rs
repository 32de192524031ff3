//! What the peers' bytes ask for, read naively, compared with what happened.

use std::collections::BTreeMap;
use std::time::Duration;

use papo_server::dialect::framing::returns_to_newlines;
use papo_server::flood::Rate;
use papo_server::hub::name::Name;
use papo_server::hub::{Id, Question, Time, Verdict};
use papo_server::store::accounts::{Answer, Asker, Owner, Task};

use crate::lines::{Entry, Event, own_names, without_telnet};
use crate::link::Link;
use crate::order::Order;
use crate::peers::{ATTIC, KEPT, Kind, Peer, ROOMS, VPN, kept_name};
use crate::post::Post;
use crate::referee::who;

/// What one peer's bytes ask for.
#[derive(Default, Debug)]
struct Asks {
    /// Public texts, and whether an observer must have heard them.
    said: Vec<(String, bool)>,
    /// Private texts to `watch0`, and to direct users.
    whispered: Vec<String>,
    direct: Vec<String>,
    /// Corrections and reactions.
    referred: Vec<(String, bool)>,
}

/// A line ends at a line end, or for clients without them at the end of a read.
fn naive_reading(peer: &Peer, link: &Link, entries: &[Entry]) -> Asks {
    let mut bytes = match &peer.browser {
        Some(browser) => browser.lines(link.read.len()),
        None => link.read.clone(),
    };
    if peer.kind.is_chunky() {
        for cut in link.cuts.iter().rev() {
            bytes.insert(*cut, b'\n');
        }
    }
    if peer.kind == Kind::Raw {
        returns_to_newlines(&mut bytes);
    }
    let mut asks = Asks::default();
    // Who is back may be in another room than the lobby.
    let first = entries.iter().find_map(|entry| match entry {
        Entry::Enter { room, .. } => Some(room),
        _ => None,
    });
    let mut heard = first.is_none_or(|room| ROOMS.contains(&room.as_str()));
    let [x, p, d, e] = mark_of(peer.link);
    for line in without_telnet(&bytes).split(|byte| *byte == b'\n') {
        // A character cut by a reset looks like an invalid one.
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches('\r');
        let last = line.rsplit(' ').next().unwrap_or_default();
        if line.len() > 1024 {
            continue;
        } else if peer.kind == Kind::Relay {
            match line {
                "x" => break,
                _ if line.starts_with(&x) => asks.said.push((line.to_owned(), true)),
                _ => {}
            }
        } else if let Some(room) = line.strip_prefix("/join ") {
            heard = room != ATTIC;
        } else if line == "/leave" || line.starts_with("/leave ") {
            // Where it speaks then depends on what else it has joined.
            heard = false;
        } else if line == "/quit" || line.starts_with("/quit ") {
            break;
        } else if line.starts_with(&x) || line.starts_with("/me ") && last.starts_with(&x) {
            asks.said.push((last.to_owned(), heard));
        } else if last.starts_with(&p) {
            asks.whispered.push(last.to_owned());
        } else if last.starts_with(&e) {
            // There may be no line of its own.
            asks.referred.push((last.to_owned(), false));
        } else if last.starts_with(&d) {
            asks.direct.push(last.to_owned());
        }
    }
    asks
}

/// What its public, private and direct texts begin with, and what it says about lines.
fn mark_of(link: usize) -> [String; 4] {
    ["x", "p", "d", "e"].map(|kind| format!("{kind}{link}."))
}

/// Everything that a peer's bytes ask for happened, in order and once: all of it, or the beginning
/// if `cut`, or if the server ended it for a reason of its own. If anybody was muted (`muting`),
/// lines may be refused instead.
pub(crate) fn check(
    peer: &Peer,
    link: &Link,
    entries: &[Entry],
    orders: &[Order],
    post: &Post,
    cut: bool,
    muting: bool,
) {
    let asks = naive_reading(peer, link, entries);
    let [x, p, d, e] = mark_of(peer.link);
    let heard = heard_of(&asks.said, &x, orders);
    let referred = heard_of(&asks.referred, &e, orders);
    let private: Vec<&str> = orders[0]
        .privates
        .iter()
        .map(|(_, text)| text.as_str())
        .filter(|text| text.starts_with(&p))
        .collect();
    let ended = cut || was_ended(peer, link, entries, orders);
    let mut slack = Slack::of(peer, link, entries, ended, muting);
    let who = who(peer);
    compare(&who, &asks.said, &heard, &mut slack);
    compare(&who, &asks.referred, &referred, &mut slack);
    let must = |texts: &[String]| {
        texts
            .iter()
            .map(|text| (text.clone(), true))
            .collect::<Vec<_>>()
    };
    compare(&who, &must(&asks.whispered), &private, &mut slack);
    // To a direct user: sent, or refused because nobody has the address. Each user gets their lines
    // in order; those to one user may wait until the client has proven its address.
    let mut handed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, bytes) in &post.sent {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        if let Some((head, text)) = text.split_once(" #m#")
            && let Some(to) = head
                .strip_prefix("Envia ")
                .and_then(|to| to.split(' ').next())
            && text.starts_with(&d)
        {
            handed.entry(to).or_default().push(text);
        }
    }
    let may: Vec<(String, bool)> = asks
        .direct
        .iter()
        .map(|text| (text.clone(), false))
        .collect();
    for handed in handed.values() {
        compare(&who, &may, handed, &mut slack);
    }
}

/// The public texts of one sender with this mark that were heard, in the order sent.
fn heard_of<'a>(asked: &[(String, bool)], mark: &str, orders: &'a [Order]) -> Vec<&'a str> {
    let mut heard: Vec<&str> = orders
        .iter()
        .flat_map(|order| &order.events)
        .filter_map(|event| match event {
            Event::Said { text, .. } | Event::Acted { text, .. } => Some(text.as_str()),
            Event::About(about) => Some(about.text.as_str()),
            _ => None,
        })
        .filter(|text| text.starts_with(mark))
        .collect();
    // The rooms are read one after the other; the peer may have moved in between. A text cut by a
    // reset may equal another one (`x2.2` of `x2.25`): the nth is the nth.
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    heard.sort_by_cached_key(|text| {
        let nth = met.entry(*text).or_default();
        *nth += 1;
        let same = asked.iter().enumerate();
        let mut same = same.filter(|(_, (said, _))| said == text);
        same.nth(*nth - 1).map(|(at, _)| at)
    });
    heard
}

/// Why not everything asked for may have happened.
struct Slack {
    /// The beginning may have been refused.
    refused: bool,
    /// The end may be cut off.
    cut: bool,
    /// This many were refused because their sender was muted, or taken for the operators' password.
    unsaid: usize,
}

impl Slack {
    fn of(peer: &Peer, link: &Link, entries: &[Entry], ended: bool, muting: bool) -> Slack {
        // Before there is a name, texts are refused as names.
        let welcomed = entries
            .iter()
            .position(|entry| matches!(entry, Entry::Enter { .. }));
        let first = welcomed.unwrap_or(entries.len());
        let is_refusal = |entry| matches!(entry, &Entry::Refused(_) | &Entry::AskPassword(_));
        // A lost peer is told nothing of it.
        let is_lost = link.reset && welcomed.is_none();
        let was_refused = is_lost || entries[..first].iter().any(is_refusal);
        let named = welcomed.is_some() || peer.kind == Kind::Relay;
        let may_prove = peer.kind == Kind::Operator;
        let is_unsaid = |entry: &&Entry| entry.is_muted() || **entry == Entry::AskProof;
        Slack {
            refused: was_refused,
            cut: ended || !named,
            // A peer that is gone has not read all refusals.
            unsaid: match (muting || may_prove) && (link.reset || link.closed && !link.server_fin) {
                true => usize::MAX,
                false => entries.iter().filter(is_unsaid).count(),
            },
        }
    }
}

/// `heard` has the texts of `said` in order, and all that it must have.
fn compare(who: &str, said: &[(String, bool)], heard: &[&str], slack: &mut Slack) {
    let mut rest = heard.iter().peekable();
    for (text, must) in said {
        let is_next = rest.next_if(|next| **next == text).is_some();
        let before = rest.len() == heard.len() && slack.refused;
        let after = rest.len() == 0 && slack.cut;
        if is_next || !must || before || after {
            continue;
        }
        assert!(
            slack.unsaid > 0,
            "{who}: {text:?} was lost or doubled; of {} heard {}, the rest is {rest:?}",
            said.len(),
            heard.len()
        );
        slack.unsaid -= 1;
    }
    assert_eq!(rest.len(), 0, "{who}: heard {heard:?}, said only {said:?}");
}

/// Whether the server ended the conn for a reason of its own, or its last lines had no time.
fn was_ended(peer: &Peer, link: &Link, entries: &[Entry], orders: &[Order]) -> bool {
    let told = entries
        .iter()
        .any(|entry| matches!(entry, Entry::Bye(why) if !why.is_empty()));
    let mut names = own_names(entries);
    names.insert(&peer.name);
    let put_out = names
        .iter()
        .any(|name| orders.iter().any(|order| order.put_out(name)));
    // Unwatched or broken for good: the server loses it, sooner or later.
    told || put_out || link.unwatched || link.failed || link.reset && outlasts(&link.read)
}

/// Whether a user with the password may have replaced it without it or an observer being told that it
/// left: its connection broke.
pub(crate) fn may_be_replaced(
    peer: &Peer,
    link: &Link,
    entries: &[Entry],
    answers: &[Answer],
) -> bool {
    let mut names = own_names(entries);
    names.insert(&peer.name);
    let is_its = |kept: &str| {
        let key_of = |name: &&str| Name::parse(name).expect("a legal name").key().to_owned();
        names.iter().any(|name| key_of(name) == kept)
    };
    let by_another = |answer: &Answer| {
        let is_its = key_of(answer).is_some_and(is_its);
        let is_own = link.id.is_some_and(|id| is_by(answer, id));
        is_its && is_proof(answer) && !is_own
    };
    link.reset && answers.iter().any(by_another)
}

/// Whether flood control may delay these bytes for longer than the lines of a lost peer are said.
/// One of its two buckets, 20 lines and 2048 bytes a second, always limits.
fn outlasts(bytes: &[u8]) -> bool {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    lines / 20 + bytes.len() / 2048 >= 58
}

/// I9: at no time more was said than burst and rate allow.
pub(crate) fn check_rate(orders: &[Order], links: &[Link], rate: Rate) {
    if rate.lines_per_s == 0 {
        return;
    }
    let mut lines: Vec<(Time, usize)> = Vec::new();
    for (event, at) in orders
        .iter()
        .flat_map(|order| order.events.iter().zip(&order.times))
    {
        let Event::Said { text, .. } = event else {
            continue;
        };
        let marked = text.strip_prefix('x').and_then(|text| text.split_once('.'));
        let link = marked.and_then(|(link, _)| link.parse().ok());
        lines.extend(link.map(|link: usize| (*at, link)));
    }
    lines.sort_unstable();
    let mut said: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, link) in lines {
        let count = said.entry(link).or_default();
        *count += 1;
        let since = at - links[link].accepted.expect("it has spoken");
        let most = f64::from(rate.burst) + since.as_secs_f64() * f64::from(rate.lines_per_s) + 1.0;
        assert!(
            *count as f64 <= most,
            "I9: {link} said {count} lines in {since:?}"
        );
    }
}

/// I10: a conn closed for lack of time had as much as promised, and not much more.
pub(crate) fn check_times(link: &Link, entries: &[Entry], late: Duration) {
    let Some(Entry::Bye(why)) = entries.last() else {
        return;
    };
    let (Some(accepted), Some((_, at))) = (link.accepted, link.times.last()) else {
        return;
    };
    let lived = *at - accepted;
    if why.contains("no name came in time") || why.contains("o nome não veio a tempo") {
        let (least, most) = match link.door {
            VPN => (60, 601),
            _ => (10, 61),
        };
        let in_time = lived >= Duration::from_secs(least);
        let is_late = lived > Duration::from_secs(most) + late;
        assert!(in_time && !is_late, "I10: {lived:?} without a name");
    }
    if why.contains("read nothing for too long") || why.contains("tempo demais sem ler") {
        assert!(
            lived >= Duration::from_secs(600),
            "I10: stuck after {lived:?}"
        );
    }
}

/// Whether an answer says that its asker knows the password of the name.
fn is_proof(answer: &Answer) -> bool {
    let Task::Ask(_, question) = &answer.task else {
        return false;
    };
    matches!(
        (question, answer.verdict),
        (Question::Verify(_), Verdict::Right) | (Question::Renew { .. }, Verdict::Changed)
    )
}

/// The key of the name that an answer is about.
fn key_of(answer: &Answer) -> Option<&str> {
    match &answer.task {
        Task::Ask(Owner::Name { key, .. }, _)
        | Task::Reset(Owner::Name { key, .. })
        | Task::Free(Owner::Name { key, .. }) => Some(key),
        _ => None,
    }
}

fn is_of(answer: &Answer, key: &str) -> bool {
    key_of(answer) == Some(key)
}

fn is_by(answer: &Answer, id: Id) -> bool {
    matches!(answer.asker, Asker::Conn(who, _) if who == id)
}

/// Nobody got a registered name without its password, or became an operator without theirs.
pub(crate) fn check_proofs(link: &Link, entries: &[Entry], answers: &[Answer]) {
    let Some(id) = link.id else { return };
    let key_of = |name: &str| Name::parse(name).expect("a legal name").key().to_owned();
    let proved = |name: &str| {
        let key = key_of(name);
        answers
            .iter()
            .any(|answer| is_proof(answer) && is_of(answer, &key) && is_by(answer, id))
    };
    // Unless an operator has ended its registration.
    let is_kept = |name: &str| {
        let key = key_of(name);
        let is_freed = |answer: &Answer| answer.verdict == Verdict::Removed && is_of(answer, &key);
        (0..KEPT).any(|n| kept_name(n) == name) && !answers.iter().any(is_freed)
    };
    let mut asked = None;
    for entry in entries {
        match entry {
            Entry::AskPassword(name) => asked = Some(name),
            Entry::AskName => asked = None,
            Entry::Operator => {
                let is_right = |answer: &Answer| {
                    matches!(answer.task, Task::Ask(_, Question::Operator(_)))
                        && answer.verdict == Verdict::Right
                        && is_by(answer, id)
                };
                assert!(
                    answers.iter().any(is_right),
                    "an operator without the password"
                );
            }
            Entry::Enter {
                welcome: Some(name),
                ..
            } => {
                let needs = is_kept(name) || asked.is_some_and(|asked| asked == name);
                assert!(!needs || proved(name), "{name} got in without its password");
            }
            Entry::YouAre(name) => {
                assert!(
                    !is_kept(name) || proved(name),
                    "{name} was taken without its password"
                );
            }
            _ => {}
        }
    }
}
