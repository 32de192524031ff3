//! What `papo-chattruco` says beyond what both programs say, in both languages. A text of several lines is shown as
//! several; what stands before each (`*`, `!`) is not said here.

use std::io;

use super::action::{Notice, Question, Verdict};
use crate::words::{Language, password_prompt, reason};

/// Why the program cannot begin.
#[derive(Debug)]
pub enum Hindrance<'a> {
    /// An e-mail that cannot be one.
    BadEmail(&'a str),
    /// An own address that is none.
    BadBind(&'a str),
    /// There is no directory.
    NoServer,
    /// There is no `--email`.
    NoEmail,
    /// The own address cannot be used.
    Bind {
        /// The address.
        address: &'a str,
        /// Why.
        error: &'a io::Error,
    },
    /// The password would be seen while it is typed.
    VisiblePassword,
}

/// The notice in the language.
pub fn notice(language: Language, notice: &Notice) -> String {
    match language {
        Language::En => english(notice),
        Language::Pt => portuguese(notice),
    }
}

/// The prompt of a question.
pub fn question(language: Language, question: Question) -> &'static str {
    match (language, question) {
        (language, Question::Password) => password_prompt(language),
        (Language::En, Question::Repeat) => "password again: ",
        (Language::En, Question::Register) => "register? (y/n) ",
        (Language::Pt, Question::Repeat) => "senha de novo: ",
        (Language::Pt, Question::Register) => "cadastrar? (s/n) ",
    }
}

/// Why it ended, for the user with this e-mail at this server.
pub fn verdict(language: Language, verdict: Verdict, email: &str, server: &str) -> String {
    match language {
        Language::En => english_verdict(verdict, email, server),
        Language::Pt => portuguese_verdict(verdict, email, server),
    }
}

/// The prompt when lines go to somebody.
pub fn to(language: Language, name: &str) -> String {
    match language {
        Language::En => format!("to {name}"),
        Language::Pt => format!("para {name}"),
    }
}

/// Nothing can be sent before the login.
pub fn not_yet(language: Language) -> &'static str {
    match language {
        Language::En => "not logged in yet; nothing was sent",
        Language::Pt => "ainda não entrou; nada foi enviado",
    }
}

/// The hindrance as one sentence.
pub fn hindrance(language: Language, hindrance: &Hindrance) -> String {
    let why = |error| reason(language, error);
    match (language, hindrance) {
        (Language::En, Hindrance::BadEmail(email)) => {
            format!("not an e-mail: '{email}'; it is one word without : and #")
        }
        (Language::En, Hindrance::BadBind(bind)) => {
            format!("not an own address: '{bind}'; write PORT, IP or IP:PORT")
        }
        (Language::En, Hindrance::NoServer) => {
            "which directory? write HOST or HOST:PORT".to_owned()
        }
        (Language::En, Hindrance::NoEmail) => "it needs --email".to_owned(),
        (Language::En, Hindrance::Bind { address, error }) => {
            let why = why(error);
            format!("cannot use {address}: {why}; --bind takes another address or port")
        }
        (Language::En, Hindrance::VisiblePassword) => {
            "a password would be seen here while it is typed; use --password-file".to_owned()
        }
        (Language::Pt, Hindrance::BadEmail(email)) => {
            format!("não é um e-mail: '{email}'; é uma só palavra sem : e #")
        }
        (Language::Pt, Hindrance::BadBind(bind)) => {
            format!("não é um endereço próprio: '{bind}'; escreva PORTA, IP ou IP:PORTA")
        }
        (Language::Pt, Hindrance::NoServer) => {
            "qual diretório? escreva HOST ou HOST:PORTA".to_owned()
        }
        (Language::Pt, Hindrance::NoEmail) => "falta --email".to_owned(),
        (Language::Pt, Hindrance::Bind { address, error }) => {
            let why = why(error);
            format!("não foi possível usar {address}: {why}; --bind aceita outro endereço ou porta")
        }
        (Language::Pt, Hindrance::VisiblePassword) => {
            "uma senha apareceria aqui ao ser digitada; use --password-file".to_owned()
        }
    }
}

fn english(notice: &Notice) -> String {
    match notice {
        Notice::Online(peers) if peers.is_empty() => "online: nobody else".to_owned(),
        Notice::Online(peers) => format!("online: {}", peers.join(", ")),
        Notice::Came(email) => format!("{email} connected"),
        Notice::Gone(email) => format!("{email} disconnected"),
        Notice::Message { from, text } => format!("[private from {from}] {text}"),
        Notice::Sent { to, text } => format!("[private to {to}] {text}"),
        Notice::AskingAgain => "no answer yet; asking again".to_owned(),
        Notice::Registered(email) => format!("{email} is registered now"),
        Notice::AlreadyRegistered(email) => {
            format!("{email} was registered before; logging in with this password")
        }
        Notice::NotRegistered(email) => format!("{email} is not registered here"),
        Notice::WrongPassword(email) => format!("wrong password for {email}"),
        Notice::PasswordsDiffer => "the passwords differ; type both again".to_owned(),
        Notice::BadPassword => "a password is one word, not empty and without spaces".to_owned(),
        Notice::Ignored => {
            "ignored a message that is not for you or not from its sender; /status counts them"
                .to_owned()
        }
        Notice::NotOnline(to) => format!("{to} is not online; nothing was sent"),
        Notice::CannotSend { to, why } => format!("cannot send to {to}: {why}"),
        Notice::NobodyChosen => "to whom? write @EMAIL TEXT; /online tells who is there".to_owned(),
        Notice::NobodyToAnswer => "nobody wrote to you yet; nothing was sent".to_owned(),
        Notice::ToOneself => "that is you; nothing was sent".to_owned(),
        Notice::NoText => "there is no text; nothing was sent".to_owned(),
        Notice::TooLong { bytes, limit } => {
            format!("too long: {bytes} bytes, {limit} are possible; nothing was sent")
        }
        Notice::NoCommand(command) => format!("no such command: {command}; /help lists them"),
        Notice::Help => "@EMAIL TEXT  write to somebody; lines without @ follow to the same\n\
                         /reply TEXT  write to the last one who wrote to you\n\
                         /online  who is online\n\
                         /status  who you are, and how many messages were ignored\n\
                         /quit  leave"
            .to_owned(),
        Notice::Status {
            email,
            others,
            ignored,
        } => format!("you are {email}; others online: {others}; ignored: {ignored}"),
    }
}

