//! Joins and leaves that come one after another, told in one line. It draws nothing.

use crate::session::protocol::{Line, Moved, Way};
use crate::words::{Language, Phrase};

/// The most names of each kind that are told.
const NAMES: usize = 5;
/// With so many a line is full, and the next begins.
const FULL: usize = 100;

/// See the top of this file.
#[derive(Debug, Default)]
pub(super) struct Fold {
    /// What stands before the line.
    pub(super) time: String,
    room: String,
    /// The only line so far, as it came.
    only: Option<String>,
    came: Vec<String>,
    left: Vec<String>,
}

impl Fold {
    /// Begin with a line that tells nothing else.
    pub(super) fn begin(line: &str) -> Option<Fold> {
        let mut fold = Fold {
            room: parse(&Line::parse(line))?.0.to_owned(),
            ..Fold::default()
        };
        fold.add(&Line::parse(line));
        fold.only = Some(line.to_owned());
        Some(fold)
    }

    /// Add a line, if it belongs to these.
    pub(super) fn add(&mut self, line: &Line) -> bool {
        let moved = parse(line).filter(|(room, _)| *room == self.room);
        let Some((_, moved)) = moved.filter(|_| self.came.len() + self.left.len() < FULL) else {
            return false;
        };
        self.only = None;
        // Of who moves to and fro the last is told.
        let (to, from) = match moved.way {
            Way::Came => (&mut self.came, &mut self.left),
            Way::Left | Way::Went => (&mut self.left, &mut self.came),
        };
        for name in moved.names {
            from.retain(|other| other != name);
            to.retain(|other| other != name);
            to.push(name.to_owned());
        }
        true
    }

    /// The line that tells it.
    pub(super) fn line(&self, language: Language) -> String {
        if let Some(line) = &self.only {
            return line.clone();
        }
        let (came, left) = (told(&self.came), told(&self.left));
        let came = came.map(|(names, count)| Phrase::Came(&names, count).text(language));
        let left = left.map(|(names, count)| Phrase::Left(&names, count).text(language));
        let parts: Vec<String> = came.into_iter().chain(left).collect();
        let room = match self.room.as_str() {
            "" => String::new(),
            room => format!("#{room} "),
        };
        format!("{room}* {}", parts.join("; "))
    }
}

/// In which room somebody came or left, if it is another one. Who has more names to tell than one line tells them
/// itself.
fn parse<'a>(line: &Line<'a>) -> Option<(&'a str, Moved<'a>)> {
    let moved = match line {
        Line::Event(text) => ("", Moved::parse(text)?),
        Line::OtherRoom { room, line } => (*room, parse(line)?.1),
        _ => return None,
    };
    let fits = moved.1.is_usual && moved.1.others == 0 && moved.1.names.len() <= FULL;
    fits.then_some(moved)
}

/// The first names and how many more there are, and how many in all.
fn told(names: &[String]) -> Option<(String, usize)> {
    let all = names.len();
    let first = names[..all.min(NAMES)].join(", ");
    let more = match all.saturating_sub(NAMES) {
        0 => String::new(),
        more => format!(" +{more}"),
    };
    (all > 0).then_some((first + &more, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(lines: &[&str], language: Language) -> String {
        let mut lines = lines.iter();
        let first = lines.next().expect("a line");
        let mut fold = Fold::begin(first).expect("somebody moves");
        for line in lines {
            assert!(fold.add(&Line::parse(line)), "{line}");
        }
        fold.line(language)
    }

    #[test]
    fn who_came_and_who_left() {
        for (lines, en, pt) in [
            (
                &["* ana left: \"bye\""][..],
                "* ana left: \"bye\"",
                "* ana left: \"bye\"",
            ),
            (
                &["* ana joined", "* bob e eva entraram"],
                "* ana, bob, eva joined",
                "* ana, bob, eva entraram",
            ),
            (
                &["* ana joined", "* ana left (connection lost)"],
                "* ana left",
                "* ana saiu",
            ),
            (
                &["* ana left", "* bob saiu: \"x\"", "* ana joined"],
                "* ana joined; bob left",
                "* ana entrou; bob saiu",
            ),
            (
                &[
                    "#games * a, b, c, d and e joined",
                    "#games * f and g joined",
                ],
                "#games * a, b, c, d, e +2 joined",
                "#games * a, b, c, d, e +2 entraram",
            ),
        ] {
            assert_eq!(folded(lines, Language::En), en);
            assert_eq!(folded(lines, Language::Pt), pt);
        }
        for line in [
            "* ana left (kicked: x)",
            "* 2 here: ana, bob",
            "* you are in lobby with bob",
            "<ana> bob joined",
            "* a, b, c, d, e and 807 others joined",
        ] {
            assert!(Fold::begin(line).is_none(), "{line}");
        }
        let mut fold = Fold::begin("* ana joined").expect("somebody moves");
        for count in [FULL, FULL + 1, 8000] {
            let names: Vec<String> = (0..count).map(|i| format!("a{i}")).collect();
            let line = format!("* {} joined", names.join(", "));
            let kept = Fold::begin(&line).map(|fold| fold.came.len());
            assert_eq!(kept, (count == FULL).then_some(FULL));
            assert!(count == FULL || !fold.add(&Line::parse(&line)));
        }
        assert!(!fold.add(&Line::parse("#games * bob joined")));
    }
}
