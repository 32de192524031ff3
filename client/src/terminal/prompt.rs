//! What stands before the text that is being typed: the room, the user's name, and what is special at the
//! moment. It shrinks before the text does: first the room goes, then the name is cut, then it goes too.

use super::{block, row};
use crate::session::protocol::LOBBY;
use crate::session::{self, Linked};
use crate::text;
use crate::words::{Language, Phrase};

const CUT: &str = "…";
/// A name is not cut to fewer columns.
const NAME_COLUMNS: usize = 4;

/// The prompt in a window of so many columns, with how many lines went out of how many, or would with Enter, if there
/// are several.
pub(super) fn label(
    prompt: &session::Prompt,
    typed: &str,
    progress: Option<(usize, usize)>,
    language: Language,
    columns: usize,
) -> String {
    let mut remarks = Vec::new();
    if let Some((sent, all)) = progress {
        remarks.push(format!("{sent}/{all}"));
    } else if typed.contains('\n') {
        let count = block::lines(typed).count();
        remarks.push(Phrase::Lines(count).text(language));
    }
    if prompt.link == Linked::Away {
        remarks.push(Phrase::Offline.text(language));
    }
    let parts = Prompt {
        room: prompt.room.as_deref().filter(|&room| room != LOBBY),
        name: &prompt.text,
        remarks,
    };
    parts.label(row::columns(typed), columns)
}

/// The parts of a prompt.
#[derive(Debug, Default)]
pub(super) struct Prompt<'a> {
    /// The room, unless it is the lobby.
    pub(super) room: Option<&'a str>,
    pub(super) name: &'a str,
    /// What stands in brackets behind the name.
    pub(super) remarks: Vec<String>,
}

impl Prompt<'_> {
    /// The prompt for a text that takes so many columns, in a window of so many.
    pub(super) fn label(&self, typed: usize, columns: usize) -> String {
        let half = columns / 2;
        let most = if typed < half { half } else { columns / 4 };
        let fits = |label: &String| {
            let width = text::columns(label);
            width <= most || typed >= half && width + typed < columns
        };
        let remarks = self.remarks.join(", ");
        let behind = match remarks.as_str() {
            "" => "> ".to_owned(),
            remarks => format!(" ({remarks})> "),
        };
        let named = format!("{}{behind}", self.name);
        let placed = |room| format!("{} #{room}{behind}", self.name);
        let for_name = most.saturating_sub(text::columns(&behind));
        let shortened =
            (for_name >= NAME_COLUMNS).then(|| cut(self.name, for_name) + behind.as_str());
        let bare = match remarks.as_str() {
            "" => "> ".to_owned(),
            remarks => format!("{remarks}> "),
        };
        let forms = [self.room.map(placed), Some(named), shortened, Some(bare)];
        let mut forms = forms.into_iter().flatten();
        forms.find(fits).unwrap_or_default()
    }
}

/// A text that takes at most so many columns, with a mark where it was cut.
pub(super) fn cut(whole: &str, columns: usize) -> String {
    if text::columns(whole) <= columns {
        return whole.to_owned();
    }
    let mut kept = String::new();
    for (_, grapheme) in text::graphemes(whole) {
        if text::columns(&kept) + text::columns(grapheme) + 1 > columns {
            break;
        }
        kept.push_str(grapheme);
    }
    if columns > 0 {
        kept.push_str(CUT);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn label(room: Option<&str>, name: &str, remark: &str, typed: usize, columns: usize) -> String {
        let remarks = [remark].into_iter().filter(|remark| !remark.is_empty());
        let remarks = remarks.map(str::to_owned).collect();
        Prompt {
            room,
            name,
            remarks,
        }
        .label(typed, columns)
    }

    #[test]
    fn the_prompt_shrinks_before_the_text() {
        assert_eq!(label(Some("games"), "ana", "", 0, 80), "ana #games> ");
        assert_eq!(label(Some("games"), "ana", "", 67, 80), "ana #games> ");
        assert_eq!(label(Some("games"), "ana", "", 0, 20), "ana> ");
        assert_eq!(label(Some("games"), "ana", "", 90, 20), "ana> ");
        let long = "x".repeat(29);
        assert_eq!(label(None, &long, "", 0, 40), format!("{}…> ", &long[..17]));
        assert_eq!(label(None, &long, "", 90, 40), "xxxxxxx…> ");
        assert_eq!(label(None, "ana", "offline", 0, 33), "ana (offline)> ");
        assert_eq!(label(None, &long, "", 0, 10), "> ");
        assert_eq!(label(None, "ana", "2/10", 0, 40), "ana (2/10)> ");
        assert_eq!(label(None, "ana", "2/10", 90, 40), "2/10> ");
        assert_eq!(label(None, "日本語日本語日本語", "", 0, 20), "日本語…> ");
    }

    proptest! {
        #[test]
        fn it_leaves_room_for_text(
            room: Option<bool>, name in "[a日]{0,40}", typed in 0..300_usize, columns in 0..220_usize
        ) {
            let room = room.map(|_| "somewhere");
            let label = label(room, &name, "", typed, columns);
            let width = text::columns(&label);
            prop_assert!(width * 2 <= columns || width + typed < columns);
        }
    }
}
