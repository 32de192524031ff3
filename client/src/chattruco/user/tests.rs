//! Dialogues of a ChatTruco user in virtual time.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::{Login, User};
use crate::chattruco::action::{Action, Notice, Question};

#[path = "talk_tests.rs"]
mod talk;

const SERVER: &str = "10.0.0.9";

/// A user and their virtual time.
pub(super) struct Play {
    pub(super) user: User,
    begin: Instant,
    second: f64,
    log: Vec<Action>,
}

impl Play {
    pub(super) fn new(login: Login) -> Play {
        let (begin, mut log) = (Instant::now(), Vec::new());
        let user = User::start(login, ip(SERVER), begin, &mut log);
        Play {
            user,
            begin,
            second: 0.0,
            log,
        }
    }

    /// Run one line of a dialogue: `0.5` sets the time and does everything due before; `< TEXT` comes from
    /// the server, `< IP TEXT` from elsewhere, `> TEXT` is typed, and `= TEXT` is the next expected action.
    /// `.` expects no more actions.
    pub(super) fn step(&mut self, line: &str) {
        let (kind, text) = line.split_once(' ').unwrap_or((line, ""));
        match kind {
            "<" => {
                let from = text
                    .split_once(' ')
                    .and_then(|(first, rest)| first.parse().ok().map(|ip: IpAddr| (ip, rest)));
                let (from, text) = from.unwrap_or((ip(SERVER), text));
                let now = self.now();
                self.user.receive(from, text.as_bytes(), now, &mut self.log);
            }
            ">" => {
                let now = self.now();
                match self.user.question() {
                    Some(_) => self.user.answer(text, now, &mut self.log),
                    None => self.user.say(text, &mut self.log),
                }
            }
            "=" => {
                assert!(!self.log.is_empty(), "nothing happens, not {text}");
                assert_eq!(told(&self.log.remove(0)), text);
            }
            "." => assert_eq!(self.log, [], "nothing more should happen"),
            time => {
                self.second = time.parse().expect("a time");
                let now = self.now();
                while self.user.deadline().is_some_and(|at| at <= now) {
                    let due = self.user.deadline().expect("it is due");
                    self.user.tick(due, &mut self.log);
                }
            }
        }
    }

