//! What the dialect guarantees for every notice, and the notices that no transcript reaches because
//! they come from the server and not from the hub.

use std::time::Duration;

use super::*;
use crate::hub::name::{Name, NameFault};
use crate::hub::{Banned, Outcome, Replay};
use crate::hub::{
    Complaint, Crowd, Foreign, Gone, Lines, RoomListed, Said, SaidKind, SecretFault, Target, Who,
};
use crate::limits::{
    AWAY_LISTED, BANS_LISTED, DIRECTS_LISTED, EMAIL_BYTES, HISTORY_BYTES, HISTORY_LINES, IGNORES,
    NAME_CHARS, NAMES_LISTED, PAUSE_BYTES, PRIVATE_BYTES, REASON_CHARS,
};

mod forging;
mod forms;
mod missed;
mod web;

fn name(text: &str) -> Name {
    Name::parse(text).expect("a legal name")
}

fn crowd(names: &[&str], others: usize) -> Crowd {
    let names = names.iter().map(|text| name(text)).collect();
    Crowd { names, others }
}

fn rendered(lang: Lang, notice: &Notice) -> String {
    shown(Dialect::Text, lang, notice)
}

/// At 11:25:55.
fn shown(dialect: Dialect, lang: Lang, notice: &Notice) -> String {
    let style = Style {
        dialect,
        lang,
        crlf: false,
        ..Style::default()
    };
    let clock = Clock {
        at: 1_764_156_355,
        ..Clock::default()
    };
    let mut out = b"before\n".to_vec();
    render(style, clock, notice, &mut out);
    let text = String::from_utf8(out).expect("UTF-8");
    text.strip_prefix("before\n")
        .expect("it only appends")
        .to_owned()
}

/// Without colours, which end before the line does.
fn uncoloured(mut text: &str) -> String {
    let mut bare = String::new();
    while let Some((before, after)) = text.split_once("\u{1b}[") {
        let (_, rest) = after.split_once('m').expect("a colour");
        bare += before;
        text = rest;
    }
    bare + text
}

fn check(notice: &Notice, en: &str, pt: &str) {
    assert_eq!(rendered(Lang::En, notice), format!("{en}\n"));
    assert_eq!(rendered(Lang::Pt, notice), format!("{pt}\n"));
}

/// All reasons; the match makes a new one a compile error here.
fn every_gone() -> Vec<Gone> {
    let next = |gone: &Gone| match gone {
        Gone::Quit(_) => Some(Gone::Hangup),
        Gone::Hangup => Some(Gone::Lost),
        Gone::Lost => Some(Gone::Kicked("rude".into())),
        Gone::Kicked(_) => Some(Gone::Banned("rude".into())),
        Gone::Banned(_) => Some(Gone::Locked),
        Gone::Locked => Some(Gone::Stuck),
        Gone::Stuck => Some(Gone::Overflow),
        Gone::Overflow => Some(Gone::NoName),
        Gone::NoName => Some(Gone::NoNameLines),
        Gone::NoNameLines => Some(Gone::LongLines),
        Gone::LongLines => Some(Gone::Foreign(Foreign::Tls)),
        Gone::Foreign(_) => Some(Gone::InClear),
        Gone::InClear => Some(Gone::Full),
        Gone::Full => Some(Gone::AddressFull),
        Gone::AddressFull => Some(Gone::AddressBusy),
        Gone::AddressBusy => Some(Gone::Memory),
        Gone::Memory => Some(Gone::Elsewhere),
        Gone::Elsewhere => Some(Gone::Stopping),
        Gone::Stopping => None,
    };
    std::iter::successors(Some(Gone::Quit("so long".into())), next).collect()
}

