//! Whatever a user types, nobody reads a line of another kind or of another user: the first characters
//! of a line are the server's, in every dialect and language.
//!
//! | first characters | papo | Sistema | TChat | VPN | Rede |
//! |---|---|---|---|---|---|
//! | `<NAME> ` | a user's text | nobody | after the time: a user's text | nobody | nobody |
//! | `NAME: ` | nobody | a user's text; a guest's that could be taken for another's | nobody | a user's text | a user's text |
//! | `NAME (private): ` | nobody | nobody | nobody | a private line | a private line |
//! | `<NAME (private)> ` | nobody | nobody | after the time: a private line | nobody | nobody |
//! | `<NAME REMARK> ` | an answer or a correction, after a quote | nobody | nobody | nobody | nobody |
//! | `NAME (REMARK): `, at Sistema `NAME(REMARK): ` | nobody | an answer or a correction | `<NAME (REMARK)> ` after the time | an answer or a correction | an answer or a correction |
//! | `~ NAME ` | an action | an action | after the time: an action | an action | an action |
//! | `[... NAME] ` | a private line | a private line | nobody | nobody | nobody |
//! | `[server] `, `[Operator] ` | nobody | the operator | nobody | the operator | the operator |
//! | `[Server] ` | nobody | nobody | nobody | nobody | the server |
//! | `* ` | the server; what a user says in it is in quotes | the server | the server | the server | nobody |
//! | `! ` | the server | the server | the server | the server | nobody |
//! | `Online`, `papo: ` | nobody | nobody | the server | the server | the server |
//! | a letter, a digit, `/ . , ? ( -` ... | nobody | a guest's text, as it came | nobody | nobody | nobody |
//!
//! With tags, for programs, all of them but Sistema are the same: what is left of TEXT is the server's.
//!
//! Nobody may be called Online or papo.

use proptest::prelude::*;

use super::*;
use crate::dialect::clean::blanks::shorten;
use crate::hub::{Deed, Direct, Quote, Refer, Reference, Request};

/// Pieces of others' lines, look-alikes and invisible characters.
const PIECES: [&str; 53] = [
    "ana",
    "ana:",
    "ana: I quit",
    "АНА:",
    "guest1",
    "mallory",
    ": ",
    ":",
    "：",
    "∶",
    "ː",
    "ꓽ",
    "׃",
    "︓",
    "* ",
    "*",
    "∗ ",
    "＊ ",
    "! ",
    "ǃ ",
    "~ ",
    "～ ",
    "<ana> ",
    "<",
    "[",
    "] ",
    "[private from ana] ",
    "[privado de ana] ",
    "[server] ",
    "[servidor] ",
    "[Servidor] ",
    "[11:25:55] ",
    "ana (privado): ",
    "<ana (privado)> ",
    "Online: ana",
    "(5 min) ana: ",
    " left",
    " (kicked: spam)",
    "\"",
    "”",
    " ",
    "    ",
    "\u{a0}",
    "\u{2003}",
    "\u{3000}",
    "\u{2800}",
    "\u{200b}",
    "\u{202e}",
    "\u{301}",
    "\t",
    "x",
    "olá",
    "7",
];
/// What everybody else is told of a request of this user.
fn told(from: &str, request: Request) -> Option<Notice> {
    let from = name(from);
    Some(match request {
        Request::Say(text) => Notice::Public { from, text },
        Request::Act(text) => Notice::Action { from, text },
        Request::Private { text, .. } | Request::Reply(text) => Notice::Private {
            from: Who::User(from),
            text,
        },
        Request::Refer(refer) => return about(from, refer),
        Request::Leave(why @ Gone::Quit(_)) => Notice::Left {
            who: crowd(&[from.shown()], 0),
            why,
        },
        _ => return None,
    })
}

/// The same about a line of bob's.
fn about(by: Name, refer: Refer) -> Option<Notice> {
    let deed = match refer {
        Refer::Reply { text, .. } if !text.trim().is_empty() => Deed::Replied(text),
        Refer::Edit { text, .. } => Deed::Edited(text),
        Refer::React { word, .. } => Deed::Reacted(word),
        _ => return None,
    };
    let quote = Quote {
        id: LineId {
            epoch: 1,
            number: 3,
        },
        from: name("bob"),
        text: "I said \"no\"".into(),
    };
    Some(Notice::Refer(Box::new(Reference { by, quote, deed })))
}

/// What is before the text of a line about a line of bob's.
fn beginning_about(dialect: Dialect, lang: Lang, from: &str, deed: &Deed) -> String {
    const QUOTE: &str = "\"I said 'no'\"";
    let remark = match (deed, lang) {
        (Deed::Replied(_), _) => "re bob",
        (Deed::Edited(_), Lang::En) => "edited",
        (Deed::Edited(_), Lang::Pt) => "corrigido",
        (_, Lang::En) => "reacted \"",
        (_, Lang::Pt) => "reagiu \"",
    };
    match (dialect, deed, lang) {
        (Dialect::Rede, Deed::Reacted(_), Lang::En) => format!("[Server] {from} {remark}"),
        (Dialect::Rede, Deed::Reacted(_), Lang::Pt) => format!("[Servidor] {from} {remark}"),
        (_, Deed::Reacted(_), _) => format!("* {from} {remark}"),
        (Dialect::Text | Dialect::Web | Dialect::Events(_), ..) => {
            format!("<{from} {remark}> {QUOTE} ")
        }
        (Dialect::TChat, ..) => format!("<{from} ({remark})> {QUOTE} "),
        (Dialect::Relay, ..) => format!("{from}({remark}): {QUOTE} "),
        (Dialect::Vpn | Dialect::Rede, ..) => format!("{from} ({remark}): {QUOTE} "),
    }
}

