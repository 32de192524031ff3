//! A hostile server, a hostile directory and any keys: what reaches the terminal is text that shows
//! itself and the client's own sequences, the same however the bytes were split.
//!
//! The socket, the terminal and the clock are left out; what stands between them is the client's.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use papo_client::Language;
use papo_client::chattruco::action::Action;
use papo_client::chattruco::user::{Login, User};
use papo_client::session::{Chat, Line, Lines, Shown};
use papo_client::terminal::{Colours, Decoder, Editor, HIDE, Outcome, Row, masked};
use papo_client::text;

use crate::characters::commands_or_hides;
use crate::pieces::{byte, pieces, some};

/// All that the client ever tells a terminal, but for the colours of names, see `name_colour`.
const SEQUENCES: [&str; 8] = [
    "\r\x1b[J",
    "\r\n",
    "\x1b7",
    "\x1b8",
    "\x1b[0m",
    "\x1b[2m",
    "\x1b[31m",
    "\x1b[1;35m",
];

const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// How the session is.
#[derive(Clone, Copy)]
struct How {
    language: Language,
    columns: usize,
}

pub(crate) fn check(mut data: &[u8]) {
    let flags = byte(&mut data);
    let how = How {
        language: if flags & 1 == 0 {
            Language::En
        } else {
            Language::Pt
        },
        columns: usize::from(byte(&mut data)) % 100,
    };
    let keys = some(&mut data);
    let sizes = some(&mut data);
    let cut = pieces(sizes, data);
    if flags & 2 == 0 {
        let screens = [Colours::On, Colours::Off].map(|colours| {
            let whole = line_session(how, colours, &[data], keys);
            assert_eq!(line_session(how, colours, &cut, keys), whole, "in pieces");
            whole
        });
        check_screens(&screens);
    } else {
        check_screens(
            &[Colours::On, Colours::Off].map(|colours| direct_session(how, colours, &cut)),
        );
    }
    check_row(how, keys);
}

/// Without colours the text is the same, and there is no sequence of colours.
fn check_screens([on, off]: &[String; 2]) {
    assert_eq!(shown(on), shown(off));
    let coloured = off
        .split("\x1b[")
        .skip(1)
        .any(|rest| !rest.starts_with('J'));
    assert!(!coloured, "{off:?}");
}

/// What `app` draws of the lines of a papo server while these keys are pressed after each.
fn line_session(how: How, colours: Colours, cut: &[&[u8]], keys: &[u8]) -> String {
    let (mut lines, mut heard) = (Lines::default(), Vec::new());
    for piece in cut {
        lines.push(piece, &mut heard);
    }
    heard.extend(lines.end());
    let (mut chat, mut editor) = (Chat::new(how.language), Editor::default());
    let (mut decoder, mut pressed) = (Decoder::default(), Vec::new());
    decoder.feed(keys, &mut pressed);
    decoder.expire(&mut pressed);
    let mut pressed = pressed.into_iter();
    let mut out = String::new();
    for line in heard {
        let line = Line::parse(&line);
        chat.hear(&line);
        colours.line(&mut out, &line, how.columns);
        match pressed.next().map(|key| editor.press(key)) {
            Some(Outcome::Submit) => {
                for typed in editor.accept().split('\n') {
                    match chat.say(typed.trim()) {
                        Some(Shown::Own { line: own, .. }) => {
                            colours.line(&mut out, &Line::parse(&own), how.columns);
                        }
                        Some(Shown::Typed(text)) => colours.dim(&mut out, &text, how.columns),
                        Some(Shown::Received(_) | Shown::Note(_)) | None => {}
                    }
                }
            }
            Some(Outcome::Complete) => editor.complete(chat.names(), how.language),
            _ => {}
        }
    }
    let name = chat.name();
    let prompt = format!("{}> ", name.unwrap_or_default());
    let row = draw_row(how, colours, (&prompt, name), &editor);
    out + &row
}

/// What is shown of the datagrams that come from the directory and from others, in turns.
fn direct_session(how: How, colours: Colours, datagrams: &[&[u8]]) -> String {
    let login = Login {
        email: "a@x".to_owned(),
        password: Some("pw".to_owned()),
        registers: false,
        is_terminal: true,
    };
    let (mut now, mut actions) = (Instant::now(), Vec::new());
    let mut user = User::start(login, SERVER, now, &mut actions);
    for (at, datagram) in datagrams.iter().enumerate() {
        let last = if at % 4 == 3 { 2 } else { 1 };
        now += Duration::from_millis(300);
        user.receive([10, 0, 0, last].into(), datagram, now, &mut actions);
        user.tick(now, &mut actions);
    }
    let mut out = String::new();
    for action in &actions {
        if let Action::Show(notice) = action {
            for line in notice.lines(how.language) {
                colours.line(&mut out, &Line::parse(&line), how.columns);
            }
        }
    }
    let addressee = user.addressee();
    let prompt = format!("{}> ", addressee.unwrap_or_default());
    out + &draw_row(how, colours, (&prompt, addressee), &Editor::default())
}

/// The row, which never reaches the last column and says once where the cursor is.
fn draw_row(how: How, colours: Colours, prompt: (&str, Option<&str>), editor: &Editor) -> String {
    let mut out = String::from(HIDE);
    let row = Row {
        prompt: prompt.0,
        name: prompt.1,
        text: editor.text(),
        cursor: editor.cursor(),
        columns: how.columns,
    };
    row.draw(&mut out, colours);
    let width = text::columns(&shown(&out));
    assert!(width < how.columns.max(1), "{width} columns: {out:?}");
    let (before, after) = out.split_once("\x1b7").expect("where the cursor is");
    assert!(!before.contains("\x1b8") && after.ends_with("\x1b8"));
    out
}

/// Keys alone, each drawn; and as a password, of which nothing is seen.
fn check_row(how: How, keys: &[u8]) {
    let (mut decoder, mut pressed) = (Decoder::default(), Vec::new());
    decoder.feed(keys, &mut pressed);
    let mut editor = Editor::default();
    for key in pressed {
        editor.press(key);
        let row = draw_row(how, Colours::On, ("ana> ", Some("ana")), &editor);
        assert!(!shown(&row).contains('\n'), "{row:?}");
    }
    assert!(masked(editor.text()).chars().all(|c| c == '*'));
}

/// The text between the sequences. Everything in it shows itself.
fn shown(mut screen: &str) -> String {
    let mut text = String::new();
    while let Some(c) = screen.chars().next() {
        let own = SEQUENCES.into_iter().find(|own| screen.starts_with(own));
        if let Some(length) = own.map(str::len).or_else(|| name_colour(screen)) {
            if own == Some("\r\n") {
                text.push('\n');
            }
            screen = &screen[length..];
            continue;
        }
        assert!(
            !commands_or_hides(c),
            "{c:?} reaches the terminal, before {screen:?}"
        );
        text.push(c);
        screen = &screen[c.len_utf8()..];
    }
    text
}

/// `ESC [ 38 ; 5 ; N m`: how long it is.
fn name_colour(screen: &str) -> Option<usize> {
    let (number, _) = screen.strip_prefix("\x1b[38;5;")?.split_once('m')?;
    number.parse::<u8>().ok()?;
    Some("\x1b[38;5;m".len() + number.len())
}
