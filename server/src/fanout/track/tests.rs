//! Compares a track with a naive queue that copies every line for its reader.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::{Reading, Spare, Track};
use crate::fanout::feed::Feed;
use crate::fanout::sent::{Last, Log, Stretches};
use crate::hub::LineId;
use crate::limits::{FEED_FIRST_BYTES, INSERT_BYTES};

/// The id of lines whose id does not matter.
const LINE: LineId = LineId {
    epoch: 1,
    number: 1,
};

fn advance(track: &mut Track, end: u64, n: usize) -> usize {
    let mut log = Log {
        last: &mut Last::default(),
        stretches: &mut Stretches::default(),
        room: None,
    };
    track.advance(end, n, &mut log)
}

fn gap_words(lines: u64) -> Vec<u8> {
    format!("* {lines} skipped\n").into_bytes()
}

#[test]
fn a_reader_that_is_always_one_line_behind_holds_little() {
    let (mut track, spare) = (Track::default(), &mut Spare::default());
    let line = [b'x'; 1000];
    track.insert(0, &line, spare);
    for _ in 0..100_000 {
        track.insert(0, &line, spare);
        advance(&mut track, 0, line.len());
        assert!(track.memory() <= 4 * INSERT_BYTES, "{}", track.memory());
    }
    track.invariants(0);
    assert_eq!(track.private(), line.len());
}

#[test]
fn a_long_queue_shrinks_again_even_if_it_is_never_empty() {
    let (mut track, spare) = (Track::default(), &mut Spare::default());
    // Each at another place of the feed, as where public lines come between.
    for end in 0..10_000 {
        track.insert(end, b"hi\n", spare);
    }
    assert!(track.memory() > 200_000);
    advance(&mut track, 9_999, 9_999 * 3 + 9_998);
    assert!(track.private() > 0);
    assert!(track.memory() < 2_000, "{}", track.memory());
}

/// One that has its first ring.
fn feed() -> Feed {
    let mut feed = Feed::new(FEED_FIRST_BYTES);
    feed.resize(FEED_FIRST_BYTES);
    feed
}

/// What a reader is owed, as whole copies.
#[derive(Default)]
struct Naive {
    queue: VecDeque<Item>,
}

enum Item {
    Public {
        at: u64,
        bytes: Vec<u8>,
        sent: usize,
    },
    Private {
        at: u64,
        bytes: Vec<u8>,
        sent: usize,
    },
    Gap {
        at: u64,
        lines: u64,
    },
}

impl Item {
    fn at(&self) -> u64 {
        match self {
            Item::Public { at, .. } | Item::Private { at, .. } | Item::Gap { at, .. } => *at,
        }
    }
}

