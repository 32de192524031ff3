//! Giving a name, and the password of one: what the next line of the server means for that.
//!
//! It sends nothing. Invariant: a password is the answer to the question for it, and to nothing else.

use super::Mode;
use super::chat::Chat;
use super::protocol::Line;
use crate::ending::Failure;

/// How far the login is.
#[derive(Debug)]
pub(super) enum Login {
    /// There was no name to give, or it was accepted or refused: the user answers from now on.
    Done,
    /// The name was sent; there may be a password for it.
    NameSent(String, Option<String>),
    /// The password of the name was sent.
    PasswordSent(String),
    /// After a drop the place was asked for.
    Resuming,
}

/// What a line means for the login.
enum Answer<'a> {
    None,
    Accepted,
    PasswordQuestion,
    Refused(&'a str),
}

/// What is to be done.
pub(super) enum Step {
    /// Nothing but to go on so.
    Go(Login),
    /// To send this password.
    Send(Login, String),
    /// The place is gone, for this reason: the name is to be given anew.
    Anew(String),
}

impl Login {
    /// The next step after this line, which the chat has heard.
    pub(super) fn next(self, line: &Line, chat: &Chat, mode: Mode) -> Result<Step, Failure> {
        let answer = match line {
            Line::Error(why) if matches!(self, Login::Resuming) => Answer::Refused(why),
            _ if chat.name().is_some() => Answer::Accepted,
            _ if chat.is_asked_password => Answer::PasswordQuestion,
            Line::Error(why) => Answer::Refused(why),
            _ => Answer::None,
        };
        let is_plain = mode == Mode::Plain;
        match (self, answer) {
            (login, Answer::None) => Ok(Step::Go(login)),
            (Login::Resuming, Answer::Refused(why)) => Ok(Step::Anew(why.to_owned())),
            (Login::Resuming, _) => Ok(Step::Go(Login::Resuming)),
            (Login::NameSent(name, Some(_)), Answer::Accepted) => {
                Err(Failure::PasswordNotAsked(name))
            }
            (Login::NameSent(name, Some(password)), Answer::PasswordQuestion) => {
                Ok(Step::Send(Login::PasswordSent(name), password))
            }
            // The input of a pipe is meant for the room, and must not be tried as a password.
            (Login::NameSent(name, None), Answer::PasswordQuestion) if is_plain => {
                Err(Failure::PasswordNeeded(name))
            }
            (Login::PasswordSent(name), Answer::PasswordQuestion) if is_plain => {
                Err(Failure::OneTimePassword(name))
            }
            (Login::NameSent(name, _) | Login::PasswordSent(name), Answer::Refused(why))
                if is_plain =>
            {
                Err(Failure::NameRefused(name, why.to_owned()))
            }
            _ => Ok(Step::Go(Login::Done)),
        }
    }
}
