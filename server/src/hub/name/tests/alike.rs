//! Who can pass for somebody else: every character of Unicode's look-alike table, tried in names.
//! And that people with honest names are not refused.

use std::collections::BTreeMap;

use unicode_security::skeleton;

use super::super::{Name, drawn};

/// Names that are registered, as their owners write them.
const OWNERS: [&str; 12] = [
    "lisa", "bob", "caio", "walter", "dinah", "modern", "Ana", "joao", "maria", "papa", "Eva",
    "xico",
];

/// The characters that names may have, by their skeleton.
fn by_skeleton() -> BTreeMap<String, Vec<char>> {
    let mut all: BTreeMap<String, Vec<char>> = BTreeMap::new();
    for c in '\0'..=char::MAX {
        let is_letter =
            Name::parse(&format!("a{c}")).is_ok() || Name::parse(&c.to_string()).is_ok();
        if is_letter {
            all.entry(skeleton(&c.to_string()).collect())
                .or_default()
                .push(c);
        }
    }
    all
}

/// Whether the owner's registration refuses a stranger of this name.
fn is_kept_out(owner: &str, stranger: &Name) -> bool {
    let owner = Name::parse(owner).expect("a legal name");
    let read = stranger.read_as();
    owner == *stranger || owner.look() == stranger.look() || read.as_deref() == Some(owner.key())
}

fn skeleton_of(c: char) -> String {
    drawn_as(&c.to_string())
}

fn drawn_as(text: &str) -> String {
    skeleton(text).collect()
}

#[test]
fn no_single_character_makes_a_double() {
    let alike = by_skeleton();
    for owner in OWNERS {
        for (at, letter) in owner.char_indices() {
            for other in &alike[&skeleton_of(letter)] {
                let text = format!("{}{other}{}", &owner[..at], &owner[at + 1..]);
                let Ok(name) = Name::parse(&text) else {
                    continue;
                };
                assert!(
                    is_kept_out(owner, &name),
                    "{text} beside {owner}, with {other:?}"
                );
            }
        }
    }
}

/// Tries to write a whole name in letters of another script, each drawn like the owner's in either
/// case. Letters of one script are neighbours, so from each start the nearest ones are taken.
#[test]
fn no_other_script_makes_a_double() {
    let alike = by_skeleton();
    let mut tried = 0;
    for owner in OWNERS {
        for cased in [owner.to_lowercase(), owner.to_uppercase()] {
            let ways = |letter| {
                alike[&skeleton_of(letter)]
                    .iter()
                    .filter(|c| !is_latin(**c))
            };
            let first = cased.chars().next().expect("a name has a letter");
            for start in ways(first) {
                let near =
                    |letter| ways(letter).min_by_key(|c| start.to_owned() as u32 ^ **c as u32);
                let Some(text) = cased.chars().map(near).collect::<Option<String>>() else {
                    continue;
                };
                let Ok(name) = Name::parse(&text) else {
                    continue;
                };
                // NFKC sometimes turns it into another letter: `Ϲ` becomes `Σ`.
                if drawn_as(name.shown()) != drawn_as(&cased) {
                    continue;
                }
                tried += 1;
                assert!(is_kept_out(owner, &name), "{text} beside {owner}");
            }
        }
    }
    assert!(tried > 50, "{tried} names could be written otherwise");
}

fn is_latin(c: char) -> bool {
    c < '\u{250}' || ('\u{1e00}'..'\u{1f00}').contains(&c)
}

#[test]
fn letters_that_together_look_like_one_are_that_one() {
    for (owner, double) in [
        ("walter", "vvalter"),
        ("Walter", "VValter"),
        ("walter", "VValter"),
        ("dinah", "clinah"),
        ("marta", "rnarta"),
        ("MARTA", "rnarta"),
        ("edward", "eclvvarcl"),
        ("lisa", "ꓡꓲꓢꓮ"),
        ("lisa", "LlSA"),
        ("caio", "CA10"),
    ] {
        let double = Name::parse(double).expect("a legal name");
        assert!(is_kept_out(owner, &double), "{double} beside {owner}");
    }
    // `cl` looks like `d`, but `@clara` must not write to dara.
    let (clara, dara) = (Name::parse("clara"), Name::parse("dara"));
    assert_ne!(clara, dara);
}

