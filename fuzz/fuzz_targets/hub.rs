#![no_main]

#[path = "../../server/tests/fuzz/hub.rs"]
mod hub;
#[path = "../../server/tests/fuzz/pieces.rs"]
mod pieces;
#[path = "../../server/tests/fuzz/safe.rs"]
mod safe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| hub::check(data));
