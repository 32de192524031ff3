//! Names with a password: logging in, registering, giving the registration up.
//!
//! The hub never sees whether a password is right: it asks ([`Effect::Account`]) and goes on. The
//! verdict updates the table of names even if the asker has left; the answer to the asker is then
//! dropped.
//!
//! Invariant: nobody gets a registered name without its password. While a name is being registered,
//! nobody else gets it or one that looks like it.

use crate::hub::accounts::question::{Question, Registered, Secret, SecretFault, Verdict};
use crate::hub::accounts::{Claim, Number, Open};
use crate::hub::arrivals::taken;
use crate::hub::back::catchup::Wants;
use crate::hub::effect::Effect;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::{Complaint, Gone, Notice};
use crate::hub::users::{Standing, User};
use crate::hub::{Hub, Time, refuse, tell};

impl Hub {
    /// Replaces the table of registered names.
    pub fn set_registered(&mut self, registered: Vec<Registered>) {
        self.accounts.set(registered);
    }

    /// Whether this user would need a password for the name, as typed.
    pub fn needs_password(&self, id: Id, typed: &str) -> bool {
        let needs = |name| self.accounts.is_registered(&name) && !self.has_proved(id, &name);
        self.users.get(id).is_some() && Name::parse(typed).is_ok_and(needs)
    }

    /// Who has the name that `asker` wants, and would be refused: an unregistered one.
    pub fn holder(&self, asker: Id, typed: &str) -> Option<(Id, Name)> {
        if self.accounts.asked(asker).is_some() {
            return None;
        }
        let name = Name::parse(typed).ok()?;
        let holder = self.users.find(name.key())?;
        let is_registered = self.accounts.is_registered(&name);
        (holder != asker && !is_registered).then_some((holder, name))
    }

    /// The answer to the question of `who`. Ignored if no question is open.
    pub fn verdict(&mut self, now: Time, who: Id, verdict: Verdict, effects: &mut Vec<Effect>) {
        let Some(open) = self.accounts.close(who) else {
            return;
        };
        self.update_names(&open, verdict);
        match self.users.standing(who) {
            Standing::Nameless => self.answer_nameless(now, &open, verdict, effects),
            Standing::User => {
                // A user who came into a room in this turn is greeted first.
                self.arrived(now, who, effects);
                self.answer_user(&open, verdict, effects);
            }
            Standing::Gone => {}
        }
        self.place_changed(who);
    }

    /// Updates the table, even if the asker has left. A registered name that the store does not
    /// find stays registered: only its owner or an operator ends a registration.
    fn update_names(&mut self, open: &Open, verdict: Verdict) {
        match (&open.question, verdict) {
            (Question::Register(_), Verdict::Registered) => {
                self.accounts.add(Registered::from(&open.name));
            }
            (Question::Remove, Verdict::Removed) => self.end_account(&open.name),
            _ => {}
        }
    }

    /// A name is registered no more.
    pub(in crate::hub) fn end_account(&mut self, name: &Name) {
        self.accounts.remove(name);
        self.visits.disown(name);
        self.disown_places(name);
    }

    fn answer_nameless(
        &mut self,
        now: Time,
        open: &Open,
        verdict: Verdict,
        effects: &mut Vec<Effect>,
    ) {
        let Open {
            asker,
            name,
            question,
        } = open;
        let (complaint, old) = match (question, verdict) {
            (Question::Verify(_), Verdict::Right) | (Question::Renew { .. }, Verdict::Changed) => {
                return self.log_in(now, *asker, name, effects);
            }
            (Question::Verify(password), Verdict::RightOnce) => {
                let (name, old) = (name.clone(), Some(password.clone()));
                return self.ask_password(*asker, Claim { name, old }, effects);
            }
            (_, Verdict::Wrong) => (Complaint::WrongPassword, None),
            (Question::Renew { old, .. }, _) => (self.failure(verdict, name), Some(old.clone())),
            _ => (self.failure(verdict, name), None),
        };
        if let Complaint::NotRegistered(_) = complaint {
            return ask_again(*asker, complaint, effects);
        }
        let name = name.clone();
        self.ask_password_again(*asker, Claim { name, old }, complaint, effects);
    }

