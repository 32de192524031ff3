//! One page with everything: the verdict, the figures, the charts. It is self-contained: no script, no
//! font, no image from elsewhere; light or dark as the reader prefers.
//!
//! The template escapes every text; only the drawings and styles of this program are inserted unescaped.

use super::draw::{self, Size};
use super::{charts, table, text};
use crate::compare::Outcome;
use crate::report::figures::{
    Figures, bytes, counted, digits, grouped, known, many, milliseconds, names, percent, quantile,
    totals,
};
use crate::report::figures::{Latencies, Total};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");

pub(super) fn page(outcome: &Outcome, faults: &[String]) -> Result<String, String> {
    let runs = &outcome.runs;
    let style = format!("{STYLE}{}", draw::style("svg"));
    let drawings = drawings(runs)?;
    let totals = totals(runs);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Load test: " (title(&totals)) }
                style { (PreEscaped(style)) }
            }
            body {
                (heading(outcome, faults, &totals))
                @if runs.len() > 1 { (comparison(&totals)) }
                section.charts { (drawings) }
                @for total in totals.iter() { (figures(total)) }
                footer { "loadtest " (env!("CARGO_PKG_VERSION")) ". " (from_when(&totals)) }
            }
        }
    };
    Ok(page.into_string())
}

/// When latency begins to count.
fn from_when(totals: &[Total<'_>]) -> &'static str {
    match totals.iter().all(Total::windowed) {
        true => {
            "Latency counts from the moment a line was sent: as soon as there was a place for it in \
             the window."
        }
        false => {
            "Latency counts from the moment a line was due, so that a server that stalls is not \
             measured less often; \u{201c}from sending\u{201d} counts from the moment it was handed over."
        }
    }
}

fn title(totals: &[Total<'_>]) -> String {
    names(totals).join(" and ")
}

/// The verdict, and the most important figures.
fn heading(outcome: &Outcome, faults: &[String], totals: &[Total<'_>]) -> Markup {
    let clean = outcome.runs.iter().all(|run| run.faults(&[]).is_empty());
    let (class, verdict) = match faults {
        [] if clean => (
            "good",
            "Passed: every line came once, and in order".to_string(),
        ),
        // Lines that a condition allows to be missing are not denied.
        [] => (
            "good",
            "Passed: nothing that the conditions forbid".to_string(),
        ),
        [_] => ("bad", "Failed: one fault".to_string()),
        more => ("bad", format!("Failed: {} faults", more.len())),
    };
    html! {
        header {
            p.over { "Load test: " (title(totals)) }
            h1 class=(class) { (verdict) }
            @if !faults.is_empty() {
                ul.faults { @for fault in faults { li { (fault) } } }
            }
            @if let Some(found) = outcome.found { p.say { (text::found(found)) } }
            @for sentence in text::sentences(totals) { p.say { (sentence) } }
            @for run in &outcome.runs {
                @if let Some(why) = run.bottleneck() {
                    p.warning { (run.name) " with " (grouped(run.groups.bots as u64)) " bots: " (why) }
                }
            }
            @if let [only] = totals { (tiles(only)) }
        }
    }
}

fn tiles(total: &Total<'_>) -> Markup {
    let p99 = known(quantile(&total.latency, 0.99), milliseconds);
    let processor = match total.silent() {
        true => ("processor in silence", known(total.idle_cpu(), percent)),
        false => (
            "processor a delivery",
            known(total.cpu_per_delivery(), |us| format!("{} us", digits(us))),
        ),
    };
    let rate = total.deliveries_per_s();
    let rate = rate.map(|rate| ("deliveries/s", counted(rate)));
    let tiles = rate.into_iter().chain([
        ("p99 latency", p99),
        processor,
        (
            "memory a connection",
            known(total.memory_per_conn(), |memory| bytes(memory as f64)),
        ),
    ]);
    html! {
        dl.tiles {
            @for (name, value) in tiles { div { dt { (name) } dd { (value) } } }
        }
    }
}

/// On a narrow screen each row is a block, with the headings beside the figures.
fn comparison(totals: &[Total<'_>]) -> Markup {
    html! {
        section.scroll {
            h2 { "Side by side" }
            table.stack {
                thead { tr { @for heading in table::HEADINGS { th scope="col" { (heading) } } } }
                tbody {
                    @for [name, cells @ ..] in table::rows(totals) {
                        tr {
                            th scope="row" { (name) }
                            @for (heading, cell) in table::HEADINGS[1..].iter().zip(cells) {
                                td data-heading=(heading) { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Each chart twice, for large and for small screens; the style shows one of them. With an odd number of
/// charts the first is as wide as the page, so no place stays empty.
fn drawings(runs: &[Figures]) -> Result<Markup, String> {
    let charts = charts::all(runs);
    let odd = charts.len() % 2 == 1;
    let mut figures = Vec::new();
    for (place, chart) in charts.into_iter().enumerate() {
        let banner = match odd && place == 0 {
            true => Some(draw::draw(&chart, Size::Banner)?),
            false => None,
        };
        let wide = draw::draw(&chart, Size::Wide)?;
        let receive_buffer = draw::draw(&chart, Size::Narrow)?;
        figures.push(html! {
            figure.main[banner.is_some()] aria-label=(chart.title) {
                @if let Some(banner) = banner { div.banner { (PreEscaped(banner)) } }
                div.wide { (PreEscaped(wide)) }
                div.receive_buffer { (PreEscaped(receive_buffer)) }
            }
        });
    }
    Ok(html! { @for figure in figures { (figure) } })
}

/// All figures of one server with one number of bots.
fn figures(total: &Total<'_>) -> Markup {
    html! {
        section {
            h2 { (total.name) ", " (grouped(total.bots as u64)) " bots" }
            (latencies(total))
            @for run in &total.runs { (details(run)) }
        }
    }
}

fn latencies(total: &Total<'_>) -> Markup {
    let points = [
        ("p50", 0.5),
        ("p90", 0.9),
        ("p99", 0.99),
        ("p99.9", 0.999),
        ("max", 1.0),
    ];
    let sending = ("from sending", &total.raw);
    let kinds = match total.windowed() {
        true => vec![sending],
        false => vec![("from the due time", &total.latency), sending],
    };
    let cell = |latency: &Latencies, at| known(quantile(latency, at), |us| digits(us / 1e3));
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th scope="col" { "latency in ms" }
                        @for (name, _) in points { th scope="col" { (name) } }
                    }
                }
                tbody {
                    @for (name, latency) in kinds {
                        tr {
                            th scope="row" { (name) }
                            @for (_, at) in points { td { (cell(latency, at)) } }
                        }
                    }
                }
            }
        }
    }
}

fn details(run: &Figures) -> Markup {
    let measured = &run.measured;
    let rows = [
        ("server", format!("{} at {}", run.name, run.target)),
        ("bots", text::bots(run)),
        ("joined", text::joined(run)),
        ("delivered", text::delivered(run)),
        ("left", text::left(run)),
        ("server cpu", text::server_cpu(run)),
        ("memory", text::memory(run)),
        (
            "tester",
            format!(
                "{} of a processor in {}{}",
                known(run.share(run.tester_cpu), percent),
                many(measured.threads as u64, "thread", "threads"),
                text::lateness(run).map_or(String::new(), |lateness| format!("; {lateness}"))
            ),
        ),
    ];
    html! {
        dl.details {
            @for (name, value) in rows { dt { (name) } dd { (value) } }
            @if let Some(held) = run.throttling() { dt { "throttled" } dd { (held) } }
            @for figure in text::trouble(run) { dt { "trouble" } dd { (figure) } }
        }
    }
}
