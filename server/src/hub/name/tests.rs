//! Which texts are names, which names are equal, and which only look equal.

use super::NameFault::{BadCharacter, Empty, MixedScripts, TooLong};
use super::drawn::{draw, drawn_key, fold};
use super::*;

mod alike;

fn name(text: &str) -> Name {
    Name::parse(text).unwrap_or_else(|fault| panic!("{text:?}: {fault:?}"))
}

#[track_caller]
fn check_same(names: &[&str]) {
    for other in names {
        assert_eq!(name(names[0]).key(), name(other).key(), "{names:?}");
    }
}

#[track_caller]
fn check_two_of_one_look(one: &str, other: &str) {
    assert_ne!(name(one), name(other));
    assert_eq!(name(one).look(), name(other).look(), "{one} {other}");
}

#[track_caller]
fn check_fault(text: &str, fault: NameFault) {
    assert_eq!(Name::parse(text).err(), Some(fault), "{text:?}");
}

#[test]
fn legal_names_are_shown_as_typed() {
    let legal = [
        "a",
        "7",
        "ana",
        "Ana_7",
        "_x_",
        "joão",
        "Conceição",
        "Łukasz",
        "Ẹ́ni",
        "ΑΘΗΝΑ",
        "Вова",
        "नरेंद्र",
        "สมชาย",
        "李小龍",
        "さくらカナ",
        "김철수",
        "محمد",
        "דוד",
        "ᏣᎳᎩ",
        "ⵜⴰⵏ",
        "李bruce",
    ];
    for text in legal {
        assert_eq!(name(text).shown(), text.nfkc().collect::<String>());
    }
    assert_eq!(name("Ａｎａ Ⅸ".split(' ').next().unwrap()).shown(), "Ana");
    assert_eq!(name("Ⅸ").shown(), "IX");
    assert_eq!(name("cafe\u{301}").shown(), "café");
}

#[test]
fn lengths_are_counted_in_characters_or_bytes_after_nfkc() {
    check_fault("", Empty);
    for (letter, most) in [("a", 50), ("é", 25), ("e\u{301}", 25), ("李", NAME_CHARS)] {
        name(&letter.repeat(most));
        check_fault(&letter.repeat(most + 1), TooLong);
    }
    // One ligature becomes eighteen characters, some of them blanks.
    check_fault("\u{fdfa}", BadCharacter(' '));
    check_fault(&"\u{fdfa}".repeat(300), TooLong);
}

#[test]
fn faults() {
    for c in "<>[]~*!:,.-@#/ \t\n\0\u{7f}'\"".chars() {
        check_fault(&format!("an{c}a"), BadCharacter(c));
        check_fault(&format!("é{c}a"), BadCharacter(c));
    }
    for c in "\u{200b}\u{200d}\u{200c}\u{202e}\u{2066}\u{feff}\u{ad}\u{e0041}\u{1160}\u{fe0f}\u{1c3}☺😀\u{85}"
        .chars()
    {
        check_fault(&c.to_string(), BadCharacter(c));
        check_fault(&format!("an{c}a"), BadCharacter(c));
    }
    check_fault("___", BadCharacter('_'));
    check_fault("\u{301}ana", BadCharacter('\u{301}'));
    check_fault("_\u{323}", BadCharacter('\u{323}'));
    check_fault("\u{ff3f}", BadCharacter('_'));
    check_fault(
        &format!("q{}", "\u{323}".repeat(MARKS + 1)),
        BadCharacter('\u{323}'),
    );
    check_fault("аna", MixedScripts);
    check_fault("αnna", MixedScripts);
    check_fault("ᏣᎳa", MixedScripts);
}

#[test]
fn case_and_script_do_not_make_another_name() {
    check_same(&["ana", "ANA", "aNa", "ａｎａ", "ΑΝΑ", "ανα"]);
    check_same(&["bob", "B0B", "b0b", "ВОВ", "ΒΟΒ", "вов"]);
    check_same(&["scop", "ѕсор", "ЅСОР"]);
    check_same(&["modern", "rnodern", "MODERN"]);
    check_same(&["lll", "111", "LLL", "l1L"]);
    check_same(&["iara", "IARA", "Iara", "İara", "ıara"]);
    check_same(&["ian", "IAN", "ΙΑΝ"]);
    check_same(&["íris", "ÍRIS", "Íris"]);
    check_same(&["straße", "STRASSE", "STRAẞE"]);
    check_same(&["joão", "JOÃO", "joa\u{303}o", "j0ão"]);
    check_same(&["aná", "ANÁ", "ΑΝΆ"]);
    check_same(&["bill", "BILL", "bıll", "bİll"]);
    check_same(&["σας", "ΣΑΣ", "σασ"]);
    check_same(&["Вова", "ВОВА", "вова"]);
    assert_ne!(name("andre"), name("andré"));
    assert_ne!(name("ana"), name("anna"));
    assert_ne!(name("ana_"), name("ana"));
    assert_ne!(name("user1"), name("user2"));
    assert_ne!(name("Iara"), name("lara"));
    assert_ne!(name("ian"), name("lan"));
    assert_ne!(name("ίαν"), name("λαν"));
}