fn for_rooms() -> Vec<Notice> {
    let (ana, text) = (name("ana"), "hi");
    let mut notices = vec![
        Notice::Public {
            from: ana.clone(),
            text: text.into(),
        },
        Notice::Action {
            from: ana.clone(),
            text: text.into(),
        },
        Notice::Joined(crowd(&["ana"], 0)),
        Notice::Back(crowd(&["ana", "bob"], 0)),
        Notice::Joined(crowd(&["ana", "bob", "carl", "dan", "eva"], 807)),
        Notice::Went {
            who: ana.clone(),
            room: name("games"),
        },
        Notice::Renamed {
            from: ana.clone(),
            to: name("anna"),
        },
        Notice::Announced(text.into()),
        Notice::DirectJoined("ana@x.org".into()),
        Notice::DirectLeft {
            email: "ana@x.org".into(),
            why: Gone::Hangup,
        },
    ];
    for why in every_gone() {
        notices.push(Notice::Left {
            who: crowd(&["ana", "bob"], 0),
            why,
        });
    }
    notices
}

#[test]
fn a_notice_to_a_room_is_one_line_in_every_language() {
    for notice in for_rooms() {
        for lang in [Lang::En, Lang::Pt] {
            let text = rendered(lang, &notice);
            assert!(
                text.ends_with('\n') && text.matches('\n').count() == 1,
                "{text:?}"
            );
            assert!(text.starts_with(['<', '~', '*']), "{text:?}");
        }
    }
}

#[test]
fn crowds_have_their_plural() {
    let five = ["ana", "bob", "carl", "dan", "eva"];
    let joined = |names: &[&str], others| Notice::Joined(crowd(names, others));
    check(&joined(&["ana"], 0), "* ana joined", "* ana entrou");
    check(
        &joined(&["ana", "bob"], 0),
        "* ana and bob joined",
        "* ana e bob entraram",
    );
    check(
        &joined(&["ana", "bob", "carl"], 0),
        "* ana, bob and carl joined",
        "* ana, bob e carl entraram",
    );
    check(
        &joined(&five, 1),
        "* ana, bob, carl, dan, eva and 1 other joined",
        "* ana, bob, carl, dan, eva e mais 1 entraram",
    );
    check(
        &joined(&five, 807),
        "* ana, bob, carl, dan, eva and 807 others joined",
        "* ana, bob, carl, dan, eva e mais 807 entraram",
    );
    let left = |names: &[&str], others| {
        let why = Gone::Quit("".into());
        Notice::Left {
            who: crowd(names, others),
            why,
        }
    };
    check(&left(&["ana"], 0), "* ana left", "* ana saiu");
    check(
        &left(&["ana", "bob"], 3),
        "* ana, bob and 3 others left",
        "* ana, bob e mais 3 saíram",
    );
}

#[test]
fn notices_of_the_server() {
    check(
        &Notice::AskName,
        "* papo: what is your name?",
        "* papo: qual é o seu nome?",
    );
    check(
        &Notice::Skipped { lines: 312 },
        "* 312 lines skipped: you were reading too slowly",
        "* 312 linhas puladas: você estava lendo devagar demais",
    );
    check(
        &Notice::Skipped { lines: 1 },
        "* 1 line skipped: you were reading too slowly",
        "* 1 linha pulada: você estava lendo devagar demais",
    );
    check(
        &Notice::AsksHolder(name("ana")),
        "* ana is taken; checking if its user is still there",
        "* ana está em uso; verificando se ainda há alguém lá",
    );
    check(
        &Notice::Throttled { lines_per_s: 2 },
        "* slow down: your lines are held back to 2 a second",
        "* mais devagar: suas linhas agora saem a 2 por segundo",
    );
    check(
        &Notice::Refused(Complaint::LongLine),
        "! that line is too long: 1024 bytes at most",
        "! linha longa demais: no máximo 1024 bytes",
    );
    let bye = |why| Notice::Bye { name: None, why };
    check(
        &bye(Gone::NoName),
        "* bye: no name came in time",
        "* até logo: o nome não veio a tempo",
    );
    check(
        &bye(Gone::Foreign(Foreign::Http)),
        "* bye: this is papo, a chat in lines of text; it does not speak HTTP",
        "* até logo: aqui é o papo, um chat em linhas de texto; ele não fala HTTP",
    );
    check(
        &bye(Gone::Full),
        "* bye: the server is full, please try again later",
        "* até logo: o servidor está cheio, tente mais tarde",
    );
}

