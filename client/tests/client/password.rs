//! Passwords of registered names: never on the screen, never in the history.

use crate::ana;
use crate::pty::Pty;
use crate::server::Server;

#[test]
fn a_registered_name_is_asked_for_its_password() {
    let server = Server::start();
    let mut pty = Pty::papo(&[&server.address(), "--name", "ana"]);
    let mut peer = server.accept();
    peer.expect("ana");
    peer.send("* papo: what is your name?\n* papo: what is the password of ana?");
    pty.expect(
        "
        * papo: what is the password of ana?
        password: |
        ",
    );
    pty.press("s3cret");
    pty.expect_part("password: ******");
    pty.press("\r");
    peer.expect("s3cret");
    peer.send("* welcome, ana! you are alone in lobby");
    pty.expect(
        "
        * papo: what is the password of ana?
        * welcome, ana! you are alone in lobby
        ana> |
        ",
    );
    // Up finds nothing.
    pty.press("\x1b[A");
    pty.press("x");
    pty.expect_part("ana> x");
}

#[test]
fn a_new_password_is_not_shown() {
    let (mut pty, mut peer) = ana();
    pty.press("/register s3cret\r");
    peer.expect("/register s3cret");
    peer.send("* ana is registered");
    pty.expect(
        "
        /register
        * ana is registered
        ana> |
        ",
    );
}

#[test]
fn the_password_of_a_refused_name_is_not_sent_for_another() {
    let file = std::env::temp_dir().join(format!("papo-refused-{}", std::process::id()));
    std::fs::write(&file, "s3cret\n").expect("a file");
    let path = file.to_str().expect("UTF-8");
    let server = Server::start();
    let address = server.address();
    let mut pty = Pty::papo(&[&address, "--name", "ana", "--password-file", path]);
    let mut peer = server.accept();
    peer.expect("ana");
    std::fs::remove_file(&file).expect("it was read before anything was sent");
    peer.send("! ana is taken");
    pty.expect_part("! ana is taken");
    pty.press("bob\r");
    peer.expect("bob");
    peer.send("* papo: what is the password of bob?");
    pty.expect_part("password: ");
    pty.press("other\r");
    peer.expect("other");
    peer.send("* welcome, bob! you are alone in lobby");
    pty.expect_part("bob> ");
}
