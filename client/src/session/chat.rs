//! What the client knows of its session: its name, whom `/reply` reaches, who is around, whether the
//! user asked to leave. It draws nothing and sends nothing.
//!
//! The server does not send the user's own lines back, so here they get the form in which others see
//! them.

use super::Shown;
use super::names::Names;
use super::protocol::{Event, Line, Moved, Typed, Way, rooms_told};
use crate::words::{Language, Phrase};

/// What was learned from the lines of both sides.
#[derive(Debug, Default)]
pub struct Chat {
    pub(super) language: Language,
    name: Option<String>,
    /// The name that the user had when the server forgot their place, until they are in again.
    pub(super) last_name: Option<String>,
    private_from: Option<String>,
    names: Names,
    /// Whether the user ever asked for another name. Before that, a line that seems to tell a new name
    /// is the message of the day.
    has_renamed: bool,
    /// The server takes the next line as a password.
    pub(super) is_asked_password: bool,
    /// The user asked to leave, so the closed connection is no failure.
    pub(super) is_quitting: bool,
    /// The server has said why it ends the connection, and means it.
    pub(super) is_dismissed: bool,
}

impl Chat {
    /// A chat without a name.
    pub fn new(language: Language) -> Chat {
        Chat {
            language,
            ..Chat::default()
        }
    }

    /// The name that the server accepted.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The user has this name now.
    pub(super) fn rename(&mut self, name: &str) {
        self.name = Some(name.to_owned());
    }

    /// Whom a reply reaches that is typed now.
    pub(super) fn private_from(&self) -> Option<&str> {
        self.private_from.as_deref()
    }

    /// The server does not know the user any more.
    pub(super) fn forget_name(&mut self) {
        self.last_name = self.name.take();
    }

    /// The others whose names were seen.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Learn from a received line. False if another one tells the same.
    pub fn hear(&mut self, line: &Line) -> bool {
        match line {
            Line::Private { name, .. } => self.private_from = Some((*name).to_owned()),
            Line::WithId { id, .. } => self.names.ids.add(id),
            Line::OtherRoom { room, .. } => self.names.rooms.add(room),
            Line::Event(text) => {
                match Event::parse(text) {
                    Event::Welcome(name) if self.name.is_none() => self.rename(name),
                    Event::PasswordQuestion => self.is_asked_password = true,
                    Event::Renamed(name) if self.has_renamed => self.rename(name),
                    Event::Dismissal => self.is_dismissed = true,
                    _ => {}
                }
                for room in rooms_told(text) {
                    self.names.rooms.add(room);
                }
            }
            _ => {}
        }
        for name in line.names() {
            if self.name() != Some(name) {
                self.names.people.add(name);
            }
        }
        self.follow(line)
    }

    /// Learn who has another name, and who has left. False if it is the user alone: a new name is told in an answer
    /// as well, and who is back is told by every room that they had left.
    fn follow(&mut self, line: &Line) -> bool {
        let text = match line {
            Line::OtherRoom { line, .. } => return self.follow(line),
            Line::Event(text) => text,
            _ => return true,
        };
        if let Event::OtherName(from, to) = Event::parse(text) {
            self.names.people.remove(from);
            if [from, to].map(Some).contains(&self.name()) {
                return false;
            }
            self.names.people.add(to);
        } else if let Some(moved) = Moved::parse(text) {
            for name in moved.names.iter().filter(|_| moved.way == Way::Left) {
                self.names.people.remove(name);
            }
            return moved.others > 0 || moved.names.iter().any(|name| self.name() != Some(name));
        }
        true
    }

