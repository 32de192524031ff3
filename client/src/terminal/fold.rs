//! Joins and leaves that come one after another, told in one line. It draws nothing.

use crate::session::protocol::{Line, Moved, Way};
use crate::words::{Language, Phrase};

/// The most names of each kind that are told.
const NAMES: usize = 5;
/// With so many a line is full, and the next begins.
const FULL: usize = 100;

/// In the order in which they are told.
const WAYS: [Way; 3] = [Way::Came, Way::Back, Way::Left];

/// See the top of this file.
#[derive(Debug, Default)]
pub(super) struct Fold {
    /// What stands before the line.
    pub(super) time: String,
    room: String,
    /// The only line so far, as it came.
    only: Option<String>,
    /// Those who came, who are back, and who left.
    names: [Vec<String>; 3],
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
        let count: usize = self.names.iter().map(Vec::len).sum();
        let moved = parse(line).filter(|(room, _)| *room == self.room && count < FULL);
        let Some((_, Moved { names, way, .. })) = moved else {
            return false;
        };
        self.only = None;
        // Of who moves to and fro the last is told.
        for name in names {
            (self.names.iter_mut()).for_each(|names| names.retain(|other| other != name));
            self.names[WAYS.iter().position(|of| *of == way).unwrap_or(2)].push(name.to_owned());
        }
        true
    }

    /// The line that tells it.
    pub(super) fn line(&self, language: Language) -> String {
        if let Some(line) = &self.only {
            return line.clone();
        }
        let all = WAYS.into_iter().zip(&self.names);
        let parts = all.filter_map(|(way, names)| told(way, names, language));
        let parts: Vec<String> = parts.collect();
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

/// What these did, with the first names and how many more there are.
fn told(way: Way, names: &[String], language: Language) -> Option<String> {
    let all = names.len();
    let first = names[..all.min(NAMES)].join(", ");
    let more = match all.saturating_sub(NAMES) {
        0 => String::new(),
        more => format!(" +{more}"),
    };
    (all > 0).then(|| Phrase::Moved(way, &(first + &more), all).text(language))
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
                &[
                    "* ana left",
                    "* ana and bob are back",
                    "* eva joined",
                    "* gil voltou",
                ],
                "* eva joined; ana, bob, gil are back",
                "* eva entrou; ana, bob, gil voltaram",
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
            let kept = Fold::begin(&line).map(|fold| fold.names[0].len());
            assert_eq!(kept, (count == FULL).then_some(FULL));
            assert!(count == FULL || !fold.add(&Line::parse(&line)));
        }
        assert!(!fold.add(&Line::parse("#games * bob joined")));
    }
}
