//! The intervals of all runs as CSV: a header, then a row for each. Unknown values are empty.

use crate::report::figures::Figures;

const HEADER: &str = "server,bots,run,end_s,length_s,lines,deliveries,deliveries_per_s,p50_ms,\
                      p99_ms,max_ms,server_cpu_share,server_memory,tester_cpu_share";

/// One row for each interval of each run.
pub(super) fn rows(runs: &[Figures]) -> String {
    let mut text = format!("{HEADER}\n");
    for (number, run) in runs.iter().enumerate() {
        for interval in &run.measured.timeline {
            let latency = interval.latency.map(|all| all.map(|us| us as f64 / 1e3));
            let optional = |value: Option<f64>| value.map_or(String::new(), |v| format!("{v:.3}"));
            let fields = [
                quoted(&run.name),
                run.groups.bots.to_string(),
                (number + 1).to_string(),
                format!("{:.3}", interval.end.as_secs_f64()),
                format!("{:.3}", interval.length.as_secs_f64()),
                interval.lines.to_string(),
                interval.deliveries.to_string(),
                format!("{:.1}", interval.rate()),
                optional(latency.map(|[p50, ..]| p50)),
                optional(latency.map(|[_, p99, _]| p99)),
                optional(latency.map(|[.., max]| max)),
                optional(interval.server_cpu),
                interval
                    .server_memory
                    .map_or(String::new(), |bytes| bytes.to_string()),
                optional(interval.tester_cpu),
            ];
            text += &fields.join(",");
            text.push('\n');
        }
    }
    text
}

/// Quote a name with a comma or a quote, and one that a spreadsheet would take for a formula.
fn quoted(text: &str) -> String {
    let text = match text.starts_with(['=', '+', '-', '@']) {
        true => format!("'{text}"),
        false => text.into(),
    };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}
