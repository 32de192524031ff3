//! Orders of operators, from the console or by `/admin`. Their effect on other users is in
//! refusals.rs.
//!
//! A user who has given the operators' password is an operator until they leave; no name makes one.
//! Orders never wait: a ban holds at once, and the server stores it.
//!
//! Invariant: after an order no banned user is online.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use crate::hub::accounts::question::{Question, Secret, SecretFault, Verdict};
use crate::hub::arrivals::room_name;
use crate::hub::effect::Effect;
use crate::hub::id::Id;
use crate::hub::name::Name;
use crate::hub::notice::{Complaint, Gone, Notice, Who};
use crate::hub::operators::registrations::put;
use crate::hub::operators::{Ban, Banned, Fault, Manage, Order, Outcome, Target};
use crate::hub::persons::Person;
use crate::hub::users::Rank;
use crate::hub::{Hub, Time, refuse, tell};
use crate::limits::{BANS_LISTED, REASON_CHARS};

/// The result of an order: an answer or none, or a complaint.
pub(in crate::hub) type Done = Result<Option<Outcome>, Complaint>;

impl Hub {
    /// Executes one order of the console, whose texts are clean. Returns the answer, if any.
    pub fn order(&mut self, now: Time, order: Order, effects: &mut Vec<Effect>) -> Option<Notice> {
        match self.execute(now, None, order, effects) {
            Ok(outcome) => outcome.map(Notice::Ordered),
            Err(complaint) => Some(Notice::Refused(complaint)),
        }
    }

    /// Replaces all bans by these, which were stored.
    pub fn set_bans(&mut self, now: Time, bans: Vec<Ban>) {
        self.rules.clear_bans();
        for ban in bans {
            self.rules.ban(now, ban);
        }
    }

    /// How many bans are in force.
    pub fn ban_count(&self, now: Time) -> usize {
        self.rules.list(now).count()
    }

    /// Notes the address of a conn.
    pub fn note_address(&mut self, id: Id, address: IpAddr) {
        self.rules.note_address(id, address);
    }

    /// Whether conns from this address are refused.
    pub fn is_banned(&self, now: Time, address: IpAddr) -> bool {
        self.rules.ban_of_address(now, address).is_some()
    }

    /// Whether all newcomers are refused.
    pub fn is_locked(&self) -> bool {
        self.rules.locked
    }

    /// A ban ordered by `who`, or its end, could not be stored.
    pub fn ban_not_stored(&mut self, now: Time, who: Id, effects: &mut Vec<Effect>) {
        if self.users.get(who).is_some() {
            self.arrived(now, who, effects);
            tell(who, Notice::Ordered(Outcome::NotKept), effects);
        }
    }

    /// What a conn may type; none if it has not given a name yet.
    pub fn rank(&self, id: Id) -> Option<Rank> {
        match self.users.get(id) {
            Some(user) => Some(user.rank),
            None => self.accounts.asked(id).map(|_| Rank::Claimant),
        }
    }

    /// An order of a user.
    pub(in crate::hub) fn order_of(
        &mut self,
        now: Time,
        id: Id,
        order: Order,
        effects: &mut Vec<Effect>,
    ) {
        if self.users[id].rank != Rank::Operator {
            return refuse(id, Complaint::Order(Fault::NotOperator), effects);
        }
        let answer = match self.execute(now, Some(id), order, effects) {
            Ok(None) => return,
            Ok(Some(outcome)) => Notice::Ordered(outcome),
            Err(complaint) => Notice::Refused(complaint),
        };
        tell(id, answer, effects);
    }

