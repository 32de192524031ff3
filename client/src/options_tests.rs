//! Tests of the command line.

use super::*;
use crate::terminal::bindings::Bindings;

fn parse_words(line: &str) -> Result<Command<Options>, String> {
    parse(
        line.split_whitespace().map(OsString::from),
        "en_US.UTF-8",
        |_| Ok(Settings::default()),
    )
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
fn the_value_of_an_option_is_no_option() {
    let run = |words: &[&str]| match parse(words.iter().map(Into::into), "C", |_| {
        Ok(Settings::default())
    }) {
        Ok(Command::Run(options)) => options,
        other => panic!("{words:?}: {other:?}"),
    };
    for said in ["--a=b", "--name=evil", "-h", "--help", "--"] {
        let options = run(&["host", "--as", "bot", "--once", said, "--room=ops"]);
        assert_eq!(options.task, Some(Task::Say(said.to_owned())));
        assert_eq!(
            (options.server.host.as_str(), options.room.as_deref()),
            ("host", Some("ops"))
        );
    }
    let options = run(&["--once=--x=y", "--as=bot"]);
    assert_eq!(options.task, Some(Task::Say("--x=y".to_owned())));
    assert_eq!(run(&["--", "--name=ana"]).server.host, "--name=ana");
    for refused in ["--once --a=b --x=y --as ana", "--tls=host"] {
        parse_words(refused).expect_err(refused);
    }
}

#[test]
fn how_somebody_wants_to_read() {
    let usual = options("host").reading;
    assert_eq!(
        (usual.times, usual.manner, usual.notify),
        (true, Manner::Lines, Notify::Off)
    );
    let other = options("host --no-times --plain --highlight lunch --highlight=C++ --notify bell");
    let expected = Reading {
        times: false,
        highlight: vec!["lunch".to_owned(), "C++".to_owned()],
        notify: Notify::Bell,
        manner: Manner::Plain,
        bindings: Bindings::default(),
        colours: None,
    };
    assert_eq!(other.reading, expected);
}

#[test]
fn the_locale_chooses_the_language_of_the_client_only() {
    let Ok(Command::Run(options)) = parse([], "pt_BR.UTF-8", |_| Ok(Settings::default())) else {
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
        ("--name ana --once /online", "pipe"),
        ("--name ana --once /edit", "pipe"),
        ("--name ana --password-file f --once /r", "everybody"),
        ("--name ana --since 10m", "--follow"),
        ("--name ana --once x --since 10m", "--follow"),
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
    }
    let broken = |_| Err("broken settings".to_owned());
    for word in ["--help", "--version"] {
        let shown = parse([word.into()], "C", broken);
        assert!(matches!(shown, Ok(Command::Show(_))), "{shown:?}");
    }
    parse([], "C", broken).expect_err("they are needed to run");
    let Ok(Command::Show(version)) = parse_words("--version") else {
        panic!()
    };
    assert_eq!(version, format!("papo {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(options("help").server.to_string(), "help:12345");
}

#[test]
fn help_fits_on_one_screen_and_names_every_option() {
    let source = include_str!("options.rs");
    let fields = source
        .split("struct Arguments")
        .nth(1)
        .expect("it is there");
    let fields = fields.split("\n}").next().expect("its end");
    let names = fields
        .lines()
        .filter_map(|line| line.trim().split_once(": "));
    let names =
        names.filter(|(name, _)| !["server", "known_as"].contains(name) && !name.starts_with('/'));
    let names: Vec<String> = names.map(|(name, _)| name.replace('_', "-")).collect();
    assert!(names.len() > 12, "{names:?}");
    for language in [Language::En, Language::Pt] {
        let help = help(language);
        assert!(help.lines().count() < 24, "{help}");
        let columns = |line| crate::text::columns(line);
        assert!(help.lines().all(|line| columns(line) <= 80), "{help}");
        for name in names.iter().map(String::as_str).chain(["as"]) {
            assert!(help.contains(&format!("--{name}")), "{name}: {help}");
        }
        for key in ["Tab", "^R", "^U", "^W", "config.toml"] {
            assert!(help.contains(key), "{key}: {help}");
        }
    }
}

#[test]
fn settings_stand_behind_the_command_line() {
    let text = "name = \"ana\"\nlang = \"pt\"\nhighlight = [\"deploy\"]\nnotify = \"bell\"\ncolours = false\n\
        [servers]\nwork = \"tls://chat.lan:7000\"\n";
    let settings = Settings::read(text);
    let options = |line: &str| match parse(line.split_whitespace().map(OsString::from), "C", |_| {
        Ok(settings.clone())
    }) {
        Ok(Command::Run(options)) => options,
        other => panic!("{line}: {other:?}"),
    };
    assert!(options("host").is_usual_name && !options("host --as bob").is_usual_name);
    let work = options("work");
    assert_eq!(work.server.to_string(), "chat.lan:7000");
    assert_eq!(
        (work.tls, work.name.as_deref()),
        (Some(Trust::Known), Some("ana"))
    );
    assert_eq!(
        (work.lang, work.reading.notify),
        (Some(Language::Pt), Notify::Bell)
    );
    assert_eq!(
        (work.reading.colours, work.reading.highlight),
        (Some(false), vec!["deploy".to_owned()])
    );
    let other = options("host --name bob --lang en --notify off --highlight now");
    assert_eq!((other.tls, other.name.as_deref()), (None, Some("bob")));
    assert_eq!(
        (other.lang, other.reading.notify),
        (Some(Language::En), Notify::Off)
    );
    assert_eq!(other.reading.highlight, ["now", "deploy"]);
    assert_eq!(options("host --as bob").name.as_deref(), Some("bob"));
    let since = |line: &str| options(&format!("--follow --since {line}")).since;
    assert_eq!(since("777777:12"), Some(Since::Line(777_777, 12)));
    assert_eq!(since("10:30"), Some(Since::Time("10:30".to_owned())));
}

#[test]
fn an_address_as_browsers_take_it() {
    for (typed, host, port, is_secure, room) in [
        ("http://chat.lan:7000", "chat.lan", 7000, false, None),
        ("https://chat.lan/", "chat.lan", 12345, true, None),
        ("http://[::1]:7000/games", "::1", 7000, false, Some("games")),
        ("chat.lan/games", "chat.lan", 12345, false, Some("games")),
    ] {
        let options = options(typed);
        let server = (options.server.host.as_str(), options.server.port);
        assert_eq!(server, (host, port), "{typed}");
        assert_eq!(options.tls.is_some(), is_secure, "{typed}");
        assert_eq!(options.room.as_deref(), room, "{typed}");
    }
    assert_eq!(
        options("chat.lan/games --room tea").room.as_deref(),
        Some("tea")
    );
    parse_words("http://:7000").expect_err("no host");
}

#[test]
fn the_command_line_chooses_how_it_is_read_and_in_which_language() {
    let with = |text: &str, words: &str| {
        let words = words.split_whitespace().map(OsString::from);
        parse(words, "en_US.UTF-8", |_| Ok(Settings::read(text)))
    };
    for (text, words, manner) in [
        ("full = true", "", Manner::Full),
        ("full = true", "--no-full", Manner::Lines),
        ("full = true\nplain = true", "", Manner::Plain),
        ("plain = true", "--full", Manner::Plain),
        ("", "--full", Manner::Full),
    ] {
        let Ok(Command::Run(options)) = with(text, words) else {
            panic!("{text}")
        };
        assert_eq!(options.reading.manner, manner, "{text} {words}");
    }
    for words in ["--lang pt --help", "--lang=pt --help"] {
        let Ok(Command::Show(help)) = with("", words) else {
            panic!("{words}")
        };
        assert!(help.contains("Teclas:"), "{help}");
    }
}
