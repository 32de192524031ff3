//! Numbers for people. Pure; an unknown number is written as unknown, never as zero.

/// Microseconds as milliseconds, to three digits.
pub(crate) fn milliseconds(us: f64) -> String {
    format!("{} ms", digits(us / 1e3))
}

/// A number to three digits, but with all digits before the point. A small number is never written as 0.
pub(crate) fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        size if size >= 0.001 => format!("{value:.3}"),
        size => {
            // Small figures keep two digits.
            let places = 1 - size.log10().floor() as i32;
            format!("{value:.*}", places.clamp(3, 15) as usize)
        }
    }
}

/// A count with `k` or `M`.
pub(crate) fn counted(count: f64) -> String {
    match count {
        few if few < 10.0 && few.fract() != 0.0 => digits(few),
        few if few < 1e3 => format!("{few:.0}"),
        some if some < 1e6 => format!("{:.1} k", some / 1e3),
        many => format!("{:.2} M", many / 1e6),
    }
}

/// A whole number with a comma at each thousand.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun, in the singular or the plural.
pub(crate) fn many(count: u64, one: &str, several: &str) -> String {
    format!(
        "{} {}",
        grouped(count),
        if count == 1 { one } else { several }
    )
}

/// A share as percent.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        tiny if tiny > 0.0 && tiny < 0.01 => format!("{} %", digits(tiny)),
        small if small > 0.0 && small < 1.0 => format!("{small:.2} %"),
        part => format!("{part:.0} %"),
    }
}

/// Bytes with a unit that fits.
pub(crate) fn bytes(count: f64) -> String {
    match count / 1024.0 {
        kib if kib > 0.0 && kib < 0.1 => format!("{count:.0} B"),
        kib if kib < 1024.0 => format!("{kib:.2} KiB"),
        kib => format!("{:.2} MiB", kib / 1024.0),
    }
}

/// A figure, or "unknown".
pub(crate) fn known<T>(value: Option<T>, tell: impl FnOnce(T) -> String) -> String {
    value.map_or("unknown".into(), tell)
}
