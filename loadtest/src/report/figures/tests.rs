//! Derived figures against plain arithmetic; and a run with known figures for all tests of reports.

use super::*;
use crate::bots::ledger::Verdict;
use crate::measure::timeline::Interval;
use random::latencies;

/// A run with 1000 deliveries in two intervals; latencies are 10 us times 1 to 1000.
pub(crate) fn run(name: &str, bots: usize) -> Figures {
    let moves = Some(Moves {
        told: bots as u64 - 1,
        made: bots as u64 - 1,
    });
    Figures {
        name: name.into(),
        target: "127.0.0.1:7".parse().unwrap(),
        protocol: Protocol::Papo,
        scenario: Scenario::Fanout,
        groups: Groups::of_scenario(Scenario::Fanout, bots, bots, 1),
        pace: Pace::Rate(20.0),
        size: 64,
        joining: 1024,
        joined_in: Duration::from_millis(100),
        busy_joining: Some(0.5),
        arrivals: moves,
        left_in: Some(Duration::from_millis(50)),
        departures: moves,
        server: ServerFigures {
            pid: Some(42),
            processors: Some("1".into()),
            cpu: Some(Duration::from_millis(2)),
            cpu_joining: Some(Duration::from_millis(30)),
            cpu_leaving: Some(Duration::from_millis(20)),
            memory_per_conn: Some(1024),
            memory: Some(2 << 20),
        },
        tester_cpu: Some(Duration::from_millis(125)),
        took: Duration::from_millis(500),
        cpus: Cpus::default(),
        measured: measured(),
        trouble: None,
        ended: None,
    }
}

fn measured() -> Measured {
    let mut latency = Histogram::new(3).unwrap();
    let mut raw = Histogram::new(3).unwrap();
    for step in 1..=1000 {
        latency.record(step * 10).unwrap();
        raw.record(step * 5).unwrap();
    }
    let interval = |end: u64, memory| Interval {
        end: Duration::from_millis(end),
        length: Duration::from_millis(250),
        lines: 5,
        deliveries: 500,
        latency: Some([2_500, 4_950, 5_000 + end]),
        server_cpu: Some(0.5),
        server_memory: memory,
        tester_cpu: Some(0.25),
    };
    Measured {
        lines: 10,
        deliveries: 1000,
        took: Duration::from_millis(500),
        latency,
        raw,
        timeline: vec![interval(250, Some(1 << 20)), interval(500, None)],
        threads: 2,
        busiest: Some(0.25),
        idle: Duration::ZERO,
        verdict: Verdict {
            lost: Fault::default(),
            skipped: 0,
            duplicated: Fault::default(),
            disordered: Fault::default(),
            echoed: Fault::default(),
            invented: Fault::default(),
            order: Order::Unknown,
        },
        late: 0,
        latest: Duration::ZERO,
        overrun: Duration::ZERO,
        unsent: 0,
        closed: 0,
        closed_after: None,
        interrupted: false,
        refused: 0,
        throttled: 0,
        foreign: 0,
    }
}

/// Pseudorandom numbers from a fixed seed.
mod random {
    /// From one microsecond to sixteen seconds, mostly short.
    pub(super) fn latencies(count: usize) -> Vec<u64> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        (0..count)
            .map(|_| 1 + next() % (1 << (next() % 24)))
            .collect()
    }
}

#[test]
fn percentiles_are_those_of_the_sorted_values() {
    for count in [1, 2, 99, 5000] {
        let (mut one, mut two) = (run("a", 2), run("a", 2));
        let mut values = latencies(count);
        for (run, half) in [(&mut one, 0), (&mut two, 1)] {
            run.measured.latency.reset();
            for value in values.iter().skip(half).step_by(2) {
                run.measured.latency.record(*value).unwrap();
            }
        }
        values.sort_unstable();
        let runs = [one, two];
        let total = &totals(&runs)[0];
        for quantile in [0.5, 0.9, 0.99, 0.999, 1.0] {
            let rank = ((quantile * count as f64).ceil() as usize).max(1);
            let exact = values[rank - 1] as f64;
            let found = total.latency.value_at_quantile(quantile) as f64;
            assert!(
                (found - exact).abs() <= exact / 1000.0,
                "{quantile} of {count}: {found}, not {exact}"
            );
        }
    }
}

#[test]
fn figures_follow_by_dividing() {
    let run = run("papo", 10);
    assert_eq!(run.cpu_per_delivery(), Some(2.0));
    assert_eq!(run.deliveries_per_s(), Some(2000.0));
    assert_eq!(run.joins_per_s(), 100.0);
    assert_eq!(run.share(run.tester_cpu), Some(0.25));
    assert_eq!(run.memory_peak(), Some(2 << 20));
    assert_eq!(run.bottleneck(), None);
    assert!(run.faults(&[]).is_empty());
}

#[test]
fn the_peak_of_memory_is_the_most_that_was_seen() {
    let mut run = run("papo", 10);
    run.measured.timeline[0].server_memory = Some(3 << 20);
    assert_eq!(run.memory_peak(), Some(3 << 20));
    run.server.memory = None;
    assert_eq!(run.memory_peak(), Some(3 << 20));
    run.measured.timeline.clear();
    assert_eq!(run.memory_peak(), None);
}

