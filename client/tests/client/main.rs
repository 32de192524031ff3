//! The real `papo` against a scripted server: `terminal` and `leaving` in a pty, `plain` through pipes;
//! `truco` and `truco_ends` against a scripted ChatTruco directory, in both.
//! Nothing waits for time: every step waits for a fact, a line at the server or a drawn screen.

mod directory;
mod leaving;
mod password;
mod plain;
mod pty;
mod server;
mod terminal;
mod truco;
mod truco_ends;

use std::time::Duration;

/// How long a fact may take on a busy machine before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);
