//! papo em português do Brasil: in Portuguese, short, plain, friendly.
//!
//! Programs read some of these (see docs/protocol.md), so their wording is stable. Nothing is
//! decided here; every match is exhaustive, so no notice can be forgotten.

pub(super) mod absent;
mod accounts;
pub(super) mod console;
mod gone;
mod hints;
mod hooks;
mod orders;
pub(super) mod past;
pub(in crate::dialect) mod refer;
pub(super) mod rooms;
mod tags;

use std::fmt::{self, Write};
use std::rc::Rc;

use super::{
    Age, Character, Command, Lang, Lines, Millis, Typed, Verb, Written, list, pairs, usage,
};
use crate::hub::name::{Name, NameFault};
use crate::hub::{Complaint, Crowd, Gone, Notice, Who};
use crate::limits::{IGNORES, LINE_BYTES, NAME_BYTES, NAME_CHARS};

pub(super) fn say(notice: &Notice, out: &mut Lines) -> fmt::Result {
    match notice {
        Notice::Public { text, .. }
        | Notice::Action { text, .. }
        | Notice::Private { text, .. }
        | Notice::Announced(text)
        | Notice::Motd(text) => out.write_str(text),
        Notice::Letter(letter) => out.write_str(&letter.text),
        Notice::Joined(who) => joined(who, out),
        Notice::Back(who) => rooms::back(who, out),
        Notice::Left { who, why } => left(who, why, out),
        Notice::Went { who, room } => write!(out, "{who} foi para {room}"),
        Notice::Renamed { from, to } => write!(out, "{from} agora é {to}"),
        Notice::DirectJoined(email) => write!(out, "{email} entrou (direto)"),
        Notice::DirectLeft { email, why } => {
            write!(out, "{email} saiu (direto)")?;
            gone::reason(why, out)
        }
        Notice::AskName => write!(out, "papo: qual é o seu nome?"),
        Notice::AskNewPassword(name) => accounts::ask_new(name, out),
        Notice::AskPassword(name) => {
            write!(
                out,
                "papo: qual é a senha de {name}? (linha vazia: outro nome)"
            )
        }
        Notice::PasswordInClear => accounts::in_clear(out),
        Notice::Welcome { name, room, here } => welcome(name, room, here, out),
        Notice::InRoom { room, lines, here } => rooms::in_room(room, *lines, here, out),
        Notice::NotInRoom(room) => write!(out, "você não está mais em {room}"),
        Notice::Topic { room, topic } => rooms::topic(room, topic.as_deref(), out),
        Notice::TopicChanged { who, topic } => rooms::topic_changed(who, topic.as_deref(), out),
        Notice::Refer(reference) => refer::say(reference, out),
        Notice::Listeners(count) => rooms::listeners(*count, out),
        Notice::HasPins { room, count } => refer::has_pins(room, *count, out),
        // The lines are rendered by the dialect.
        Notice::Pins { room, said } => refer::pins(room, said, out),
        Notice::YouAre(name) => write!(out, "seu nome agora é {name}"),
        Notice::LangIs(Lang::En) => write!(out, "seu idioma é inglês"),
        Notice::LangIs(Lang::Pt) => write!(out, "seu idioma é português"),
        Notice::Tag(tag) => tags::say(tag, out),
        // The lines are rendered by the dialect.
        Notice::History { room, lines, .. } => rooms::silence(room, *lines, out),
        Notice::Page(_) | Notice::Missed { .. } => Ok(()),
        Notice::More => past::more(out),
        Notice::Unread(why) => past::unread(*why, out),
        Notice::ZoneIs { own, clock } => past::zone(*own, *clock, out),
        Notice::Online {
            here,
            away,
            elsewhere,
            others_elsewhere,
            direct,
            others_direct,
        } => {
            online(here, elsewhere, *others_elsewhere, out)?;
            absent::online(away, out)?;
            online_direct(direct, *others_direct, out)
        }
        Notice::Rooms { rooms, others } => rooms::all(rooms, *others, out),
        Notice::Whois {
            name,
            rooms,
            joined,
            quiet,
            away,
            registered,
        } => {
            whois(name, rooms, Age(*joined), Age(*quiet), *registered, out)?;
            absent::too(away.as_deref(), out)
        }
        Notice::Absence(absence) => absent::say(absence, out),
        Notice::WhoisAway(name) => write!(
            out,
            "o nome {name} está registrado; quem o tem não está aqui"
        ),
        Notice::WhoisDirect(email) => write!(out, "{email} é direto"),
        Notice::Ignoring(name) => {
            write!(
                out,
                "agora você ignora {name}; /ignorar {name} de novo desfaz isso"
            )
        }
        Notice::Hearing(name) => write!(out, "você não ignora mais {name}"),
        Notice::Ignored(names) => ignored(names, out),
        Notice::Registered(name) => write!(
            out,
            "o nome {name} está registrado; na próxima vez, dê o nome e depois a sua senha"
        ),
        Notice::PasswordChanged => write!(out, "sua senha foi trocada"),
        Notice::Unregistered(name) => write!(out, "o nome {name} não está mais registrado"),
        Notice::Help(None) | Notice::HelpOperator => {
            write!(
                out,
                "uma linha sem / vai para todos na sua sala; os comandos são:"
            )
        }
        Notice::Help(Some(verb)) => help(*verb, out),
        Notice::Ordered(outcome) => orders::say(outcome, out),
        Notice::Lag {
            queue,
            last,
            longest,
        } => {
            if let Some(queue) = queue {
                write!(out, "há {queue} bytes à sua espera na fila; ")?;
            }
            write!(
                out,
                "a última volta do servidor levou {}, a mais longa do último minuto {}",
                Millis(*last),
                Millis(*longest)
            )
        }
        Notice::Address(address) => write!(out, "pelo navegador se entra em {address}"),
        Notice::Skipped { lines: 1 } => {
            write!(out, "1 linha pulada: você estava lendo devagar demais")
        }
        Notice::Skipped { lines } => {
            write!(
                out,
                "{lines} linhas puladas: você estava lendo devagar demais"
            )
        }
        Notice::AsksHolder(name) => {
            write!(out, "{name} está em uso; verificando se ainda há alguém lá")
        }
        Notice::HowToLeave => write!(out, "para sair, digite /{}", quit(out)),
        Notice::HereIAm => write!(out, "sim, o papo está aqui"),
        Notice::Throttled { lines_per_s } => {
            write!(
                out,
                "mais devagar: suas linhas agora saem a {lines_per_s} por segundo"
            )
        }
        Notice::Bye { name, why } => gone::bye(name.as_ref(), why, out),
        Notice::Refused(complaint) => complain(complaint, out),
    }
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Private => (
            "para",
            "NOME TEXTO",
            "uma linha privada; @NOME TEXTO faz o mesmo",
        ),
        Verb::Reply => (
            "responder",
            "TEXTO",
            "responde à última linha privada que você recebeu; com /códigos sim, /responder CÓDIGO TEXTO responde a uma linha para todos",
        ),
        Verb::Me => ("eu", "TEXTO", "diz o que você faz, como em /eu acena"),
        Verb::Online => ("quem", "", "quem está aqui e em outras salas"),
        Verb::Whois => ("quemé", "NOME", "onde NOME está e desde quando"),
        Verb::Nick => ("nome", "NOME", "troca o seu nome"),
        Verb::Join | Verb::Also | Verb::Leave | Verb::Rooms | Verb::Topic => {
            return rooms::command(verb);
        }
        Verb::Seen | Verb::Away | Verb::Back => return absent::command(verb),
        Verb::History | Verb::Search | Verb::More | Verb::Zone => return past::command(verb),
        Verb::Ignore => (
            "ignorar",
            "[NOME]",
            "esconde as linhas de NOME ou volta a mostrar",
        ),
        Verb::Register => ("registrar", "SENHA", "guarda o seu nome só para você"),
        Verb::Password => ("senha", "NOVA", "troca a senha do seu nome"),
        Verb::Unregister => ("desregistrar", "", "deixa o seu nome livre para todos"),
        Verb::Lag => (
            "atraso",
            "",
            "quanto espera por você e quanto o servidor trabalha",
        ),
        Verb::Lang => ("idioma", "en|pt", "escolhe o seu idioma"),
        Verb::Ids | Verb::Tags | Verb::Once | Verb::Resume => return tags::command(verb),
        Verb::Address => (
            "endereço",
            "",
            "por onde se entra, e um código QR para celulares",
        ),
        Verb::Help => ("ajuda", "[COMANDO]", "todos os comandos, ou um só"),
        Verb::Quit => ("sair", "[TEXTO]", "sai do papo"),
        Verb::Operator => ("operador", "[SENHA]", "faz de você um operador"),
        Verb::Kick => ("expulsar", "NOME [MOTIVO]", "encerra a conexão de alguém"),
        Verb::Ban => (
            "banir",
            "NOME|ENDEREÇO[/BITS] [TEMPO [MOTIVO]]",
            "encerra e não deixa voltar, por 10m, 2h, 7d ... ou para sempre",
        ),
        Verb::Banned => ("banidos", "", "quem está banido, por quem, até quando"),
        Verb::Unban => ("desbanir", "NOME|ENDEREÇO[/BITS]", "deixa voltar"),
        Verb::Mute => (
            "silenciar",
            "NOME [TEMPO]",
            "ninguém ouve NOME; de novo o mesmo acaba com isso",
        ),
        Verb::Unmute => ("liberar", "NOME", "todos voltam a ouvir NOME"),
        Verb::Edit | Verb::Delete | Verb::React | Verb::Pins | Verb::Pin => {
            return refer::command(verb);
        }
        Verb::Accounts | Verb::Reset | Verb::Free => return accounts::command(verb),
        Verb::Hook | Verb::Unhook => return hooks::command(verb),
        Verb::Lockdown => ("trancar", "[sim|não]", "só entra quem tem nome registrado"),
        Verb::Say => ("dizer", "TEXTO", "fala a todos como o servidor"),
    };
    Command { name, args, does }
}

