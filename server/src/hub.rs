//! Users, rooms, requests to effects: everything that chat means is decided here.
//!
//! Pure: no sockets, no clock, no bytes, and it cannot fail; odd input is an effect too. The same
//! requests give the same effects: maps are looked up and never walked.
//!
//! Invariant: every user has a seat in each room they are in, and is told to the others there as come once
//! and as gone once, whatever they and the others ask in between.

mod accounts;
mod answers;
mod arrivals;
mod barred;
mod directs;
pub mod effect;
mod guests;
mod history;
pub mod id;
mod ignores;
pub mod lang;
mod login;
mod managing;
mod memberships;
mod moves;
pub mod name;
pub mod net;
pub mod notice;
mod orders;
pub mod outcome;
mod persons;
pub mod question;
pub mod request;
mod rooms;
pub mod rules;
mod talk;
#[cfg(test)]
mod tests;
mod topics;
mod users;

pub use effect::{Account, Effect, Lines, Manage, RoomId};
pub use id::Id;
pub use notice::{Complaint, Crowd, Foreign, Gone, Notice, RoomListed, Said, SaidKind, Who};
pub use outcome::{Fault, Listed, Outcome};
pub use question::{Question, Registered, Secret, SecretFault, Verdict};
pub use request::{Direct, Order, Request};
pub use rules::{Ban, Target};
pub use users::Rank;

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use crate::hub::lang::{Hint, Lang};
use crate::hub::name::Name;
use accounts::Accounts;
use directs::Directs;
use ignores::Ignores;
use rooms::Rooms;
use rules::Rules;
use users::{Standing, User, Users};

/// Monotonic time since the server started. Never wall-clock time.
pub type Time = Duration;

/// Everything that is chat.
///
/// Call [`Hub::handle`] for each request of a turn and [`Hub::settle`] at its end; do the effects
/// in the order in which they come. The methods are spread over files by what they are about:
/// coming and going in arrivals.rs and moves.rs, names with a password in login.rs, talking in talk.rs, people of
/// another system in directs.rs, questions in answers.rs, orders of operators in orders.rs, and
/// what those mean for others in barred.rs.
pub struct Hub {
    users: Users,
    rooms: Rooms,
    ignores: Ignores,
    accounts: Accounts,
    directs: Directs,
    rules: Rules,
    /// Those who are in more than one room.
    several: BTreeSet<Id>,
    /// Rooms with arrivals or departures that are not told yet, and perhaps some that are.
    unsettled: Vec<RoomId>,
    motd: Vec<Rc<str>>,
    /// The room whose lines the console shows.
    watched: Option<Name>,
    backlog: usize,
}

impl Hub {
    /// An empty hub; `backlog` is how many public lines a user gets to see when it enters a room.
    pub fn new(backlog: usize) -> Hub {
        Hub {
            users: Users::default(),
            rooms: Rooms::new(),
            ignores: Ignores::default(),
            accounts: Accounts::default(),
            directs: Directs::default(),
            rules: Rules::default(),
            several: BTreeSet::new(),
            unsettled: Vec::new(),
            motd: Vec::new(),
            watched: None,
            backlog,
        }
    }

    /// Do one request of the owner of `id`. Requests from departed ids are ignored.
    pub fn handle(&mut self, now: Time, id: Id, request: Request, effects: &mut Vec<Effect>) {
        match self.users.standing(id) {
            Standing::Nameless => self.handle_nameless(now, id, request, effects),
            Standing::User => self.handle_user(now, id, request, effects),
            Standing::Gone => {}
        }
    }

    /// `id` is about to be told something past the hub: whoever has just come somewhere is told that
    /// first, as it is before a request of its own.
    pub fn greet(&mut self, now: Time, id: Id, effects: &mut Vec<Effect>) {
        if self.users.get(id).is_some() {
            self.arrived(now, id, effects);
        }
    }

