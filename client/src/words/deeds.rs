//! Texts about what somebody has done to a line, in the words of the server.

use super::{Language, texts};

/// What somebody has done to a line: who, what they wrote, the line's writer and its text, as far as these are told.
#[derive(Debug)]
pub(crate) enum Deed<'a> {
    Deleted(&'a str, &'a str),
    Reacted(&'a str, &'a str, &'a str, &'a str),
    Pinned(&'a str, &'a str, &'a str),
    Unpinned(&'a str, &'a str, &'a str),
}

impl Deed<'_> {
    pub(crate) fn text(&self, language: Language) -> String {
        texts!(language, self, {
            Deed::Deleted(by, from) if by == from => "{by} deleted a line", "{by} apagou uma linha";
            Deed::Deleted(by, from) =>
                "{by} deleted a line of {from}", "{by} apagou uma linha de {from}";
            Deed::Reacted(by, word, from, text) =>
                "{by} reacted \"{word}\" to {from}: \"{text}\"",
                "{by} reagiu \"{word}\" a {from}: \"{text}\"";
            Deed::Pinned(by, from, text) =>
                "{by} pinned a line of {from}: \"{text}\"", "{by} fixou uma linha de {from}: \"{text}\"";
            Deed::Unpinned(by, from, text) =>
                "{by} unpinned a line of {from}: \"{text}\"",
                "{by} soltou uma linha de {from}: \"{text}\"";
        })
    }
}
