//! Tests of a session without a server that answers.

use super::*;
use crate::options::{Command, parse};
use crate::settings::Settings;

#[test]
fn a_line_that_nobody_answers_has_an_end() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = server.local_addr().expect("address").to_string();
    let words = [&address, "--as", "ana", "--once", "it is done"].map(Into::into);
    let Ok(Command::Run(options)) = parse(words, "C", |_| Ok(Settings::default())) else {
        panic!("no options");
    };
    let mut session = LineSession::connect(&options, Mode::Plain).expect("a server");
    let end = session.deadline().expect("one");
    session.tick(end - Duration::from_secs(1), &mut Vec::new());
    assert!(session.take_ending().is_none());
    session.tick(end, &mut Vec::new());
    let ending = session.take_ending();
    assert!(
        matches!(&ending, Some(Err(Failure::Unsaid(lines))) if lines == &["it is done"]),
        "{ending:?}"
    );
}
