//! The command table: the short names and the arguments of each verb. The full English and
//! Portuguese names and the help are in words/.
//!
//! Every name works in every language and in any case. The table executes nothing: text.rs turns
//! verbs into requests. Invariant: no two rows share a name.

use strsim::osa_distance;
use unicode_normalization::UnicodeNormalization;

use crate::dialect::words::{Hint, Lang, Verb, Written, command};

/// The arguments of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Takes {
    /// None; an argument is a mistake.
    Nothing,
    /// None; an argument is ignored.
    Ignored,
    /// One word.
    Word,
    /// Any text, or none.
    Optional,
    /// A text.
    Rest,
    /// A word and a text.
    WordAndRest,
}

/// One command.
pub(super) struct Row {
    pub(super) verb: Verb,
    /// Names beside the one in each language: short ones, and those of other systems.
    pub(super) also: &'static [&'static str],
    /// The same in Portuguese.
    pub(super) also_pt: &'static [&'static str],
    pub(super) takes: Takes,
}

type Names = &'static [&'static str];

const fn row(verb: Verb, also: Names, also_pt: Names, takes: Takes) -> Row {
    Row {
        verb,
        also,
        also_pt,
        takes,
    }
}

#[rustfmt::skip]
static TABLE: [Row; Verb::ALL.len()] = [
    row(Verb::Private, &["msg", "tell", "query", "w", "whisper", "pm", "dm"], &["privado"], Takes::WordAndRest),
    row(Verb::Reply, &["r"], &[], Takes::Rest),
    row(Verb::Me, &["action"], &[], Takes::Rest),
    row(Verb::Edit, &[], &["editar"], Takes::Rest),
    row(Verb::Delete, &["del"], &[], Takes::Word),
    row(Verb::React, &[], &[], Takes::WordAndRest),
    row(Verb::Pins, &[], &[], Takes::Ignored),
    row(Verb::Online, &["who", "names", "users"], &["usuarios", "usuários"], Takes::Ignored),
    row(Verb::Whois, &[], &["queme"], Takes::Rest),
    row(Verb::Seen, &["lastseen"], &[], Takes::Optional),
    row(Verb::Nick, &["name"], &["apelido"], Takes::Rest),
    row(Verb::Join, &["j", "room", "channel"], &["sala", "canal"], Takes::Rest),
    row(Verb::Also, &[], &["tambem"], Takes::Rest),
    row(Verb::Leave, &["part", "close"], &[], Takes::Optional),
    row(Verb::Rooms, &["list", "channels"], &["listar", "canais"], Takes::Ignored),
    row(Verb::Topic, &[], &["topico", "assunto"], Takes::Optional),
    row(Verb::History, &[], &["historico"], Takes::Optional),
    row(Verb::Search, &["find", "grep"], &["procurar"], Takes::Rest),
    row(Verb::More, &[], &[], Takes::Ignored),
    row(Verb::Ignore, &["block"], &["bloquear"], Takes::Optional),
    row(Verb::Away, &["afk"], &[], Takes::Optional),
    row(Verb::Back, &[], &[], Takes::Ignored),
    row(Verb::Register, &[], &[], Takes::Rest),
    row(Verb::Password, &[], &[], Takes::Word),
    row(Verb::Unregister, &[], &[], Takes::Nothing),
    row(Verb::Lag, &["ping"], &[], Takes::Ignored),
    row(Verb::Lang, &["language"], &["lingua", "língua"], Takes::Rest),
    row(Verb::Zone, &["timezone", "tz"], &[], Takes::Optional),
    row(Verb::Ids, &[], &["codigos"], Takes::Word),
    row(Verb::Tags, &[], &[], Takes::Word),
    row(Verb::Once, &["say-id"], &[], Takes::WordAndRest),
    row(Verb::Resume, &[], &[], Takes::Rest),
    row(Verb::Address, &["address", "invite"], &["endereco", "convite"], Takes::Ignored),
    row(Verb::Help, &["h", "?", "commands"], &["comandos"], Takes::Optional),
    row(Verb::Quit, &["exit", "q", "bye", "logout"], &["tchau"], Takes::Optional),
    row(Verb::Operator, &[], &[], Takes::Optional),
    row(Verb::Pin, &[], &[], Takes::Word),
    row(Verb::Kick, &[], &[], Takes::Rest),
    row(Verb::Ban, &[], &[], Takes::Rest),
    row(Verb::Banned, &[], &[], Takes::Ignored),
    row(Verb::Unban, &[], &[], Takes::Rest),
    row(Verb::Mute, &[], &[], Takes::Rest),
    row(Verb::Unmute, &[], &[], Takes::Rest),
    row(Verb::Accounts, &[], &[], Takes::Optional),
    row(Verb::Reset, &[], &[], Takes::Rest),
    row(Verb::Free, &[], &[], Takes::Rest),
    row(Verb::Hook, &["hooks", "webhook"], &["webhooks"], Takes::Optional),
    row(Verb::Unhook, &[], &[], Takes::Word),
    row(Verb::Lockdown, &[], &[], Takes::Optional),
    row(Verb::Say, &[], &[], Takes::Rest),
];

