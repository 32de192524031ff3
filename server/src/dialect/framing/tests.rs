//! Bytes to lines at any split.

use super::*;

impl Inbox {
    fn invariants(&self) {
        assert!(self.start <= self.scanned && self.scanned <= self.bytes.len());
        assert!(!self.bytes[self.start..self.scanned].contains(&b'\n'));
        assert!(self.bytes.get(self.scanned).is_none_or(|&b| b == b'\n'));
    }

    /// All frames, as text.
    fn drain(&mut self, into: &mut Vec<String>) {
        loop {
            self.invariants();
            let had_line = self.has_line();
            match self.next_line() {
                Some(Frame::Line(line)) => {
                    into.push(String::from_utf8_lossy(line.bytes).into());
                }
                Some(Frame::TooLong) => into.push("(too long)".into()),
                None => break assert!(!had_line),
            }
            assert!(had_line);
        }
        // As the loop does when no line is left.
        self.release();
        self.invariants();
        assert!(self.len() <= LINE_BYTES + 1);
        assert!(self.bytes.capacity() <= 2 * LINE_BYTES + 2);
        assert!(
            !self.is_empty() || self.bytes.capacity() == 0,
            "an idle conn holds memory"
        );
    }
}

fn frames<'a>(pushes: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let (mut inbox, mut frames) = (Inbox::default(), Vec::new());
    for bytes in pushes {
        inbox.push(bytes);
        inbox.drain(&mut frames);
    }
    inbox.end();
    inbox.drain(&mut frames);
    assert!(inbox.is_empty());
    frames
}

/// Checks the frames of `input` at any split.
#[track_caller]
fn check(input: impl AsRef<[u8]>, expected: &[&str]) {
    let input = input.as_ref();
    assert_eq!(frames([input]), expected);
    assert_eq!(frames(input.chunks(1)), expected);
    for at in 0..input.len().min(3000) {
        let (one, two) = input.split_at(at);
        assert_eq!(frames([one, two]), expected, "split at {at}");
    }
}

#[test]
fn lines() {
    check("", &[]);
    check("hi\n", &["hi"]);
    check(
        "one\ntwo\r\n\n\r\nthree\n",
        &["one", "two", "", "", "three"],
    );
    check("a\rb\r\r\n", &["a\rb\r"]);
}

#[test]
fn an_unterminated_line_is_the_last_one() {
    check("hi", &["hi"]);
    check("one\ntwo", &["one", "two"]);
    check("one\ntwo\r", &["one", "two"]);
}

#[test]
fn the_limit_counts_text_without_its_end() {
    for end in ["", "\n", "\r\n"] {
        for bytes in [LINE_BYTES - 1, LINE_BYTES] {
            let line = "x".repeat(bytes);
            check(format!("{line}{end}"), &[&line]);
        }
        check(
            format!("{}{end}", "x".repeat(LINE_BYTES + 1)),
            &["(too long)"],
        );
        // An emoji at the limit is not cut in half.
        check(
            format!("{}🙂{end}", "x".repeat(LINE_BYTES - 2)),
            &["(too long)"],
        );
    }
    let line = "x".repeat(LINE_BYTES + 1);
    check(
        format!("a\n{line}\nb\n{line}{line}\r\nc"),
        &["a", "(too long)", "b", "(too long)", "c"],
    );
    check(format!("{}\r\r\n", "x".repeat(LINE_BYTES)), &["(too long)"]);
}

#[test]
fn a_mebibyte_without_an_end_is_not_kept() {
    let (mut inbox, mut frames) = (Inbox::default(), Vec::new());
    for sent in 1..=1024 {
        inbox.push(&[b'x'; 1024]);
        inbox.drain(&mut frames);
        assert_eq!(inbox.is_endless(), sent * 1024 >= ENDLESS_BYTES);
    }
    assert_eq!(inbox.len(), 0);
    inbox.push(b"\nhi\n");
    inbox.drain(&mut frames);
    assert!(!inbox.is_endless());
    assert_eq!(frames, ["(too long)", "hi"]);
}

