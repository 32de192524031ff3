//! No line costs more because more users are online: each kind of line is sent on a small server
//! and on one twenty times as large. Both are measured in processor time, so a slow machine changes
//! nothing.

#[path = "../benches/commands/town.rs"]
#[expect(dead_code, reason = "the bench prints more than is compared here")]
mod town;

use std::time::Duration;

use town::{Plan, TELLING, Town};

/// Both fill the longest answers, which have 200 names.
const SMALL: u32 = 300;
const LARGE: u32 = 20 * SMALL;

#[test]
fn no_line_costs_more_because_more_people_are_there() {
    for plan in [Plan::Square, Plan::Houses, Plan::Clubs] {
        let small = Town::new(SMALL, plan).costs();
        let large = Town::new(LARGE, plan).costs();
        for (small, large) in small.iter().zip(&large) {
            // More memory is touched, and trees are deeper; but the output is 20 times as large.
            let may = small.median * 4 + Duration::from_micros(30) + TELLING * large.told;
            assert!(
                large.median <= may,
                "{plan:?}, {}: {:?} with {SMALL} users, {:?} with {LARGE}",
                large.line,
                small.median,
                large.median
            );
        }
    }
}
