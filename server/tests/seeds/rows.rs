//! The tests that docs/seeds.md names in its tables exist.

use std::path::Path;

#[test]
fn every_row_has_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("../docs/seeds.md")).expect("it is there");
    let mut count = 0;
    for row in document.lines().filter(|line| line.starts_with("| ")) {
        let shown_by = row
            .trim_end_matches(" |")
            .rsplit("| ")
            .next()
            .unwrap_or(row);
        let is_head = shown_by == "shown by";
        let mut tests = shown_by
            .split('`')
            .filter(|word| word.contains("::"))
            .peekable();
        assert!(is_head || tests.peek().is_some(), "no test: {row}");
        for test in tests {
            let (file, name) = test.split_once("::").expect("file::name");
            let path = root.join(format!("tests/seeds/{file}.rs"));
            let text =
                std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{test}: {error}"));
            assert!(
                text.contains(&format!("#[test]\nfn {name}() {{")),
                "{test} is not there"
            );
            count += 1;
        }
    }
    assert!(count > 50, "{count}");
}
