//! Any line, in any state and style: never a panic, and the answer is whole, short and safe lines.

use std::time::Duration;

use papo_server::clock::Zone;
use papo_server::dialect::clean::clean;
use papo_server::dialect::words::{Lang, Verb, command};
use papo_server::dialect::{Clock, Dialect, Standing, Style, parse, render};
use papo_server::hub::{Complaint, Look, Notice, Order, Refer, Request, Secret};
use papo_server::limits::LINE_BYTES;

use crate::framed::check_browser;
use crate::pieces::byte;
use crate::safe::assert_safe;

const LANGS: [Lang; 2] = [Lang::En, Lang::Pt];
const STANDINGS: [Standing; 5] = [
    Standing::Nameless,
    Standing::Claimant,
    Standing::Named,
    Standing::Asked,
    Standing::Operator,
];

pub(crate) fn check(mut data: &[u8]) {
    let how = byte(&mut data);
    // Framing gives no LF and no longer line.
    let line: Vec<u8> = data.iter().copied().filter(|b| *b != b'\n').collect();
    let line = &line[..line.len().min(LINE_BYTES)];
    check_any(line);
    check_command(how, line);
    check_said(line);
    check_relay(line);
}

/// The line as it is.
fn check_any(line: &[u8]) {
    for standing in STANDINGS {
        let [en, pt] = LANGS.map(|lang| parse(text(lang), standing, line.into()));
        for parsed in [&en, &pt] {
            match parsed {
                Ok(Some(request)) => check_request(request, standing),
                Ok(None) => assert!(matches!(standing, Standing::Named | Standing::Operator)),
                Err(notice) => check_notice(notice),
            }
        }
        // Only suggestions differ between languages.
        match (en, pt) {
            (Err(Notice::Refused(one)), Err(Notice::Refused(two))) => {
                let same = std::mem::discriminant(&one) == std::mem::discriminant(&two);
                assert!(same, "{one:?} {two:?}");
                check_suggestion(&one);
                check_suggestion(&two);
            }
            (en, pt) => assert_eq!(en, pt),
        }
    }
}

/// Every command by every name it is listed under, in any case, with the line as its arguments.
fn check_command(how: u8, line: &[u8]) {
    let verb = Verb::ALL[usize::from(how) % Verb::ALL.len()];
    let lang = LANGS[usize::from(how >> 7)];
    let name = command(lang, verb).name;
    let name = match how & 0x40 == 0 {
        true => name.to_owned(),
        false => name.to_uppercase(),
    };
    let typed = [b"/", name.as_bytes(), b" ", line].concat();
    for lang in LANGS {
        match parse(text(lang), Standing::Named, typed[..].into()) {
            Ok(Some(request)) => check_request(&request, Standing::Named),
            Ok(None) => panic!("a command is something"),
            Err(notice) => {
                let help = verb == Verb::Help;
                let unknown = matches!(notice, Notice::Refused(Complaint::UnknownCommand { .. }));
                assert!(help || !unknown, "/{name}");
                let usage = match notice {
                    Notice::Refused(Complaint::Usage(of, _)) => of == verb,
                    _ => true,
                };
                assert!(usage, "the usage of another command");
                check_notice(&notice);
            }
        }
    }
}

/// A line that is no command is said, and `//x` says `/x`.
fn check_said(line: &[u8]) {
    let said = clean(line);
    let said = said.trim();
    let parse = |line: &str| parse(text(Lang::En), Standing::Named, line.as_bytes().into());
    if said.is_empty() {
        return;
    }
    if !said.starts_with(['/', '@']) {
        match parse(said) {
            Ok(Some(Request::Bare { text, .. })) => assert_eq!(*text, *said),
            other => assert_eq!(other, Ok(Some(Request::Say(said.into())))),
        }
        // Indentation is kept, and an indented line is no command.
        let code = format!("    {said}");
        assert_eq!(parse(&code), Ok(Some(Request::Say(code.into()))));
    }
    let expected = Request::Say(format!("/{said}").into());
    assert_eq!(parse(&format!("//{said}")), Ok(Some(expected)));
}

