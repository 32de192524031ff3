//! Bans go to the worker that has the disk, and come from it at the start; so do the orders about
//! accounts, whose answers come back.
//!
//! A ban holds from its order on; here it is only kept. The loop never waits for that: changes stand in
//! a list until the worker has room for the next one.
//!
//! Invariant: changes reach the worker in the order in which they were made, and at most
//! `CHANGES_WAITING` of them wait.

use super::Server;
use crate::hub::name::Name;
use crate::hub::{
    Account, Ban, Complaint, Fault, Id, Listed, Manage, Notice, Outcome, Secret, Target,
};
use crate::limits::CHANGES_WAITING;
use crate::net::sys::Sys;
use crate::store::accounts::{
    self, Answer, Asked, BanKey, Found, Lane, Owner, Query, Question, Verdict,
};

/// A change that the worker has not been told yet.
pub(super) struct Change {
    by: Option<Id>,
    what: What,
}

enum What {
    Keep(accounts::Ban),
    Forget(BanKey),
    Manage(Manage),
}

/// The ticket of what the console ordered: no id has this key.
const CONSOLE: u64 = u64::MAX;

impl<S: Sys> Server<S> {
    /// Who was banned before this server began.
    pub fn set_bans(&mut self, bans: Vec<accounts::Ban>) {
        let bans = bans.into_iter().filter_map(|ban| {
            let Some(whom) = Target::parse(&ban.whom) else {
                log::warn!("a ban is of nobody: {:?}", ban.whom);
                return None;
            };
            Some(Ban {
                whom,
                by: ban.by.into(),
                why: ban.why.into(),
                until: ban.left.map(|left| self.now + left),
            })
        });
        let bans: Vec<Ban> = bans.collect();
        self.hub.set_bans(self.now, bans);
    }

    pub(super) fn keep_ban(&mut self, by: Option<Id>, ban: &Ban) {
        let kept = accounts::Ban {
            key: key(&ban.whom),
            whom: ban.whom.to_string(),
            by: ban.by.to_string(),
            why: ban.why.to_string(),
            left: ban.until.map(|until| until.saturating_sub(self.now)),
        };
        self.change(by, What::Keep(kept));
    }

    pub(super) fn forget_ban(&mut self, by: Option<Id>, whom: &Target) {
        self.change(by, What::Forget(key(whom)));
    }

    /// Flood control keeps users from ordering more than the worker does. A pipe into the console
    /// could; what it orders on top is not done, and the log says so.
    fn change(&mut self, by: Option<Id>, what: What) {
        if self.changes.len() >= CHANGES_WAITING {
            return log::error!("too many orders wait for the disk; one was not kept");
        }
        self.changes.push_back(Change { by, what });
        self.ask_for_changes();
    }

    /// Tell the worker what it can take.
    pub(super) fn ask_for_changes(&mut self) {
        while let Some(change) = self.changes.front() {
            let (owner, question) = match &change.what {
                What::Keep(ban) => (Owner::Operators, Question::Keep(ban.clone())),
                What::Forget(key) => (Owner::Operators, Question::Forget(key.clone())),
                What::Manage(Manage::List(part)) => {
                    (Owner::Operators, Question::List(part.clone()))
                }
                What::Manage(Manage::Reset(whom)) => (owner(whom), Question::Reset),
                What::Manage(Manage::Free(whom)) => (owner(whom), Question::Free),
            };
            let query = Query {
                ticket: change.by.map_or(CONSOLE, Id::key),
                owner,
                question,
                lane: Lane::Host,
            };
            if self.sys.ask(query).is_err() {
                return;
            }
            self.changes.pop_front();
        }
    }

    /// What came of a change. Whoever made it is told when it is not on the disk.
    pub(super) fn answer_change(&mut self, ticket: u64, verdict: Verdict) {
        if verdict != Verdict::Failed {
            return;
        }
        if ticket == CONSOLE {
            self.show(&Notice::Ordered(Outcome::NotKept));
        } else {
            let who = Id::from_key(ticket);
            self.hub.not_kept(self.now, who, &mut self.effects);
            self.deliver();
        }
    }

    /// An operator wants something of the accounts.
    pub(super) fn manage(&mut self, by: Option<Id>, what: Manage) {
        self.change(by, What::Manage(what));
    }

    /// What came of that.
    pub(super) fn answer_manage(&mut self, answer: Answer) {
        let Answer {
            ticket,
            owner,
            asked,
            verdict,
            found,
        } = answer;
        let by = (ticket != CONSOLE).then(|| Id::from_key(ticket));
        let done = outcome(&owner, asked, verdict, found);
        let notice = self.hub.managed(self.now, by, done, &mut self.effects);
        self.deliver();
        if let Some(notice) = notice {
            self.show(&notice);
        }
    }
}

fn owner(whom: &Account) -> Owner {
    match whom {
        Account::Name(name) => Owner::Name {
            key: name.key().to_owned(),
            look: name.look().to_string(),
            shown: name.shown().to_owned(),
        },
        Account::Email(email) => Owner::Email(email.to_string()),
    }
}

/// What came of an operator's order, in the hub's words.
fn outcome(
    owner: &Owner,
    asked: Asked,
    verdict: Verdict,
    found: Found,
) -> Result<Outcome, Complaint> {
    let (whom, typed) = match owner {
        Owner::Name { shown, .. } => (Name::parse(shown).ok().map(Account::Name), shown.as_str()),
        Owner::Email(email) => (Some(Account::Email(email.as_str().into())), email.as_str()),
        Owner::Operators => (None, ""),
    };
    match (asked, verdict, found, whom) {
        (Asked::List, Verdict::Right, Found::Listed(listed, count), _) => {
            let others = count - listed.len();
            let listed = listed.into_iter().map(|account| Listed {
                whom: account.whom.into(),
                registered: account.registered,
                used: account.used,
            });
            let listed = listed.collect();
            Ok(Outcome::Accounts { listed, others })
        }
        (Asked::Reset, Verdict::Changed, Found::Password(fresh), Some(whom)) => {
            let password = Secret::new(&fresh.0).map_err(|_| Complaint::AccountsFailed)?;
            Ok(Outcome::Reset { whom, password })
        }
        (Asked::Free, Verdict::Removed, _, Some(whom)) => Ok(Outcome::Freed(whom)),
        // The hub knows of it and the disk does not: now neither does.
        (Asked::Free, Verdict::NoSuch, _, Some(whom @ Account::Name(_))) => {
            Ok(Outcome::Freed(whom))
        }
        (_, Verdict::NoSuch, _, _) => Err(Complaint::Order(Fault::NoAccount(typed.to_owned()))),
        _ => Err(Complaint::AccountsFailed),
    }
}

fn key(whom: &Target) -> BanKey {
    match whom {
        Target::Name(name) => BanKey::Name(name.key().to_owned()),
        Target::Net(net) => BanKey::Address(net.to_string()),
    }
}
