//! The operator's keyboard: what is typed at the server's console.

use std::io::ErrorKind;

use super::Server;
use crate::clean::clean;
use crate::dialect::{self, Standing, Style};
use crate::framing::Frame;
use crate::hub::{Notice, Order, Request};
use crate::sys::Sys;
use crate::words::Verb;

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
                Some(Frame::Line(line)) => clean(line.bytes).trim().to_owned(),
                Some(Frame::TooLong) => {
                    self.sys.say("that line is too long");
                    continue;
                }
                None => return,
            };
            self.operate(&line);
        }
    }

    /// A line without a slash is said to everybody; the others are what a user who is an operator can
    /// type, as far as it means something to one who is in no room.
    fn operate(&mut self, line: &str) {
        let is_command = line.starts_with('/') && !line.starts_with("//");
        if !is_command {
            let text = line.strip_prefix('/').unwrap_or(line);
            if !text.is_empty() {
                self.order(Order::Announce(text.to_owned()));
            }
            return;
        }
        match dialect::parse(Style::default(), Standing::Operator, line.as_bytes().into()) {
            Ok(Some(Request::Order(order))) => self.order(order),
            Ok(Some(Request::Online)) => self.say_online(),
            Ok(Some(Request::Lag)) => {
                let lag = self.lag(None);
                self.show(&lag);
            }
            Ok(Some(Request::Leave(_))) => self.stop(),
            Ok(Some(_)) => self.sys.say("that is for users; /help lists the commands"),
            Ok(None) => {}
            Err(Notice::HelpOperator) => self.help(),
            Err(notice) => self.show(&notice),
        }
    }

    fn order(&mut self, order: Order) {
        let answer = self.hub.order(self.now, order, &mut self.effects);
        self.deliver();
        if let Some(notice) = answer {
            self.show(&notice);
        }
    }

    fn help(&mut self) {
        self.sys.say("TEXT speaks to everybody; the commands are:");
        let verbs = [Verb::Online, Verb::Lag, Verb::Help];
        let orders = Verb::ALL
            .into_iter()
            .filter(|verb| verb.is_for_operators() && *verb != Verb::Operator);
        for verb in orders.chain(verbs) {
            self.show(&Notice::Help(Some(verb)));
        }
        self.sys.say("/quit: stop the server");
    }

    fn say_online(&mut self) {
        let (online, direct) = (self.hub.online(), self.hub.directs());
        let count = online.len() + direct.len();
        self.sys.say(&format!("{count} online"));
        for (name, room) in online {
            self.sys.say(&format!("  {name} ({room})"));
        }
        for email in direct {
            self.sys.say(&format!("  {email} (direct)"));
        }
    }
}
