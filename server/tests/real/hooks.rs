//! Hooks: programs that know Slack speak in a room, posting to an address that an operator has made for them.

use std::net::SocketAddr;

use nix::sys::signal::Signal;

use crate::admins::operator;
use crate::folder::Folder;
use crate::harness::Server;
use crate::people::{Person, Talker};
use crate::scripts::curl;

/// The path and the number of a new hook, as its operator is told.
fn hook(operator: &mut Talker, room: &str) -> (String, String) {
    operator.say(&format!("/hook {room}"));
    let told = operator.expect_start(&format!(
        "* programs can speak in {room} now: POST to http://"
    ));
    operator.expect_start("* keep it secret, whoever has it can speak; try it: curl -d '");
    let (_, rest) = told.split_once("/hooks/").expect("a hook");
    let (token, rest) = rest.split_once(' ').expect("more");
    assert!(
        token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{token}"
    );
    let number = rest
        .split("/unhook ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    (
        format!("/hooks/{token}"),
        number.expect("a number").to_owned(),
    )
}

/// Without lines of before, so that each line is what comes next.
fn start(folder: &Folder) -> Server {
    Server::start(&format!("{} --keep off", folder.options()))
}

fn post(address: SocketAddr, path: &str, body: &str) -> String {
    curl(
        address,
        path,
        &["-H", "Content-Type: application/json", "-d", body],
    )
}

#[test]
fn a_program_speaks_by_a_hook_also_after_a_restart_and_until_it_is_ended() {
    let folder = Folder::new("hooks", "open sesame\n");
    let mut server = start(&folder);
    let mut ana = operator(&server);
    let (kitchen, _) = hook(&mut ana, "kitchen");
    let (lobby, number) = hook(&mut ana, "lobby");
    let address = server.address();
    // Alertmanager and Grafana compare these two bytes.
    assert_eq!(
        post(address, &lobby, r#"{"text":"a","username":"CI job"}"#),
        "ok\n200"
    );
    ana.expect("<webhook> CI job: a");
    assert_eq!(
        curl(address, &lobby, &["-d", r#"payload={"text":"b"}"#]),
        "ok\n200"
    );
    ana.expect("<webhook> b");
    for (body, answer) in [("{}", "no_text\n400"), ("{", "invalid_payload\n400")] {
        assert_eq!(post(address, &lobby, body), answer);
    }
    refuses(&server, &mut ana, &lobby);
    server.log.find("operator ana: hook \"kitchen\"");
    server.signal(Signal::SIGTERM);
    server.expect_exit(0);
    let token = lobby.trim_start_matches("/hooks/");
    assert!(
        !server.log.rest().iter().any(|line| line.contains(token)),
        "it is secret"
    );

    let mut server = start(&folder);
    let mut ana = operator(&server);
    ana.say("/hook");
    ana.expect("* addresses for programs:");
    let line = ana.expect_start("* 1: kitchen, http://");
    assert!(
        line.ends_with(", by ana") && line.contains(&kitchen),
        "{line}"
    );
    ana.expect_start("* 2: lobby, http://");
    assert_eq!(post(server.address(), &lobby, r#"{"text":"d"}"#), "ok\n200");
    ana.expect("<webhook> d");
    ana.say(&format!("/unhook {number}"));
    ana.expect("* that address leads to lobby no more");
    assert_eq!(
        post(server.address(), &lobby, r#"{"text":"e"}"#),
        "no_service\n404"
    );
    ana.say(&format!("/unhook {number}"));
    ana.expect(&format!(
        "! there is no address {number}; /hook lists them all"
    ));
    server.signal(Signal::SIGTERM);
    server.expect_exit(0);
    let server = start(&folder);
    assert_eq!(
        post(server.address(), &lobby, r#"{"text":"f"}"#),
        "no_service\n404"
    );
    assert_eq!(
        post(server.address(), &kitchen, r#"{"text":"g"}"#),
        "ok\n200"
    );
}

/// What is no hook is told so; and what operators may do to a user they may do to programs.
fn refuses(server: &Server, ana: &mut Talker, lobby: &str) {
    let address = server.address();
    let unknown = format!("/hooks/{}", "0".repeat(32));
    assert_eq!(
        post(address, &unknown, r#"{"text":"c"}"#),
        "no_service\n404"
    );
    let answer = curl(address, lobby, &[]);
    assert!(answer.ends_with("POST.\n\n405"), "{answer}");
    // What everybody may do to a user works with programs, too.
    ana.say("/mute webhook");
    ana.expect("* webhook is muted; /unmute webhook ends that");
    assert_eq!(
        post(address, lobby, r#"{"text":"c"}"#),
        "action_prohibited\n403"
    );
}

#[test]
fn only_operators_make_hooks_and_nobody_is_called_webhook() {
    let server = Server::start("");
    let mut bob = Talker::join(&server, "bob");
    bob.say("/hook lobby");
    bob.expect_start("! only operators may do that");
    bob.say("/nick webhook");
    bob.expect_start("! ");
    let answer = curl(
        server.address(),
        "/lobby",
        &["-H", "Name: webhook", "-d", "x"],
    );
    assert!(answer.ends_with("\n409"), "{answer}");
}

#[test]
fn programs_can_be_muted_before_one_has_spoken() {
    let folder = Folder::new("hooks-muted", "open sesame\n");
    let server = start(&folder);
    let mut ana = operator(&server);
    for (order, told) in [
        ("mute", "muted; /unmute webhook ends that"),
        ("unmute", "not muted any more"),
    ] {
        ana.say(&format!("/{order} webhook"));
        ana.expect(&format!("* webhook is {told}"));
    }
}
