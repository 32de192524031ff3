//! One line as a program with tags reads it: a strict parser, written from docs/protocol.md and not with the words
//! of the code that is checked.

/// See the top of this file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Tagged<'a> {
    /// A line of a room, which has this number.
    New(&'a str, u64),
    /// One's own line was said.
    Said(&'a str, u64),
    /// The room is read from after this line on: number and epoch.
    Epoch(&'a str, u64, u64),
    /// So many lines of the room are lost.
    Skipped(&'a str),
    /// What was missed of the room is not told.
    Cannot(&'a str),
    /// A line of before.
    Old,
    Key(&'a str),
    Resumed(Vec<&'a str>),
    /// For this reader alone: done, a private line, an answer, a refusal.
    Other,
}

/// What a line says; none if it is not one of docs/protocol.md.
pub(crate) fn parse(line: &str) -> Option<Tagged<'_>> {
    let (time, rest) = line.strip_prefix('@')?.split_once(' ')?;
    number(time)?;
    if let Some(tag) = rest.strip_prefix('#') {
        return of_room(tag);
    }
    let (word, after) = rest.split_once(' ')?;
    match word {
        "*" | "!" => Some(Tagged::Other),
        "said" => mark(after).map(|_| Tagged::Other),
        "key" => {
            let is_key = after.len() == 32 && after.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_key.then_some(Tagged::Key(after))
        }
        "resumed" => {
            let mut words = after.split(' ');
            name(words.next()?)?;
            let rooms = words.map(|word| name(word.strip_prefix('#')?));
            rooms.collect::<Option<_>>().map(Tagged::Resumed)
        }
        "[private" | "[privado" => {
            let (from, text) = after.split_once("] ")?;
            let (of, from) = from.split_once(' ')?;
            name(from)?;
            (["from", "de"].contains(&of) && !text.is_empty()).then_some(Tagged::Other)
        }
        _ => None,
    }
}

/// `ROOM:NUMBER ...`, `ROOM:EPOCH:NUMBER old ...`, `ROOM skipped 7`.
fn of_room(tag: &str) -> Option<Tagged<'_>> {
    let (place, rest) = tag.split_once(' ')?;
    let mut parts = place.split(':');
    let room = name(parts.next()?)?;
    let numbers: Vec<u64> = parts.map(number).collect::<Option<_>>()?;
    let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
    match (&numbers[..], word) {
        ([], "skipped") => number(after).map(|_| Tagged::Skipped(room)),
        ([], "cannot") => {
            let known = ["epoch-changed", "too-far-back", "not-known", "unreadable"];
            known.contains(&after).then_some(Tagged::Cannot(room))
        }
        ([_, _], "old") => {
            let said = reference(after).map_or(after, |(_, said)| said);
            let said = said.strip_prefix("edited ").unwrap_or(said);
            (spoken(said) || action(said)).then_some(Tagged::Old)
        }
        ([last], "epoch") => Some(Tagged::Epoch(room, *last, number(after)?)),
        ([own], "said") => {
            let is_bare = rest == "said";
            (is_bare || mark(after).is_some()).then_some(Tagged::Said(room, *own))
        }
        ([own], _) => {
            let is_line = match reference(rest) {
                Some((_, deed)) => is_deed(deed),
                None => spoken(rest) || action(rest) || (word == "*" && !after.is_empty()),
            };
            is_line.then_some(Tagged::New(room, *own))
        }
        _ => None,
    }
}

/// `^LINE REST` or `^EPOCH:LINE REST`.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (line, rest) = text.strip_prefix('^')?.split_once(' ')?;
    line.split(':').map(number).collect::<Option<Vec<_>>>()?;
    (line.split(':').count() <= 2).then_some((line, rest))
}

/// `<NAME> TEXT`, `edited <NAME> TEXT`, `reacted <NAME> WORD`, `deleted <NAME>`, ...
fn is_deed(text: &str) -> bool {
    let by = |text: &str| {
        let bare = text
            .strip_prefix('<')
            .and_then(|text| text.strip_suffix('>'));
        bare.and_then(name).is_some()
    };
    match text.split_once(' ') {
        Some(("edited", said)) => spoken(said),
        Some(("reacted", said)) => spoken(said) && said.split(' ').count() == 2,
        Some(("deleted" | "pinned" | "unpinned", who)) => by(who),
        _ => spoken(text),
    }
}

/// `<NAME> TEXT`.
fn spoken(text: &str) -> bool {
    let said = text
        .strip_prefix('<')
        .and_then(|text| text.split_once("> "));
    said.is_some_and(|(from, text)| name(from).is_some() && !text.is_empty())
}

/// `~ NAME TEXT`.
fn action(text: &str) -> bool {
    let said = text
        .strip_prefix("~ ")
        .and_then(|text| text.split_once(' '));
    said.is_some_and(|(from, text)| name(from).is_some() && !text.is_empty())
}

fn name(text: &str) -> Option<&str> {
    let is_forbidden = |c: char| c.is_whitespace() || c.is_control() || "<>[]~*!:,#@".contains(c);
    (!text.is_empty() && !text.contains(is_forbidden)).then_some(text)
}

fn mark(text: &str) -> Option<&str> {
    let is_one = !text.is_empty() && !text.contains(' ') && text.chars().count() <= 32;
    is_one.then_some(text)
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

#[test]
fn lines_of_the_document_are_parsed_and_others_are_not() {
    for line in [
        "@1 #lobby:2 <ana> hello",
        "@1 #lobby:2 ~ ana waves",
        "@1 #lobby:2 * bob joined",
        "@1 #lobby:2 ^1 <ana> yes",
        "@1 #lobby:2 ^7:1 edited <ana> yes",
        "@1 #lobby:2 ^1 deleted <ana>",
        "@1 #lobby:2 ^1 reacted <ana> +1",
        "@1 #lobby:7:2 old ^1 edited <ana> yes",
        "@1 #lobby:2 said",
        "@1 #lobby:2 said 17",
        "@1 said 17",
        "@1 #lobby cannot too-far-back",
        "@1 resumed bot #lobby #games",
        "@1 [private from ana] hi",
        "@1 ! 17: no such user: bob",
    ] {
        assert!(parse(line).is_some(), "{line}");
    }
    for line in [
        "#lobby:2 <ana> hello",
        "@1 #lobby:2 <ana bob> hello",
        "@1 #lobby:2 hello",
        "@1 #lobby:x <ana> hello",
        "@1 #lobby:1:2 <ana> hello",
        "@1 #lobby:2 ^1 deleted <ana> text",
        "@1 #lobby cannot do it",
        "@1 <ana> hello",
        "@1 key 17",
    ] {
        assert_eq!(parse(line), None, "{line}");
    }
}
