//! Conditions on figures, such as `p99>50ms`: parsed, checked against a run or a storm, and reported with the
//! measured value. Conditions of `--fail-if` must not be met, those of `--find-max` must be.
//!
//! Pure. A condition on an unknown figure fails in both cases, and says so.

use crate::report::figures::{Figures, Latencies, bytes, counted, digits, milliseconds, percent};
use crate::storm;
use std::time::Duration;

/// The figure of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    /// Latency from the due time.
    Latency(Point),
    /// Latency from the moment of sending.
    Raw(Point),
    Loss,
    Duplicates,
    Disorder,
    Skipped,
    Closed,
    Refused,
    /// Bots that flood control held back.
    Throttled,
    /// Lines that the tester sent late.
    Late,
    /// Processor time of the server for a delivery.
    Cpu,
    /// Memory of the server for a conn.
    Memory,
    /// Deliveries a second.
    Rate,
    /// The time until all bots had joined.
    Join,
    /// The time until all bots had left.
    Leave,
    /// Processor time of the server for the joins.
    JoinCpu,
    /// The same for the leaves.
    LeaveCpu,
}

/// The results that conditions are checked against.
#[derive(Clone, Copy)]
pub(crate) enum Subject<'a> {
    Run(&'a Figures),
    /// The medians of all storms.
    Storm(&'a storm::Outcome),
}

impl<'a> From<&'a Figures> for Subject<'a> {
    fn from(run: &'a Figures) -> Self {
        Self::Run(run)
    }
}

impl<'a> From<&'a storm::Outcome> for Subject<'a> {
    fn from(storm: &'a storm::Outcome) -> Self {
        Self::Storm(storm)
    }
}

/// A point of the latency distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    P50,
    P90,
    P99,
    P999,
    Max,
    Mean,
}

/// Points by name.
const POINTS: [(&str, Point); 6] = [
    ("p50", Point::P50),
    ("p90", Point::P90),
    ("p99", Point::P99),
    ("p999", Point::P999),
    ("max", Point::Max),
    ("mean", Point::Mean),
];

/// The other metrics by name.
const METRICS: [(&str, Metric); 15] = [
    ("loss", Metric::Loss),
    ("duplicates", Metric::Duplicates),
    ("disorder", Metric::Disorder),
    ("skipped", Metric::Skipped),
    ("closed", Metric::Closed),
    ("refused", Metric::Refused),
    ("throttled", Metric::Throttled),
    ("late", Metric::Late),
    ("cpu", Metric::Cpu),
    ("memory", Metric::Memory),
    ("rate", Metric::Rate),
    ("join", Metric::Join),
    ("leave", Metric::Leave),
    ("join-cpu", Metric::JoinCpu),
    ("leave-cpu", Metric::LeaveCpu),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// The longer ones first, because `>` begins `>=`.
const OPERATORS: [(&str, Operator); 4] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (">", Operator::Above),
    ("<", Operator::Below),
];

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Time,
    Bytes,
    Count,
    /// A share of a whole.
    Share,
}

/// The units with their factors.
const UNITS: [(&str, Unit, f64); 9] = [
    ("us", Unit::Time, 1.0),
    ("ms", Unit::Time, 1e3),
    ("s", Unit::Time, 1e6),
    ("B", Unit::Bytes, 1.0),
    ("KiB", Unit::Bytes, 1024.0),
    ("MiB", Unit::Bytes, 1024.0 * 1024.0),
    ("k", Unit::Count, 1e3),
    ("M", Unit::Count, 1e6),
    ("%", Unit::Share, 0.01),
];

/// One comparison of a figure with a limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    /// The condition as typed.
    text: String,
    pub(crate) metric: Metric,
    operator: Operator,
    limit: f64,
    unit: Unit,
}

/// Parse conditions separated by commas; the error says what is possible.
pub(crate) fn parse(text: &str) -> Result<Vec<Condition>, String> {
    text.split(',').map(|part| one(part.trim())).collect()
}

