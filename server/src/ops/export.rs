//! `papo-server export`: what the archive has, as a transcript on standard output, while a server runs or
//! not. It reads and changes nothing.
//!
//! Invariant: each line of the archive is one line of the output, or one element of the page, in the one
//! order of the archive; whatever its text is, it forges no other.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;

use argh::FromArgs;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::hub::archive::entry::Kind;
use crate::hub::name::Name;
use crate::hub::recall::State;
use crate::store::accounts::default_directory;
use crate::store::archive::{Filter, Reader, Row, file_in};

/// Lines read at once.
const ROWS: usize = 1000;

/// Write what was said in rooms to standard output, while a server runs or not.
#[derive(FromArgs, Debug)]
#[argh(help_triggers("-h", "--help"))]
pub struct Export {
    /// the server's directory (default $XDG_STATE_HOME/papo)
    #[argh(option, arg_name = "dir")]
    data: Option<PathBuf>,

    /// only what was said in this room
    #[argh(option, from_str_fn(room), arg_name = "room")]
    room: Option<Name>,

    /// nothing earlier: 2026-11-26, 2026-11-26T10:30, 10:30 (today), 7d, 12h or 30m (ago)
    #[argh(option, from_str_fn(since), arg_name = "time")]
    since: Option<Timestamp>,

    /// text (default), json (one object a line) or html
    #[argh(
        option,
        from_str_fn(format),
        default = "Format::Text",
        arg_name = "text|json|html"
    )]
    format: Format,
}

/// How an export is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    Text,
    Json,
    Html,
}

impl Export {
    /// Writes the transcript.
    ///
    /// # Errors
    /// One line that says what is wrong. A reader who has seen enough is no error.
    pub fn write(self, out: &mut impl Write) -> Result<(), String> {
        let directory = self
            .data
            .or_else(default_directory)
            .ok_or("--data DIR is needed")?;
        let reader = Reader::open(&file_in(&directory)).map_err(|error| error.to_string())?;
        let filter = Filter {
            room: self.room,
            since: self.since.map(Timestamp::as_millisecond),
        };
        let mut page = Page {
            format: self.format,
            shows_room: filter.room.is_none(),
            zone: TimeZone::system(),
            day: None,
        };
        let mut text = page.head();
        let mut after = 0;
        loop {
            let rows = reader
                .read(&filter, after, ROWS)
                .map_err(|error| error.to_string())?;
            for row in &rows {
                page.line(row, &mut text);
                after = row.place;
            }
            let is_last = rows.len() < ROWS;
            if is_last && self.format == Format::Html {
                text += "</body>\n</html>\n";
            }
            match out.write_all(text.as_bytes()) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                Err(error) => return Err(format!("cannot write to standard output: {error}")),
                Ok(()) if is_last => return Ok(()),
                Ok(()) => text.clear(),
            }
        }
    }
}

/// The transcript as far as it is written.
struct Page {
    format: Format,
    shows_room: bool,
    zone: TimeZone,
    /// The day of the last line.
    day: Option<Date>,
}

impl Page {
    fn head(&self) -> String {
        match self.format {
            Format::Html => HEAD.to_owned(),
            Format::Text | Format::Json => String::new(),
        }
    }

