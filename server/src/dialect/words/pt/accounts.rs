//! Texts about accounts and passwords, in Portuguese.

use std::fmt::{self, Write};

use super::super::{Age, Command, Lines, Typed, Verb};
use crate::hub::Listed;
use crate::hub::name::Name;
use crate::hub::{Account, Complaint, Secret, SecretFault};
use crate::limits::PASSWORD_BYTES;

pub(super) fn complain(complaint: &Complaint, out: &mut Lines) -> fmt::Result {
    match complaint {
        Complaint::WrongPassword => write!(out, "a senha não é essa"),
        Complaint::BadPassword(fault) => bad_password(*fault, out),
        Complaint::NameRegistered(name) => {
            write!(
                out,
                "o nome {name} está registrado; se for o seu, conecte de novo e entre com ele"
            )
        }
        Complaint::AlreadyRegistered(name) => write!(out, "o nome {name} já está registrado"),
        Complaint::NotRegistered(name) => write!(out, "o nome {name} não está registrado"),
        Complaint::Busy => write!(out, "há outras senhas antes; tente de novo daqui a pouco"),
        Complaint::TooManyTries { wait_s } => {
            write!(out, "senhas demais; tente de novo em {wait_s} s")
        }
        _ => {
            write!(out, "as senhas não funcionam no momento; tente mais tarde")
        }
    }
}

fn bad_password(fault: SecretFault, out: &mut Lines) -> fmt::Result {
    match fault {
        SecretFault::Length => write!(
            out,
            "uma senha tem de 1 a {PASSWORD_BYTES} bytes e não começa com /"
        ),
        SecretFault::NotUtf8 => write!(
            out,
            "essa senha não está em UTF-8; ponha o seu terminal em UTF-8, ou use só letras de a a z, \
             dígitos e sinais"
        ),
        SecretFault::Same => write!(out, "essa valia uma vez; escolha outra"),
        SecretFault::Hidden => write!(
            out,
            "essa senha tem caracteres que ninguém vê; digite sem setas, tabulações e afins"
        ),
    }
}

/// Clients recognise its beginning and hide what is typed next.
pub(super) fn ask_new(name: &Name, out: &mut Lines) -> fmt::Result {
    write!(
        out,
        "papo: qual é a senha de {name} daqui em diante? a que você deu valia uma vez (linha vazia: outro nome)"
    )
}

pub(super) fn in_clear(out: &mut Lines) -> fmt::Result {
    write!(
        out,
        "no caminho, qualquer um pode ler a senha que você digitar aqui; papo --tls HOST a protege"
    )
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Accounts => (
            "contas",
            "[PARTE]",
            "quem está registrado, com PARTE no nome",
        ),
        Verb::Reset => (
            "novasenha",
            "NOME|E-MAIL",
            "dá a um nome registrado uma senha nova, por uma vez",
        ),
        _ => ("excluir", "NOME|E-MAIL", "acaba com um registro"),
    };
    Command { name, args, does }
}

pub(super) fn list(listed: &[Listed], others: usize, out: &mut Lines) -> fmt::Result {
    match listed.len() + others {
        0 => return write!(out, "ninguém registrou um nome assim"),
        1 => write!(out, "1 registrado:")?,
        n => write!(out, "{n} registrados:")?,
    }
    for account in listed {
        out.next();
        let Listed {
            whom,
            registered,
            used,
        } = account;
        write!(out, "{whom}, registrado há {}", Age(*registered))?;
        if let Some(used) = used {
            write!(out, ", usado há {}", Age(*used))?;
        }
    }
    if others > 0 {
        out.next();
        write!(
            out,
            "e mais {others}; /contas PARTE lista os que têm PARTE no nome"
        )?;
    }
    Ok(())
}

pub(super) fn reset(whom: &Account, password: &Secret, out: &mut Lines) -> fmt::Result {
    let password = password.text();
    match whom {
        Account::Name(name) => write!(
            out,
            "a senha de {name} é {password}, por uma vez; quem entrar com ela tem de escolher outra"
        ),
        Account::Email(email) => write!(
            out,
            "a senha de {email} é {password} daqui em diante; o ChatTruco não tem como trocá-la"
        ),
    }
}

pub(super) fn freed(whom: &Account, out: &mut Lines) -> fmt::Result {
    match whom {
        Account::Name(name) => write!(out, "{name} não está mais registrado"),
        Account::Email(email) => write!(out, "{email} não está mais registrado"),
    }
}

pub(super) fn no_account(typed: &str, out: &mut Lines) -> fmt::Result {
    write!(
        out,
        "ninguém registrou {}; /contas lista quem registrou",
        Typed(typed)
    )
}
