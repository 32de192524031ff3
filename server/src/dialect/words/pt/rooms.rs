//! Texts about rooms and their topics, in Portuguese.

use std::fmt::{self, Write};

use super::super::{Command, Quoted, Verb, listed};
use super::{Lines, crowd, others, quit};
use crate::clock::Clock;
use crate::hub::name::Name;
use crate::hub::{self, Complaint, Crowd, Ids, Missed, RoomListed};
use crate::limits::{ROOMS_JOINED, TOPIC_CHARS};

/// The user is in a room now; its lines are shown bare or marked.
pub(super) fn in_room(
    room: &Name,
    lines: hub::Lines,
    here: &Crowd,
    out: &mut Lines,
) -> fmt::Result {
    if lines == hub::Lines::Bare {
        return place(room, here, out);
    }
    write!(out, "você também está em {room}")?;
    match here.names.is_empty() {
        true => write!(out, ", sem mais ninguém")?,
        false => {
            write!(out, " com ")?;
            crowd(here, out)?;
        }
    }
    // Programs are told the room of each line.
    match out.ids {
        Ids::Tags => write!(out, "; ")?,
        Ids::Hidden | Ids::Short => write!(out, "; as linhas de lá começam com #{room}, e ")?,
    }
    write!(out, "/entrar {room} deixa você falar lá")
}

pub(super) fn place(room: &Name, here: &Crowd, out: &mut Lines) -> fmt::Result {
    if here.names.is_empty() {
        return write!(out, "você está só em {room}");
    }
    write!(out, "você está em {room} com ")?;
    crowd(here, out)
}

pub(super) fn topic(room: &Name, topic: Option<&str>, out: &mut Lines) -> fmt::Result {
    match topic {
        Some(topic) => write!(out, "tópico de {room}: {}", Quoted(topic)),
        None => write!(out, "{room} não tem tópico; /tópico TEXTO dá um"),
    }
}

pub(super) fn topic_changed(who: &Name, topic: Option<&str>, out: &mut Lines) -> fmt::Result {
    match topic {
        Some(topic) => write!(out, "{who} mudou o tópico: {}", Quoted(topic)),
        None => write!(out, "{who} apagou o tópico"),
    }
}

/// The history of a room is empty.
pub(super) fn silence(room: &Name, lines: hub::Lines, out: &mut Lines) -> fmt::Result {
    match lines {
        hub::Lines::Bare => write!(out, "ninguém disse nada aqui ainda"),
        hub::Lines::Marked => write!(out, "ninguém disse nada em {room} ainda"),
    }
}

pub(super) fn back(who: &Crowd, out: &mut Lines) -> fmt::Result {
    crowd(who, out)?;
    let is_one = who.names.len() + who.others == 1;
    write!(out, "{}", if is_one { " voltou" } else { " voltaram" })
}

pub(in crate::dialect::words) fn missed(
    clock: Clock,
    elsewhere: Option<&Name>,
    missed: Missed,
    out: &mut Lines,
) -> fmt::Result {
    match missed {
        Missed::Lines(1) => write!(out, "1 linha enquanto você esteve fora")?,
        Missed::Lines(count) => write!(out, "{count} linhas enquanto você esteve fora")?,
        Missed::More { count, is_all, .. } => {
            let more = if is_all { "" } else { "mais de " };
            write!(out, "{more}{count} linhas enquanto você esteve fora")?;
        }
        Missed::Torn(0) => write!(
            out,
            "nenhuma linha enquanto você esteve fora, a não ser que algumas tenham se perdido"
        )?,
        Missed::Torn(1) => write!(
            out,
            "1 linha enquanto você esteve fora, e talvez algumas que se perderam"
        )?,
        Missed::Torn(count) => write!(
            out,
            "{count} linhas enquanto você esteve fora, e talvez algumas que se perderam"
        )?,
        Missed::Unknown => write!(out, "não se sabe que linhas você perdeu")?,
    }
    if let Some(room) = elsewhere {
        write!(out, " em {room}")?;
    }
    match missed {
        Missed::More { shown, first, .. } => {
            if shown > 0 {
                write!(out, "; estas são as últimas {shown}")?;
            }
            write!(out, "; /historico desde {}", clock.typed(first))?;
            elsewhere.map_or(Ok(()), |room| write!(out, " {room}"))?;
            write!(out, " mostra todas")
        }
        Missed::Unknown => write!(out, "; /historico mostra as últimas"),
        Missed::Lines(_) | Missed::Torn(_) => Ok(()),
    }
}

pub(super) fn listeners(count: usize, out: &mut Lines) -> fmt::Result {
    match count {
        1 => write!(out, "1 programa escuta aqui, por HTTP"),
        n => write!(out, "{n} programas escutam aqui, por HTTP"),
    }
}

pub(super) fn all(rooms: &[RoomListed], more: usize, out: &mut Lines) -> fmt::Result {
    match rooms.len() + more {
        1 => write!(out, "1 sala: ")?,
        n => write!(out, "{n} salas: ")?,
    }
    listed(rooms, ", você", out)?;
    others(more, out)
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Join => (
            "entrar",
            "SALA",
            "fala em SALA, nova ou não, em vez da sua sala",
        ),
        Verb::Also => (
            "também",
            "SALA",
            "fica em mais uma sala, e você continua falando na sua",
        ),
        Verb::Leave => ("deixar", "[SALA]", "deixa a sua sala, ou SALA"),
        Verb::Topic => (
            "tópico",
            "[TEXTO]",
            "de que trata a sua sala; TEXTO muda, - apaga",
        ),
        _ => (
            "salas",
            "",
            "as salas, quantos há em cada uma e quais são suas",
        ),
    };
    Command { name, args, does }
}

pub(super) fn complain(complaint: &Complaint, out: &mut Lines) -> fmt::Result {
    match complaint {
        Complaint::AlreadyThere(room) => write!(out, "você já está em {room}"),
        Complaint::AlreadyAlsoThere(room) => {
            write!(
                out,
                "você já está em {room}; /entrar {room} deixa você falar lá"
            )
        }
        Complaint::NotThere(room) => {
            write!(
                out,
                "você não está em {room}; /salas marca as suas, /entrar {room} leva até lá"
            )
        }
        Complaint::TooManyRooms => {
            out.write_str("já há salas demais; /salas mostra as que existem")
        }
        Complaint::RoomsFull => write!(
            out,
            "você já está em {ROOMS_JOINED} salas; /deixar SALA deixa uma"
        ),
        Complaint::OnlyRoom => write!(
            out,
            "você não está em outra sala; /entrar SALA leva a uma, /{} sai do papo",
            quit(out)
        ),
        _ => write!(out, "um tópico tem no máximo {TOPIC_CHARS} caracteres"),
    }
}
