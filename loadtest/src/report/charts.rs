//! The charts and their contents. Each server has a colour, in all of its rounds. With several numbers of
//! bots, one chart shows the growth and the others show the largest number.

use super::draw::{self, Chart, Series, Stroke};
use super::ticks::{Axis, Unit};
use crate::measure::timeline::{INTERVAL, Interval};
use crate::report::figures::{Figures, Latencies, Total, grouped, names, totals};

/// About how many marks an axis has that begins at zero.
const MARKS: usize = 5;
/// The lowest drawn latency, in ms: a logarithmic axis has no zero.
const LEAST: f64 = 0.001;

/// The most important chart, as its own document.
pub(super) fn main(runs: &[Figures]) -> Result<String, String> {
    match all(runs).first() {
        Some(chart) => draw::alone(chart),
        None => Err("there is nothing to draw".into()),
    }
}

/// All charts of these runs that are not empty, the most important first.
pub(super) fn all(runs: &[Figures]) -> Vec<Chart> {
    let totals = totals(runs);
    let names = names(&totals);
    let most = runs.iter().map(|run| run.groups.bots).max().unwrap_or(0);
    let grown = runs.iter().any(|run| run.groups.bots != most);
    let shown: Vec<&Figures> = runs.iter().filter(|run| run.groups.bots == most).collect();
    let largest: Vec<&Total<'_>> = totals.iter().filter(|total| total.bots == most).collect();
    let at = match grown {
        true => format!(", {} bots", grouped(most as u64)),
        false => String::new(),
    };
    let charts = [
        Some(growth(&totals, &names)).filter(|_| grown),
        percentiles(&largest, &names, &at),
        latency(&shown, &names, &at),
        over_time(
            &shown,
            &names,
            &format!("Throughput over time{at}"),
            Reading::Rate,
        ),
        over_time(
            &shown,
            &names,
            &format!("Processor of the server{at}"),
            Reading::Cpu,
        ),
        over_time(
            &shown,
            &names,
            &format!("Memory of the server{at}"),
            Reading::Memory,
        ),
    ];
    let some = |chart: &Chart| chart.series.iter().any(|series| !series.points.is_empty());
    charts.into_iter().flatten().filter(some).collect()
}

fn color(names: &[&str], name: &str) -> usize {
    names.iter().position(|&each| each == name).unwrap_or(0)
}

