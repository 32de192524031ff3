//! What a user is told of themselves and for themselves, as messages.

use super::{Object, Told};
use crate::dialect::words::Lang;
use crate::hub::name::Name;
use crate::hub::{Crowd, Gone, Letter, Lines, Missed, Notice, Outcome};
use crate::limits::{PAUSE_BYTES, PRIVATE_BYTES};

impl Told<'_> {
    /// The message of an answer; none if it has no type of its own, or is several messages.
    pub(super) fn answer(&self, notice: &Notice) -> Option<Object> {
        let object = match notice {
            Notice::Private { from, text } => {
                return Some(self.line("private", from.shown(), text));
            }
            Notice::Letter(letter) => return Some(self.letter(letter)),
            Notice::AskName => self.of("ask").text("what", "name"),
            Notice::AskPassword(name) => self.ask("password", name),
            Notice::AskNewPassword(name) => self.ask("new-password", name),
            Notice::Ordered(Outcome::AskPassword) => self.of("ask").text("what", "operator"),
            Notice::Ordered(Outcome::YouAreMuted { .. }) => self.of("muted"),
            Notice::Ordered(Outcome::YouMaySpeak) => self.of("unmuted"),
            Notice::Welcome { name, room, here } => {
                let welcome = self.of("welcome").text("name", name.shown());
                crowd(welcome.text("room", room.shown()), here)
            }
            Notice::InRoom { room, lines, here } => {
                let in_room = crowd(self.of("room").text("room", room.shown()), here);
                in_room.flag("speak", *lines == Lines::Bare)
            }
            Notice::NotInRoom(room) => self.of("out").text("room", room.shown()),
            Notice::Topic { room, topic } => {
                let about = self.of("topic").text("room", room.shown());
                about.text_or_null("topic", topic.as_deref())
            }
            Notice::Motd(_) => self.of("motd"),
            Notice::YouAre(name) => self.of("you").text("name", name.shown()),
            Notice::LangIs(Lang::En) => self.of("lang").text("lang", "en"),
            Notice::LangIs(Lang::Pt) => self.of("lang").text("lang", "pt"),
            Notice::Missed { elsewhere, missed } => self.missed(elsewhere.as_ref(), *missed),
            Notice::Online { .. } | Notice::Rooms { .. } => self.listed(notice)?,
            Notice::Skipped { lines } => {
                let lines = i64::try_from(*lines).unwrap_or(i64::MAX);
                self.of("skipped").number("lines", lines)
            }
            // The page has an image of its code.
            Notice::Address(_) => self.of("info"),
            Notice::Throttled { .. } => self.of("slow"),
            Notice::Refused(_) => self.of("error"),
            Notice::Bye { why, .. } => self.of("bye").text("why", reason(why)),
            _ => return None,
        };
        let text = self.sentence(notice);
        // The longest lists are not told twice.
        match object.len() + 2 * text.len() > PRIVATE_BYTES - PAUSE_BYTES {
            true => Some(object),
            false => Some(object.text("text", &text)),
        }
    }

    fn ask(&self, what: &str, name: &Name) -> Object {
        self.of("ask").text("what", what).text("name", name.shown())
    }

    /// A private line of before. It is told again if it is not known to have come.
    fn letter(&self, letter: &Letter) -> Object {
        let then = Told {
            time: letter.at,
            ..*self
        };
        let line = then.line("private", &letter.from, &letter.text);
        let line = line.flag("waited", true);
        match letter.is_again {
            true => line.flag("again", true),
            false => line,
        }
    }

    /// How many lines were missed, if that is known, and how many of them follow.
    fn missed(&self, room: Option<&Name>, missed: Missed) -> Object {
        let (lines, shown) = match missed {
            Missed::Lines(count) => (Some(count), Some(count)),
            Missed::More {
                count,
                shown,
                is_all,
                ..
            } => (is_all.then_some(count), Some(shown)),
            Missed::Torn(count) => (None, Some(count)),
            Missed::Unknown => (None, None),
        };
        let object = self.of("missed");
        let object = match room {
            Some(room) => object.text("room", room.shown()),
            None => object,
        };
        object
            .count_or_null("lines", lines)
            .count_or_null("shown", shown)
    }

    /// Who is there, or which rooms there are.
    fn listed(&self, notice: &Notice) -> Option<Object> {
        match notice {
            Notice::Online {
                here,
                away,
                elsewhere,
                others_elsewhere,
                direct,
                others_direct,
            } => {
                let elsewhere = elsewhere
                    .iter()
                    .map(|(name, room)| (name.shown(), room.shown()));
                let object = crowd(self.of("here"), here)
                    .texts("away", away.names.iter().map(Name::shown))
                    .count("away_more", away.others)
                    .pairs("elsewhere", elsewhere)
                    .count("elsewhere_more", *others_elsewhere)
                    .texts("direct", direct.iter().map(|email| &**email));
                Some(object.count("direct_more", *others_direct))
            }
            Notice::Rooms { rooms, others } => {
                let rooms = rooms.iter().map(|room| {
                    let object = Object::empty().text("name", room.name.shown());
                    object
                        .count("count", room.members)
                        .flag("yours", room.yours)
                });
                Some(
                    self.of("rooms")
                        .objects("rooms", rooms)
                        .count("more", *others),
                )
            }
            _ => None,
        }
    }
}

/// Who else is in a room.
fn crowd(object: Object, Crowd { names, others }: &Crowd) -> Object {
    let names = names.iter().map(Name::shown);
    object.texts("here", names).count("more", *others)
}

/// Why a conn is closed, in a word for programs.
fn reason(why: &Gone) -> &'static str {
    match why {
        Gone::Quit(_) | Gone::Hangup | Gone::Lost => "quit",
        Gone::Kicked(_) => "kicked",
        Gone::Banned(_) => "banned",
        Gone::Stopping => "stopping",
        Gone::Elsewhere => "elsewhere",
        Gone::Stuck | Gone::Overflow | Gone::Memory => "slow",
        Gone::NoName | Gone::NoNameLines => "name",
        Gone::Full | Gone::AddressFull | Gone::AddressBusy => "full",
        Gone::Locked | Gone::LongLines | Gone::Foreign(_) | Gone::InClear => "other",
    }
}
