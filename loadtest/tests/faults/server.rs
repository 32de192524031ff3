//! A server that does wrong on purpose, to one of those whom it serves.
//!
//! It knows as much of docs/protocol.md as the bots need, and nothing of the tool.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The bot that is wronged, and from which of its lines on.
const VICTIM: &str = "bot3";
const WHEN: usize = 7;
/// How late a server is that is late: far from any limit that a test sets.
const DELAY: Duration = Duration::from_millis(100);

/// What a server does to the victim.
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
    /// Lines of one sender before those of another.
    Prefer,
    /// The victim's name is refused.
    Refuse,
    /// The same, with bytes that would command a terminal.
    Scream,
    /// Who speaks is told of flood control, and nobody hears it.
    Hold,
    /// Senders get their own lines back.
    Echo,
    /// All get each line long after it was said.
    Delay,
    /// Nobody is told that the victim came.
    HideArrival,
    /// Nobody is told that the victim left.
    HideDeparture,
}

/// Who is there, and what the victim has still to get.
struct Room {
    fault: Fault,
    users: HashMap<String, User>,
    /// Lines that the victim was owed.
    lines: usize,
    held: Vec<(String, String)>,
    late: Option<Sender<Letter>>,
}

struct User {
    conn: TcpStream,
    room: String,
}

/// Starts a server; its threads end with the test process.
pub(crate) fn server(fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let room = Arc::new(Mutex::new(Room {
        fault,
        users: HashMap::new(),
        lines: 0,
        held: Vec::new(),
        late: None,
    }));
    thread::spawn(move || {
        for conn in listener.incoming() {
            let (room, conn) = (room.clone(), conn.unwrap());
            thread::spawn(move || serve(conn, &room));
        }
    });
    address
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
        // A bot may be gone by now, here and below: the tool has ended.
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

    /// All in a room are told that somebody came or left, unless that is the fault.
    fn tell(&mut self, hidden: Fault, name: &str, room: &str, what: &str) {
        if self.fault == hidden && name == VICTIM {
            return;
        }
        for user in self.users.values_mut().filter(|user| user.room == room) {
            let notice = format!("* {name} {what}\n");
            let _ = user.conn.write_all(notice.as_bytes());
        }
    }

    /// Those who hear it get the line, and the sender gets it back if that is the fault.
    fn say(&mut self, from: &str, line: &str, text: &str, hears: impl Fn(&str, &User) -> bool) {
        // The roll call is no line of the test.
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
    /// Everybody else gets the line from a thread that holds it for a while. Lines keep their order:
    /// there is one thread for all of them.
    fn say_late(&mut self, from: &str, line: &str) {
        let others = self.users.iter().filter(|(name, _)| *name != from);
        let conns = others
            .map(|(_, user)| user.conn.try_clone().unwrap())
            .collect();
        let late = self.late.get_or_insert_with(postman);
        late.send((Instant::now() + DELAY, conns, line.into()))
            .unwrap();
    }
}

/// A line to be delivered at a moment.
type Letter = (Instant, Vec<TcpStream>, String);

/// Delivers each line when its moment has come.
fn postman() -> Sender<Letter> {
    let (sender, letters) = channel::<Letter>();
    thread::spawn(move || {
        for (moment, conns, line) in letters {
            thread::sleep(moment.saturating_duration_since(Instant::now()));
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
        // Told twice, but it is one bot.
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
            // The second sender overtakes all that the first has said so far.
            let first = held[0].0.clone();
            held.sort_by_key(|(sender, _)| *sender == first);
            let bytes = held.drain(..).map(|(_, line)| line).collect();
            held.push(("done".into(), String::new()));
            bytes
        }
        _ => line.into(),
    }
}