#[test]
fn a_caller_may_push_while_lines_wait() {
    let mut inbox = Inbox::default();
    inbox.push(b"one\ntwo\nth");
    assert_eq!(inbox.next_line(), Some(Frame::Line(b"one"[..].into())));
    inbox.push(b"ree\nfour");
    inbox.end();
    inbox.end();
    assert_eq!(inbox.len(), 15);
    let mut frames = Vec::new();
    inbox.drain(&mut frames);
    assert_eq!(frames, ["two", "three", "four"]);
}

#[test]
fn the_rest_of_a_line_end_is_no_line() {
    let all = |pushes: &[&[u8]], end: fn(&mut Inbox)| {
        let (mut inbox, mut frames) = (Inbox::default(), Vec::new());
        for bytes in pushes {
            inbox.push(bytes);
            end(&mut inbox);
            inbox.drain(&mut frames);
        }
        frames
    };
    let returns = Inbox::end_at_returns;
    assert_eq!(
        all(&[b"a\r", b"\n", b"b\r", b"\nc\n"], returns),
        ["a", "b", "c"]
    );
    assert_eq!(all(&[b"a\r", b"", b"\n", b"\n"], returns), ["a", ""]);
    assert_eq!(all(&[b"a\r", b"\r", b"b\r"], returns), ["a", "", "b"]);
    for end in [&[&b"\r\n"[..]][..], &[b"\n"], &[b"\r"], &[b"\r", b"\n"]] {
        let pushes = [&[&b"a"[..]][..], end, &[b"b"]].concat();
        assert_eq!(all(&pushes, Inbox::end), ["a", "b"], "{end:?}");
    }
    let mut inbox = Inbox::default();
    inbox.push_returns(&mut b"a\r".to_vec());
    inbox.push_returns(&mut b"\rb\r".to_vec());
    inbox.push(b"\nc\r\n");
    let mut frames = Vec::new();
    inbox.drain(&mut frames);
    assert_eq!(frames, ["a", "", "b", "c"]);
}

#[test]
fn a_program_that_sends_again_too_soon_is_still_found_out() {
    let sent = |framing: Framing, bytes: &[u8]| framing.after(Time::from_secs(1), bytes, false);
    let name = sent(Framing::Unknown, b"ze");
    let text = sent(name, b"oi, pessoal");
    assert!(text.until() > name.until());
    // Each key by itself, or a line end: somebody types.
    assert_eq!(sent(name, b"z"), Framing::Lines);
    assert_eq!(sent(text, b"a\n"), Framing::Newlines);
}

proptest::proptest! {
    #[test]
    fn any_chunks_give_the_same_frames(
        pieces in proptest::collection::vec(("[a-c\r\n]{0,6}", 0..3usize), 0..20),
        cuts in proptest::collection::vec(0..6000usize, 0..20),
    ) {
        let input: String = pieces.iter().map(|(s, n)| s.clone() + &"x".repeat(n * 600)).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
        cuts.extend([0, input.len()]);
        cuts.sort_unstable();
        let chunks = cuts.windows(2).map(|cut| &input.as_bytes()[cut[0]..cut[1]]);
        proptest::prop_assert_eq!(frames(chunks), frames([input.as_bytes()]));
    }
}

#[test]
fn a_part_of_a_line_can_be_dropped_without_those_before() {
    for (given, kept) in [
        ("one\ntwo\nthr", &["one", "two"][..]),
        ("one\n", &["one"]),
        ("on", &[]),
        ("", &[]),
    ] {
        let mut inbox = Inbox::default();
        inbox.push(given.as_bytes());
        inbox.drop_unfinished();
        inbox.invariants();
        inbox.push(b"more\n");
        let mut lines = Vec::new();
        while let Some(Frame::Line(line)) = inbox.next_line() {
            lines.push(String::from_utf8_lossy(line.bytes).into_owned());
        }
        let expected: Vec<&str> = kept.iter().copied().chain(["more"]).collect();
        assert_eq!(lines, expected, "{given:?}");
    }
}
