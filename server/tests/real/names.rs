//! Names, commands and users that are refused or unknown: one line each, and another try.

use crate::harness::Server;
use crate::people::{Person, Talker};

#[test]
fn names_that_cannot_be_had() {
    let server = Server::start("--rate 0");
    let _bob = Talker::join(&server, "bob");
    let _jose = Talker::join(&server, "josé");
    let mut ana = Talker::connect(&server);
    ana.expect("* papo: what is your name?");
    for (name, why) in [
        ("bob", "the name bob is taken; try another"),
        ("BOB", "the name BOB is taken; try another"),
        ("b0b", "the name b0b is taken; try another"),
        ("ＢＯＢ", "the name BOB is taken; try another"),
        ("jose\u{301}", "the name josé is taken; try another"),
        ("server", "the name server is reserved; try another"),
        ("Admin", "the name Admin is reserved; try another"),
        ("аdmin", "a name has letters of one alphabet only"),
        (
            "two words",
            "a name is one word of letters, digits and _, without spaces",
        ),
        ("a!b", "a name has letters, digits and _, not !"),
        ("<ana>", "a name has letters, digits and _, not <"),
        ("_", "a name needs a letter or a digit"),
        (
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "a name has at most 20 characters, or 50 of the letters a to z",
        ),
        (
            "/online",
            "choose a name first; /help, /lang and /quit work too",
        ),
    ] {
        ana.say(name);
        ana.expect(&format!("! {why}"));
    }
    // Invisible characters are neither a name nor a line.
    ana.say("\u{200b}");
    let answer = ana.hear().expect("an answer");
    assert!(answer.starts_with(['!', '*']), "{answer}");
    ana.say("ana");
    ana.expect("* welcome, ana! you are in lobby with bob and josé; /help lists the commands");
}

#[test]
fn help_and_quit_without_a_name() {
    let server = Server::start("");
    let mut ana = Talker::connect(&server);
    ana.expect("* papo: what is your name?");
    ana.say("/help quit");
    ana.expect("* /quit [TEXT]: leave");
    ana.say("/quit");
    ana.expect("* bye");
    ana.expect_end();
}

#[test]
fn too_many_lines_before_a_name() {
    let server = Server::start("--rate 0");
    let mut ana = Talker::connect(&server);
    ana.expect("* papo: what is your name?");
    ana.send("!\n".repeat(40));
    ana.expect("! a name has letters, digits and _, not !");
    for _ in 1..32 {
        ana.expect_start("! that was not said, ");
    }
    ana.expect("* bye: too many lines came before a name");
    ana.expect_end();
}

#[test]
fn commands_and_users_that_are_not_there() {
    let server = Server::start("--rate 0");
    let mut ana = Talker::join(&server, "ana");
    for (line, answer) in [
        ("/onlin", "! no such command: /onlin; did you mean /online?"),
        (
            "/frobnicate",
            "! no such command: /frobnicate; /help lists them all",
        ),
        ("/", "! no such command: /; /help lists them all"),
        ("@nobody hi", "! no such user: nobody"),
        ("/private nobody hi", "! no such user: nobody"),
        ("/private", "! usage: /private NAME TEXT"),
        ("/whois nobody", "! no such user: nobody"),
        ("/ignore nobody", "! no such user: nobody"),
        ("/reply hi", "! nobody wrote to you privately yet"),
        ("@ana hi", "! that is your own name"),
        ("/nick ana", "! you are already called ana"),
        (
            "/nick a b",
            "! a name is one word of letters, digits and _, without spaces",
        ),
        ("/join lobby", "! you are already in lobby"),
        ("/lang tlh", "! no such language: tlh; there are en and pt"),
        ("/ONLINE", "* 1 here: ana"),
    ] {
        ana.say(line);
        ana.expect(answer);
    }
    // Only a part of a long unknown name is shown back.
    ana.say(&format!("@{} hi", "x".repeat(900)));
    let answer = ana.expect_start("! no such user: xxx");
    assert!(answer.len() < 100, "{answer}");
}

#[test]
fn lines_read_with_a_refused_name_are_not_names() {
    let server = Server::start("--rate 0");
    let mut ana = Talker::join(&server, "ana");
    let mut bot = Talker::connect(&server);
    bot.expect("* papo: what is your name?");
    bot.send("ana\nhello\nthere\nwhoever");
    bot.expect("! the name ana is taken; try another");
    for _ in ["hello", "there"] {
        bot.expect("! that was not said, for you have no name yet; type one now");
    }
    // The rest of the line that began with it.
    bot.send("isthere\n");
    bot.expect_start("! that was not said, ");
    // A line in a read of its own is another try, and a line of several words is not a name.
    bot.send("hello there\n");
    bot.expect_start("! a name is one word of letters, digits and _, without spaces");
    bot.send("bot\n");
    bot.expect_start("* welcome, bot! ");
    ana.expect("* bot joined");
    ana.expect_nothing_else();
}

#[test]
fn lines_read_with_any_refusal_are_not_names() {
    let data = std::env::temp_dir().join(format!("papo-refused-{}", std::process::id()));
    let server = Server::start(&format!("--burst 0 --data {}", data.display()));
    let mut bob = Talker::join(&server, "bob");
    let mut kim = Talker::join(&server, "kim");
    bob.expect("* kim joined");
    kim.say("/register segredo9");
    kim.expect_start("* kim is registered; ");
    kim.say("/quit");
    bob.expect("* kim left");
    let long = format!("{}\nmysecret\nlines\n", "x".repeat(1500));
    for sent in [
        &b"kim\nwrong123\nhello\nmy secret plan\n"[..],
        b"kim\n\xe7\xe3\nsegredo1\nlines\n",
        b"kim\n/frob\nsegredo1\nlines\n",
        long.as_bytes(),
        b"help\nmysecret\nlines\n",
        b"/nick bob\nmysecret\nlines\n",
    ] {
        let mut bot = Talker::connect(&server);
        bot.send(sent);
        bot.half_close();
        let answers: Vec<String> = std::iter::from_fn(|| bot.hear()).collect();
        let last = answers.iter().rev().find(|line| line.starts_with('!'));
        let is_not_said = |line: &String| line.starts_with("! that was not said, ");
        assert!(last.is_some_and(is_not_said), "{answers:?}");
    }
    bob.expect_nothing_else();
    drop(server);
    std::fs::remove_dir_all(data).expect("it was there");
}

#[test]
fn lines_read_with_a_name_are_said_or_its_password() {
    let server = Server::start("--rate 0");
    let mut bob = Talker::join(&server, "bob");
    let mut bot = Talker::connect(&server);
    bot.send("\nbot\nhello\n");
    bob.expect("* bot joined");
    bob.expect("<bot> hello");
}
