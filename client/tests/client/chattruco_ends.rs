//! How a ChatTruco session of the client ends, or fails to begin.

use crate::chattruco::{CHATTRUCO, Plain, ana_and_bob, start};
use crate::directory::Directory;
use crate::plain::end;
use crate::pty::Pty;

#[test]
fn no_answer_is_one_sentence() {
    let directory = Directory::start(&["ana@x"]);
    directory.fall_silent();
    let mut ana = Plain::start(&directory, 2, "ana@x", &["--lang", "pt"]);
    ana.write("pw\n");
    let (code, error) = ana.end();
    assert_eq!(code, Some(1));
    let start = format!(
        "papo-chattruco: nenhuma resposta de {} por UDP; ",
        directory.address()
    );
    assert!(
        error.starts_with(&start) && error.lines().count() == 1,
        "{error}"
    );
    for _ in 0..5 {
        directory.expect("Con ana@x pw");
    }
}

#[test]
fn silence_ends_it() {
    let directory = Directory::start(&["ana@x"]);
    let (mut ana, _bob) = ana_and_bob(&directory);
    directory.fall_silent();
    assert_eq!(ana.wait_for_end().code(), Some(1));
    let server = directory.address();
    assert!(ana.raw_text().contains(&format!(
        "papo-chattruco: {server} said nothing for 4 seconds;"
    )));
}

#[test]
fn a_list_without_us_ends_it() {
    let directory = Directory::start(&["ana@x"]);
    let mut ana = Plain::online(&directory, 2, "ana@x", "nobody else");
    directory.list("bob@x", 3);
    ana.expect("* bob@x connected");
    directory.forget("ana@x");
    let (code, error) = ana.end();
    let server = directory.address();
    assert_eq!(code, Some(1));
    assert_eq!(
        error,
        format!("papo-chattruco: {server} says that ana@x is offline; start again to log in\n")
    );
}

#[test]
fn refusals_without_a_terminal() {
    let directory = Directory::start(&["ana@x"]);
    let server = directory.address();
    for (email, input, sentence) in [
        (
            "ana@x",
            "wrong\n",
            format!("wrong password for ana@x at {server}"),
        ),
        (
            "eva@x",
            "pw\n",
            format!("eva@x is not registered at {server}; --register does it"),
        ),
        (
            "ana@x",
            "two words\n",
            "a password is one word, not empty and without spaces".to_owned(),
        ),
    ] {
        let mut plain = Plain::start(&directory, 2, email, &[]);
        plain.write(input);
        assert_eq!(
            plain.end(),
            (Some(1), format!("papo-chattruco: {sentence}\n"))
        );
    }
    let mut nobody = start(&directory.arguments(2, "ana@x", &[]));
    drop(nobody.stdin.take());
    let (code, _, error) = end(nobody);
    assert_eq!(code, Some(1));
    assert!(
        error.starts_with("papo-chattruco: there is no password for ana@x"),
        "{error}"
    );
}

#[test]
fn an_address_in_use_is_told() {
    let directory = Directory::start(&["ana@x"]);
    let _ana = directory.socket(2);
    let (code, error) = Plain::start(&directory, 2, "ana@x", &[]).end();
    assert_eq!(code, Some(1));
    assert!(
        error.contains(": another program uses it; --bind takes another"),
        "{error}"
    );
}

#[test]
fn a_password_is_not_typed_where_it_is_seen() {
    let directory = Directory::start(&["ana@x"]);
    let arguments = directory.arguments(2, "ana@x", &[]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut pty = Pty::script_of(CHATTRUCO, r#""$@" | cat"#, "-c", &arguments);
    pty.expect_part("a password would");
    pty.wait_for_end();
}
