//! The real `papo` against a scripted server: `terminal`, `editing`, `hostile` and `leaving` in a pty, `plain` through pipes;
//! `papo-chattruco` against a scripted directory, in both.
//! No test waits for time: every step waits for a fact, a line at the server or a drawn screen.

mod area;
mod away;
mod chattruco;
mod chattruco_ends;
mod directory;
mod editing;
mod floods;
mod full;
mod hostile;
mod leaving;
mod password;
mod plain;
mod pty;
mod reading;
mod rooms;
mod scripts;
mod server;
mod terminal;

use std::time::Duration;

use pty::Pty;
use server::{Peer, Server};

/// A folder that does not exist, so that the tests never read the settings of the person who runs them.
const NOWHERE: &str = "/nonexistent";

/// How long a fact may take on a busy machine before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// `ana` in a room, with only her prompt on the screen.
pub(crate) fn ana() -> (Pty, Peer) {
    ana_in(Pty::papo)
}

/// The same with another way to start `papo`.
pub(crate) fn ana_in(spawn: impl FnOnce(&[&str]) -> Pty) -> (Pty, Peer) {
    let server = Server::start();
    let mut pty = spawn(&[&server.address(), "--name", "ana"]);
    let mut peer = server.accept();
    peer.welcome_ana();
    pty.expect_part("ana>");
    pty.press("\x0c");
    pty.expect("ana> |");
    (pty, peer)
}
