//! Users, rooms, requests to effects: everything that chat means is decided here.
//!
//! Pure: no sockets, no clock, no bytes, and it cannot fail; odd input is an effect too. The same
//! requests give the same effects: maps are looked up and never walked.
//!
//! Invariant: every user has a seat in each room they are in, and is told to the others there as come once
//! and as gone once, whatever they and the others ask in between.

mod absent;
mod accounts;
mod address;
mod answers;
pub mod archive;
mod arrivals;
mod back;
mod directs;
pub mod effect;
mod guests;
mod history;
pub mod id;
mod ignores;
mod invariants;
pub mod lang;
mod memberships;
mod moves;
pub mod name;
pub mod notice;
mod operators;
mod pages;
pub mod past;
mod persons;
pub mod recall;
mod recent;
mod refer;
mod reply;
pub mod request;
mod resume;
mod rooms;
pub mod scripts;
mod sessions;
mod tags;
mod talk;
#[cfg(test)]
mod tests;
mod topics;
mod users;

pub use absent::letters::{Errand, Letter, Origin, Visit};
pub use absent::sent::{LastLine, SentTo};
pub use absent::{AboutAbsence, Absence, AbsenceFault, Away, Seen, Unkept};
pub use accounts::question::{Question, Registered, Secret, SecretFault, Verdict};
pub use archive::entry::LineId;
pub use archive::short::ShortId;
pub use archive::{Before, Remembered};
pub use back::{HowLeft, LeftPlace, LeftRoom, Missed, Reached};
pub use directs::ToDirect;
pub use effect::{Effect, Lines, RoomId};
pub use id::Id;
pub use notice::{
    Complaint, Crowd, Foreign, Gone, Notice, Replay, RoomListed, Said, SaidKind, Who,
};
pub use operators::net::Net;
pub use operators::{Account, Ban, Banned, Fault, Hook, Listed, Manage, Order, Outcome, Target};
pub use pages::{Asked, Look, Misled, Page, Source, Told, Zoning};
pub use past::{Again, Cannot};
pub use refer::{Deed, Quote, Refer, ReferFault, Reference, Which};
pub use request::{Direct, Request};
pub use sessions::{Key, KeyHash, Session, Spoken};
pub use tags::{Ids, Tag};
pub use users::Rank;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use crate::hub::lang::{Hint, Lang};
use crate::hub::name::Name;
use absent::away::Aways;
use absent::seen::Visits;
use accounts::Accounts;
use archive::{Archive, Noted};
use back::Leavers;
use directs::Directs;
use ignores::Ignores;
use operators::rules::Rules;
use pages::Query;
use recall::{Purpose, Recalls};
use resume::Resumed;
use rooms::Rooms;
use sessions::Sessions;
use users::{Standing, Users};

/// Monotonic time since the server started. Never wall-clock time.
pub type Time = Duration;

/// Everything that is chat.
///
/// Call [`Hub::handle`] for each request of a turn and [`Hub::settle`] at its end; do the effects
/// in the order in which they come. The methods are spread over files by what they are about:
/// coming and going in arrivals.rs and moves.rs, talking in talk.rs, people of another system in
/// directs.rs, questions in answers.rs, who is not there in absent.rs, names with a password in accounts/, and
/// orders of operators with what those mean for others in operators/.
pub struct Hub {
    users: Users,
    rooms: Rooms,
    ignores: Ignores,
    aways: Aways,
    visits: Visits,
    privates: absent::undelivered::Privates,
    marked: absent::marked::Marked,
    accounts: Accounts,
    directs: Directs,
    rules: Rules,
    /// Those who are in more than one room.
    several: BTreeSet<Id>,
    /// Scripts, each with the room that it reads without being a user.
    listeners: BTreeMap<Id, RoomId>,
    /// The names of scripts that have spoken, the last one last, at most [`SCRIPTS_REMEMBERED`].
    scripts: VecDeque<Name>,
    /// Conns without a name that want ids.
    early_ids: BTreeMap<Id, Ids>,
    sessions: Sessions,
    resumed: Option<Resumed>,
    /// Rooms with arrivals or departures that are not told yet, and perhaps some that are.
    unsettled: Vec<RoomId>,
    motd: Vec<Rc<str>>,
    /// Where others join with a browser.
    address: Rc<str>,
    /// The room whose lines the console shows.
    watched: Option<Name>,
    /// None if nothing is kept.
    archive: Option<Archive>,
    noted: Noted,
    leavers: Leavers,
    /// When somebody last came, left or was told something: at most a turn ago.
    now: Time,
    /// The next epoch of a room that needs one.
    next_epoch: u64,
    recalls: Recalls<Purpose>,
    /// What `/more` tells those who may be told more.
    pages: BTreeMap<Id, Query>,
    backlog: usize,
}

