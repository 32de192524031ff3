//! The names of users of other transports as ChatTruco's clients can use them. Those compare bytes of
//! a datagram with text, and never find a name with a letter beyond ASCII. So such a user has a form
//! of the name in ASCII, `Joao` for `João`, that is theirs alone: in lists, as a sender, and as a
//! receiver.
//!
//! A list is the whole truth for a client, and its windows are open at a name. So a form stays for as
//! long as its user is here; a user whose name is in ASCII keeps it, unless it is the form of somebody
//! who came before: then the newcomer has the suffix, `Joao_2`. The names come from outside each time,
//! in order of arrival, and this file knows nobody else.
//!
//! Invariant: `by_name` and `by_form` hold the same pairs; no form is a name in ASCII whose owner was
//! here when it was given. Who has left is forgotten when the next form is given, so there are no
//! more of them than users.

use std::collections::{HashMap, HashSet};

use super::letters::ascii;

/// See the top of this file.
#[derive(Default, Debug)]
pub(super) struct Aliases {
    /// The form of each name that differs from it.
    by_name: HashMap<String, String>,
    /// The name for each form, which is in small letters here.
    by_form: HashMap<String, String>,
}

impl Aliases {
    /// Gives forms to those of `names` who need one and have none. `here` are all names.
    pub(super) fn give<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        here: &(impl Iterator<Item = &'a str> + Clone),
    ) {
        let newcomers: Vec<&str> = names.filter(|name| self.needs_form(name)).collect();
        if newcomers.is_empty() {
            return;
        }
        // All names are looked through once, however many forms are given.
        let all: HashSet<&str> = here.clone().collect();
        self.by_name.retain(|of, _| all.contains(&**of));
        self.by_form.retain(|_, of| all.contains(&**of));
        let in_ascii: HashSet<String> = here
            .clone()
            .filter(|name| name.is_ascii())
            .map(str::to_ascii_lowercase)
            .collect();
        for name in newcomers {
            // What stood in the way of an ASCII name may have been the form of somebody who has left.
            if self.needs_form(name) {
                self.give_form(name, &in_ascii);
            }
        }
    }

    /// The name as ChatTruco's clients see it: its form, or itself.
    pub(super) fn shown<'a>(&'a self, name: &'a str) -> &'a str {
        self.by_name.get(name).map_or(name, String::as_str)
    }

    /// The name behind what a client of ChatTruco calls somebody.
    pub(super) fn name<'a>(&'a self, called: &'a str) -> &'a str {
        let name = self.by_form.get(&called.to_ascii_lowercase());
        name.map_or(called, String::as_str)
    }

    fn needs_form(&self, name: &str) -> bool {
        let has_form = self.by_name.contains_key(name);
        let is_another = || self.by_form.contains_key(&name.to_ascii_lowercase());
        !has_form && (!name.is_ascii() || is_another())
    }

    fn give_form(&mut self, name: &str, in_ascii: &HashSet<String>) {
        let base = ascii(name);
        let mut form = base.clone();
        for n in 2.. {
            let key = form.to_ascii_lowercase();
            if !in_ascii.contains(&key) && !self.by_form.contains_key(&key) {
                self.by_form.insert(key, name.to_owned());
                self.by_name.insert(name.to_owned(), form);
                return;
            }
            form = format!("{base}_{n}");
        }
    }

