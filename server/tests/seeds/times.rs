//! TChat's lines as they are on the wire: the time of day, and colours.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::harness::{Server, command};
use crate::people::{Person, Talker};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// The time of day three hours west of Greenwich, in seconds.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    (since.expect("it is later").as_secs() + DAY - 3 * HOUR) % DAY
}

/// The seconds of `11:25:55`.
fn seconds(time: &str) -> u64 {
    let parts = time.split(':').map(|two| {
        assert_eq!(two.len(), 2, "{time}");
        two.parse::<u64>().expect("a number")
    });
    parts.fold(0, |sum, part| sum * 60 + part)
}

#[test]
fn lines_have_the_time_of_day_and_colours_that_end() {
    let mut command = command("--lang pt");
    command.args(["--listen", "127.0.0.1:0/tchat"]);
    command.env("TZ", "BRT3");
    let server = Server::launch(command, 2);
    let mut bob = Talker::to(server.address());
    bob.say("bob");
    bob.expect("* papo: qual é o seu nome?");
    bob.expect_start("* boas-vindas, bob! ");
    let before = now();
    bob.say("olá \u{1b}[31mvermelho");
    let mut ana = Talker::to(server.places[1]);
    let question = "papo: qual é o seu nome? ";
    assert_eq!(ana.hear_bytes(question.len()), question.as_bytes());
    ana.say("Ana");
    ana.expect_start("\u{1b}[33m* boas-vindas, ana! você está em lobby com bob; ");
    ana.expect("\u{1b}[33m* /para NOME TEXTO: uma linha privada; @NOME TEXTO faz o mesmo\u{1b}[0m");
    ana.expect_start("\u{1b}[33m* /");
    ana.expect_start("\u{1b}[33m* /sair ");
    bob.expect("* Ana entrou");
    // A line of before has the time at which it was said, and the colours of its user are gone.
    let line = ana.expect_start("\u{1b}[90m[");
    let (time, rest) = line["\u{1b}[90m[".len()..]
        .split_once(']')
        .expect("its end");
    assert_eq!(
        rest,
        "\u{1b}[0m \u{1b}[36m<bob>\u{1b}[0m olá [31mvermelho\u{1b}[0m"
    );
    // The server and this test read the clock at their own moments, and midnight may be between.
    let late = (seconds(time) + DAY - before + 2) % DAY;
    assert!(late <= (now() + DAY - before) % DAY + 4, "{time}");
    // An answer has no time.
    ana.say("/nada");
    ana.expect("\u{1b}[31m! comando não encontrado: /nada; /ajuda lista todos\u{1b}[0m");
}

/// The row of the question is not begun anew for a telnet that shows itself after it.
#[test]
fn a_telnet_answers_beside_the_question() {
    const DO_SGA: [u8; 3] = [255, 253, 3];
    const WONT_SGA: [u8; 3] = [255, 252, 3];
    let mut command = command("--lang pt");
    command.args(["--listen", "127.0.0.1:0/tchat"]);
    let server = Server::launch(command, 2);
    let mut ana = Talker::to(server.places[1]);
    let question = "papo: qual é o seu nome? ";
    assert_eq!(ana.hear_bytes(question.len()), question.as_bytes());
    ana.send(DO_SGA);
    assert_eq!(ana.hear_bytes(3), WONT_SGA);
    ana.send("ana\r\n");
    let welcome = "\u{1b}[33m* boas-vindas, ana! você está só em lobby; /ajuda lista os comandos\u{1b}[0m\r\n";
    let heard = ana.hear_bytes(welcome.len());
    assert_eq!(String::from_utf8_lossy(&heard), welcome);
}
