//! The bare lines of `loadtest reference`. In rooms and pairs (`reference --pairs`) the first
//! line of a conn names its group, and comes back as the welcome.

use super::{Incoming, Place, Who};

/// The beginning of the line that names a group.
pub(crate) const GROUP: &[u8] = b"group ";

/// See `Protocol::hello`.
pub(super) fn hello(who: Who, out: &mut Vec<u8>) -> bool {
    let group = match who.place {
        Place::Lobby => return false,
        Place::Room(room) => room,
        Place::Pair => who.bot / 2,
    };
    out.extend_from_slice(GROUP);
    out.extend_from_slice(format!("{group}\n").as_bytes());
    true
}

pub(super) fn parse(_who: Who, line: &[u8]) -> Incoming<'_> {
    match line.starts_with(GROUP) {
        true => Incoming::Welcome,
        false => Incoming::Said(line),
    }
}

/// See `Protocol::say`.
pub(super) fn say(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(text);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_was_said() {
        let who = Who {
            bot: 17,
            place: Place::Lobby,
        };
        let mut out = Vec::new();
        assert!(!hello(who, &mut out));
        say(b"* hello", &mut out);
        assert_eq!(out, b"* hello\n");
        assert_eq!(parse(who, b"* hello"), Incoming::Said(b"* hello"));
    }

    #[test]
    fn a_pair_names_its_group() {
        let pair = |bot| Who {
            bot,
            place: Place::Pair,
        };
        let mut out = Vec::new();
        assert!(hello(pair(6), &mut out));
        assert!(hello(pair(7), &mut out));
        assert_eq!(out, b"group 3\ngroup 3\n");
        assert_eq!(parse(pair(6), b"group 3"), Incoming::Welcome);
    }
}
