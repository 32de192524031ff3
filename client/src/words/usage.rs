//! Why a command line is refused, in one line.

use super::{Language, texts};

/// Why a command line is refused.
#[derive(Debug)]
pub(crate) enum UsageError<'a> {
    /// An option that goes with another one.
    Needs(&'static str, &'static str),
    ScriptWithoutName,
    OnceAndFollow,
    /// The text of `--once` is a command, or lacks something.
    OnceCommand,
    /// Under a registered name it is no line for everybody.
    OnceWithPassword,
    /// The text of `--once` is none, or several.
    OneLine,
    Room(&'a str),
    Port(&'a str),
    /// A port beside HOST:PORT.
    TwoPorts(&'a str),
    Host(&'a str),
    Name(&'a str),
    Language(&'a str),
    Notify(&'a str),
    NotUtf8,
}

impl UsageError<'_> {
    pub(crate) fn sentence(&self, language: Language) -> String {
        texts!(language, self, {
            UsageError::Needs(one, other) => "{one} needs {other}", "{one} precisa de {other}";
            UsageError::ScriptWithoutName =>
                "--once and --follow need --name", "--once e --follow precisam de --name";
            UsageError::OnceAndFollow =>
                "either --once or --follow", "--once ou --follow, não os dois";
            UsageError::OnceCommand =>
                "--once says a line; commands go through a pipe: echo /online | papo HOST --name NAME",
                "--once diz uma linha; comandos vão por um pipe: echo /quem | papo HOST --name NOME";
            UsageError::OnceWithPassword =>
                "--once with --password-file says a line to everybody in the room; all else goes through a pipe",
                "--once com --password-file diz uma linha a todos da sala; o resto vai por um pipe";
            UsageError::OneLine =>
                "--once takes one line of text; several go through a pipe",
                "--once leva uma linha de texto; várias vão por um pipe";
            UsageError::Room(room) =>
                "not a room: '{room}'", "não é uma sala: '{room}'";
            UsageError::Port(port) =>
                "not a port from 1 to 65535: {port}", "não é uma porta de 1 a 65535: {port}";
            UsageError::TwoPorts(port) => "one port too many: {port}", "uma porta a mais: {port}";
            UsageError::Host(host) =>
                "not a host: '{host}'; write HOST, HOST:PORT or [IPV6]:PORT",
                "não é um endereço: '{host}'; escreva HOST, HOST:PORTA ou [IPV6]:PORTA";
            UsageError::Name(name) =>
                "not a name: '{name}'; it has letters, digits and _",
                "não é um nome: '{name}'; um nome tem letras, dígitos e _";
            UsageError::Language(code) =>
                "no such language: '{code}'; there are en and pt",
                "idioma desconhecido: '{code}'; há en e pt";
            UsageError::Notify(word) =>
                "--notify takes off, bell or desktop, not '{word}'",
                "--notify leva off, bell ou desktop, e não '{word}'";
            UsageError::NotUtf8 => "an argument is not UTF-8", "um argumento não é UTF-8";
        })
    }
}