impl Naive {
    fn tell_gaps(&mut self) {
        for item in &mut self.queue {
            if let Item::Gap { at, lines } = *item {
                *item = Item::Private {
                    at,
                    bytes: gap_words(lines),
                    sent: 0,
                };
            }
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for item in &self.queue {
            if let Item::Public { bytes, sent, .. } | Item::Private { bytes, sent, .. } = item {
                all.extend_from_slice(&bytes[*sent..]);
            }
        }
        all
    }

    fn sent(&mut self, mut n: usize) {
        while let Some(Item::Public { bytes, sent, .. } | Item::Private { bytes, sent, .. }) =
            self.queue.front_mut()
        {
            let step = n.min(bytes.len() - *sent);
            *sent += step;
            n -= step;
            if *sent < bytes.len() {
                return;
            }
            self.queue.pop_front();
        }
    }

    fn skip_ahead(&mut self, to: u64) {
        let later = self
            .queue
            .iter()
            .position(|item| item.at() >= to)
            .unwrap_or(self.queue.len());
        let kept = self.queue.split_off(later);
        let mut lost = 0;
        self.queue.retain(|item| match item {
            Item::Public { sent: 0, .. } => {
                lost += 1;
                false
            }
            Item::Public { .. } | Item::Private { .. } | Item::Gap { .. } => true,
        });
        self.all_private_at(to);
        match self.queue.back_mut() {
            _ if lost == 0 => {}
            Some(Item::Gap { lines, .. }) => *lines += lost,
            _ => self.queue.push_back(Item::Gap {
                at: to,
                lines: lost,
            }),
        }
        self.queue.extend(kept);
    }

    fn all_private_at(&mut self, end: u64) {
        for item in &mut self.queue {
            *item = match item {
                Item::Public { bytes, sent, .. } | Item::Private { bytes, sent, .. } => {
                    Item::Private {
                        at: end,
                        bytes: std::mem::take(bytes),
                        sent: *sent,
                    }
                }
                Item::Gap { lines, .. } => Item::Gap {
                    at: end,
                    lines: *lines,
                },
            };
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Line { len: usize, own: bool },
    Private(usize),
    Write(usize),
    Forget(u64),
    Move { keep: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1usize..40, any::<bool>()).prop_map(|(len, own)| Step::Line { len, own }),
        2 => (1usize..40).prop_map(Step::Private),
        3 => (0usize..90).prop_map(Step::Write),
        1 => (0u64..400).prop_map(Step::Forget),
        1 => (0usize..200).prop_map(|keep| Step::Move { keep }),
    ]
}

/// Both sides of the comparison, and the feed that the real one reads.
struct Pair {
    feed: Feed,
    track: Track,
    spare: Spare,
    naive: Naive,
    count: usize,
}

impl Pair {
    fn text(&mut self, len: usize) -> Vec<u8> {
        self.count += 1;
        let mut line = format!("{}:", self.count).into_bytes();
        line.resize(line.len() + len, b'x');
        line.push(b'\n');
        line
    }

    fn run(&mut self, step: &Step) {
        let end = self.feed.end();
        match *step {
            Step::Line { len, own } => {
                let bytes = self.text(len);
                if !self.feed.fits(bytes.len()) {
                    return;
                }
                if own {
                    self.track.skip(end, bytes.len(), &mut self.spare);
                } else {
                    self.naive.queue.push_back(Item::Public {
                        at: end,
                        bytes: bytes.clone(),
                        sent: 0,
                    });
                }
                self.feed.append(&bytes, LINE);
            }
            Step::Private(len) => {
                let bytes = self.text(len);
                self.track.insert(end, &bytes, &mut self.spare);
                self.naive.queue.push_back(Item::Private {
                    at: end,
                    bytes,
                    sent: 0,
                });
            }
            Step::Write(n) => {
                self.track.tell_gaps(gap_words);
                self.naive.tell_gaps();
                let real: Vec<u8> = self
                    .track
                    .pieces(Some(&self.feed))
                    .flatten()
                    .copied()
                    .collect();
                assert_eq!(
                    String::from_utf8_lossy(&real),
                    String::from_utf8_lossy(&self.naive.bytes())
                );
                let n = n.min(real.len());
                advance(&mut self.track, end, n);
                self.naive.sent(n);
            }
            Step::Forget(bytes) => {
                let to = self.feed.line_at_or_after(self.feed.start() + bytes);
                if self.track.cursor() < to {
                    self.track.skip_ahead(&self.feed, to);
                    self.naive.skip_ahead(to);
                }
                self.feed.drop_before(to);
            }
            Step::Move { keep } => {
                let to = self.feed.line_at_or_after(end.saturating_sub(keep as u64));
                if self.track.cursor() < end.saturating_sub(keep as u64) {
                    self.naive.skip_ahead(to);
                }
                self.track.detach(&self.feed, keep);
                self.feed = feed();
                self.feed.append(b"of before\n", LINE);
                self.track.attach(self.feed.end(), Reading::new(0, 0));
                self.naive.all_private_at(self.feed.end());
            }
        }
        self.feed.invariants();
        self.track.invariants(self.feed.end());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn tells_what_a_naive_queue_tells(steps in proptest::collection::vec(step(), 1..120)) {
        let mut pair = Pair { feed: feed(), track: Track::default(), spare: Spare::default(), naive: Naive::default(), count: 0 };
        for step in &steps {
            pair.run(step);
        }
        pair.run(&Step::Write(usize::MAX));
        prop_assert!(pair.track.is_empty(pair.feed.end()));
        prop_assert_eq!(pair.track.private(), 0);
    }
}

#[test]
fn a_private_line_has_its_place_among_public_ones() {
    let mut feed = feed();
    let (mut track, spare) = (Track::default(), &mut Spare::default());
    track.attach(feed.end(), Reading::new(0, 0));
    feed.append(b"<bob> one\n", LINE);
    track.insert(feed.end(), b"[private from eva] psst\n", spare);
    track.skip(feed.end(), b"<ana> mine\n".len(), spare);
    feed.append(b"<ana> mine\n", LINE);
    feed.append(b"<bob> two\n", LINE);
    let told: Vec<u8> = track.pieces(Some(&feed)).flatten().copied().collect();
    assert_eq!(told, b"<bob> one\n[private from eva] psst\n<bob> two\n");
}

#[test]
fn a_reader_moved_ahead_gets_the_rest_of_its_line_and_the_number_of_lost_ones() {
    let mut feed = feed();
    let mut track = Track::default();
    track.attach(feed.end(), Reading::new(0, 0));
    for n in 1..=5 {
        feed.append(format!("<bob> {n}\n").as_bytes(), LINE);
    }
    advance(&mut track, feed.end(), 3);
    track.skip_ahead(&feed, feed.line_at_or_after(feed.end() - 8));
    track.tell_gaps(gap_words);
    let told: Vec<u8> = track.pieces(Some(&feed)).flatten().copied().collect();
    assert_eq!(
        String::from_utf8(told).unwrap(),
        "b> 1\n* 3 skipped\n<bob> 5\n"
    );
}
