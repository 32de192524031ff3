//! The command table: which verb has which short names and takes what. Its English and its
//! Portuguese name, its arguments and its help are in words/.
//!
//! Every name works in every language, whatever its case. It does nothing itself: what a verb
//! asks of the hub is in text.rs.
//! Invariant: no two rows share a name, so that what a user types means one thing.

use strsim::osa_distance;
use unicode_normalization::UnicodeNormalization;

use crate::words::{Lang, Verb, command};

/// What has to come after a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Takes {
    /// Nothing; what comes all the same is overlooked.
    Nothing,
    /// Something or nothing.
    Maybe,
    /// Something.
    Rest,
    /// A word and something.
    WordAndRest,
}

/// One command.
pub(super) struct Row {
    pub(super) verb: Verb,
    /// Names beyond the one in each language.
    pub(super) also: &'static [&'static str],
    pub(super) takes: Takes,
}

const fn row(verb: Verb, also: &'static [&'static str], takes: Takes) -> Row {
    Row { verb, also, takes }
}

static TABLE: [Row; Verb::ALL.len()] = [
    row(Verb::Private, &["privado", "msg"], Takes::WordAndRest),
    row(Verb::Reply, &["r"], Takes::Rest),
    row(Verb::Me, &[], Takes::Rest),
    row(Verb::Online, &["who", "names"], Takes::Nothing),
    row(Verb::Whois, &["queme"], Takes::Rest),
    row(Verb::Nick, &["apelido"], Takes::Rest),
    row(Verb::Join, &["sala", "j"], Takes::Rest),
    row(Verb::Rooms, &[], Takes::Nothing),
    row(Verb::History, &["historico", "back"], Takes::Maybe),
    row(Verb::Ignore, &[], Takes::Maybe),
    row(Verb::Register, &[], Takes::Rest),
    row(Verb::Password, &[], Takes::Rest),
    row(Verb::Unregister, &[], Takes::Nothing),
    row(Verb::Lag, &[], Takes::Nothing),
    row(Verb::Lang, &["lingua", "língua"], Takes::Rest),
    row(Verb::Help, &["h", "?"], Takes::Maybe),
    row(Verb::Quit, &["exit", "q"], Takes::Maybe),
    row(Verb::Operator, &[], Takes::Maybe),
    row(Verb::Kick, &[], Takes::Rest),
    row(Verb::Ban, &[], Takes::Rest),
    row(Verb::Banned, &[], Takes::Nothing),
    row(Verb::Unban, &[], Takes::Rest),
    row(Verb::Mute, &[], Takes::Rest),
    row(Verb::Unmute, &[], Takes::Rest),
    row(Verb::Lockdown, &[], Takes::Maybe),
    row(Verb::Say, &[], Takes::Rest),
];

/// The row of a command as typed, without the slash.
pub(super) fn find(typed: &str) -> Option<&'static Row> {
    // Nearly everybody types ASCII, which needs no folding by tables.
    if typed.is_ascii() {
        return named(|name| name.eq_ignore_ascii_case(typed));
    }
    let typed = folded(typed);
    named(|name| name == typed)
}

fn named(is_it: impl Fn(&str) -> bool) -> Option<&'static Row> {
    TABLE
        .iter()
        .find(|row| names(row).any(|(_, name)| is_it(name)))
}

/// The row of a verb.
pub(super) fn of(verb: Verb) -> &'static Row {
    let row = TABLE.iter().find(|row| row.verb == verb);
    row.expect("the table has a row for every verb")
}

/// What an unknown command was perhaps meant to be: the nearest name, at most two slips away and
/// at most half of what was typed; among equals the table's first. The names in another language are
/// not among them: to who does not know them they look like slips of the server's.
pub(super) fn suggest(lang: Lang, typed: &str) -> Option<&'static str> {
    let typed = folded(typed);
    let length = typed.chars().count();
    let slips = (length / 2).min(2);
    let near = |lang| {
        let all = TABLE.iter().flat_map(names);
        let of_lang = all.filter(move |(of, _)| of.is_none_or(|of| of == lang));
        // So much longer or shorter is so many slips at least; most names are left out by that.
        let alike = of_lang.filter(|(_, name)| name.chars().count().abs_diff(length) <= slips);
        let near = alike.filter_map(|(_, name)| {
            let distance = osa_distance(&typed, name);
            (distance <= slips).then_some((distance, name))
        });
        near.min_by_key(|(distance, _)| *distance)
    };
    // English commands are what people know from elsewhere.
    let (_, name) = near(lang).or_else(|| near(Lang::En))?;
    Some(name)
}

/// All names of a command, each with its language if it is the name in one.
fn names(row: &'static Row) -> impl Iterator<Item = (Option<Lang>, &'static str)> {
    let name = |lang| (Some(lang), command(lang, row.verb).name);
    let also = row.also.iter().map(|name| (None, *name));
    [name(Lang::En), name(Lang::Pt)].into_iter().chain(also)
}

/// Without regard to case, and to how a keyboard composes an `é`. What is longer than any command
/// is cut, for distances cost its length squared.
fn folded(typed: &str) -> String {
    const LONGEST: usize = 20;
    typed
        .nfc()
        .flat_map(char::to_lowercase)
        .take(LONGEST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_its_row_and_no_name_means_two_things() {
        let mut all: Vec<&str> = Vec::new();
        for (verb, row) in Verb::ALL.into_iter().zip(&TABLE) {
            assert_eq!(row.verb, verb, "the table is in the order of the help");
            all.extend(names(row).map(|(_, name)| name));
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|name| folded(name) == *name));
    }

    #[test]
    fn every_name_leads_to_its_verb_whatever_its_case() {
        for row in &TABLE {
            for (_, name) in names(row) {
                let found = find(&name.to_uppercase()).map(|row| row.verb);
                assert_eq!(found, Some(row.verb), "{name}");
            }
        }
        // An é of two characters, as some keyboards send it.
        let found = find("queme\u{301}").map(|row| row.verb);
        assert_eq!(found, Some(Verb::Whois));
    }

    #[test]
    fn suggestions_are_in_the_language_of_the_user() {
        let check = |lang, typed, meant| assert_eq!(suggest(lang, typed), meant, "{typed}");
        check(Lang::En, "onlin", Some("online"));
        check(Lang::En, "onilne", Some("online"));
        check(Lang::Pt, "ajud", Some("ajuda"));
        check(Lang::En, "quite", Some("quit"));
        check(Lang::Pt, "SAIRR", Some("sair"));
        check(Lang::En, "nope", None);
        check(Lang::Pt, "nope", Some("nome"));
        check(Lang::Pt, "onlin", Some("online"));
        check(Lang::En, "x", None);
        check(Lang::En, "frobnicate", None);
        check(Lang::En, "", None);
    }
}
