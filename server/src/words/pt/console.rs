//! What the operator is told at the start and at the console, in Portuguese.

use std::fmt::{self, Write};

use super::super::console::{Console, Join};

pub(crate) fn console(said: &Console, out: &mut String) -> fmt::Result {
    match said {
        Console::Invite(join) => write!(
            out,
            "Quem está na rede entra com um destes comandos:\n{}",
            Join(*join)
        ),
        Console::OnlyHere(join) => write!(
            out,
            "Só neste computador dá para entrar, com um destes comandos:\n{}",
            Join(*join)
        ),
        Console::Unreachable(join) => write!(
            out,
            "Este computador ainda não tem endereço em uma rede; nele mesmo se entra com:\n{}",
            Join(*join)
        ),
        Console::Accounts {
            names,
            emails,
            place,
            as_root,
        } => {
            match (names, emails) {
                (0, 0) => write!(out, "Ninguém está registrado; as contas vão ficar em ")?,
                (names, 0) => write!(out, "Registrados: {names}; as contas ficam em ")?,
                (names, emails) => write!(
                    out,
                    "Registrados: {names} e {emails} por e-mail; as contas ficam em "
                )?,
            }
            write!(out, "{}", place.display())?;
            match as_root {
                true => write!(out, " (iniciado como root; --data DIR escolhe outro lugar)"),
                false => Ok(()),
            }
        }
    }
}
