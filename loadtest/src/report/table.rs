//! The comparison of servers: a row for each server and number of bots, with its ratio to the first server
//! with as many bots. Used as text and as HTML.

use crate::report::figures::{Total, bytes, counted, digits, known, quantile, ratio};

/// The columns; the ratio is that of processor time for a delivery to the first server's.
pub(super) const HEADINGS: [&str; 9] = [
    "server",
    "bots",
    "cpu a delivery",
    "x first",
    "deliveries/s",
    "p50 ms",
    "p99 ms",
    "memory a conn",
    "join s",
];

/// The rows, with a cell for each heading.
pub(super) fn rows(totals: &[Total<'_>]) -> Vec<[String; 9]> {
    let row = |total: &Total<'_>| {
        let point = |at| known(quantile(&total.latency, at), |us| digits(us / 1e3));
        [
            total.name.to_string(),
            total.bots.to_string(),
            told(total, total.cpu_per_delivery(), |us| format!("{us:.3} us")),
            told(total, to_first(total, totals), |ratio| {
                format!("{ratio:.2}")
            }),
            told(total, total.deliveries_per_s(), counted),
            point(0.5),
            point(0.99),
            known(total.memory_per_conn(), |memory| bytes(memory as f64)),
            digits(total.join_seconds()),
        ]
    };
    totals.iter().map(row).collect()
}

/// A figure of deliveries; none for idle runs.
fn told(total: &Total<'_>, value: Option<f64>, tell: impl FnOnce(f64) -> String) -> String {
    match total.silent() {
        true => "-".into(),
        false => known(value, tell),
    }
}

/// The ratio of its processor time for a delivery to that of the first server with as many bots.
pub(super) fn to_first(total: &Total<'_>, totals: &[Total<'_>]) -> Option<f64> {
    let first = totals.iter().find(|each| each.bots == total.bots)?;
    ratio(total.cpu_per_delivery(), first.cpu_per_delivery())
}

/// The table as text: names are left-aligned, numbers right-aligned.
pub(super) fn text(totals: &[Total<'_>]) -> String {
    let mut rows = rows(totals);
    rows.insert(0, HEADINGS.map(String::from));
    let widths: Vec<usize> = (0..HEADINGS.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        })
        .collect();
    let line = |row: &[String; 9]| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells: Vec<String> = cells
            .map(|(column, (cell, &width))| match column {
                0 => format!("{cell:width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        cells.join("  ")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
