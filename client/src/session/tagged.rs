//! Lines with tags, of docs/protocol.md's chapter "Programs": when and where a line was told, and what a program
//! has to do about it. It keeps nothing; lines without tags, and words that are not known, are `None`.
//!
//! Invariant: only what stands at the server's places is looked at, so no user can forge a tag.

/// A line with its tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tagged<'a> {
    /// In seconds since 1970.
    pub(super) at: i64,
    pub(super) place: Option<Place<'a>>,
    pub(super) told: Told<'a>,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) room: &'a str,
    /// Only lines of before name it.
    pub(super) epoch: Option<u64>,
    pub(super) number: Option<u64>,
}

/// A line of a room that another one is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct About {
    /// If it is another one than that of the line.
    pub(super) epoch: Option<u64>,
    pub(super) number: u64,
}

/// What a line tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told<'a> {
    /// A line as everybody reads it: `<`, `~`, `*`, `!` or `[`.
    Line(&'a str),
    /// An answer to a line.
    Answer(About, &'a str),
    /// What somebody has done to a line.
    Deed {
        about: About,
        by: &'a str,
        did: Did<'a>,
    },
    /// A line of before, and whether its text is another one than it was.
    Before {
        re: Option<About>,
        is_edited: bool,
        line: &'a str,
    },
    /// What was sent is a line of the room, or done.
    Said { mark: Option<&'a str> },
    /// The room's last line so far has the number of the place, in this epoch.
    Epoch(u64),
    /// So many lines are missing; 0 if nobody knows how many.
    Skipped(u64),
    /// For taking one's place over after a drop.
    Key(&'a str),
    /// One has taken it over: the rooms, first the one that one speaks in.
    Resumed { name: &'a str, rooms: Vec<&'a str> },
    /// What was missed of the room is not sent.
    Cannot,
}

/// See [`Told::Deed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Did<'a> {
    Edited(&'a str),
    Deleted,
    Reacted(&'a str),
    Pinned,
    Unpinned,
}

impl<'a> Tagged<'a> {
    /// Parse a received line.
    pub(super) fn parse(line: &'a str) -> Option<Tagged<'a>> {
        let (at, rest) = line.strip_prefix('@')?.split_once(' ')?;
        let at = at.parse().ok()?;
        let (place, rest) = match rest.strip_prefix('#') {
            None => (None, rest),
            Some(placed) => {
                let (place, rest) = placed.split_once(' ')?;
                (Some(Place::parse(place)?), rest)
            }
        };
        let told = told(place, rest)?;
        Some(Tagged { at, place, told })
    }
}

impl<'a> Place<'a> {
    /// `ROOM`, `ROOM:NUMBER` or `ROOM:EPOCH:NUMBER`.
    pub(super) fn parse(text: &'a str) -> Option<Place<'a>> {
        let (room, id) = text.split_once(':').unzip();
        let line = match id {
            Some(id) => Some(About::parse(id)?),
            None => None,
        };
        Some(Place {
            room: room.unwrap_or(text),
            epoch: line.and_then(|line| line.epoch),
            number: line.map(|line| line.number),
        })
    }
}

/// What stands behind the tag.
fn told<'a>(place: Option<Place<'a>>, rest: &'a str) -> Option<Told<'a>> {
    let in_line = place.is_some_and(|place| place.number.is_some());
    if rest.starts_with(['<', '~', '*', '!', '[']) {
        return Some(Told::Line(rest));
    }
    if let Some(about) = rest.strip_prefix('^').filter(|_| in_line) {
        let (about, rest) = about.split_once(' ')?;
        return of_line(About::parse(about)?, rest);
    }
    let (word, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(match (word, place) {
        ("said", _) => Told::Said {
            mark: Some(rest).filter(|mark| !mark.is_empty()),
        },
        ("epoch", Some(_)) if in_line => Told::Epoch(rest.parse().ok()?),
        ("skipped", Some(_)) => Told::Skipped(rest.parse().ok()?),
        ("old", Some(_)) if in_line => before(rest)?,
        ("cannot", Some(_)) => Told::Cannot,
        ("key", None) => Told::Key(rest),
        ("resumed", None) => {
            let (name, rooms) = rest.split_once(' ')?;
            let rooms = rooms.split(' ').filter_map(|room| room.strip_prefix('#'));
            Told::Resumed {
                name,
                rooms: rooms.collect(),
            }
        }
        _ => return None,
    })
}

impl About {
    /// `NUMBER` or `EPOCH:NUMBER`.
    fn parse(text: &str) -> Option<About> {
        let (epoch, number) = match text.split_once(':') {
            Some((epoch, number)) => (Some(epoch.parse().ok()?), number),
            None => (None, text),
        };
        let number = number.parse().ok()?;
        Some(About { epoch, number })
    }
}

fn of_line(about: About, rest: &str) -> Option<Told<'_>> {
    if rest.starts_with('<') {
        return Some(Told::Answer(about, rest));
    }
    let (did, rest) = rest.split_once(" <")?;
    let (by, text) = rest.split_once('>')?;
    let text = text.strip_prefix(' ').unwrap_or(text);
    let did = match did {
        "edited" => Did::Edited(text),
        "deleted" => Did::Deleted,
        "reacted" => Did::Reacted(text),
        "pinned" => Did::Pinned,
        "unpinned" => Did::Unpinned,
        _ => return None,
    };
    Some(Told::Deed { about, by, did })
}

fn before(rest: &str) -> Option<Told<'_>> {
    let (re, rest) = match rest.strip_prefix('^') {
        Some(about) => {
            let (about, rest) = about.split_once(' ')?;
            (Some(About::parse(about)?), rest)
        }
        None => (None, rest),
    };
    let edited = rest.strip_prefix("edited ");
    let line = edited.unwrap_or(rest);
    line.starts_with(['<', '~']).then_some(Told::Before {
        re,
        is_edited: edited.is_some(),
        line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(line: &str) -> Option<Told<'_>> {
        Tagged::parse(line).map(|tagged| tagged.told)
    }

    #[test]
    fn each_form_of_the_protocol() {
        let about = |number| About {
            epoch: None,
            number,
        };
        for (line, expected) in [
            ("<ana> 1 > 0", Told::Line("<ana> 1 > 0")),
            ("~ ana waves", Told::Line("~ ana waves")),
            ("^3 <bob> yes", Told::Answer(about(3), "<bob> yes")),
            ("said", Told::Said { mark: None }),
            ("said m1", Told::Said { mark: Some("m1") }),
            ("epoch 7", Told::Epoch(7)),
            ("skipped 0", Told::Skipped(0)),
            ("cannot too-far-back", Told::Cannot),
            (
                "old ^5:2 edited ~ ana waves",
                Told::Before {
                    re: Some(About {
                        epoch: Some(5),
                        number: 2,
                    }),
                    is_edited: true,
                    line: "~ ana waves",
                },
            ),
        ] {
            assert_eq!(
                told(&format!("@9 #lobby:4 {line}")),
                Some(expected),
                "{line}"
            );
        }
        for (line, by, did) in [
            ("edited <ana> a > b", "ana", Did::Edited("a > b")),
            ("deleted <ana>", "ana", Did::Deleted),
            ("reacted <bob> +1", "bob", Did::Reacted("+1")),
            ("pinned <op>", "op", Did::Pinned),
            ("unpinned <op>", "op", Did::Unpinned),
        ] {
            let about = about(3);
            let deed = Told::Deed { about, by, did };
            assert_eq!(
                told(&format!("@9 #lobby:4 ^3 {line}")),
                Some(deed),
                "{line}"
            );
        }
        assert_eq!(told("@9 key 00ff"), Some(Told::Key("00ff")));
        let resumed = Told::Resumed {
            name: "ana",
            rooms: vec!["lobby", "games"],
        };
        assert_eq!(told("@9 resumed ana #lobby #games"), Some(resumed));
        let private = "[private from bob] #lobby:4 said";
        assert_eq!(told(&format!("@9 {private}")), Some(Told::Line(private)));
    }

    #[test]
    fn places_and_times() {
        let tagged = Tagged::parse("@1764156364 #lobby:5:17 old <ana> x").expect("a tag");
        let place = Place {
            room: "lobby",
            epoch: Some(5),
            number: Some(17),
        };
        assert_eq!((tagged.at, tagged.place), (1_764_156_364, Some(place)));
        for line in [
            "<ana> @9 #lobby:4 said",
            "@x <ana> x",
            "@9",
            "@9 #lobby:x said",
            "@9 #lobby:1:2:3 <ana> x",
            "@9 #lobby:1 news to come",
            "@9 #lobby key 1",
            "@9 epoch 7",
        ] {
            assert_eq!(Tagged::parse(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_does_harm(line in "@[0-9]{1,3} (#[a-z]{1,3}(:[0-9]{1,2}){0,3} )?[\\^a-z0-9:<> ~*!#]{0,40}") {
            let _ = Tagged::parse(&line);
        }
    }
}
