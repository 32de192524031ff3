#![no_main]

#[path = "../../server/tests/fuzz/secure.rs"]
mod secure;

libfuzzer_sys::fuzz_target!(|data: &[u8]| secure::check(data));
