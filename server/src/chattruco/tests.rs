//! Dialogues with the directory: each row of ChatTruco's table, moves, losses and forgeries.
//! Repeated datagrams and guessing are in again.rs; private lines in bridge.rs; datagrams that say
//! nothing in wrong.rs; random bytes and many users in storm.rs; the script language in script.rs.

mod again;
mod bridge;
mod script;
mod storm;
mod wrong;

use super::*;
use script::{Player, check};

#[test]
fn registering() {
    check(
        "10.0.0.1> Sin ana@x secret
        * register 1 ana@x secret
        accounts> registered 1
        10.0.0.1< sin_ok

        # In any case it is the same e-mail.
        10.0.0.2> Sin ANA@X other
        * register 2 ana@x other
        accounts> there 2
        10.0.0.2< sin_erro_em

        10.0.0.3> Sin
        10.0.0.3< sin_erro
        10.0.0.3> Sin ana@x
        10.0.0.3< sin_erro
        10.0.0.3> Sin ana@x two words
        10.0.0.3< sin_erro
        10.0.0.3> Sin ana secret
        10.0.0.3< sin_erro
        10.0.0.3> Sin a#:@x secret
        10.0.0.3< sin_erro",
    );
}

#[test]
fn logging_in() {
    check(
        "10.0.0.1> Con ana@x secret
        * verify 1 ana@x secret
        accounts> right 1
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#

        # Its client listens to its own spelling.
        10.0.0.2> Con Bob@X secret
        * verify 2 bob@x secret
        accounts> right 2
        * online bob@x
        10.0.0.2< ana@x:10.0.0.1#Bob@X:10.0.0.2#

        10.0.0.3> Con carl@x guess
        * verify 3 carl@x guess
        accounts> wrong 3
        10.0.0.3< erro_pw
        10.0.0.3> Con nobody@x guess
        * verify 4 nobody@x guess
        accounts> none 4
        10.0.0.3< erro_em

        10.0.0.3> Con
        10.0.0.3< erro
        10.0.0.3> Con carl@x
        10.0.0.3< erro
        10.0.0.3> Con carl@x two words
        10.0.0.3< erro
        10.0.0.3> Con carl secret
        10.0.0.3< erro_em",
    );
}

#[test]
fn heartbeats_and_signs_of_life() {
    check(
        "others bob carl
        10.0.0.1> Con ana@x a-long-secret
        * verify 1 ana@x a-long-secret
        accounts> right 1
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#bob:10.0.0.254#carl:10.0.0.254#
        wait 0.9
        wait 0.1
        10.0.0.1< Truco ana@x:10.0.0.1#bob:10.0.0.254#carl:10.0.0.254#
        10.0.0.1> Seis ana@x
        others carl
        wait 2
        10.0.0.1< Truco ana@x:10.0.0.1#carl:10.0.0.254#
        10.0.0.1< Truco ana@x:10.0.0.1#carl:10.0.0.254#
        # Two are lost; the answer to the third comes late, and in another case.
        others
        wait 1.9
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1> Seis ANA@X\\n
        # Three more, and nothing within a second of the third.
        wait 3
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        wait 1
        * offline ana@x
        wait 100",
    );
}