    /// The password was right: the conn becomes a user. An older session of the same account is
    /// closed, since most likely its connection is dead and nobody has noticed.
    pub(in crate::hub) fn log_in(
        &mut self,
        now: Time,
        id: Id,
        name: &Name,
        effects: &mut Vec<Effect>,
    ) {
        if self.is_refused(now, id, Some(name), true, effects) {
            // Only this name is banned: the conn may choose another.
            if self.users.standing(id) == Standing::Nameless {
                tell(id, Notice::AskName, effects);
            }
            return;
        }
        let older = self.users.find(name.key());
        if !self.is_free(name, older) {
            // A user has come whose name looks like this one as it was typed this time.
            return ask_again(id, taken(name), effects);
        }
        let wants = Wants::OwnName(name.clone(), self.accounts.number(name));
        if self.fetches_before(now, id, wants, effects) {
            return;
        }
        if let Some(older) = older {
            self.leave(now, older, Gone::Elsewhere, effects);
        }
        self.admit(now, id, name.clone(), effects);
        let number = self.accounts.add(Registered::from(name));
        self.has_shown(id, number);
        self.fetch_letters(id, effects);
    }

    fn answer_user(&mut self, open: &Open, verdict: Verdict, effects: &mut Vec<Effect>) {
        let Open {
            asker,
            name,
            question,
        } = open;
        match (question, verdict) {
            (Question::Register(_), Verdict::Registered) => {
                if let Some(number) = self.accounts.number(name) {
                    self.has_shown(*asker, number);
                }
                tell(*asker, Notice::Registered(name.clone()), effects);
            }
            (Question::Change(_), Verdict::Changed) => {
                tell(*asker, Notice::PasswordChanged, effects);
            }
            (Question::Remove, Verdict::Removed) => {
                tell(*asker, Notice::Unregistered(name.clone()), effects);
            }
            (Question::Operator(_), _) => self.proved(*asker, verdict, effects),
            (Question::Register(_), Verdict::AlreadyThere) => {
                refuse(*asker, Complaint::AlreadyRegistered(name.clone()), effects);
            }
            _ => refuse(*asker, self.failure(verdict, name), effects),
        }
    }

    /// A nameless conn wants a registered name.
    pub(in crate::hub) fn ask_password(&mut self, id: Id, claim: Claim, effects: &mut Vec<Effect>) {
        effects.push(Effect::MaskInput { who: id, on: true });
        tell(id, question(&claim), effects);
        self.accounts.ask(id, claim);
    }

    /// A password was refused. What is typed next is most likely a password again, and must not become
    /// a name that everybody reads.
    fn ask_password_again(
        &mut self,
        id: Id,
        claim: Claim,
        complaint: Complaint,
        effects: &mut Vec<Effect>,
    ) {
        refuse(id, complaint, effects);
        self.ask_password(id, claim, effects);
    }

    /// The line that a conn typed when it was asked for the password of a name.
    pub(in crate::hub) fn take_password(
        &mut self,
        id: Id,
        typed: Result<Secret, SecretFault>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(Claim { name, old }) = self.stop_asking(id, effects) else {
            return refuse(id, Complaint::NameFirst, effects);
        };
        let question = match (typed, &old) {
            (Ok(new), Some(old)) if new == *old => Err(SecretFault::Same),
            (Ok(new), Some(old)) => Ok(Question::Renew {
                old: old.clone(),
                new,
            }),
            (Ok(password), None) => Ok(Question::Verify(password)),
            (Err(fault), _) => Err(fault),
        };
        match question {
            Ok(question) => self.put(id, name, question, effects),
            Err(fault) => {
                let complaint = Complaint::BadPassword(fault);
                self.ask_password_again(id, Claim { name, old }, complaint, effects);
            }
        }
    }

    /// The next line is no longer taken for a password.
    pub(in crate::hub) fn stop_asking(
        &mut self,
        id: Id,
        effects: &mut Vec<Effect>,
    ) -> Option<Claim> {
        let claim = self.accounts.stop_asking(id)?;
        effects.push(Effect::MaskInput { who: id, on: false });
        Some(claim)
    }

