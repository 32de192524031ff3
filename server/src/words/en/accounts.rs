//! What is said about accounts and passwords, in English.

use std::fmt::{self, Write};

use super::super::Lines;
use crate::hub::SecretFault;
use crate::limits::PASSWORD_BYTES;

pub(super) fn bad_password(fault: SecretFault, out: &mut Lines) -> fmt::Result {
    match fault {
        SecretFault::Length => write!(
            out,
            "a password has 1 to {PASSWORD_BYTES} bytes and no / in front"
        ),
        SecretFault::NotUtf8 => write!(
            out,
            "that password is not UTF-8; set your terminal to UTF-8, or use only letters a to z, \
             digits and signs"
        ),
        SecretFault::Hidden => write!(
            out,
            "that password has characters that nobody sees; type it without arrows, tabs and the like"
        ),
    }
}