/// The legal beginnings of this notice in this style.
fn beginnings(dialect: Dialect, lang: Lang, from: &str, notice: &Notice) -> Vec<String> {
    let [private, private_from, left, server] = match lang {
        Lang::En => ["private", "private from", "left", "Server"],
        Lang::Pt => ["privado", "privado de", "saiu", "Servidor"],
    };
    let event = match dialect {
        Dialect::Rede => format!("[{server}] {from} {left}"),
        _ => format!("* {from} {left}"),
    };
    let bare = match (dialect, notice) {
        (_, Notice::Action { .. }) => vec![format!("~ {from} ")],
        (_, Notice::Refer(reference)) => {
            vec![beginning_about(dialect, lang, from, &reference.deed)]
        }
        (_, Notice::Left { .. }) => vec![format!("{event}\n"), format!("{event}: \"")],
        (Dialect::Text | Dialect::TChat | Dialect::Web, Notice::Public { .. }) => {
            vec![format!("<{from}> ")]
        }
        (_, Notice::Public { .. }) => vec![format!("{from}: ")],
        (Dialect::Text | Dialect::Relay | Dialect::Web | Dialect::Events(_), _) => {
            vec![format!("[{private_from} {from}] ")]
        }
        (Dialect::TChat, _) => vec![format!("<{from} ({private})> ")],
        (Dialect::Vpn | Dialect::Rede, _) => vec![format!("{from} ({private}): ")],
    };
    match dialect {
        Dialect::TChat => bare
            .iter()
            .map(|line| format!("[11:25:55] {line}"))
            .collect(),
        _ => bare,
    }
}

fn check_line(from: &str, notice: &Notice) {
    if let Notice::Public { text, .. }
    | Notice::Action { text, .. }
    | Notice::Private { text, .. } = notice
    {
        assert_eq!(shorten(text), **text, "padded to the width of a screen");
        assert!(!text.contains('\u{1b}'), "a colour of a user's: {text:?}");
    }
    check_tagged(from, notice);
    // What a browser gets is in fields.
    for dialect in Dialect::ALL
        .into_iter()
        .filter(|&dialect| dialect != Dialect::Web)
    {
        for lang in [Lang::En, Lang::Pt] {
            check_in(dialect, lang, from, notice);
        }
    }
}

fn check_in(dialect: Dialect, lang: Lang, from: &str, notice: &Notice) {
    let line = uncoloured(&shown(dialect, lang, notice));
    if line.is_empty() && dialect == Dialect::Relay {
        return;
    }
    assert!(
        line.ends_with('\n') && line.matches('\n').count() == 1,
        "{line:?}"
    );
    let known = beginnings(dialect, lang, from, notice);
    if known.iter().any(|known| line.starts_with(known)) {
        let is_quoted = !line.contains('"') || line.ends_with("\"\n");
        assert!(
            is_quoted || !matches!(notice, Notice::Left { .. }),
            "{line:?}"
        );
    } else {
        let is_guests = dialect == Dialect::Relay && from.starts_with("guest");
        assert!(
            is_guests,
            "{line:?} of {from} is not what {notice:?} begins with"
        );
        assert!(!is_anothers(&line), "{line:?}");
    }
}

/// A program finds what it needs at the same place in every language, whatever anybody types.
fn check_tagged(from: &str, notice: &Notice) {
    let begins = match notice {
        Notice::Public { .. } => format!("@1764156355 #lobby:7 <{from}> "),
        Notice::Action { .. } => format!("@1764156355 #lobby:7 ~ {from} "),
        Notice::Private { .. } => format!("@1764156355 [private from {from}] "),
        Notice::Refer(_) => "@1764156355 #lobby:7 ^3 ".to_owned(),
        _ => format!("@1764156355 #lobby:7 * {from} "),
    };
    let clock = Clock {
        at: 1_764_156_355,
        ..Clock::default()
    };
    let (room, mark) = ("lobby", "");
    let id = LineId {
        epoch: 1,
        number: 7,
    };
    for dialect in [Dialect::Text, Dialect::TChat, Dialect::Vpn, Dialect::Rede] {
        for lang in [Lang::En, Lang::Pt] {
            let style = Style {
                dialect,
                lang,
                crlf: false,
                ids: Ids::Tags,
            };
            let mut out = Vec::new();
            match notice {
                Notice::Private { .. } => render(style, clock, notice, &mut out),
                _ => render_line(style, clock, Place { room, mark, id }, notice, &mut out),
            }
            let line = String::from_utf8(out).expect("UTF-8");
            assert!(line.starts_with(&begins), "{line:?}");
            if let Notice::Refer(_) = notice {
                let (deed, rest) = line[begins.len()..].split_once('<').expect("a name");
                let is_word = |c: char| c.is_ascii_lowercase() || c == ' ';
                let is_theirs = rest.starts_with(&format!("{from}> "));
                assert!(deed.chars().all(is_word) && is_theirs, "{line:?}");
            }
            assert!(
                line.ends_with('\n') && line.matches('\n').count() == 1,
                "{line:?}"
            );
        }
    }
}

