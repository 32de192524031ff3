//! What the fuzzer of the screen found, once more: every input kept in fuzz/ goes through its check.
//! The fuzzer itself (scripts/fuzz) compiles the same check; here it needs no other toolchain.

#[path = "../../../fuzz/checks/characters.rs"]
mod characters;
#[path = "../../../fuzz/checks/pieces.rs"]
mod pieces;
#[path = "../../../fuzz/checks/replay.rs"]
mod replay;
mod screen;

#[test]
fn screen() {
    replay::replay("screen", screen::check);
}