/// People of many countries, spelled as they spell themselves.
const PEOPLE: &str = "\
    Ana Beatriz Caio Conceição João Antônio Müller Gonçalves Zoë Renée Łukasz Žofia Ştefan \
    İbrahim Ayşe Nguyễn Đặng Ọlá Siân Björk Þór Ærø Kāhu Ñusta Иван Анна Сара Оксана Їжак \
    Георги Ђорђе Αννα Γιώργος ΝΙΚΟΣ Աննա ანა דוד שרה محمد فاطمة پریسا آرش नरेंद्र सीता \
    অনন্যা ਗੁਰਪ੍ਰੀਤ ગીતા மீனா సీత ಸೀತಾ മീര නිමල් สมชาย ສົມສີ အောင် សុខា አበበ ዮሴፍ ᏣᎳᎩ ⵜⴰⵏⵉⵔⵜ \
    ꓟꓬꓼ 李小龍 张伟 さくら ハナコ 健太 김철수 이지은 ߒߞߏ Wanderley Vivi Dandara Clodoaldo Modesto Roberta \
    Adamastor Paponi help_me papo_reto Rooter Servando Ana2010 bia_07 Moderna Sistemática \
    Guest";

/// Each name is accepted, keeps its spelling, and does not collide with another one here.
#[test]
fn people_get_their_own_names() {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for text in PEOPLE.split_whitespace() {
        let name = Name::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        assert!(!name.is_reserved() && !name.is_guest(), "{text}");
        for drawn in [name.key().to_owned(), name.look().to_string()] {
            let other = known.insert(drawn, text).unwrap_or(text);
            assert_eq!(other, text);
        }
    }
}

#[test]
fn what_reads_as_staff_is_kept() {
    for text in [
        "admin1",
        "1admin",
        "ser_ver",
        "s_e_r_v_e_r",
        "ádmin",
        "админ",
        "Админ",
        "АДМИН",
        "admin_",
        "ádmín2",
        "5erver",
        "s3rver",
        "4dm1n",
        "r007",
        "adrnin",
        "aclmin",
        "ADMlN",
        "Adrnın",
        "ana_admin",
        "moderador2",
        "модератор",
        "Administrator",
        "papo2",
        "pa_po",
        "p4po",
        "раро",
        "SYSTEM32",
        "admіn".trim(),
        "oper_1",
        "sуstem".trim(),
        "ꓢꓰꓣꓦꓰꓣ",
        "servidor_papo",
        "röot",
        "管理员",
        "suporte_ti",
        "ajudа".trim(),
        "Todos",
        "１admin",
    ] {
        // Mixed alphabets are refused.
        assert!(
            Name::parse(text).is_ok_and(|name| name.is_reserved()) || is_mixed(text),
            "{text}"
        );
    }
    for text in [
        "ana", "lobby", "servers", "ali", "rodmin", "papoula", "modelo", "mood", "ada", "roots",
    ] {
        assert!(
            !Name::parse(text).expect("a legal name").is_reserved(),
            "{text}"
        );
    }
}

fn is_mixed(text: &str) -> bool {
    Name::parse(text).err() == Some(super::super::NameFault::MixedScripts)
}

/// The characters that Unicode calls letters, digits or marks and not ignorable, but that no font
/// draws with ink. Found by drawing all of them.
#[test]
fn no_name_has_a_letter_without_ink() {
    for blank in [
        '\u{13441}',
        '\u{13442}',
        '\u{2800}',
        '\u{3164}',
        '\u{115f}',
        '\u{ffa0}',
        '\u{1d159}',
        '\u{378}',
    ] {
        for text in [
            format!("{blank}"),
            format!("𓀀{blank}"),
            format!("ana{blank}"),
        ] {
            assert!(Name::parse(&text).is_err(), "{text:?}");
        }
    }
}

#[test]
fn drawing_twice_changes_nothing() {
    for text in ["Wanda", "vvanda", "ꓡꓲꓢꓮ", "mm", "WWW", "ᗪᗩ"] {
        let key = drawn::key(text);
        assert_eq!(drawn::draw(&drawn::fold(key.chars())), key);
    }
}
