//! What `papo --help` shows: one screen of 24 rows and 80 columns.

use super::Language;

/// See the top of this file.
pub(crate) fn help(language: Language) -> String {
    let text = match language {
        Language::En => include_str!("help.en"),
        Language::Pt => include_str!("help.pt"),
    };
    text.to_owned()
}
