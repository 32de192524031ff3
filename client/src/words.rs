//! Every text that the client itself says, in both languages. The server's texts pass unchanged.
//! What only `papo-chattruco` says is in chattruco/words.rs.
//! Each language is one exhaustive match, so the compiler finds what is not translated.
//! (The text of `--help` and of an unknown option comes from argh, in English.)

use std::io;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Portuguese.
    Pt,
}

impl Language {
    /// The language of a code of two letters.
    pub fn from_code(code: &str) -> Option<Language> {
        match code {
            "en" => Some(Language::En),
            "pt" => Some(Language::Pt),
            _ => None,
        }
    }

    /// The code of two letters, as `/lang` takes it.
    pub fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Pt => "pt",
        }
    }

    /// The language of a locale such as `pt_BR.UTF-8`; English when it is another one.
    pub fn from_locale(locale: &str) -> Language {
        match locale.to_ascii_lowercase().starts_with("pt") {
            true => Language::Pt,
            false => Language::En,
        }
    }
}

/// Something to say.
#[derive(Debug)]
pub enum Phrase<'a> {
    /// The head of an own private line.
    PrivateTo {
        /// To whom.
        name: &'a str,
    },
    /// How many lines stand in the prompt after a paste.
    Lines(usize),
    /// After the first ^C.
    HowToLeave,
    /// A line that the server would refuse.
    TooLong {
        /// Its bytes.
        bytes: usize,
        /// The bytes that it may have.
        limit: usize,
    },
    /// The row takes no more text.
    Full {
        /// The bytes that fit.
        limit: usize,
    },
    /// The outgoing queue is full.
    ServerBusy,
    /// The connection could not be made.
    CannotConnect {
        /// Host and port.
        server: &'a str,
        /// Why.
        error: &'a io::Error,
    },
    /// The server closed the connection.
    Closed,
    /// The connection broke.
    Lost(&'a io::Error),
    /// The server did not take the name of `--name`.
    NameRefused {
        /// The name.
        name: &'a str,
        /// The server's words.
        why: &'a str,
    },
    /// The name of `--name` has a password, which a pipe does not tell.
    NamePassword(&'a str),
    /// The name of `--name` asked for no password, though there was one for it.
    NameWithoutPassword(&'a str),
    /// The server took the password of that name, and wants another one in its place.
    PasswordForOnce(&'a str),
    /// The input of a pipe came to its end, and the server has accepted no name.
    NoName,
    /// The file of the password cannot be read.
    PasswordFile {
        /// Its path.
        path: &'a str,
        /// Why.
        error: &'a io::Error,
    },
    /// A password for no name.
    PasswordWithoutName,
    /// Standard input cannot be read.
    Input(&'a io::Error),
    /// Standard output cannot be written.
    Output(&'a io::Error),
    /// The terminal cannot be used.
    Terminal(&'a io::Error),
    /// A port that is none.
    BadPort(&'a str),
    /// A port beside HOST:PORT.
    TwoPorts(&'a str),
    /// A host that is none.
    BadHost(&'a str),
    /// A name that cannot be one.
    BadName(&'a str),
    /// A language that is not known.
    BadLanguage(&'a str),
    /// An argument that is not UTF-8.
    BadText,
    /// What follows every usage error of this program.
    SeeHelp(&'a str),
}

/// The phrase in the language.
pub fn phrase(language: Language, phrase: &Phrase) -> String {
    match language {
        Language::En => english(phrase),
        Language::Pt => portuguese(phrase),
    }
}

/// The prompt of a password.
pub fn password_prompt(language: Language) -> &'static str {
    match language {
        Language::En => "password: ",
        Language::Pt => "senha: ",
    }
}

fn english(phrase: &Phrase) -> String {
    match phrase {
        Phrase::PrivateTo { name } => format!("private to {name}"),
        Phrase::Lines(1) => "1 line".to_owned(),
        Phrase::Lines(n) => format!("{n} lines"),
        Phrase::HowToLeave => "press ^C again to leave, or type /quit".to_owned(),
        Phrase::TooLong { bytes, limit } => {
            format!("too long: {bytes} bytes in a line, {limit} are possible; nothing was sent")
        }
        Phrase::Full { limit } => {
            format!("too much text: only {limit} bytes fit; nothing of it was taken")
        }
        Phrase::ServerBusy => "the server takes nothing at the moment; nothing was sent".to_owned(),
        Phrase::CannotConnect { server, error } => {
            format!(
                "cannot connect to {server}: {}",
                reason(Language::En, error)
            )
        }
        Phrase::Closed => "the server closed the connection".to_owned(),
        Phrase::Lost(error) => format!("connection lost: {}", reason(Language::En, error)),
        Phrase::NameRefused { name, why } => {
            format!("the server did not take the name {name}: {why}")
        }
        Phrase::NamePassword(name) => format!(
            "the name {name} is registered and asks for a password; --password-file gives it, or \
             take another name"
        ),
        Phrase::NameWithoutPassword(name) => format!(
            "the name {name} asked for no password here, so it is not registered; nothing was said. \
             Is this the right server?"
        ),
        Phrase::PasswordForOnce(name) => format!(
            "the password of {name} was for one time; log in with papo in a terminal, choose another, \
             and put that into the file"
        ),
        Phrase::NoName => {
            "the server accepted no name, so nothing was said; --name gives one".to_owned()
        }
        Phrase::PasswordFile { path, error } => {
            format!("cannot read {path}: {}", reason(Language::En, error))
        }
        Phrase::PasswordWithoutName => "--password-file needs --name".to_owned(),
        Phrase::Input(error) => format!("cannot read: {}", reason(Language::En, error)),
        Phrase::Output(error) => format!("cannot write: {}", reason(Language::En, error)),
        Phrase::Terminal(error) => {
            format!("cannot use the terminal: {}", reason(Language::En, error))
        }
        Phrase::BadPort(port) => format!("not a port from 1 to 65535: {port}"),
        Phrase::TwoPorts(port) => format!("one port too many: {port}"),
        Phrase::BadHost(host) => {
            format!("not a host: '{host}'; write HOST, HOST:PORT or [IPV6]:PORT")
        }
        Phrase::BadName(name) => format!("not a name: '{name}'; it has letters, digits and _"),
        Phrase::BadLanguage(code) => format!("no such language: '{code}'; there are en and pt"),
        Phrase::BadText => "an argument is not UTF-8".to_owned(),
        Phrase::SeeHelp(program) => format!("{program} --help tells more"),
    }
}

fn portuguese(phrase: &Phrase) -> String {
    let why = |error| reason(Language::Pt, error);
    match phrase {
        Phrase::PrivateTo { name } => format!("privado para {name}"),
        Phrase::Lines(1) => "1 linha".to_owned(),
        Phrase::Lines(n) => format!("{n} linhas"),
        Phrase::HowToLeave => "aperte ^C de novo para sair, ou digite /sair".to_owned(),
        Phrase::TooLong { bytes, limit } => {
            format!("longo demais: {bytes} bytes em uma linha, cabem {limit}; nada foi enviado")
        }
        Phrase::Full { limit } => {
            format!("texto demais: só cabem {limit} bytes; nada disso foi aceito")
        }
        Phrase::ServerBusy => "o servidor não está recebendo agora; nada foi enviado".to_owned(),
        Phrase::CannotConnect { server, error } => {
            format!("não foi possível conectar a {server}: {}", why(error))
        }
        Phrase::Closed => "o servidor fechou a conexão".to_owned(),
        Phrase::Lost(error) => format!("conexão perdida: {}", why(error)),
        Phrase::NameRefused { name, why } => {
            format!("o servidor não aceitou o nome {name}: {why}")
        }
        Phrase::NamePassword(name) => format!(
            "o nome {name} é registrado e pede uma senha; use --password-file ou outro nome"
        ),
        Phrase::NameWithoutPassword(name) => format!(
            "o nome {name} não pediu senha aqui, portanto não é registrado; nada foi dito. É este o \
             servidor certo?"
        ),
        Phrase::PasswordForOnce(name) => format!(
            "a senha de {name} valia uma vez; entre com o papo em um terminal, escolha outra e ponha-a \
             no arquivo"
        ),
        Phrase::NoName => {
            "o servidor não aceitou um nome, e nada foi dito; --name dá um nome".to_owned()
        }
        Phrase::PasswordFile { path, error } => {
            format!("não foi possível ler {path}: {}", why(error))
        }
        Phrase::PasswordWithoutName => "--password-file precisa de --name".to_owned(),
        Phrase::Input(error) => {
            format!("não foi possível ler: {}", why(error))
        }
        Phrase::Output(error) => {
            format!("não foi possível escrever: {}", why(error))
        }
        Phrase::Terminal(error) => {
            format!("não foi possível usar o terminal: {}", why(error))
        }
        Phrase::BadPort(port) => format!("não é uma porta de 1 a 65535: {port}"),
        Phrase::TwoPorts(port) => format!("uma porta a mais: {port}"),
        Phrase::BadHost(host) => {
            format!("não é um endereço: '{host}'; escreva HOST, HOST:PORTA ou [IPV6]:PORTA")
        }
        Phrase::BadName(name) => {
            format!("não é um nome: '{name}'; um nome tem letras, dígitos e _")
        }
        Phrase::BadLanguage(code) => format!("idioma desconhecido: '{code}'; há en e pt"),
        Phrase::BadText => "um argumento não é UTF-8".to_owned(),
        Phrase::SeeHelp(program) => format!("{program} --help diz mais"),
    }
}

/// Why something failed, for people: without the number of the error.
pub fn reason(language: Language, error: &io::Error) -> String {
    use io::ErrorKind::{
        AddrInUse, AddrNotAvailable, ConnectionRefused, ConnectionReset, HostUnreachable,
        NetworkUnreachable, TimedOut,
    };
    let known = match (language, error.kind()) {
        (Language::Pt, ConnectionRefused) => "conexão recusada",
        (Language::Pt, ConnectionReset) => "o outro lado a interrompeu",
        (Language::Pt, HostUnreachable) => "o computador não é alcançável",
        (Language::Pt, NetworkUnreachable) => "a rede não é alcançável",
        (Language::Pt, AddrInUse) => "outro programa o está usando",
        (Language::Pt, AddrNotAvailable) => "não é um endereço deste computador",
        (Language::Pt, TimedOut) => "não houve resposta",
        (Language::En, ConnectionRefused) => "connection refused",
        (Language::En, AddrInUse) => "another program uses it",
        (Language::En, AddrNotAvailable) => "it is no address of this computer",
        (Language::En, TimedOut) => "no answer",
        _ => {
            let text = error.to_string();
            return text
                .split(" (os error")
                .next()
                .unwrap_or_default()
                .to_lowercase();
        }
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales() {
        for (locale, language) in [
            ("pt_BR.UTF-8", Language::Pt),
            ("pt", Language::Pt),
            ("en_US.UTF-8", Language::En),
            ("C", Language::En),
            ("", Language::En),
        ] {
            assert_eq!(Language::from_locale(locale), language, "for {locale}");
        }
    }

    #[test]
    fn reasons_have_no_numbers() {
        let refused = io::Error::from(nix::errno::Errno::ECONNREFUSED);
        let pipe = io::Error::from(nix::errno::Errno::EPIPE);
        assert_eq!(reason(Language::En, &refused), "connection refused");
        assert_eq!(reason(Language::Pt, &refused), "conexão recusada");
        assert_eq!(reason(Language::En, &pipe), "broken pipe");
    }
}
