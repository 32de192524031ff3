//! A server that makes faults on purpose, for one of its bots.
//!
//! It knows only the part of docs/protocol.md that the bots need, and nothing about the program.

#[path = "../common/mod.rs"]
mod common;

use common::listen;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The bot that gets the fault, and the line at which it begins.
const VICTIM: &str = "bot3";
const WHEN: usize = 7;
/// The delay of a late server: far from any limit that a test sets.
const DELAY: Duration = Duration::from_millis(100);

/// The fault that a server makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    Nothing,
    Lose,
    Double,
    Swap,
    Skip,
    Damage,
    /// The victim is told of flood control.
    Throttle,
    Close,
    /// The victim gets the lines of one sender before those of another.
    Prefer,
    /// The victim's name is refused.
    Refuse,
    /// The same, with bytes that command a terminal.
    Scream,
    /// Senders are told of flood control, and nobody gets their lines.
    Hold,
    /// Senders get their own lines back.
    Echo,
    /// All get each line long after it was sent.
    Delay,
    /// Nobody is told that the victim joined.
    HideArrival,
    /// Nobody is told that the victim left.
    HideDeparture,
}

/// The users, and the lines held back from the victim.
struct Room {
    fault: Fault,
    users: HashMap<String, User>,
    /// Lines for the victim so far.
    lines: usize,
    held: Vec<(String, String)>,
    late: Option<Sender<Delayed>>,
}

struct User {
    conn: TcpStream,
    room: String,
}

pub(crate) fn server(fault: Fault) -> SocketAddr {
    let room = Arc::new(Mutex::new(Room {
        fault,
        users: HashMap::new(),
        lines: 0,
        held: Vec::new(),
        late: None,
    }));
    listen(move |conn| serve(conn, &room))
}

fn serve(conn: TcpStream, room: &Mutex<Room>) {
    conn.set_nodelay(true).unwrap();
    let mut lines = BufReader::new(conn.try_clone().unwrap()).lines();
    let Some(Ok(name)) = lines.next() else { return };
    room.lock().unwrap().welcome(&name, conn);
    while let Some(Ok(text)) = lines.next() {
        let mut room = room.lock().unwrap();
        match text.split_once(' ') {
            _ if text == "/quit" => break,
            Some(("/join", to)) => room.join(&name, to),
            Some(("/private", rest)) => {
                let (to, text) = rest.split_once(' ').unwrap();
                let line = format!("[private from {name}] {text}\n");
                room.say(&name, &line, text, |listener, _| listener == to);
            }
            _ => {
                let line = format!("<{name}> {text}\n");
                let place = room.users[&name].room.clone();
                room.say(&name, &line, &text, |_, user| user.room == place);
            }
        }
    }
    room.lock().unwrap().leave(&name);
}

impl Room {
    fn welcome(&mut self, name: &str, mut conn: TcpStream) {
        let answer = match self.fault {
            Fault::Refuse if name == VICTIM => format!("! the name {name} is taken\n"),
            Fault::Scream if name == VICTIM => {
                "! \x1b]0;pwned\x07 \u{9b}2J\u{202e}no\u{200b}\n".to_string()
            }
            _ => format!("* welcome, {name}! you are in lobby\n"),
        };
        self.tell(Fault::HideArrival, name, "lobby", "joined");
        // The conn may be closed by now, here and below: the program has ended.
        let _ = conn.write_all(answer.as_bytes());
        let room = "lobby".into();
        self.users.insert(name.to_string(), User { conn, room });
    }

    fn join(&mut self, name: &str, room: &str) {
        let user = self.users.get_mut(name).unwrap();
        user.room = room.into();
        let answer = format!("* you are in {room} with others\n");
        let _ = user.conn.write_all(answer.as_bytes());
    }

    fn leave(&mut self, name: &str) {
        if let Some(user) = self.users.remove(name) {
            self.tell(Fault::HideDeparture, name, &user.room, "left");
            let _ = user.conn.shutdown(Shutdown::Both);
        }
    }

