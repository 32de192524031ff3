//! Why a user or conn is gone, in English: as the others are told, and as it is told itself.

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
        Gone::Kicked(text) if text.is_empty() => "kicked",
        Gone::Kicked(text) => return write!(out, " (kicked: {text})"),
        Gone::Banned(text) if text.is_empty() => "banned",
        Gone::Banned(text) => return write!(out, " (banned: {text})"),
        Gone::Locked => "nobody new is let in",
        Gone::Lost => "connection lost",
        Gone::Stuck => "too slow",
        Gone::Overflow => "too many unread lines",
        Gone::NoName | Gone::NoNameLines => "no name",
        Gone::LongLines => "lines too long",
        Gone::Foreign(_) => "not a chat client",
        Gone::InClear => "no TLS",
        Gone::Full | Gone::AddressFull | Gone::AddressBusy => "too many connections",
        Gone::Memory => "held too much memory",
        Gone::Elsewhere => "logged in elsewhere",
        Gone::Stopping => "the server stops",
    };
    write!(out, " ({text})")
}

/// Why it was closed, as the user or conn itself is told.
pub(super) fn bye(name: Option<&Name>, why: &Gone, out: &mut Lines) -> fmt::Result {
    write!(out, "bye")?;
    if let Some(name) = name {
        write!(out, ", {name}")?;
    }
    let text = match why {
        Gone::Quit(_) | Gone::Hangup | Gone::Lost => return Ok(()),
        Gone::Kicked(text) if text.is_empty() => "the operator removed you",
        Gone::Kicked(text) => return write!(out, ": the operator removed you ({text})"),
        Gone::Banned(text) if text.is_empty() => "you are banned",
        Gone::Banned(text) => return write!(out, ": you are banned ({text})"),
        Gone::Locked => "nobody new is let in just now, please try again later",
        Gone::Stuck => "you have read nothing for too long",
        Gone::Overflow => "too many lines were waiting for you",
        Gone::NoName => "no name came in time",
        Gone::NoNameLines => "too many lines came before a name",
        Gone::LongLines => "your lines are too long",
        Gone::Foreign(foreign) => {
            let what = match foreign {
                Foreign::Http => "HTTP",
                Foreign::Tls => "TLS",
                Foreign::Ssh => "SSH",
            };
            return write!(
                out,
                ": this is papo, a chat in lines of text; it does not speak {what}"
            );
        }
        Gone::InClear => {
            "here all is encrypted: join with papo --tls HOST, or with openssl s_client -quiet -connect HOST:PORT"
        }
        Gone::Full => "the server is full, please try again later",
        Gone::AddressFull => "too many connections from your address",
        Gone::AddressBusy => "too many new connections from your address, please wait a minute",
        Gone::Memory => "the server needs the memory that you held",
        Gone::Elsewhere => "you logged in elsewhere",
        Gone::Stopping => "the server stops",
    };
    write!(out, ": {text}")
}