#[test]
fn every_farewell_is_one_line_that_says_bye() {
    for why in every_gone() {
        for who in [None, Some(name("ana"))] {
            let notice = Notice::Bye {
                name: who,
                why: why.clone(),
            };
            let text = rendered(Lang::En, &notice);
            assert!(
                text.starts_with("* bye") && text.matches('\n').count() == 1,
                "{text:?}"
            );
            let text = rendered(Lang::Pt, &notice);
            assert!(text.starts_with("* até logo") && text.matches('\n').count() == 1);
        }
    }
}

#[test]
fn lines_of_before_have_their_time_and_are_never_taken_for_new_ones() {
    let said = |seconds, kind| Said {
        id: LineId {
            epoch: 1,
            number: 1,
        },
        from: name("ana"),
        text: "hi".into(),
        kind,
        age: Duration::from_secs(seconds),
        is_edited: false,
        re: None,
    };
    let line = |seconds| said(seconds, SaidKind::Line);
    // The clock shows 11:25:55.
    let lines = vec![line(55), line(56), line(3600)];
    let expected = "* [11:25] <ana> hi\n* [11:24] <ana> hi\n* [10:25] <ana> hi";
    check(&history(lines), expected, expected);
    let action = vec![said(0, SaidKind::Action)];
    check(&history(action), "* [11:25] ~ ana hi", "* [11:25] ~ ana hi");
    // Of today's lines the day is told only after another one.
    let since_midnight = 11 * 3600 + 25 * 60 + 55;
    let lines = vec![
        line(40 * 86_400),
        line(since_midnight + 60),
        line(since_midnight + 1),
        line(since_midnight),
        line(1),
    ];
    check(
        &history(lines),
        "* --- Friday, 17 October 2025 ---\n* [11:25] <ana> hi\n\
         * --- Tuesday, 25 November 2025 ---\n* [23:59] <ana> hi\n* [23:59] <ana> hi\n\
         * --- Wednesday, 26 November 2025 ---\n* [00:00] <ana> hi\n* [11:25] <ana> hi",
        "* --- sexta-feira, 17 de outubro de 2025 ---\n* [11:25] <ana> hi\n\
         * --- terça-feira, 25 de novembro de 2025 ---\n* [23:59] <ana> hi\n* [23:59] <ana> hi\n\
         * --- quarta-feira, 26 de novembro de 2025 ---\n* [00:00] <ana> hi\n* [11:25] <ana> hi",
    );
}

fn history(said: Vec<Said>) -> Notice {
    Notice::History {
        room: name("lobby"),
        lines: Lines::Bare,
        said,
        replay: Replay::Asked,
    }
}

#[test]
fn typed_text_is_cut_when_shown_back() {
    let long = Complaint::NoSuchUser("é".repeat(300));
    let text = rendered(Lang::En, &Notice::Refused(long));
    assert_eq!(text, format!("! no such user: {}...\n", "é".repeat(40)));
    let mark = Complaint::BadName(NameFault::BadCharacter('\u{301}'));
    let text = rendered(Lang::En, &Notice::Refused(mark));
    assert_eq!(text, "! a name has letters, digits and _, not U+0301\n");
}

