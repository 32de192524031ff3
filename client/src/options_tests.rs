//! Tests of the command line.

use super::*;

fn parse_words(line: &str) -> Result<Command, String> {
    parse(line.split_whitespace().map(OsString::from), "en_US.UTF-8")
}

fn options(line: &str) -> Options {
    match parse_words(line) {
        Ok(Command::Run(options)) => options,
        other => panic!("{line}: {other:?}"),
    }
}

fn server(options: &Options) -> String {
    match &options.service {
        Service::Papo { server, .. } => server.to_string(),
        Service::ChatTruco(service) => service.server.to_string(),
    }
}

fn name(options: &Options) -> Option<&str> {
    match &options.service {
        Service::Papo { name, .. } => name.as_deref(),
        Service::ChatTruco(_) => None,
    }
}

fn directory(line: &str) -> ChatTruco {
    match options(line).service {
        Service::ChatTruco(service) => service,
        Service::Papo { .. } => panic!("{line}"),
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
    ] {
        assert_eq!(server(&options(line)), expected, "for {line}");
    }
}

#[test]
fn options_in_both_forms() {
    let expected = options("host --name ana --lang pt");
    assert_eq!(name(&expected), Some("ana"));
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
        ("--name /quit", "name"),
        ("--name=", "name"),
        ("--nam ana", "--nam"),
        ("a b", "b"),
        ("a 1 2", "2"),
        ("a:1 2", "2"),
        ("[::1]:1 2", "2"),
        ("--name", "--name"),
        ("--chattruco host", "--email"),
        ("--email ana@x", "--email"),
        ("--register", "--register"),
        ("--bind 7000", "--bind"),
        ("--chattruco host --email a:b", "a:b"),
        ("--chattruco host --email=", "e-mail"),
        ("--chattruco host:0 --email ana@x", "port"),
        ("--chattruco host --email ana@x --name ana", "--name"),
        ("host --chattruco host --email ana@x", "host"),
        ("--chattruco host --email ana@x --bind x", "address"),
        ("--chattruco host --email ana@x --peer-port 0", "port"),
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
    assert_eq!(server(&options("help")), "help:12345");
}

#[test]
fn a_directory_has_its_own_port_and_so_have_we() {
    let plain = directory("--chattruco host --email ana@x");
    assert_eq!(plain.server.to_string(), "host:54319");
    assert_eq!(plain.bind.to_string(), "UDP 54319");
    assert_eq!((plain.peer_port, plain.registers), (54319, false));
    let full = directory(
        "--chattruco=[::1]:7 --email ana@x --password-file f --register --bind 127.0.0.2:0 --peer-port 9",
    );
    assert_eq!(full.server.to_string(), "[::1]:7");
    assert_eq!(full.bind.to_string(), "127.0.0.2:0");
    assert_eq!((full.peer_port, full.registers), (9, true));
    assert_eq!(full.password_file.as_deref(), Some("f"));
}

#[test]
fn own_addresses() {
    for (text, expected) in [
        ("7000", "UDP 7000"),
        ("0", "UDP 0"),
        ("127.0.0.2", "127.0.0.2:54319"),
        ("127.0.0.2:7000", "127.0.0.2:7000"),
        ("::1", "[::1]:54319"),
        ("[::1]:7000", "[::1]:7000"),
    ] {
        let bind = parse_bind(text).expect(text);
        assert_eq!(bind.to_string(), expected);
    }
}