impl Hub {
    /// An empty hub; `backlog` is how many public lines a user gets to see when it enters a room.
    pub fn new(backlog: usize) -> Hub {
        Hub {
            users: Users::default(),
            rooms: Rooms::new(),
            ignores: Ignores::default(),
            aways: Aways::default(),
            visits: Visits::default(),
            privates: Default::default(),
            marked: Default::default(),
            accounts: Accounts::default(),
            directs: Directs::default(),
            rules: Rules::default(),
            several: BTreeSet::new(),
            listeners: BTreeMap::new(),
            scripts: VecDeque::new(),
            early_ids: BTreeMap::new(),
            sessions: Sessions::default(),
            resumed: None,
            unsettled: Vec::new(),
            motd: Vec::new(),
            address: "".into(),
            watched: None,
            archive: None,
            noted: Noted::default(),
            leavers: Leavers::default(),
            now: Time::ZERO,
            next_epoch: 1,
            recalls: Recalls::default(),
            pages: BTreeMap::new(),
            backlog,
        }
    }

    /// Do one request of the owner of `id`. Requests from departed ids are ignored.
    pub fn handle(&mut self, now: Time, id: Id, request: Request, effects: &mut Vec<Effect>) {
        self.note_request(id, &request);
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
        let mut next = self.ask_for_the_busy(now, effects);
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

    /// The message of the day, one entry a line.
    pub fn set_motd(&mut self, lines: Vec<String>) {
        self.motd = lines.into_iter().map(Rc::from).collect();
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

    fn handle_nameless(&mut self, now: Time, id: Id, request: Request, effects: &mut Vec<Effect>) {
        // Until it is known whether the password was right, or what was missed, nothing else counts.
        let waits = self.accounts.is_open(id) || self.is_catching_up(id);
        if waits && !matches!(request, Request::Leave(_)) {
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
                self.forget_nameless(id);
                farewell(id, None, why, effects);
            }
            Request::Lang(lang) => {
                speak(id, lang, effects);
                self.ask_again(id, effects);
            }
            Request::Zone(what) => self.zone(id, what, effects),
            Request::ShowIds(ids) => {
                self.show_ids(id, ids, effects);
                self.ask_again(id, effects);
            }
            Request::Resume { key, had } => self.resume(now, id, (key, had), effects),
            _ => refuse(id, Complaint::NameFirst, effects),
        }
    }

    /// A conn without a name is asked again what it was asked before.
    fn ask_again(&self, id: Id, effects: &mut Vec<Effect>) {
        let question = match self.accounts.asked(id) {
            Some(claim) => accounts::login::question(claim),
            None => Notice::AskName,
        };
        tell(id, question, effects);
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
            Request::Refer(refer) => self.refer_to(now, id, refer, effects),
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
            Request::Look(look) => self.look(now, id, look, effects),
            Request::Register(password) => self.register(id, password, effects),
            Request::Password(password) => self.change(id, Some(password), effects),
            Request::Unregister => self.change(id, None, effects),
            Request::Operator(password) => self.prove(id, password, effects),
            Request::Proof(password) => self.take_proof(id, password, effects),
            Request::Order(order) => self.order_of(now, id, order, effects),
            Request::Absence(asked) => self.handle_absence(now, id, asked, effects),
            Request::Address => self.tell_where_to_join(id, effects),
            Request::Lag => effects.push(Effect::TellLag { who: id }),
            // It gave up to prove something, above; the server asks with a time instead.
            Request::GiveUp | Request::Since(..) => {}
            Request::Lang(lang) => speak(id, lang, effects),
            Request::Zone(what) => self.zone(id, what, effects),
            Request::ShowIds(ids) => self.show_ids(id, ids, effects),
            Request::Once { mark, what } => self.once(now, id, (mark, *what), effects),
            Request::Leave(why) => self.leave(now, id, why, effects),
            // Only a confused dialect asks this.
            Request::Enter(_)
            | Request::EnterGuest
            | Request::Claim(_)
            | Request::Resume { .. }
            | Request::Bare { .. } => {
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
