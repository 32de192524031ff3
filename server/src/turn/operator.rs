//! The operator's console: what is typed and shown there, in the server's language.
//!
//! Invariant: it never shows private lines.

use std::io::{self, ErrorKind};

use super::Server;
use crate::dialect::clean::clean;
use crate::dialect::framing::Frame;
use crate::dialect::words::Verb;
use crate::dialect::words::console::{Console, Watch, console, is_stop};
use crate::dialect::{self, Clock, Dialect, Standing, Style};
use crate::hub::name::Name;
use crate::hub::{Complaint, Deed, Gone, Notice, Order, Request, RoomId};
use crate::net::sys::{Ready, Signal, Sys};
use crate::store::jobs::Job;

impl<S: Sys> Server<S> {
    /// Handles signals and the input of the console.
    pub(super) fn handle_operator(&mut self) {
        for at in 0..self.work.ready.len() {
            match self.work.ready[at] {
                Ready::Signal(Signal::Stop) => self.stop(),
                Ready::Signal(Signal::Reload) => self.reload(),
                _ => {}
            }
        }
        if self.work.ready.contains(&Ready::Console) {
            self.read_console();
        }
    }

    /// Reads the console once and handles its lines.
    fn read_console(&mut self) {
        let is_serving = self.life.is_serving();
        let mut buffer = std::mem::take(&mut self.read_buffer);
        match self.sys.console(&mut buffer) {
            Ok(0) => {
                self.console.end();
                self.has_terminal = false;
            }
            Ok(n) if is_serving => self.console.push(&buffer[..n]),
            Ok(_) => {}
            Err(error)
                if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
            Err(error) => {
                log::warn!("console: {error}; typing here is off");
                self.has_terminal = false;
            }
        }
        self.read_buffer = buffer;
        // Input is ignored while the server stops.
        while self.life.is_serving() {
            let line = match self.console.next_line() {
                Some(Frame::Line(line)) => clean(line.bytes).trim().to_owned(),
                Some(Frame::TooLong) => {
                    self.tell_operator(&Console::TooLong);
                    continue;
                }
                None => return,
            };
            self.operate(&line);
        }
    }

    /// A line without a slash is said to everybody. Commands are those of a user who is an operator, except
    /// what makes no sense outside a room.
    fn operate(&mut self, line: &str) {
        let style = self.console_style();
        let parsed = dialect::parse(style, Standing::Operator, line.as_bytes().into());
        if matches!(parsed, Ok(Some(Request::Bare { .. }))) {
            return self.tell_operator(&Console::LacksSlash);
        }
        if line.starts_with('@') {
            return self.tell_operator(&Console::NoPrivate);
        }
        let is_command = line.starts_with('/') && !line.starts_with("//");
        if !is_command {
            let text = line.strip_prefix('/').unwrap_or(line);
            if !text.is_empty() {
                self.order(Order::Announce(text.to_owned()));
            }
            return;
        }
        if let Some(watch) = Watch::parse(line) {
            return self.watch_room(watch);
        }
        match parsed {
            Ok(Some(Request::Order(order))) => self.order(order),
            Ok(Some(Request::Online)) => self.say_online(),
            Ok(Some(Request::Lag)) => {
                let lag = self.lag(None);
                self.show(&lag);
            }
            Ok(Some(Request::Leave(Gone::Quit(text)))) if !text.is_empty() => {
                self.tell_operator(&Console::QuitUsage);
            }
            Ok(Some(Request::Leave(_))) => {
                log::info!("/quit at the console");
                self.stop();
            }
            Ok(Some(Request::LeaveRoom(_))) => self.tell_operator(&Console::ToStop),
            Ok(Some(Request::Private { .. })) => self.tell_operator(&Console::NoPrivate),
            Ok(Some(_)) => self.tell_operator(&Console::ForUsers),
            Ok(None) => {}
            Err(notice) => self.correct(&notice),
        }
    }

    /// Shows what a user would be told; for commands that differ at the console, what they do here.
    fn correct(&mut self, notice: &Notice) {
        match notice {
            Notice::HelpOperator => self.help(),
            Notice::Help(Some(Verb::Quit)) => self.tell_operator(&Console::QuitHelp),
            Notice::Help(Some(verb)) if !verbs().any(|own| own == *verb) => {
                self.tell_operator(&Console::ForUsers);
            }
            Notice::Refused(Complaint::UnknownCommand { typed, .. }) if Watch::is_name(typed) => {
                self.tell_operator(&Console::WatchHelp);
            }
            Notice::Refused(Complaint::UnknownCommand { typed, .. }) if is_stop(typed) => {
                self.tell_operator(&Console::ToStop);
            }
            Notice::Refused(Complaint::Hint(_)) => self.tell_operator(&Console::ForUsers),
            Notice::Refused(Complaint::UnknownCommand { typed, meant }) => {
                let is_own = |meant: &Verb| verbs().chain([Verb::Quit]).any(|own| own == *meant);
                self.show(&Notice::Refused(Complaint::UnknownCommand {
                    typed: typed.clone(),
                    meant: meant.filter(is_own),
                }));
            }
            notice => self.show(notice),
        }
    }

