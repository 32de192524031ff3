//! The box of letters in a transcript: it keeps all but those that say that they do not fit, and answers at once.

use papo_server::hub::{Errand, Letter, Origin, Verdict};

use super::Stage;
use super::text::clock;

impl Stage {
    /// Private lines from here on do not reach this conn.
    pub(super) fn cut_off(&mut self, label: &str) {
        let at = self.conn(label);
        let id = self.conns[at].id;
        let got = self.followed.iter().filter(|(to, _)| *to == id).count();
        self.conns[at].cut = Some(got);
    }

    pub(super) fn run_errand(&mut self, errand: Errand) {
        let mut effects = Vec::new();
        match errand {
            Errand::Leave {
                by,
                from,
                is_owner,
                to,
                text,
                origin,
            } => {
                let verdict = match &*text {
                    "this is too much" => Verdict::Full { of_yours: false },
                    "this is too much of mine" => Verdict::Full { of_yours: true },
                    "this comes too fast" => Verdict::Busy,
                    "this fails" => Verdict::Failed,
                    _ => Verdict::Changed,
                };
                if verdict == Verdict::Changed {
                    let letter = Letter {
                        number: 0,
                        from: from.as_ref().into(),
                        text: text.as_ref().into(),
                        at: clock(self.now).at,
                        is_owners: is_owner,
                        is_again: matches!(origin, Origin::Lost { .. }),
                    };
                    self.letters.push((to.clone(), letter));
                }
                let writer = (by, &*from);
                self.hub
                    .letter_left(self.now, writer, (to, &origin), verdict, &mut effects);
            }
            Errand::Fetch { who, name } => {
                let kept = std::mem::take(&mut self.letters).into_iter();
                let (own, others): (Vec<_>, Vec<_>) = kept.partition(|(to, _)| *to == name);
                self.letters = others;
                let letters: Vec<Letter> = own.into_iter().map(|(_, letter)| letter).collect();
                if !letters.is_empty() {
                    let (to, count) = ((who, &name), Some(letters.len()));
                    let is_told =
                        self.hub
                            .tell_letters(self.now, to, &letters, count, &mut effects);
                    assert!(is_told, "{name} is here");
                }
            }
            Errand::Visit(_) => {}
            Errand::Follow { to, number } => self.followed.push((to, number)),
            Errand::Lost {
                who,
                name,
                is_owner,
            } => {
                // Who is cut off has not got what came since.
                let cut = self.conns.iter().find(|conn| conn.id == who);
                let cut = cut.and_then(|conn| conn.cut);
                let followed = self.followed.iter().filter(|(to, _)| *to == who);
                let missing = followed.skip(cut.unwrap_or(usize::MAX));
                let numbers: Vec<u64> = missing.map(|(_, number)| *number).collect();
                let user = (who, &name, is_owner);
                self.hub.undelivered(user, &numbers, &mut effects);
            }
        }
        self.take_effect(effects);
    }
}
