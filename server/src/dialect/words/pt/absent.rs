//! Texts about people who are not here, or not at their screen, in Portuguese.

use std::fmt::{self, Write};

use super::super::{Age, Beginning, Command, Quoted, Typed, Verb};
use super::{Lines, crowd, others};
use crate::hub::name::Name;
use crate::hub::{Absence, AbsenceFault, Away, Crowd, Seen, SentTo, Unkept};
use crate::limits::LETTERS_OF_ONE;

pub(super) fn say(absence: &Absence, out: &mut Lines) -> fmt::Result {
    match absence {
        Absence::YouAreAway => write!(
            out,
            "você está ausente, e quem escrever só para você fica sabendo; /voltei ou uma linha pública \
             acaba com isso"
        ),
        Absence::YouAreBack => write!(out, "você não está mais ausente"),
        Absence::IsAway(name, text) if text.is_empty() => {
            write!(
                out,
                "{name} está ausente, e recebe a sua linha do mesmo jeito"
            )
        }
        Absence::IsAway(name, text) => {
            let text = Quoted(text);
            write!(
                out,
                "{name} está ausente ({text}), e recebe a sua linha do mesmo jeito"
            )
        }
        Absence::Here(name, seen, away) => {
            write!(out, "{name} está aqui, entrou há {}", Age(seen.at))?;
            spoke(seen, out)?;
            too(away.as_ref(), out)
        }
        Absence::Kept(name) => write!(out, "{name} não está aqui e vai receber a linha ao voltar"),
        Absence::Unkept(name, why) => unkept(name, *why, out),
        Absence::Letters(1) => write!(out, "1 linha privada chegou enquanto você não estava aqui:"),
        Absence::Letters(count) => {
            write!(
                out,
                "{count} linhas privadas chegaram enquanto você não estava aqui:"
            )
        }
        Absence::Sent(to) => sent(to, out),
        Absence::MayBeLost(name, 1) => write!(
            out,
            "a conexão de {name} caiu, e a sua última linha para {name} talvez não tenha chegado"
        ),
        Absence::MayBeLost(name, count) => write!(
            out,
            "a conexão de {name} caiu, e as suas últimas {count} linhas para {name} talvez não tenham chegado"
        ),
        Absence::Waits(name, 1) => write!(
            out,
            "a conexão de {name} caiu, e a sua última linha espera até {name} voltar"
        ),
        Absence::Waits(name, count) => write!(
            out,
            "a conexão de {name} caiu, e as suas últimas {count} linhas esperam até {name} voltar"
        ),
        Absence::Gone(name, seen) => {
            write!(
                out,
                "{name} esteve aqui pela última vez há {}",
                Age(seen.at)
            )?;
            spoke(seen, out)
        }
    }
}

/// What stands after the time of a letter that is told again.
pub(in crate::dialect::words) const AGAIN: &str = "talvez de novo";

fn sent(to: &SentTo, out: &mut Lines) -> fmt::Result {
    let (room, others) = (&to.room, to.others);
    if others == 0 {
        return write!(out, "não há mais ninguém em {room}");
    }
    write!(out, "{} foi enviada ", Beginning(&to.text))?;
    match (to.sent.count(), others) {
        (0, 1) => write!(out, "a ninguém: há mais 1 pessoa em {room}")?,
        (0, _) => write!(out, "a ninguém: há mais {others} pessoas em {room}")?,
        (sent, _) => {
            match (sent == others, others) {
                (true, 1) => write!(out, "à única outra pessoa em {room}: ")?,
                (true, _) => write!(out, "a todas as outras {others} pessoas em {room}: ")?,
                (false, _) => write!(out, "a {sent} das outras {others} pessoas em {room}: ")?,
            }
            crowd(&to.sent, out)?;
            out.next();
            reached(to, out)?;
        }
    }
    behind(to, out)?;
    for (who, one, more) in [
        (&to.later, "chegou depois", "chegaram depois"),
        (
            &to.unknown,
            "talvez a tenha perdido",
            "talvez a tenham perdido",
        ),
    ] {
        if who.count() > 0 {
            out.next();
            let what = if who.count() == 1 { one } else { more };
            write!(out, "{} {what}: ", who.count())?;
            crowd(who, out)?;
        }
    }
    if to.not_searched() > 0 {
        out.next();
        write!(out, "{} não foram vistas, são demais", to.not_searched())?;
    }
    Ok(())
}

