#![no_main]

#[path = "../checks/pieces.rs"]
mod pieces;
#[path = "../../server/tests/fuzz/requests.rs"]
mod requests;

libfuzzer_sys::fuzz_target!(|data: &[u8]| requests::check(data));
