//! The store of private lines for who is not here: it keeps some, and has one for everybody who comes.

use papo_server::hub::{Errand, Letter};

use crate::hub::{Stage, VERDICTS};
use crate::safe::assert_safe;

impl Stage {
    /// Letters are kept or not, and are told at once.
    pub(crate) fn run_errand(&mut self, errand: Errand) {
        let mut effects = Vec::new();
        match errand {
            Errand::Leave {
                by,
                from,
                to,
                text,
                origin,
                ..
            } => {
                assert_safe(&text);
                let verdict = VERDICTS[text.len() % VERDICTS.len()];
                let writer = (by, &*from);
                self.hub
                    .letter_left(self.now, writer, (to, &origin), verdict, &mut effects);
            }
            Errand::Fetch { who, name } => {
                let letter = Letter {
                    number: 1,
                    from: "a@x.org".into(),
                    text: "hello".into(),
                    at: 0,
                    is_owners: name.shown().len() % 2 == 0,
                    is_again: name.shown().len() % 3 == 0,
                };
                let letters = [letter];
                let writer = (who, &name);
                let is_told =
                    self.hub
                        .tell_letters(self.now, writer, &letters, Some(3), &mut effects);
                assert!(is_told, "{name} is here");
            }
            Errand::Visit(_) | Errand::Follow { .. } => {}
            Errand::Lost {
                who,
                name,
                is_owner,
            } => {
                // Every other one is missing.
                let numbers: Vec<u64> = (0..1000).step_by(2).collect();
                let user = (who, &name, is_owner);
                self.hub.undelivered(user, &numbers, &mut effects);
            }
        }
        self.perform(effects);
    }
}