/// Commands of other systems that papo does differently or not at all.
static ELSEWHERE: [(&str, Hint); 1] = [("motd", Hint::Motd)];

/// Whole lines that are a command without its slash, typed by people who look for the exit or for
/// help.
static BARE: [(&str, Verb); 5] = [
    ("quit", Verb::Quit),
    ("exit", Verb::Quit),
    ("sair", Verb::Quit),
    ("help", Verb::Help),
    ("ajuda", Verb::Help),
];

/// What to do in place of a command of another system.
pub(super) fn hint(typed: &str) -> Option<Hint> {
    look_up(&ELSEWHERE, typed)
}

/// The command that this line is, apart from its slash.
pub(super) fn bare(line: &str) -> Option<Verb> {
    look_up(&BARE, line)
}

fn look_up<T: Copy>(table: &[(&str, T)], typed: &str) -> Option<T> {
    let is_it = |name: &str| name.len() == typed.len() && name == folded(typed);
    Some(table.iter().find(|(name, _)| is_it(name))?.1)
}

/// A command and how it was written.
pub(super) type Found = (Verb, Written);

/// The command of this name, typed without the slash.
pub(super) fn find(typed: &str) -> Option<Found> {
    // Nearly everybody types ASCII, which needs no Unicode folding.
    if typed.is_ascii() {
        return named(|name| name.eq_ignore_ascii_case(typed));
    }
    let typed = folded(typed);
    named(|name| name == typed)
}

fn named(is_it: impl Fn(&str) -> bool) -> Option<Found> {
    let mut all = TABLE.iter().flat_map(names);
    let (verb, _, name) = all.find(|(_, _, name)| is_it(name))?;
    Some((verb, Written::Name(name)))
}

/// The row of a verb.
pub(super) fn of(verb: Verb) -> &'static Row {
    let row = TABLE.iter().find(|row| row.verb == verb);
    row.expect("the table has a row for every verb")
}

/// The command that an unknown one was perhaps meant to be, by its names in the user's language: one
/// that begins so, or the nearest name, at most two edits away and at most a third of what was typed;
/// the first in the table wins a tie. Operators' commands are left out, unless an operator asks.
pub(super) fn suggest(lang: Lang, is_operator: bool, typed: &str) -> Option<Verb> {
    let typed = folded(typed);
    let length = typed.chars().count();
    let slips = (length / 3).min(2);
    let usable = TABLE
        .iter()
        .filter(|row| is_operator || !row.verb.is_for_operators());
    let near = |of: Lang| {
        let all = usable.clone().flat_map(names);
        let of_lang = all.filter(move |(_, lang, _)| *lang == of);
        let near = of_lang.filter_map(|(verb, _, name)| {
            if length >= SHORTEST_BEGINNING && name.starts_with(&typed) {
                return Some((0, verb));
            }
            // The distance is at least the difference in length; this leaves out most names.
            if name.chars().count().abs_diff(length) > slips {
                return None;
            }
            let distance = osa_distance(&typed, name);
            (distance <= slips).then_some((distance, verb))
        });
        near.min_by_key(|(distance, _)| *distance)
    };
    // Users know English commands from elsewhere.
    let (_, verb) = near(lang).or_else(|| near(Lang::En))?;
    Some(verb)
}

/// Shorter texts begin too many names.
const SHORTEST_BEGINNING: usize = 3;

/// All names of a command, each with its language.
fn names(row: &'static Row) -> impl Iterator<Item = (Verb, Lang, &'static str)> {
    let of = |lang, also: Names| {
        let name = std::iter::once(command(lang, row.verb).name);
        name.chain(also.iter().copied())
            .map(move |name| (row.verb, lang, name))
    };
    of(Lang::En, row.also).chain(of(Lang::Pt, row.also_pt))
}

