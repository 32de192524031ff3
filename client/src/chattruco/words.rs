//! The texts that only `papo-chattruco` has, in both languages (see `texts!`). A text of several lines is
//! shown as several lines.

use std::io;

use super::action::{EndReason, Notice, Question};
use crate::words::{Language, Phrase, reason, texts};

/// Why the program cannot start.
#[derive(Debug)]
pub(super) enum StartError<'a> {
    BadEmail(&'a str),
    BadBind(&'a str),
    NoServer,
    NoEmail,
    /// The user's own address cannot be used.
    Bind {
        address: &'a str,
        error: &'a io::Error,
    },
    /// The password would be visible while it is typed.
    VisiblePassword,
}

impl StartError<'_> {
    pub(super) fn sentence(&self, language: Language) -> String {
        texts!(language, self, {
            StartError::BadEmail(email) =>
                "not an e-mail: '{email}'; it is one word without : and #",
                "não é um e-mail: '{email}'; é uma só palavra sem : e #";
            StartError::BadBind(bind) =>
                "not an own address: '{bind}'; write PORT, IP or IP:PORT",
                "não é um endereço próprio: '{bind}'; escreva PORTA, IP ou IP:PORTA";
            StartError::NoServer =>
                "which directory? write HOST or HOST:PORT",
                "qual diretório? escreva HOST ou HOST:PORTA";
            StartError::NoEmail => "it needs --email", "falta --email";
            StartError::Bind { address, error } =>
                "cannot use {address}: {}; --bind takes another address or port",
                "não foi possível usar {address}: {}; --bind aceita outro endereço ou porta",
                reason(language, error);
            StartError::VisiblePassword =>
                "a password would be seen here while it is typed; use --password-file",
                "uma senha apareceria aqui ao ser digitada; use --password-file";
        })
    }
}

impl Question {
    pub(super) fn prompt(self, language: Language) -> String {
        texts!(language, self, {
            Question::Password => "{}", "{}", Phrase::PasswordPrompt.text(language);
            Question::Repeat => "password again: ", "senha de novo: ";
            Question::Register => "register? (y/n) ", "cadastrar? (s/n) ";
        })
    }
}

/// The prompt while lines go to this user.
pub(super) fn to(language: Language, name: &str) -> String {
    texts!(language, name, { name => "to {name}", "para {name}"; })
}

pub(super) fn not_logged_in(language: Language) -> String {
    texts!(language, (), {
        () => "not logged in yet; nothing was sent", "ainda não entrou; nada foi enviado";
    })
}

impl Notice {
    /// The notice as lines in the form of the papo protocol.
    pub fn lines(&self, language: Language) -> Vec<String> {
        let mark = self.mark();
        let text = self.text(language);
        text.lines().map(|line| format!("{mark}{line}")).collect()
    }

