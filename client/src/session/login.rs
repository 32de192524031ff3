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
        let refusal = match line {
            Line::Error(why) => Some((*why).to_owned()),
            _ => None,
        };
        let (is_in, is_asked) = (chat.name().is_some(), chat.is_asked_password);
        let is_plain = mode == Mode::Plain;
        match (self, refusal) {
            (Login::Resuming, Some(why)) => Ok(Step::Anew(why)),
            (Login::Resuming, None) => Ok(Step::Go(Login::Resuming)),
            (Login::NameSent(name, Some(_)), _) if is_in => Err(Failure::PasswordNotAsked(name)),
            _ if is_in => Ok(Step::Go(Login::Done)),
            (Login::NameSent(name, Some(password)), _) if is_asked => {
                Ok(Step::Send(Login::PasswordSent(name), password))
            }
            // The input of a pipe is meant for the room, and must not be tried as a password.
            (Login::NameSent(name, None), _) if is_asked && is_plain => {
                Err(Failure::PasswordNeeded(name))
            }
            (Login::PasswordSent(name), _) if is_asked && is_plain => {
                Err(Failure::OneTimePassword(name))
            }
            _ if is_asked => Ok(Step::Go(Login::Done)),
            (Login::NameSent(name, _) | Login::PasswordSent(name), Some(why)) if is_plain => {
                Err(Failure::NameRefused(name, why))
            }
            (login, None) => Ok(Step::Go(login)),
            (_, Some(_)) => Ok(Step::Go(Login::Done)),
        }
    }
}
