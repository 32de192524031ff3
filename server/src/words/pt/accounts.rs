//! What is said about accounts and passwords, in Portuguese.

use std::fmt::{self, Write};

use super::super::Lines;
use crate::hub::SecretFault;
use crate::limits::PASSWORD_BYTES;

pub(super) fn bad_password(fault: SecretFault, out: &mut Lines) -> fmt::Result {
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
        SecretFault::Hidden => write!(
            out,
            "essa senha tem caracteres que ninguém vê; digite sem setas, tabulações e afins"
        ),
    }
}
