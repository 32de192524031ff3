#![no_main]

#[path = "../checks/characters.rs"]
mod characters;
#[path = "../../server/tests/fuzz/clean.rs"]
mod clean;
#[path = "../../server/tests/fuzz/safe.rs"]
mod safe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| clean::check(data));
