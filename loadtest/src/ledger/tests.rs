//! The ledger against scripted arrivals: every kind of fault, and only that, is found.

use super::*;

/// Sends `lines` lines of each sender, delivers what the script says as (receiver, sender,
/// counter), and gives the verdict.
fn verdict(bots: usize, senders: usize, lines: u32, script: &[(usize, u32, u32)]) -> Verdict {
    let mut ledger = sent(bots, senders, lines);
    for &(receiver, sender, counter) in script {
        ledger.receive(receiver, sender, counter);
    }
    ledger.close()
}

fn sent(bots: usize, senders: usize, lines: u32) -> Ledger {
    let mut ledger = Ledger::new(bots, senders);
    for sender in 0..senders {
        for counter in 0..lines {
            assert_eq!(ledger.send(sender), counter);
        }
    }
    ledger
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
    let mut ledger = sent(2, 1, 4);
    assert_eq!(ledger.receive(1, 0, 2), Arrival::Owed { jumped: 2 });
    assert_eq!(ledger.receive(1, 0, 1), Arrival::Fault);
    assert_eq!(ledger.receive(1, 0, 3), Arrival::Owed { jumped: 0 });
}

#[test]
fn a_told_gap_is_no_silent_loss() {
    let mut ledger = sent(3, 1, 5);
    ledger.receive(1, 0, 0);
    ledger.skip(1, 3);
    ledger.receive(1, 0, 4);
    (0..5).for_each(|counter| {
        ledger.receive(2, 0, counter);
    });
    let verdict = ledger.close();
    assert_eq!(verdict.lost.count, 0);
    assert_eq!(verdict.faults(), ["lines skipped, as the server told: 3"]);
}

#[test]
fn a_gap_larger_than_told_is_a_loss() {
    let mut ledger = sent(2, 1, 5);
    ledger.skip(1, 2);
    (2..4).for_each(|counter| {
        ledger.receive(1, 0, counter);
    });
    let verdict = ledger.close();
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
