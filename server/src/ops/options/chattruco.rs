//! The options of ChatTruco's directory, as the command line gives them.

use crate::chattruco::{AnswerTo, Directory, PORT};
use crate::net::listen::Place;

/// Its line in the table of `--seeds`.
pub(super) const SEED: (&str, &str) = ("ChatTruco", "54319/udp");

/// The directory to serve.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// The address of its socket.
    pub place: Place,
    answer_to: AnswerTo,
}

impl Wanted {
    /// An empty directory that answers as it was asked to.
    pub fn directory(&self) -> Directory {
        Directory::new(self.answer_to)
    }
}

/// The directory that is asked for: at this place, or at its usual port with `--seeds`.
pub(super) fn wanted(place: Option<Place>, to_source_port: bool, seeds: bool) -> Option<Wanted> {
    let usual = seeds.then_some(Place::Anywhere { port: PORT });
    let answer_to = match to_source_port {
        true => AnswerTo::SourcePort,
        false => AnswerTo::FixedPort(PORT),
    };
    place.or(usual).map(|place| Wanted { place, answer_to })
}

#[cfg(test)]
mod tests {
    use super::super::tests::options;
    use super::*;

    #[test]
    fn a_directory_is_served_if_asked_for_and_with_the_older_systems() {
        let wanted = |line: &str| options(line).chattruco;
        let at = |port, answer_to| {
            let place = Place::Anywhere { port };
            Some(Wanted { place, answer_to })
        };
        assert_eq!(wanted(""), None);
        assert_eq!(wanted("--seeds"), at(54319, AnswerTo::FixedPort(PORT)));
        assert_eq!(
            wanted("--seeds --chattruco 4000 --chattruco-source-port"),
            at(4000, AnswerTo::SourcePort)
        );
    }

    #[test]
    fn the_table_names_its_port() {
        assert_eq!(SEED.1, format!("{PORT}/udp"));
    }
}