fn joined(who: &Crowd, out: &mut Lines) -> fmt::Result {
    crowd(who, out)?;
    write!(out, "{}", if is_one(who) { " entrou" } else { " entraram" })
}

fn left(who: &Crowd, why: &Gone, out: &mut Lines) -> fmt::Result {
    crowd(who, out)?;
    write!(out, "{}", if is_one(who) { " saiu" } else { " saíram" })?;
    gone::reason(why, out)
}

fn welcome(name: &Name, room: &Name, here: &Crowd, out: &mut Lines) -> fmt::Result {
    write!(out, "boas-vindas, {name}! ")?;
    rooms::place(room, here, out)?;
    write!(out, "; /ajuda lista os comandos")
}

fn online(here: &Crowd, elsewhere: &[(Name, Name)], more: usize, out: &mut Lines) -> fmt::Result {
    write!(out, "{} aqui: ", here.names.len() + here.others)?;
    list(&here.names, ", ", out)?;
    others(here.others, out)?;
    if elsewhere.is_empty() {
        return Ok(());
    }
    out.next();
    write!(out, "{} em outras salas: ", elsewhere.len() + more)?;
    pairs(elsewhere, out)?;
    others(more, out)
}

fn online_direct(direct: &[Rc<str>], more: usize, out: &mut Lines) -> fmt::Result {
    let what = match direct.len() + more {
        0 => return Ok(()),
        1 => "direto",
        _ => "diretos",
    };
    out.next();
    write!(out, "{} {what}: ", direct.len() + more)?;
    list(direct, ", ", out)?;
    others(more, out)
}

