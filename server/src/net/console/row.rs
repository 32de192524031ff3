//! The operator's input row, drawn below everything printed. Only text, and never wider than the
//! screen: a second row could not be erased.

/// Shows where typed text goes.
const PROMPT: &str = "> ";

/// Of a long line it shows the end, where the cursor is.
pub(super) fn row(typed: &str, columns: usize) -> String {
    // The last column stays free: a cursor behind it would be on the next row.
    let room = columns.saturating_sub(PROMPT.len() + 1);
    let mut width = 0;
    let fits = |c: &char| {
        width += columns_of(*c);
        width <= room
    };
    let shown = typed.chars().rev().take_while(fits).count();
    let hidden = typed.chars().count() - shown;
    let shown: String = typed.chars().skip(hidden).collect();
    format!("{PROMPT}{shown}")
}

/// An upper bound: from here on, scripts may have letters of two columns.
fn columns_of(c: char) -> usize {
    match c {
        '\0'..'\u{1100}' => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_line_is_shown() {
        let check = |typed: &str, columns, shown: &str| {
            assert_eq!(row(typed, columns), format!("> {shown}"), "{typed}");
        };
        check("", 80, "");
        check("olá", 80, "olá");
        check("1234567", 10, "1234567");
        check("12345678", 10, "2345678");
        check("漢字漢字", 10, "字漢字");
        check("abc", 2, "");
    }
}
