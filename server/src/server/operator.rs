//! The operator's keyboard: what is typed at the server's console.

use std::io::ErrorKind;

use super::Server;
use crate::clean::clean;
use crate::framing::Frame;
use crate::hub::Order;
use crate::sys::Sys;

impl<S: Sys> Server<S> {
    /// Read once what was typed, and do it.
    pub(super) fn read_console(&mut self) {
        let mut buffer = std::mem::take(&mut self.read_buffer);
        match self.sys.console(&mut buffer) {
            Ok(0) => {
                self.console.end();
                self.sys.close_console();
            }
            Ok(n) => self.console.push(&buffer[..n]),
            Err(error)
                if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
            Err(error) => {
                log::warn!("console: {error}; typing here is off");
                self.sys.close_console();
            }
        }
        self.read_buffer = buffer;
        loop {
            let line = match self.console.next_line() {
                Some(Frame::Line(line)) => clean(line).trim().to_owned(),
                Some(Frame::TooLong) => {
                    self.sys.say("that line is too long");
                    continue;
                }
                None => return,
            };
            self.operate(&line);
        }
    }

    fn operate(&mut self, line: &str) {
        let (command, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match command {
            "" => {}
            "/online" | "/quem" => self.say_online(),
            "/kick" | "/expulsar" => self.kick(rest.trim()),
            "/quit" | "/sair" => self.stop(),
            "/help" | "/ajuda" => {
                self.sys
                    .say("TEXT speaks to everybody; /online, /kick NAME [REASON], /quit");
            }
            _ if command.starts_with('/') && !command.starts_with("//") => {
                self.sys.say(&format!(
                    "no such command: {command}; /help lists the commands"
                ));
            }
            _ => {
                let text = line.strip_prefix('/').unwrap_or(line);
                self.hub.order(
                    self.now,
                    Order::Announce(text.to_owned()),
                    &mut self.effects,
                );
                self.deliver();
            }
        }
    }

    fn say_online(&mut self) {
        let online = self.hub.online();
        self.sys.say(&format!("{} online", online.len()));
        for email in self.hub.directs() {
            self.sys.say(&format!("  {email} (direct)"));
        }
        for (name, room) in online {
            self.sys.say(&format!("  {name} ({room})"));
        }
    }

    fn kick(&mut self, arguments: &str) {
        let (name, reason) = arguments
            .split_once(char::is_whitespace)
            .unwrap_or((arguments, ""));
        if name.is_empty() {
            return self.sys.say("usage: /kick NAME [REASON]");
        }
        let order = Order::Kick {
            name: name.to_owned(),
            reason: reason.trim().to_owned(),
        };
        if self.hub.order(self.now, order, &mut self.effects) {
            self.deliver();
            self.sys.say(&format!("{name} is out"));
        } else {
            self.sys.say(&format!("no such user: {name}"));
        }
    }
}
