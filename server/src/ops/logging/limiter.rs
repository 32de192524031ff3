//! Limits how often one kind of log line is written; a kind is the place in the source that logs.
//! It is given the time in whole seconds.
//!
//! Invariant: of each kind at most [`PER_SECOND`] lines are written in a second; the others are
//! counted in one note.

use std::collections::BTreeMap;

/// Lines of a kind in a second: a school class that comes at once is still logged one by one.
const PER_SECOND: u32 = 100;

/// The file and line that log.
pub(super) type Kind = (&'static str, u32);

/// One entry for each place in the source that logs.
#[derive(Default)]
pub(super) struct Limiter {
    kinds: BTreeMap<Kind, Told>,
    /// Whether something was left out in `second`.
    owes: bool,
    second: u64,
}

#[derive(Default)]
struct Told {
    said: u32,
    unsaid: u64,
}

impl Limiter {
    /// Whether to write a line of this kind.
    pub(super) fn may_say(&mut self, second: u64, kind: Kind) -> bool {
        if second != self.second {
            self.kinds.clear();
            self.second = second;
        }
        let told = self.kinds.entry(kind).or_default();
        if told.said < PER_SECOND {
            told.said += 1;
            return true;
        }
        told.unsaid += 1;
        self.owes = true;
        false
    }

    /// Whether something was left out of a second that is over.
    pub(super) fn is_due(&self, second: u64) -> bool {
        self.owes && second != self.second
    }

    /// What was left out of the last second, one note for each kind.
    pub(super) fn notes(&mut self) -> Vec<String> {
        self.owes = false;
        let kinds = std::mem::take(&mut self.kinds);
        let notes = kinds.into_iter().filter(|(_, told)| told.unsaid > 0);
        notes
            .map(|((file, _), told)| {
                let module = file.rsplit('/').next().unwrap_or(file);
                format!(
                    "{} more lines like the last {PER_SECOND} of {module} suppressed in one second",
                    told.unsaid
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Kind = ("src/here.rs", 1);
    const THERE: Kind = ("src/there.rs", 1);

    #[test]
    fn each_kind_has_its_share_of_a_second() {
        let mut limiter = Limiter::default();
        let said = |limiter: &mut Limiter, second, kind| {
            let said = (0..250).filter(|_| limiter.may_say(second, kind));
            said.count()
        };
        assert_eq!(said(&mut limiter, 7, HERE), 100);
        assert_eq!(said(&mut limiter, 7, THERE), 100);
        assert!(!limiter.is_due(7) && limiter.is_due(8));
        let notes = limiter.notes();
        assert_eq!(notes.len(), 2);
        assert!(notes[0].starts_with("150 more lines") && notes[0].contains("here.rs"));
        assert_eq!(said(&mut limiter, 8, HERE), 100, "a new second");
        limiter.notes();
        assert!(limiter.may_say(9, HERE));
        assert!(!limiter.is_due(10), "nothing was left out");
    }
}