fn one(text: &str) -> Result<Condition, String> {
    let found = OPERATORS
        .iter()
        .find_map(|(sign, operator)| Some((text.split_once(sign)?, *operator)));
    let ((name, value), operator) =
        found.ok_or_else(|| format!("'{text}' has no comparison; > >= < <= are possible"))?;
    let metric = Metric::named(name.trim())
        .ok_or_else(|| format!("nothing is called '{}'; there are {}", name.trim(), names()))?;
    let value = value.trim();
    let split = value
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(value.len());
    let (number, suffix) = (&value[..split], value[split..].trim());
    let number: f64 = number
        .parse()
        .map_err(|_| format!("'{text}' compares with no number: '{value}'"))?;
    let (unit, factor) = match suffix {
        // 0 needs no unit.
        "" if metric.unit() == Unit::Count || number == 0.0 => (metric.unit(), 1.0),
        _ => UNITS
            .iter()
            .find(|(name, unit, _)| *name == suffix && metric.takes(*unit))
            .map(|(_, unit, factor)| (*unit, *factor))
            .ok_or_else(|| format!("'{text}' needs a unit: {}", metric.units()))?,
    };
    Ok(Condition {
        text: text.into(),
        metric,
        operator,
        limit: number * factor,
        unit,
    })
}

fn names() -> String {
    let points = POINTS.iter().map(|(name, _)| (*name).to_string());
    let raw = POINTS.iter().map(|(name, _)| format!("raw-{name}"));
    let others = METRICS.iter().map(|(name, _)| (*name).to_string());
    let names: Vec<String> = points.chain(raw).chain(others).collect();
    names.join(" ")
}

impl Metric {
    fn named(name: &str) -> Option<Self> {
        let point = |name: &str| POINTS.iter().find(|(known, _)| *known == name);
        if let Some((_, point)) = point(name) {
            return Some(Self::Latency(*point));
        }
        if let Some((_, point)) = name.strip_prefix("raw-").and_then(point) {
            return Some(Self::Raw(*point));
        }
        let known = METRICS.iter().find(|(known, _)| *known == name);
        known.map(|(_, metric)| *metric)
    }

    /// Whether a late or busy tester makes it worse.
    pub(crate) fn depends_on_tester(self) -> bool {
        matches!(
            self,
            Self::Latency(_) | Self::Raw(_) | Self::Late | Self::Rate | Self::Join | Self::Leave
        )
    }

    /// Whether a storm has this figure too.
    pub(crate) fn is_of_storms(self) -> bool {
        matches!(
            self,
            Self::Join | Self::Leave | Self::JoinCpu | Self::LeaveCpu
        )
    }

    fn unit(self) -> Unit {
        match self {
            Self::Latency(_) | Self::Raw(_) | Self::Cpu => Unit::Time,
            _ if self.is_of_storms() => Unit::Time,
            Self::Memory => Unit::Bytes,
            _ => Unit::Count,
        }
    }

    fn takes(self, unit: Unit) -> bool {
        let shares = matches!(self, Self::Loss | Self::Skipped | Self::Late);
        unit == self.unit() || (unit == Unit::Share && shares)
    }

    fn units(self) -> String {
        let fits = UNITS.iter().filter(|(_, unit, _)| self.takes(*unit));
        let mut names: Vec<&str> = fits.map(|(name, ..)| *name).collect();
        if self.unit() == Unit::Count {
            names.insert(0, "none");
        }
        names.join(" ")
    }

    /// The median of all storms, in microseconds.
    fn of_storms(self, storm: &storm::Outcome) -> Option<f64> {
        storm
            .median(|cycle| match self {
                Self::Join => Some(cycle.joined_in),
                Self::Leave => Some(cycle.left_in),
                Self::JoinCpu => cycle.join_cpu,
                Self::LeaveCpu => cycle.leave_cpu,
                _ => None,
            })
            .map(micros)
    }

