//! A user of several rooms: lines of the rooms that they do not speak in begin with `#ROOM `.

use crate::ana;
use crate::full;
use crate::pty::Pty;

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

#[test]
fn what_was_asked_for_stands_where_it_was_asked() {
    let (_server, mut pty, mut peer) = full::ana(14, 60);
    full::in_games(&mut pty, &mut peer);
    pty.press("/search in\r");
    peer.expect("/search in");
    peer.send("@11 * 2 lines with \"in\", newest last\n@10 #games:7:1 old <carl> in games");
    peer.send("@10 #lobby:7:2 old <bob> ana, in\n@12 #lobby:5 <bob> new");
    pty.expect_part("\"in\", newest last");
    pty.expect_part("\n#games <carl> in games");
    pty.expect_part("\n<bob> new");
    let raw = pty.raw_text();
    assert!(raw.contains("\x1b[2m#games <carl> in games") && raw.contains("\x1b[2m<bob> ana, in"));
    assert!(!pty.drawn().contains("2 games ("), "{}", pty.drawn());
    // Those of a room that one enters stand there.
    pty.press("/also tea\r");
    peer.expect("/also tea");
    peer.send("@12 * you are also in tea\n@10 #tea:7:1 old <zoe> milk?\n@10 #tea:7:2 old <zoe> ?");
    peer.send("@12 #tea:2 epoch 7");
    pty.expect_part("3 tea");
    pty.press("\x1b3");
    peer.expect("/join tea");
    peer.send("@12 * you are in tea with zoe");
    pty.expect_part("[3 tea]\n");
    pty.expect_part("\n<zoe> milk?");
    pty.expect_part("\n<zoe> ?");
    // So it is if one has left that room again before anything is drawn.
    pty.press("/join den\r");
    peer.expect("/online");
    peer.expect("/join den");
    let den = "@12 #den:2 epoch 7\n@12 * you are alone in den\n@10 #den:7:1 old <zoe> cold";
    peer.send(&format!(
        "{den}\n@12 * you are in tea with zoe\n@12 #tea:3 <zoe> back?"
    ));
    pty.expect_part("[3 tea] 4 den");
    pty.expect_part("\n<zoe> back?");
    assert!(!pty.drawn().contains("cold"), "{}", pty.drawn());
    pty.press("\x1b4");
    peer.expect("/join den");
    peer.send("@12 * you are alone in den");
    pty.expect_part("[4 den]");
    pty.expect_part("\n<zoe> cold");
    peer.send("@12 * you are not in games any more");
    pty.expect_part(" 1 lobby  2 tea [3 den]");
}

#[test]
fn another_name_is_told_once() {
    let (_server, mut pty, mut peer) = full::ana(12, 60);
    full::in_games(&mut pty, &mut peer);
    pty.press("/nick anna\r");
    peer.expect("/nick anna");
    peer.send("@11 #lobby:5 * ana is now anna\n@11 #games:2 * ana is now anna");
    peer.send("@11 * you are now anna");
    peer.expect("/online");
    peer.send("@11 * 2 here: bob, anna\n@11 #lobby:6 * bob is now robert");
    pty.expect_part("/nick anna");
    pty.expect_part("* you are now anna");
    pty.expect_part("* bob is now robert");
    assert!(!pty.drawn().contains("ana is now anna"), "{}", pty.drawn());
}

#[test]
fn of_many_rooms_those_are_shown_that_ask_for_something() {
    let (_server, mut pty, mut peer) = full::ana(9, 40);
    for n in 2..=12 {
        peer.send(&format!("@10 #room{n}:1 epoch 7\n@10 #room{n}:2 <bob> x"));
    }
    peer.send("@10 #lobby:5 <bob> done");
    pty.expect_part("<bob> done");
    pty.expect_part("[1 lobby] 2 room2 (1)  3 room3 (1) …");
    peer.send("@10 #room11:3 <bob> ana?\n@10 * you are in room9 with bob");
    let bar = |pty: &Pty| pty.drawn().lines().next().unwrap_or_default().to_owned();
    pty.wait(
        |pty| bar(pty) == " 2 room2 (1) [9 room9] 11 room11 (2!) …",
        "what fits",
    );
}
