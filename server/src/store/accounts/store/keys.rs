//! Keys and looks of registered names, recomputed at each start.
//!
//! A name is what its owner typed; key and look follow from it by Unicode's tables, which change.
//! The stored ones are only an index: if they counted, a name whose skeleton changes would become
//! free.
//!
//! Invariant: the name registered first keeps its key and look; no account is removed.

use std::collections::HashSet;
use std::io;

use super::{SqlResult, Store, TransactionBehavior, params, prepare};
use crate::hub::name::Name;

/// The prefix of a key or a look that belongs to somebody else by now. No name has it.
pub(super) const DISPLACED: char = '~';

struct Account {
    id: i64,
    key: String,
    look: String,
    shown: String,
}

impl Store {
    /// Recomputes keys and looks. Logs names that have become equal.
    pub(in crate::store::accounts) fn refresh_keys(&self) -> io::Result<()> {
        let Some(mut database) = self.open()? else {
            return Ok(());
        };
        let mut refresh = || -> SqlResult<()> {
            let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let changed = {
                let sql =
                    "SELECT id, key, look, shown FROM accounts WHERE kind = 'name' ORDER BY id";
                let mut query = change.prepare(sql)?;
                let all = query.query_map([], |row| {
                    let (id, key, look, shown) =
                        (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                    Ok(Account {
                        id,
                        key,
                        look,
                        shown,
                    })
                })?;
                with_new_keys(all.collect::<Result<_, _>>()?)
            };
            if changed.is_empty() {
                return Ok(());
            }
            prepare(&change)?;
            // First make room: one name may get the key that another one had.
            let sql = "UPDATE accounts SET key = ?2 || ?1, look = ?2 || ?1 WHERE id = ?1";
            for account in &changed {
                change.execute(sql, params![account.id, format!("{DISPLACED}{DISPLACED}")])?;
            }
            let sql = "UPDATE accounts SET key = ?2, look = ?3 WHERE id = ?1";
            for account in &changed {
                change.execute(sql, params![account.id, account.key, account.look])?;
            }
            change.commit()?;
            log::info!(
                "accounts: names follow other tables of Unicode now: {}",
                changed.len()
            );
            Ok(())
        };
        refresh().map_err(|error| self.explain(&error))
    }
}

/// The accounts whose key or look has changed, with the new ones.
fn with_new_keys(accounts: Vec<Account>) -> Vec<Account> {
    let (mut keys, mut looks) = (HashSet::new(), HashSet::new());
    let mut changed = Vec::new();
    for account in accounts {
        let Account { id, shown, .. } = &account;
        let Ok(name) = Name::parse(shown) else {
            log::warn!("accounts: {shown} is no name any more, nobody can give it");
            continue;
        };
        let mut key = name.key().to_owned();
        let mut look = name.look().to_string();
        if !keys.insert(key.clone()) {
            log::warn!(
                "accounts: {shown} is the same name as one registered before; it cannot be used while \
                 that is registered"
            );
            key = format!("{DISPLACED}{id}");
        }
        if !looks.insert(look.clone()) {
            log::warn!(
                "accounts: {shown} looks like a name registered before; both stay registered"
            );
            look = format!("{DISPLACED}{id}");
        }
        if (&key, &look) != (&account.key, &account.look) {
            changed.push(Account {
                key,
                look,
                ..account
            });
        }
    }
    changed
}
