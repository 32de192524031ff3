//! What a typed line asks for, as far as the client shows it or acts on it. It keeps no state; the server decides.

use crate::commands;
use crate::words::Language;

/// What a typed line asks for, as far as the client shows it or acts on it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed<'a> {
    /// A public line; of `//` one slash is left.
    Say(&'a str),
    Private {
        to: &'a str,
        text: &'a str,
    },
    /// A private line to the last user who wrote privately.
    Reply(&'a str),
    /// Something about a line, which others read.
    About,
    /// Whether lines are shown with their ids.
    Ids(bool),
    /// The form of the lines, which is the client's affair.
    Tags,
    Act(&'a str),
    Nick,
    Quit,
    /// Another language.
    Lang(Language),
    /// A command with a password behind it, which no screen should show: only the command.
    Secret(&'a str),
    /// Another command, or one that lacks something; the server answers it.
    Command,
}

/// A line that begins with so many blanks is code, and `@` in it addresses nobody.
const CODE_INDENT: usize = 4;

impl<'a> Typed<'a> {
    /// Parse a typed line. Spaces at its end do not count; those at its beginning are part of the text,
    /// as in pasted code.
    pub(crate) fn parse(indented: &'a str) -> Typed<'a> {
        let indented = indented.trim_end();
        let line = indented.trim_start();
        let indent = indented.len() - line.len();
        if let Some(addressed) = line.strip_prefix('@').filter(|_| indent < CODE_INDENT) {
            return Typed::private(addressed);
        }
        let Some(command) = line.strip_prefix('/') else {
            return Typed::Say(indented);
        };
        if command.starts_with('/') {
            return Typed::Say(if indent == 0 { command } else { indented });
        }
        let words = command.split_once(char::is_whitespace);
        let (name, rest) = words.unwrap_or((command, ""));
        let has_text = !rest.trim_start().is_empty();
        let is_short = name.eq_ignore_ascii_case("r");
        match commands::english(name).unwrap_or_default() {
            "quit" => Typed::Quit,
            "private" => Typed::private(rest.trim_start()),
            "reply" if !is_short && is_whole("reply", rest) => Typed::About,
            "reply" if has_text => Typed::Reply(rest),
            about @ ("edit" | "delete" | "react" | "pin") if is_whole(about, rest) => Typed::About,
            "ids" => match rest.trim() {
                "on" | "sim" => Typed::Ids(true),
                "off" | "não" | "nao" => Typed::Ids(false),
                _ => Typed::Command,
            },
            "tags" => Typed::Tags,
            "nick" => Typed::Nick,
            "lang" => {
                let language = Language::from_code(rest.trim());
                language.map_or(Typed::Command, Typed::Lang)
            }
            "me" if has_text => Typed::Act(rest),
            "register" | "password" | "admin" if has_text => {
                Typed::Secret(&line[.."/".len() + name.len()])
            }
            _ => Typed::Command,
        }
    }

    fn private(rest: &'a str) -> Typed<'a> {
        match rest.split_once(' ') {
            Some((to, text)) if !to.is_empty() => Typed::Private { to, text },
            _ => Typed::Command,
        }
    }
}

/// Whether a command about a line has all that the server wants of it. With a mark what lacks something would have no
/// answer.
fn is_whole(command: &str, rest: &str) -> bool {
    let rest = rest.trim();
    let (_, more) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match command {
        "edit" if !is_id(rest) => {
            let sed = rest.strip_prefix("s/").filter(|rest| rest.contains('/'));
            sed.unwrap_or(rest).find('/').is_some_and(|at| at > 0)
        }
        "edit" | "reply" => is_id(rest) && !more.is_empty(),
        "react" => is_id(rest) && more.split_whitespace().count() == 1,
        _ => is_id(rest),
    }
}

/// Whether a text begins with what names a line: `a3`, `17`, `5:17`, `!!`, perhaps with a room before it.
fn is_id(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    let word = match word.strip_prefix('#') {
        Some(word) => word.split_once(':').map_or("", |(_, id)| id),
        None => word,
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let short = word.strip_prefix(|c: char| c.is_ascii_alphabetic());
    word == "!!" || short.map_or_else(|| word.split(':').all(is_number), is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_lines() {
        for (line, expected) in [
            ("  hi there ", Typed::Say("  hi there")),
            ("    @property", Typed::Say("    @property")),
            ("    // why", Typed::Say("    // why")),
            ("  /quit", Typed::Quit),
            ("    ", Typed::Say("")),
            ("//usr/bin", Typed::Say("/usr/bin")),
            (
                "@bob  psst",
                Typed::Private {
                    to: "bob",
                    text: " psst",
                },
            ),
            (
                "/MSG bob psst",
                Typed::Private {
                    to: "bob",
                    text: "psst",
                },
            ),
            (
                "/para bob oi",
                Typed::Private {
                    to: "bob",
                    text: "oi",
                },
            ),
            ("@bob", Typed::Command),
            ("@ bob", Typed::Command),
            ("/r ok", Typed::Reply("ok")),
            ("/r", Typed::Command),
            ("/r a3 ok", Typed::Reply("a3 ok")),
            ("/reply ok", Typed::Reply("ok")),
            ("/reply a3 ok", Typed::About),
            ("/responder #jogos:5:17 sim", Typed::About),
            ("/edit teh/the", Typed::About),
            ("/apagar !!", Typed::About),
            ("/delete", Typed::Command),
            ("/reply a3", Typed::Reply("a3")),
            ("/edit a3", Typed::Command),
            ("/edit s//x/", Typed::Command),
            ("/react a3", Typed::Command),
            ("/react a3 +1", Typed::About),
            ("/ids on", Typed::Ids(true)),
            ("/códigos não", Typed::Ids(false)),
            ("/tags off", Typed::Tags),
            ("/me waves", Typed::Act("waves")),
            ("/eu", Typed::Command),
            ("/nome zé", Typed::Nick),
            ("/quit see you", Typed::Quit),
            ("  /Register s3cret", Typed::Secret("/Register")),
            ("/senha\ns3cret", Typed::Secret("/senha")),
            ("/register ", Typed::Command),
            ("/Sair", Typed::Quit),
            ("/online", Typed::Command),
            ("/", Typed::Command),
        ] {
            assert_eq!(Typed::parse(line), expected, "for {line}");
        }
    }
}
