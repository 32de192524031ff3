//! Texts about operators' orders, for operators and for the users concerned, in Portuguese.

use std::fmt::{self, Write};

use super::super::{Left, Lines, Typed};
use super::{accounts, hooks};
use crate::hub::Target;
use crate::hub::{Banned, Fault, Outcome};

pub(super) fn say(outcome: &Outcome, out: &mut Lines) -> fmt::Result {
    match outcome {
        Outcome::AskPassword => write!(
            out,
            "papo: qual é a senha dos operadores? (linha vazia: nenhuma)"
        ),
        Outcome::Operator => write!(out, "você é operador; /ajuda lista também os seus comandos"),
        Outcome::Kicked(whom) => write!(out, "{whom} está fora"),
        Outcome::Banned {
            whom,
            lasts,
            from,
            out: count,
        } => {
            write!(out, "{whom}: entrada proibida")?;
            during(lasts.map(Left), out)?;
            match (from, count) {
                (Some(from), _) => write!(
                    out,
                    ", está fora; veio de {from}, /banir {from} proíbe isso"
                ),
                (None, 0) => Ok(()),
                (None, 1) if matches!(whom, Target::Name(_)) => write!(out, ", está fora"),
                (None, 1) => write!(out, ", 1 está fora"),
                (None, count) => write!(out, ", {count} estão fora"),
            }
        }
        Outcome::Unbanned(whom) => write!(out, "{whom} pode entrar de novo"),
        Outcome::Bans { bans, others } => banned(bans, *others, out),
        Outcome::ArchiveFails => archive_fails(out),
        Outcome::ArchiveWorks { missing } => archive_works(*missing, out),
        Outcome::NotKept => write!(
            out,
            "isso não pôde ser guardado no disco e vale até o fim do servidor; o log diz por quê"
        ),
        Outcome::Muted { whom, lasts } => {
            write!(out, "{whom} não é mais ouvido")?;
            during(lasts.map(Left), out)?;
            write!(out, "; /liberar {whom} acaba com isso")
        }
        Outcome::Unmuted(whom) => write!(out, "todos voltam a ouvir {whom}"),
        Outcome::YouAreMuted { lasts } => {
            write!(out, "um operador silenciou você")?;
            during(lasts.map(Left), out)?;
            write!(out, ": ninguém recebe as suas linhas")
        }
        Outcome::YouMaySpeak => write!(out, "todos voltam a ouvir você"),
        Outcome::Lockdown(true) => write!(
            out,
            "trancado: só entra quem tem nome registrado; /trancar não acaba com isso"
        ),
        Outcome::Lockdown(false) => write!(out, "aberto: todos podem entrar"),
        Outcome::Accounts { listed, others } => accounts::list(listed, *others, out),
        Outcome::Reset { whom, password } => accounts::reset(whom, password, out),
        Outcome::Freed(whom) => accounts::freed(whom, out),
        Outcome::Hooked(hook) => hooks::made(hook, out),
        Outcome::Hooks(list) => hooks::list(list, out),
        Outcome::Unhooked { room } => hooks::ended(room, out),
        Outcome::ComesFrom { name, address } => write!(out, "{name} vem de {address}"),
    }
}

pub(super) fn complain(fault: &Fault, out: &mut Lines) -> fmt::Result {
    match fault {
        Fault::NotOperator => write!(out, "só operadores podem fazer isso"),
        Fault::NoOperators => write!(out, "este servidor não tem senha de operadores"),
        Fault::AlreadyOperator => write!(out, "você já é operador"),
        Fault::BadTarget(typed) => write!(out, "nem nome nem endereço: {}", Typed(typed)),
        Fault::Guest { name, from } => {
            write!(out, "{name} é de um convidado, que volta com outro número")?;
            match from {
                Some(from) => write!(out, "; este veio de {from}"),
                None => Ok(()),
            }
        }
        Fault::Loopback => write!(
            out,
            "todos na própria máquina do servidor têm esse endereço; use um nome"
        ),
        Fault::OwnAddress => write!(out, "isso atingiria você também"),
        Fault::Full => write!(out, "a lista está cheia; tire antes alguém dela"),
        Fault::NoHook(number) => write!(out, "não há o endereço {number}; /gancho lista todos"),
        Fault::NoAccount(typed) => accounts::no_account(typed, out),
        Fault::NotBanned(typed) => {
            write!(
                out,
                "não está banido: {}; /banidos lista todos",
                Typed(typed)
            )
        }
        Fault::NotMuted(whom) => write!(out, "{whom} não está silenciado"),
        Fault::Muted { left } => {
            write!(out, "você está silenciado")?;
            during(left.map(Left), out)?;
            write!(out, ": ninguém recebeu essa linha")
        }
        Fault::MutedName { left } => {
            write!(out, "você está silenciado")?;
            during(left.map(Left), out)?;
            write!(out, ": enquanto isso o seu nome não pode mudar")
        }
        Fault::MutedRoom { left } => {
            write!(out, "você está silenciado")?;
            during(left.map(Left), out)?;
            write!(out, ": você pode entrar nas salas que há, não numa nova")
        }
        Fault::BadTime(typed) => write!(
            out,
            "nada foi feito: {} não é um tempo; escreva no lugar 30s, 10m, 2h, 7d, 2w ou sempre",
            Typed(typed)
        ),
        Fault::NameBanned { name, why } => {
            write!(out, "o nome {name} está proibido")?;
            match why.is_empty() {
                true => Ok(()),
                false => write!(out, " ({why})"),
            }
        }
    }
}

fn banned(bans: &[Banned], others: usize, out: &mut Lines) -> fmt::Result {
    match bans.len() + others {
        0 => return write!(out, "ninguém está banido"),
        1 => write!(out, "1 banido:")?,
        n => write!(out, "{n} banidos:")?,
    }
    for ban in bans {
        out.next();
        write!(out, "{}, ", ban.whom)?;
        match ban.left {
            Some(left) => write!(out, "ainda {}", Left(left))?,
            None => write!(out, "para sempre")?,
        }
        match ban.by.is_empty() {
            true => write!(out, ", pelo console")?,
            false => write!(out, ", por {}", ban.by)?,
        }
        if !ban.why.is_empty() {
            write!(out, " ({})", ban.why)?;
        }
    }
    if others > 0 {
        out.next();
        write!(out, "e mais {others}")?;
    }
    Ok(())
}

fn during(time: Option<Left>, out: &mut Lines) -> fmt::Result {
    match time {
        Some(time) => write!(out, " por {time}"),
        None => Ok(()),
    }
}

fn archive_fails(out: &mut Lines) -> fmt::Result {
    write!(
        out,
        "o que se diz não está sendo gravado em disco; o log diz por quê. A conversa continua"
    )
}

fn archive_works(missing: u64, out: &mut Lines) -> fmt::Result {
    match missing {
        0 => write!(
            out,
            "o que se diz é gravado em disco de novo; não falta nada"
        ),
        1 => write!(
            out,
            "o que se diz é gravado em disco de novo; falta uma linha"
        ),
        _ => write!(
            out,
            "o que se diz é gravado em disco de novo; faltam {missing} linhas"
        ),
    }
}
