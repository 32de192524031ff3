//! Readers who count lines: each gap has its room.

use super::{ID, Stage, gap_words, out};
use crate::dialect::Style;
use crate::hub::name::Name;
use crate::hub::{Ids, Lines, RoomId};

#[test]
fn what_a_program_has_lost_is_told_with_its_room_though_it_reads_another() {
    let style = Style {
        ids: Ids::Tags,
        ..Style::default()
    };
    let mut stage = Stage::new();
    let attach = |stage: &mut Stage, room| {
        let name = Name::parse(&format!("r{room}")).expect("a legal name");
        let shown = (RoomId(room), name, Lines::Bare);
        let reading = stage.feeds.seat(shown, style, ID);
        stage.reader.attach(&mut stage.feeds, reading);
    };
    attach(&mut stage, 0);
    (0..3).for_each(|_| stage.say(0, 1, false));
    let keep = "r0:2:x\n".len();
    let reading = stage
        .reader
        .detach(&mut stage.feeds, RoomId(0), keep, gap_words);
    stage.feeds.unseat(reading.expect("it has read the room"));
    attach(&mut stage, 1);
    stage.say(1, 1, false);
    stage.write(usize::MAX);
    assert_eq!(out(&mut stage), "#r0 * 2 skipped\nr0:2:x\nr1:0:x\n");
}
