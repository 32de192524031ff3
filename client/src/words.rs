//! Every text of the client, in English and Portuguese. The server's texts pass unchanged.
//! The texts that only `papo-chattruco` has are in chattruco/words.rs.
//! Both languages of a text stand side by side, so no translation is missing.
//! (The text of an unknown option comes from argh, in English.)

mod dates;
mod deeds;
mod help;
mod settings;
mod status;
mod usage;

use std::io;

use crate::ending::{Absence, Choice, Failure, NoTls};
use crate::options::PORT;
use crate::session::TEXT_BYTES;
use crate::session::discovery::Found;
use crate::session::protocol::{LINE_BYTES, Way};

/// The language of the client's texts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Portuguese.
    Pt,
}

impl Language {
    /// The language with this two-letter code.
    pub(crate) fn from_code(code: &str) -> Option<Language> {
        match code {
            "en" => Some(Language::En),
            "pt" => Some(Language::Pt),
            _ => None,
        }
    }

    /// The two-letter code, as `/lang` takes it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Pt => "pt",
        }
    }

    /// Portuguese for a locale such as `pt_BR.UTF-8`, otherwise English.
    pub(crate) fn from_locale(locale: &str) -> Language {
        match locale.to_ascii_lowercase().starts_with("pt") {
            true => Language::Pt,
            false => Language::En,
        }
    }
}

/// A table of texts: each pattern of `$what` with its English and its Portuguese text. Both see the
/// variables of the pattern; an argument after them fills `{}`.
macro_rules! texts {
    ($language:expr, $what:expr, {
        $($pattern:pat $(if $guard:expr)? => $english:literal, $portuguese:literal $(, $argument:expr)?;)*
    }) => {
        match $language {
            $crate::words::Language::En => match $what {
                $($pattern $(if $guard)? => format!($english $(, $argument)?),)*
            },
            $crate::words::Language::Pt => match $what {
                $($pattern $(if $guard)? => format!($portuguese $(, $argument)?),)*
            },
        }
    };
}
pub(crate) use dates::{date, local, stamp};
pub(crate) use deeds::deed;
pub(crate) use help::help;
pub(crate) use settings::SettingsFault;
pub(crate) use status::Status;
pub(crate) use texts;
pub(crate) use usage::UsageError;