    fn order(&mut self, order: Order) {
        let answer = self.hub.order(self.life.now, order, &mut self.effects);
        self.deliver();
        if let Some(notice) = answer {
            self.show(&notice);
        }
    }

    fn help(&mut self) {
        self.tell_operator(&Console::Help);
        for verb in verbs() {
            self.show(&Notice::Help(Some(verb)));
        }
        self.tell_operator(&Console::WatchHelp);
        self.tell_operator(&Console::QuitHelp);
    }

    fn say_online(&mut self) {
        let (online, direct) = (self.hub.online(), self.hub.directs());
        let count = online.len() + direct.len();
        self.tell_operator(&Console::Online(count));
        for (name, rooms) in online {
            let rooms: Vec<&str> = rooms.iter().map(Name::shown).collect();
            self.sys.say(&format!("  {name} ({})", rooms.join(", ")));
        }
        for email in direct {
            self.tell_operator(&Console::Direct(&email));
        }
    }

    /// The console is a terminal: it shows the lines of the lobby unless it is quiet.
    pub fn open_terminal(&mut self) {
        self.has_terminal = true;
        if !self.config.quiet {
            self.hub.watch(Name::parse("lobby").ok());
        }
    }

    fn watch_room(&mut self, watch: Watch) {
        match watch {
            Watch::Room(name) => {
                self.tell_operator(&Console::Watching(&name));
                self.config.quiet = false;
                self.hub.watch(Some(name));
            }
            Watch::Off => {
                self.config.quiet = true;
                self.hub.watch(None);
                self.tell_operator(&Console::WatchingNone);
            }
            Watch::Unclear => self.tell_operator(&Console::WatchUsage),
        }
    }

    /// Read the operator's files again.
    fn reload(&mut self) {
        // If the queue is full, a reading that is already queued will find the same file.
        let _ = self.sys.submit(Job::Reload);
    }

    /// The message of the day was read again; the old one stays if that failed.
    pub(super) fn take_motd(&mut self, read: io::Result<Vec<String>>) {
        match read {
            Ok(lines) => {
                match lines.len() {
                    1 => log::info!("message of the day: 1 line"),
                    n => log::info!("message of the day: {n} lines"),
                }
                self.hub.set_motd(lines);
            }
            Err(error) => log::error!("message of the day: {error}; the old one stays"),
        }
    }

    /// Whether public lines of these clients are shown whatever their room, as on the consoles of their systems.
    pub(super) fn is_shown(&self, dialect: Dialect) -> bool {
        !self.config.quiet && matches!(dialect, Dialect::Relay | Dialect::Vpn)
    }

    /// What was said in a room. Joins and leaves are in the log.
    pub(super) fn show_said(&mut self, room: RoomId, notice: &Notice) {
        if notice.is_said() {
            let mut text = Vec::new();
            if let Some(other) = self.hub.other_than_watched(room) {
                text.extend_from_slice(format!("#{other} ").as_bytes());
            }
            dialect::render(self.console_style(), Clock::default(), notice, &mut text);
            self.sys.say(String::from_utf8_lossy(&text).trim_end());
        }
    }

    /// A notice on the operator's screen.
    pub(super) fn show(&mut self, notice: &Notice) {
        let mut text = Vec::new();
        dialect::render(self.console_style(), Clock::default(), notice, &mut text);
        for line in String::from_utf8_lossy(&text).lines() {
            // The first two characters are for programs.
            self.sys.say(line.get(2..).unwrap_or_default());
        }
    }

    pub(super) fn tell_operator(&mut self, said: &Console) {
        for line in console(self.config.lang, said).lines() {
            self.sys.say(line);
        }
    }

    fn console_style(&self) -> Style {
        let lang = self.config.lang;
        let dialect = Dialect::Text;
        Style {
            dialect,
            lang,
            crlf: false,
            ..Style::default()
        }
    }
}

/// The commands that do the same at the console as for a user who is an operator.
fn verbs() -> impl Iterator<Item = Verb> {
    let orders = Verb::ALL
        .into_iter()
        .filter(|verb| verb.is_for_operators() && *verb != Verb::Operator);
    orders.chain([Verb::Online, Verb::Lag, Verb::Help])
}

/// Logs that a line was deleted by an operator, who had not said it.
pub(super) fn log_deletion(notice: &Notice) {
    if let Notice::Refer(reference) = notice
        && reference.deed == Deed::Deleted
        && reference.by != reference.quote.from
    {
        let (by, from) = (&reference.by, &reference.quote.from);
        log::info!("operator {by} deleted a line of {from}");
    }
}

/// Logs an order that was done.
pub(super) fn log_order(by: Option<&Name>, order: &Order) {
    match by {
        Some(name) => log::info!("operator {name}: {order}"),
        None => log::info!("console: {order}"),
    }
}