fn whois(
    name: &Name,
    rooms: &[Name],
    joined: Age,
    quiet: Age,
    registered: bool,
    out: &mut Lines,
) -> fmt::Result {
    write!(out, "{name} está em ")?;
    list(rooms, " e ", out)?;
    write!(out, ", entrou há {joined}, em silêncio há {quiet}")?;
    match registered {
        true => write!(out, ", nome registrado"),
        false => Ok(()),
    }
}

fn ignored(names: &[Who], out: &mut Lines) -> fmt::Result {
    if names.is_empty() {
        return write!(out, "você não ignora ninguém");
    }
    write!(out, "você ignora ")?;
    list(names, ", ", out)
}

fn help(verb: Verb, out: &mut Lines) -> fmt::Result {
    let Command { args, does, .. } = command(verb);
    usage(Written::Name(out.name(Lang::Pt, verb)), args, out)?;
    write!(out, ": {does}")
}

fn complain(complaint: &Complaint, out: &mut Lines) -> fmt::Result {
    match complaint {
        Complaint::BadName(fault) => bad_name(*fault, out),
        Complaint::NameTaken(name) => write!(out, "o nome {name} já está em uso; tente outro"),
        Complaint::NameReserved(name) => write!(out, "o nome {name} é reservado; tente outro"),
        Complaint::NoSuchUser(name) => write!(out, "usuário não encontrado: {}", Typed(name)),
        Complaint::AlreadyThere(_)
        | Complaint::AlreadyAlsoThere(_)
        | Complaint::NotThere(_)
        | Complaint::RoomsFull
        | Complaint::TooManyRooms
        | Complaint::OnlyRoom
        | Complaint::LongTopic => rooms::complain(complaint, out),
        Complaint::AlreadyNamed(name) => write!(out, "você já se chama {name}"),
        Complaint::Yourself => write!(out, "esse é o seu próprio nome"),
        Complaint::Absence(fault) => absent::complain(fault, out),
        Complaint::NobodyToReply => write!(out, "ninguém escreveu só para você ainda"),
        Complaint::UnknownCommand { typed, meant } => {
            write!(out, "comando não encontrado: /{}", Typed(typed))?;
            match meant {
                Some(meant) => {
                    write!(out, "; você quis dizer /{}?", out.name(Lang::Pt, *meant))
                }
                None => write!(out, "; /ajuda lista todos"),
            }
        }
        Complaint::Hint(hint) => hints::say(*hint, out),
        Complaint::Usage(verb, written) => {
            write!(out, "uso: ")?;
            usage(*written, command(*verb).args, out)
        }
        Complaint::NameFirst => {
            write!(
                out,
                "primeiro diga o seu nome; /ajuda, /idioma e /{} também funcionam",
                quit(out)
            )
        }
        Complaint::EmptyText => write!(out, "não há nada nessa linha que se possa mostrar"),
        Complaint::TooFast => out.write_str(TOO_FAST),
        Complaint::LongLine => write!(out, "linha longa demais: no máximo {LINE_BYTES} bytes"),
        Complaint::BadLang(typed) => {
            write!(out, "idioma não encontrado: {}; há en e pt", Typed(typed))
        }
        Complaint::Look(why) => past::complain(why, out),
        Complaint::WrongPassword
        | Complaint::BadPassword(_)
        | Complaint::NameRegistered(_)
        | Complaint::AlreadyRegistered(_)
        | Complaint::NotRegistered(_)
        | Complaint::Busy
        | Complaint::TooManyTries { .. }
        | Complaint::AccountsFailed => accounts::complain(complaint, out),
        Complaint::Order(fault) => orders::complain(fault, out),
        Complaint::Refer(fault) => refer::complain(fault, out),
        Complaint::IgnoreFull => write!(
            out,
            "você já ignora {IGNORES} nomes; /ignorar NOME de novo libera um"
        ),
    }
}

