//! Lines of users with names: commands, and texts that go to all. What users read is in forms.rs.
//!
//! Invariant: what others read of a line is clean and short.

use std::rc::Rc;

use super::Standing;
use super::commands::{self, Found, Takes};
use super::{absent, orders, pages, programs, references};
use crate::dialect::clean::blanks::shorten;
use crate::dialect::clean::{clean, hides};
use crate::dialect::editing::Line;
use crate::dialect::password;
use crate::dialect::words::{Lang, Verb, Written};
use crate::hub::name::NameFault;
use crate::hub::{Complaint, Gone, Notice, Request};
use crate::limits::NAME_BYTES;

/// The result of a line; see [`super::parse`].
pub(super) type Parsed = Result<Option<Request>, Notice>;

/// A line that begins with so many blanks is code, as in Markdown; a tab counts as this many.
const CODE_BLANKS: usize = 4;

/// The private line that begins with `@`.
const AT: Found = (Verb::Private, Written::At);

/// A longer text cannot be a name in any encoding (NFKC makes a quarter of it at best). It is
/// refused for its length; searching it for hidden characters would cost as much as everything else
/// together.
const LONGEST_NAME: usize = 8 * NAME_BYTES;

/// See [`super::parse`].
pub(super) fn parse(lang: Lang, standing: Standing, line: Line) -> Parsed {
    let text = clean(line.bytes);
    let (indented, text) = (text.trim_end(), text.trim());
    let parsed = match standing {
        Standing::Nameless => parse_nameless(lang, text, line),
        Standing::Claimant if text.starts_with('/') => parse_nameless(lang, text, line),
        Standing::Claimant => Ok(Some(password::claim(line))),
        Standing::Asked if !text.starts_with('/') => Ok(Some(password::proof(line))),
        _ if !text.is_empty() => parse_named(lang, standing, indented, line),
        _ if line.bytes.trim_ascii().is_empty() => Ok(None),
        _ => refuse(Complaint::EmptyText),
    };
    match parsed {
        // The remains of a binary probe after cleaning are not a name.
        Ok(Some(
            Request::Enter(ref name)
            | Request::Nick(ref name)
            | Request::Join(ref name)
            | Request::Also(ref name),
        )) if name.len() <= LONGEST_NAME && is_torn(line) => {
            refuse(Complaint::BadName(NameFault::Hidden))
        }
        parsed => parsed,
    }
}

/// Whether anything was removed that the sender did not see: controls and the like, or telnet
/// options in the middle.
fn is_torn(line: Line) -> bool {
    line.is_torn || hides(line.bytes)
}

/// Before it has a name, a conn may do only what needs none.
fn parse_nameless(lang: Lang, text: &str, line: Line) -> Parsed {
    let Some(typed) = text.strip_prefix('/') else {
        return Ok(Some(match commands::bare(text) {
            Some(meant) => Request::Bare {
                text: text.into(),
                meant,
            },
            None => Request::Enter(text.to_owned()),
        }));
    };
    let (word, _) = split(typed);
    match commands::find(word).map(|(verb, _)| verb) {
        Some(
            Verb::Lang
            | Verb::Zone
            | Verb::Ids
            | Verb::Tags
            | Verb::Resume
            | Verb::Help
            | Verb::Quit,
        ) => parse_command(lang, Standing::Nameless, typed, line),
        _ => refuse(Complaint::NameFirst),
    }
}

/// An indented line is text as it stands, perhaps code. Except for what looks like a slip: a
/// command, which may have a password in it, and a name after fewer blanks than code has.
pub(super) fn parse_named(lang: Lang, standing: Standing, text: &str, line: Line) -> Parsed {
    let typed = text.trim_start();
    let blanks = text.chars().take_while(|c| c.is_whitespace()).count();
    let is_code = blanks >= CODE_BLANKS;
    if let Some(command) = typed.strip_prefix('/') {
        if command.starts_with('/') {
            let text = if blanks == 0 { command } else { text };
            return Ok(Some(Request::Say(said(text))));
        }
        if !is_code || commands::find(split(command).0).is_some() {
            return parse_command(lang, standing, command, line);
        }
    }
    match typed.strip_prefix('@') {
        Some(rest) if !is_code => parse_verb(lang, standing, AT, rest, line),
        _ => Ok(Some(say_or_ask(text))),
    }
}

/// A public line; or, if it looks like a command without its slash, `Bare`.
fn say_or_ask(text: &str) -> Request {
    let text = said(text);
    match commands::bare(&text) {
        Some(meant) => Request::Bare { text, meant },
        None => Request::Say(text),
    }
}

/// A command without its slash; `line` is the whole line as it came.
fn parse_command(lang: Lang, standing: Standing, typed: &str, line: Line) -> Parsed {
    let (word, rest) = first_word(typed);
    match commands::find(word) {
        Some(found) => parse_verb(lang, standing, found, rest, line),
        None => refuse(unknown(lang, standing, word)),
    }
}

