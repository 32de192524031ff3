//! Tests of the command line.

use super::*;

fn parse_words(line: &str) -> Result<Command<Options>, String> {
    parse(line.split_whitespace().map(OsString::from), "en_US.UTF-8")
}

fn options(line: &str) -> Options {
    match parse_words(line) {
        Ok(Command::Run(options)) => options,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn servers() {
    for (line, expected) in [
        ("", "localhost:12345"),
        ("host", "host:12345"),
        ("host:7000", "host:7000"),
        ("host 7000", "host:7000"),
        ("::1 7000", "[::1]:7000"),
        ("[::1] 7000", "[::1]:7000"),
        ("10.0.0.1:7000", "10.0.0.1:7000"),
        ("[::1]", "[::1]:12345"),
        ("[::1]:7000", "[::1]:7000"),
        ("::1", "[::1]:12345"),
        ("fe80::1%eth0", "[fe80::1%eth0]:12345"),
        ("[fe80::1%eth0]:7000", "[fe80::1%eth0]:7000"),
    ] {
        assert_eq!(options(line).server.to_string(), expected, "for {line}");
    }
}

#[test]
fn options_in_both_forms() {
    let expected = options("host --name ana --lang pt");
    assert_eq!(expected.name.as_deref(), Some("ana"));
    assert_eq!(
        (expected.lang, expected.language),
        (Some(Language::Pt), Language::Pt)
    );
    assert_eq!(options("--name=ana host --lang=pt"), expected);
    assert_eq!(
        (options("").lang, options("").language),
        (None, Language::En)
    );
}

#[test]
fn how_somebody_wants_to_read() {
    let usual = options("host").reading;
    assert_eq!(
        (usual.times, usual.is_plain, usual.notify),
        (true, false, Notify::Off)
    );
    let other = options("host --no-times --plain --highlight lunch --highlight=C++ --notify bell");
    let expected = Reading {
        times: false,
        highlight: vec!["lunch".to_owned(), "C++".to_owned()],
        notify: Notify::Bell,
        is_plain: true,
    };
    assert_eq!(other.reading, expected);
}

#[test]
fn the_locale_chooses_the_language_of_the_client_only() {
    let Ok(Command::Run(options)) = parse([], "pt_BR.UTF-8") else {
        panic!()
    };
    assert_eq!((options.lang, options.language), (None, Language::Pt));
}

#[test]
fn usage_errors_are_one_line() {
    for (line, what) in [
        ("host:0", "port"),
        ("host:99999", "port"),
        ("host:x", "port"),
        (":7000", "host"),
        ("[::1", "host"),
        ("[host]:1", "host"),
        ("--lang de", "language"),
        ("--notify loud", "loud"),
        ("--name /quit", "name"),
        ("--name=", "name"),
        ("--password-file f", "--name"),
        ("--nam ana", "--nam"),
        ("a b", "b"),
        ("a 1 2", "2"),
        ("a:1 2", "2"),
        ("[::1]:1 2", "2"),
        ("--name", "--name"),
    ] {
        let error = parse_words(line).expect_err(line);
        assert!(
            error.contains(what) && !error.contains('\n'),
            "{line}: {error}"
        );
        assert!(error.ends_with("papo --help tells more"), "{line}: {error}");
    }
}

#[test]
fn help_and_version() {
    for line in ["-h", "--help"] {
        let Ok(Command::Show(help)) = parse_words(line) else {
            panic!("{line}")
        };
        assert!(help.contains("--name") && help.contains("--lang"), "{help}");
        for key in ["Tab", "Up", "^U", "^W"] {
            assert!(help.contains(key), "{help}");
        }
        assert!(help.ends_with(".\n"), "{help}");
    }
    let Ok(Command::Show(version)) = parse_words("--version") else {
        panic!()
    };
    assert_eq!(version, format!("papo {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(options("help").server.to_string(), "help:12345");
}
