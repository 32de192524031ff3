#![no_main]

#[path = "../checks/characters.rs"]
mod characters;
#[path = "../../server/tests/fuzz/hub.rs"]
mod hub;
#[path = "../../server/tests/fuzz/kept.rs"]
mod kept;
#[path = "../../server/tests/fuzz/letters.rs"]
mod letters;
#[path = "../../server/tests/fuzz/framed.rs"]
mod framed;
#[path = "../checks/pieces.rs"]
mod pieces;
#[path = "../../server/tests/fuzz/safe.rs"]
mod safe;

libfuzzer_sys::fuzz_target!(|data: &[u8]| hub::check(data));
