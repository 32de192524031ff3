//! The help with its options in groups; argh prints them without. Pure text.

/// The first option and the heading of each group.
pub(super) const HEADINGS: [(&str, &str); 6] = [
    ("--target", "Servers:"),
    ("--scenario", "Load:"),
    ("--slow", "TroublemakerCounts:"),
    ("--server-cpu", "Processors:"),
    ("--fail-if", "Judging:"),
    ("--live", "Results:"),
];

/// Insert the heading of each group above its first option.
pub(super) fn grouped(text: &str) -> String {
    let mut grouped = String::new();
    for line in text.lines() {
        let option = line.strip_prefix("  ").map(|line| line.split(' ').next());
        let heading = HEADINGS
            .iter()
            .find(|(first, _)| option == Some(Some(first)));
        if let Some((_, heading)) = heading {
            grouped += &format!("\n{heading}\n");
        }
        grouped += line;
        grouped.push('\n');
    }
    grouped.truncate(grouped.trim_end().len());
    grouped
}
