//! The cost of each line that a user may send, with 10,000 users: `cargo bench -p papo-server
//! --bench commands`. The exit code is 1 if one costs more than [`MOST`] plus its output.

mod town;

use std::process::ExitCode;
use std::time::Duration;

use town::{Plan, TELLING, Town};

/// What a line may cost besides its output. At 10 us for a write and one for a read that is as much
/// as a line to one reader.
const MOST: Duration = Duration::from_micros(20);
const USERS: u32 = 10_000;

fn main() -> ExitCode {
    let mut fine = true;
    for plan in [Plan::Square, Plan::Houses, Plan::Clubs] {
        println!("{USERS} users, {plan:?}:\n");
        println!("| line | median, us | worst, us | its output, us | bytes |");
        println!("|---|---|---|---|---|");
        let mut costs = Town::new(USERS, plan).costs();
        costs.sort_by_key(|cost| std::cmp::Reverse(cost.worst));
        for cost in costs {
            let us = |time: Duration| time.as_secs_f64() * 1e6;
            let is_fine = cost.median <= MOST + TELLING * cost.told;
            let mark = if is_fine { "" } else { " **too much**" };
            fine &= is_fine;
            println!(
                "| `{}`{mark} | {:.1} | {:.1} | {:.1} | {} |",
                cost.line,
                us(cost.median),
                us(cost.worst),
                us(cost.output),
                cost.bytes
            );
        }
        println!();
    }
    if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
