//! Answers about lines of before as people read them, in papo's own form: written from docs/protocol.md.

/// A line of before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Told {
    pub(crate) from: String,
    pub(crate) text: String,
    pub(crate) is_action: bool,
    pub(crate) is_edited: bool,
}

/// What has come at once: an answer, or none.
#[derive(Default, Debug)]
pub(crate) struct Answer {
    pub(crate) lines: Vec<Told>,
    /// Whether there is anything of an answer.
    pub(crate) is_one: bool,
    pub(crate) has_more: bool,
    /// Why there is none now.
    pub(crate) failure: Option<String>,
    /// There is no next page.
    pub(crate) is_at_end: bool,
    /// Who is ignored from here on, or no more.
    pub(crate) ignoring: Vec<(String, bool)>,
}

impl Told {
    /// The word that no other line has.
    pub(crate) fn token(&self) -> &str {
        self.text.split(' ').next().unwrap_or_default()
    }
}

/// In one line.
pub(crate) fn texts(told: &[Told]) -> String {
    let texts = told
        .iter()
        .map(|told| format!("<{}> {}", told.from, told.text));
    texts.collect::<Vec<_>>().join(", ")
}

impl Answer {
    /// What is told of lines of before in these lines.
    pub(crate) fn read(text: &str) -> Answer {
        let mut answer = Answer::default();
        let mut announced = None;
        for line in text.lines() {
            answer.is_at_end |= line.starts_with("! there is no next page");
            let Some(rest) = line.strip_prefix("* ") else {
                continue;
            };
            if let Some((name, is_on)) = ignoring(rest) {
                answer.ignoring.push((name.to_owned(), is_on));
                continue;
            }
            if rest == "more: /more" {
                answer.has_more = true;
            } else if let Some(told) = rest.strip_prefix('[').and_then(told) {
                answer.lines.push(told);
            } else if rest.contains("be read from disk just now") || rest.contains("just now; try")
            {
                answer.failure = Some(rest.to_owned());
            } else if let Some(count) = count(rest) {
                assert_eq!(announced, None, "two answers at once: {text}");
                announced = Some(count);
            } else {
                continue;
            }
            answer.is_one = true;
        }
        let is_announced = announced.is_none_or(|count| count == answer.lines.len());
        assert!(is_announced, "so many are told: {text}");
        answer
    }
}

/// `11:25] #kitchen <ana edited> soup`.
fn told(rest: &str) -> Option<Told> {
    let (_, said) = rest.split_once("] ")?;
    let said = match said.strip_prefix('#') {
        Some(marked) => marked.split_once(' ')?.1,
        None => said,
    };
    let (from, text, is_action, is_edited) = match said.strip_prefix("~ ") {
        Some(action) => {
            let (from, text) = action.split_once(' ')?;
            let edited = text.strip_prefix("(edited) ");
            (from, edited.unwrap_or(text), true, edited.is_some())
        }
        None => {
            let (from, text) = said.strip_prefix('<')?.split_once("> ")?;
            let edited = from.strip_suffix(" edited");
            (edited.unwrap_or(from), text, false, edited.is_some())
        }
    };
    Some(Told {
        from: from.to_owned(),
        text: text.to_owned(),
        is_action,
        is_edited,
    })
}

/// `2 lines with "soup", newest last`, `no line of bob`.
fn count(rest: &str) -> Option<usize> {
    if rest.starts_with("no line ") || rest.starts_with("nothing was said ") {
        return Some(0);
    }
    let (number, rest) = rest.split_once(' ')?;
    let rest = rest.strip_prefix("earlier ").unwrap_or(rest);
    let is_it = rest.starts_with("line") && !rest.contains("since you were away");
    number.parse().ok().filter(|_| is_it)
}

fn ignoring(rest: &str) -> Option<(&str, bool)> {
    let on = rest.strip_prefix("you ignore ");
    if let Some((name, _)) = on.and_then(|rest| rest.split_once(" now;")) {
        return Some((name, true));
    }
    let off = rest.strip_prefix("you do not ignore ")?;
    Some((off.split_once(" any more")?.0, false))
}
