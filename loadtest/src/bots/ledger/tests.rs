//! The ledger against scripted arrivals: every kind of fault, and only that, is found.

use super::*;

use crate::scenario::Scenario;

/// Send `lines` lines of each sender, deliver the lines of the script, (receiver, sender, counter), and
/// return the verdict.
fn verdict(bots: usize, senders: usize, lines: u32, script: &[(usize, u32, u32)]) -> Verdict {
    let sent = sent(senders, lines);
    let mut ledger = room(bots, senders, &sent);
    for &(receiver, sender, counter) in script {
        ledger.receive(receiver, sender, counter);
    }
    Verdict::of(&[ledger.close()])
}

fn sent(senders: usize, lines: u32) -> Sent {
    let sent = Sent::new(senders);
    for sender in 0..senders {
        for counter in 0..lines {
            assert_eq!(sent.send(sender), counter);
        }
    }
    sent
}

fn room(bots: usize, senders: usize, sent: &Sent) -> Ledger<'_> {
    let groups = Groups::of_scenario(Scenario::Fanout, bots, bots, senders);
    Ledger::new(groups, 0..bots, false, sent)
}

fn check(bots: usize, senders: usize, lines: u32, script: &[(usize, u32, u32)], faults: &[&str]) {
    assert_eq!(verdict(bots, senders, lines, script).faults(), faults);
}

#[test]
fn all_is_well() {
    let script = [(1, 0, 0), (2, 0, 0), (2, 0, 1), (1, 0, 1)];
    check(3, 1, 2, &script, &[]);
    assert_eq!(verdict(3, 1, 2, &script).order, Order::Same(2));
}

#[test]
fn a_lost_line_is_found_in_the_middle_and_at_the_end() {
    let expected = ["lost: 1 line (first: line 1 of bot0 at bot1)"];
    check(2, 1, 3, &[(1, 0, 0), (1, 0, 2)], &expected);
    check(2, 1, 2, &[(1, 0, 0)], &expected);
}

#[test]
fn a_silent_receiver_has_lost_everything() {
    let expected = ["lost: 3 lines (first: line 0 of bot0 at bot2)"];
    check(3, 1, 3, &[(1, 0, 0), (1, 0, 1), (1, 0, 2)], &expected);
}

#[test]
fn a_doubled_line_is_not_a_late_one() {
    let expected = ["duplicated: 1 line (first: line 0 of bot0 at bot1)"];
    check(2, 1, 2, &[(1, 0, 0), (1, 0, 1), (1, 0, 0)], &expected);
}

#[test]
fn a_late_line_is_not_lost() {
    let script = [(1, 0, 3), (1, 0, 1), (1, 0, 0), (1, 0, 2), (1, 0, 2)];
    let expected = [
        "duplicated: 1 line (first: line 2 of bot0 at bot1)",
        "out of order: 3 lines (first: line 1 of bot0 at bot1)",
    ];
    check(2, 1, 4, &script, &expected);
}

#[test]
fn a_line_jumped_over_is_told_to_the_window() {
    let sent = sent(1, 4);
    let mut ledger = room(2, 1, &sent);
    let owed = |jumped| Arrival::Expected { lane: 0, jumped };
    assert_eq!(ledger.receive(1, 0, 2), owed(2));
    assert_eq!(ledger.receive(1, 0, 1), Arrival::Fault);
    assert_eq!(ledger.receive(1, 0, 3), owed(0));
}

#[test]
fn a_told_gap_is_no_silent_loss() {
    let sent = sent(1, 5);
    let mut ledger = room(3, 1, &sent);
    ledger.receive(1, 0, 0);
    ledger.skip(1, 3);
    ledger.receive(1, 0, 4);
    (0..5).for_each(|counter| {
        ledger.receive(2, 0, counter);
    });
    let verdict = Verdict::of(&[ledger.close()]);
    assert_eq!(verdict.lost.count, 0);
    assert_eq!(verdict.faults(), ["lines skipped, as the server told: 3"]);
}

#[test]
fn a_gap_larger_than_told_is_a_loss() {
    let sent = sent(1, 5);
    let mut ledger = room(2, 1, &sent);
    ledger.skip(1, 2);
    (2..4).for_each(|counter| {
        ledger.receive(1, 0, counter);
    });
    let verdict = Verdict::of(&[ledger.close()]);
    assert_eq!((verdict.lost.count, verdict.skipped), (1, 2));
}