fn bad_name(fault: NameFault, out: &mut Lines) -> fmt::Result {
    match fault {
        // `_` is legal in a name, but not alone.
        NameFault::Empty | NameFault::BadCharacter('_') => {
            write!(out, "um nome precisa de uma letra ou um dígito")
        }
        NameFault::TooLong => write!(
            out,
            "um nome tem no máximo {NAME_CHARS} caracteres, ou {NAME_BYTES} letras sem acento"
        ),
        NameFault::BadCharacter(' ') => {
            write!(
                out,
                "um nome é uma palavra só, de letras, dígitos e _, sem espaços"
            )
        }
        NameFault::BadCharacter(c) => {
            write!(
                out,
                "um nome tem letras, dígitos e _, e não {}",
                Character(c)
            )
        }
        NameFault::Hidden => write!(
            out,
            "um nome não pode ter caracteres invisíveis; digite de novo"
        ),
        NameFault::MixedScripts => write!(out, "um nome tem letras de um só alfabeto"),
    }
}

fn crowd(who: &Crowd, out: &mut Lines) -> fmt::Result {
    let last = if who.others == 0 { " e " } else { ", " };
    list(&who.names, last, out)?;
    others(who.others, out)
}

fn is_one(who: &Crowd) -> bool {
    who.names.len() + who.others == 1
}

const TOO_FAST: &str =
    "mensagens demais de uma vez: elas não são entregues até você ir mais devagar";

pub(super) fn others(count: usize, out: &mut Lines) -> fmt::Result {
    match count {
        0 => Ok(()),
        n => write!(out, " e mais {n}"),
    }
}

/// The name of the command that leaves.
fn quit(out: &Lines) -> &'static str {
    out.name(Lang::Pt, Verb::Quit)
}
