#![no_main]

#[path = "../../server/tests/fuzz/browsers.rs"]
mod browsers;
#[path = "../checks/characters.rs"]
mod characters;
#[path = "../../server/tests/fuzz/framed.rs"]
mod framed;
#[path = "../checks/pieces.rs"]
mod pieces;
#[path = "../../server/tests/fuzz/safe.rs"]
mod safe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| browsers::check(data));
