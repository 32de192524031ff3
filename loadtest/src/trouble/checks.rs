//! Checks: why the server closed a conn, and whether the readers received what the watcher received. It
//! changes nothing but the lists of faults and counts.

use super::troublemakers::{Member, Role, Troublemakers, WATCH};
use crate::bots::bot::State;

impl Troublemakers {
    /// Compare what each reader received with what the watcher received.
    pub(super) fn check_readers(&mut self) {
        let watch = &self.members[WATCH];
        if watch.listener.roll_calls < 2 {
            let fault = "the watcher has not heard the last roll call, so nothing was compared";
            self.faults.push(fault.into());
            return;
        }
        let mut faults = watch.listener.faults(&watch.name);
        for key in self.readers() {
            let Member {
                name,
                listener,
                conn,
                ..
            } = &self.members[key];
            match (listener.roll_calls, conn) {
                (2.., _) => faults.extend(listener.faults_compared_to(name, &watch.listener)),
                (_, Some(_)) => faults.push(format!(
                    "{name} read on and never came to the last roll call: it heard {} lines of {}",
                    listener.lines, watch.listener.lines
                )),
                // Closed by the server, and checked then.
                (_, None) => {}
            }
        }
        self.faults.extend(faults);
    }

    /// Handle a closed conn: whether the server was right to close it.
    pub(super) fn handle_close(&mut self, key: usize) {
        let protocol = self.plan.protocol;
        let member = &mut self.members[key];
        let Some(conn) = member.conn.take() else {
            return;
        };
        let name = member.name.clone();
        let words = member.listener.last_message.clone().unwrap_or_default();
        if matches!(conn.state(), State::Connecting | State::Waiting) {
            self.faults.push(format!("{name} was not let in: {words}"));
            return;
        }
        if matches!(member.role, Role::Slow { .. } | Role::Stopped) {
            self.closed += 1;
        }
        match member.role {
            Role::Churn if conn.state() == State::Leaving => self.left(key),
            Role::Garbage(_) => self.closed_by_server(key),
            Role::Slow { .. } | Role::Stopped if super::is_farewell(protocol, &words) => {
                self.farewells += 1;
                self.faults.extend(member.listener.faults(&name));
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