#[test]
fn a_removed_user_gets_nothing_until_they_log_in_again() {
    check(
        "10.0.0.1> Con Ana@x secret
        * verify 1 ana@x secret
        accounts> right 1
        * online ana@x
        10.0.0.1< Ana@x:10.0.0.1#
        10.0.0.2> Con bob@x secret
        * verify 2 bob@x secret
        accounts> right 2
        * online bob@x
        10.0.0.2< Ana@x:10.0.0.1#bob@x:10.0.0.2#
        papo> put out ANA@x
        * offline ana@x
        papo> put out ANA@x
        # Bob is told by the list; its sign of life and its lines are nobody's.
        10.0.0.1> Seis ana@x
        * DEBUG directory: ignored from 10.0.0.1:54319: a sign of life of somebody else
        10.0.0.1> Envia carl ana@x #m#hello
        wait 1
        10.0.0.2< Truco bob@x:10.0.0.2#
        # The same datagram as before is a login.
        10.0.0.1> Con Ana@x secret
        * verify 3 ana@x secret
        accounts> right 3
        * online ana@x
        10.0.0.1< bob@x:10.0.0.2#Ana@x:10.0.0.1#
        10.0.0.2> Seis bob@x
        wait 1
        10.0.0.2< Truco bob@x:10.0.0.2#Ana@x:10.0.0.1#
        10.0.0.1< Truco bob@x:10.0.0.2#Ana@x:10.0.0.1#",
    );
}

#[test]
fn an_unproven_address_is_sent_little() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    let names: Vec<String> = (0..60).map(|n| format!("name{n}")).collect();
    player.play(&format!("others {}", names.join(" ")));
    let login = "Con victim@school secret";
    player.check(
        "10.0.0.1> Con victim@school secret
        * verify 1 victim@school secret
        accounts> right 1
        * online victim@school
        10.0.0.1< victim@school:10.0.0.1#name0:10.0.0.254#name1:10.0.0.254#
        papo> private victim@school bob a line that waits
        # No heartbeat has come, so this is the answer to nothing.
        10.0.0.1> Seis victim@school
        wait 3
        10.0.0.1< Truco victim@school:10.0.0.1#name0:10.0.0.254#name1:10.0.0.254#
        10.0.0.1< Truco victim@school:10.0.0.1#name0:10.0.0.254#name1:10.0.0.254#
        10.0.0.1< Truco victim@school:10.0.0.1#name0:10.0.0.254#name1:10.0.0.254#",
    );
    let list = "Truco victim@school:10.0.0.1#name0:10.0.0.254#name1:10.0.0.254#";
    assert!(list.len() <= 3 * login.len());
    // Its answer brings the lines that waited, at once.
    let out = player.play("10.0.0.1> Seis victim@school");
    let sent: Vec<&[u8]> = out
        .iter()
        .map(|out| match out {
            Out::Send { bytes, .. } => &bytes[..],
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sent[0], b"Envia victim@school bob #m#a line that waits");
    assert!(sent[1].starts_with(b"Truco victim@school:") && sent[1].len() > 1000);
    // From another address it must prove itself again.
    player.play("10.0.0.2> Con victim@school secret");
    let out = player.play("accounts> right 2");
    let Some(Out::Send { bytes, .. }) = out.last() else {
        panic!("{out:?}");
    };
    assert!(bytes.len() <= 3 * login.len());
}

#[test]
fn nothing_is_due_while_nobody_is_online() {
    let mut player = Player::new(AnswerTo::FixedPort(PORT));
    assert_eq!(player.directory.deadline(), None);
    player.play("10.0.0.1> Con ana@x secret");
    // It waits for the verdict, not for ever.
    let late = player.now + ANSWER_WITHIN;
    assert_eq!(player.directory.deadline(), Some(late));
    player.play("accounts> right 1");
    assert!(player.directory.deadline().is_some());
    assert_eq!(player.directory.online().collect::<Vec<_>>(), ["ana@x"]);
    player.play("wait 4");
    assert_eq!(player.directory.deadline(), None);
}