/// Whose systems are known to have a line.
fn reached(to: &SentTo, out: &mut Lines) -> fmt::Result {
    match to.reached.count() {
        0 => write!(out, "ainda não se sabe se chegou aos computadores"),
        1 if to.sent.count() == 1 => write!(out, "ela chegou ao computador"),
        all if all == to.sent.count() => write!(out, "ela chegou aos computadores de todas elas"),
        _ => {
            write!(out, "sabe-se que chegou aos computadores de ")?;
            crowd(&to.reached, out)
        }
    }
}

fn behind(to: &SentTo, out: &mut Lines) -> fmt::Result {
    match to.behind.len() + to.others_behind {
        0 => return Ok(()),
        1 => {
            out.next();
            write!(out, "1 está atrasada: ")?;
        }
        count => {
            out.next();
            write!(out, "{count} estão atrasadas: ")?;
        }
    }
    for (at, (name, lines)) in to.behind.iter().enumerate() {
        let before = if at == 0 { "" } else { ", " };
        let lines = if *lines == 1 {
            "1 linha"
        } else {
            &format!("{lines} linhas")
        };
        write!(out, "{before}{name} ({lines})")?;
    }
    others(to.others_behind, out)
}

fn unkept(name: &Name, why: Unkept, out: &mut Lines) -> fmt::Result {
    write!(out, "{name} não está aqui e não vai receber a linha: ")?;
    match why {
        Unkept::NothingIs => write!(out, "aqui nada se guarda"),
        Unkept::Full => write!(out, "já há linhas privadas demais à espera"),
        Unkept::TooManyOfYours => write!(out, "{LETTERS_OF_ONE} linhas suas já esperam"),
        Unkept::Busy => write!(
            out,
            "há demais a guardar de uma vez; tente de novo daqui a pouco"
        ),
        Unkept::Failed => write!(out, "não foi possível guardar; tente mais tarde"),
    }
}

fn spoke(seen: &Seen, out: &mut Lines) -> fmt::Result {
    match seen.spoke {
        Some(spoke) => write!(out, ", e falou pela última vez há {}", Age(spoke)),
        None => write!(out, ", e não disse nada"),
    }
}

/// They are away, too.
pub(super) fn too(away: Option<&Away>, out: &mut Lines) -> fmt::Result {
    let Some(Away { text, since }) = away else {
        return Ok(());
    };
    write!(out, ", ausente há {}", Age(*since))?;
    match text.is_empty() {
        true => Ok(()),
        false => write!(out, " ({})", Quoted(text)),
    }
}

/// Those of who is online who are away.
pub(super) fn online(away: &Crowd, out: &mut Lines) -> fmt::Result {
    let count = away.names.len() + away.others;
    if count == 0 {
        return Ok(());
    }
    let what = if count == 1 { "ausente" } else { "ausentes" };
    out.next();
    write!(out, "{count} {what}: ")?;
    crowd(away, out)
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Seen => (
            "visto",
            "[NOME]",
            "quando NOME esteve aqui e falou; a quem foi enviada a sua última linha",
        ),
        Verb::Away => (
            "ausente",
            "[TEXTO]",
            "quem escrever só para você fica sabendo que você está ausente",
        ),
        _ => ("voltei", "", "você não está mais ausente"),
    };
    Command { name, args, does }
}

pub(super) fn complain(fault: &AbsenceFault, out: &mut Lines) -> fmt::Result {
    match fault {
        AbsenceFault::NeverSeen(typed) => {
            write!(out, "não se sabe de ninguém chamado {}", Typed(typed))
        }
        AbsenceFault::Unkept(name, why) => unkept(name, *why, out),
        AbsenceFault::MayBeAnother(name) => write!(
            out,
            "{} não tinha senha naquela hora, e agora talvez seja outra pessoa; @{name} TEXTO escreve a quem tem o nome",
            Typed(name)
        ),
        AbsenceFault::NothingSaid(room) => {
            write!(out, "você não disse nada em {room} ultimamente")
        }
        AbsenceFault::NotAway => write!(out, "você não está ausente; /ausente TEXTO diz que está"),
    }
}
