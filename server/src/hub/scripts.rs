//! Scripts that take part over HTTP without being users: some say a line, some listen to a room.
//!
//! A line of theirs goes to its room like that of a user; a room that nobody is in keeps it for who comes.
//! Who is in a room can see how many listen.
//!
//! Invariant: nobody is made to say what they did not, since a script has no name that is somebody's unless it has
//! shown that it is theirs; and a room with listeners is not closed.

use std::rc::Rc;
use std::time::Duration;

use super::archive::entry::LineId;
use super::arrivals::{legal_name, room_name, taken};
use super::effect::{Effect, Lines, RoomId};
use super::history::History;
use super::id::Id;
use super::name::Name;
use super::notice::{Complaint, Gone, Notice, Replay, Said, SaidKind, Who};
use super::operators::net::Net;
use super::operators::{Fault, Target};
use super::persons::Person;
use super::refer::Author;
use super::{Hub, Time, tell};
use crate::limits::{HISTORY_LINES, SCRIPTS_REMEMBERED};

/// From which line on a script wants those of before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Since {
    /// None of them.
    Now,
    /// The last one.
    Latest,
    /// All that are at hand.
    All,
    /// Those after this one.
    Line(LineId),
    /// Those said at most so long ago.
    Ago(Duration),
}

/// Who a script says it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Speaker<'a> {
    /// A name that it has chosen, as typed; it must be nobody's.
    Named(&'a str),
    /// The owner of this registered name, who has shown that.
    Owner(&'a Name),
    /// A program that an operator has given a hook: a name that nobody can have.
    Hook,
}

/// How many lines are missing where nobody counted them.
pub const UNKNOWN: u64 = 0;

/// The name of those, which is reserved.
const HOOK: &str = "webhook";

impl Hub {
    /// Says a line in a room, whose name is as it was typed: who has said it where, and its id.
    ///
    /// # Errors
    /// Why nobody gets it.
    pub fn publish(
        &mut self,
        now: Time,
        (speaker, room): (Speaker<'_>, &str),
        text: Rc<str>,
        effects: &mut Vec<Effect>,
    ) -> Result<(Name, Name, LineId), Complaint> {
        let from = self.speaks_as(speaker)?;
        if let Some(complaint) = self.name_banned(now, &from) {
            return Err(complaint);
        }
        if self.rules.is_muted(now, &from) {
            let left = self.rules.muted_for(now, &from);
            return Err(Complaint::Order(Fault::Muted { left }));
        }
        let room = self.open_for_scripts(room)?;
        let except = match self.ignores.ignorers_of(&from) {
            Some(deaf) => self.deaf_in(room, deaf).collect(),
            None => Vec::new(),
        };
        let proved = match speaker {
            Speaker::Named(_) | Speaker::Hook => None,
            Speaker::Owner(name) => self.accounts.number(name),
        };
        let by = Author {
            proved,
            ..Author::UNKNOWN
        };
        self.note_script(&from);
        self.noted.is_proved = proved.is_some();
        let said = (from.clone(), text, SaidKind::Line, None);
        let id = self.tell_said_by(now, room, said, (by, except), effects);
        let name = self.rooms[room].name.clone();
        self.close_deserted(room, effects);
        Ok((from, name, id))
    }

    /// Whether somebody has registered this name.
    pub fn is_registered(&self, name: &Name) -> bool {
        self.accounts.is_registered(name)
    }

    /// The name that the lines of a script have.
    fn speaks_as(&self, speaker: Speaker<'_>) -> Result<Name, Complaint> {
        let name = match speaker {
            Speaker::Named(typed) => legal_name(typed)?,
            Speaker::Hook => return Name::parse(HOOK).map_err(Complaint::BadName),
            Speaker::Owner(name) if name.is_reserved() => {
                return Err(Complaint::NameReserved(name.shown().to_owned()));
            }
            // As it was registered.
            Speaker::Owner(name) => {
                let shown = self.accounts.shown(name);
                return Ok(shown
                    .and_then(|shown| Name::parse(shown).ok())
                    .unwrap_or(name.clone()));
            }
        };
        if self.accounts.is_registered(&name) {
            return Err(Complaint::NameRegistered(name));
        }
        match self.is_free(&name, None) {
            true => Ok(name),
            false => Err(taken(&name)),
        }
    }

    /// A conn that is no user reads a room from here on, after lines of before.
    ///
    /// # Errors
    /// Why it does not.
    pub fn listen(
        &mut self,
        now: Time,
        (who, room): (Id, &str),
        since: Since,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Complaint> {
        let room = self.open_for_scripts(room)?;
        // Who came in this turn is told to those who read already.
        self.flush(now, room, effects);
        let of = &self.rooms[room];
        let (name, lines) = (of.name.clone(), Lines::Bare);
        let (is_whole, said) = since.of(&of.history, now, of.last);
        if !is_whole {
            tell(who, Notice::Skipped { lines: UNKNOWN }, effects);
        }
        if !said.is_empty() {
            let notice = Notice::History {
                room: name.clone(),
                lines,
                said,
                replay: Replay::Asked,
            };
            tell(who, notice, effects);
        }
        effects.push(Effect::Attach {
            who,
            room,
            name,
            lines,
        });
        self.listeners.insert(who, room);
        self.rooms[room].listeners += 1;
        Ok(())
    }

    /// It reads the room no more, if it did.
    pub fn stop_listening(&mut self, who: Id, effects: &mut Vec<Effect>) {
        let Some(room) = self.listeners.remove(&who) else {
            return;
        };
        self.rooms[room].listeners -= 1;
        effects.push(Effect::Detach { who, room });
        self.close_deserted(room, effects);
    }

    /// These users leave because `whom` is banned, and so do those who listen from there.
    pub(super) fn put_out(
        &mut self,
        now: Time,
        users: Vec<Id>,
        (whom, why): (&Target, &Rc<str>),
        effects: &mut Vec<Effect>,
    ) {
        for id in users {
            self.leave(now, id, Gone::Banned(why.clone()), effects);
        }
        if let Target::Net(net) = whom {
            self.dismiss_listeners(*net, why, effects);
        }
    }

    /// Those who come from these addresses hear no more.
    fn dismiss_listeners(&mut self, net: Net, why: &str, effects: &mut Vec<Effect>) {
        let is_inside = |who: &Id| {
            let address = self.rules.address(*who);
            address.is_some_and(|address| net.contains(address))
        };
        let banned: Vec<Id> = self.listeners.keys().copied().filter(is_inside).collect();
        for who in banned {
            self.stop_listening(who, effects);
            let why = Gone::Banned(why.into());
            effects.push(Effect::Close {
                who,
                name: None,
                why,
            });
        }
    }

    /// The lines of before in a room, whether or not anybody is in it, and whether they are all that were wanted.
    ///
    /// # Errors
    /// That is no name of a room.
    pub fn said_in(
        &self,
        now: Time,
        room: &str,
        since: Since,
    ) -> Result<(Name, (bool, Vec<Said>)), Complaint> {
        let name = room_name(room).map_err(Complaint::BadName)?;
        let said = self.rooms.said_of(&name);
        let said = said.map(|(history, last)| since.of(history, now, last));
        let none = || (!matches!(since, Since::Line(_)), Vec::new());
        Ok((name, said.unwrap_or_else(none)))
    }

    /// The room of this name, opened if nobody is in it.
    fn open_for_scripts(&mut self, typed: &str) -> Result<RoomId, Complaint> {
        let name = room_name(typed).map_err(Complaint::BadName)?;
        if !self.rooms.has(&name) && self.rooms.are_full() {
            return Err(Complaint::TooManyRooms);
        }
        Ok(self.rooms.open(name))
    }

    fn note_script(&mut self, name: &Name) {
        if self.scripts.back() == Some(name) {
            return;
        }
        self.scripts.retain(|other| other != name);
        if self.scripts.len() == SCRIPTS_REMEMBERED {
            self.scripts.pop_front();
        }
        self.scripts.push_back(name.clone());
    }

    /// Who of this name can be muted: somebody who is here, or else a script that has spoken lately.
    pub(super) fn who_speaks(
        &self,
        by: Option<Id>,
        typed: &str,
    ) -> Result<(Who, Option<Person>), Complaint> {
        let name = Name::parse(typed).ok();
        let is_script = |name: &Name| name.shown() == HOOK || self.scripts.contains(name);
        match (self.find(typed), name.filter(is_script)) {
            (None, Some(script)) => Ok((Who::User(script), None)),
            _ => {
                let person = self.find_other(by, typed)?;
                Ok((self.who(person), Some(person)))
            }
        }
    }

    /// Whether somebody of this name, a script perhaps, has spoken lately in a room of this user.
    pub(super) fn heard_lately(&self, id: Id, whom: &Who) -> bool {
        let Who::User(name) = whom else {
            return false;
        };
        let rooms = self.users[id].rooms.in_order();
        let spoke = |room| self.rooms[room].history.newest(|line| line.from == *name);
        rooms.into_iter().any(|room| spoke(room).is_some())
    }

    /// How many listen to this room over HTTP.
    pub(super) fn tell_listeners(&self, to: Id, room: RoomId, effects: &mut Vec<Effect>) {
        let count = self.rooms[room].listeners;
        if count > 0 {
            tell(to, Notice::Listeners(count), effects);
        }
    }
}

impl Since {
    /// The lines of a history from there on, and whether they are all that were said. `All` are those at hand.
    fn of(self, history: &History, now: Time, last: Option<LineId>) -> (bool, Vec<Said>) {
        let everybody = |_: &Name| true;
        match self {
            Since::Now => (true, Vec::new()),
            Since::Latest => (true, history.last(now, 1, everybody)),
            Since::All => (true, history.last(now, HISTORY_LINES, everybody)),
            Since::Line(after) => history.since(now, after, last),
            Since::Ago(within) => {
                let mut said = history.last(now, HISTORY_LINES, everybody);
                let kept = said.len();
                said.retain(|said| said.age <= within);
                (said.len() < kept || history.is_whole(), said)
            }
        }
    }
}
