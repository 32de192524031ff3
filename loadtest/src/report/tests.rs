//! The formats of a result: each is complete, well-formed, and marks unknown values.

mod words;

use super::*;
use crate::options::{Invocation, parse};
use crate::report::figures::tests::run;
use crate::scenario::Scenario;
use crate::search::{Bound, Found};
use serde_json::Value;

fn outcome(runs: Vec<Figures>) -> Outcome {
    Outcome {
        runs,
        failures: Vec::new(),
        found: None,
    }
}

/// Two servers, two numbers of bots, two rounds; the name of one server needs escaping.
fn comparison() -> Outcome {
    let mut runs = Vec::new();
    for bots in [10, 20] {
        for _ in 0..2 {
            let mut other = run("<b>&\"evil\"", bots);
            other.server.cpu = other.server.cpu.map(|cpu| cpu * 4);
            runs.extend([run("papo", bots), other]);
        }
    }
    outcome(runs)
}

fn plan(line: &str) -> Plan {
    let line = match line.contains("--spawn") {
        true => line.into(),
        false => format!("--target 127.0.0.1:7 {line}"),
    };
    let words: Vec<String> = line.split(' ').map(String::from).collect();
    match parse(&words) {
        Ok(Invocation::Load(plan)) => *plan,
        _ => panic!("{line}"),
    }
}

/// Check that every tag is closed, and that no text has a bare `<` or `&`.
fn well_formed(markup: &str) {
    const VOID: [&str; 1] = ["meta"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = markup;
    while let Some(at) = rest.find('<') {
        for entity in rest[..at].split('&').skip(1) {
            assert!(entity.contains(';'), "bare & in: {}", &rest[..at]);
        }
        let end = at + rest[at..].find('>').expect("a tag ends");
        let tag = &rest[at + 1..end];
        let name = tag.split([' ', '\n']).next().unwrap();
        rest = &rest[end + 1..];
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "before {}", rest.len());
        } else if !tag.starts_with(['!', '?']) && !tag.ends_with('/') && !VOID.contains(&name) {
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "<{tag}>");
            open.push(name);
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Check that the page loads nothing and runs nothing. The namespace of SVG is no address.
fn self_contained(markup: &str) {
    let markup = markup.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for word in [
        "http:", "https:", "//", "url(", "@import", "src=", "href=", "<script", "NaN",
    ] {
        assert!(!markup.contains(word), "{word}");
    }
}

#[test]
fn the_page_is_well_formed_escaped_and_self_contained() {
    for outcome in [outcome(vec![run("papo", 10)]), comparison()] {
        let page = html::page(&outcome, &["a <fault> & more".into()]).unwrap();
        well_formed(&page);
        self_contained(&page);
        assert!(page.contains("a &lt;fault&gt; &amp; more"));
        assert!(!page.contains("<b>"));
    }
    let page = html::page(&comparison(), &[]).unwrap();
    assert!(page.contains("&lt;b&gt;&amp;&quot;evil&quot;"), "{page}");
    assert!(page.contains("Passed: every line came once"));
    let mut lossy = run("papo", 10);
    lossy.measured.verdict.lost.count = 1;
    let allowed = html::page(&outcome(vec![lossy]), &[]).unwrap();
    assert!(allowed.contains("Passed: nothing that the conditions forbid"));
    assert_eq!(page.matches("<figure").count(), 6);
    assert_eq!(page.matches("<svg").count(), 12);
}

#[test]
fn a_run_without_a_delivery_has_a_page_too() {
    let mut idle = run("papo", 10);
    idle.measured.latency.reset();
    idle.measured.raw.reset();
    idle.measured.timeline.clear();
    idle.measured.deliveries = 0;
    idle.server.cpu = None;
    let page = html::page(&outcome(vec![idle]), &[]).unwrap();
    well_formed(&page);
    self_contained(&page);
}

#[test]
fn the_main_chart_stands_alone() {
    let svg = charts::main(&[run("papo", 10)]).unwrap();
    well_formed(&svg);
    self_contained(&svg);
    assert!(svg.contains("Latency by percentile") && svg.contains("prefers-color-scheme:dark"));
    let svg = charts::main(&comparison().runs).unwrap();
    assert!(svg.contains("Processor time of a delivery") && !svg.contains("<b>"));
    assert!(charts::main(&[]).is_err());
}

#[test]
fn the_rows_have_as_many_fields_as_the_header() {
    let text = csv::rows(&[run("papo", 10), run("a, \"b\"", 10), run("=1+1", 10)]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 3 * 2);
    let fields = lines[0].split(',').count();
    assert_eq!(
        lines[1],
        "papo,10,1,0.250,0.250,5,500,2000.0,2.500,4.950,5.250,0.500,1048576,0.250"
    );
    assert_eq!(lines[1].split(',').count(), fields);
    assert!(lines[2].ends_with(",0.500,,0.250"), "unknown is empty");
    assert!(lines[3].starts_with("\"a, \"\"b\"\"\",10,2,"));
    assert!(lines[5].starts_with("'=1+1,10,3,"));
}

#[test]
fn percentiles_are_as_hdr_tools_read_them() {
    let text = hdr::percentiles(&run("papo", 10).measured.latency);
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| line.starts_with(' ')) {
        let numbers: Vec<f64> = line.split_whitespace().flat_map(str::parse).collect();
        if let [value, quantile, count, inverse] = numbers[..] {
            rows.push((value, quantile, count, inverse));
        }
    }
    assert!(
        text.contains("Value     Percentile TotalCount 1/(1-Percentile)"),
        "{text}"
    );
    assert!(rows.len() > 20);
    assert!(
        rows.windows(2)
            .all(|two| two[0].0 <= two[1].0 && two[0].1 <= two[1].1)
    );
    for (value, quantile, count, inverse) in &rows[..rows.len() - 1] {
        // Values are 0.01 ms times their rank, to three digits.
        assert!(
            (value * 100.0 - count).abs() <= 1.0 + count / 500.0,
            "{value} {count}"
        );
        assert!(*count >= quantile * 1000.0 - 1e-6);
        assert!((inverse - 1.0 / (1.0 - quantile)).abs() < 0.01);
    }
    assert!(
        text.contains("\n#[Mean    =        5.006, StdDeviation   =        2.887]\n"),
        "{text}"
    );
    assert!(
        text.contains(", Total count    =         1000]\n"),
        "{text}"
    );
}

