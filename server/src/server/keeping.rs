//! Bans go to the worker that has the disk, and come from it at the start.
//!
//! A ban holds from its order on; here it is only kept. The loop never waits for that: changes stand in
//! a list until the worker has room for the next one.
//!
//! Invariant: changes reach the worker in the order in which they were made.

use super::Server;
use crate::accounts::{self, BanKey, Lane, Owner, Query, Question, Verdict};
use crate::hub::{Ban, Id, Notice, Outcome, Target};
use crate::sys::Sys;

/// A change that the worker has not been told yet.
pub(super) struct Change {
    by: Option<Id>,
    what: What,
}

enum What {
    Keep(accounts::Ban),
    Forget(BanKey),
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
        self.change_bans(by, What::Keep(kept));
    }

    pub(super) fn forget_ban(&mut self, by: Option<Id>, whom: &Target) {
        self.change_bans(by, What::Forget(key(whom)));
    }

    fn change_bans(&mut self, by: Option<Id>, what: What) {
        self.changes.push_back(Change { by, what });
        self.ask_for_changes();
    }

    /// Tell the worker what it can take.
    pub(super) fn ask_for_changes(&mut self) {
        while let Some(change) = self.changes.front() {
            let query = Query {
                ticket: change.by.map_or(CONSOLE, Id::key),
                owner: Owner::Operators,
                question: match &change.what {
                    What::Keep(ban) => Question::Keep(ban.clone()),
                    What::Forget(key) => Question::Forget(key.clone()),
                },
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
}

fn key(whom: &Target) -> BanKey {
    match whom {
        Target::Name(name) => BanKey::Name(name.key().to_owned()),
        Target::Net(net) => BanKey::Address(net.to_string()),
    }
}