/// What a verb with its arguments asks for. Checks here, for all, whether arguments are missing.
fn parse_verb(lang: Lang, by: Standing, (verb, written): Found, args: &str, line: Line) -> Parsed {
    let rest = args.trim_start();
    let (word, text) = first_word(rest);
    let enough = match commands::of(verb).takes {
        Takes::Nothing => rest.is_empty(),
        Takes::Ignored | Takes::Optional => true,
        Takes::Word => !rest.is_empty() && text.is_empty(),
        Takes::Rest => !rest.is_empty(),
        Takes::WordAndRest => !name(word).is_empty() && !text.trim_start().is_empty(),
    };
    if !enough {
        return refuse(Complaint::Usage(verb, written));
    }
    let request = match verb {
        Verb::Private => Request::Private {
            to: name(word).to_owned(),
            text: said(text),
        },
        Verb::Reply | Verb::Edit | Verb::Delete | Verb::React | Verb::Pins | Verb::Pin => {
            match references::parse(verb, written, args) {
                Some(request) => request,
                None => return refuse(Complaint::Usage(verb, written)),
            }
        }
        Verb::Me => Request::Act(said(args)),
        Verb::Online => Request::Online,
        Verb::Whois => Request::Whois(name(rest).to_owned()),
        Verb::Seen | Verb::Away | Verb::Back => Request::Absence(absent::parse(verb, rest)),
        Verb::Nick => Request::Nick(rest.to_owned()),
        Verb::Join => Request::Join(rest.to_owned()),
        Verb::Also => Request::Also(rest.to_owned()),
        Verb::Leave => Request::LeaveRoom((!rest.is_empty()).then(|| rest.to_owned())),
        Verb::Topic if rest.is_empty() => Request::Topic,
        Verb::Topic => Request::SetTopic(topic(rest)),
        Verb::Rooms => Request::Rooms,
        Verb::History | Verb::Search | Verb::More | Verb::Zone => {
            pages::parse(verb, written, rest).map_err(Notice::Refused)?
        }
        Verb::Ignore if rest.is_empty() => Request::Ignored,
        Verb::Ignore => Request::Ignore(name(rest).to_owned()),
        Verb::Register => Request::Register(password::argument(line)?),
        Verb::Password => Request::Password(password::argument(line)?),
        Verb::Unregister => Request::Unregister,
        Verb::Lang => match Lang::parse(rest) {
            Some(lang) => Request::Lang(lang),
            None => return refuse(Complaint::BadLang(rest.to_owned())),
        },
        Verb::Ids | Verb::Tags | Verb::Once | Verb::Resume => {
            return programs::parse(lang, by, (verb, written), rest);
        }
        Verb::Lag => Request::Lag,
        Verb::Address => Request::Address,
        Verb::Help => return Err(help(lang, by, rest)),
        Verb::Quit => Request::Leave(Gone::Quit(shorten(rest).into())),
        Verb::Operator if rest.is_empty() => Request::Operator(None),
        Verb::Operator => Request::Operator(Some(password::argument(line)?)),
        // Those of operators.
        verb => match orders::parse(verb, written, rest) {
            Ok(order) => Request::Order(order),
            Err(complaint) => return refuse(complaint),
        },
    };
    Ok(Some(request))
}

/// A topic as typed; `-` is none.
fn topic(rest: &str) -> String {
    match rest {
        "-" => String::new(),
        _ => shorten(rest).into_owned(),
    }
}

/// The help, or that of one command, typed with or without its slash.
fn help(lang: Lang, standing: Standing, typed: &str) -> Notice {
    let typed = typed.trim_start_matches('/');
    match standing {
        Standing::Operator if typed.is_empty() => return Notice::HelpOperator,
        _ if typed.is_empty() => return Notice::Help(None),
        _ => {}
    }
    match commands::find(typed) {
        Some((verb, _)) => Notice::Help(Some(verb)),
        None => Notice::Refused(unknown(lang, standing, typed)),
    }
}

fn unknown(lang: Lang, standing: Standing, typed: &str) -> Complaint {
    if let Some(hint) = commands::hint(typed) {
        return Complaint::Hint(hint);
    }
    Complaint::UnknownCommand {
        typed: typed.to_owned(),
        meant: commands::suggest(lang, standing == Standing::Operator, typed),
    }
}

pub(super) fn refuse(complaint: Complaint) -> Parsed {
    Err(Notice::Refused(complaint))
}

/// The first word and the rest, without the spaces between them.
pub(super) fn split(text: &str) -> (&str, &str) {
    let (word, rest) = first_word(text);
    (word, rest.trim_start())
}

/// The first word, and what follows after one space, which may be indented.
pub(super) fn first_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// A text as others read it: the one copy of it, shared by all who keep or show it.
pub(super) fn said(text: &str) -> Rc<str> {
    shorten(text).into()
}

/// A user's name as people write it: `@bob`, `bob:` and `bob,` are bob.
pub(super) fn name(typed: &str) -> &str {
    let typed = typed.strip_prefix('@').unwrap_or(typed);
    typed.trim_end_matches([':', ','])
}
