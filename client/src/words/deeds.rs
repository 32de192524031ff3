//! Texts about what somebody has done to a line, in the words of the server.

use super::{Language, texts};

/// What somebody has done to a line, whose writer and whose text may be known.
#[derive(Debug)]
pub(crate) enum Deed<'a> {
    Deleted {
        by: &'a str,
        from: &'a str,
    },
    Reacted {
        by: &'a str,
        word: &'a str,
        from: &'a str,
        text: &'a str,
    },
    Pinned {
        by: &'a str,
        from: &'a str,
        text: &'a str,
    },
    Unpinned {
        by: &'a str,
        from: &'a str,
        text: &'a str,
    },
}

impl Deed<'_> {
    pub(crate) fn text(&self, language: Language) -> String {
        texts!(language, self, {
            Deed::Deleted { by, from } if by == from => "{by} deleted a line", "{by} apagou uma linha";
            Deed::Deleted { by, from } =>
                "{by} deleted a line of {from}", "{by} apagou uma linha de {from}";
            Deed::Reacted { by, word, from, text } =>
                "{by} reacted \"{word}\" to {from}: \"{text}\"",
                "{by} reagiu \"{word}\" a {from}: \"{text}\"";
            Deed::Pinned { by, from, text } =>
                "{by} pinned a line of {from}: \"{text}\"", "{by} fixou uma linha de {from}: \"{text}\"";
            Deed::Unpinned { by, from, text } =>
                "{by} unpinned a line of {from}: \"{text}\"",
                "{by} soltou uma linha de {from}: \"{text}\"";
        })
    }
}
