//! The texts of a result: the names of figures, and the texts for a run with few samples or an interrupted
//! one.

use super::*;
use crate::measure::schedule::Pace;
use std::time::Duration;

#[test]
fn latency_has_the_name_of_what_was_measured() {
    let told = |pace| {
        let mut run = run("papo", 10);
        run.pace = pace;
        let outcome = outcome(vec![run]);
        let texts = [
            text::document(&outcome, &[]),
            html::page(&outcome, &[]).unwrap(),
        ];
        let json: Value = serde_json::from_str(&json::document(&outcome)).unwrap();
        (texts, json["latency_from"].clone())
    };
    let (rate, from) = told(Pace::Rate(20.0));
    assert!(rate.iter().all(|text| text.contains("from the due time")));
    assert_eq!(from, "due time");
    // With a window a line is due when it is sent.
    let (window, from) = told(Pace::Window(4));
    assert!(
        window
            .iter()
            .all(|text| !text.contains("due") && text.contains("from sending"))
    );
    assert_eq!(from, "sending");
}

#[test]
fn few_samples_are_not_told_as_none() {
    let mut few = run("papo", 2);
    (few.measured.lines, few.measured.deliveries) = (1, 1);
    few.measured.took = Duration::from_secs(3);
    let told = text::document(&outcome(vec![few]), &[]);
    assert!(told.contains("1 delivery in 3.000 s: 0.333/s"), "{told}");
    let mut none = run("papo", 2);
    none.measured.latency.reset();
    none.measured.raw.reset();
    let told = text::document(&outcome(vec![none]), &[]);
    assert!(
        told.contains("latency     unknown, from the due time"),
        "{told}"
    );
}

#[test]
fn a_run_that_was_cut_short_says_so() {
    let mut run = run("papo", 10);
    (run.measured.interrupted, run.measured.deliveries) = (true, 0);
    assert!(
        run.faults(&[]).is_empty(),
        "nobody knows what would have come"
    );
    run.measured.closed = 18;
    run.measured.closed_after = Some(Duration::from_millis(1234));
    let outcome = outcome(vec![run]);
    let told = text::document(&outcome, &[]);
    assert!(
        told.contains("interrupted before its time was over"),
        "{told}"
    );
    assert!(
        told.contains("conns closed by the server: 18, the first after 1.23 s"),
        "{told}"
    );
    let told: Value = serde_json::from_str(&json::document(&outcome)).unwrap();
    assert_eq!(
        (&told["interrupted"], &told["closed_after_s"]),
        (&true.into(), &1.234.into())
    );
}
