//! What the accounts' worker answers to operators in a transcript.

use papo_server::dialect::Style;
use papo_server::hub::name::Name;
use papo_server::hub::{Account, Complaint, Fault, Hook, Id, Key, Listed, Manage, Outcome, Secret};

use super::text::{age, clock};
use super::{Stage, rendered};

impl Stage {
    /// A key that is another one for each conn.
    pub(super) fn draw_key(&mut self, who: Id) {
        let key = Key(u128::from(who.key()) << 32 | 0xfeed);
        let notice = self.hub.take_key(who, key).expect("a user");
        self.told(self.at(who), &notice);
    }

    /// The accounts know zeca and one e-mail, and answer at once.
    pub(super) fn managed(&mut self, by: Option<Id>, what: Manage) {
        let done = match what {
            Manage::List(part) => {
                let listed = Listed {
                    whom: "zeca".into(),
                    registered: age("3", "d"),
                    used: Some(age("2", "h")),
                };
                let listed = vec![listed; usize::from("zeca".contains(&part))];
                let others = 7 * listed.len();
                Ok(Outcome::Accounts { listed, others })
            }
            Manage::Reset(whom) | Manage::Free(whom) if whom == Account::Email("no@x".into()) => {
                Err(Complaint::Order(Fault::NoAccount("no@x".to_owned())))
            }
            Manage::Reset(whom) => {
                let password = Secret::new("bado-kire").expect("a password");
                Ok(Outcome::Reset { whom, password })
            }
            Manage::Free(whom) => Ok(Outcome::Freed(whom)),
            Manage::Hook(room, of) => Ok(Outcome::Hooked(hook(room, of.as_ref()))),
            Manage::Hooks => {
                let room = Name::parse("kitchen").expect("a name");
                Ok(Outcome::Hooks(vec![
                    hook(room.clone(), Some(&room)),
                    hook(lobby(), None),
                ]))
            }
            Manage::Unhook(1) => Ok(Outcome::Unhooked { room: lobby() }),
            Manage::Unhook(number) => Err(Complaint::Order(Fault::NoHook(number))),
        };
        let mut effects = Vec::new();
        let answer = self.hub.managed(self.now, by, done, &mut effects);
        self.take_effect(effects);
        if let Some(answer) = answer {
            for line in rendered(Style::default(), clock(self.now), &answer).lines() {
                self.write(format_args!("operator< {}", &line[2..]));
            }
        }
    }
}

fn lobby() -> Name {
    Name::parse("lobby").expect("a name")
}

fn hook(room: Name, of: Option<&Name>) -> Hook {
    Hook {
        number: 1,
        room,
        by: of.map_or("", Name::shown).into(),
        url: "http://192.168.1.7:12345/hooks/5eca".into(),
    }
}
