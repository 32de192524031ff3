#![no_main]

#[path = "../checks/characters.rs"]
mod characters;
#[path = "../../server/tests/fuzz/kept.rs"]
mod kept;
#[path = "../checks/pieces.rs"]
mod pieces;
#[path = "../../server/tests/fuzz/programs.rs"]
mod programs;
#[path = "../../server/tests/fuzz/safe.rs"]
mod safe;
#[path = "../../server/tests/fuzz/tagged.rs"]
mod tagged;

libfuzzer_sys::fuzz_target!(|data: &[u8]| programs::check(data));