/// A hint or a part of the screen.
#[derive(Debug)]
pub(crate) enum Phrase<'a> {
    /// What stands before the user's own private line.
    PrivateTo(&'a str),
    /// The number of pasted lines, in the prompt.
    Lines(usize),
    /// The question before so many lines are sent.
    SendLines(usize),
    /// The same in a narrow window.
    SendLinesShort(usize),
    /// So many lines were sent, of so many.
    Stopped(usize, usize),
    /// The search in the history, with what is looked for.
    Search(&'a str),
    SearchFails(&'a str),
    /// The user's editor cannot be used.
    NoEditor(&'a io::Error),
    /// So many lines came while the window had not the focus; 0 if that is not known.
    New(usize),
    /// Who came, is back or left, and how many these are.
    Moved(Way, &'a str, usize),
    /// The hint after the first ^C.
    HowToLeave,
    /// A line with so many bytes, more than `LINE_BYTES`.
    LineTooLong(usize),
    PasteTooLong,
    /// The queue to the server is full.
    ServerBusy,
    PasswordPrompt,
    /// This server is met over TLS for the first time, and has this certificate.
    FirstTime(&'a str, &'a str),
    /// A pipe has the name of its first line, and not this one of the settings.
    PipeName(&'a str),
    /// No server was named, and there is none here.
    Looking,
    /// The only server on the network is joined.
    Joining(&'a Found),
    /// The connection is lost, for this reason.
    Lost(&'a str),
    /// It is there again, and the user is in.
    Back,
    /// It is there again, and the server has no place for the user, for this reason.
    Anew(&'a str),
    /// Beside the name of whoever said a line.
    Edited,
    /// What was typed for a password is not sent, as the question is gone.
    AnswerDropped,
    /// In the prompt: there is no connection.
    Offline,
    /// The form of the server's lines is not for the user to choose.
    OwnForm,
    /// Whether lines are shown with their ids from now on.
    Ids(bool),
    /// What was typed for a room that the user does not speak in.
    ForOtherRoom(&'a str),
    /// What was typed is not sent, as its id may mean another line by now.
    NotSent(&'a str),
    /// Others can read the file with the password.
    OpenPasswordFile(&'a str),
    /// A line of which nobody knows whether it was said.
    Unconfirmed(&'a str),
    /// So many lines were not told; 0 if nobody knows how many.
    Skipped(u64),
    /// What was missed of this room is not told.
    NotCaughtUp(&'a str),
}

impl Phrase<'_> {
    pub(crate) fn text(&self, language: Language) -> String {
        texts!(language, self, {
            Phrase::PrivateTo(name) => "private to {name}", "privado para {name}";
            Phrase::Lines(1) => "1 line", "1 linha";
            Phrase::Lines(n) => "{n} lines", "{n} linhas";
            Phrase::SendLines(n) => "send {n} lines? y/N, e: as one ", "enviar {n} linhas? s/N, e: em uma ";
            Phrase::SendLinesShort(n) => "{n} lines? y/N/e ", "{n} linhas? s/N/e ";
            Phrase::Stopped(sent, all) => "stopped: {sent} of {all} lines were sent",
                "parado: {sent} de {all} linhas foram enviadas";
            Phrase::Search(what) => "search {what}: ", "buscar {what}: ";
            Phrase::SearchFails(what) => "no match {what}: ", "não há {what}: ";
            Phrase::NoEditor(error) => "no editor: {}; VISUAL or EDITOR names yours",
                "sem editor: {}; VISUAL ou EDITOR diz qual é o seu", reason(language, error);
            Phrase::New(0) => "new", "novas";
            Phrase::New(1) => "1 new", "1 nova";
            Phrase::New(n) => "{n} new", "{n} novas";
            Phrase::Moved(Way::Came, name, 1) => "{name} joined", "{name} entrou";
            Phrase::Moved(Way::Came, names, _) => "{names} joined", "{names} entraram";
            Phrase::Moved(Way::Back, name, 1) => "{name} is back", "{name} voltou";
            Phrase::Moved(Way::Back, names, _) => "{names} are back", "{names} voltaram";
            Phrase::Moved(_, name, 1) => "{name} left", "{name} saiu";
            Phrase::Moved(_, names, _) => "{names} left", "{names} saíram";
            Phrase::HowToLeave => "press ^C again to leave, or type /quit",
                "aperte ^C de novo para sair, ou digite /sair";
            Phrase::LineTooLong(bytes) =>
                "too long: {bytes} bytes in a line, {LINE_BYTES} are possible; nothing was sent",
                "longo demais: {bytes} bytes em uma linha, cabem {LINE_BYTES}; nada foi enviado";
            Phrase::PasteTooLong => "too much text: only {TEXT_BYTES} bytes fit; nothing of it was taken",
                "texto demais: só cabem {TEXT_BYTES} bytes; nada disso foi aceito";
            Phrase::ServerBusy => "the server takes nothing at the moment; nothing was sent",
                "o servidor não está recebendo agora; nada foi enviado";
            Phrase::PasswordPrompt => "password: ", "senha: ";
            Phrase::FirstTime(server, seen) =>
                "{server} is new; its certificate is remembered. Compare it with what the server \
                 shows at its start, SHA-256:\n{seen}",
                "{server} é novo; o certificado foi guardado. Compare-o com o que o servidor \
                 mostra ao iniciar, SHA-256:\n{seen}";
            Phrase::PipeName(name) => "the first line of a pipe is its name; with --name {name} all of it is said",
                "a primeira linha é o nome; com --name {name} tudo é dito";
            Phrase::Looking => "no server on this computer; looking for one on the network",
                "nenhum servidor neste computador; procurando um na rede";
            Phrase::Joining(found) => "found {}", "encontrado: {}", line(found, 0);
            Phrase::Lost(why) =>
                "{why}; trying again, and what you type waits", "{why}; tentando de novo, e o que você digita espera";
            Phrase::Back => "connected again", "conectado de novo";
            Phrase::Anew(why) => "connected again, but not as before: {why}",
                "conectado de novo, mas não como antes: {why}";
            Phrase::AnswerDropped => "a password does not wait for a connection; what you typed was not sent",
                "uma senha não espera por uma conexão; o que você digitou não foi enviado";
            Phrase::Offline => "offline", "sem conexão";
            Phrase::OwnForm => "papo needs tags itself and does not show them; /ids on shows ids",
                "o papo usa as etiquetas e não as mostra; /códigos sim mostra os códigos";
            Phrase::Ids(true) => "ids are shown before lines", "os códigos são mostrados";
            Phrase::Ids(false) => "ids are not shown", "os códigos não são mostrados";
            Phrase::ForOtherRoom(room) =>
                "you do not speak in {room}: /join {room} goes there; with a space before it, it is said here",
                "você não fala em {room}: /entrar {room} leva até lá; com um espaço antes, é dito aqui";
            Phrase::NotSent(text) => "not sent, as its id may mean another line by now: {text}",
                "não enviado, pois o código pode ser de outra linha agora: {text}";
            Phrase::OpenPasswordFile(path) => "others can read {path}; chmod 600 {path} keeps it yours",
                "outros podem ler {path}; chmod 600 {path} o protege";
            Phrase::Unconfirmed(text) => "perhaps not said: {text}", "talvez não dito: {text}";
            Phrase::Skipped(0) => "lines may be missing here", "talvez faltem linhas aqui";
            Phrase::Skipped(1) => "1 line is missing here", "falta 1 linha aqui";
            Phrase::Skipped(n) => "{n} lines are missing here", "faltam {n} linhas aqui";
            Phrase::NotCaughtUp(room) => "what you missed in {room} is not known; /history shows the last lines",
                "não se sabe o que você perdeu em {room}; /histórico mostra as últimas linhas";
            Phrase::Edited => "edited", "corrigido";
        })
    }
}

impl Failure {
    pub(crate) fn sentence(&self, language: Language) -> String {
        let reason = |error| reason(language, error);
        texts!(language, self, {
            Failure::Connect(server, error) =>
                "cannot connect to {server}: {}",
                "não foi possível conectar a {server}: {}", reason(error);
            Failure::Unknown(name, known) => "no server {name}; config.toml has: {known}",
                "nenhum servidor {name}; config.toml tem: {known}";
            Failure::Nowhere(absence) => "{}", "{}", absence.sentence(language);
            Failure::Choose(choice, found) =>
                "{}", "{}", choice.sentence(language) + &lines(found);
            Failure::Tls(server, error) =>
                "no TLS with {server}: {}", "sem TLS com {server}: {}", error.sentence(language);
            Failure::OtherCertificate { server, known, seen, file } =>
                "{server} HAS ANOTHER CERTIFICATE THAN BEFORE; nothing was sent.\n\
                 Somebody may be reading along, or the server was set up anew: ask who runs it.\n  \
                 known: {known}\n  now:   {seen}\n\
                 If the new one is right: papo --tls --forget {server} (or remove its line in {})",
                "{server} TEM OUTRO CERTIFICADO; nada foi enviado.\n\
                 Alguém pode estar lendo, ou o servidor foi refeito: pergunte a quem cuida dele.\n  \
                 antes: {known}\n  agora: {seen}\n\
                 Se o novo estiver certo: papo --tls --forget {server} (ou apague a linha dele em {})",
                file.display();
            Failure::Pins(error) =>
                "the certificates of servers cannot be kept: {}",
                "não foi possível guardar os certificados dos servidores: {}", reason(error);
            Failure::Closed => "the server closed the connection", "o servidor fechou a conexão";
            Failure::ConnectionLost(error) =>
                "connection lost: {}", "conexão perdida: {}", reason(error);
            Failure::LinesRefused(1) => "1 line was refused", "1 linha foi recusada";
            Failure::LinesRefused(n) => "{n} lines were refused", "{n} linhas foram recusadas";
            Failure::Unsaid(lines) =>
                "perhaps not said:\n  {}", "talvez não dito:\n  {}", lines.join("\n  ");
            Failure::NameRefused(name, why) =>
                "the server did not take the name {name}: {why}",
                "o servidor não aceitou o nome {name}: {why}";
            Failure::PasswordNeeded(name) =>
                "the name {name} is registered and asks for a password; --password-file gives it, \
                 or take another name",
                "o nome {name} é registrado e pede uma senha; use --password-file ou outro nome";
            Failure::PasswordNotAsked(name) =>
                "the name {name} asked for no password here, so it is not registered; nothing was \
                 said. Is this the right server?",
                "o nome {name} não pediu senha aqui, portanto não é registrado; nada foi dito. É \
                 este o servidor certo?";
            Failure::OneTimePassword(name) =>
                "the password of {name} was for one time; log in with papo in a terminal, choose \
                 another, and put that into the file",
                "a senha de {name} valia uma vez; entre com o papo em um terminal, escolha outra e \
                 ponha-a no arquivo";
            Failure::NoName =>
                "the server accepted no name, so nothing was said; --name gives one",
                "o servidor não aceitou um nome, e nada foi dito; --name dá um nome";
            Failure::PasswordFile(path, error) =>
                "cannot read {path}: {}", "não foi possível ler {path}: {}", reason(error);
            Failure::Service(why) => "{why}", "{why}";
            Failure::Input(error) =>
                "cannot read: {}", "não foi possível ler: {}", reason(error);
            Failure::Output(error) =>
                "cannot write: {}", "não foi possível escrever: {}", reason(error);
            Failure::Terminal(error) =>
                "cannot use the terminal: {}",
                "não foi possível usar o terminal: {}", reason(error);
        })
    }
}

impl NoTls {
    fn sentence(&self, language: Language) -> String {
        texts!(language, self, {
            NoTls::Late => "it did not answer in time", "não respondeu a tempo";
            NoTls::Closed => "it closed the connection", "fechou a conexão";
            NoTls::Foreign =>
                "it answers without TLS at this port", "responde sem TLS nesta porta";
            NoTls::Refused =>
                "it refuses TLS: it speaks none at this port, or none that papo knows",
                "recusa o TLS: não o fala nesta porta, ou só de um tipo que o papo não conhece";
            NoTls::Wrong(what) => "its answer is wrong: {what}", "a resposta está errada: {what}";
            NoTls::Lost(error) => "{}", "{}", reason(language, error);
        })
    }
}

impl Absence {
    fn sentence(&self, language: Language) -> String {
        texts!(language, self, {
            Absence::NoNetwork =>
                "no server at port {PORT} of this computer, and it is on no network; papo HOST joins \
                 one that you know",
                "nenhum servidor na porta {PORT} deste computador, e ele não está em rede alguma; \
                 papo HOST entra em um que você conhece";
            Absence::NoAnswer =>
                "no server at port {PORT} of this computer, and none is announced on the network \
                 (papo-server --announce does that); papo HOST joins one that you know",
                "nenhum servidor na porta {PORT} deste computador, e nenhum é anunciado na rede \
                 (papo-server --announce faz isso); papo HOST entra em um que você conhece";
            Absence::CannotAsk(error) =>
                "no server at port {PORT} of this computer, and the network cannot be asked: {}; \
                 papo HOST joins one that you know",
                "nenhum servidor na porta {PORT} deste computador, e não foi possível perguntar à \
                 rede: {}; papo HOST entra em um que você conhece", reason(language, error);
        })
    }
}

impl Choice {
    fn sentence(self, language: Language) -> String {
        texts!(language, self, {
            Choice::Several =>
                "several servers are on the network; choose one:",
                "há vários servidores na rede; escolha um:";
            Choice::Password =>
                "a password goes only to a server that you name; on the network there is:",
                "uma senha só vai para um servidor que você escolhe; na rede há:";
            Choice::NoTls =>
                "no server on the network speaks TLS; without it you join with:",
                "nenhum servidor na rede fala TLS; sem ele, entre com:";
        })
    }
}

/// A server with what one types to join it, in so many columns.
fn line(found: &Found, columns: usize) -> String {
    format!("{:<columns$}  {}", found.command(), found.name)
}

fn lines(found: &[Found]) -> String {
    let columns = found.iter().map(|found| found.command().len()).max();
    let line = |found| format!("\n  {}", line(found, columns.unwrap_or_default()));
    found.iter().map(line).collect()
}

/// Why something failed, for people: without the number of the error.
pub(crate) fn reason(language: Language, error: &io::Error) -> String {
    use io::ErrorKind::{
        AddrInUse, AddrNotAvailable, ConnectionRefused, ConnectionReset, HostUnreachable,
        NetworkUnreachable, TimedOut, UnexpectedEof,
    };
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    texts!(language, error.kind(), {
        ConnectionRefused => "connection refused", "conexão recusada";
        ConnectionReset => "the other side broke it off", "o outro lado a interrompeu";
        HostUnreachable => "the computer cannot be reached", "o computador não é alcançável";
        NetworkUnreachable => "the network cannot be reached", "a rede não é alcançável";
        AddrInUse => "another program uses it", "outro programa o está usando";
        AddrNotAvailable => "it is no address of this computer", "não é um endereço deste computador";
        TimedOut => "no answer", "não houve resposta";
        UnexpectedEof =>
            "it was cut off, without a farewell of the server", "foi cortada, sem despedida do servidor";
        _ => "{}", "{}", text.to_lowercase();
    })
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
