//! Keys that do what other keys do, as the settings say. A key is named as on the screen of `--help`: `^R`, `Alt-b`,
//! `PgUp`. It knows nothing of what keys do.
//!
//! Invariant: a key stands for another one at most once, so no settings make a circle; no key that types a character
//! can be bound.

use super::keys::Key;

/// The keys that are bound, each with the one that it is taken for; without one it does nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Bindings(Vec<(Key, Option<Key>)>);

impl Bindings {
    /// Bind a key by the names of both; of an empty name nothing happens. `None` if there is no such key.
    pub(crate) fn bind(&mut self, name: &str, other: &str) -> Option<()> {
        let other = match other {
            "" => None,
            other => Some(parse(other)?),
        };
        self.0.push((parse(name)?, other));
        Some(())
    }

    /// What a key is taken for.
    pub(super) fn of(&self, key: Key) -> Option<Key> {
        let key = match key {
            Key::Alt(c) if self.find(Key::Alt(c.to_ascii_lowercase())).is_some() => {
                Key::Alt(c.to_ascii_lowercase())
            }
            key => key,
        };
        self.find(key).unwrap_or(Some(key))
    }

    fn find(&self, key: Key) -> Option<Option<Key>> {
        let bound = self.0.iter().find(|(bound, _)| *bound == key)?;
        Some(bound.1)
    }
}

fn parse(name: &str) -> Option<Key> {
    let one = |text: &str| {
        let mut chars = text.chars().map(|c| c.to_ascii_lowercase());
        chars.next().filter(|_| chars.next().is_none())
    };
    if let Some(letter) = name.strip_prefix('^') {
        // Terminals send the others as Backspace, Tab and Enter.
        let is_known = |c: &char| matches!(c, 'a'..='z' | '_') && !"hijm".contains(*c);
        return one(letter).filter(is_known).map(Key::Control);
    }
    if let Some(letter) = name.strip_prefix("Alt-") {
        return one(letter).filter(char::is_ascii_graphic).map(Key::Alt);
    }
    Some(match name {
        "Enter" => Key::Enter,
        "Tab" => Key::Tab,
        "Esc" => Key::Escape,
        "Up" => Key::Up,
        "Down" => Key::Down,
        "Left" => Key::Left,
        "Right" => Key::Right,
        "Home" => Key::Home,
        "End" => Key::End,
        "PgUp" => Key::PageUp,
        "PgDn" => Key::PageDown,
        "Delete" => Key::Delete,
        "Backspace" => Key::Backspace,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_key_is_taken_for_another_one() {
        let mut bindings = Bindings::default();
        for (name, other) in [
            ("^t", "^R"),
            ("Alt-K", "PgUp"),
            ("^R", "Alt-b"),
            ("Esc", ""),
        ] {
            assert_eq!(bindings.bind(name, other), Some(()), "{name}");
        }
        assert_eq!(bindings.of(Key::Control('t')), Some(Key::Control('r')));
        assert_eq!(bindings.of(Key::Control('r')), Some(Key::Alt('b')));
        assert_eq!(bindings.of(Key::Alt('K')), Some(Key::PageUp));
        assert_eq!(bindings.of(Key::Escape), None);
        for key in [Key::Alt('Q'), Key::Char('t'), Key::Up] {
            assert_eq!(bindings.of(key), Some(key));
        }
        for (name, other) in [
            ("^M", ""),
            ("t", "^R"),
            ("^1", "Up"),
            ("Alt-", "Up"),
            ("^T", "Hyper-x"),
            ("^TT", ""),
        ] {
            assert_eq!(bindings.bind(name, other), None, "{name}");
        }
    }
}
