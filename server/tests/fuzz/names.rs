//! Names: parsing a legal name again gives the same name, and two names are equal exactly if their
//! keys are.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use papo_server::dialect::clean::clean;
use papo_server::hub::name::Name;
use papo_server::limits::{NAME_BYTES, NAME_CHARS};
use unicode_normalization::UnicodeNormalization;

use crate::pieces::some;
use crate::safe::assert_safe;

pub(crate) fn check(mut data: &[u8]) {
    let one = some(&mut data);
    let (one, two) = (String::from_utf8_lossy(one), String::from_utf8_lossy(data));
    let (first, second) = (Name::parse(&one), Name::parse(&two));
    for name in [&first, &second].into_iter().flatten() {
        check_name(name);
    }
    for (text, name) in [(&one, &first), (&two, &second)] {
        let key = name.as_ref().ok().map(|name| name.key().to_owned());
        assert_eq!(
            Name::key_of(text).map(|key| key.as_ref().to_owned()),
            key,
            "{text:?}"
        );
    }
    // A name in NFD, or in another width, is the same name.
    assert_eq!(parsed(&one.nfd().collect::<String>()), parsed(&one));
    assert_eq!(parsed(&one.nfkc().collect::<String>()), parsed(&one));
    if let (Ok(first), Ok(second)) = (first, second) {
        check_two(&first, &second);
    }
}

fn parsed(text: &str) -> Option<(String, String, String)> {
    let name = Name::parse(text).ok()?;
    Some((
        name.shown().into(),
        name.key().into(),
        name.look().to_string(),
    ))
}

fn check_name(name: &Name) {
    let shown = name.shown();
    assert_safe(shown);
    assert_eq!(clean(shown.as_bytes()), shown);
    let chars = shown.chars().count();
    assert!((1..=NAME_CHARS).contains(&chars) || shown.len() <= NAME_BYTES);
    assert!(shown.chars().eq(shown.nfkc()), "shown is in NFKC");
    // None of the characters with a meaning in lines of the text dialect.
    assert!(!shown.contains(|c: char| c.is_whitespace() || "<>[]~*!@#/:,.\"'".contains(c)));
    assert!(shown.chars().any(char::is_alphanumeric));

    let again = Name::parse(shown).expect("what is shown is a name");
    check_two(name, &again);
    assert_eq!(again.shown(), shown);
    assert_eq!(again.key(), name.key());
    assert_eq!(again.look(), name.look());
    assert_eq!(again.is_reserved(), name.is_reserved());
    assert_eq!(again.is_guest(), name.is_guest());

    // Case does not matter; not every letter has a capital that is legal in a name.
    for other in [shown.to_ascii_uppercase(), shown.to_ascii_lowercase()] {
        if let Ok(other) = Name::parse(&other) {
            assert_eq!(other, *name);
            assert_eq!(other.is_reserved(), name.is_reserved(), "{shown}");
        }
    }
}

fn check_two(one: &Name, two: &Name) {
    let same = one.key() == two.key();
    assert_eq!(one == two, same);
    assert_eq!(one.cmp(two).is_eq(), same);
    assert_eq!(one.cmp(two), two.cmp(one).reverse());
    if same {
        assert_eq!(hash(one), hash(two));
    }
    if one.shown() == two.shown() {
        assert!(same && one.look() == two.look());
    }
    if one.shown().eq_ignore_ascii_case(two.shown()) {
        assert!(same, "{one} and {two}");
    }
}

fn hash(name: &Name) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