fn portuguese(notice: &Notice) -> String {
    match notice {
        Notice::Online(peers) if peers.is_empty() => "online: mais ninguém".to_owned(),
        Notice::Online(peers) => format!("online: {}", peers.join(", ")),
        Notice::Came(email) => format!("{email} conectado"),
        Notice::Gone(email) => format!("{email} desconectado"),
        Notice::Message { from, text } => format!("[privado de {from}] {text}"),
        Notice::Sent { to, text } => format!("[privado para {to}] {text}"),
        Notice::AskingAgain => "sem resposta ainda; perguntando de novo".to_owned(),
        Notice::Registered(email) => format!("{email} foi cadastrado"),
        Notice::AlreadyRegistered(email) => {
            format!("{email} já estava cadastrado; entrando com esta senha")
        }
        Notice::NotRegistered(email) => format!("{email} não está cadastrado aqui"),
        Notice::WrongPassword(email) => format!("senha errada para {email}"),
        Notice::PasswordsDiffer => "as senhas são diferentes; digite as duas de novo".to_owned(),
        Notice::BadPassword => "uma senha é uma palavra, não vazia e sem espaços".to_owned(),
        Notice::Ignored => {
            "uma mensagem que não é para você ou não vem de quem diz foi ignorada; /status as conta"
                .to_owned()
        }
        Notice::NotOnline(to) => format!("{to} não está conectado; nada foi enviado"),
        Notice::CannotSend { to, why } => format!("não foi possível enviar para {to}: {why}"),
        Notice::NobodyChosen => {
            "para quem? escreva @EMAIL TEXTO; /online diz quem está conectado".to_owned()
        }
        Notice::NobodyToAnswer => "ninguém lhe escreveu ainda; nada foi enviado".to_owned(),
        Notice::ToOneself => "esse é você; nada foi enviado".to_owned(),
        Notice::NoText => "não há texto; nada foi enviado".to_owned(),
        Notice::TooLong { bytes, limit } => {
            format!("longo demais: {bytes} bytes, cabem {limit}; nada foi enviado")
        }
        Notice::NoCommand(command) => {
            format!("comando desconhecido: {command}; /ajuda lista os que há")
        }
        Notice::Help => {
            "@EMAIL TEXTO  escrever a alguém; as linhas seguintes sem @ vão para a mesma pessoa\n\
             /responder TEXTO  escrever a quem lhe escreveu por último\n\
             /online  quem está conectado\n\
             /estado  quem você é, e quantas mensagens foram ignoradas\n\
             /sair  sair"
                .to_owned()
        }
        Notice::Status {
            email,
            others,
            ignored,
        } => format!("você é {email}; outros conectados: {others}; ignoradas: {ignored}"),
    }
}

fn english_verdict(verdict: Verdict, email: &str, server: &str) -> String {
    match verdict {
        Verdict::NoAnswer => format!(
            "no answer from {server} over UDP; is it the right address, and does a firewall let \
             UDP through on both sides?"
        ),
        Verdict::NotRegistered => {
            format!("{email} is not registered at {server}; --register does it")
        }
        Verdict::WrongPassword => format!("wrong password for {email} at {server}"),
        Verdict::NoPassword => {
            format!(
                "there is no password for {email}: use --password-file or the first line of the input"
            )
        }
        Verdict::BadPassword => "a password is one word, not empty and without spaces".to_owned(),
        Verdict::Malformed => {
            format!("{server} takes no such e-mail or password for {email}; both are one word each")
        }
        Verdict::Offline => format!("{server} says that {email} is offline; start again to log in"),
        Verdict::Silent => format!(
            "{server} said nothing for 4 seconds; it is gone, or {email} logged in elsewhere or was kicked"
        ),
    }
}

fn portuguese_verdict(verdict: Verdict, email: &str, server: &str) -> String {
    match verdict {
        Verdict::NoAnswer => format!(
            "nenhuma resposta de {server} por UDP; o endereço está certo, e um firewall deixa \
             passar UDP dos dois lados?"
        ),
        Verdict::NotRegistered => {
            format!("{email} não está cadastrado em {server}; --register o cadastra")
        }
        Verdict::WrongPassword => format!("senha errada para {email} em {server}"),
        Verdict::NoPassword => {
            format!("não há senha para {email}: use --password-file ou a primeira linha da entrada")
        }
        Verdict::BadPassword => "uma senha é uma palavra, não vazia e sem espaços".to_owned(),
        Verdict::Malformed => format!(
            "{server} não aceita tal e-mail ou senha para {email}; cada um é uma só palavra"
        ),
        Verdict::Offline => {
            format!("{server} diz que {email} está desconectado; comece de novo para entrar")
        }
        Verdict::Silent => format!(
            "{server} não disse nada por 4 segundos; saiu do ar, ou {email} entrou em outro lugar ou foi expulso"
        ),
    }
}
