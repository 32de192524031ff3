//! How a transcript differs from what came out, for people to read.

use std::fmt::Write;

/// The lines of both, in order, with their longest common part unmarked.
pub(super) fn diff(left: &str, right: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
    let (n, m) = (left.len(), right.len());
    // common[i][j]: the length of the longest common part of left[i..] and right[j..].
    let mut common = vec![vec![0; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            common[i][j] = if left[i] == right[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let mut out = String::new();
    let (mut i, mut j) = (0, 0);
    while i < n || j < m {
        let (mark, line) = if i < n && j < m && left[i] == right[j] {
            i += 1;
            j += 1;
            (' ', left[i - 1])
        } else if j == m || i < n && common[i + 1][j] >= common[i][j + 1] {
            i += 1;
            ('-', left[i - 1])
        } else {
            j += 1;
            ('+', right[j - 1])
        };
        writeln!(out, "{mark} {line}").expect("a string takes all");
    }
    out
}
