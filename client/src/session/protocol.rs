//! The protocol of docs/protocol.md as far as a client reads it: what kind a received line is, and
//! what a typed line asks for. It keeps no state and never fails: a line of no known kind is `Other`.

/// Longest line that the server takes, in bytes.
pub const LINE_BYTES: usize = 1024;

/// A received line by its kind; the texts are parts of the line.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// `<NAME> TEXT`
    Public {
        /// Who said it.
        name: &'a str,
        /// What was said.
        text: &'a str,
    },
    /// `[HEAD] TEXT`; the name is the last word of the head.
    Private {
        /// What stands in the brackets.
        head: &'a str,
        /// Who said it.
        name: &'a str,
        /// What was said.
        text: &'a str,
    },
    /// `~ NAME TEXT`
    Action {
        /// Who does it.
        name: &'a str,
        /// What is done.
        text: &'a str,
    },
    /// `* TEXT`
    Event(&'a str),
    /// `! TEXT`
    Error(&'a str),
    /// Anything else; this server never sends it.
    Other(&'a str),
}

impl<'a> Line<'a> {
    /// What kind of line this is.
    pub fn parse(line: &'a str) -> Line<'a> {
        Line::known(line).unwrap_or(Line::Other(line))
    }

    fn known(line: &'a str) -> Option<Line<'a>> {
        let mut rest = line.chars();
        Some(match rest.next()? {
            '<' => {
                let (name, text) = rest.as_str().split_once("> ")?;
                Line::Public { name, text }
            }
            '[' => {
                let (head, text) = rest.as_str().split_once("] ")?;
                Line::Private {
                    head,
                    name: last_word(head),
                    text,
                }
            }
            '~' => {
                let (name, text) = rest.as_str().strip_prefix(' ')?.split_once(' ')?;
                Line::Action { name, text }
            }
            '*' => Line::Event(rest.as_str().strip_prefix(' ')?),
            '!' => Line::Error(rest.as_str().strip_prefix(' ')?),
            _ => return None,
        })
    }
}

/// What an event says that a client has to know.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The server asks for a name.
    Question,
    /// The name is registered: the server asks for its password.
    Password,
    /// The name was accepted, as this.
    Welcome(&'a str),
    /// We have another name now.
    Renamed(&'a str),
    /// Anything else.
    Other,
}

impl<'a> Event<'a> {
    /// What the text of an event means. Only the server writes these beginnings: events about
    /// users begin with a name, and a name holds neither a comma nor a space.
    pub fn parse(text: &'a str) -> Event<'a> {
        let begins = |beginnings: &[&str]| beginnings.iter().any(|b| text.starts_with(b));
        if begins(&["welcome, ", "boas-vindas, "]) {
            let name = text
                .split_once(", ")
                .and_then(|(_, rest)| rest.split_once('!'));
            return name.map_or(Event::Other, |(name, _)| Event::Welcome(name));
        }
        if begins(&["you are now ", "seu nome agora é "]) {
            return Event::Renamed(last_word(text));
        }
        if begins(&["papo: what is the password ", "papo: qual é a senha "]) {
            return Event::Password;
        }
        if begins(&["papo: "]) {
            return Event::Question;
        }
        Event::Other
    }
}

/// The names that an event tells: who came, and who is here.
pub fn names_told(text: &str) -> impl Iterator<Item = &str> {
    let came = [" joined", " entrou", " entraram"]
        .into_iter()
        .find_map(|s| text.strip_suffix(s));
    let here = || {
        let is_here = |start: &str| {
            text.starts_with("welcome, ")
                || start.starts_with("you are in ")
                || text.starts_with("boas-vindas, ")
                || start.starts_with("você está em ")
        };
        let lists = [" here: ", " aqui: ", " with ", " com "];
        let (start, list) = lists.into_iter().find_map(|mark| text.split_once(mark))?;
        let counted = start.bytes().all(|b| b.is_ascii_digit());
        (counted || is_here(start)).then(|| list.split(';').next().unwrap_or_default())
    };
    // A name holds no space, so "3 others" and "mais 807" fall out.
    came.or_else(here)
        .unwrap_or_default()
        .split(", ")
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" e "))
        .filter(|name| !name.contains(' '))
}

/// The command of a typed line, when a password stands behind it that no screen should show.
pub fn secret_command(line: &str) -> Option<&str> {
    let (command, _) = line.trim().split_once(char::is_whitespace)?;
    let secret = [
        "/register",
        "/registrar",
        "/password",
        "/senha",
        "/admin",
        "/operador",
    ];
    let is_secret = secret.iter().any(|name| command.eq_ignore_ascii_case(name));
    is_secret.then_some(command)
}

/// What a typed line asks for, as far as the client shows or does something about it.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed<'a> {
    /// A public line; without the slash that `//` doubles.
    Say(&'a str),
    /// A private line.
    Private {
        /// To whom.
        to: &'a str,
        /// What.
        text: &'a str,
    },
    /// A private line to the last one who wrote to us privately.
    Reply(&'a str),
    /// An action.
    Act(&'a str),
    /// Another name.
    Nick,
    /// Leave.
    Quit,
    /// Another command, or one that lacks something; the server answers it.
    Command,
}

/// A line that begins with so many blanks is code, and `@` in it calls nobody.
const CODE_INDENT: usize = 4;

impl<'a> Typed<'a> {
    /// What the line asks for. Spaces at its end do not count; those at its beginning are part of what
    /// is said, as in code that was pasted.
    pub fn parse(indented: &'a str) -> Typed<'a> {
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
        let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
        let has_text = !rest.trim_start().is_empty();
        match name.to_lowercase().as_str() {
            "quit" | "sair" | "exit" | "q" => Typed::Quit,
            "private" | "para" | "privado" | "msg" => Typed::private(rest.trim_start()),
            "reply" | "responder" | "r" if has_text => Typed::Reply(rest),
            "nick" | "nome" | "apelido" => Typed::Nick,
            "me" | "eu" if has_text => Typed::Act(rest),
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

fn last_word(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_lines() {
        let private = |head, name, text| Line::Private { head, name, text };
        for (line, expected) in [
            (
                "<ana> a > b",
                Line::Public {
                    name: "ana",
                    text: "a > b",
                },
            ),
            (
                "<ana> ",
                Line::Public {
                    name: "ana",
                    text: "",
                },
            ),
            (
                "[private from ana] psst",
                private("private from ana", "ana", "psst"),
            ),
            (
                "[privado de ana] [x] y",
                private("privado de ana", "ana", "[x] y"),
            ),
            (
                "~ ana waves",
                Line::Action {
                    name: "ana",
                    text: "waves",
                },
            ),
            ("* ana joined", Line::Event("ana joined")),
            ("! no such user: bob", Line::Error("no such user: bob")),
            ("", Line::Other("")),
            ("<ana", Line::Other("<ana")),
            ("hello", Line::Other("hello")),
            ("é", Line::Other("é")),
        ] {
            assert_eq!(Line::parse(line), expected, "for {line}");
        }
    }

    #[test]
    fn events() {
        for (text, expected) in [
            ("papo: what is your name?", Event::Question),
            (
                "papo: what is the password of ana? (an empty line: another name)",
                Event::Password,
            ),
            (
                "papo: qual é a senha de ana? (linha vazia: outro nome)",
                Event::Password,
            ),
            (
                "papo: what is the password of the operators? (an empty line: none)",
                Event::Password,
            ),
            (
                "papo: qual é a senha dos operadores? (linha vazia: nenhuma)",
                Event::Password,
            ),
            (
                "welcome, ana! you are alone in lobby; ...",
                Event::Welcome("ana"),
            ),
            ("boas-vindas, zé! ...", Event::Welcome("zé")),
            ("you are now anna", Event::Renamed("anna")),
            ("seu nome agora é anna", Event::Renamed("anna")),
            ("bob left: \"you are now eva\"", Event::Other),
            ("[server] you are now eva", Event::Other),
            ("you is now me", Event::Other),
            ("welcome, ", Event::Other),
        ] {
            assert_eq!(Event::parse(text), expected, "for {text}");
        }
    }

    #[test]
    fn names_in_events() {
        for (text, expected) in [
            ("ana joined", "ana"),
            ("ana, bob and carl joined", "ana bob carl"),
            ("ana, bob e mais 807 entraram", "ana bob"),
            (
                "welcome, eva! you are in lobby with bob, carl and 3 others; /help lists",
                "bob carl",
            ),
            ("you are in games with bob and carl", "bob carl"),
            ("você está em games com bob e carl", "bob carl"),
            ("2 here: ana, bob", "ana bob"),
            ("2 aqui: ana, bob", "ana bob"),
            ("ana left: \"with love\"", ""),
            ("ana left: \"eva joined\"", ""),
            ("ana left: \"2 here: eva\"", ""),
            ("ana left", ""),
        ] {
            assert_eq!(
                names_told(text).collect::<Vec<_>>().join(" "),
                expected,
                "for {text}"
            );
        }
    }

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
            ("/Sair", Typed::Quit),
            ("/online", Typed::Command),
            ("/", Typed::Command),
        ] {
            assert_eq!(Typed::parse(line), expected, "for {line}");
        }
    }
}
