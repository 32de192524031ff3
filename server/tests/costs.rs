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

/// Another program that has the processor's caches meanwhile can make one try dear, and hardly each of these.
const TRIES: usize = 4;

#[test]
fn no_line_costs_more_because_more_people_are_there() {
    for plan in [Plan::Square, Plan::Houses, Plan::Clubs] {
        let dear: Vec<String> = (0..TRIES).map_while(|_| dearer(plan)).collect();
        assert!(dear.len() < TRIES, "{dear:#?}");
    }
}

/// A line that costs more on the large server, if there is one.
fn dearer(plan: Plan) -> Option<String> {
    let small = Town::new(SMALL, plan).costs();
    let large = Town::new(LARGE, plan).costs();
    let mut pairs = small.iter().zip(&large);
    let (small, large) = pairs.find(|(small, large)| {
        // More memory is touched, and trees are deeper; but the output is 20 times as large.
        large.median > small.median * 4 + Duration::from_micros(30) + TELLING * large.told
    })?;
    Some(format!(
        "{plan:?}, {}: {:?} with {SMALL} users, {:?} with {LARGE}",
        large.line, small.median, large.median
    ))
}
