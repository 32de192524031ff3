//! Texts about what somebody has done to a line, in the words of the server.

use super::{Language, texts};
use crate::session::tagged::Did;

/// The one who did it, and the text and its writer, as far as these are told.
pub(crate) fn deed(language: Language, by: &str, did: Did, from: &str, text: &str) -> String {
    texts!(language, did, {
        Did::Edited(new) => "<{by} edited> {new}", "<{by} corrigido> {new}";
        Did::Deleted if by == from => "* {by} deleted a line", "* {by} apagou uma linha";
        Did::Deleted => "* {by} deleted a line of {from}", "* {by} apagou uma linha de {from}";
        Did::Reacted(word) =>
            "* {by} reacted \"{word}\" to {from}: \"{text}\"",
            "* {by} reagiu \"{word}\" a {from}: \"{text}\"";
        Did::Pinned =>
            "* {by} pinned a line of {from}: \"{text}\"", "* {by} fixou uma linha de {from}: \"{text}\"";
        Did::Unpinned =>
            "* {by} unpinned a line of {from}: \"{text}\"",
            "* {by} soltou uma linha de {from}: \"{text}\"";
    })
}
