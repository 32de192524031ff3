//! The server's commands by their names, as far as the client needs to know them: to tell what a typed line asks
//! for, to complete them and their first argument, and to keep no secret. A test compares the names with
//! docs/protocol.md.

use crate::words::Language;

/// What a command takes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Room,
    Id,
    /// Something that no history keeps.
    Secret,
    Other,
}

/// Each command with its English name, its Portuguese name, and other names, which are not completed.
type Row = (Takes, &'static str, &'static str, &'static [&'static str]);

use Takes::{Id, Other, Room, Secret};

#[rustfmt::skip]
static COMMANDS: &[Row] = &[
    (Other, "help", "ajuda", &["h", "?", "commands", "comandos"]),
    (Other, "private", "para", &["privado", "msg", "tell", "query", "w", "whisper", "pm", "dm"]),
    (Id, "reply", "responder", &["r"]),
    (Other, "me", "eu", &["action"]),
    (Other, "online", "quem", &["who", "names", "users", "usuarios"]),
    (Room, "join", "entrar", &["sala", "canal", "j", "room", "channel"]),
    (Room, "also", "também", &["tambem"]),
    (Room, "leave", "deixar", &["part", "close"]),
    (Other, "rooms", "salas", &["list", "listar", "channels", "canais"]),
    (Other, "topic", "tópico", &["topico", "assunto"]),
    (Id, "edit", "corrigir", &["editar"]),
    (Id, "delete", "apagar", &["del"]),
    (Id, "react", "reagir", &[]),
    (Other, "pins", "fixadas", &[]),
    (Other, "whois", "quemé", &["queme"]),
    (Other, "seen", "visto", &["lastseen"]),
    (Other, "nick", "nome", &["apelido", "name"]),
    (Room, "history", "histórico", &["historico"]),
    (Other, "search", "buscar", &["procurar", "find", "grep"]),
    (Other, "more", "mais", &[]),
    (Other, "ignore", "ignorar", &["block", "bloquear"]),
    (Other, "away", "ausente", &["afk"]),
    (Other, "back", "voltei", &[]),
    (Secret, "register", "registrar", &[]),
    (Secret, "password", "senha", &[]),
    (Other, "unregister", "desregistrar", &[]),
    (Other, "lag", "atraso", &["ping"]),
    (Other, "lang", "idioma", &["lingua", "língua", "language"]),
    (Other, "zone", "fuso", &["timezone", "tz"]),
    (Other, "ids", "códigos", &["codigos"]),
    (Other, "tags", "etiquetas", &[]),
    // Any command can stand behind its mark.
    (Secret, "once", "umavez", &["say-id"]),
    (Secret, "resume", "retomar", &[]),
    (Other, "qr", "endereço", &["endereco", "convite", "address", "invite"]),
    (Other, "quit", "sair", &["exit", "q", "bye", "logout", "tchau"]),
    // From here on those of operators: see `beginning_with`.
    (Secret, "admin", "operador", &[]),
    (Id, "pin", "fixar", &[]),
    (Other, "kick", "expulsar", &[]),
    (Other, "ban", "banir", &[]),
    (Other, "banned", "banidos", &[]),
    (Other, "unban", "desbanir", &[]),
    (Other, "mute", "silenciar", &[]),
    (Other, "unmute", "liberar", &[]),
    (Other, "accounts", "contas", &[]),
    (Other, "reset", "novasenha", &[]),
    (Other, "free", "excluir", &[]),
    (Room, "hook", "gancho", &["hooks", "webhook", "webhooks"]),
    (Other, "unhook", "desganchar", &[]),
    (Other, "lockdown", "trancar", &[]),
    (Other, "say", "dizer", &[]),
];

/// What the command takes that a line begins with, if there is such a command.
pub(crate) fn find(line: &str) -> Option<Takes> {
    let typed = line.trim_start().strip_prefix('/')?;
    let name = typed.split_whitespace().next()?;
    let is_alone = typed.starts_with(char::is_whitespace);
    row(name).filter(|_| !is_alone).map(|row| row.0)
}

/// The English name of a command that was typed by any of its names, in any case.
pub(crate) fn english(name: &str) -> Option<&'static str> {
    row(name).map(|row| row.1)
}

fn row(name: &str) -> Option<&'static Row> {
    let name = name.to_lowercase();
    let is_it = |row: &&Row| row.1 == name || row.2 == name || row.3.contains(&&*name);
    COMMANDS.iter().find(is_it)
}

