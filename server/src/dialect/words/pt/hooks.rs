//! Texts about addresses by which programs speak, in Portuguese.

use std::fmt::{self, Write};

use super::super::{Command, Lines, Verb};
use crate::hub::Hook;
use crate::hub::name::Name;

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Hook => (
            "gancho",
            "[SALA]",
            "um endereço pelo qual programas falam numa sala; sem sala: todos eles",
        ),
        _ => ("desganchar", "NÚMERO", "acaba com um endereço desses"),
    };
    Command { name, args, does }
}

pub(super) fn made(hook: &Hook, out: &mut Lines) -> fmt::Result {
    write!(
        out,
        "agora programas podem falar em {}: POST para {} como num webhook do Slack; /desganchar {} acaba com isso",
        hook.room, hook.url, hook.number
    )?;
    out.next();
    write!(
        out,
        "guarde-o em segredo, quem o tem pode falar; experimente: curl -d '{{\"text\":\"oi\"}}' {}",
        hook.url
    )
}

pub(super) fn ended(room: &Name, out: &mut Lines) -> fmt::Result {
    write!(out, "esse endereço não leva mais a {room}")
}

pub(super) fn list(hooks: &[Hook], out: &mut Lines) -> fmt::Result {
    if hooks.is_empty() {
        return write!(
            out,
            "nenhum programa fala aqui; /gancho SALA faz um endereço para um"
        );
    }
    write!(out, "endereços para programas:")?;
    for Hook {
        number,
        room,
        by,
        url,
    } in hooks
    {
        out.next();
        write!(out, "{number}: {room}, {url}")?;
        match by.is_empty() {
            true => write!(out, ", do console")?,
            false => write!(out, ", de {by}")?,
        }
    }
    Ok(())
}