    /// A user gives the operators' password, or with none asks to be asked for it.
    pub(in crate::hub) fn prove(
        &mut self,
        id: Id,
        password: Option<Secret>,
        effects: &mut Vec<Effect>,
    ) {
        let user = &mut self.users[id];
        match password {
            _ if user.rank == Rank::Operator => {
                refuse(id, Complaint::Order(Fault::AlreadyOperator), effects);
            }
            Some(password) => {
                self.put_for_user(id, Question::Operator(password), effects);
            }
            // The open question may make them an operator already.
            None if self.accounts.is_open(id) => refuse(id, Complaint::Busy, effects),
            None => self.ask_proof(id, effects),
        }
    }

    fn ask_proof(&mut self, id: Id, effects: &mut Vec<Effect>) {
        self.users[id].rank = Rank::Asked;
        effects.push(Effect::MaskInput { who: id, on: true });
        tell(id, Notice::Ordered(Outcome::AskPassword), effects);
    }

    /// The line that a user typed when they were asked for the operators' password.
    pub(in crate::hub) fn take_proof(
        &mut self,
        id: Id,
        typed: Result<Secret, SecretFault>,
        effects: &mut Vec<Effect>,
    ) {
        match typed {
            Ok(_) if self.users[id].rank == Rank::Operator => {
                refuse(id, Complaint::Order(Fault::AlreadyOperator), effects);
            }
            Ok(password) => {
                self.users[id].rank = Rank::Proving;
                self.put_for_user(id, Question::Operator(password), effects);
            }
            Err(fault) => {
                refuse(id, Complaint::BadPassword(fault), effects);
                self.ask_proof(id, effects);
            }
        }
    }

    /// The verdict on the operators' password.
    pub(in crate::hub) fn proved(&mut self, id: Id, verdict: Verdict, effects: &mut Vec<Effect>) {
        let rank = match verdict {
            Verdict::Right => Rank::Operator,
            _ => Rank::User,
        };
        let before = std::mem::replace(&mut self.users[id].rank, rank);
        let complaint = match verdict {
            Verdict::Right => return tell(id, Notice::Ordered(Outcome::Operator), effects),
            Verdict::Wrong => Complaint::WrongPassword,
            Verdict::NoSuch => return refuse(id, Complaint::Order(Fault::NoOperators), effects),
            _ => self.failure(verdict, &self.users[id].name),
        };
        refuse(id, complaint, effects);
        // What they type next is most likely a password again, and must not be said to all.
        if before == Rank::Proving {
            self.ask_proof(id, effects);
        }
    }

    /// The next line of this user is no longer taken for the operators' password.
    pub(in crate::hub) fn stop_proving(&mut self, id: Id, effects: &mut Vec<Effect>) {
        let user = &mut self.users[id];
        if user.rank == Rank::Asked {
            user.rank = Rank::User;
            effects.push(Effect::MaskInput { who: id, on: false });
        }
    }

    /// Tells an operator the address of the user they asked about.
    pub(in crate::hub) fn tell_address(&self, id: Id, typed: &str, effects: &mut Vec<Effect>) {
        if self.users[id].rank != Rank::Operator {
            return;
        }
        let Some(Person::User(other)) = self.find(typed) else {
            return;
        };
        if let Some(address) = self.rules.address(other) {
            let name = self.users[other].name.clone();
            tell(
                id,
                Notice::Ordered(Outcome::ComesFrom { name, address }),
                effects,
            );
        }
    }
}