/// Ignores case and how a keyboard composes an `é`. Longer texts than any command are cut, because
/// the distance costs the square of the length.
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
    use crate::dialect::{Clock, Dialect, Standing, Style, parse, render};

    #[test]
    fn every_verb_has_its_row_and_no_name_means_two_things() {
        let mut all: Vec<&str> = Vec::new();
        for (verb, row) in Verb::ALL.into_iter().zip(&TABLE) {
            assert_eq!(row.verb, verb, "the table is in the order of the help");
            all.extend(names(row).map(|(_, _, name)| name));
        }
        all.extend(ELSEWHERE.iter().map(|(name, _)| *name));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|name| folded(name) == *name));
    }

    #[test]
    fn every_name_leads_to_its_verb_whatever_its_case() {
        for row in &TABLE {
            for (_, _, name) in names(row) {
                let found = find(&name.to_uppercase());
                assert_eq!(found, Some((row.verb, Written::Name(name))));
            }
        }
        // An é of two characters, as some keyboards send it.
        let found = find("queme\u{301}");
        assert_eq!(found, Some((Verb::Whois, Written::Name("quemé"))));
    }

    /// What lacks an argument, or has one too many, and is refused for it.
    fn slip(takes: Takes, name: &str) -> Option<String> {
        match takes {
            Takes::Nothing => Some(format!("/{name} x")),
            Takes::Word | Takes::Rest | Takes::WordAndRest => Some(format!("/{name}")),
            Takes::Ignored | Takes::Optional => None,
        }
    }

    #[test]
    fn a_slip_is_answered_with_the_name_that_was_typed() {
        for style in styles_with_names() {
            let usage = match style.lang {
                Lang::En => "usage: ",
                Lang::Pt => "uso: ",
            };
            let check = |typed: &str, form: &str| {
                let parsed = parse(style, Standing::Named, typed.as_bytes().into());
                let mut told = Vec::new();
                render(
                    style,
                    Clock::default(),
                    &parsed.expect_err(typed),
                    &mut told,
                );
                let told = String::from_utf8(told).expect("it is UTF-8");
                let form = format!("{usage}{form}");
                // One form ends its lines with a colour.
                let told = told.trim_end().trim_end_matches("\x1b[0m");
                assert!(told.ends_with(&form), "{typed}: {told}");
            };
            for row in &TABLE {
                let args = command(style.lang, row.verb).args;
                for (_, _, name) in names(row) {
                    if let Some(slip) = slip(row.takes, name) {
                        let form = format!("/{name} {args}");
                        check(&slip, form.trim_end());
                        check(&slip.to_uppercase(), form.trim_end());
                    }
                }
            }
            let args = command(style.lang, Verb::Private).args;
            check("@ana", &format!("@{args}"));
            check("@", &format!("@{args}"));
        }
    }

    fn styles_with_names() -> impl Iterator<Item = Style> {
        let dialects = [Dialect::Text, Dialect::TChat, Dialect::Vpn, Dialect::Rede];
        let in_both = |dialect| [Lang::En, Lang::Pt].map(|lang| (dialect, lang));
        dialects
            .into_iter()
            .flat_map(in_both)
            .map(|(dialect, lang)| Style {
                dialect,
                lang,
                crlf: false,
                ..Style::default()
            })
    }

    #[test]
    fn suggestions_are_in_the_language_of_the_user() {
        let check = |lang, typed, meant| {
            let name = suggest(lang, false, typed).map(|verb| command(lang, verb).name);
            assert_eq!(name, meant, "{typed}");
        };
        check(Lang::En, "onlin", Some("online"));
        check(Lang::En, "onilne", Some("online"));
        check(Lang::Pt, "ajud", Some("ajuda"));
        check(Lang::En, "quite", Some("quit"));
        check(Lang::Pt, "SAIRR", Some("sair"));
        check(Lang::En, "nope", None);
        check(Lang::Pt, "nope", Some("nome"));
        check(Lang::Pt, "onlin", Some("quem"));
        check(Lang::En, "hist", Some("history"));
        check(Lang::Pt, "hist", Some("histórico"));
        check(Lang::Pt, "histori", Some("histórico"));
        check(Lang::En, "x", None);
        check(Lang::En, "frobnicate", None);
        check(Lang::En, "", None);
    }

    #[test]
    fn only_what_the_asker_may_do_is_suggested() {
        for (typed, meant) in [
            ("kik", Verb::Kick),
            ("mut", Verb::Mute),
            ("unbn", Verb::Unban),
        ] {
            assert_eq!(suggest(Lang::En, true, typed), Some(meant));
            let others = suggest(Lang::En, false, typed);
            assert_ne!(others, Some(meant), "{typed}");
        }
    }

    #[test]
    fn the_usual_words_of_other_systems_lead_somewhere() {
        for word in [
            "motd", "away", "msg", "query", "list", "names", "leave", "part", "exit", "topic", "w",
            "tell", "nick", "who", "sair", "join", "quit", "help", "whois", "ignore", "me",
            "users", "afk", "bye", "logout", "rooms", "channel", "whisper", "dm", "history",
            "ping",
        ] {
            let leads = find(word).is_some() || hint(word).is_some();
            assert!(leads, "/{word}");
            assert_eq!(hint(&word.to_uppercase()), hint(word));
        }
    }
}
