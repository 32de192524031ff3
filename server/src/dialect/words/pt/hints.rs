//! Hints for users who try commands that papo does not have, in Portuguese.

use std::fmt::{self, Write};

use super::{Lines, quit};
use crate::dialect::words::{Hint, Verb};

pub(super) fn say(hint: Hint, out: &mut Lines) -> fmt::Result {
    match hint {
        Hint::NoSuchKey => write!(
            out,
            "não há (mais) lugar guardado para essa chave; escolha um nome"
        ),
        Hint::Motd => write!(out, "a mensagem do dia aparece quando você entra"),
        Hint::Slash(Verb::Quit) => write!(out, "para sair, digite /{}", quit(out)),
        Hint::Slash(_) => write!(out, "para ver os comandos, digite /ajuda"),
        Hint::NotSaid => write!(
            out,
            "isso não foi dito, pois você ainda não tem nome; digite um agora"
        ),
        Hint::NotTried => write!(
            out,
            "isso não foi dito, nem tentado como senha; digite a senha agora, ou uma linha vazia"
        ),
        Hint::HasIds => write!(out, "cada mensagem já tem seu id e sua hora"),
        Hint::Withheld => write!(
            out,
            "isso não foi dito, pois pode ser a sua senha; para usar o seu nome, conecte de novo e entre com ele"
        ),
    }
}
