#![no_main]

#[path = "../../server/tests/fuzz/proxies.rs"]
mod proxies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| proxies::check(data));
