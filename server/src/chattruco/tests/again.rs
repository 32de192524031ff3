//! Repeated datagrams: by a client, by accident, or to guess a password.

use super::script::{Player, check, show};
use crate::chattruco::limits::{LIST_AGAIN, LOGINS_PER_EMAIL};
use crate::chattruco::*;
use crate::hub::Verdict;

#[test]
fn a_repeated_login_is_asked_once_and_answered_again() {
    check(
        "10.0.0.1> Con ana@x secret
        * verify 1 ana@x secret
        # The network has doubled it. Its client waits for one answer.
        10.0.0.1> Con ana@x secret
        10.0.0.1> Con ana@x secret
        accounts> right 1
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#
        # Its answer was lost, or the client was started again.
        10.0.0.1> Con ana@x secret
        10.0.0.1< ana@x:10.0.0.1#
        wait 0.9
        10.0.0.1> Con ana@x secret
        10.0.0.1< ana@x:10.0.0.1#
        wait 0.1
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
fn a_login_that_comes_again_at_once_has_no_long_list() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    player.play(&format!("others {}", ["bob"; 60].join(" ")));
    player.play("10.0.0.1> Con ana@x secret");
    player.play("accounts> right 1");
    player.play("wait 1");
    player.play("10.0.0.1> Seis ana@x");
    let answer = |player: &mut Player| {
        let out = player.play("10.0.0.1> Con ana@x secret");
        let [Out::Send { bytes, .. }] = &out[..] else {
            panic!("{out:?}");
        };
        bytes.len()
    };
    assert!(answer(&mut player) > 500);
    for _ in 0..3 {
        assert!(answer(&mut player) <= 3 * "Con ana@x secret".len());
    }
    player.now += LIST_AGAIN;
    assert!(answer(&mut player) > 500);
}

#[test]
fn a_doubled_registration_is_asked_once_and_a_second_one_finds_it_done() {
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
        # Its user presses the button again.
        10.0.0.1> Sin ana@x secret
        * register 4 ana@x secret
        accounts> there 4
        10.0.0.1< sin_erro_em
        # What was said before it is true no longer.
        10.0.0.2> Con ana@x secret
        * verify 5 ana@x secret
        # The same from elsewhere, or with another password, is another question.
        10.0.0.3> Sin ana@x secret
        * register 6 ana@x secret
        10.0.0.1> Sin ana@x other
        * register 7 ana@x other
        accounts> there 7
        10.0.0.1< sin_erro_em",
    );
}

#[test]
fn many_at_one_address_are_all_answered() {
    let mut player = Player::new(AnswerTo::SourcePort);
    for n in 1..=200 {
        // Of one client, and of another each.
        for port in [4000, 5000 + n] {
            let asked = player.play(&format!("127.0.0.1:{port}> Con u{n}@x secret"));
            assert!(matches!(asked[..], [Out::Ask { .. }]), "{asked:?}");
        }
    }
    for ticket in 1..=400 {
        let out = player.play(&format!("accounts> none {ticket}"));
        assert!(
            matches!(&out[..], [Out::Send { bytes, .. }] if bytes == b"erro_em"),
            "{out:?}"
        );
    }
}

#[test]
fn nothing_comes_before_the_answer_to_a_login() {
    check(
        "others bob
        10.0.0.1> Con ana@x secret-secret
        * verify 1 ana@x secret-secret
        accounts> right 1
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#bob:10.0.0.254#
        wait 1
        10.0.0.1< Truco ana@x:10.0.0.1#bob:10.0.0.254#
        10.0.0.1> Seis ana@x
        wait 0.9
        # It is started again before anybody notices that it was gone.
        10.0.0.1> Con ana@x other
        * verify 2 ana@x other
        papo> private ana@x bob are you there?
        wait 5
        accounts> wrong 2
        10.0.0.1< erro_pw
        10.0.0.1> Con ana@x secret
        * verify 3 ana@x secret
        wait 5
        papo> private ana@x bob hello?
        accounts> right 3
        10.0.0.1< ana@x:10.0.0.1#bob:10.0.0.254#
        # A whole second later, and then what waited.
        papo> private ana@x bob hello??
        wait 0.9
        wait 0.1
        10.0.0.1< Truco ana@x:10.0.0.1#bob:10.0.0.254#
        10.0.0.1> Seis ana@x
        10.0.0.1< Envia ana@x bob #m#are you there?
        10.0.0.1< Envia ana@x bob #m#hello?
        10.0.0.1< Envia ana@x bob #m#hello??
        papo> private ana@x bob at last
        10.0.0.1< Envia ana@x bob #m#at last",
    );
}

#[test]
fn another_user_at_an_address_gets_no_heartbeat_of_the_last_one() {
    check(
        "10.0.0.1> Con ana@x secret
        * verify 1 ana@x secret
        accounts> right 1
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#
        10.0.0.1> Sin bob@x secret
        * register 2 bob@x secret
        wait 3
        accounts> registered 2
        10.0.0.1< sin_ok
        wait 0.5
        10.0.0.1> Con bob@x secret
        * verify 3 bob@x secret
        wait 2
        # The answer that was kept would be the wrong one.
        10.0.0.1> Con ana@x secret
        * verify 4 ana@x secret
        accounts> right 3
        * online bob@x
        10.0.0.1< ana@x:10.0.0.1#bob@x:10.0.0.1#
        accounts> busy 4
        10.0.0.1< erro",
    );
}

#[test]
fn whoever_moved_or_was_put_out_before_the_list_is_refused() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    player.play("10.0.0.1> Con ana@x secret");
    player.play("10.0.0.2> Con ana@x secret");
    let (now, mut out) = (player.now, Vec::new());
    player.directory.answer(now, 1, Verdict::Right, &mut out);
    player.directory.answer(now, 2, Verdict::Right, &mut out);
    out.clear();
    player.directory.tick(now, &[].into_iter(), &mut out);
    let shown: Vec<String> = out.iter().map(show).collect();
    assert_eq!(shown, ["10.0.0.1< erro", "10.0.0.2< ana@x:10.0.0.2#"]);
}

#[test]
fn whoever_is_not_served_is_refused_if_they_wait() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    player.play("10.0.0.1> Con ana@x secret");
    player.play("10.0.0.1> Sin bob@x secret");
    let mut out = Vec::new();
    player.directory.close(&mut out);
    let from = SocketAddr::from(([10, 0, 0, 9], 4000));
    let here = player.address_here();
    for text in [
        "Con ana@x secret",
        "Sin ana@x secret",
        "Con",
        "Seis ana@x",
        "Envia bob ana@x #m#hi",
        "",
    ] {
        let directory = &player.directory;
        directory.turn_away(from, here, text.as_bytes(), false, &mut out);
    }
    let shown: Vec<String> = out.iter().map(show).collect();
    assert_eq!(
        shown,
        [
            "10.0.0.1< erro",
            "10.0.0.1< sin_erro",
            "10.0.0.9< erro",
            "10.0.0.9< sin_erro",
            "10.0.0.9< erro",
        ]
    );
    assert_eq!(player.directory.deadline(), None);
    player.check("accounts> right 1");
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
        wait 59
        10.0.0.1> Con ana@x secret
        wait 1
        10.0.0.1< erro
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
