//! What the lines of the server mean for a session: what is shown, what the login needs next, what is confirmed.
//!
//! Invariant: the question for a name is shown once each time that it has to be answered.

use std::mem;

use super::LineSession;
use super::script::{CatchUp, json};
use crate::ending::Failure;
use crate::options::Task;
use crate::session::login::{Login, Step};
use crate::session::protocol::{Event, Line, after};
use crate::session::tagged::{Tagged, Told};
use crate::session::talk::Meaning;
use crate::session::{Received, Shown};
use crate::words::Phrase;

impl LineSession {
    /// Handle a received line.
    pub(super) fn hear(&mut self, line: &str, shown: &mut Vec<Shown>) {
        let Some(tagged) = Tagged::parse(line) else {
            // Words of later versions are left out.
            if self.is_tagged && line.starts_with('@') {
                return;
            }
            self.is_tagged = false;
            return self.hear_plain(line, None, shown);
        };
        let is_first = !mem::replace(&mut self.is_tagged, true);
        // That there are tags from now on.
        if is_first
            && matches!((&tagged.told, tagged.place), (Told::Line(line), None) if line.starts_with("* "))
        {
            return;
        }
        let at = tagged.at;
        if !self.is_wanted(&tagged) {
            return;
        }
        if self.task == Some(Task::FollowJson) {
            let place = tagged.place;
            let epoch = place.and_then(|place| self.talk.rooms.epoch(place.room));
            let is_greeting = place.is_none()
                && matches!(tagged.told, Told::Line(line) if !line.starts_with('['));
            let object = json(&tagged, epoch).filter(|_| !(self.is_quiet && is_greeting));
            shown.extend(object.map(|line| Shown::received(line, None)));
        }
        match self.talk.hear(tagged, &mut self.chat, shown) {
            Meaning::Shown => {}
            Meaning::Line(line) => self.hear_plain(line, Some(at), shown),
            Meaning::In => {
                self.chat.last_name = None;
                self.begin_task(shown);
            }
            Meaning::Back => {
                self.login = Login::Done;
                self.forget_people();
                match self.catch_up {
                    CatchUp::Taken(_) => self.catch_up = CatchUp::Done,
                    _ => self.note(&Phrase::Back, shown),
                }
                let lost = self.talk.outbox.send_again();
                self.tell_lost(lost, shown);
                match self.task {
                    Some(_) => self.begin_task(shown),
                    None => self.send_waiting(shown),
                }
            }
        }
    }

    /// Learn who is in the room in which the user speaks, if that is shown.
    pub(super) fn follow_people(&mut self, shown: &[Shown]) {
        let is_in = self.is_in() && self.has_arrived && !self.is_returning();
        let room = self.talk.rooms.speaks_in().filter(|_| is_in);
        let (Some(people), Some(room)) = (&mut self.people, room) else {
            return;
        };
        for shown in shown {
            if let Shown::Received(Received { line, room, .. }) = shown
                && let Some(room) = room
            {
                people.hear(room, &Line::parse(line));
            }
        }
        if people.enter(room) {
            self.send("/online");
        }
    }

    /// Who is in the room has to be asked for again.
    fn forget_people(&mut self) {
        if let Some(people) = &mut self.people {
            people.forget();
        }
    }