    fn now(&self) -> Instant {
        self.begin + Duration::from_secs_f64(self.second)
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// An action in a few words.
fn told(action: &Action) -> String {
    match action {
        Action::SendToServer(datagram) => format!("server {datagram}"),
        Action::SendToPeer { ip, datagram, .. } => format!("{ip} {datagram}"),
        Action::Show(Notice::Online(peers)) => {
            format!("online {}", peers.join(" ")).trim_end().to_owned()
        }
        Action::Show(Notice::Connected(email)) => format!("+{email}"),
        Action::Show(Notice::Disconnected(email)) => format!("-{email}"),
        Action::Show(Notice::Message { from, text }) => format!("{from}: {text}"),
        Action::Show(notice) => format!("{notice:?}"),
        Action::Leave => "leave".to_owned(),
        Action::End(verdict) => format!("{verdict:?}"),
    }
}

#[track_caller]
fn check(login: Login, dialogue: &str) {
    let mut play = Play::new(login);
    for line in dialogue
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        play.step(line);
    }
    assert_eq!(play.log, [], "after\n{dialogue}");
}

/// A login with a password and without a terminal.
pub(super) fn given(password: &str) -> Login {
    Login {
        email: "ana@x".to_owned(),
        password: Some(password.to_owned()),
        registers: false,
        is_terminal: false,
    }
}

/// A login without a password, at a terminal.
fn typing() -> Login {
    Login {
        password: None,
        is_terminal: true,
        ..given("")
    }
}

/// The beginning of every dialogue of a user who is online.
pub(super) const ONLINE: &str = "
    = server Con ana@x pw
    < ana@x:10.0.0.1#Bob@x:10.0.0.2#eva:10.0.0.9#
    = online Bob@x eva
";

pub(super) fn check_online(dialogue: &str) {
    check(given("pw"), &format!("{ONLINE}{dialogue}"));
}

#[test]
fn lists_are_the_whole_truth_and_told_once() {
    check_online(
        "
        1
        < Truco ana@x:10.0.0.1#Bob@x:10.0.0.2#eva:10.0.0.9#
        = server Seis ana@x
        .
        2
        < Truco carl@x:10.0.0.3#ana@x:10.0.0.1#Bob@x:10.0.0.2#
        = server Seis ana@x
        = -eva
        = +carl@x
        3
        < Truco carl@x:10.0.0.3#ana@x:10.0.0.1#bob@x:10.0.0.2#
        = server Seis ana@x
        .
        < 10.0.0.2 Truco ana@x:10.0.0.1#
        = Ignored
        < ana@x:10.0.0.1#
        < erro_pw
        .
        > /quem
        = online bob@x carl@x
        ",
    );
}

#[test]
fn the_server_decides_how_we_are_spelled() {
    check(
        given("pw"),
        "
        = server Con ana@x pw
        < ANA@x:10.0.0.1#bob@x:10.0.0.2#
        = online bob@x
        < Truco ANA@x:10.0.0.1#bob@x:10.0.0.2#
        = server Seis ANA@x
        > @BOB@X hi
        = 10.0.0.2 Envia bob@x ANA@x #m#hi
        < 10.0.0.2 Envia ana@x bob@x #m#ho
        = bob@x: ho
        ",
    );
}

#[test]
fn requests_are_repeated_and_then_given_up() {
    check(
        given("pw"),
        "
        = server Con ana@x pw
        0.9
        .
        1
        = AskingAgain
        = server Con ana@x pw
        4.9
        = server Con ana@x pw
        = server Con ana@x pw
        = server Con ana@x pw
        .
        5
        = NoAnswer
        < ana@x:10.0.0.1#
        9
        .
        ",
    );
}

#[test]
fn a_lost_answer_is_made_good_by_a_list() {
    check(
        given("pw"),
        "
        = server Con ana@x pw
        < Truco ana@x:10.0.0.1#
        = server Seis ana@x
        .
        1
        = AskingAgain
        = server Con ana@x pw
        < Truco bob@x:10.0.0.2#
        .
        < Truco bob@x:10.0.0.2#ana@x:10.0.0.1#
        = server Seis ana@x
        = online bob@x
        ",
    );
}

#[test]
fn registering_goes_on_to_logging_in() {
    let registers = || Login {
        registers: true,
        ..given("pw")
    };
    check(
        registers(),
        "
        = server Sin ana@x pw
        < ana@x:10.0.0.1#
        < erro_pw
        1
        = AskingAgain
        = server Sin ana@x pw
        < sin_ok
        = Registered(\"ana@x\")
        = server Con ana@x pw
        < sin_erro_em
        .
        < ana@x:10.0.0.1#
        = online
        ",
    );
    check(
        registers(),
        "
        = server Sin ana@x pw
        < sin_erro_em
        = AlreadyRegistered(\"ana@x\")
        = server Con ana@x pw
        < erro_pw
        = WrongPassword
        ",
    );
    check(
        registers(),
        "= server Sin ana@x pw\n< erro\n< sin_erro\n= Refused",
    );
}

#[test]
fn without_a_terminal_a_refusal_is_the_end() {
    for (answer, verdict) in [
        ("erro_em", "NotRegistered"),
        ("erro_pw", "WrongPassword"),
        ("erro", "Refused"),
    ] {
        check(
            given("pw"),
            &format!("= server Con ana@x pw\n< {answer}\n= {verdict}\n9\n."),
        );
    }
    check(given("two words"), "= BadPassword");
    check(given(&"x".repeat(2048)), "= BadPassword");
}

#[test]
fn at_a_terminal_everything_can_be_asked_again() {
    check(
        typing(),
        "
        < Truco ana@x:10.0.0.1#
        9
        .
        > two words
        = BadPassword
        > wrong
        = server Con ana@x wrong
        < erro_pw
        = WrongPassword(\"ana@x\")
        > pw
        = server Con ana@x pw
        < erro_em
        = NotRegistered(\"ana@x\")
        > Sim
        > pv
        = PasswordsDiffer
        > pw
        > pw
        = server Sin ana@x pw
        < sin_ok
        = Registered(\"ana@x\")
        = server Con ana@x pw
        ",
    );
    check(
        typing(),
        "
        > pw
        = server Con ana@x pw
        < erro_em
        = NotRegistered(\"ana@x\")
        > no
        = NotRegistered
        ",
    );
}

#[test]
fn questions_follow_each_other() {
    let mut play = Play::new(Login {
        registers: true,
        ..typing()
    });
    assert_eq!(play.user.question(), Some(Question::Password));
    play.step("> pw");
    assert_eq!(play.user.question(), Some(Question::Repeat));
    play.step("> pw");
    play.step("= server Sin ana@x pw");
    assert_eq!(play.user.question(), None);
}

#[test]
fn one_lost_list_is_survived_and_silence_is_not() {
    check_online(
        "
        1
        < Truco ana@x:10.0.0.1#Bob@x:10.0.0.2#eva:10.0.0.9#
        = server Seis ana@x
        3
        < Truco ana@x:10.0.0.1#Bob@x:10.0.0.2#eva:10.0.0.9#
        = server Seis ana@x
        6.9
        .
        7
        = Silent
        > hello
        < 10.0.0.2 Envia ana@x bob@x #m#late
        99
        ",
    );
}

#[test]
fn a_list_without_us_is_the_end() {
    check_online("1\n< Truco Bob@x:10.0.0.2#\n= Offline\n9\n.");
    check_online("1\n< Truco\n= Offline");
}
