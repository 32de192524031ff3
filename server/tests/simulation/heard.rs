//! What somebody with nc has heard of their rooms, over all of their sessions, as their screen shows it: live, told
//! again because they missed it, or told again from before that.

use std::collections::BTreeMap;

/// The one in which they speak, and another.
pub(crate) const ROOMS: [&str; 2] = ["lobby", "kitchen"];

/// What a person has of a room.
#[derive(Default)]
pub(crate) struct Heard {
    /// Lines without a break; between two of these it was told that not all that was missed follows.
    pub(crate) runs: Vec<Vec<String>>,
    /// How many of the lines that were missed are still to follow.
    pub(crate) missed: usize,
    /// Where in the last run what was missed began, as long as nothing has come after it: if that had not
    /// reached them it is told again from there.
    begins: Vec<usize>,
    /// The last lines follow, since it is not known which were missed, or those are too many.
    pub(crate) is_unknown: bool,
    /// In this session something else has come than lines of before what was missed, which are those.
    pub(crate) has_begun: bool,
    pub(crate) before: Vec<String>,
}

fn of<'a>(heard: &'a mut BTreeMap<String, Heard>, room: &str) -> &'a mut Heard {
    heard.entry(room.to_owned()).or_default()
}

/// A line of somebody's screen.
pub(crate) fn take(heard: &mut BTreeMap<String, Heard>, name: &str, line: &str, is_first: bool) {
    let text = line.strip_prefix("* ").unwrap_or_default();
    let is_incomplete =
        text.contains(" since you were away") && text.contains("; here are the last ");
    if is_incomplete || text.starts_with("which lines you have missed is not known") {
        let rest = text
            .split_once(" in ")
            .and_then(|(_, rest)| rest.split_once(';'));
        let heard = of(heard, rest.map_or(ROOMS[0], |(room, _)| room));
        (heard.is_unknown, heard.has_begun) = (true, true);
        heard.before.clear();
        heard.begins.clear();
        if heard.runs.is_empty() {
            heard.runs.push(Vec::new());
        }
        return heard.runs.push(Vec::new());
    }
    if let Some((count, rest)) = text.split_once(" since you were away") {
        let heard = of(heard, rest.strip_prefix(" in ").unwrap_or(ROOMS[0]));
        assert_eq!(heard.missed, 0, "{name}: {line}");
        let count = count.split(' ').next().and_then(|count| count.parse().ok());
        heard.missed = count.expect("a number");
        heard.has_begun = true;
        let begin = heard.runs.last().map_or(0, Vec::len);
        return heard.begins.push(begin);
    }
    let past = text
        .strip_prefix('[')
        .and_then(|text| text.split_once("] "));
    let said = past.map_or(line, |(_, said)| said);
    let marked = said.strip_prefix('#').and_then(|said| said.split_once(' '));
    let (room, said) = marked.unwrap_or((ROOMS[0], said));
    if !said.starts_with('<') {
        return;
    }
    let heard = of(heard, room);
    if heard.runs.is_empty() {
        heard.runs.push(Vec::new());
    }
    match past {
        Some(_) if is_first || heard.is_unknown => return,
        Some(_) if !heard.has_begun => return heard.before.push(said.to_owned()),
        Some(_) => {
            let run = heard.runs.last_mut().expect("a run");
            let is_again = |at: &usize| heard.begins.contains(at);
            let again = run.iter().position(|heard| heard == said);
            if let Some(at) = again.filter(is_again) {
                run.truncate(at);
            }
            let left = heard.missed.checked_sub(1);
            heard.missed = left.unwrap_or_else(|| panic!("{name}: {line} is told again"));
        }
        None => {
            assert_eq!(heard.missed, 0, "{name}: {line} before all that was missed");
            heard.begins.clear();
            heard.has_begun = true;
        }
    }
    heard.check_before(name);
    heard.runs.last_mut().expect("a run").push(said.to_owned());
}

impl Heard {
    /// What was told of before ends with the last line that this person has; their own ones are among it.
    fn check_before(&mut self, name: &str) {
        let own = format!("<{name}> ");
        let before = std::mem::take(&mut self.before);
        let by_others = before.iter().rev().filter(|line| !line.starts_with(&own));
        let mut lines = self.runs.last().expect("a run").iter().rev();
        for told in by_others {
            // What was said before they came is in no run.
            let has = lines.next();
            assert!(
                has.is_none_or(|has| has == told),
                "{name}: {told} is told again"
            );
        }
    }
}
