//! The program `papo-chattruco`. What it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    papo_client::chattruco::main()
}