    fn line(&mut self, row: &Row, out: &mut String) {
        let at = Timestamp::from_millisecond(row.at).unwrap_or_default();
        if self.format == Format::Json {
            return json(row, at, out);
        }
        let at = at.to_zoned(self.zone.clone());
        if self.day.replace(at.date()) != Some(at.date()) {
            let day = at.strftime("%A, %-d %B %Y");
            let _ = match self.format {
                Format::Html => writeln!(out, "<h2>{day}</h2>"),
                _ => writeln!(out, "-- {day} --"),
            };
        }
        let room = row.room.as_ref().filter(|_| self.shows_room);
        let room = room.map(|room| format!("#{room} ")).unwrap_or_default();
        let said = said(row);
        let _ = match self.format {
            Format::Html => writeln!(
                out,
                "<p class=\"{}\"><time>{}</time> <i>{}</i>{}</p>",
                row.kind.label(),
                at.strftime("%H:%M:%S"),
                Escaped(&room),
                Escaped(&said)
            ),
            _ => writeln!(out, "[{}] {room}{said}", at.strftime("%H:%M:%S")),
        };
    }
}

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>papo</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 50em; margin: 1em auto; padding: 0 1em; }
h2 { font-size: 1em; border-bottom: 1px solid; }
p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
time, i, .joined, .left, .went, .renamed, .back, .hole { color: #666; }
time { font-family: monospace; }
</style>
</head>
<body>
";

/// A line as users are told it in English.
fn said(row: &Row) -> String {
    let Row { from, text, .. } = row;
    // Cleaned before it was kept, but a file can be changed.
    let text = text.replace(char::is_control, " ");
    let who = match row.more {
        0 => from.clone(),
        more => format!("{from} and {more} more"),
    };
    match row.kind {
        Kind::Line | Kind::Action if row.state == State::Deleted => {
            format!("* {from} said something that was deleted")
        }
        Kind::Line => format!("<{from}> {text}"),
        Kind::Action => format!("~ {from} {text}"),
        Kind::Topic if text.is_empty() => format!("* {from} removed the topic"),
        Kind::Topic => format!("* {from} set the topic: {text}"),
        Kind::Joined => format!("* {who} joined"),
        Kind::Left => format!("* {who} left ({text})"),
        Kind::Went => format!("* {from} went to {text}"),
        Kind::Renamed => format!("* {from} is now {text}"),
        Kind::Announced => format!("* operator: {text}"),
        Kind::Edited if row.state == State::Deleted => format!("* {from} corrected a line"),
        Kind::Edited => format!("* {from} corrected a line: {text}"),
        Kind::Deleted => format!("* {from} deleted a line"),
        Kind::Reacted => format!("* {from} reacted to a line: {text}"),
        Kind::Pinned => format!("* {from} pinned a line"),
        Kind::Unpinned => format!("* {from} unpinned a line"),
        Kind::Back => format!("* {from} is back"),
        Kind::Hole => match (row.more, &row.room) {
            (0, _) => "* the server ended without warning; lines may be missing".to_owned(),
            (1, Some(_)) => "* one line is missing".to_owned(),
            (more, Some(_)) => format!("* {more} lines are missing"),
            (more, None) => format!("* {more} lines of several rooms are missing"),
        },
    }
}

fn json(row: &Row, at: Timestamp, out: &mut String) {
    let _ = write!(out, "{{\"room\":");
    match &row.room {
        Some(room) => quote(room, out),
        None => *out += "null",
    }
    let _ = write!(
        out,
        ",\"id\":\"{}:{}\",\"time\":\"{at:.3}\",\"from\":",
        row.id.epoch, row.id.number
    );
    quote(&row.from, out);
    let _ = write!(out, ",\"kind\":\"{}\",\"text\":", row.kind.label());
    quote(&row.text, out);
    if let Some(id) = row.refers {
        let _ = write!(out, ",\"refers\":\"{}:{}\"", id.epoch, id.number);
    }
    match row.state {
        State::AsSaid => {}
        State::Edited => *out += ",\"edited\":true",
        State::Deleted => *out += ",\"deleted\":true",
    }
    if row.more > 0 {
        let _ = write!(out, ",\"more\":{}", row.more);
    }
    *out += "}\n";
}

/// A JSON string.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Text in a page.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

fn room(text: &str) -> Result<Name, String> {
    let name = Name::parse(text.strip_prefix('#').unwrap_or(text));
    name.map_err(|_| format!("'{text}' is no name of a room"))
}

fn format(text: &str) -> Result<Format, String> {
    match text {
        "text" => Ok(Format::Text),
        "json" => Ok(Format::Json),
        "html" => Ok(Format::Html),
        _ => Err(format!("'{text}' is none of text, json, html")),
    }
}

fn since(text: &str) -> Result<Timestamp, String> {
    moment(text, &Zoned::now()).ok_or_else(|| {
        format!("'{text}' is none of 2026-11-26, 2026-11-26T10:30, 10:30, 7d, 12h, 30m")
    })
}

/// A time as typed, when it is now.
fn moment(text: &str, now: &Zoned) -> Option<Timestamp> {
    let unit = match text.chars().last()? {
        'd' => 24 * 60 * 60,
        'h' => 60 * 60,
        'm' => 60,
        _ => 0,
    };
    if unit > 0 {
        let number: i64 = text[..text.len() - 1].parse().ok().filter(|n| *n >= 0)?;
        let second = now
            .timestamp()
            .as_second()
            .checked_sub(number.checked_mul(unit)?)?;
        return Timestamp::from_second(second).ok();
    }
    let at: DateTime = match (text.parse::<Date>(), text.parse::<DateTime>()) {
        (_, Ok(at)) => at,
        (Ok(day), _) => day.to_datetime(Time::midnight()),
        _ => now.date().to_datetime(text.parse().ok()?),
    };
    Some(at.to_zoned(now.time_zone().clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::archive::entry::LineId;

    fn row(kind: Kind, from: &str, text: &str, more: u64) -> Row {
        Row {
            place: 1,
            room: Some("lobby".to_owned()),
            id: LineId {
                epoch: 7,
                number: 3,
            },
            at: 1_764_160_205_123,
            kind,
            from: from.to_owned(),
            text: text.to_owned(),
            more,
            refers: None,
            state: State::AsSaid,
        }
    }

    fn exported(format: Format, rows: &[Row]) -> String {
        let mut page = Page {
            format,
            shows_room: true,
            zone: TimeZone::UTC,
            day: None,
        };
        let mut out = String::new();
        for row in rows {
            page.line(row, &mut out);
        }
        out
    }

    #[test]
    fn a_transcript_has_times_and_a_line_for_each_day() {
        let mut late = row(Kind::Hole, "", "", 2);
        late.at += 24 * 60 * 60 * 1000;
        let rows = [
            row(Kind::Joined, "ana, bob", "", 3),
            row(Kind::Line, "ana", "hello", 0),
            row(Kind::Left, "bob", "quit: bye", 0),
            late,
        ];
        assert_eq!(
            exported(Format::Text, &rows),
            "-- Wednesday, 26 November 2025 --\n\
             [12:30:05] #lobby * ana, bob and 3 more joined\n\
             [12:30:05] #lobby <ana> hello\n\
             [12:30:05] #lobby * bob left (quit: bye)\n\
             -- Thursday, 27 November 2025 --\n\
             [12:30:05] #lobby * 2 lines are missing\n"
        );
    }

    #[test]
    fn no_text_forges_a_line_or_an_element() {
        let nasty = row(Kind::Line, "ana", "a \"b\" \\ </p><script>&'\u{1}\n", 0);
        assert_eq!(
            exported(Format::Json, std::slice::from_ref(&nasty)),
            "{\"room\":\"lobby\",\"id\":\"7:3\",\"time\":\"2025-11-26T12:30:05.123Z\",\
             \"from\":\"ana\",\"kind\":\"line\",\"text\":\"a \\\"b\\\" \\\\ \
             </p><script>&'\\u0001\\u000a\"}\n"
        );
        let page = exported(Format::Html, &[nasty]);
        assert!(page.contains("&lt;ana&gt; a &quot;b&quot; \\ &lt;/p&gt;&lt;script&gt;&amp;&#39;"));
    }

    #[test]
    fn times_as_typed() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().expect("a time");
        let now = now.to_zoned(TimeZone::UTC);
        let check = |typed: &str, expected: Option<&str>| {
            let expected = expected.map(|text| text.parse().expect("a time"));
            assert_eq!(moment(typed, &now), expected, "{typed}");
        };
        check("2026-11-25", Some("2026-11-25T00:00:00Z"));
        check("2026-11-25T10:30", Some("2026-11-25T10:30:00Z"));
        check("2026-11-25 10:30", Some("2026-11-25T10:30:00Z"));
        check("10:30", Some("2026-11-26T10:30:00Z"));
        check("7d", Some("2026-11-19T12:00:00Z"));
        check("90m", Some("2026-11-26T10:30:00Z"));
        for typed in ["", "d", "-1d", "yesterday", "é", "25:00", "99999999999999d"] {
            check(typed, None);
        }
    }
}