    /// Tell all users of a room of a join or leave, unless that is the fault.
    fn tell(&mut self, hidden: Fault, name: &str, room: &str, what: &str) {
        if self.fault == hidden && name == VICTIM {
            return;
        }
        for user in self.users.values_mut().filter(|user| user.room == room) {
            let notice = format!("* {name} {what}\n");
            let _ = user.conn.write_all(notice.as_bytes());
        }
    }

    /// Send the line to its receivers, and back to the sender if that is the fault.
    fn say(&mut self, from: &str, line: &str, text: &str, hears: impl Fn(&str, &User) -> bool) {
        // Roll calls do not count.
        let counted = text != "roll call" && hears(VICTIM, &self.users[VICTIM]);
        self.lines += usize::from(counted);
        if self.fault == Fault::Delay && counted {
            return self.say_late(from, line);
        }
        if self.fault == Fault::Hold && counted {
            let held = "* slow down: your lines are held back to 2 a second\n";
            let _ = (&self.users[from].conn).write_all(held.as_bytes());
            return;
        }
        let echoes = counted && self.fault == Fault::Echo && self.lines == WHEN;
        for (name, user) in &mut self.users {
            let wronged = name == VICTIM && counted;
            let bytes = match wronged {
                true => wrong(self.fault, self.lines, from, line, &mut self.held),
                false if name == from && echoes => line.into(),
                false if name != from && hears(name, user) => line.into(),
                false => String::new(),
            };
            let _ = user.conn.write_all(bytes.as_bytes());
            if wronged && self.fault == Fault::Close && self.lines == WHEN {
                let _ = user.conn.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Room {
    /// Send the line to all others after a delay. One thread sends all lines, so they keep their order.
    fn say_late(&mut self, from: &str, line: &str) {
        let others = self.users.iter().filter(|(name, _)| *name != from);
        let conns = others
            .map(|(_, user)| user.conn.try_clone().unwrap())
            .collect();
        let late = self.late.get_or_insert_with(delayed_sender);
        late.send((Instant::now() + DELAY, conns, line.into()))
            .unwrap();
    }
}

/// A line to send at a given time.
type Delayed = (Instant, Vec<TcpStream>, String);

/// A thread that sends each line at its time.
fn delayed_sender() -> Sender<Delayed> {
    let (sender, lines) = channel::<Delayed>();
    thread::spawn(move || {
        for (time, conns, line) in lines {
            thread::sleep(time.saturating_duration_since(Instant::now()));
            for mut conn in conns {
                let _ = conn.write_all(line.as_bytes());
            }
        }
    });
    sender
}

/// What the victim gets for a line.
fn wrong(
    fault: Fault,
    count: usize,
    from: &str,
    line: &str,
    held: &mut Vec<(String, String)>,
) -> String {
    match fault {
        Fault::Lose if count == WHEN => String::new(),
        Fault::Double if count == WHEN => line.repeat(2),
        Fault::Damage if count == WHEN => line.replace('x', "y"),
        Fault::Skip if count == WHEN => "* 1 line skipped: you were reading too slowly\n".into(),
        // Told twice, but counted once.
        Fault::Throttle if (WHEN..WHEN + 2).contains(&count) => {
            format!("* slow down: your lines are held back to 2 a second\n{line}")
        }
        Fault::Swap if count == WHEN => {
            held.push((from.into(), line.into()));
            String::new()
        }
        Fault::Swap if count == WHEN + 1 => format!("{line}{}", held[0].1),
        Fault::Prefer => {
            held.push((from.into(), line.into()));
            if from == held[0].0 || from == "done" {
                return String::new();
            }
            // The second sender overtakes all lines of the first so far.
            let first = held[0].0.clone();
            held.sort_by_key(|(sender, _)| *sender == first);
            let bytes = held.drain(..).map(|(_, line)| line).collect();
            held.push(("done".into(), String::new()));
            bytes
        }
        _ => line.into(),
    }
}
