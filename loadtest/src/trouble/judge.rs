//! What is wrong: with a conn that the server has closed, and with what the readers heard beside what
//! the watcher heard. It only looks and tells.

use super::crew::{Crew, Member, Role, WATCH};
use crate::bots::bot::State;

impl Crew {
    /// Holds what each reader heard and was told against what the watcher heard.
    pub(super) fn judge_readers(&mut self) {
        let watch = &self.members[WATCH];
        if watch.hearing.calls < 2 {
            let fault = "the watcher has not heard the last roll call, so nothing was compared";
            self.faults.push(fault.into());
            return;
        }
        let mut faults = watch.hearing.faults(&watch.name);
        for key in self.readers() {
            let Member {
                name,
                hearing,
                conn,
                ..
            } = &self.members[key];
            match (hearing.calls, conn) {
                (2.., _) => faults.extend(hearing.faults_beside(name, &watch.hearing)),
                (_, Some(_)) => faults.push(format!(
                    "{name} read on and never came to the last roll call: it heard {} lines of {}",
                    hearing.lines, watch.hearing.lines
                )),
                // Closed by the server, which was judged then.
                (_, None) => {}
            }
        }
        self.faults.extend(faults);
    }

    /// The server has closed the conn of a member.
    pub(super) fn ended(&mut self, key: usize) {
        let protocol = self.plan.protocol;
        let member = &mut self.members[key];
        let Some(conn) = member.conn.take() else {
            return;
        };
        let name = member.name.clone();
        let words = member.hearing.last_words.clone().unwrap_or_default();
        if matches!(conn.state(), State::Connecting | State::Waiting) {
            self.faults.push(format!("{name} was not let in: {words}"));
            return;
        }
        if matches!(member.role, Role::Slow { .. } | Role::Stopped) {
            self.closed += 1;
        }
        match member.role {
            Role::Churn if conn.state() == State::Leaving => self.left(key),
            Role::Garbage(_) => self.thrown_out(key),
            Role::Slow { .. } | Role::Stopped if super::is_farewell(protocol, &words) => {
                self.farewells += 1;
                self.faults.extend(member.hearing.faults(&name));
            }
            _ if !conn.bot.is_whole() => {
                let fault = format!("{name} was closed by the server in the middle of a line");
                self.faults.push(fault);
            }
            _ => {
                let fault =
                    format!("{name} was closed by the server without a word of why: {words}");
                self.faults.push(fault);
            }
        }
    }
}