    /// End of a turn: those who came or left are told to their rooms, in one line a room. A large
    /// room is told so at most every [`crate::limits::NEWS_PAUSE`] for each reader; when to call again for those
    /// that wait for that.
    pub fn settle(&mut self, now: Time, effects: &mut Vec<Effect>) -> Option<Time> {
        let mut next = None;
        for id in std::mem::take(&mut self.unsettled) {
            let due = match self.rooms.get_mut(id) {
                Some(room) if room.is_settled() => continue,
                Some(room) => room.news_due(),
                None => now,
            };
            if due <= now {
                self.flush(now, id, effects);
            } else if !self.unsettled.contains(&id) {
                self.unsettled.push(id);
                next = Some(next.map_or(due, |next: Time| next.min(due)));
            }
        }
        next
    }

    /// Bytes of memory that what is kept for `/history` may take in all rooms together.
    pub fn limit_histories(&mut self, bytes: usize) {
        self.rooms.limit_histories(bytes);
    }

    /// The name of `id`, if it has one.
    pub fn name(&self, id: Id) -> Option<&Name> {
        self.users.get(id).map(|user| &user.name)
    }

    /// Let the server hear what is said in this room also when nobody else does, or in none.
    pub fn watch(&mut self, room: Option<Name>) {
        self.watched = room;
    }

    /// Whether this room, which is there, is the one.
    pub fn is_watched(&self, room: RoomId) -> bool {
        self.watched
            .as_ref()
            .is_some_and(|name| *name == self.rooms[room].name)
    }

    /// Whether `id` is a user who speaks in it.
    pub fn is_in_watched(&self, id: Id) -> bool {
        self.users
            .get(id)
            .is_some_and(|user| self.is_watched(user.rooms.spoken()))
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

    /// The message of the day, one entry a line.
    pub fn set_motd(&mut self, lines: Vec<Rc<str>>) {
        self.motd = lines;
    }

    /// How many users there are.
    pub fn user_count(&self) -> usize {
        self.users.count()
    }

    /// How many direct users there are.
    pub fn direct_count(&self) -> usize {
        self.directs.len()
    }

    /// How many rooms there are.
    pub fn room_count(&self) -> usize {
        self.rooms.len()
    }

    /// The names of everybody, in the order of arrival.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.users.names().map(Name::shown)
    }

    /// Everybody with a name and its room, in the order of the slots.
    pub fn online(&self) -> Vec<(Name, Vec<Name>)> {
        let everybody = self.users.iter();
        let rooms = |user: &User| self.names_of(&user.rooms.in_order());
        everybody
            .map(|(_, user)| (user.name.clone(), rooms(user)))
            .collect()
    }

    /// Check what must always hold between two calls; for tests.
    ///
    /// # Panics
    /// When it does not hold.
    pub fn invariants(&self) {
        self.users.invariants();
        self.rooms.invariants();
        let users = self.users.iter().count();
        self.ignores.invariants(users);
        self.directs.invariants();
        self.rules.invariants();
        let is_nameless = |id| self.users.standing(id) == Standing::Nameless;
        self.accounts.invariants(is_nameless);
        let seated: usize = self.rooms.iter().map(|(_, room)| room.members.len()).sum();
        let places: usize = self.users.iter().map(|(_, user)| user.rooms.len()).sum();
        assert_eq!(places, seated, "a seat for each membership");
        let several = self.users.iter().filter(|(_, user)| user.rooms.len() > 1);
        assert!(several.map(|(id, _)| id).eq(self.several.iter().copied()));
        for (id, user) in self.users.iter() {
            user.rooms.invariants();
            for place in user.rooms.iter() {
                let room = &self.rooms[place.room];
                assert_eq!(
                    room.members.get(&place.seat),
                    Some(&id),
                    "the seat is its owner's"
                );
                let arrives = room.arrivals.contains(&id);
                assert_eq!(arrives, user.rooms.unread() == Some(place.room));
            }
        }
        for (id, room) in self.rooms.iter() {
            assert!(
                room.is_settled() || self.unsettled.contains(&id),
                "forgotten news"
            );
        }
    }