/// Whether a reader could take a bare line for somebody else's or the server's.
fn is_anothers(line: &str) -> bool {
    let text = line.trim_start();
    let marks = "*∗＊٭!ǃ！~～∼<‹[［";
    let words: String = text.split_whitespace().take(2).collect();
    text.starts_with(|c| marks.contains(c)) || words.contains(|c| ":：∶ːꓽ׃︓﹕".contains(c))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn nobody_forges_a_line(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..8),
        command in prop::sample::select(vec![
            "", "/me ", "@bob ", "/r ", "/quit ", "//", "/reply a3 ", "/edit a3 ", "/react a3 ",
        ]),
    ) {
        let line = format!("{command}{}", pieces.concat());
        let text = parse(Style::default(), Standing::Named, line.as_bytes().into());
        if let Ok(Some(request)) = text {
            told("mallory", request).iter().for_each(|notice| check_line("mallory", notice));
        }
        let relay = Style { dialect: Dialect::Relay, lang: Lang::Pt, crlf: false, ..Style::default() };
        if let Ok(Some(request)) = parse(relay, Standing::Named, line.as_bytes().into()) {
            told("guest7", request).iter().for_each(|notice| check_line("guest7", notice));
        }
    }
}

#[test]
fn a_guest_who_speaks_as_somebody_else_is_named() {
    let relayed = |text: &str| {
        let notice = Notice::Public {
            from: name("guest1"),
            text: text.into(),
        };
        shown(Dialect::Relay, Lang::Pt, &notice)
    };
    for text in [
        "bom dia",
        "sem nome",
        "    return x",
        "você vem às 10:30?",
        "x y",
        "2 + 2",
        "Ó",
        "日本 語",
        "/online @anna <b> ~",
        "(risos)",
        "...",
        "- item",
    ] {
        assert_eq!(relayed(text), format!("{text}\n"));
    }
    for text in [
        "ana: I quit",
        "ana(re bob): \"no\" yes",
        "ana(edited): \"no\" yes",
        "ana : I quit",
        "ana： I quit",
        "ana∶ I quit",
        "ana\u{fe30} I quit",
        "ana\u{205d} I quit",
        "ana\u{1804} I quit",
        "ana\u{2806} I quit",
        "ana \u{a6f4} I quit",
        "ana\u{1365} I quit",
        "\u{a71d} no",
        "  ana: I quit",
        "* bob saiu",
        "~ ana acena",
        "[privado de ana] oi",
        "[servidor] fim",
        "! não",
        "ǃ não",
        ":)",
        "às 10:30",
        "\u{a0}ana: oi",
    ] {
        assert_eq!(relayed(text), format!("guest1: {text}\n"));
    }
}

#[test]
fn the_server_and_the_operator_have_marks_of_their_own_at_a_relay() {
    let relayed = |notice: &Notice| shown(Dialect::Relay, Lang::Pt, notice);
    let throttled = relayed(&Notice::Throttled { lines_per_s: 2 });
    assert_eq!(
        throttled,
        "* mais devagar: suas linhas agora saem a 2 por segundo\n"
    );
    assert_eq!(
        relayed(&Notice::Announced("fim".into())),
        "[servidor] fim\n"
    );
    assert_eq!(
        relayed(&Notice::Refused(Complaint::LongLine)),
        "! linha longa demais: no máximo 1024 bytes\n"
    );
    let act = Notice::Action {
        from: name("slow"),
        text: "down: all of you".into(),
    };
    assert_eq!(relayed(&act), "~ slow down: all of you\n");
}

/// An e-mail appears where names do, and parts of it must not be mistaken for anything else.
#[test]
fn no_address_makes_a_line_of_another_kind() {
    let mut hub = crate::hub::Hub::new(0);
    for email in [
        "a b@c",
        "a]@c",
        "<a>@c",
        "a@b, c joined",
        "a@b:",
        "a@b\u{a0}left",
        "@",
        "a@\u{2003}b",
    ] {
        let online = Direct::Online(email.into());
        assert!(
            hub.direct(std::time::Duration::ZERO, online, &mut Vec::new())
                .is_err(),
            "{email:?}"
        );
    }
}

/// Lines of the server that begin with a word, where those of users begin with a name and a colon.
#[test]
fn nobody_is_called_what_a_line_of_the_server_begins_with() {
    for word in ["Online", "ONLINE", "0nline", "papo", "Servidor", "Operator"] {
        assert!(name(word).is_reserved(), "{word}");
    }
}