    /// Handle a line that is of no room.
    fn hear_plain(&mut self, line: &str, at: Option<i64>, shown: &mut Vec<Shown>) {
        let parsed = Line::parse(line);
        self.chat.hear(&parsed);
        let mut event = None;
        if let Line::Event(text) = &parsed {
            let text = match event.insert(Event::parse(text)) {
                Event::Welcome(_) => place_of_welcome(text),
                _ => text,
            };
            match Event::parse(text) {
                Event::PasswordQuestion => self.is_question_stale = false,
                Event::SpeaksIn(room) => {
                    self.talk.rooms.speak_in(room);
                    if self.is_in() {
                        self.go_on_with_task(shown);
                    }
                }
                Event::NotIn(room) => {
                    self.talk.rooms.leave(room);
                    if let Some(people) = &mut self.people {
                        people.leave(room);
                    }
                }
                Event::Renamed(_) => self.forget_people(),
                _ if self.since.is_some() && ["more: /more", "mais: /mais"].contains(&text) => {
                    return self.send("/more");
                }
                _ => {}
            }
        }
        let line = match &parsed {
            Line::Error(why) => {
                self.refused += usize::from(self.chat.name().is_some());
                if matches!(&self.catch_up, CatchUp::Told(told) if told.is_empty()) {
                    // No time, or none that is kept: who waits for its lines would wait for ever.
                    let failure = Failure::Service((*why).to_owned());
                    self.ending.get_or_insert(Err(failure));
                }
                self.refused(why, shown)
            }
            _ => line.to_owned(),
        };
        let asks_for_name = self.wants_tags() && event == Some(Event::NameQuestion);
        // `--name` answers the question before it comes, also when it comes again after `--lang`.
        let is_answered = asks_for_name && matches!(self.login, Login::NameSent(..));
        let asked = Some(&line).filter(|_| asks_for_name && !is_answered);
        let before = mem::replace(&mut self.asked, asked.cloned());
        // The same question was shown just before.
        let is_repeated = asked.is_some() && before.as_ref() == asked;
        let is_hidden = is_answered
            || is_repeated
            || self.is_own_choice(&parsed)
            || self.is_quiet && event.is_some_and(|event| self.is_greeting(&event))
            || self
                .people
                .as_mut()
                .is_some_and(|people| people.is_answer(&parsed));
        let was_resuming = matches!(self.login, Login::Resuming);
        if self.ending.is_none() {
            self.log_in(&parsed, shown);
        }
        if !is_hidden && !was_resuming {
            shown.push(Shown::received(line, at));
        }
    }

    /// Whether it is the answer to the language that was asked for before the name.
    fn is_own_choice(&self, line: &Line) -> bool {
        let is_it = |text: &str| after(text, &["your language is ", "seu idioma é "]).is_some();
        let asked = self.wants_tags() && self.chat.name().is_none() && self.lang.is_some();
        asked && matches!(line, Line::Event(text) if is_it(text))
    }

    /// Whether it is of the welcome, or a question that the password of a file answers.
    fn is_greeting(&self, event: &Event) -> bool {
        match event {
            Event::Welcome(_) => true,
            Event::PasswordQuestion => matches!(self.login, Login::NameSent(_, Some(_))),
            // The message of the day.
            Event::Other => self.is_tagged && self.chat.name().is_some() && !self.is_in(),
            _ => false,
        }
    }

    /// Something could not be done: a line of the user's, if the answer has its mark. What is shown of the answer.
    fn refused(&mut self, why: &str, shown: &mut Vec<Shown>) -> String {
        let (mark, rest) = match why.split_once(": ") {
            Some((mark, rest)) if mark.bytes().all(|b| b.is_ascii_digit()) => (Some(mark), rest),
            _ => (None, why),
        };
        match self.talk.outbox.answered(mark) {
            Some(said) => {
                if matches!(self.task, Some(Task::Say(_))) {
                    self.ending = Some(Err(Failure::Service(rest.to_owned())));
                }
                shown.push(Shown::Typed(said.text));
                format!("! {rest}")
            }
            None => format!("! {why}"),
        }
    }

    fn log_in(&mut self, line: &Line, shown: &mut Vec<Shown>) {
        let login = mem::replace(&mut self.login, Login::Done);
        match login.next(line, &self.chat, self.mode) {
            Ok(Step::Go(login)) => self.login = login,
            Ok(Step::Send(login, password)) => {
                self.send(&password);
                self.chat.say(&password);
                self.login = login;
            }
            Ok(Step::Anew(why)) => {
                self.note(&Phrase::Anew(&why), shown);
                self.begin_anew(shown);
            }
            Err(failure) => self.ending = Some(Err(failure)),
        }
    }
}

/// Of `welcome, NAME! you are in ROOM with ...; /help ...` what is told of the room.
fn place_of_welcome(text: &str) -> &str {
    let place = text.split_once("! ").map_or("", |(_, place)| place);
    place.split(';').next().unwrap_or_default()
}