    fn handle_nameless(&mut self, now: Time, id: Id, request: Request, effects: &mut Vec<Effect>) {
        // Until it is known whether the password was right, nothing else counts.
        if self.accounts.is_open(id) && !matches!(request, Request::Leave(_)) {
            return;
        }
        match request {
            Request::Enter(typed) => {
                self.stop_asking(id, effects);
                match typed.is_empty() {
                    true => tell(id, Notice::AskName, effects),
                    false => self.enter(now, id, &typed, effects),
                }
            }
            Request::Bare { meant, .. } => refuse(id, Complaint::Hint(Hint::Slash(meant)), effects),
            Request::Claim(password) => self.take_password(id, password, effects),
            Request::EnterGuest => self.enter_guest(now, id, effects),
            Request::Leave(why) => {
                self.stop_asking(id, effects);
                self.users.remove(id);
                farewell(id, None, why, effects);
            }
            Request::Lang(lang) => {
                speak(id, lang, effects);
                let question = match self.accounts.asked(id) {
                    Some(claim) => login::question(claim),
                    None => Notice::AskName,
                };
                tell(id, question, effects);
            }
            _ => refuse(id, Complaint::NameFirst, effects),
        }
    }

    fn handle_user(&mut self, now: Time, id: Id, request: Request, effects: &mut Vec<Effect>) {
        self.arrived(now, id, effects);
        self.stop_proving(id, effects);
        let Some(request) = self.meant(id, request, effects) else {
            return;
        };
        let Some(request) = self.unless_muted(now, id, request, effects) else {
            return;
        };
        match request {
            Request::Say(text) => self.say(now, id, text, SaidKind::Line, effects),
            Request::Act(text) => self.say(now, id, text, SaidKind::Action, effects),
            Request::Private { to, text } => self.private(now, id, &to, text, effects),
            Request::Reply(text) => self.reply(now, id, text, effects),
            Request::Nick(name) => self.rename(now, id, &name, effects),
            Request::Join(room) => self.join(now, id, &room, effects),
            Request::Also(room) => self.also(id, &room, effects),
            Request::LeaveRoom(room) => self.leave_room(now, id, room.as_deref(), effects),
            Request::Topic => self.tell_topic(id, self.users[id].rooms.spoken(), effects),
            Request::SetTopic(text) => self.set_topic(now, id, &text, effects),
            Request::Ignore(name) => self.ignore(id, &name, effects),
            Request::Ignored => self.tell_ignored(id, effects),
            Request::Online => self.tell_online(now, id, effects),
            Request::Whois(name) => {
                self.tell_whois(now, id, name.clone(), effects);
                self.tell_address(id, &name, effects);
            }
            Request::Rooms => self.tell_rooms(id, effects),
            Request::History { lines, room } => {
                self.tell_history(now, id, lines, room.as_deref(), effects);
            }
            Request::Register(password) => self.register(id, password, effects),
            Request::Password(password) => self.change(id, Some(password), effects),
            Request::Unregister => self.change(id, None, effects),
            Request::Operator(password) => self.prove(id, password, effects),
            Request::Order(order) => self.order_of(now, id, order, effects),
            Request::Lag => effects.push(Effect::TellLag { who: id }),
            // It gave up to prove something, above.
            Request::GiveUp => {}
            Request::Lang(lang) => speak(id, lang, effects),
            Request::Leave(why) => self.leave(now, id, why, effects),
            // Only a confused dialect asks this.
            Request::Enter(_) | Request::EnterGuest | Request::Claim(_) | Request::Bare { .. } => {
                let name = self.users[id].name.clone();
                refuse(id, Complaint::AlreadyNamed(name), effects);
            }
        }
    }
}

fn tell(to: Id, notice: Notice, effects: &mut Vec<Effect>) {
    effects.push(Effect::Tell { to, notice });
}

fn refuse(to: Id, complaint: Complaint, effects: &mut Vec<Effect>) {
    tell(to, Notice::Refused(complaint), effects);
}

fn speak(who: Id, lang: Lang, effects: &mut Vec<Effect>) {
    effects.push(Effect::SetLang { who, lang });
    tell(who, Notice::LangIs(lang), effects);
}

/// The last words and the end. Who hung up is not spoken to.
fn farewell(who: Id, name: Option<Name>, why: Gone, effects: &mut Vec<Effect>) {
    // To a conn that is gone there is nothing to say.
    if !matches!(why, Gone::Hangup | Gone::Lost) {
        let notice = Notice::Bye {
            name: name.clone(),
            why: why.clone(),
        };
        tell(who, notice, effects);
    }
    effects.push(Effect::Close { who, name, why });
}
