//! Helpers of the runner: ages, bytes, and the difference between a transcript and the output.

use std::fmt::Write;
use std::time::Duration;

use papo_server::dialect::{Clock, Dialect, Style, render};
use papo_server::hub::name::Name;
use papo_server::hub::{Notice, Question, Time, ToDirect, Verdict};

/// So long after 11:25:55.
pub(super) fn clock(now: Time) -> Clock {
    Clock {
        at: 1_764_156_355 + now.as_secs() as i64,
        ..Clock::default()
    }
}

pub(super) fn age(count: &str, unit: &str) -> Duration {
    let seconds = match unit {
        "s" => 1,
        "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => panic!("no such unit: {unit}"),
    };
    Duration::from_secs(seconds * count.parse::<u64>().expect("a number"))
}

/// As written in a script.
pub(crate) const VERDICTS: [(&str, Verdict); 10] = [
    ("right", Verdict::Right),
    ("right once", Verdict::RightOnce),
    ("wrong", Verdict::Wrong),
    ("no such", Verdict::NoSuch),
    ("registered", Verdict::Registered),
    ("already there", Verdict::AlreadyThere),
    ("changed", Verdict::Changed),
    ("removed", Verdict::Removed),
    ("busy", Verdict::Busy),
    ("failed", Verdict::Failed),
];

/// A question to the worker, in one line.
pub(super) fn asked(name: &Name, question: &Question) -> String {
    let (verb, password) = match question {
        Question::Verify(password) => ("verify", password.text()),
        Question::Register(password) => ("register", password.text()),
        Question::Change(password) => ("change", password.text()),
        Question::Renew { old, new } => {
            return format!("renew {name}: {} -> {}", old.text(), new.text());
        }
        Question::Remove => ("remove", "-"),
        Question::Operator(password) => ("operator", password.text()),
    };
    format!("{verb} {name}: {password}")
}

/// A notice by this clock; a colour is shown as `^[36m`.
pub(super) fn rendered(style: Style, clock: Clock, notice: &Notice) -> String {
    let mut out = Vec::new();
    render(style, clock, notice, &mut out);
    let text = shown(style, out);
    let is_whole = text.ends_with('\n') || *notice == Notice::AskName;
    let may_be_nothing = matches!(style.dialect, Dialect::Relay | Dialect::Web);
    let is_nothing = may_be_nothing && text.is_empty();
    assert!(is_whole || is_nothing, "whole lines only: {text:?}");
    text
}

/// What a terminal is sent, or the JSON in the frames for a browser.
pub(super) fn shown(style: Style, bytes: Vec<u8>) -> String {
    if style.dialect == Dialect::Web {
        return unframed(&bytes);
    }
    let text = String::from_utf8(bytes).expect("UTF-8");
    text.replace('\u{1b}', "^")
}

/// The payload of each frame, in a line of its own.
fn unframed(mut bytes: &[u8]) -> String {
    let mut lines = String::new();
    while let [kind, len, rest @ ..] = bytes {
        assert_eq!(*kind, 0x81, "a text in one frame");
        let (len, rest) = match (*len, rest) {
            (126, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            (short, rest) => (usize::from(short), rest),
        };
        let (payload, rest) = rest.split_at(len);
        let payload = std::str::from_utf8(payload).expect("UTF-8");
        lines += payload.strip_suffix('\n').expect("a newline").trim_end();
        lines += "\n";
        bytes = rest;
    }
    lines
}

/// The dialect of a system's clients.
pub(super) fn dialect(system: &str) -> Dialect {
    match system {
        "Sistema" => Dialect::Relay,
        "TChat" => Dialect::TChat,
        "VPN" => Dialect::Vpn,
        "Rede" => Dialect::Rede,
        "Web" => Dialect::Web,
        _ => panic!("no such system: {system}"),
    }
}

/// The bytes of an input, with `\xNN` as one byte.
pub(super) fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split(r"\x");
    let mut bytes: Vec<u8> = parts.next().unwrap_or("").into();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).expect("two hex digits after \\x"));
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

/// The lines of both, in order; those in both are unmarked.
pub(super) fn diff(left: &str, right: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
    let (n, m) = (left.len(), right.len());
    // common[i][j]: the length of the longest common part of left[i..] and right[j..].
    let mut common = vec![vec![0; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            common[i][j] = if left[i] == right[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let mut out = String::new();
    let (mut i, mut j) = (0, 0);
    while i < n || j < m {
        let (mark, line) = if i < n && j < m && left[i] == right[j] {
            i += 1;
            j += 1;
            (' ', left[i - 1])
        } else if j == m || i < n && common[i + 1][j] >= common[i][j + 1] {
            i += 1;
            ('-', left[i - 1])
        } else {
            j += 1;
            ('+', right[j - 1])
        };
        writeln!(out, "{mark} {line}").expect("a string takes all");
    }
    out
}

/// What a direct user gets, as text.
pub(super) fn to_direct(now: Time, what: &ToDirect) -> String {
    match what {
        ToDirect::Line(text) => text.to_string(),
        ToDirect::Notice(notice) => rendered(Style::default(), clock(now), notice)
            .trim_end()
            .to_owned(),
    }
}