    #[cfg(test)]
    pub(super) fn invariants(&self) {
        assert_eq!(self.by_name.len(), self.by_form.len());
        for (name, form) in &self.by_name {
            assert!(form.is_ascii() && !form.contains([':', '#', ' ', '@']));
            assert_eq!(self.by_form.get(&form.to_ascii_lowercase()), Some(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    /// How those who are here are shown, in order of arrival.
    fn shown(aliases: &mut Aliases, here: &[&str]) -> Vec<String> {
        let all = here.iter().copied();
        aliases.give(all.clone(), &all);
        aliases.invariants();
        let shown = |name: &&str| aliases.shown(name).to_owned();
        let shown: Vec<String> = here.iter().map(shown).collect();
        for (name, form) in here.iter().zip(&shown) {
            assert_eq!(aliases.name(form), *name, "{form}");
            assert_eq!(
                aliases.name(&form.to_uppercase()),
                match form == name {
                    true => form.to_uppercase(),
                    false => (*name).to_owned(),
                }
            );
        }
        shown
    }

    #[track_caller]
    fn check(aliases: &mut Aliases, here: &[&str], expected: &[&str]) {
        assert_eq!(shown(aliases, here), expected);
    }

    #[test]
    fn a_form_stays_while_its_user_is_here() {
        let mut aliases = Aliases::default();
        check(&mut aliases, &["João"], &["Joao"]);
        // The later one gets the suffix, even if this form is their own name.
        check(&mut aliases, &["João", "Joao"], &["Joao", "Joao_2"]);
        let three = ["João", "Joao", "joaó"];
        check(&mut aliases, &three, &["Joao", "Joao_2", "joao_3"]);
        // The first one leaves. Windows are open at the others' forms.
        check(&mut aliases, &["Joao", "joaó"], &["Joao_2", "joao_3"]);
        // Back again, and nobody has the form.
        check(
            &mut aliases,
            &["Joao", "joaó", "João"],
            &["Joao_2", "joao_3", "Joao"],
        );
    }

    #[test]
    fn who_has_left_is_forgotten() {
        let mut aliases = Aliases::default();
        check(&mut aliases, &["João", "bob"], &["Joao", "bob"]);
        // A name in ASCII that nobody has any more is its owner's own.
        check(&mut aliases, &["bob", "JOAO"], &["bob", "JOAO"]);
        assert!(aliases.by_name.is_empty());
        for n in 0..1000 {
            let name = format!("zé{n}");
            check(&mut aliases, &[&name], &[&format!("ze{n}")]);
            assert_eq!(aliases.by_name.len(), 1);
        }
    }

    #[test]
    fn a_crowd_is_looked_through_once_for_many_forms() {
        let crowd: Vec<String> = (0..1000).map(|n| format!("João{n}")).collect();
        let looks = Cell::new(0);
        let all = crowd.iter().map(String::as_str);
        let counted = all.clone().inspect(|_| looks.set(looks.get() + 1));
        let mut aliases = Aliases::default();
        aliases.give(all.take(200), &counted);
        aliases.invariants();
        assert_eq!(aliases.by_name.len(), 200);
        assert!(looks.get() <= 2 * crowd.len(), "{}", looks.get());
    }

    #[test]
    fn a_name_in_ascii_that_was_here_before_is_nobody_elses_form() {
        let mut aliases = Aliases::default();
        let here = ["Ze_2", "ze", "Zé", "zÉ"];
        check(&mut aliases, &here, &["Ze_2", "ze", "Ze_3", "zE_4"]);
        check(
            &mut aliases,
            &["Ольга", "李", "王", "pessoa"],
            &["Olga", "pessoa_2", "pessoa_3", "pessoa"],
        );
    }

    proptest! {
        #[test]
        fn any_names_have_forms_of_their_own(
            steps in proptest::collection::vec(
                (any::<bool>(), "(Jo[aã]o|jo[aã]o|Z[eé]|ß|ss|李|pessoa|é+|[a-cé]{1,2})(_2|_3)?"),
                1..40,
            ),
        ) {
            let mut aliases = Aliases::default();
            let mut here: Vec<String> = Vec::new();
            let mut forms: HashMap<String, String> = HashMap::new();
            for (comes, name) in steps {
                let is_same = |other: &String| other.to_lowercase() == name.to_lowercase();
                match here.iter().position(is_same) {
                    Some(at) if !comes => {
                        forms.remove(&here.remove(at));
                    }
                    None => here.push(name),
                    Some(_) => {}
                }
                let names: Vec<&str> = here.iter().map(String::as_str).collect();
                let shown = shown(&mut aliases, &names);
                let distinct: HashSet<String> =
                    shown.iter().map(|form| form.to_ascii_lowercase()).collect();
                prop_assert_eq!(distinct.len(), here.len(), "{:?}", shown);
                for (name, form) in here.iter().zip(shown) {
                    prop_assert!(form.is_ascii());
                    let before = forms.insert(name.clone(), form.clone());
                    prop_assert!(before.is_none_or(|before| before == form), "{} moved", name);
                }
            }
        }
    }
}
