//! The program `papo`. What it does is in the library.

use std::process::ExitCode;

use papo_client::{options, program};

fn main() -> ExitCode {
    program::main("papo", options::parse, papo_client::run)
}