#[test]
fn json_has_all_figures_of_a_run() {
    let figures: Value =
        serde_json::from_str(&json::document(&outcome(vec![run("papo", 10)]))).unwrap();
    assert_eq!(figures["latency_ms"]["p50"], 5.003);
    assert_eq!(figures["raw_latency_ms"]["max"], 5.003);
    assert_eq!(figures["scenario"], "fanout");
    assert_eq!(
        (&figures["room_size"], &figures["tester"]["threads"]),
        (&10.into(), &2.into())
    );
    assert_eq!(figures["timeline"].as_array().unwrap().len(), 2);
    assert_eq!(figures["timeline"][0]["p99_ms"], 4.95);
    assert_eq!(figures["timeline"][1]["server_memory"], Value::Null);
    assert_eq!(figures["faults"], Value::Array(Vec::new()));
    let moves = &figures["moves"];
    assert_eq!(
        (&moves["arrivals_told"], &moves["departures_told"]),
        (&9.into(), &9.into())
    );
    assert_eq!(moves["server_cpu_joining"], 0.03);
    assert_eq!(figures["idle_cpu_share"], Value::Null);
    assert_eq!(figures["server_memory_peak"], 2 << 20);
    assert_eq!(figures["server_cpu"], 1);
}

#[test]
fn of_a_server_only_its_own_processors_are_told() {
    let placed = |processors: Option<&str>| {
        let mut run = run("papo", 10);
        // The processor of another server of the same plan.
        run.cpus.server = Some(7);
        run.server.processors = processors.map(String::from);
        let outcome = outcome(vec![run]);
        let figures: Value = serde_json::from_str(&json::document(&outcome)).unwrap();
        (text::document(&outcome, &[]), figures["server_cpu"].clone())
    };
    let (told, json) = placed(Some("0-3"));
    assert!(told.contains("server on 0-3, bots on all but 7"), "{told}");
    assert_eq!(json, Value::Null);
    let (told, json) = placed(None);
    assert!(told.contains("server on unknown, bots"), "{told}");
    assert_eq!(json, Value::Null);
}

