//! The box of letters in a transcript: it keeps all but those that say that they do not fit, and answers at once.

use papo_server::hub::{Errand, Letter, Verdict};

use super::Stage;
use super::text::clock;

impl Stage {
    pub(super) fn run_errand(&mut self, errand: Errand) {
        let mut effects = Vec::new();
        match errand {
            Errand::Leave {
                by, from, to, text, ..
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
                    };
                    self.letters.push((to.clone(), letter));
                }
                let writer = (by, &*from);
                self.hub
                    .letter_left(self.now, writer, to, verdict, &mut effects);
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
        }
        self.take_effect(effects);
    }
}
