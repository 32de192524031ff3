//! What comes from conns: bytes are read and framed, then lines become requests. Reading never
//! writes and never closes; what goes wrong is noted and acted upon at the end of the turn.
//!
//! Budgets: one read for each conn and turn, `READ_LINES` lines for each conn and turn,
//! `TURN_BYTES` for all together. What is left over goes on in the next turn without waiting.

use std::io::ErrorKind;

use super::Server;
use crate::conn::{Conn, Handling, Phase};
use crate::dialect::foreign::Kind;
use crate::dialect::framing::Frame;
use crate::dialect::telnet;
use crate::dialect::words::Hint;
use crate::dialect::{self, Dialect, Standing, Style};
use crate::hub::{Complaint, Foreign, Gone, Id, Notice, Request};
use crate::limits::{LINE_BYTES, LINE_COST_BYTES, NAMELESS_LINES, READ_LINES, TURN_BYTES};
use crate::net::sys::{Ready, Sys};
use crate::transport::Input;

impl<S: Sys> Server<S> {
    /// Read every conn that has something, beginning where the last turn stopped.
    pub(super) fn read(&mut self) {
        self.work.begin_reading();
        self.read_unread();
        for at in 0..self.work.ready.len() {
            if let Ready::Conn {
                id,
                readable,
                writable,
                hung,
            } = self.work.ready[at]
            {
                if hung {
                    self.hang_up(id);
                }
                if writable {
                    self.work.writable.push(id);
                }
                if readable || hung {
                    self.read_conn(id);
                }
            }
            self.work.end_read();
        }
    }

