//! What helps reading: times of day, dates, and what is new.

use crate::ana_in;
use crate::away::ana_by;
use crate::pty::Pty;

#[test]
fn times_and_dates_are_told_where_they_are_new() {
    for columns in [20, 80, 200] {
        let (_server, mut pty, mut peer) = ana_by(Pty::command_with_times, columns);
        peer.send("@60000 #lobby:7:1 old <eva> past\n@86340 #lobby:5 <bob> one two three four");
        peer.send("@86341 #lobby:6 <bob> two\n@86342 * 2 here: ana, bob");
        peer.send("@86400 #lobby:7 * carl joined");
        let long = match columns {
            20 => "one two\n  three four",
            _ => "one two three four",
        };
        pty.expect(&format!(
            "
── Thu 1 Jan 1970 ──
16:40 <eva> past
23:59 <bob> {long}
<bob> two
* 2 here: ana, bob
── Fri 2 Jan 1970 ──
00:00 * carl joined
ana> |"
        ));
        assert!(pty.raw_text().contains("\x1b[2m<eva> past\x1b[0m"));
        pty.press("/lang pt\r");
        peer.expect("/lang pt");
        peer.send("@1764288000 #lobby:8 <bob> hoje");
        pty.expect_part(match columns {
            20 => "\nsex 28 nov 2025\n00:00 <bob> hoje",
            _ => "\n── sex 28 nov 2025 ──\n00:00 <bob> hoje",
        });
        pty.press("\x03");
        pty.expect_part("aperte ^C");
    }
}

#[test]
fn a_server_that_tells_no_times_is_read_by_the_own_clock() {
    let (mut pty, mut peer) = ana_in(|arguments| {
        let mut command = Pty::command_with_times(arguments);
        command.env("TZ", "America/Sao_Paulo");
        Pty::spawn(command, 8, 40)
    });
    peer.send("<bob> hi");
    pty.wait(
        |pty| {
            let drawn = pty.drawn();
            let row = drawn.lines().next().unwrap_or_default().to_owned();
            let time = row
                .strip_suffix(" <bob> hi")
                .and_then(|time| time.split_once(':'));
            time.is_some_and(|(hour, minute)| {
                hour.len() == 2 && hour < "24" && minute.len() == 2 && minute < "60"
            })
        },
        "a time of day",
    );
}
