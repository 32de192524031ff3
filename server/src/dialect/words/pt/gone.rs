//! Why a user or conn is gone, in Portuguese: as the others are told, and as it is told itself.

use std::fmt::{self, Write};

use super::super::Quoted;
use super::Lines;
use crate::hub::name::Name;
use crate::hub::{Foreign, Gone};

/// Why a user left, as the others are told.
pub(super) fn reason(why: &Gone, out: &mut Lines) -> fmt::Result {
    let text = match why {
        Gone::Quit(text) if text.is_empty() => return Ok(()),
        Gone::Hangup => return Ok(()),
        Gone::Quit(text) => return write!(out, ": {}", Quoted(text)),
        Gone::Kicked(text) if text.is_empty() => "por ordem do operador",
        Gone::Kicked(text) => return write!(out, " (por ordem do operador: {text})"),
        Gone::Banned(text) if text.is_empty() => "entrada proibida",
        Gone::Banned(text) => return write!(out, " (entrada proibida: {text})"),
        Gone::Locked => "ninguém novo entra",
        Gone::Lost => "conexão perdida",
        Gone::Stuck => "lendo devagar demais",
        Gone::Overflow => "linhas demais por ler",
        Gone::NoName | Gone::NoNameLines => "sem nome",
        Gone::LongLines => "linhas longas demais",
        Gone::Foreign(_) => "não é um cliente de chat",
        Gone::InClear => "sem TLS",
        Gone::Full | Gone::AddressFull | Gone::AddressBusy => "conexões demais",
        Gone::Memory => "ocupava memória demais",
        Gone::Elsewhere => "entrou por outra conexão",
        Gone::Stopping => "o servidor vai parar",
    };
    write!(out, " ({text})")
}

/// Why it was closed, as the user or conn itself is told.
pub(super) fn bye(name: Option<&Name>, why: &Gone, out: &mut Lines) -> fmt::Result {
    write!(out, "até logo")?;
    if let Some(name) = name {
        write!(out, ", {name}")?;
    }
    let text = match why {
        Gone::Quit(_) | Gone::Hangup | Gone::Lost => return Ok(()),
        Gone::Kicked(text) if text.is_empty() => "o operador encerrou a sua conexão",
        Gone::Kicked(text) => return write!(out, ": o operador encerrou a sua conexão ({text})"),
        Gone::Banned(text) if text.is_empty() => "a sua entrada está proibida",
        Gone::Banned(text) => return write!(out, ": a sua entrada está proibida ({text})"),
        Gone::Locked => "ninguém novo entra agora, tente mais tarde",
        Gone::Stuck => "você ficou tempo demais sem ler nada",
        Gone::Overflow => "havia linhas demais à sua espera",
        Gone::NoName => "o nome não veio a tempo",
        Gone::NoNameLines => "vieram linhas demais antes de um nome",
        Gone::LongLines => "suas linhas são longas demais",
        Gone::Foreign(foreign) => {
            let what = match foreign {
                Foreign::Http => "HTTP",
                Foreign::Tls => "TLS",
                Foreign::Ssh => "SSH",
            };
            return write!(
                out,
                ": aqui é o papo, um chat em linhas de texto; ele não fala {what}"
            );
        }
        Gone::InClear => {
            "aqui tudo é cifrado: entre com papo --tls HOST, ou com openssl s_client -quiet -connect HOST:PORTA"
        }
        Gone::Full => "o servidor está cheio, tente mais tarde",
        Gone::AddressFull => "há conexões demais do seu endereço",
        Gone::AddressBusy => "há conexões novas demais do seu endereço, espere um minuto",
        Gone::Memory => "o servidor precisa da memória que você ocupava",
        Gone::Elsewhere => "você entrou por outra conexão",
        Gone::Stopping => "o servidor vai parar",
    };
    write!(out, ": {text}")
}
