//! Reserved names: those that read as the server, an operator or everybody.
//!
//! Readers see through digits, separators, accents and look-alikes (`admin1`, `ser_ver`, `ádmin`,
//! `5erver`, `adrnin`), so these are removed before comparing. This is stricter than the comparison
//! of users' names and used for nothing else.
//!
//! Invariant: the answer does not depend on the case of ASCII letters.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::drawn::{key, look};

/// Reserved also as a part of a name, between `_` or digits: `ana_admin` claims an office.
const OFFICES: &str = "adm admin administrador administradora administrator administrateur mod \
    moderador moderadora moderateur moderator oper operador operadora operator root server serveur \
    servidor staff suporte support sysadmin sysop webmaster админ администратор модератор оператор \
    сервер 管理员 管理員 管理者 版主 服务器 サーバー مشرف";
/// Reserved only as a whole: many honest names contain them (`papo_reto`, `help_me`).
const OTHERS: &str = "ajuda everybody everyone help nobody online papo private privado sistema system todos webhook \
    система поддержка 系统 システム";

static OFFICE_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| words(OFFICES));
static OTHER_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| words(OTHERS));

/// Whether a name, in NFKC, reads as a reserved one.
pub(super) fn reads_as_staff(name: &str) -> bool {
    let joined = name.replace('_', "");
    let is_office = |text: &str| {
        readings(text)
            .iter()
            .any(|read| OFFICE_WORDS.contains(read))
    };
    let is_other = |text: &str| readings(text).iter().any(|read| OTHER_WORDS.contains(read));
    let bare = joined.trim_matches(char::is_numeric);
    [&*joined, bare]
        .into_iter()
        .any(|text| is_office(text) || is_other(text))
        || name
            .split(|c: char| c == '_' || c.is_numeric())
            .any(is_office)
}

fn words(list: &str) -> HashSet<String> {
    list.split_whitespace()
        .map(|word| bare(&key(&word.nfkc().collect::<String>())))
        .collect()
}

/// How a text reads: its key, and its look where the key has lost what a reader sees.
fn readings(text: &str) -> Vec<String> {
    match text {
        "" => Vec::new(),
        _ if text.is_ascii() => vec![bare(&key(text))],
        _ => vec![bare(&key(text)), bare(&look(text).to_lowercase())],
    }
}

/// Without marks, and with one letter for all letters that look like it. Too strict for users'
/// names.
fn bare(drawn: &str) -> String {
    let mut bare = String::with_capacity(drawn.len());
    for c in drawn.nfd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'i' => bare.push('l'),
            'd' => bare.push_str("cl"),
            'm' => bare.push_str("rn"),
            '3' => bare.push('e'),
            '4' => bare.push('a'),
            '5' => bare.push('s'),
            '7' => bare.push('t'),
            '8' => bare.push('b'),
            '9' => bare.push('g'),
            c => bare.push(c),
        }
    }
    bare
}