#[test]
fn conns_a_second_are_not_the_servers_where_the_tester_was_busy() {
    let mut busy = run("papo", 10);
    assert!(!text::joined(&busy).contains("tester"));
    busy.busy_joining = Some(0.99);
    assert!(text::joined(&busy).contains("the tester was busy throughout"));
    let figures: Value = serde_json::from_str(&json::document(&outcome(vec![busy]))).unwrap();
    assert_eq!(figures["moves"]["tester_cpu_share_joining"], 0.99);
}

#[test]
fn of_silence_no_deliveries_are_told() {
    let mut idle = run("papo", 10);
    idle.scenario = Scenario::Idle;
    idle.measured.timeline[0].deliveries = 0;
    let outcome = outcome(vec![idle]);
    let told = text::document(&outcome, &[]);
    assert!(told.contains("server cpu  50 % of a processor while nothing was said"));
    assert!(!told.contains("/s\n"), "{told}");
    let figures: Value = serde_json::from_str(&json::document(&outcome)).unwrap();
    assert_eq!(figures["deliveries_per_s"], Value::Null);
    assert_eq!(figures["idle_cpu_share"], 0.5);
    let page = html::page(&outcome, &[]).unwrap();
    assert!(page.contains("processor in silence") && !page.contains("<dt>deliveries/s"));
}

#[test]
fn json_of_a_comparison_has_all_runs_and_ratios() {
    let figures: Value = serde_json::from_str(&json::document(&comparison())).unwrap();
    assert_eq!(figures["runs"].as_array().unwrap().len(), 8);
    assert_eq!(figures["cpu_ratio"], Value::Null);
    let ratios = figures["ratios"].as_array().unwrap();
    let sizes: Vec<&Value> = ratios.iter().map(|ratio| &ratio["bots"]).collect();
    assert_eq!(sizes, [10, 20]);
    assert_eq!(
        (&ratios[1]["beside"], &ratios[1]["cpu_ratio"]),
        (&"<b>&\"evil\"".into(), &0.25.into())
    );
    let mut one = comparison();
    one.runs.truncate(4);
    let figures: Value = serde_json::from_str(&json::document(&one)).unwrap();
    assert_eq!(figures["cpu_ratio"], 0.25);
    let figures: Value = serde_json::from_str(&json::document(&comparison())).unwrap();
    let totals = figures["totals"].as_array().unwrap();
    assert_eq!(totals.len(), 4);
    assert_eq!(
        (&totals[3]["bots"], &totals[3]["runs"]),
        (&20.into(), &2.into())
    );
    assert_eq!(totals[3]["server_cpu_to_first"], 4.0);
}

#[test]
fn the_text_compares_the_servers() {
    let text = text::document(&comparison(), &[]);
    for bots in [10, 20] {
        let sentence = format!(
            "papo needs 0.25 x the processor time of <b>&\"evil\" a delivery with {bots} bots"
        );
        assert_eq!(text.matches(&sentence).count(), 1, "{text}");
    }
    let rows = text
        .lines()
        .filter(|line| line.contains("8.000 us") && line.contains("4.00"));
    assert_eq!(rows.count(), 2, "{text}");
    let one = text::document(&outcome(vec![run("papo", 10)]), &[]);
    assert!(one.contains("p99.9 9.99"), "{one}");
    assert!(
        one.contains("0 lines (0 %) sent more than 1 ms late on the tester's side"),
        "{one}"
    );
}