impl Hub {
    /// `by` is none for the console. Orders that succeed are logged.
    fn execute(
        &mut self,
        now: Time,
        by: Option<Id>,
        order: Order,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let name = by.map(|id| self.users[id].name.clone());
        let order = self.resolve_mute_toggle(now, order);
        let done = match order.clone() {
            Order::Announce(text) => {
                self.announce(now, &text, effects);
                Ok(None)
            }
            Order::Stop => {
                self.stop(now, effects);
                return Ok(None);
            }
            Order::Kick { name, reason } => self.kick(now, by, &name, &reason, effects),
            Order::Ban {
                whom,
                lasts,
                reason,
            } => self.ban(now, by, &whom, lasts, &reason, effects),
            Order::Bans => return Ok(Some(self.bans(now))),
            Order::Unban(whom) => self.unban(now, by, whom, effects),
            Order::Mute { name, lasts, .. } => self.mute(now, by, &name, lasts, effects),
            Order::Unmute(name) => self.unmute(now, &name, effects),
            Order::Accounts(part) => return put(by, Manage::List(part), effects),
            Order::Reset(whom) => self.manage(by, &whom, Manage::Reset, effects),
            Order::Free(whom) => self.manage(by, &whom, Manage::Free, effects),
            Order::Hook(room) => {
                let room = room_name(&room).map_err(Complaint::BadName)?;
                put(by, Manage::Hook(room, name.clone()), effects)
            }
            Order::Hooks => return put(by, Manage::Hooks, effects),
            Order::Unhook(number) => put(by, Manage::Unhook(number), effects),
            Order::Lockdown(None) => return Ok(Some(Outcome::Lockdown(self.rules.locked))),
            Order::Lockdown(Some(on)) => {
                self.rules.locked = on;
                Ok(Some(Outcome::Lockdown(on)))
            }
        };
        if done.is_ok() {
            effects.push(Effect::LogOrder { by: name, order });
        }
        done
    }

    /// A `/mute` of a muted user ends the mute: the log shall say so.
    fn resolve_mute_toggle(&self, now: Time, order: Order) -> Order {
        match order {
            Order::Mute {
                name,
                again_ends: true,
                ..
            } if self.is_muted(now, &name) => Order::Unmute(name),
            order => order,
        }
    }

    /// The operator speaks to everybody who has a name.
    fn announce(&mut self, now: Time, text: &str, effects: &mut Vec<Effect>) {
        self.tell_all(now, &Notice::Announced(text.into()), effects);
    }

    fn kick(
        &mut self,
        now: Time,
        by: Option<Id>,
        typed: &str,
        reason: &str,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let why = Gone::Kicked(short(reason));
        let person = self.find_other(by, typed)?;
        let whom = self.who(person);
        match person {
            Person::User(id) => self.leave(now, id, why, effects),
            Person::Direct(id) => {
                let email = self.leave_direct(now, id, why, effects);
                effects.extend(email.map(|email| Effect::EndDirect { email }));
            }
        }
        Ok(Some(Outcome::Kicked(whom)))
    }

    fn ban(
        &mut self,
        now: Time,
        by: Option<Id>,
        typed: &str,
        lasts: Option<Duration>,
        reason: &str,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let mut whom = target(typed)?;
        let banned: Vec<Id> = match &mut whom {
            Target::Name(name) => {
                let found = self.users.find(name.key());
                if found.is_some() && found == by {
                    return Err(Complaint::Yourself);
                }
                if name.is_guest() {
                    let from = found.and_then(|id| self.rules.address(id));
                    let name = name.clone();
                    return Err(Complaint::Order(Fault::Guest { name, from }));
                }
                // As its owner spells it.
                if let Some(id) = found {
                    *name = self.users[id].name.clone();
                }
                found.into_iter().collect()
            }
            Target::Net(net) if net.is_loopback() => {
                return Err(Complaint::Order(Fault::Loopback));
            }
            Target::Net(net) => {
                let inside = |id: Id| {
                    let address = self.rules.address(id);
                    address.is_some_and(|address| net.contains(address))
                };
                if by.is_some_and(inside) {
                    return Err(Complaint::Order(Fault::OwnAddress));
                }
                let inside = self.rules.conns_from(*net).into_iter();
                inside.filter(|id| self.users.get(*id).is_some()).collect()
            }
        };
        let ban = Ban {
            whom: whom.clone(),
            by: by.map_or("".into(), |id| self.users[id].name.shown().into()),
            why: short(reason),
            until: lasts.map(|lasts| now + lasts),
        };
        let why = ban.why.clone();
        if !self.rules.ban(now, ban.clone()) {
            return Err(Complaint::Order(Fault::Full));
        }
        effects.push(Effect::PersistBan { by, ban });
        let from = match (&whom, banned.first()) {
            (Target::Name(_), Some(id)) => self.rules.address(*id),
            _ => None,
        };
        let out = banned.len();
        self.put_out(now, banned, (&whom, &why), effects);
        // Loopback cannot be banned, so it is not suggested.
        let from = from.filter(|address| !address.is_loopback());
        Ok(Some(Outcome::Banned {
            whom,
            lasts,
            from,
            out,
        }))
    }