/// Processor time for a delivery over the number of conns: ideally flat.
fn growth(totals: &[Total<'_>], names: &[&str]) -> Chart {
    let mut counts: Vec<f64> = totals.iter().map(|total| total.bots as f64).collect();
    counts.sort_by(f64::total_cmp);
    counts.dedup();
    let series: Vec<Series> = names
        .iter()
        .enumerate()
        .map(|(color, name)| {
            let own = totals.iter().filter(|total| total.name == *name);
            let mut points: Vec<(f64, f64)> = own
                .filter_map(|total| Some((total.bots as f64, total.cpu_per_delivery()?)))
                .collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            Series {
                label: Some((*name).into()),
                color,
                stroke: Stroke::Dotted,
                points,
            }
        })
        .collect();
    Chart {
        title: "Processor time of a delivery".into(),
        x: Axis::at("connections", Unit::Count, &counts),
        y: Axis::linear(
            "us of the server's processor",
            Unit::Cpu,
            highest(&series),
            MARKS,
        ),
        series,
    }
}

fn percentiles(totals: &[&Total<'_>], names: &[&str], at: &str) -> Option<Chart> {
    // With a window a line is due when it is sent: both latencies are the same.
    let open = |total: &Total<'_>| !total.windowed();
    let apart = totals.iter().any(|total| open(total));
    let mut series = Vec::new();
    for total in totals.iter().filter(|total| !total.latency.is_empty()) {
        let color = color(names, total.name);
        let label = |what: &str| match (names.len(), apart) {
            (1, _) => what.to_string(),
            (_, true) => format!("{} {what}", total.name),
            (_, false) => total.name.to_string(),
        };
        series.push(Series {
            label: Some(label(match open(total) {
                true => "from the due time",
                false => "from sending",
            })),
            color,
            stroke: Stroke::Solid,
            points: nines(&total.latency),
        });
        if open(total) {
            series.push(Series {
                label: Some(label("from sending")),
                color,
                stroke: Stroke::Dashed,
                points: nines(&total.raw),
            });
        }
    }
    let right = series.iter().flat_map(|series| &series.points);
    let right = right.map(|&(inverse, _)| inverse).fold(10.0, f64::max);
    let decades: Vec<f64> = (0..=right.log10().ceil() as i32)
        .map(|decade| 10f64.powi(decade))
        .collect();
    Some(Chart {
        title: format!("Latency by percentile{at}"),
        x: Axis {
            roomy: false,
            ..Axis::at(
                "deliveries that were at least so fast",
                Unit::Nines,
                &decades,
            )
        },
        y: latency_axis(&series)?,
        series,
    })
}

/// Points (1/(1-p), ms) of a distribution.
fn nines(latency: &Latencies) -> Vec<(f64, f64)> {
    let count = latency.len() as f64;
    latency
        .iter_quantiles(8)
        .map(|step| {
            let left = (1.0 - step.quantile_iterated_to()).max(1.0 / count);
            (1.0 / left, ms(step.value_iterated_to()))
        })
        .collect()
}

fn ms(us: u64) -> f64 {
    (us as f64 / 1e3).max(LEAST)
}

/// One run in three lines, several with their 99th percentile each.
fn latency(runs: &[&Figures], names: &[&str], at: &str) -> Option<Chart> {
    let line = |run: &Figures, quantile: usize| -> Vec<(f64, f64)> {
        let intervals = run.measured.timeline.iter().filter(whole);
        intervals
            .filter_map(|each| Some((each.end.as_secs_f64(), ms(each.latency?[quantile]))))
            .collect()
    };
    let (title, series) = match runs {
        [run] => {
            // Where the maximum is also the 99th percentile, the latter shows between its dashes.
            let named = [
                ("p50", 0, 2, Stroke::Solid),
                ("p99", 1, 0, Stroke::Solid),
                ("max", 2, 1, Stroke::Dashed),
            ];
            let series = named.map(|(label, quantile, color, stroke)| Series {
                label: Some(label.into()),
                color,
                stroke,
                points: line(run, quantile),
            });
            ("Latency over time", series.into_iter().collect())
        }
        runs => {
            let series = by_server(runs, names, |run| line(run, 1));
            ("p99 of latency over time", series)
        }
    };
    Some(Chart {
        title: format!("{title}{at}"),
        x: time_axis(runs),
        y: latency_axis(&series)?,
        series,
    })
}

/// A reading at the end of each interval.
#[derive(Clone, Copy)]
enum Reading {
    Rate,
    Cpu,
    Memory,
}

impl Reading {
    fn of(self, interval: &Interval) -> Option<f64> {
        match self {
            Self::Rate => Some(interval.rate()),
            Self::Cpu => interval.server_cpu,
            Self::Memory => Some(interval.server_memory? as f64 / (1024.0 * 1024.0)),
        }
    }

    fn axis(self, most: f64) -> Axis {
        let (title, unit) = match self {
            Self::Rate => ("deliveries/s", Unit::Count),
            Self::Cpu => ("share of one processor", Unit::Percent),
            Self::Memory => ("MiB", Unit::Memory),
        };
        Axis::linear(title, unit, most, MARKS)
    }
}

fn over_time(runs: &[&Figures], names: &[&str], title: &str, reading: Reading) -> Option<Chart> {
    let points = |run: &Figures| -> Vec<(f64, f64)> {
        let intervals = run.measured.timeline.iter().filter(whole);
        intervals
            .filter_map(|each| Some((each.end.as_secs_f64(), reading.of(each)?)))
            .collect()
    };
    let mut series = by_server(runs, names, points);
    if let [only] = series.as_mut_slice() {
        only.stroke = Stroke::Filled;
        only.label = None;
    }
    Some(Chart {
        title: title.into(),
        x: time_axis(runs),
        y: reading.axis(highest(&series)),
        series,
    })
}

/// A series for each run in the colour of its server; the legend names each server once.
fn by_server(
    runs: &[&Figures],
    names: &[&str],
    points: impl Fn(&Figures) -> Vec<(f64, f64)>,
) -> Vec<Series> {
    let earlier = |place: usize, name: &str| runs[..place].iter().any(|run| run.name == name);
    let series = runs.iter().enumerate().map(|(place, run)| Series {
        label: Some(run.name.clone()).filter(|name| !earlier(place, name)),
        color: color(names, &run.name),
        stroke: Stroke::Solid,
        points: points(run),
    });
    series.collect()
}

/// The rest at the end of a run is too short for a rate.
fn whole(interval: &&Interval) -> bool {
    interval.length * 2 > INTERVAL
}

fn highest(series: &[Series]) -> f64 {
    let points = series.iter().flat_map(|series| &series.points);
    points.map(|&(_, y)| y).fold(0.0, f64::max)
}

fn time_axis(runs: &[&Figures]) -> Axis {
    let ends = runs.iter().filter_map(|run| run.measured.timeline.last());
    let last = ends.map(|each| each.end.as_secs_f64()).fold(0.0, f64::max);
    Axis::linear("seconds since the first line", Unit::Seconds, last, MARKS)
}

fn latency_axis(series: &[Series]) -> Option<Axis> {
    let values = || {
        series
            .iter()
            .flat_map(|series| &series.points)
            .map(|&(_, y)| y)
    };
    let least = values().reduce(f64::min)?;
    let most = values().reduce(f64::max)?;
    Some(Axis::log("latency in ms", Unit::Latency, least, most))
}