#[test]
fn a_condition_judges_instead_of_the_default() {
    let mut lossy = run("papo", 10);
    lossy.measured.verdict.lost.count = 3;
    lossy.measured.closed = 1;
    let outcome = outcome(vec![lossy]);
    let count = |line: &str| faults(&plan(line), &outcome).len();
    assert_eq!(count("--bots 10"), 2);
    assert_eq!(count("--fail-if loss>5"), 1);
    assert_eq!(count("--fail-if loss>2"), 2);
    assert_eq!(count("--fail-if loss>5,closed>5"), 0);
    assert_eq!(count("--fail-if loss>5,closed>5,p99>1ms"), 1);
}

#[test]
fn checks_fail_only_where_they_decide() {
    let mut lossy = run("papo", 10);
    lossy.measured.verdict.lost.count = 3;
    let mut worse = run("papo", 10);
    worse.measured.verdict.lost.count = 3;
    worse.measured.closed = 1;
    let lost = "lost: 3 lines";
    assert_eq!(
        text::checks(&lossy, &[]),
        format!("checks      FAILED: {lost}")
    );
    assert_eq!(
        text::checks(&lossy, &[Metric::Loss]),
        format!("checks      nothing else is wrong; left to conditions: {lost}")
    );
    assert_eq!(
        text::checks(&worse, &[Metric::Loss]),
        format!("checks      FAILED: conns closed by the server: 1; left to conditions: {lost}")
    );
}

#[test]
fn a_search_that_found_nothing_fails() {
    let found = |rate, bound| Outcome {
        found: Some(Found { rate, bound }),
        ..outcome(vec![run("papo", 10)])
    };
    let plan = plan("--find-max p99<20ms");
    assert_eq!(faults(&plan, &found(None, Bound::Server)).len(), 1);
    let lower = found(Some(700.0), Bound::Tester);
    assert!(faults(&plan, &lower).is_empty());
    assert!(text::document(&lower, &[]).contains("this is a lower bound"));
    let late = text::document(&found(Some(700.0), Bound::TesterLate), &[]);
    assert!(late.contains("though the tester was late; this is a lower bound"));
}

#[test]
fn each_total_gets_a_file_of_its_own() {
    let outcome = comparison();
    let totals = totals(&outcome.runs);
    let name = |line: &str, path, total: usize| {
        percentiles(&plan(line), path, totals[total].name, totals[total].bots)
    };
    assert_eq!(name("--bots 10", "out.d/run.txt", 0), "out.d/run.txt");
    let several = "--spawn --vs-reference --bots 10,20";
    assert_eq!(name(several, "out.d/run.txt", 0), "out.d/run-papo-10.txt");
    assert_eq!(name(several, "out.d/run", 3), "out.d/run--b---evil--20");
}

#[test]
fn a_run_without_a_result_is_told_beside_the_others() {
    let outcome = Outcome {
        failures: vec!["nats with 10 bots: it fell".into()],
        ..outcome(vec![run("papo", 10)])
    };
    assert_eq!(faults(&plan("--bots 10"), &outcome), outcome.failures);
    let told = text::document(&outcome, &[]);
    assert!(
        told.contains("\nFAILED      nats with 10 bots: it fell"),
        "{told}"
    );
    let figures: Value = serde_json::from_str(&json::document(&outcome)).unwrap();
    assert_eq!(figures["runs"][0]["server"], "papo");
    assert_eq!(figures["failures"][0], "nats with 10 bots: it fell");
}

#[test]
fn flood_control_is_told_everywhere_and_fails_a_run_unless_a_condition_judges_it() {
    let mut held = run("papo", 10);
    held.measured.throttled = 3;
    let outcome = outcome(vec![held]);
    let words = "the server held back 3 of the bots: its flood control is measured";
    let figures: Value = serde_json::from_str(&json::document(&outcome)).unwrap();
    assert_eq!(figures["throttled"], 3);
    for excused in [&[][..], &[Metric::Throttled]] {
        assert!(text::document(&outcome, excused).contains(words));
    }
    assert!(html::page(&outcome, &[]).unwrap().contains(words));
    assert_eq!(faults(&plan("--bots 10"), &outcome).len(), 1);
    assert!(faults(&plan("--fail-if throttled>3"), &outcome).is_empty());
}
