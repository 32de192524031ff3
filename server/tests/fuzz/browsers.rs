//! Whatever a browser sends is one line or closes the conn; and what a line is answered with at once is whole
//! messages in whole frames.

use papo_server::dialect::web::line_of;
use papo_server::dialect::words::Lang;
use papo_server::dialect::{Clock, Dialect, Standing, Style, parse, render};
use serde_json::Value;

use crate::framed::messages;
use crate::pieces::byte;

const STANDINGS: [Standing; 5] = [
    Standing::Nameless,
    Standing::Claimant,
    Standing::Named,
    Standing::Asked,
    Standing::Operator,
];

pub(crate) fn check(mut data: &[u8]) {
    let first = byte(&mut data);
    let style = Style {
        dialect: Dialect::Web,
        lang: if first.is_multiple_of(2) {
            Lang::En
        } else {
            Lang::Pt
        },
        ..Style::default()
    };
    let message = String::from_utf8_lossy(data);
    check_message(style, &message);
    // The same as the text of a line, with and without a mark.
    let line = Value::from(&*message);
    for mark in ["null", "\"m7\""] {
        let message = format!("{{\"line\":{line},\"mark\":{mark}}}");
        assert!(line_of(&message).is_ok(), "{message}");
        check_message(style, &message);
    }
}

fn check_message(style: Style, message: &str) {
    let line = match line_of(message) {
        Ok(line) => line,
        Err(bad) => return assert!(matches!(bad.code(), 1003 | 1008)),
    };
    assert!(!line.contains(['\n', '\r', '\u{8}', '\u{15}', '\u{17}', '\u{7f}']));
    for standing in STANDINGS {
        if let Err(notice) = parse(style, standing, line.as_bytes().into()) {
            let mut out = Vec::new();
            render(style, Clock::default(), &notice, &mut out);
            assert!(!messages(&out).is_empty(), "{notice:?}");
        }
    }
}