    /// Note what a typed line does. Returns how it is shown; a password is not.
    pub fn say(&mut self, line: &str) -> Option<Shown> {
        let typed = Typed::parse(line);
        self.is_quitting |= typed == Typed::Quit;
        self.has_renamed |= typed == Typed::Nick;
        if std::mem::take(&mut self.is_asked_password) {
            return None;
        }
        let own = |line| Shown::Own {
            line,
            at: None,
            room: None,
        };
        let private = |to, text| {
            let head = Phrase::PrivateTo(to).text(self.language);
            own(format!("[{head}] {text}"))
        };
        let name = self.name.as_ref().or(self.last_name.as_ref());
        Some(match (typed, name, &self.private_from) {
            (Typed::Secret(command), ..) => Shown::Typed(command.to_owned()),
            (Typed::Say(text), Some(me), _) => own(format!("<{me}> {text}")),
            (Typed::Act(text), Some(me), _) => own(format!("~ {me} {text}")),
            (Typed::Private { to, text }, Some(_), _) => {
                private(to.trim_end_matches([':', ',']), text)
            }
            (Typed::Reply(text), Some(_), Some(to)) => private(to, text),
            _ => Shown::Typed(line.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A transcript: lines received begin with `< `, lines typed with `> `, what they show as with `= `.
    fn check(language: Language, transcript: &str) {
        let mut chat = Chat::new(language);
        let mut shown = String::new();
        for line in transcript
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (kind, text) = line.split_at(2);
            match kind {
                "< " => drop(chat.hear(&Line::parse(text))),
                "> " => {
                    shown = match chat.say(text) {
                        Some(Shown::Own { line, .. }) => line,
                        Some(Shown::Typed(text)) => format!("dim {text}"),
                        other => format!("{other:?}"),
                    }
                }
                _ => assert_eq!(shown, text, "in {transcript}"),
            }
        }
    }

    #[test]
    fn own_lines_look_as_others_see_them() {
        check(
            Language::En,
            "
            < * papo: what is your name?
            > Ana
            = dim Ana
            < * welcome, ana! you are alone in lobby; /help lists the commands
            > hello
            = <ana> hello
            > //bin
            = <ana> /bin
            > /me waves
            = ~ ana waves
            > @bob psst
            = [private to bob] psst
            > /online
            = dim /online
            > /nick anna
            = dim /nick anna
            < * you are now anna
            > hello
            = <anna> hello
            ",
        );
    }

    #[test]
    fn a_reply_goes_to_the_last_private_line() {
        check(
            Language::Pt,
            "
            < * boas-vindas, zé! ...
            > /r oi
            = dim /r oi
            < [privado de bob] psst
            < <ana> x
            > /r oi
            = [privado para bob] oi
            ",
        );
    }

    #[test]
    fn a_motd_does_not_rename() {
        check(
            Language::En,
            "
            < * you are now eva
            < * welcome, ana! ...
            < * welcome, eva! ...
            < * you are now eva
            > x
            = <ana> x
            ",
        );
    }

    #[test]
    fn names_are_collected_but_the_own_one() {
        let mut chat = Chat::new(Language::En);
        for line in [
            "* welcome, ana! you are in lobby with bob; ...",
            "<ana> x",
            "* carl joined",
            "#games <eva> x",
            "#games * papo: what is the password of eva?",
            "#games * you are now bob",
            "#games * dora joined",
            "* [10:31] <bob> of us all, fred joined",
            "* [10:31] ~ gil and hugo joined",
            "* --- Thursday, 26 November 2026 ---",
            "* gone joined",
            "* gone left: \"bye\"",
            "* old joined",
            "#games * old is now fresh",
        ] {
            chat.hear(&Line::parse(line));
        }
        assert_eq!(
            chat.names().people.beginning_with(""),
            ["fresh", "dora", "eva", "carl", "bob"]
        );
        assert!(!chat.is_asked_password);
        assert_eq!(chat.name(), Some("ana"));
    }

    #[test]
    fn quitting_is_remembered() {
        let mut chat = Chat::new(Language::En);
        assert!(!chat.is_quitting);
        let typed = Shown::Typed("/quit bye".to_owned());
        assert_eq!(chat.say("/quit bye"), Some(typed));
        assert!(chat.is_quitting);
    }
}