#[test]
fn two_names_can_have_one_look() {
    check_two_of_one_look("Iara", "lara");
    check_two_of_one_look("biIl", "bill");
    check_two_of_one_look("Íris", "l\u{301}ris");
    check_two_of_one_look("Іон", "1он");
    for (one, other) in [("Iara", "Lara"), ("Ian", "Lan"), ("ana", "Ana")] {
        assert_ne!(name(one).look(), name(other).look());
    }
    assert_eq!(name("ВОВ").look(), name("BOB").look());
    assert_eq!(name("i\u{307}an").look(), name("ian").look());
}

#[test]
fn equal_texts_share_memory() {
    let ana = name("ana");
    assert!(Rc::ptr_eq(&ana.shown, &ana.key) && Rc::ptr_eq(&ana.key, &ana.look()));
    let ana = name("Ana");
    assert!(Rc::ptr_eq(&ana.shown, &ana.look()));
}

#[test]
fn every_letter_has_one_key_in_both_cases() {
    for c in ('\0'..=char::MAX).filter(|c| c.is_alphabetic()) {
        let Ok(one) = Name::parse(&c.to_string()) else {
            continue;
        };
        assert_eq!(name(one.shown()).shown(), one.shown(), "{c:?}");
        assert_eq!(draw(&one.look()), *one.look(), "{c:?}");
        assert_eq!(draw(&fold(one.key().chars())), one.key(), "{c:?}");
        let cases = [
            c.to_lowercase().collect::<String>(),
            c.to_uppercase().collect(),
        ];
        for other in cases.iter().filter_map(|text| Name::parse(text).ok()) {
            assert_eq!(one.key(), other.key(), "{c:?} {}", other.shown());
        }
    }
}

#[test]
fn the_fast_way_gives_the_same_as_the_long_way() {
    for c in ('\0'..'\u{80}').filter(|&c| c == '_' || c.is_ascii_alphanumeric()) {
        let text = format!("a{c}{c}Z");
        assert_eq!(key(&text), drawn_key(&text), "{text:?}");
        assert_eq!(look(&text), draw(&text).replace('d', "cl"), "{text:?}");
        let long = key(&format!("é{text}"));
        assert_eq!(long.strip_prefix("e\u{301}"), Some(name(&text).key()));
    }
}

#[test]
fn reserved_names_and_what_looks_like_them() {
    for text in [
        "server",
        "SERVER",
        "5erver",
        "ａdmin",
        "adrnin",
        "ADM1N",
        "root",
        "r00t",
        "раро",
        "_server_",
        "Server",
        "Admln",
        "adml\u{307}n",
        "adm1n",
        "sIstema",
        "he1p",
        "heIp",
        "ЅУЅТЕМ",
        "РАРО",
    ] {
        assert!(name(text).is_reserved(), "{text}");
    }
    for text in ["ana", "lobby", "servers", "ali"] {
        assert!(!name(text).is_reserved(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn what_is_shown_parses_to_itself(text in "\\PC{0,24}", letters in "[a-zA-Z0-9_áÇßİıΣςЯ李]{1,20}") {
        for text in [text, letters] {
            let Ok(name) = Name::parse(&text) else { continue };
            let again = Name::parse(name.shown()).expect("a legal name stays legal");
            proptest::prop_assert_eq!(name.shown(), again.shown());
            proptest::prop_assert_eq!(name.key(), again.key());
            proptest::prop_assert_eq!(name.look(), again.look());
            proptest::prop_assert_eq!(draw(&fold(name.key().chars())), name.key());
            proptest::prop_assert_eq!(draw(&name.look()), &*name.look());
        }
    }
}

#[test]
fn nobody_passes_for_a_guest() {
    for text in [
        "guest1", "GUEST20", "guestl", "guestI", "Guesto1", "guest２", "guest007",
    ] {
        assert!(name(text).is_guest(), "{text}");
    }
    for text in [
        "guest",
        "guests",
        "guesti",
        "guest_1",
        "guest1a",
        "my_guest1",
        "gues1",
    ] {
        assert!(!name(text).is_guest(), "{text}");
    }
}

#[test]
fn the_key_alone_is_that_of_the_name() {
    let texts = [
        "ana", "IAM_0123", "Mimi", "___", "", "a b", "|ara", "joão", "Иван", "＿", "paypаl",
    ];
    let long = "m".repeat(NAME_BYTES);
    for text in texts.into_iter().chain([&*long, &*(long.clone() + "m")]) {
        let parsed = Name::parse(text).ok().map(|name| name.key().to_owned());
        let key = Name::key_of(text).map(|key| key.as_ref().to_owned());
        assert_eq!(key, parsed, "{text:?}");
    }
}