    /// Microseconds, bytes or a count.
    fn value(self, run: &Figures) -> Option<f64> {
        let measured = &run.measured;
        let verdict = &measured.verdict;
        let point = |histogram: &Latencies, point| match point {
            Point::P50 => histogram.value_at_quantile(0.5) as f64,
            Point::P90 => histogram.value_at_quantile(0.9) as f64,
            Point::P99 => histogram.value_at_quantile(0.99) as f64,
            Point::P999 => histogram.value_at_quantile(0.999) as f64,
            Point::Max => histogram.max() as f64,
            Point::Mean => histogram.mean(),
        };
        let count = |count: u64| Some(count as f64);
        match self {
            // Without deliveries there is no latency.
            Self::Latency(_) | Self::Raw(_) if measured.deliveries == 0 => None,
            Self::Latency(at) => Some(point(&measured.latency, at)),
            Self::Raw(at) => Some(point(&measured.raw, at)),
            Self::Loss => count(verdict.lost.count),
            Self::Duplicates => count(verdict.duplicated.count),
            Self::Disorder => count(verdict.disordered.count + run.differing() as u64),
            Self::Skipped => count(verdict.skipped),
            Self::Closed => count(measured.closed),
            Self::Refused => count(measured.refused),
            Self::Throttled => count(measured.throttled),
            Self::Late => count(measured.late),
            Self::Cpu => run.cpu_per_delivery(),
            Self::Memory => run.server.memory_per_conn.map(|bytes| bytes as f64),
            Self::Rate => run.deliveries_per_s(),
            Self::Join => Some(micros(run.joined_in)),
            Self::Leave => run.left_in.map(micros),
            Self::JoinCpu => run.server.cpu_joining.map(micros),
            Self::LeaveCpu => run.server.cpu_leaving.map(micros),
        }
    }

    /// The value as a share of all lines, or of all expected deliveries.
    fn share(self, run: &Figures) -> Option<f64> {
        let verdict = &run.measured.verdict;
        let all = match self {
            Self::Late => run.measured.lines,
            _ => run.measured.deliveries + verdict.lost.count + verdict.skipped,
        };
        let value = self.value(run)?;
        // A share of nothing is unknown.
        (all > 0).then(|| value / all as f64)
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

impl Condition {
    fn value(&self, of: Subject<'_>) -> Option<f64> {
        match (of, self.unit) {
            (Subject::Storm(storm), _) => self.metric.of_storms(storm),
            (Subject::Run(run), Unit::Share) => self.metric.share(run),
            (Subject::Run(run), _) => self.metric.value(run),
        }
    }

    /// Whether it is met; `None` when the figure is unknown.
    fn holds(&self, of: Subject<'_>) -> Option<bool> {
        let value = self.value(of)?;
        Some(match self.operator {
            Operator::Above => value > self.limit,
            Operator::AtLeast => value >= self.limit,
            Operator::Below => value < self.limit,
            Operator::AtMost => value <= self.limit,
        })
    }

    /// The measured value.
    fn tell(&self, of: Subject<'_>) -> String {
        let value = match (self.value(of), self.unit, self.metric) {
            (None, _, Metric::Memory) => {
                "unknown, as the server has hardly taken any: it was warm, or the bots are too few"
                    .into()
            }
            (None, ..) => "unknown".into(),
            (Some(us), Unit::Time, Metric::Cpu) => format!("{} us", digits(us)),
            (Some(us), Unit::Time, _) => milliseconds(us),
            (Some(count), Unit::Bytes, _) => bytes(count),
            (Some(share), Unit::Share, _) => percent(share),
            (Some(count), Unit::Count, Metric::Rate) => format!("{}/s", counted(count)),
            (Some(count), Unit::Count, _) => format!("{count}"),
        };
        format!("{}: it is {value}", self.text)
    }
}

/// One sentence for each of these conditions that must not be met and is met, or is unknown.
pub(crate) fn violations<'a>(forbidden: &[Condition], of: impl Into<Subject<'a>>) -> Vec<String> {
    let of = of.into();
    let met = |condition: &&Condition| condition.holds(of) != Some(false);
    let violated = forbidden.iter().filter(met);
    violated.map(|condition| condition.tell(of)).collect()
}

/// One sentence for each of these conditions that must be met and is not.
pub(crate) fn missed<'a>(
    wanted: impl IntoIterator<Item = &'a Condition>,
    run: &Figures,
) -> Vec<String> {
    let of = Subject::Run(run);
    let unmet = |condition: &&Condition| condition.holds(of) != Some(true);
    let missed = wanted.into_iter().filter(unmet);
    missed.map(|condition| condition.tell(of)).collect()
}

#[cfg(test)]
mod tests;