    /// The peer is gone: nothing can be sent, what it left can be read.
    fn hang_up(&mut self, id: Id) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        conn.break_output(self.life.now, &self.feeds);
        if conn.wire.input == Input::Open {
            conn.wire.input = Input::Hung;
        }
        if conn.standing().is_none() {
            self.work.mark_dead(id, conn);
        }
        self.settle(id);
    }

    pub(super) fn read_conn(&mut self, id: Id) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let is_over = conn.wire.has_ended();
        let may_be_read = self.work.may_read() && conn.wants_input() && !is_over;
        if !may_be_read || !self.secure.may_read(&mut self.sys, &conn.wire.transport) {
            return;
        }
        let mut buffer = std::mem::take(&mut self.read_buffer);
        let read = self.read_wire(id, &mut buffer);
        let conn = &mut self.conns[id];
        match read {
            Ok(0) => conn.end_input(true),
            Ok(n) => {
                self.metrics.bytes_in += n as u64;
                self.work.charge_read(conn.wire.transport.read_bytes(n));
                self.take_bytes(id, &mut buffer[..n]);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                self.work.charge_read(conn.wire.transport.read_bytes(0));
            }
            Err(error)
                if error.kind() == ErrorKind::WouldBlock && conn.wire.input == Input::Open => {}
            // Many programs leave so, without a word.
            Err(error) => conn.end_broken(error.kind() == ErrorKind::UnexpectedEof),
        }
        self.read_buffer = buffer;
        let conn = &mut self.conns[id];
        match conn.phase {
            Phase::Lingering { .. } if conn.wire.has_ended() => self.work.mark_dead(id, conn),
            Phase::Listening { .. } if conn.wire.has_ended() => self.only_listens(id),
            _ => {}
        }
        // What it sent is handled in this turn, in all likelihood; the poller need not know of that.
        if self.schedule(id) {
            self.work.unwatched.push(id);
        } else {
            self.watch(id);
        }
    }

    pub(super) fn take_bytes(&mut self, id: Id, bytes: &mut [u8]) {
        let conn = &self.conns[id];
        let is_served = conn.standing().is_some() || self.sends_requests(id);
        if !is_served || self.take_header(id, bytes) || self.take_web(id, bytes) {
            return;
        }
        let kind = self.conns[id].intake.recognise(bytes);
        if let Some(Kind::Foreign(foreign)) = kind
            && !(foreign == Foreign::Http && self.scrapes.has(id))
        {
            if !self.meets_foreign(id, foreign, bytes) {
                self.work.failed.push((id, Gone::Foreign(foreign)));
            }
            return;
        }
        let conn = &mut self.conns[id];
        let mut replies = Vec::new();
        let len = conn.intake.telnet.filter(bytes, &mut replies);
        let before = conn.intake.inbox.memory();
        if bytes[..len].ends_with(b"\n") {
            // All of it is handled soon, so the buffer comes back.
            conn.intake.inbox.adopt(self.work.take_buffer());
        }
        conn.push(self.life.now, &mut bytes[..len]);
        let grown = conn.intake.inbox.memory().saturating_sub(before);
        if conn.intake.inbox.is_endless() {
            self.work.failed.push((id, Gone::LongLines));
        }
        let pressed = conn.intake.telnet.take_signal();
        self.conns.bytes_since_audit += grown;
        if !replies.is_empty() {
            self.insert(id, &replies);
        }
        self.notice_telnet(id);
        self.notice_line_ends(id);
        if kind.is_some() {
            self.ask_for_name(id);
        }
        match pressed {
            Some(telnet::Signal::Interrupt) => self.tell(id, &Notice::HowToLeave),
            Some(telnet::Signal::AreYouThere) => self.tell(id, &Notice::HereIAm),
            None => {}
        }
    }

    /// A conn that has shown to be a telnet gets lines that end as telnet's do.
    fn notice_telnet(&mut self, id: Id) {
        let conn = &self.conns[id];
        let style = conn.style.for_telnet();
        if !conn.intake.telnet.seen() || conn.style == style {
            return;
        }
        let is_asked = matches!(conn.phase, Phase::Nameless { lines: 0, .. });
        if is_asked && !style.asks_in_the_row() && conn.intake.inbox.is_empty() {
            // The question for a name has left its cursor in the middle of a row.
            self.insert(id, telnet::RETURN);
        }
        self.restyle(id, |now| *now = style);
    }

    /// A conn that has shown to send line ends, or none, is spoken to as such clients are.
    pub(super) fn notice_line_ends(&mut self, id: Id) {
        let conn = &mut self.conns[id];
        let is_at_first = conn.style.dialect == Dialect::Text;
        if let Some(other) = conn.other
            && conn.intake.sends_line_ends() == Some(!is_at_first)
        {
            conn.other = Some(conn.style);
            self.restyle(id, |style| {
                *style = Style {
                    ids: style.ids,
                    ..other
                };
            });
        }
        self.conns[id].fit_transport(self.life.now);
    }

    /// Handle the lines of those who may speak now.
    pub(super) fn handle_lines(&mut self) {
        self.handle_queue();
        let mut unwatched = std::mem::take(&mut self.work.unwatched);
        for id in unwatched.drain(..) {
            self.watch(id);
        }
        self.work.unwatched = unwatched;
    }

    fn handle_queue(&mut self) {
        let mut budget = TURN_BYTES;
        for _ in 0..self.work.queue.len() {
            if budget == 0 {
                return;
            }
            let Some(id) = self.work.queue.pop_front() else {
                return;
            };
            if let Some(conn) = self.conns.get(id) {
                // Whose peer is gone is not reported any more: it is read as it is handled.
                if conn.wire.input == Input::Hung {
                    self.read_conn(id);
                }
                self.conns[id].leave_queue();
                self.handle_conn(id, &mut budget);
                // The helping may have been the last of what was read.
                if let Some(conn) = self.conns.get_mut(id)
                    && !conn.intake.inbox.has_line()
                {
                    self.work.give_buffer(conn.intake.inbox.release());
                }
                self.settle(id);
            }
        }
    }

    fn handle_conn(&mut self, id: Id, budget: &mut usize) {
        if self.scrapes.has(id) {
            return self.handle_scrape(id);
        }
        if self.sends_requests(id) {
            return self.serve_request(id, budget);
        }
        // What it said may end before it shows what it is.
        self.ask_for_name(id);
        for _ in 0..READ_LINES {
            if *budget == 0 {
                return;
            }
            let rate = self.config.rate;
            let conn = &mut self.conns[id];
            let Some(standing) = conn.standing() else {
                return;
            };
            if conn.is_paused() || conn.handling == Handling::AwaitsAnswer {
                return;
            }
            if conn.intake.ready_at(rate) > self.life.now {
                return self.hold_back(id);
            }
            let style = conn.style;
            let has_ended = conn.has_ended();
            let is_rejoined = conn.intake.takes_rejoined();
            let (bytes, parsed) = match conn.intake.inbox.next_line() {
                Some(Frame::Line(line)) => {
                    let standing = match is_rejoined {
                        true => Standing::Nameless,
                        false => self.hub.rank(id).map_or(standing, Standing::from),
                    };
                    (
                        Some(line.bytes.len()),
                        dialect::parse(style, standing, line),
                    )
                }
                Some(Frame::TooLong) => (None, Err(Notice::Refused(Complaint::LongLine))),
                None if has_ended => {
                    let why = conn.ending();
                    return self.request(id, Request::Leave(why));
                }
                None => return,
            };
            self.metrics.lines_in += 1;
            let is_too_long = bytes.is_none();
            let bytes = bytes.unwrap_or(LINE_BYTES);
            let brings = match &parsed {
                Ok(Some(request)) => request.text_bytes(),
                Ok(None) | Err(_) => 0,
            };
            *budget = budget.saturating_sub(brings.max(bytes) + LINE_COST_BYTES);
            conn.intake.flood.charge(rate, self.life.now, bytes);
            if let Some(why) = count_line(conn, is_too_long) {
                return self.work.failed.push((id, why));
            }
            match parsed {
                Ok(Some(request)) if self.awaits_sign(id, &request) => return,
                Ok(Some(request)) => self.ask(id, request, is_rejoined),
                Ok(None) => {}
                Err(notice) => self.answer(id, &notice),
            }
        }
    }
}