/// The relay dialect knows only public lines and one way to leave.
fn check_relay(line: &[u8]) {
    let style = Style {
        dialect: Dialect::Relay,
        lang: Lang::Pt,
        crlf: false,
        ..Style::default()
    };
    let said = clean(line);
    match parse(style, Standing::Named, line.into()) {
        Ok(None) => assert_eq!(said.trim(), ""),
        Ok(Some(Request::Leave(_))) => assert_eq!(said.trim(), "x"),
        Ok(Some(Request::Say(text))) => assert_eq!(*text, *said),
        other => panic!("{other:?}"),
    }
}

fn check_request(request: &Request, standing: Standing) {
    let texts: Vec<&str> = match request {
        Request::Enter(text) => {
            assert!(matches!(standing, Standing::Nameless | Standing::Claimant));
            return assert_safe(text);
        }
        Request::Claim(typed) => {
            assert_eq!(standing, Standing::Claimant);
            if let Ok(secret) = typed {
                assert_secret(secret);
            }
            return;
        }
        Request::GiveUp => return assert_eq!(standing, Standing::Asked),
        Request::Order(order) => return check_order(order),
        Request::Say(text) | Request::Act(text) | Request::Reply(text) => vec![text],
        Request::Refer(refer) => match refer {
            Refer::Edit { text, .. } | Refer::Reply { whole: text, .. } => vec![text],
            Refer::React { word, .. } => vec![word],
            Refer::Replace { old, new } => {
                assert_safe(new);
                return assert!(!old.is_empty());
            }
            Refer::Delete(_) | Refer::Pin(_) | Refer::Pins => return,
        },
        Request::Nick(text) | Request::Join(text) | Request::Also(text) => vec![text],
        Request::LeaveRoom(Some(room)) => vec![room],
        Request::SetTopic(text) if text.is_empty() => return,
        Request::SetTopic(text) => vec![text],
        Request::Private { to, text } => {
            assert!(!to.is_empty() && to.trim() == to);
            vec![text]
        }
        Request::Look(Look::Search { text, within }) => {
            if let Some((words, room)) = within {
                assert!(text.starts_with(words) && text.ends_with(room) && !words.is_empty());
            }
            vec![text]
        }
        Request::Look(Look::From { name, room }) => {
            assert_safe(name);
            return room.iter().for_each(|room| assert_safe(room));
        }
        Request::Since(moment, room) => {
            // Any clock finds a time.
            for zone in [Zone::default(), Zone::Fixed(50_400), Zone::Fixed(-50_400)] {
                let at = 1_764_156_355;
                let clock = Clock { at, ms: 999, zone };
                let _ = clock.local(clock.time_of(*moment));
            }
            return room.iter().for_each(|room| assert_safe(room));
        }
        Request::Whois(name) | Request::Ignore(name) => return assert_safe(name),
        Request::Register(secret) | Request::Password(secret) | Request::Operator(Some(secret)) => {
            return assert_secret(secret);
        }
        Request::History { lines, room } => {
            assert!(*lines > 0);
            room.iter().map(String::as_str).collect()
        }
        _ => return,
    };
    for text in texts {
        assert_safe(text);
        assert!(!text.is_empty() && text.trim_end() == text, "{request:?}");
        // Every byte may become a replacement character of three bytes, and a leading tab four
        // spaces.
        assert!(text.len() <= 4 * LINE_BYTES);
    }
}

/// Exactly what was typed: cleaning would make different passwords equal.
fn assert_secret(secret: &Secret) {
    let text = secret.text();
    assert!(Secret::fits(text) && !text.starts_with('/') && text.trim() == text);
    assert_eq!(clean(text.as_bytes()), text);
    assert!(!text.contains(char::REPLACEMENT_CHARACTER));
}

