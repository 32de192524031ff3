//! Naive models of those whom the hub asks and hears of: who keeps the accounts, and direct users.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use crate::hub::*;

/// What is asked about absences.
pub(super) fn about_absence(names: &'static [&str]) -> impl Strategy<Value = AboutAbsence> {
    prop_oneof![
        Just(AboutAbsence::Away("".into())),
        Just(AboutAbsence::Away("lunch".into())),
        Just(AboutAbsence::Back),
        Just(AboutAbsence::Sent),
        prop::sample::select(names).prop_map(|name| AboutAbsence::Seen(name.to_owned())),
    ]
}

/// How a question is answered: mostly by what is true.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mood {
    Honest,
    Says(Verdict),
}

/// Who keeps the accounts, answering one question after the other.
#[derive(Default)]
pub(super) struct Keeper {
    questions: VecDeque<(Id, Name, Question)>,
    accounts: BTreeMap<String, Account>,
    /// Who proved the operators' password.
    pub(super) operators: BTreeSet<Id>,
}

/// The operators' password.
const OPERATORS: &str = "bob";

#[derive(Default)]
struct Account {
    look: String,
    password: String,
    /// Whether it is one for once: every third is, as if an operator had given it.
    once: bool,
    /// Who proved it to be its own.
    owners: BTreeSet<Id>,
}

/// The addresses of those who are there, in small letters.
#[derive(Default)]
pub(super) struct Directory(BTreeSet<String>);

pub(super) fn mood() -> impl Strategy<Value = Mood> {
    let wait = Duration::from_millis(1500);
    prop_oneof![
        12 => Just(Mood::Honest),
        1 => Just(Mood::Says(Verdict::Busy)),
        1 => Just(Mood::Says(Verdict::Failed)),
        1 => Just(Mood::Says(Verdict::NoSuch)),
        1 => Just(Mood::Says(Verdict::TooMany { wait })),
    ]
}

pub(super) fn password() -> impl Strategy<Value = Secret> {
    // Names too, so that those who try names try passwords.
    let texts = prop::sample::select(vec!["ana", OPERATORS]);
    texts.prop_map(|text| Secret::new(text).expect("a password"))
}

pub(super) fn direct(to: impl Strategy<Value = String>) -> impl Strategy<Value = Direct> {
    let email = || prop::sample::select(vec!["ana@x", "ANA@x", "bob@x", "nobody"]);
    prop_oneof![
        email().prop_map(|email| Direct::Online(email.into())),
        email().prop_map(|email| Direct::Offline(email.into())),
        (email(), to).prop_map(|(from, to)| Direct::Private {
            from: from.into(),
            to,
            text: "hi".into(),
        }),
    ]
}

impl Keeper {
    pub(super) fn ask(&mut self, who: Id, name: &Name, question: &Question) {
        let waits = self.questions.iter().any(|(asker, ..)| *asker == who);
        assert!(!waits, "{who:?} asks again before the verdict");
        self.questions
            .push_back((who, name.clone(), question.clone()));
    }

    /// The answer to the oldest question.
    pub(super) fn answer(&mut self, mood: Mood) -> Option<(Id, Verdict)> {
        let (who, name, question) = self.questions.pop_front()?;
        match mood {
            Mood::Honest => Some((who, self.honest(who, &name, question))),
            Mood::Says(verdict) => Some((who, verdict)),
        }
    }

    fn honest(&mut self, who: Id, name: &Name, question: Question) -> Verdict {
        if let Question::Operator(password) = question {
            if password.text() != OPERATORS {
                return Verdict::Wrong;
            }
            self.operators.insert(who);
            return Verdict::Right;
        }
        let (key, look) = (name.key().to_owned(), name.look());
        if let Question::Register(password) = question {
            if self
                .accounts
                .iter()
                .any(|(other, account)| *other == key || *account.look == *look)
            {
                return Verdict::AlreadyThere;
            }
            let account = Account {
                look: look.as_ref().to_owned(),
                password: password.text().to_owned(),
                once: who.index.is_multiple_of(3),
                owners: BTreeSet::from([who]),
            };
            self.accounts.insert(key, account);
            return Verdict::Registered;
        }
        let Some(account) = self.accounts.get_mut(&key) else {
            return Verdict::NoSuch;
        };
        match question {
            Question::Verify(password) if password.text() == account.password && account.once => {
                Verdict::RightOnce
            }
            Question::Renew { old, new } => {
                if !account.once || old.text() != account.password {
                    return Verdict::Wrong;
                }
                account.owners.insert(who);
                account.once = false;
                account.password = new.text().to_owned();
                Verdict::Changed
            }
            Question::Verify(password) if password.text() == account.password => {
                account.owners.insert(who);
                Verdict::Right
            }
            Question::Verify(_) => Verdict::Wrong,
            Question::Change(password) => {
                assert!(account.owners.contains(&who), "changed by a stranger");
                account.password = password.text().to_owned();
                Verdict::Changed
            }
            Question::Register(_) | Question::Remove | Question::Operator(_) => {
                assert!(account.owners.contains(&who), "removed by a stranger");
                self.accounts.remove(&key);
                Verdict::Removed
            }
        }
    }

    /// Nobody has a registered name, or one that only looks like it, who has not proved it.
    pub(super) fn judge(&self, who: Id, name: &Name) {
        if let Some(account) = self.accounts.get(name.key()) {
            assert!(account.owners.contains(&who), "{name} is somebody else's");
        }
        for (key, account) in &self.accounts {
            let double = *account.look == *name.look() && key != name.key();
            assert!(!double, "{name} looks like {key}");
        }
    }

    /// Whether the hub's table is the truth about this name.
    pub(super) fn agrees(&self, name: &Name, is_registered: bool) -> bool {
        self.accounts.contains_key(name.key()) == is_registered
    }
}

impl Directory {
    /// What has to come of an event before it is done; `is_user` tells about a name as typed.
    pub(super) fn expects(&self, direct: &Direct, is_user: impl Fn(&str) -> bool) -> bool {
        match direct {
            Direct::Online(email) => email.contains('@'),
            Direct::Offline(email) => self.has(email),
            Direct::Private { from, to, .. } => self.has(from) && is_user(to),
        }
    }

    pub(super) fn has(&self, email: &str) -> bool {
        self.0.contains(&email.to_lowercase())
    }

    /// Whoever is told as coming was not there, whoever is told as going was; asked before `note`.
    pub(super) fn check(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Room { notice, .. } => match notice {
                    Notice::DirectJoined(email) => assert!(!self.has(email), "{email} comes twice"),
                    Notice::DirectLeft { email, .. } => {
                        assert!(self.has(email), "{email} goes twice");
                    }
                    _ => {}
                },
                Effect::Direct { to, .. } => {
                    assert!(self.has(to), "{to} is not there");
                }
                Effect::EndDirect { email } => {
                    assert!(self.0.remove(&email.to_lowercase()), "{email} is not there");
                }
                _ => {}
            }
        }
    }

    pub(super) fn note(&mut self, direct: &Direct) {
        match direct {
            Direct::Online(email) if email.contains('@') => {
                self.0.insert(email.to_lowercase());
            }
            Direct::Offline(email) => {
                self.0.remove(&email.to_lowercase());
            }
            Direct::Online(_) | Direct::Private { .. } => {}
        }
    }
}
