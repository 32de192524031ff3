//! Names in lower case, as TChat showed them. Nothing else of a notice changes.
//!
//! Two users never look the same by it: names that differ in case only are one name.

use crate::hub::name::Name;
use crate::hub::{Absence, Asked, Crowd, Notice, Said, Who};

/// The notice with its names in lower case.
pub(super) fn in_lower_case(notice: &Notice) -> Notice {
    let mut notice = notice.clone();
    match &mut notice {
        Notice::Public { from: name, .. }
        | Notice::Action { from: name, .. }
        | Notice::Went { who: name, .. }
        | Notice::TopicChanged { who: name, .. }
        | Notice::AskPassword(name)
        | Notice::AskNewPassword(name)
        | Notice::YouAre(name)
        | Notice::Whois { name, .. }
        | Notice::Registered(name)
        | Notice::Unregistered(name)
        | Notice::AsksHolder(name)
        | Notice::Bye {
            name: Some(name), ..
        } => lower(name),
        Notice::Private { from: who, .. } | Notice::Ignoring(who) | Notice::Hearing(who) => {
            lower_who(who);
        }
        Notice::Ignored(all) => all.iter_mut().for_each(lower_who),
        Notice::Joined(who)
        | Notice::Back(who)
        | Notice::Left { who, .. }
        | Notice::InRoom { here: who, .. } => {
            lower_all(who);
        }
        Notice::Renamed { from, to } => {
            lower(from);
            lower(to);
        }
        Notice::Welcome { name, here, .. } => {
            lower(name);
            lower_all(here);
        }
        Notice::Absence(absence) => lower_in(absence),
        Notice::Refer(reference) => {
            lower(&mut reference.by);
            lower(&mut reference.quote.from);
        }
        Notice::History { said, .. } | Notice::Pins { said, .. } => {
            for Said { from, re, .. } in said {
                lower(from);
                if let Some(quote) = re {
                    lower(&mut quote.from);
                }
            }
        }
        Notice::Page(page) => {
            if let Asked::From(name) = &mut page.asked {
                lower(name);
            }
            page.lines
                .iter_mut()
                .for_each(|told| lower(&mut told.said.from));
        }
        Notice::Online {
            here,
            away,
            elsewhere,
            ..
        } => {
            lower_all(away);
            lower_all(here);
            elsewhere.iter_mut().for_each(|(name, _)| lower(name));
        }
        _ => {}
    }
    notice
}

fn lower_in(absence: &mut Absence) {
    match absence {
        Absence::YouAreAway | Absence::YouAreBack | Absence::Letters(_) => {}
        Absence::IsAway(name, _)
        | Absence::Here(name, ..)
        | Absence::Kept(name)
        | Absence::MayBeLost(name, _)
        | Absence::Waits(name, _)
        | Absence::Unkept(name, _) => lower(name),
        Absence::Gone(who, _) => *who = who.to_lowercase().into(),
        Absence::Sent(to) => {
            [
                &mut to.sent,
                &mut to.reached,
                &mut to.later,
                &mut to.unknown,
            ]
            .into_iter()
            .for_each(lower_all);
            to.behind.iter_mut().for_each(|(name, _)| lower(name));
        }
    }
}

fn lower(name: &mut Name) {
    *name = name.in_lower_case();
}

fn lower_who(who: &mut Who) {
    if let Who::User(name) = who {
        lower(name);
    }
}

fn lower_all(who: &mut Crowd) {
    who.names.iter_mut().for_each(lower);
}