    fn unban(
        &mut self,
        now: Time,
        by: Option<Id>,
        typed: String,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let whom = target(&typed)?;
        let Some(ban) = self.rules.unban(now, &whom) else {
            return Err(Complaint::Order(Fault::NotBanned(typed)));
        };
        let whom = ban.whom;
        effects.push(Effect::ForgetBan {
            by,
            whom: whom.clone(),
        });
        Ok(Some(Outcome::Unbanned(whom)))
    }

    fn bans(&self, now: Time) -> Outcome {
        let all = self.rules.list(now).count();
        let listed = self.rules.list(now).take(BANS_LISTED).map(|ban| Banned {
            whom: ban.whom.clone(),
            by: ban.by.clone(),
            why: ban.why.clone(),
            left: ban.until.map(|until| until - now),
        });
        let bans: Vec<Banned> = listed.collect();
        let others = all - bans.len();
        Outcome::Bans { bans, others }
    }

    fn is_muted(&self, now: Time, typed: &str) -> bool {
        let whom = self.meant_by(typed);
        whom.is_ok_and(|whom| self.rules.mute_of(now, &whom).is_some())
    }

    /// Who is meant: somebody who is online, or a name that nobody has now.
    fn meant_by(&self, typed: &str) -> Result<Who, Complaint> {
        match self.find(typed) {
            Some(person) => Ok(self.who(person)),
            None => match Name::parse(typed) {
                Ok(name) => Ok(Who::User(name)),
                Err(_) => Err(Complaint::NoSuchUser(typed.to_owned())),
            },
        }
    }

    fn mute(
        &mut self,
        now: Time,
        by: Option<Id>,
        typed: &str,
        lasts: Option<Duration>,
        effects: &mut Vec<Effect>,
    ) -> Done {
        let (whom, person) = self.who_speaks(by, typed)?;
        let until = lasts.map(|lasts| now + lasts);
        if !self.rules.mute(now, whom.clone(), until) {
            return Err(Complaint::Order(Fault::Full));
        }
        // Direct users and scripts learn of it when they speak: the server cannot show them lines of its own.
        if let Some(Person::User(id)) = person {
            self.arrived(now, id, effects);
            tell(id, Notice::Ordered(Outcome::YouAreMuted { lasts }), effects);
        }
        Ok(Some(Outcome::Muted { whom, lasts }))
    }

    fn unmute(&mut self, now: Time, typed: &str, effects: &mut Vec<Effect>) -> Done {
        let whom = self.meant_by(typed)?;
        if !self.rules.unmute(now, &whom) {
            return Err(Complaint::Order(Fault::NotMuted(whom)));
        }
        if let Some(Person::User(id)) = self.find(typed) {
            self.arrived(now, id, effects);
            tell(id, Notice::Ordered(Outcome::YouMaySpeak), effects);
        }
        Ok(Some(Outcome::Unmuted(whom)))
    }
}

fn target(typed: &str) -> Result<Target, Complaint> {
    Target::parse(typed).ok_or_else(|| Complaint::Order(Fault::BadTarget(typed.to_owned())))
}

/// Cuts a reason to its maximal length: a list of bans shows many.
pub(in crate::hub) fn short(reason: &str) -> Rc<str> {
    match reason.char_indices().nth(REASON_CHARS) {
        Some((end, _)) => reason[..end].trim_end().into(),
        None => reason.into(),
    }
}
