//! Bans and hooks go to the worker that has the disk, and come from it at the start; so do the orders about
//! accounts, whose answers come back. A ban holds from its order on; here it is only kept.

use super::Server;
use crate::hub::name::Name;
use crate::hub::{
    Account, Ban, Complaint, Fault, Id, Listed, Manage, Notice, Outcome, Secret, Target, Verdict,
};
use crate::net::sys::Sys;
use crate::store::accounts::{self, Answer, BanKey, Found, Owner, Task};

impl<S: Sys> Server<S> {
    /// Who was banned before this server began.
    pub(super) fn set_bans(&mut self, bans: Vec<accounts::Ban>) {
        let bans = bans.into_iter().filter_map(|ban| {
            let Some(whom) = Target::parse(&ban.whom) else {
                log::warn!("a ban is of nobody: {:?}", ban.whom);
                return None;
            };
            Some(Ban {
                whom,
                by: ban.by.into(),
                why: ban.why.into(),
                until: ban.left.map(|left| self.life.now + left),
            })
        });
        let bans: Vec<Ban> = bans.collect();
        self.hub.set_bans(self.life.now, bans);
    }

    pub(super) fn keep_ban(&mut self, by: Option<Id>, ban: &Ban) {
        let kept = accounts::Ban {
            key: key(&ban.whom),
            whom: ban.whom.to_string(),
            by: ban.by.to_string(),
            why: ban.why.to_string(),
            left: ban.until.map(|until| until.saturating_sub(self.life.now)),
        };
        self.auth.order(&mut self.sys, by, Task::Keep(kept));
    }

    pub(super) fn forget_ban(&mut self, by: Option<Id>, whom: &Target) {
        self.auth.order(&mut self.sys, by, Task::Forget(key(whom)));
    }

    /// An operator wants something of the accounts.
    pub(super) fn manage(&mut self, by: Option<Id>, what: Manage) {
        let task = match what {
            Manage::List(part) => Task::List(part),
            Manage::Reset(whom) => Task::Reset(owner(&whom)),
            Manage::Free(whom) => Task::Free(owner(&whom)),
            Manage::Hook(room, of) => return self.make_hook(by, room, of.as_ref()),
            Manage::Hooks => return self.list_hooks(by),
            Manage::Unhook(number) => return self.end_hook(by, number),
        };
        self.auth.order(&mut self.sys, by, task);
    }

    /// What came of an operator's order. Of a ban or a hook they are told only when it is not on the disk.
    pub(super) fn answer_operator(&mut self, by: Option<Id>, answer: Answer) {
        let Answer {
            task,
            verdict,
            found,
            ..
        } = answer;
        let done = match task {
            Task::Keep(_) | Task::Forget(_) | Task::KeepHook(_) | Task::ForgetHook(_) => {
                if verdict == Verdict::Failed {
                    self.tell_not_kept(by);
                }
                return;
            }
            task => outcome(&task, verdict, found),
        };
        self.answer_order(by, done);
    }

    /// An operator, or the console, is told what came of an order that the hub has passed on.
    pub(super) fn answer_order(&mut self, by: Option<Id>, done: Result<Outcome, Complaint>) {
        let notice = self.hub.managed(self.life.now, by, done, &mut self.effects);
        self.deliver();
        if let Some(notice) = notice {
            self.show(&notice);
        }
    }

    fn tell_not_kept(&mut self, by: Option<Id>) {
        match by {
            Some(who) => {
                self.hub
                    .ban_not_stored(self.life.now, who, &mut self.effects);
                self.deliver();
            }
            None => self.show(&Notice::Ordered(Outcome::NotKept)),
        }
    }
}

fn owner(whom: &Account) -> Owner {
    match whom {
        Account::Name(name) => Owner::from(name),
        Account::Email(email) => Owner::Email(email.to_string()),
    }
}

/// What came of an operator's order, in the hub's words.
fn outcome(task: &Task, verdict: Verdict, found: Found) -> Result<Outcome, Complaint> {
    let (Task::Reset(owner) | Task::Free(owner)) = task else {
        return match (verdict, found) {
            (Verdict::Right, Found::Listed(listed, count)) => Ok(accounts(listed, count)),
            _ => Err(Complaint::AccountsFailed),
        };
    };
    let (whom, typed) = match owner {
        Owner::Name { shown, .. } => (Name::parse(shown).ok().map(Account::Name), shown.as_str()),
        Owner::Email(email) => (Some(Account::Email(email.as_str().into())), email.as_str()),
    };
    match (task, verdict, found, whom) {
        (Task::Reset(_), Verdict::Changed, Found::Password(fresh), Some(whom)) => {
            let password = Secret::new(&fresh.0).map_err(|_| Complaint::AccountsFailed)?;
            Ok(Outcome::Reset { whom, password })
        }
        (Task::Free(_), Verdict::Removed, _, Some(whom)) => Ok(Outcome::Freed(whom)),
        // The hub knows of it and the disk does not: now neither does.
        (Task::Free(_), Verdict::NoSuch, _, Some(whom @ Account::Name(_))) => {
            Ok(Outcome::Freed(whom))
        }
        (_, Verdict::NoSuch, _, _) => Err(Complaint::Order(Fault::NoAccount(typed.to_owned()))),
        _ => Err(Complaint::AccountsFailed),
    }
}

fn accounts(listed: Vec<accounts::Listed>, count: usize) -> Outcome {
    let others = count - listed.len();
    let listed = listed.into_iter().map(|account| Listed {
        whom: account.whom.into(),
        registered: account.registered,
        used: account.used,
    });
    let listed = listed.collect();
    Outcome::Accounts { listed, others }
}

fn key(whom: &Target) -> BanKey {
    match whom {
        Target::Name(name) => BanKey::Name(name.key().to_owned()),
        Target::Net(net) => BanKey::Address(net.to_string()),
    }
}
