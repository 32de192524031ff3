//! Conditions: what is parsed, what is refused with which error, and how runs are judged.

use super::*;
use crate::report::figures::tests::run;

fn limit(text: &str) -> f64 {
    let [condition] = &parse(text).unwrap()[..] else {
        panic!("{text} is not one condition")
    };
    condition.limit
}

#[test]
fn each_unit_is_understood() {
    for (text, value) in [
        ("p99>50ms", 50_000.0),
        ("p50 >= 2s", 2e6),
        ("raw-p999<7us", 7.0),
        ("max>0", 0.0),
        ("mean<=1.5 ms", 1500.0),
        ("loss>5", 5.0),
        ("loss>5%", 0.05),
        ("rate<2k", 2000.0),
        ("rate<1.5M", 1.5e6),
        ("memory>=2KiB", 2048.0),
        ("memory>1MiB", 1_048_576.0),
        ("cpu>3us", 3.0),
        ("join>1s", 1e6),
        ("late>1%", 0.01),
    ] {
        assert!((limit(text) - value).abs() < 1e-9, "{text}");
    }
    assert_eq!(parse("p99>1ms, loss>0").unwrap().len(), 2);
}

#[test]
fn what_is_not_understood_is_told_with_what_is_possible() {
    for (text, words) in [
        ("p99", "> >= < <= are possible"),
        ("", "> >= < <= are possible"),
        ("p98>1ms", "there are p50 p90 p99 p999 max mean raw-p50"),
        ("p99>50", "needs a unit: us ms s"),
        ("p99>50KiB", "needs a unit: us ms s"),
        ("memory>3ms", "needs a unit: B KiB MiB"),
        ("closed>1%", "needs a unit: none k M"),
        ("p99>fast", "compares with no number: 'fast'"),
        ("p99>1.2.3ms", "no number"),
        ("p99>-1ms", "no number"),
        ("loss>0,", "> >= < <= are possible"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(words), "'{text}': {error}");
    }
}

#[test]
fn each_metric_is_judged_by_its_figure() {
    let mut run = run("papo", 10);
    run.measured.late = 3;
    run.measured.verdict.lost.count = 1000;
    run.measured.closed = 2;
    run.measured.throttled = 2;
    for (text, value) in [
        ("p50<=5.01ms", true),
        ("p50<4.9ms", false),
        ("p99>9.8ms", true),
        ("p999>10ms", false),
        ("max>=10ms", true),
        ("mean>6ms", false),
        ("raw-p50<2.6ms", true),
        ("loss>999", true),
        ("loss>50%", false),
        ("loss>=50%", true),
        ("closed>2", false),
        ("late>=3", true),
        ("late>29%", true),
        ("cpu<3us", true),
        ("memory<=1KiB", true),
        ("rate>=2k", true),
        ("join<100ms", false),
        ("leave<=50ms", true),
        ("join-cpu>29ms", true),
        ("leave-cpu>20ms", false),
        ("duplicates>0", false),
        ("disorder>0", false),
        ("skipped>0", false),
        ("refused>0", false),
        ("throttled>1", true),
    ] {
        let condition = &parse(text).unwrap()[0];
        assert_eq!(condition.holds(Subject::Run(&run)), Some(value), "{text}");
    }
}

#[test]
fn what_is_violated_is_told_with_its_value() {
    let run = run("papo", 10);
    let forbidden = parse("p99>50ms,p50>1ms,cpu>1us,loss>0").unwrap();
    assert_eq!(
        violations(&forbidden, &run),
        ["p50>1ms: it is 5.00 ms", "cpu>1us: it is 2.00 us"]
    );
    let wanted = parse("p99<1ms,p50<1s").unwrap();
    assert_eq!(missed(&wanted, &run), ["p99<1ms: it is 9.90 ms"]);
}

#[test]
fn a_storm_is_judged_by_its_medians() {
    let cycle = |ms| storm::Cycle {
        joined_in: Duration::from_millis(ms),
        left_in: Duration::from_millis(2 * ms),
        join_busy: None,
        leave_busy: None,
        join_cpu: Some(Duration::from_millis(ms / 2)),
        leave_cpu: None,
    };
    let storm = storm::Outcome {
        name: "papo".into(),
        bots: 2,
        cycles: [10, 90, 40].map(cycle).to_vec(),
        faults: Vec::new(),
    };
    let forbidden = "join>40ms,join>39ms,leave>80ms,leave>=80ms,join-cpu<20ms,leave-cpu>1s";
    assert_eq!(
        violations(&parse(forbidden).unwrap(), &storm),
        [
            "join>39ms: it is 40.0 ms",
            "leave>=80ms: it is 80.0 ms",
            "leave-cpu>1s: it is unknown"
        ]
    );
}

#[test]
fn an_unknown_figure_is_no_good_figure() {
    let mut run = run("papo", 10);
    run.server.cpu = None;
    let cpu = parse("cpu>1us").unwrap();
    assert_eq!(violations(&cpu, &run), ["cpu>1us: it is unknown"]);
    run.server.memory_per_conn = None;
    let memory = parse("memory>0.1KiB").unwrap();
    let told = violations(&memory, &run);
    assert!(
        told[0].starts_with("memory>0.1KiB: it is unknown, as the server"),
        "{told:?}"
    );
    run.measured.deliveries = 0;
    run.measured.lines = 0;
    for share in ["loss>1%", "skipped>1%", "late>1%"] {
        let share = parse(share).unwrap();
        assert_eq!(violations(&share, &run).len(), 1, "a part of nothing");
    }
    let p99 = parse("p99<1ms").unwrap();
    assert_eq!(missed(&p99, &run), ["p99<1ms: it is unknown"]);
}
