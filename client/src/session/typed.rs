//! What a typed line asks for, as far as the client shows it or acts on it. It keeps no state; the server decides.

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
        let (name, rest) = command
            .split_once(char::is_whitespace)
            .unwrap_or((command, ""));
        let has_text = !rest.trim_start().is_empty();
        match name.to_lowercase().as_str() {
            "quit" | "sair" | "exit" | "q" => Typed::Quit,
            "private" | "para" | "privado" | "msg" => Typed::private(rest.trim_start()),
            "reply" | "responder" | "r" if has_text => Typed::Reply(rest),
            "nick" | "nome" | "apelido" => Typed::Nick,
            "lang" | "idioma" | "língua" | "lingua" => {
                let language = Language::from_code(rest.trim());
                language.map_or(Typed::Command, Typed::Lang)
            }
            "me" | "eu" if has_text => Typed::Act(rest),
            "register" | "registrar" | "password" | "senha" | "admin" | "operador" if has_text => {
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