#[test]
fn the_largest_answer_fits_a_queue_in_which_commands_are_not_paused() {
    // The largest name: letters of four bytes.
    let big = name(&"\u{10400}".repeat(NAME_CHARS));
    let here = Crowd {
        names: vec![big.clone(); NAMES_LISTED],
        others: 12345,
    };
    let said = Said {
        id: LineId {
            epoch: 1,
            number: 1,
        },
        from: big.clone(),
        text: "x".repeat(HISTORY_BYTES / HISTORY_LINES).into(),
        kind: SaidKind::Line,
        age: Duration::from_secs(59),
        is_edited: false,
        re: None,
    };
    let listed = RoomListed {
        name: big.clone(),
        members: 12345,
        yours: true,
    };
    let answers = [
        Notice::Online {
            here,
            away: Box::new(Crowd {
                names: vec![big.clone(); AWAY_LISTED],
                others: 12345,
            }),
            elsewhere: vec![(big.clone(), big.clone()); NAMES_LISTED / 2],
            others_elsewhere: 12345,
            direct: vec!["x".repeat(EMAIL_BYTES).into(); DIRECTS_LISTED],
            others_direct: 12345,
        },
        Notice::Rooms {
            rooms: vec![listed; NAMES_LISTED],
            others: 12345,
        },
        Notice::Ignored(vec![Who::Direct("x".repeat(EMAIL_BYTES).into()); IGNORES]),
        history(vec![said; HISTORY_LINES]),
        Notice::Address(format!("http://{}", "x".repeat(100)).into()),
        Notice::Help(None),
    ];
    for notice in answers {
        for lang in [Lang::En, Lang::Pt] {
            let bytes = rendered(lang, &notice).len();
            assert!(bytes < PRIVATE_BYTES - PAUSE_BYTES, "{bytes} bytes");
        }
    }
}

#[test]
fn the_longest_list_of_bans_fits_into_a_queue() {
    let ban = Banned {
        whom: Target::Name(name(&"あ".repeat(20))),
        by: "あ".repeat(20).into(),
        why: "\u{1F600}".repeat(REASON_CHARS).into(),
        left: Some(Duration::from_secs(9999 * 7 * 86_400)),
    };
    let bans = Outcome::Bans {
        bans: vec![ban; BANS_LISTED],
        others: 1000,
    };
    for lang in [Lang::En, Lang::Pt] {
        let text = rendered(lang, &Notice::Ordered(bans.clone()));
        assert!(text.len() <= PRIVATE_BYTES - PAUSE_BYTES, "{}", text.len());
    }
}

#[test]
fn lag_is_told_in_milliseconds() {
    let lag = Notice::Lag {
        queue: Some(312),
        last: Duration::from_micros(240),
        longest: Duration::from_millis(31),
    };
    check(
        &lag,
        "* you have 312 bytes waiting in your queue; the server's last turn took 0.2 ms, the longest in the last minute 31.0 ms",
        "* há 312 bytes à sua espera na fila; a última volta do servidor levou 0.2 ms, a mais longa do último minuto 31.0 ms",
    );
}

#[test]
fn a_password_out_of_a_torn_line_is_none() {
    let torn = |bytes| Line {
        bytes,
        is_torn: true,
    };
    let parse = |standing, bytes| parse(Style::default(), standing, torn(bytes));
    let fault = SecretFault::NotUtf8;
    let claim = Ok(Some(Request::Claim(Err(fault))));
    assert_eq!(parse(Standing::Claimant, b"secret"), claim);
    let proof = Ok(Some(Request::Proof(Err(fault))));
    assert_eq!(parse(Standing::Asked, b"secret"), proof);
    let refused = Err(Notice::Refused(Complaint::BadPassword(fault)));
    for line in ["/register secret", "/password secret", "/admin secret"] {
        assert_eq!(parse(Standing::Named, line.as_bytes()), refused, "{line}");
    }
}

#[test]
fn hidden_characters_are_searched_only_in_possible_names() {
    let fault = |line: &str| parse(Style::default(), Standing::Nameless, line.as_bytes().into());
    let hidden = Err(Notice::Refused(Complaint::BadName(NameFault::Hidden)));
    // Letters of four bytes, each of which is one of a name.
    let wide = "\u{1d41a}".repeat(50);
    assert!(Name::parse(&wide).is_ok());
    assert_eq!(fault(&format!("a\0{}", &wide[4..])), hidden);
    assert_eq!(fault(&format!("a{}", "\u{200b}".repeat(330))), hidden);
    // Too long to be a name in any case.
    let long = "x".repeat(500);
    let typed = format!("\0{long}");
    assert_eq!(fault(&typed), Ok(Some(Request::Enter(long.clone()))));
    assert_eq!(Name::parse(&long), Err(NameFault::TooLong));
}
