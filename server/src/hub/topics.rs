//! What rooms are about: a line that anybody in it may set. It goes with the room.

use std::rc::Rc;

use super::effect::{Effect, RoomId};
use super::id::Id;
use super::notice::{Complaint, Notice};
use super::{Hub, Time, refuse, tell};
use crate::limits::TOPIC_CHARS;

impl Hub {
    /// What is the room about that a user speaks in?
    pub(super) fn tell_topic(&self, id: Id, room: RoomId, effects: &mut Vec<Effect>) {
        let notice = Notice::Topic {
            room: self.rooms[room].name.clone(),
            topic: self.rooms[room].topic.clone(),
        };
        tell(id, notice, effects);
    }

    /// The room that a user speaks in is about this from here on; an empty text is nothing.
    pub(super) fn set_topic(&mut self, now: Time, id: Id, text: &str, effects: &mut Vec<Effect>) {
        if text.chars().count() > TOPIC_CHARS {
            return refuse(id, Complaint::LongTopic, effects);
        }
        let room = self.users[id].rooms.spoken();
        let topic: Option<Rc<str>> = (!text.is_empty()).then(|| text.into());
        if topic.is_none() && self.rooms[room].topic.is_none() {
            return self.tell_topic(id, room, effects);
        }
        // First, or an arrival would be welcomed by the new topic and then told of the change.
        self.flush(now, room, effects);
        self.rooms[room].topic = topic.clone();
        let who = self.users[id].name.clone();
        let notice = Notice::TopicChanged { who, topic };
        self.tell_room(now, room, notice, Vec::new(), effects);
    }
}
