#![no_main]

#[path = "../checks/characters.rs"]
mod characters;
#[path = "../checks/pieces.rs"]
mod pieces;
#[path = "../../client/tests/fuzz/screen.rs"]
mod screen;

libfuzzer_sys::fuzz_target!(|data: &[u8]| screen::check(data));