/// The commands with this beginning, in any case, the usual ones first: those of the language, or else those that
/// operators have, or else the other language's.
pub(crate) fn beginning_with(stem: &str, language: Language) -> Vec<String> {
    let stem = stem.to_lowercase();
    let is_english = language == Language::En;
    let first = COMMANDS.iter().position(|row| row.1 == "admin");
    let (usual, operators) = COMMANDS.split_at(first.unwrap_or_default());
    let own = [usual, operators].map(|rows| (rows, is_english));
    let tables = own.into_iter().chain([(COMMANDS, !is_english)]);
    let named = tables.map(|(rows, is_english)| {
        let name = |row: &Row| if is_english { row.1 } else { row.2 };
        let fitting = rows.iter().map(name).filter(|name| name.starts_with(&stem));
        fitting.map(str::to_owned).collect()
    });
    let mut named = named.filter(|names: &Vec<String>| !names.is_empty());
    named.next().unwrap_or_default()
}

/// Whether a line of the text may hold a password.
pub(crate) fn is_secret(text: &str) -> bool {
    text.split('\n').any(|line| find(line) == Some(Secret))
}

/// Whether a file may keep the text. A command that nobody knows may be one for passwords, mistyped.
pub(crate) fn may_be_kept(text: &str) -> bool {
    let is_harmless = |line: &str| {
        let is_command = line.trim_start().starts_with('/') && !line.trim_start().starts_with("//");
        !is_command || find(line).is_some_and(|takes| takes != Secret)
    };
    text.split('\n').all(is_harmless)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const PROTOCOL: &str = include_str!("../../docs/protocol.md");

    /// The names in the first two columns of the tables of commands.
    fn documented() -> BTreeSet<&'static str> {
        let rows = PROTOCOL.lines().filter(|line| line.starts_with("| `/"));
        let cells = rows.flat_map(|row| row.split(" | ").take(2));
        let code = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
        let names = code.filter_map(|code| code.strip_prefix('/')?.split(' ').next());
        let is_name = |name: &&str| !name.starts_with('/') && *name != "COMMAND";
        names.filter(is_name).collect()
    }

    #[test]
    fn the_names_are_those_of_the_protocol() {
        let own = COMMANDS
            .iter()
            .flat_map(|row| [row.1, row.2].into_iter().chain(row.3.iter().copied()));
        let own: BTreeSet<&str> = own.collect();
        let protocol = documented();
        assert_eq!(
            protocol.difference(&own).collect::<Vec<_>>(),
            [&""; 0],
            "missing here"
        );
        // Not every other name of an operator's command is documented.
        let hooks = ["hooks", "webhook", "webhooks"];
        let unknown = own
            .difference(&protocol)
            .filter(|name| !hooks.contains(name));
        assert_eq!(
            unknown.collect::<Vec<_>>(),
            [&""; 0],
            "missing in the protocol"
        );
    }

    #[test]
    fn what_operators_have_is_offered_when_nothing_else_fits() {
        for (stem, language, words) in [
            ("h", Language::En, "help history"),
            ("HO", Language::En, "hook"),
            ("b", Language::En, "back"),
            ("ban", Language::En, "ban banned"),
            ("ban", Language::Pt, "banir banidos"),
            ("hi", Language::Pt, "histórico"),
            ("hel", Language::Pt, "help"),
            ("x", Language::Pt, ""),
        ] {
            assert_eq!(beginning_with(stem, language).join(" "), words, "{stem}");
        }
        assert!(!beginning_with("", Language::En).contains(&"admin".to_owned()));
    }

    #[test]
    fn secrets_are_known() {
        for line in [
            "/register x",
            "  /SENHA x",
            "hi\n/admin x",
            "/password",
            "/once m /password x",
        ] {
            assert!(is_secret(line) && !may_be_kept(line), "{line}");
        }
        for line in [
            "hi",
            "//register x",
            "/me waves",
            "/join games",
            "/ register x",
        ] {
            assert!(!is_secret(line), "{line}");
        }
        for line in ["/regster x", "/ x", "hi\n/pasword x"] {
            assert!(!may_be_kept(line), "{line}");
        }
        assert!(may_be_kept("/me waves\n//usr/bin\nhi"));
    }
}
