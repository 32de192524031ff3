//! A user of several rooms: lines of the rooms that they do not speak in begin with `#ROOM `.

use crate::ana;

#[test]
fn lines_of_other_rooms_are_shown_with_their_room() {
    let (mut pty, mut peer) = ana();
    pty.press("/also games\r");
    peer.expect("/also games");
    peer.send("#games <bob> hi\n#games ~ bob waves\n#games * carl joined\n<eva> hello");
    pty.expect_part("<eva> hello");
    pty.press("good morning\r");
    peer.expect("good morning");
    pty.expect(
        "
        /also games
        #games <bob> hi
        #games ~ bob waves
        #games * carl joined
        <eva> hello
        <ana> good morning
        ana> |
        ",
    );
    pty.press("@ca\t");
    pty.expect_part("ana> @carl ");
}

#[test]
fn another_room_asks_and_renames_nobody() {
    let (mut pty, mut peer) = ana();
    pty.press("/nick anna\r");
    peer.expect("/nick anna");
    peer.send("#games * you are now eva\n#games * papo: what is the password of ana?");
    peer.send("#games [private from bob] x");
    pty.expect_part("from bob] x");
    pty.press("hello\r");
    peer.expect("hello");
    pty.expect(
        "
        /nick anna
        #games * you are now eva
        #games * papo: what is the password of
          ana?
        #games [private from bob] x
        <ana> hello
        ana> |
        ",
    );
}
