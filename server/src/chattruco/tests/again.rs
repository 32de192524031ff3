//! Repeated datagrams: by a client, by accident, or to guess a password.

use super::script::{Player, check};
use crate::chattruco::limits::LOGINS_PER_EMAIL;
use crate::chattruco::*;

#[test]
fn a_repeated_login_is_asked_once() {
    check(
        "10.0.0.1> Con ana@x secret
        * verify 1 ana@x secret
        10.0.0.1> Con ana@x secret
        10.0.0.1> Con ana@x other
        accounts> right 1
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#
        # Its answer was lost. One that is only late is not answered once more.
        10.0.0.1> Con ana@x secret
        wait 0.6
        10.0.0.1> Con ana@x secret
        10.0.0.1< ana@x:10.0.0.1#
        10.0.0.1> Con ana@x secret
        wait 0.4
        10.0.0.1< Truco ana@x:10.0.0.1#
        # After a while it is asked again, and still nobody is told twice.
        10.0.0.1> Seis ana@x
        wait 3
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1> Seis ana@x
        wait 3
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1> Seis ana@x
        wait 3
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1> Con ana@x secret
        * verify 2 ana@x secret
        accounts> right 2
        10.0.0.1< ana@x:10.0.0.1#
        # A verdict that comes twice, and one that nobody asked for.
        accounts> right 2
        accounts> right 99",
    );
}

#[test]
fn a_repeated_registration_is_asked_once() {
    check(
        "10.0.0.1> Con ana@x secret
        * verify 1 ana@x secret
        accounts> none 1
        10.0.0.1< erro_em
        10.0.0.2> Con ana@x secret
        * verify 2 ana@x secret
        accounts> none 2
        10.0.0.2< erro_em
        10.0.0.1> Sin ana@x secret
        * register 3 ana@x secret
        10.0.0.1> Sin ana@x secret
        accounts> registered 3
        10.0.0.1< sin_ok
        wait 9
        10.0.0.1> Sin ana@x secret
        10.0.0.1< sin_ok
        # What was said before it is true no longer.
        10.0.0.2> Con ana@x secret
        * verify 4 ana@x secret
        # The same from elsewhere, or with another password, is another question.
        10.0.0.3> Sin ana@x secret
        * register 5 ana@x secret
        10.0.0.1> Sin ana@x other
        * register 6 ana@x other
        accounts> there 6
        10.0.0.1< sin_erro_em
        10.0.0.1> Sin ana@x other
        10.0.0.1< sin_erro_em
        wait 10
        10.0.0.1> Sin ana@x secret
        * register 7 ana@x secret",
    );
}

#[test]
fn accounts_that_are_busy_or_broken_or_silent() {
    check(
        "10.0.0.1> Con ana@x secret
        * verify 1 ana@x secret
        accounts> busy 1
        10.0.0.1< erro
        10.0.0.1> Con ana@x secret
        * verify 2 ana@x secret
        accounts> failed 2
        10.0.0.1< erro
        10.0.0.1> Con ana@x secret
        * verify 3 ana@x secret
        accounts> registered 3
        10.0.0.1< erro
        10.0.0.1> Con ana@x secret
        * verify 4 ana@x secret
        wait 29
        10.0.0.1> Con ana@x secret
        wait 1
        10.0.0.1> Con ana@x secret
        * verify 5 ana@x secret
        accounts> right 4
        accounts> right 5
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#",
    );
}

#[test]
fn guessing_from_one_address() {
    check(
        "10.0.0.1> Con ana@x one
        * verify 1 ana@x one
        accounts> wrong 1
        10.0.0.1< erro_pw
        # A datagram that comes twice is one guess.
        10.0.0.1> Con ana@x one
        10.0.0.1< erro_pw
        10.0.0.1> Con nobody@x two
        * verify 2 nobody@x two
        accounts> none 2
        10.0.0.1< erro_em
        10.0.0.1> Con ana@x three
        * verify 3 ana@x three
        accounts> wrong 3
        10.0.0.1< erro_pw
        10.0.0.1> Con ana@x secret
        10.0.0.1< erro
        * INFO directory: too many tries: 10.0.0.1 for ana@x is not looked at
        10.0.0.1> Con ana@x secret
        10.0.0.1< erro
        # The others are none the worse.
        10.0.0.2> Con ana@x secret
        * verify 4 ana@x secret
        accounts> right 4
        * online ana@x
        10.0.0.2< ana@x:10.0.0.2#
        wait 4
        10.0.0.2< Truco ana@x:10.0.0.2#
        10.0.0.2< Truco ana@x:10.0.0.2#
        10.0.0.2< Truco ana@x:10.0.0.2#
        * offline ana@x
        # A guess each 20 s; the right one is none.
        wait 15
        10.0.0.1> Con ana@x secret
        10.0.0.1< erro
        * INFO directory: too many tries: 10.0.0.1 for ana@x is not looked at, and 1 like it before
        wait 1
        10.0.0.1> Con ana@x secret
        * verify 5 ana@x secret
        accounts> right 5
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#
        10.0.0.1> Con bob@x four
        * verify 6 bob@x four",
    );
}

#[test]
fn guessing_at_one_e_mail_from_many_addresses() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    for guess in 1..=LOGINS_PER_EMAIL {
        // The verdicts are still open: a guess counts when it is made.
        let asked = player.play(&format!("10.0.1.{guess}> Con ana@x {guess}"));
        assert!(matches!(asked[..], [Out::Ask { .. }]), "{asked:?}");
    }
    player.check(
        "10.0.2.1> Con ana@x secret
        10.0.2.1< erro
        * INFO directory: too many tries: 10.0.2.1 for ana@x is not looked at
        10.0.2.1> Con bob@x secret
        * verify 11 bob@x secret
        10.0.0.1> Sin carl@x secret
        * register 12 carl@x secret
        accounts> registered 12
        10.0.0.1< sin_ok
        10.0.0.1> Sin dora@x secret
        * register 13 dora@x secret
        accounts> registered 13
        10.0.0.1< sin_ok
        10.0.0.1> Sin eva@x secret
        * register 14 eva@x secret
        accounts> registered 14
        10.0.0.1< sin_ok
        10.0.0.1> Sin fay@x secret
        10.0.0.1< sin_erro",
    );
}