impl<S: Sys> Server<S> {
    /// Flood control has begun to hold back the lines of a conn, which is told so once.
    fn hold_back(&mut self, id: Id) {
        let lines_per_s = self.config.rate.lines_per_s;
        let flood = &mut self.conns[id].intake.flood;
        if !std::mem::replace(&mut flood.told, true) {
            self.tell(id, &Notice::Throttled { lines_per_s });
        }
    }

    /// Put a request of a line to the hub. Where the beginning of the line was handled before, a user's name
    /// is corrected.
    pub(super) fn ask(&mut self, id: Id, request: Request, is_rejoined: bool) {
        let conn = &self.conns[id];
        let is_user = conn.phase == Phase::User;
        self.shows_said = self.is_shown(conn.style.dialect);
        if matches!(request, Request::Claim(_)) {
            self.conns[id].intake.gave_secret();
        }
        let request = match request {
            Request::Enter(name) if is_user => {
                if is_rejoined && self.hub.needs_password(id, &name) {
                    self.conns[id].intake.withhold();
                }
                Request::Nick(name)
            }
            Request::Say(_) | Request::Bare { .. } if self.conns[id].intake.takes_withheld() => {
                return self.answer(id, &Notice::Refused(Complaint::Hint(Hint::Withheld)));
            }
            // What comes with a refused name or password was meant for others.
            Request::Enter(name) if !name.is_empty() && self.conns[id].is_refused() => {
                return self.answer(id, &Notice::Refused(Complaint::Hint(Hint::NotSaid)));
            }
            Request::Resume { .. } if !is_user => return self.resume(id, request),
            Request::Claim(_) if self.conns[id].is_refused() => {
                return self.answer(id, &Notice::Refused(Complaint::Hint(Hint::NotTried)));
            }
            other => other,
        };
        self.request(id, request);
    }

    /// Tell what the hub has no part in, after what the hub has told before.
    fn answer(&mut self, id: Id, notice: &Notice) {
        self.hub.greet(self.life.now, id, &mut self.effects);
        self.deliver();
        self.tell(id, notice);
    }
}

/// One more line of a conn: too many of the wrong kind end it.
fn count_line<Socket>(conn: &mut Conn<Socket>, is_too_long: bool) -> Option<Gone> {
    if conn.intake.count_line(is_too_long) {
        return Some(Gone::LongLines);
    }
    if let Phase::Nameless { lines, .. } = &mut conn.phase {
        *lines += 1;
        return (*lines > NAMELESS_LINES).then_some(Gone::NoNameLines);
    }
    None
}
