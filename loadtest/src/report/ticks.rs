//! The marks of an axis and their labels. Pure.
//!
//! Invariant: marks ascend, and all values are between the first and the last mark.

use crate::report::figures::{counted, digits};

/// The unit of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    /// Milliseconds.
    Latency,
    /// Share of a processor.
    Percent,
    /// MiB.
    Memory,
    Count,
    /// Microseconds.
    Cpu,
    /// Decades of 1/(1-p), labelled as percentiles.
    Nines,
}

/// An axis with its marks, in drawing coordinates: for a logarithmic axis these are decades.
pub(super) struct Axis {
    pub(super) title: String,
    pub(super) unit: Unit,
    pub(super) scale: Scale,
    pub(super) marks: Vec<f64>,
    /// Whether there is some room beside the first and the last mark.
    pub(super) roomy: bool,
}

/// How values become coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Linear,
    Log,
}

impl Axis {
    /// From zero, with about so many marks.
    pub(super) fn linear(title: &str, unit: Unit, most: f64, count: usize) -> Self {
        let most = if most > 0.0 { most } else { 1.0 };
        let rough = most / count as f64;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .map(|nice| nice * power)
            .into_iter()
            .find(|&step| step >= rough * 0.999)
            .unwrap_or(rough);
        let steps = (most / step - 1e-9).ceil().max(1.0) as usize;
        Self {
            title: title.into(),
            unit,
            scale: Scale::Linear,
            marks: (0..=steps).map(|mark| mark as f64 * step).collect(),
            roomy: false,
        }
    }

    /// Around these values, with marks at 1, 10, 100; or at 1, 2 and 5 of each decade if these are too few.
    pub(super) fn log(title: &str, unit: Unit, least: f64, most: f64) -> Self {
        let (low, high) = (least.log10(), most.max(least * 1.01).log10());
        let nice: &[f64] = match high - low {
            wide if wide > 2.5 => &[1.0],
            _ => &[1.0, 2.0, 5.0],
        };
        let decades = low.floor() as i32..=high.ceil() as i32;
        let marks: Vec<f64> = decades
            .flat_map(|decade| {
                nice.iter()
                    .map(move |nice| nice.log10() + f64::from(decade))
            })
            .collect();
        let from = marks.iter().rposition(|&mark| mark <= low + 1e-9);
        let to = marks.iter().position(|&mark| mark >= high - 1e-9);
        Self {
            title: title.into(),
            unit,
            scale: Scale::Log,
            marks: marks[from.unwrap_or(0)..=to.unwrap_or(marks.len() - 1)].to_vec(),
            roomy: false,
        }
    }

    /// Exactly at these values, on a logarithmic axis with some room beside them.
    pub(super) fn at(title: &str, unit: Unit, values: &[f64]) -> Self {
        Self {
            title: title.into(),
            unit,
            scale: Scale::Log,
            marks: values.iter().map(|value| value.log10()).collect(),
            roomy: true,
        }
    }

    /// The coordinate of a value.
    pub(super) fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Log => value.log10(),
        }
    }

    /// The label of the mark at this coordinate.
    pub(super) fn label(&self, place: f64) -> String {
        let value = match self.scale {
            Scale::Linear => place,
            Scale::Log => 10f64.powf(place),
        };
        match self.unit {
            Unit::Nines => percentile(place),
            Unit::Percent => format!("{:.0} %", value * 100.0),
            Unit::Count => counted(value).replace(".0 ", " ").replace(".00 ", " "),
            _ if value >= 1000.0 => counted(value).replace(".0 ", " "),
            _ => plain(value),
        }
    }
}

/// Without trailing zeros and rounding errors.
fn plain(value: f64) -> String {
    let text = match value {
        small if small > 0.0 && small < 0.01 => format!("{small:.4}"),
        _ => digits(value),
    };
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text,
    }
}

/// Two decades of 1/(1-p) are 99 %.
fn percentile(decades: f64) -> String {
    match decades.round() as usize {
        0 => "0 %".into(),
        1 => "90 %".into(),
        2 => "99 %".into(),
        nines => format!("99.{} %", "9".repeat(nines - 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.marks.iter().map(|&mark| axis.label(mark)).collect()
    }

    #[test]
    fn linear_marks_are_round_and_contain_the_most() {
        for most in [0.0, 0.003, 0.7, 1.0, 9.99, 10.0, 1234.0, 5e6] {
            let axis = Axis::linear("", Unit::Seconds, most, 5);
            assert!(axis.marks.last().unwrap() >= &(most * 0.999), "{most}");
            assert!(
                (2..=7).contains(&axis.marks.len()),
                "{most}: {:?}",
                axis.marks
            );
        }
        let axis = Axis::linear("", Unit::Seconds, 10.0, 5);
        assert_eq!(labels(&axis), ["0", "2", "4", "6", "8", "10"]);
        let axis = Axis::linear("", Unit::Count, 1.9e6, 4);
        assert_eq!(labels(&axis), ["0", "500 k", "1 M", "1.50 M", "2 M"]);
        let axis = Axis::linear("", Unit::Percent, 0.98, 4);
        assert_eq!(labels(&axis)[4], "100 %");
    }

    #[test]
    fn log_marks_contain_least_and_most() {
        for (least, most) in [(0.02, 0.9), (1.0, 1.0), (0.001, 5000.0), (3.0, 4.0)] {
            let axis = Axis::log("", Unit::Latency, least, most);
            assert!(axis.marks[0] <= axis.place(least) + 1e-9);
            assert!(*axis.marks.last().unwrap() >= axis.place(most) - 1e-9);
        }
        let axis = Axis::log("", Unit::Latency, 0.02, 0.9);
        assert_eq!(labels(&axis), ["0.02", "0.05", "0.1", "0.2", "0.5", "1"]);
    }

    #[test]
    fn nines_are_percentiles() {
        let text = [0.0, 1.0, 2.0, 3.0, 5.0].map(percentile);
        assert_eq!(text, ["0 %", "90 %", "99 %", "99.9 %", "99.999 %"]);
    }
}
