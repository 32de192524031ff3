#![no_main]

#[path = "../../server/tests/fuzz/lines.rs"]
mod lines;
#[path = "../checks/pieces.rs"]
mod pieces;

libfuzzer_sys::fuzz_target!(|data: &[u8]| lines::check(data));