#[test]
fn an_echo_and_an_invention_are_named() {
    let script = [(0, 0, 0), (1, 0, 0), (1, 5, 0), (1, 0, 1)];
    let expected = [
        "sent back to their sender: 1 line (first: line 0 of bot0 at bot0)",
        "never sent by anybody: 2 lines (first: line 0 of bot5 at bot1)",
    ];
    check(2, 1, 1, &script, &expected);
}

#[test]
fn two_orders_of_two_senders_differ_though_each_sender_is_in_order() {
    let one = [(0, 1, 0), (1, 0, 0), (2, 0, 0), (2, 1, 0)];
    let same = [(3, 0, 0), (3, 1, 0)];
    let other = [(3, 1, 0), (3, 0, 0)];
    check(4, 2, 1, &[&one[..], &same].concat(), &[]);
    let expected = ["order differs between listeners: 1 from the first"];
    check(4, 2, 1, &[&one[..], &other].concat(), &expected);
}

#[test]
fn senders_are_not_compared() {
    let verdict = verdict(2, 2, 1, &[(0, 1, 0), (1, 0, 0)]);
    assert_eq!(verdict.order, Order::Unknown);
    assert!(verdict.faults().is_empty());
}

#[test]
fn where_lines_are_echoed_each_bot_is_owed_its_own() {
    let sent = sent(1, 2);
    let groups = Groups::of_scenario(Scenario::Fanout, 2, 2, 1);
    let mut ledger = Ledger::new(groups, 0..2, true, &sent);
    for (receiver, counter) in [(0, 0), (1, 0), (1, 1)] {
        let owed = Arrival::Expected { lane: 0, jumped: 0 };
        assert_eq!(ledger.receive(receiver, 0, counter), owed);
    }
    let verdict = Verdict::of(&[ledger.close()]);
    let expected = ["lost: 1 line (first: line 1 of bot0 at bot0)"];
    assert_eq!(verdict.faults(), expected);
}

/// Three rooms of three bots, two senders in each; the last room has its own thread.
#[test]
fn each_room_has_its_own_accounts_in_whichever_thread() {
    let sent = sent(6, 1);
    let groups = Groups::of_scenario(Scenario::Rooms, 9, 3, 2);
    let judge = |wrong: &[(usize, u32)]| {
        let findings = [0..6, 6..9].map(|bots: Range<usize>| {
            let mut ledger = Ledger::new(groups, bots.clone(), false, &sent);
            for receiver in bots.clone() {
                for lane in groups.lanes(groups.of(receiver)) {
                    let sender = groups.sender(lane);
                    if sender != receiver && !wrong.contains(&(receiver, sender as u32)) {
                        let arrival = ledger.receive(receiver - bots.start, sender as u32, 0);
                        assert_eq!(arrival, Arrival::Expected { lane, jumped: 0 });
                    }
                }
            }
            for &(receiver, sender) in wrong.iter().filter(|wrong| bots.contains(&wrong.0)) {
                ledger.receive(receiver - bots.start, sender, 0);
            }
            ledger.close()
        });
        Verdict::of(&findings)
    };
    assert_eq!(judge(&[]).faults(), [""; 0]);
    // In each room one bot only listens.
    assert_eq!(judge(&[]).order, Order::Unknown);
    let stray = judge(&[(7, 0), (2, 7)]);
    let expected = ["never sent by anybody: 2 lines (first: line 0 of bot0 at bot7)"];
    assert_eq!(stray.faults(), expected);
    let own = judge(&[(6, 6)]);
    let expected = ["sent back to their sender: 1 line (first: line 0 of bot6 at bot6)"];
    assert_eq!(own.faults(), expected);
}

#[test]
fn orders_are_compared_across_threads_and_within_groups() {
    let sent = sent(2, 1);
    let groups = Groups::of_scenario(Scenario::Fanout, 6, 6, 2);
    let judge = |last: [u32; 2]| {
        let mut first = Ledger::new(groups, 0..4, false, &sent);
        let mut second = Ledger::new(groups, 4..6, false, &sent);
        for (receiver, sender) in [(0, 1), (1, 0), (2, 0), (2, 1), (3, 0), (3, 1)] {
            first.receive(receiver, sender, 0);
        }
        for (receiver, order) in [(0, [0, 1]), (1, last)] {
            for sender in order {
                second.receive(receiver, sender, 0);
            }
        }
        Verdict::of(&[first.close(), second.close()]).order
    };
    assert_eq!(judge([0, 1]), Order::Same(4));
    assert_eq!(judge([1, 0]), Order::Differs(1));
}