#[test]
fn a_tester_that_is_late_or_busy_is_the_bottleneck() {
    let mut late = run("papo", 10);
    late.measured.late = 1;
    assert_eq!(late.bottleneck(), None, "one line is no schedule");
    (late.measured.late, late.measured.busiest) = (2, Some(0.7));
    assert!(late.bottleneck().unwrap().contains("20 % of its lines"));
    // An idle tester was not late by its own fault.
    late.measured.busiest = Some(0.03);
    let why = late.bottleneck().unwrap();
    assert!(why.contains("something else had its processor"), "{why}");
    assert!(!why.contains("was the bottleneck"), "{why}");
    let mut busy = run("papo", 10);
    busy.measured.busiest = Some(0.96);
    assert!(busy.bottleneck().unwrap().contains("busy throughout"));
    busy.measured.busiest = None;
    assert_eq!(busy.bottleneck(), None);
}

#[test]
fn ratios_are_those_of_the_first_server_for_each_number_of_bots() {
    let (mut slow, mut unknown) = (run("redis", 10), run("nats", 10));
    slow.server.cpu = Some(Duration::from_millis(8));
    unknown.server.cpu = None;
    let mut large = run("redis", 20);
    large.server.cpu = Some(Duration::from_millis(1));
    let runs = [run("papo", 10), slow, unknown, run("papo", 20), large];
    let totals = totals(&runs);
    let told: Vec<_> = ratios(&totals)
        .iter()
        .map(|ratio| (ratio.first, ratio.other, ratio.bots, ratio.cpu))
        .collect();
    assert_eq!(
        told,
        [
            ("papo", "redis", 10, Some(0.25)),
            ("papo", "nats", 10, None),
            ("papo", "redis", 20, Some(2.0)),
        ]
    );
    assert_eq!(ratios(&totals[..1]), []);
    assert_eq!(sizes(&totals), [10, 20]);
    assert_eq!(names(&totals), ["papo", "redis", "nats"]);
    let rows: Vec<_> = totals.iter().map(|row| (row.name, row.bots)).collect();
    assert_eq!(
        rows,
        [
            ("papo", 10),
            ("redis", 10),
            ("nats", 10),
            ("papo", 20),
            ("redis", 20)
        ]
    );
}

#[test]
fn only_the_excused_faults_are_excused() {
    let mut run = run("papo", 10);
    run.measured.verdict.lost = Fault {
        count: 3,
        first: None,
    };
    run.measured.closed = 2;
    assert_eq!(run.faults(&[]).len(), 2);
    assert_eq!(
        run.faults(&[Metric::Loss]),
        ["conns closed by the server: 2"]
    );
    assert!(run.faults(&[Metric::Loss, Metric::Closed]).is_empty());
}

#[test]
fn where_nothing_is_said_nothing_is_divided_by_deliveries() {
    let mut idle = run("papo", 10);
    idle.scenario = Scenario::Idle;
    assert_eq!(
        (idle.cpu_per_delivery(), idle.deliveries_per_s()),
        (None, None)
    );
    idle.measured.timeline[0].deliveries = 0;
    assert_eq!(idle.idle_cpu(), Some(0.5));
}

#[test]
fn who_came_and_left_has_to_be_told() {
    let mut run = run("papo", 10);
    run.departures = Some(Moves { told: 8, made: 9 });
    assert_eq!(run.faults(&[]), ["departures told: 8 of 9"]);
}

#[test]
fn an_order_is_only_a_fault_where_it_is_owed() {
    let mut run = run("papo", 10);
    run.measured.verdict.order = Order::Differs(3);
    assert_eq!((run.faults(&[]).len(), run.differing()), (1, 3));
    run.protocol = Protocol::Nats;
    assert_eq!((run.faults(&[]).len(), run.differing()), (0, 0));
}

#[test]
fn numbers_read_well() {
    assert_eq!(milliseconds(12_345.0), "12.3 ms");
    assert_eq!(milliseconds(42.0), "0.042 ms");
    assert_eq!(counted(950.0), "950");
    for few in [0.4, 0.01, 0.000_042, 1e-9] {
        assert!(
            counted(few).parse::<f64>().is_ok_and(|told| told > 0.0),
            "{few}"
        );
        assert!(
            digits(few).parse::<f64>().is_ok_and(|told| told > 0.0),
            "{few}"
        );
        assert!(!percent(few / 100.0).starts_with("0 %"), "{few}");
    }
    assert_eq!(bytes(40.0), "40 B");
    assert_eq!(counted(1_234_000.0), "1.23 M");
    assert_eq!(grouped(1_234_567), "1,234,567");
    assert_eq!(grouped(999), "999");
    assert_eq!(many(1, "line", "lines"), "1 line");
    assert_eq!(many(0, "line", "lines"), "0 lines");
    assert_eq!(many(4321, "line", "lines"), "4,321 lines");
    assert_eq!(percent(0.0042), "0.42 %");
    assert_eq!(bytes(1536.0), "1.50 KiB");
}
