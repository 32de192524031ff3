//! The real `papo` against a scripted server: `terminal` and `leaving` in a pty, `plain` through pipes;
//! `papo-chattruco` against a scripted directory, in both.
//! Nothing waits for time: every step waits for a fact, a line at the server or a drawn screen.

mod chattruco;
mod chattruco_ends;
mod directory;
mod leaving;
mod password;
mod plain;
mod pty;
mod rooms;
mod server;
mod terminal;

use std::time::Duration;

/// How long a fact may take on a busy machine before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);
