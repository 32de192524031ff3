//! Ids and tags in Portuguese.

use std::fmt::{self, Write};

use crate::dialect::words::{Command, Lines, Verb};
use crate::hub::{Ids, ShortId, Tag};

pub(super) fn say(tag: &Tag, out: &mut Lines) -> fmt::Result {
    match tag {
        Tag::Shows(Ids::Hidden) => write!(out, "as linhas não têm mais códigos"),
        Tag::Shows(Ids::Short) => write!(
            out,
            "as linhas agora começam com um código, que serve para você se referir a elas; /códigos não acaba com isso"
        ),
        Tag::Shows(Ids::Tags) => write!(
            out,
            "cada linha agora começa com uma etiqueta, para programas; /etiquetas não acaba com isso"
        ),
        Tag::Yours { id, mark, .. } => {
            write!(out, "[{}] dito", ShortId::from(*id))?;
            mark.iter().try_for_each(|mark| write!(out, ": {mark}"))
        }
        Tag::Done { mark } => write!(out, "dito: {mark}"),
        Tag::Refused { mark, complaint } => {
            write!(out, "{mark}: ")?;
            super::complain(complaint, out)
        }
        // Only programs are told these, and in words of their own.
        Tag::At { .. }
        | Tag::Key(_)
        | Tag::Resumed { .. }
        | Tag::Again { .. }
        | Tag::Cannot { .. } => Ok(()),
    }
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Tags => (
            "etiquetas",
            "sim|não",
            "começa cada linha com hora, sala e número, para programas",
        ),
        Verb::Resume => (
            "retomar",
            "CHAVE [SALA:ÉPOCA:NÚMERO ...]",
            "para programas, em vez de um nome: retoma o seu lugar depois de uma queda",
        ),
        Verb::Once => (
            "umavez",
            "MARCA LINHA",
            "diz LINHA, mas só uma vez se você a enviar de novo com a mesma MARCA",
        ),
        _ => (
            "códigos",
            "sim|não",
            "mostra antes de cada linha um código que serve para se referir a ela",
        ),
    };
    Command { name, args, does }
}
