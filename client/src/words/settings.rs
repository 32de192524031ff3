//! What is wrong with the file of settings, in one line.

use std::io;

use super::{Language, reason, texts};

/// See the top of this file.
#[derive(Debug)]
pub(crate) enum SettingsFault<'a> {
    Unreadable(&'a io::Error),
    /// The line that is no TOML, and why.
    NoToml(usize, &'a str),
    /// The line and the short name of what is no server.
    NoServer(usize, &'a str),
    /// The line and the name of what is no setting, or not with that value.
    Unknown(usize, &'a str),
}

impl SettingsFault<'_> {
    pub(crate) fn sentence(&self, file: &str, language: Language) -> String {
        texts!(language, self, {
            SettingsFault::Unreadable(error) =>
                "cannot read {file}: {}", "não foi possível ler {file}: {}", reason(language, error);
            SettingsFault::NoToml(line, why) =>
                "{file}, line {line}: {why}", "{file}, linha {line}: {why}";
            SettingsFault::NoServer(line, short) =>
                "{file}, line {line}: {short} names no server; write servers = {{ NAME = \"HOST\" }}",
                "{file}, linha {line}: {short} não diz um servidor; escreva servers = {{ NOME = \"HOST\" }}";
            SettingsFault::Unknown(line, key) =>
                "{file}, line {line}: {key} is no setting, or cannot have that value; it is left out",
                "{file}, linha {line}: {key} não é uma opção, ou não pode ter esse valor; foi ignorado";
        })
    }
}
