//! Texts for the operator at the start and at the console, in Portuguese.

use std::fmt::{self, Write};
use std::net::SocketAddr;
use std::path::Path;

use super::super::console::{Console, InClear, server};

const INVITE: &str = "Quem está na rede entra com um destes comandos:";
const ONLY_HERE: &str = "Só neste computador dá para entrar, com um destes comandos:";
const UNREACHABLE: &str =
    "Este computador ainda não tem endereço em uma rede; nele mesmo se entra com:";

pub(crate) fn console(said: &Console, out: &mut String) -> fmt::Result {
    match said {
        Console::Invite(join) => write!(out, "{INVITE}\n{join}"),
        Console::OnlyHere(join) => write!(out, "{ONLY_HERE}\n{join}"),
        Console::Unreachable(join) => write!(out, "{UNREACHABLE}\n{join}"),
        Console::Scan(url) => write!(out, "Entre pelo navegador: {url}"),
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
            let root = " (iniciado como root; --data DIR escolhe outro lugar)";
            let hint = if *as_root { root } else { "" };
            write!(out, "{}{hint}", place.display())
        }
        Console::Tls {
            fingerprint,
            place,
            in_clear,
        } => tls(fingerprint, *place, *in_clear, out),
        Console::Archive { keep, place } => archive(*keep, *place, out),
        Console::TooLong => write!(out, "essa linha é longa demais"),
        Console::ForUsers => write!(out, "isso é para usuários; /ajuda lista os comandos"),
        Console::LacksSlash => write!(
            out,
            "isso não foi dito; /sair encerra o servidor, /ajuda lista os comandos, /dizer TEXTO diz isso a todos"
        ),
        Console::Help => write!(out, "TEXTO fala com todos; os comandos são:"),
        Console::NoPrivate => write!(
            out,
            "isso não foi dito: o console não tem linhas privadas; /dizer TEXTO diz a todos"
        ),
        Console::ToStop => write!(out, "para parar o servidor, digite /sair"),
        Console::QuitUsage => write!(out, "uso: /sair"),
        Console::QuitHelp => write!(out, "/sair: parar o servidor"),
        Console::Stopping(within) => write!(
            out,
            "isso leva até {} segundos; Ctrl-C encerra na hora",
            within.as_secs()
        ),
        Console::WatchHelp => write!(
            out,
            "/observar SALA: mostrar o que se diz lá; /observar nada não mostra nada"
        ),
        Console::Online(count) => write!(out, "{count} online"),
        Console::Direct(email) => write!(out, "  {email} (direto)"),
        Console::Watching(room) => write!(
            out,
            "o que se diz em {room} aparece aqui; /observar nada acaba com isso"
        ),
        Console::WatchingNone => write!(out, "o que se diz não aparece; /observar lobby mostra"),
        Console::WatchUsage => write!(out, "uso: /observar SALA, ou /observar nada"),
    }
}

fn tls(fingerprint: &str, place: SocketAddr, in_clear: InClear, out: &mut String) -> fmt::Result {
    let also = match in_clear {
        InClear::All => "também",
        InClear::ChatTruco => "e só, menos com os usuários do ChatTruco",
        InClear::Nobody => "e só",
    };
    let server = server(place);
    write!(
        out,
        "Aqui se fala TLS {also}: papo --tls {server}\nSHA-256 do certificado: {fingerprint}"
    )
}

fn archive(keep: Option<&str>, place: Option<&Path>, out: &mut String) -> fmt::Result {
    let place = place.map(Path::display);
    match (keep, place) {
        (Some(keep), Some(place)) => write!(
            out,
            "O que se diz nas salas é guardado ({keep}) em {place}; --keep off não guarda nada"
        ),
        (None, Some(place)) => write!(
            out,
            "O que se diz não é guardado em disco; o que foi guardado antes ainda está em {place}"
        ),
        (_, None) => write!(out, "O que se diz não é guardado em disco"),
    }
}