#[test]
fn a_second_login_moves_the_user() {
    check(
        "10.0.0.1> Con ana@x secret
        * verify 1 ana@x secret
        accounts> right 1
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#
        10.0.0.2 to 10.9.9.9> Con ana@x secret
        * verify 2 ana@x secret
        accounts> right 2
        * INFO directory: ana@x moved from 10.0.0.1 to 10.0.0.2
        10.0.0.2< (from 10.9.9.9) ana@x:10.0.0.2#
        # The old client's signs of life count no longer.
        wait 3
        10.0.0.2< (from 10.9.9.9) Truco ana@x:10.0.0.2#
        10.0.0.2< (from 10.9.9.9) Truco ana@x:10.0.0.2#
        10.0.0.2< (from 10.9.9.9) Truco ana@x:10.0.0.2#
        10.0.0.1> Seis ana@x
        * DEBUG directory: ignored from 10.0.0.1:54319: a sign of life of somebody else
        # And back again, though the old answer is not forgotten yet.
        10.0.0.1> Con ana@x secret
        * verify 3 ana@x secret
        accounts> right 3
        * INFO directory: ana@x moved from 10.0.0.2 to 10.0.0.1
        10.0.0.1< ana@x:10.0.0.1#
        wait 4
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        * offline ana@x",
    );
}

#[test]
fn a_client_that_starts_again() {
    check(
        "10.0.0.1> Con ana@x secret
        * verify 1 ana@x secret
        accounts> right 1
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#
        wait 4
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#
        * offline ana@x
        10.0.0.1> Con ana@x secret
        * verify 2 ana@x secret
        accounts> right 2
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#
        # The same computer, another user: only one of them answers.
        10.0.0.1> Con bob@x secret
        * verify 3 bob@x secret
        accounts> right 3
        * online bob@x
        10.0.0.1< ana@x:10.0.0.1#bob@x:10.0.0.1#
        wait 3
        10.0.0.1< Truco ana@x:10.0.0.1#bob@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#bob@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#bob@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#bob@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#bob@x:10.0.0.1#
        10.0.0.1< Truco ana@x:10.0.0.1#bob@x:10.0.0.1#
        10.0.0.1> Seis bob@x
        wait 1
        * offline ana@x
        10.0.0.1< Truco bob@x:10.0.0.1#",
    );
}

#[test]
fn every_client_knows_the_server_by_its_own_address() {
    check(
        "others bob
        10.0.0.1 to 10.0.0.254> Con ana@x secret-words
        * verify 1 ana@x secret-words
        accounts> right 1
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#bob:10.0.0.254#
        192.168.7.7 to 192.168.7.1> Con carl@x secret-words
        * verify 2 carl@x secret-words
        accounts> right 2
        * online carl@x
        192.168.7.7< (from 192.168.7.1) ana@x:10.0.0.1#carl@x:192.168.7.7#bob:192.168.7.1#
        wait 1
        10.0.0.1< Truco ana@x:10.0.0.1#carl@x:192.168.7.7#bob:10.0.0.254#
        192.168.7.7< (from 192.168.7.1) Truco ana@x:10.0.0.1#carl@x:192.168.7.7#bob:192.168.7.1#
        192.168.7.7> Seis carl@x
        papo> private carl@x bob hi
        192.168.7.7< (from 192.168.7.1) Envia carl@x bob #m#hi",
    );
}

#[test]
fn answers_go_to_the_port_that_was_chosen() {
    check(
        "10.0.0.1:4000> Con
        10.0.0.1< erro
        10.0.0.1:4000> Con ana@x secret
        * verify 1 ana@x secret
        accounts> right 1
        * online ana@x
        10.0.0.1< ana@x:10.0.0.1#
        10.0.0.1:5000> Envia bob ana@x #m#hi
        * private ana@x to bob: hi",
    );
    Player::new(AnswerTo::SourcePort).check(
        "10.0.0.1:4000> Con ana@x secret
        * verify 1 ana@x secret
        accounts> right 1
        * online ana@x
        10.0.0.1:4000< ana@x:10.0.0.1#
        10.0.0.1:5000> Envia bob ana@x #m#hi
        * DEBUG directory: ignored from 10.0.0.1:5000: a message of somebody else
        10.0.0.1:5000> Con bob@x secret
        * verify 2 bob@x secret
        accounts> right 2
        * online bob@x
        10.0.0.1:5000< ana@x:10.0.0.1#bob@x:10.0.0.1#",
    );
}
