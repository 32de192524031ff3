//! What is typed, and what it means.

use super::*;

pub(super) fn parsed(line: &str) -> Result<Command, String> {
    parse(line.split_whitespace().map(Into::into))
}

pub(super) fn options(line: &str) -> Options {
    match parsed(line) {
        Ok(Command::Serve(options)) => *options,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn defaults() {
    let options = options("");
    assert_eq!(options.keep, Some(Keep::default()));
    assert_eq!(options.listen, [Spec::parse("12345").expect("it is right")]);
    assert!(!options.seeds);
    assert_eq!(
        options.rate,
        Rate {
            lines_per_s: 2,
            burst: 10
        }
    );
    assert_eq!(
        (options.backlog, options.max_conns, options.per_address),
        (10, None, 32)
    );
}

#[test]
fn both_ways_to_give_a_value() {
    let spaced = options("--listen 4004 --listen 127.0.0.1:0 --lang pt --rate 0 --log debug");
    let joined = options("--listen=4004 --listen=127.0.0.1:0 --lang=pt --rate=0 --log=debug");
    assert_eq!(format!("{spaced:?}"), format!("{joined:?}"));
    assert_eq!(spaced.listen.len(), 2);
    assert_eq!(spaced.lang, Lang::Pt);
}

#[test]
fn the_five_older_systems() {
    let options = options("--seeds --listen 127.0.0.1:0");
    assert_eq!(options.listen.len(), 5);
}

#[test]
fn metrics_are_for_this_host_unless_an_address_is_said() {
    let at = |text: &str| options(&format!("--metrics {text}")).metrics;
    assert_eq!(at("9100"), Place::parse("127.0.0.1:9100").ok());
    assert_eq!(
        at("192.168.1.5:9100"),
        Place::parse("192.168.1.5:9100").ok()
    );
    assert_eq!(at("*:9100"), Some(Place::Anywhere { port: 9100 }));
}

#[test]
fn proxies_are_named_one_by_one_or_with_commas() {
    let named = options("--proxy 10.0.0.1,::1 --proxy 10.1.0.0/16").proxies;
    let named: Vec<String> = named.iter().map(ToString::to_string).collect();
    assert_eq!(named, ["10.0.0.1", "::1", "10.1.0.0/16"]);
    assert!(options("").proxies.is_empty());
}

#[test]
fn faults_are_one_line() {
    for line in [
        "--listen nowhere",
        "--lang xx",
        "--rate many",
        "--unknown",
        "stray",
        "--log",
        "--log=loud",
        "--keep=30",
        "--proxy haproxy",
        "--proxy 10.0.0.1,",
    ] {
        let fault = parsed(line).expect_err(line);
        assert!(!fault.contains('\n') && fault.len() > 10, "{fault}");
    }
}

#[test]
fn help_and_version_are_printed() {
    for line in ["--help", "-h", "--version"] {
        assert!(
            matches!(parsed(line), Ok(Command::Print(text)) if text.contains("papo-server")),
            "{line}"
        );
    }
}
