//! Topics: a line about a room, which anybody who speaks in it may set. A topic ends with its room, unless there is an
//! archive.

use std::rc::Rc;

use super::effect::{Effect, RoomId};
use super::id::Id;
use super::notice::{Complaint, Notice};
use super::{Hub, Time, refuse, tell};
use crate::limits::TOPIC_CHARS;

impl Hub {
    /// Tells a user the topic of a room.
    pub(super) fn tell_topic(&self, id: Id, room: RoomId, effects: &mut Vec<Effect>) {
        let notice = Notice::Topic {
            room: self.rooms[room].name.clone(),
            topic: self.rooms[room].topic.clone(),
        };
        tell(id, notice, effects);
    }

    /// Sets the topic of the room that a user speaks in; an empty text clears it.
    pub(super) fn set_topic(&mut self, now: Time, id: Id, text: &str, effects: &mut Vec<Effect>) {
        if text.chars().count() > TOPIC_CHARS {
            return refuse(id, Complaint::LongTopic, effects);
        }
        let room = self.users[id].rooms.spoken();
        let topic: Option<Rc<str>> = (!text.is_empty()).then(|| text.into());
        if topic.is_none() && self.rooms[room].topic.is_none() {
            return self.tell_topic(id, room, effects);
        }
        // First, or new members would be told the new topic and then the change.
        self.flush(now, room, effects);
        self.rooms[room].topic = topic.clone();
        let who = self.users[id].name.clone();
        let notice = Notice::TopicChanged { who, topic };
        self.tell_room(now, room, notice, self.ignorers_in(id, room), effects);
    }
}