    /// A user registers their name.
    pub(in crate::hub) fn register(&mut self, id: Id, password: Secret, effects: &mut Vec<Effect>) {
        let name = self.users[id].name.clone();
        if self.accounts.is_registered(&name) {
            refuse(id, Complaint::AlreadyRegistered(name), effects);
        } else if name.is_guest() {
            let name = name.shown().to_owned();
            refuse(id, Complaint::NameReserved(name), effects);
        } else {
            self.put_for_user(id, Question::Register(password), effects);
        }
    }

    /// A user changes the password of their name, or with none gives up the registration.
    pub(in crate::hub) fn change(
        &mut self,
        id: Id,
        password: Option<Secret>,
        effects: &mut Vec<Effect>,
    ) {
        let name = self.users[id].name.clone();
        if !self.has_proved(id, &name) {
            let complaint = match self.accounts.is_registered(&name) {
                true => Complaint::NameRegistered(name),
                false => Complaint::NotRegistered(name),
            };
            return refuse(id, complaint, effects);
        }
        let question = match password {
            Some(password) => Question::Change(password),
            None => Question::Remove,
        };
        self.put_for_user(id, question, effects);
    }

    /// Whether a user has shown that this registered name is theirs, by logging in or by
    /// registering it.
    pub(in crate::hub) fn has_proved(&self, id: Id, name: &Name) -> bool {
        let number = self.accounts.number(name);
        number.is_some_and(|number| self.users[id].proved.contains(&number))
    }

    /// Whether a user, who may have left, has shown that the name they have is theirs.
    pub(in crate::hub) fn owns(&self, user: &User) -> bool {
        let number = self.accounts.number(&user.name);
        number.is_some_and(|number| user.proved.contains(&number))
    }

    fn has_shown(&mut self, id: Id, number: Number) {
        let proved = &mut self.users[id].proved;
        *proved = proved.iter().copied().chain([number]).collect();
    }

    pub(in crate::hub) fn put_for_user(
        &mut self,
        id: Id,
        question: Question,
        effects: &mut Vec<Effect>,
    ) {
        if self.accounts.is_open(id) {
            refuse(id, Complaint::Busy, effects);
        } else {
            let name = self.users[id].name.clone();
            self.put(id, name, question, effects);
        }
    }

    fn put(&mut self, who: Id, name: Name, question: Question, effects: &mut Vec<Effect>) {
        self.accounts.open(Open {
            asker: who,
            name: name.clone(),
            question: question.clone(),
        });
        effects.push(Effect::Account {
            who,
            name,
            question,
        });
    }

    /// Why a question about a name failed.
    pub(in crate::hub) fn failure(&self, verdict: Verdict, name: &Name) -> Complaint {
        match verdict {
            Verdict::NoSuch if !self.accounts.is_registered(name) => {
                Complaint::NotRegistered(name.clone())
            }
            Verdict::Busy => Complaint::Busy,
            Verdict::TooMany { wait } => Complaint::TooManyTries {
                wait_s: wait.as_millis().div_ceil(1000) as u64,
            },
            // The account is lost, or the verdict does not fit the question.
            Verdict::NoSuch
            | Verdict::Failed
            | Verdict::Full { .. }
            | Verdict::Right
            | Verdict::RightOnce
            | Verdict::Wrong
            | Verdict::Registered
            | Verdict::AlreadyThere
            | Verdict::Changed
            | Verdict::Removed => Complaint::AccountsFailed,
        }
    }
}

/// What to ask a conn for.
pub(in crate::hub) fn question(claim: &Claim) -> Notice {
    let name = claim.name.clone();
    match claim.old {
        Some(_) => Notice::AskNewPassword(name),
        None => Notice::AskPassword(name),
    }
}

/// Refuses a name and asks the conn for another.
fn ask_again(id: Id, complaint: Complaint, effects: &mut Vec<Effect>) {
    refuse(id, complaint, effects);
    tell(id, Notice::AskName, effects);
}
