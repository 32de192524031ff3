//! Texts about lines that other lines are about, in Portuguese.

use std::fmt::{self, Write};

use super::super::{Command, Lang, Quoted, Typed, Verb};
use super::Lines;
use crate::hub::name::Name;
use crate::hub::{Deed, ReferFault, Reference, Said};
use crate::limits::{HISTORY_LINES, PINS, REACTION_CHARS, REACTIONS};

/// What stands beside the name of who speaks.
pub(in crate::dialect) fn remark(re: Option<&Name>, is_edited: bool) -> String {
    match (re, is_edited) {
        (Some(name), true) => format!("re {name}, corrigido"),
        (Some(name), false) => format!("re {name}"),
        (None, _) => "corrigido".to_owned(),
    }
}

pub(super) fn say(reference: &Reference, out: &mut Lines) -> fmt::Result {
    let Reference { by, quote, deed } = reference;
    match deed {
        // The dialect renders these.
        Deed::Replied(text) | Deed::Edited(text) => out.write_str(text),
        Deed::Deleted => {
            write!(out, "{by} apagou uma linha")?;
            if *by != quote.from {
                write!(out, " de {}", quote.from)?;
            }
            out.id_after(quote.id)
        }
        Deed::Reacted(word) => {
            write!(out, "{by} reagiu {} a {}: ", Quoted(word), quote.from)?;
            out.quote(quote)
        }
        Deed::Pinned => {
            write!(out, "{by} fixou uma linha de {}: ", quote.from)?;
            out.quote(quote)
        }
        Deed::Unpinned => {
            write!(out, "{by} soltou uma linha de {}: ", quote.from)?;
            out.quote(quote)
        }
    }
}

pub(super) fn has_pins(room: &Name, count: usize, out: &mut Lines) -> fmt::Result {
    let pins = out.name(Lang::Pt, Verb::Pins);
    match count {
        1 => write!(out, "1 linha está fixada em {room}; /{pins} a mostra"),
        n => write!(out, "{n} linhas estão fixadas em {room}; /{pins} as mostra"),
    }
}

pub(super) fn pins(room: &Name, said: &[Said], out: &mut Lines) -> fmt::Result {
    match said.len() {
        0 => write!(out, "nada está fixado em {room}"),
        1 => write!(out, "1 linha está fixada em {room}:"),
        n => write!(out, "{n} linhas estão fixadas em {room}:"),
    }
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Edit => (
            "corrigir",
            "CÓDIGO TEXTO|ANTES/DEPOIS",
            "dá outro TEXTO à sua linha CÓDIGO, ou troca ANTES por DEPOIS na sua última linha",
        ),
        Verb::Delete => (
            "apagar",
            "CÓDIGO",
            "apaga a sua linha CÓDIGO; !! é a última",
        ),
        Verb::React => (
            "reagir",
            "CÓDIGO PALAVRA",
            "diz o que você acha da linha CÓDIGO",
        ),
        Verb::Pins => ("fixadas", "", "as linhas fixadas da sua sala"),
        _ => (
            "fixar",
            "CÓDIGO",
            "fixa a linha CÓDIGO para todos; de novo, solta",
        ),
    };
    Command { name, args, does }
}

pub(super) fn complain(fault: &ReferFault, out: &mut Lines) -> fmt::Result {
    match fault {
        ReferFault::NoSuchLine(which) => {
            let which = which.to_string();
            let ids = out.name(Lang::Pt, Verb::Ids);
            write!(
                out,
                "não há (mais) uma linha {} entre as últimas {HISTORY_LINES}; /{ids} sim mostra o código de cada linha",
                Typed(&which)
            )
        }
        ReferFault::NoOwnLine => write!(out, "você não disse nada aqui que possa ser mudado"),
        ReferFault::NotYourEdit(name) => write!(out, "só {name} pode corrigir essa linha"),
        ReferFault::NotYourDelete(name) => {
            write!(out, "só {name} e operadores podem apagar essa linha")
        }
        ReferFault::NotInLine(old) => write!(out, "a sua última linha não tem {}", Quoted(old)),
        ReferFault::NothingLeft => write!(
            out,
            "não sobraria nada; /apagar !! apaga a sua última linha"
        ),
        ReferFault::Unchanged => write!(out, "a linha já está assim"),
        ReferFault::LongWord => write!(out, "uma reação tem no máximo {REACTION_CHARS} caracteres"),
        ReferFault::ReactedSo => write!(out, "você já deu essa reação a essa linha"),
        ReferFault::ReactionsFull => {
            write!(
                out,
                "essa linha já tem {REACTIONS} reações, e não cabem mais"
            )
        }
        ReferFault::PinsFull => write!(
            out,
            "{PINS} linhas já estão fixadas; /fixar CÓDIGO de uma delas a solta"
        ),
    }
}
