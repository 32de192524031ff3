//! What happens in a room, as messages: lines, what is done about lines, who comes and goes.

use super::{Object, Told, full};
use crate::dialect::words;
use crate::hub::name::Name;
use crate::hub::{Crowd, Deed, Notice, Quote, Reference};

impl Told<'_> {
    /// The message of something that happens; none if it is not that.
    pub(super) fn event(&self, notice: &Notice) -> Option<Object> {
        let object = match notice {
            Notice::Public { from, text } => return Some(self.line("line", from.shown(), text)),
            Notice::Action { from, text } => return Some(self.line("action", from.shown(), text)),
            Notice::Refer(reference) => return Some(self.refer(reference)),
            Notice::Joined(who) => self.crowd("joined", who),
            Notice::Back(who) => self.crowd("back", who),
            Notice::Left { who, .. } => self.crowd("left", who),
            Notice::Went { who, room } => {
                let went = self.of("went").text("who", who.shown());
                went.text("to", room.shown())
            }
            Notice::Renamed { from, to } => {
                let renamed = self.of("renamed").text("from", from.shown());
                renamed.text("to", to.shown())
            }
            Notice::TopicChanged { who, topic } => {
                let changed = self.of("topic").text("who", who.shown());
                changed.text_or_null("topic", topic.as_deref())
            }
            Notice::DirectJoined(email) => self.of("direct").text("who", email).flag("here", true),
            Notice::DirectLeft { email, .. } => {
                self.of("direct").text("who", email).flag("here", false)
            }
            _ => return None,
        };
        Some(object.text("text", &self.sentence(notice)))
    }

    /// A line of a user.
    pub(super) fn line(&self, kind: &str, from: &str, text: &str) -> Object {
        self.of(kind).text("from", from).text("text", text)
    }

    fn refer(&self, reference: &Reference) -> Object {
        let Reference { by, quote, deed } = reference;
        let about = |kind| {
            let object = self.of(kind).id("about", full(quote.id));
            object.text("by", by.shown())
        };
        let object = match deed {
            Deed::Replied(text) => return answering(self.line("line", by.shown(), text), quote),
            Deed::Edited(text) => return about("edited").text("text", text),
            Deed::Deleted => about("deleted"),
            Deed::Reacted(word) => about("reacted").text("word", word),
            Deed::Pinned => about("pinned"),
            Deed::Unpinned => about("unpinned"),
        };
        let sentence = self.sentence(&Notice::Refer(Box::new(reference.clone())));
        object.text("text", &sentence)
    }

    fn crowd(&self, kind: &str, Crowd { names, others }: &Crowd) -> Object {
        let names = names.iter().map(Name::shown);
        self.of(kind).texts("names", names).count("more", *others)
    }
}

/// A line that answers another one, with the beginning of that.
pub(super) fn answering(line: Object, quote: &Quote) -> Object {
    line.id("re", full(quote.id)).object("quote", |object| {
        let object = object.text("from", quote.from.shown());
        object.text("text", &words::beginning(&quote.text))
    })
}
