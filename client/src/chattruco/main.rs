//! The program `papo-chattruco`. What it does is in the library.

use std::process::ExitCode;

use papo_client::chattruco;
use papo_client::program;

fn main() -> ExitCode {
    program::main("papo-chattruco", chattruco::options::parse, chattruco::run)
}