    fn text(&self, language: Language) -> String {
        texts!(language, self, {
            Notice::Online(peers) if peers.is_empty() =>
                "online: nobody else", "online: mais ninguém";
            Notice::Online(peers) => "online: {}", "online: {}", peers.join(", ");
            Notice::Connected(email) => "{email} connected", "{email} conectado";
            Notice::Disconnected(email) => "{email} disconnected", "{email} desconectado";
            Notice::Message { from, text } =>
                "[private from {from}] {text}", "[privado de {from}] {text}";
            Notice::Sent { to, text } => "[private to {to}] {text}", "[privado para {to}] {text}";
            Notice::AskingAgain =>
                "no answer yet; asking again", "sem resposta ainda; perguntando de novo";
            Notice::Registered(email) => "{email} is registered now", "{email} foi cadastrado";
            Notice::AlreadyRegistered(email) =>
                "{email} was registered before; logging in with this password",
                "{email} já estava cadastrado; entrando com esta senha";
            Notice::NotRegistered(email) =>
                "{email} is not registered here", "{email} não está cadastrado aqui";
            Notice::WrongPassword(email) =>
                "wrong password for {email}", "senha errada para {email}";
            Notice::PasswordsDiffer =>
                "the passwords differ; type both again",
                "as senhas são diferentes; digite as duas de novo";
            Notice::BadPassword =>
                "a password is one word, not empty and without spaces",
                "uma senha é uma palavra, não vazia e sem espaços";
            Notice::Ignored =>
                "ignored a message that is not for you or not from its sender; /status counts them",
                "uma mensagem que não é para você ou não vem de quem diz foi ignorada; /status as \
                 conta";
            Notice::NotOnline(to) =>
                "{to} is not online; nothing was sent",
                "{to} não está conectado; nada foi enviado";
            Notice::CannotSend { to, why } =>
                "cannot send to {to}: {why}", "não foi possível enviar para {to}: {why}";
            Notice::NoAddressee =>
                "to whom? write @EMAIL TEXT; /online tells who is there",
                "para quem? escreva @EMAIL TEXTO; /online diz quem está conectado";
            Notice::NothingToAnswer =>
                "nobody wrote to you yet; nothing was sent",
                "ninguém lhe escreveu ainda; nada foi enviado";
            Notice::ToOneself =>
                "that is you; nothing was sent", "esse é você; nada foi enviado";
            Notice::NoText => "there is no text; nothing was sent", "não há texto; nada foi enviado";
            Notice::TooLong { bytes, limit } =>
                "too long: {bytes} bytes, {limit} are possible; nothing was sent",
                "longo demais: {bytes} bytes, cabem {limit}; nada foi enviado";
            Notice::NoCommand(command) =>
                "no such command: {command}; /help lists them",
                "comando desconhecido: {command}; /ajuda lista os que há";
            Notice::Help =>
                "@EMAIL TEXT  write to somebody; lines without @ follow to the same\n\
                 /reply TEXT  write to the last one who wrote to you\n\
                 /online  who is online\n\
                 /status  who you are, and how many messages were ignored\n\
                 /quit  leave",
                "@EMAIL TEXTO  escrever a alguém; as linhas seguintes sem @ vão para a mesma pessoa\n\
                 /responder TEXTO  escrever a quem lhe escreveu por último\n\
                 /online  quem está conectado\n\
                 /estado  quem você é, e quantas mensagens foram ignoradas\n\
                 /sair  sair";
            Notice::Status { email, others, ignored } =>
                "you are {email}; others online: {others}; ignored: {ignored}",
                "você é {email}; outros conectados: {others}; ignoradas: {ignored}";
        })
    }
}

impl EndReason {
    /// The reason, for the user with this e-mail at this server.
    pub(super) fn sentence(self, language: Language, email: &str, server: &str) -> String {
        texts!(language, self, {
            EndReason::NoAnswer =>
                "no answer from {server} over UDP; is it the right address, and does a firewall \
                 let UDP through on both sides?",
                "nenhuma resposta de {server} por UDP; o endereço está certo, e um firewall deixa \
                 passar UDP dos dois lados?";
            EndReason::NotRegistered =>
                "{email} is not registered at {server}; --register does it",
                "{email} não está cadastrado em {server}; --register o cadastra";
            EndReason::WrongPassword =>
                "wrong password for {email} at {server}", "senha errada para {email} em {server}";
            EndReason::NoPassword =>
                "there is no password for {email}: use --password-file or the first line of the \
                 input",
                "não há senha para {email}: use --password-file ou a primeira linha da entrada";
            EndReason::BadPassword => "{}", "{}", Notice::BadPassword.text(language);
            EndReason::Refused =>
                "{server} refused {email}: it is busy, there were too many tries, or it takes no \
                 such e-mail or password; try again in a minute",
                "{server} recusou {email}: está ocupado, houve tentativas demais, ou não aceita tal \
                 e-mail ou senha; tente de novo em um minuto";
            EndReason::Offline =>
                "{server} says that {email} is offline; start again to log in",
                "{server} diz que {email} está desconectado; comece de novo para entrar";
            EndReason::Silent =>
                "{server} said nothing for 4 seconds; it is gone, or {email} logged in elsewhere or \
                 was kicked",
                "{server} não disse nada por 4 segundos; saiu do ar, ou {email} entrou em outro \
                 lugar ou foi expulso";
        })
    }
}
