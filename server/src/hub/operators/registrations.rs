//! How operators manage accounts: list them, reset a password, free a name.
//!
//! The store does all of it; its answers arrive here. Invariant: a reset or freed registration
//! gives no rights to users who proved it before.

use crate::hub::effect::Effect;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::{Complaint, Notice};
use crate::hub::operators::orders::Done;
use crate::hub::operators::{Account, Fault, Manage, Outcome};
use crate::hub::{Hub, Time, tell};

impl Hub {
    /// The result of [`Effect::Manage`]: told to the operator, or returned for the console.
    pub fn managed(
        &mut self,
        now: Time,
        by: Option<Id>,
        done: Result<Outcome, Complaint>,
        effects: &mut Vec<Effect>,
    ) -> Option<Notice> {
        match &done {
            Ok(Outcome::Freed(Account::Name(name))) => self.end_account(name),
            Ok(Outcome::Reset {
                whom: Account::Name(name),
                ..
            }) => {
                self.accounts.renumber(name);
                self.disown_places(name);
            }
            _ => {}
        }
        let notice = match done {
            Ok(outcome) => Notice::Ordered(outcome),
            Err(complaint) => Notice::Refused(complaint),
        };
        let Some(who) = by else { return Some(notice) };
        if self.users.get(who).is_some() {
            self.arrived(now, who, effects);
            tell(who, notice, effects);
        }
        None
    }

    /// Starts an operation on the account of this name or e-mail, as typed.
    pub(in crate::hub) fn manage(
        &self,
        by: Option<Id>,
        typed: &str,
        what: impl FnOnce(Account) -> Manage,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let nobody = || Complaint::Order(Fault::NoAccount(typed.to_owned()));
        let whom = match typed.contains('@') {
            true => Account::Email(typed.to_ascii_lowercase().into()),
            false => {
                let name = Name::parse(typed).map_err(|_| nobody())?;
                let shown = self.accounts.shown(&name).ok_or_else(nobody)?;
                Account::Name(Name::parse(shown).unwrap_or(name))
            }
        };
        put(by, what(whom), effects)
    }
}

/// Orders what the hub does not do itself; the answer comes by `managed`.
pub(super) fn put(by: Option<Id>, what: Manage, effects: &mut Vec<Effect>) -> Done {
    effects.push(Effect::Manage { by, what });
    Ok(None)
}
