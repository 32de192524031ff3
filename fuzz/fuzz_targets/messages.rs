#![no_main]

#[path = "../checks/pieces.rs"]
mod pieces;
#[path = "../../server/tests/fuzz/messages.rs"]
mod messages;

libfuzzer_sys::fuzz_target!(|data: &[u8]| messages::check(data));