/// Durations that can be added to any time, and texts that are safe to show.
fn check_order(order: &Order) {
    const LONGEST: Duration = Duration::from_secs(200 * 366 * 86_400);
    let (texts, lasts): (Vec<&str>, _) = match order {
        Order::Announce(text) => (vec![text], None),
        Order::Kick { name, reason } => (vec![name, reason], None),
        Order::Ban {
            whom,
            lasts,
            reason,
        } => (vec![whom, reason], *lasts),
        Order::Mute { name, lasts, .. } => (vec![name], *lasts),
        Order::Unban(name) | Order::Unmute(name) => (vec![name], None),
        Order::Accounts(text) | Order::Reset(text) | Order::Free(text) => (vec![text], None),
        Order::Hook(room) => (vec![room], None),
        Order::Hooks | Order::Unhook(_) | Order::Bans | Order::Lockdown(_) => (vec![], None),
        Order::Stop => panic!("nobody stops the server by a line"),
    };
    texts.into_iter().for_each(assert_safe);
    assert!(lasts.is_none_or(|lasts| !lasts.is_zero() && lasts < LONGEST));
}

/// A suggestion is a command.
fn check_suggestion(complaint: &Complaint) {
    if let Complaint::UnknownCommand { typed, meant } = complaint {
        let Some(meant) = meant else { return };
        let meant = command(Lang::En, *meant).name;
        assert_ne!(meant, typed, "that is what was typed");
        let found = parse(
            text(Lang::En),
            Standing::Named,
            format!("/{meant}").as_bytes().into(),
        );
        let unknown = matches!(
            found,
            Err(Notice::Refused(Complaint::UnknownCommand { .. }))
        );
        assert!(!unknown, "/{meant} is suggested and there is none");
    }
}

/// As shown: one line, or as many as there are commands.
fn check_notice(notice: &Notice) {
    let everybodys = Verb::ALL.iter().filter(|verb| !verb.is_for_operators());
    let everybodys = everybodys.count();
    for lang in LANGS {
        let style = Style {
            lang,
            ..Style::default()
        };
        check_browser(style, notice);
        for dialect in Dialect::ALL
            .into_iter()
            .filter(|&dialect| dialect != Dialect::Web)
        {
            let mut out = Vec::new();
            render(
                Style {
                    dialect,
                    lang,
                    crlf: false,
                    ..Style::default()
                },
                Clock::default(),
                notice,
                &mut out,
            );
            let out = std::str::from_utf8(&out).expect("a notice is UTF-8");
            let out = &without_colours(out);
            assert!(out.is_empty() || out.ends_with('\n'));
            let lines: Vec<&str> = out.lines().collect();
            let expected = match (dialect, notice) {
                (Dialect::Relay, Notice::Help(_) | Notice::HelpOperator) => 0,
                (_, Notice::Help(None)) => 1 + everybodys,
                (_, Notice::HelpOperator) => 1 + Verb::ALL.len(),
                _ => 1,
            };
            assert_eq!(lines.len(), expected, "{notice:?}");
            for line in lines {
                assert_safe(line);
                assert!(line.len() <= 400, "{line}");
                let marks = match dialect {
                    Dialect::Rede => ["[Server] ", "[Servidor] "],
                    _ => ["* ", "! "],
                };
                let marked = marks.iter().any(|mark| line.starts_with(mark));
                assert!(dialect == Dialect::Relay || marked, "{line}");
            }
        }
    }
}

/// Each line ends without a colour.
fn without_colours(text: &str) -> String {
    let plain = |line: &str| {
        let mut parts = line.split("\u{1b}[");
        let mut plain = parts.next().unwrap_or_default().to_owned();
        let mut colour = "0";
        for part in parts {
            let (of_part, text) = part.split_once('m').expect("a colour");
            colour = of_part;
            plain += text;
        }
        assert_eq!(colour, "0", "{line:?}");
        plain + "\n"
    };
    text.lines().map(plain).collect()
}

fn text(lang: Lang) -> Style {
    Style {
        dialect: Dialect::Text,
        lang,
        crlf: false,
        ..Style::default()
    }
}
