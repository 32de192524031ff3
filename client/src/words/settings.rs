//! What is wrong with the file of settings, in one line.

use std::io;

use super::{Language, reason, texts};

/// See the top of this file.
#[derive(Debug)]
pub(crate) enum SettingsFault<'a> {
    Unreadable(&'a io::Error),
    /// The line that is no TOML, and why.
    NoToml(usize, &'a str),
    /// The line, what stands there with a value that it cannot have, and how it is written.
    Wrong(usize, &'a str, &'a str),
    /// The line, the name of what is no setting, and those that there are.
    Unknown(usize, &'a str, &'a str),
}

impl SettingsFault<'_> {
    pub(crate) fn sentence(&self, file: &str, language: Language) -> String {
        texts!(language, self, {
            SettingsFault::Unreadable(error) =>
                "cannot read {file}: {}", "não foi possível ler {file}: {}", reason(language, error);
            SettingsFault::NoToml(line, why) =>
                "{file}, line {line}: {why}", "{file}, linha {line}: {why}";
            SettingsFault::Wrong(line, key, right) =>
                "{file}, line {line}: {key} cannot be that; write {right}",
                "{file}, linha {line}: {key} não pode ser isso; escreva {right}";
            SettingsFault::Unknown(line, key, all) =>
                "{file}, line {line}: {key} is no setting; there are {all}",
                "{file}, linha {line}: {key} não é uma opção; há {all}";
        })
    }
}
