//! What the client knows of its session: its name, whom `/reply` reaches, who is around, whether it
//! asked to leave. It draws nothing and sends nothing.
//!
//! Own lines are not sent back by the server, so here they get the form in which others see them.

use crate::session::names::Names;
use crate::session::protocol::{Event, Line, Typed, names_told, secret_command};
use crate::words::{Language, Phrase, phrase};

/// How one's own line is shown.
#[derive(Debug, PartialEq, Eq)]
pub enum Echo {
    /// As this line, like one received.
    Line(String),
    /// As it was typed: a command, or a try at a name. It is shown dim, above its answer.
    Typed,
    /// This much of it: a password stood behind it.
    Part(String),
    /// Not at all: it was a password.
    Nothing,
}

/// The session.
#[derive(Debug)]
pub struct Chat {
    language: Language,
    name: Option<String>,
    private_from: Option<String>,
    names: Names,
    /// Whether the user ever asked for another name. Without that, a line that seems to tell one is
    /// the message of the day, which comes once, with the welcome.
    has_renamed: bool,
    /// The server waits for a password.
    is_asked_password: bool,
    is_quitting: bool,
}

impl Chat {
    /// Nobody yet.
    pub fn new(language: Language) -> Chat {
        Chat {
            language,
            name: None,
            private_from: None,
            names: Names::default(),
            has_renamed: false,
            is_asked_password: false,
            is_quitting: false,
        }
    }

    /// The name that the server accepted.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Who was seen.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Whether the next line is a password.
    pub fn is_asked_password(&self) -> bool {
        self.is_asked_password
    }

    /// Whether the user asked to leave, so that the server's closing is no failure.
    pub fn is_quitting(&self) -> bool {
        self.is_quitting
    }

    /// Learn from a received line.
    pub fn hear(&mut self, line: &Line) {
        match line {
            Line::Public { name, .. } | Line::Action { name, .. } => self.see(name),
            Line::Private { name, .. } => {
                self.see(name);
                self.private_from = Some((*name).to_owned());
            }
            Line::Event(text) => self.happened(text),
            Line::Error(_) | Line::Other(_) => {}
        }
    }

    /// Note what a typed line does, and tell how to show it.
    pub fn say(&mut self, line: &str) -> Echo {
        let typed = Typed::parse(line);
        self.is_quitting |= typed == Typed::Quit;
        self.has_renamed |= typed == Typed::Nick;
        if std::mem::take(&mut self.is_asked_password) {
            return Echo::Nothing;
        }
        if let Some(command) = secret_command(line) {
            return Echo::Part(command.to_owned());
        }
        let Some(me) = &self.name else {
            return Echo::Typed;
        };
        let private = |to: &str, text| {
            Echo::Line(format!(
                "[{}] {text}",
                phrase(self.language, &Phrase::PrivateTo { name: to })
            ))
        };
        match (typed, &self.private_from) {
            (Typed::Say(text), _) => Echo::Line(format!("<{me}> {text}")),
            (Typed::Act(text), _) => Echo::Line(format!("~ {me} {text}")),
            (Typed::Private { to, text }, _) => private(to, text),
            (Typed::Reply(text), Some(to)) => private(to, text),
            (Typed::Reply(_), None) | (Typed::Nick | Typed::Quit | Typed::Command, _) => {
                Echo::Typed
            }
        }
    }

    fn happened(&mut self, text: &str) {
        match Event::parse(text) {
            Event::Welcome(name) if self.name.is_none() => self.name = Some(name.to_owned()),
            Event::Password => self.is_asked_password = true,
            Event::Renamed(name) if self.has_renamed => self.name = Some(name.to_owned()),
            _ => {}
        }
        names_told(text).for_each(|name| self.see(name));
    }

    fn see(&mut self, name: &str) {
        if self.name() != Some(name) {
            self.names.add(name);
        }
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
                "< " => chat.hear(&Line::parse(text)),
                "> " => {
                    shown = match chat.say(text) {
                        Echo::Line(line) => line,
                        Echo::Typed => "dim".to_owned(),
                        Echo::Part(part) => part,
                        Echo::Nothing => String::new(),
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
            = dim
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
            = dim
            > /nick anna
            = dim
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
            = dim
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
        ] {
            chat.hear(&Line::parse(line));
        }
        assert_eq!(chat.names().beginning_with(""), ["carl", "bob"]);
    }

    #[test]
    fn quitting_is_remembered() {
        let mut chat = Chat::new(Language::En);
        assert!(!chat.is_quitting());
        assert_eq!(chat.say("/quit bye"), Echo::Typed);
        assert!(chat.is_quitting());
    }
}
