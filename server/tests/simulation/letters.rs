//! The boxes of the simulated accounts, and what is demanded of letters: none is removed that was not written to
//! somebody and acknowledged, nobody gets one twice by one conn, or one before an older one, and who gets one again by another
//! is told that.

use std::collections::BTreeSet;

use papo_server::hub::{Letter, Origin, Verdict};
use papo_server::limits::LETTERS_OF_ONE;
use papo_server::store::accounts::{Found, Leaving, Owner};

use crate::desk::same;
use crate::dice::Dice;
use crate::link::Link;
use crate::peers::{KEPT, kept_name};

/// See the top of this file.
#[derive(Default)]
pub(crate) struct Letters {
    kept: Vec<(Owner, String, Letter)>,
    discarded: Vec<Letter>,
    last: i64,
}

/// At once: fewer than the real store tells.
const AT_ONCE: usize = 3;

impl Letters {
    pub(crate) fn leave(&mut self, to: &Owner, leaving: &Leaving) -> Verdict {
        let of_one = self
            .kept
            .iter()
            .filter(|(_, source, _)| *source == leaving.source);
        if of_one.count() >= LETTERS_OF_ONE {
            return Verdict::Full { of_yours: true };
        }
        self.last += 1;
        let letter = Letter {
            number: self.last,
            from: leaving.sender.as_str().into(),
            text: leaving.text.as_str().into(),
            at: 1_764_156_355 + self.last,
            is_owners: leaving.is_owners,
            is_again: matches!(leaving.origin, Origin::Lost { .. }),
        };
        self.kept.push((to.clone(), leaving.source.clone(), letter));
        Verdict::Changed
    }

    /// They are noted as told.
    pub(crate) fn fetch(&mut self, of: &Owner, after: i64) -> Found {
        let own = self.kept.iter().filter(|(to, _, _)| same(to, of));
        let mut own: Vec<Letter> = own.map(|(_, _, letter)| letter.clone()).collect();
        own.retain(|letter| letter.number > after);
        let more = own.len().saturating_sub(AT_ONCE);
        own.truncate(AT_ONCE);
        for letter in self.kept.iter_mut().map(|(_, _, letter)| letter) {
            letter.is_again |= own.iter().any(|told| told.number == letter.number);
        }
        Found::Letters(own, more)
    }

    pub(crate) fn discard(&mut self, of: &Owner, upto: i64) -> Verdict {
        let is_told = |to: &Owner, letter: &Letter| same(to, of) && letter.number <= upto;
        let (told, kept) = std::mem::take(&mut self.kept)
            .into_iter()
            .partition(|(to, _, letter)| is_told(to, letter));
        self.kept = kept;
        let told: Vec<_> = told;
        let found = !told.is_empty();
        self.discarded
            .extend(told.into_iter().map(|(_, _, letter)| letter));
        match found {
            true => Verdict::Removed,
            false => Verdict::NoSuch,
        }
    }

    /// The account is gone, and its letters with it.
    pub(crate) fn drop_of(&mut self, owner: &Owner) {
        self.kept.retain(|(to, _, _)| !same(to, owner));
    }

    /// Checks what was written to everybody.
    pub(crate) fn check(&self, links: &[Link]) -> Option<&'static str> {
        let told: Vec<Vec<(String, bool)>> = links
            .iter()
            .map(|link| read_letters(&link.written))
            .collect();
        let reached = links.iter().flat_map(|link| {
            let reached = link.acknowledged().min(link.written.len());
            read_letters(&link.written[..reached])
        });
        let reached: BTreeSet<String> = reached.map(|(text, _)| text).collect();
        for letter in &self.discarded {
            assert!(
                reached.contains(&*letter.text),
                "{:?} was removed and had not arrived",
                letter.text
            );
        }
        let mut first: BTreeSet<&str> = BTreeSet::new();
        for (text, is_again) in told.iter().flatten() {
            assert!(
                *is_again || first.insert(text),
                "{text:?} was told twice as new"
            );
        }
        let all = self.kept.iter().map(|(_, _, letter)| letter);
        let number = |text: &String| {
            let mut all = all.clone().chain(&self.discarded);
            all.find(|letter| *letter.text == **text)
                .map(|letter| letter.number)
        };
        for told in &told {
            // Those of a name that is registered no more are not known.
            let numbers: Vec<i64> = told.iter().filter_map(|(text, _)| number(text)).collect();
            assert!(numbers.is_sorted_by(|one, next| one < next), "{told:?}");
        }
        told.iter().flatten().next().map(|_| "letter told")
    }
}

/// A private line to somebody who has registered, and perhaps is not here.
pub(crate) fn draw(dice: &mut Dice, link: usize, sent: usize) -> String {
    let to = kept_name(dice.below(KEPT));
    format!("@{to} k{link}.{sent}")
}

/// The letters that somebody was told, by their texts, and whether as perhaps told before: their heads have a time.
fn read_letters(written: &[u8]) -> Vec<(String, bool)> {
    let text = String::from_utf8_lossy(written);
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let of_line = |line: &str| {
        let (head, text) = line.rsplit_once(' ')?;
        let is_private = head.contains("priva") && head.contains(", ");
        let is_text = text.starts_with('k') && text.contains('.');
        let is_again = head.contains("again") || head.contains("de novo");
        (is_private && is_text).then(|| (text.to_owned(), is_again))
    };
    text[..whole].lines().filter_map(of_line).collect()
}
