//! The distribution of latencies as the text that HdrHistogram tools exchange: value, percentile,
//! count up to there, 1/(1-percentile); then mean, deviation, maximum and count. In milliseconds.

use crate::report::figures::Latencies;
use std::fmt::Write;

/// Rows for each halving of the remaining distance to 100 %, as in wrk2.
const TICKS: u32 = 5;

pub(super) fn percentiles(latency: &Latencies) -> String {
    let mut text = format!(
        "{:>12} {:>14} {:>10} {:>14}\n\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    );
    for step in latency.iter_quantiles(TICKS) {
        let value = step.value_iterated_to() as f64 / 1e3;
        let (quantile, count) = (
            step.quantile_iterated_to(),
            latency.count_between(0, step.value_iterated_to()),
        );
        // Nothing remains after the last row; its last column is infinite by convention.
        let inverse = match quantile < 1.0 {
            true => format!("{:.2}", 1.0 / (1.0 - quantile)),
            false => "inf".into(),
        };
        let _ = writeln!(
            text,
            "{value:12.3} {quantile:14.12} {count:10} {inverse:>14}"
        );
    }
    let [mean, deviation, max] =
        [latency.mean(), latency.stdev(), latency.max() as f64].map(|us| us / 1e3);
    let count = latency.len();
    text + &format!(
        "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]\n\
         #[Max     = {max:12.3}, Total count    = {count:12}]\n"
    )
}
