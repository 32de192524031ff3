//! What the server's console and log never show, at any level: private lines and passwords.

use nix::sys::signal::Signal;

use crate::chattruco::{self, Truco};
use crate::forms::Pessoa;
use crate::people::{Person, Talker};
use crate::rede::Rede;
use crate::relay::Relay;
use crate::tchat::TChat;
use crate::vpn::Vpn;
use crate::world::{Folder, World};

/// In each text and password that only its receiver may see.
const SECRET: &str = "sigilo";
const EVA: &str = "eva@escola.br";

/// All that the server has shown and logged until its end.
fn shown_and_logged(mut world: World) -> Vec<String> {
    world.server.signal(Signal::SIGTERM);
    let mut shown = world.server.screen.rest();
    shown.extend(world.server.log.rest());
    shown
}

#[track_caller]
fn expect_no_secret(shown: &[String]) {
    for secret in [SECRET, chattruco::PASSWORD] {
        let line = shown.iter().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

#[test]
fn private_lines_of_all_systems() {
    let mut world = World::with_operator_and("--log debug");
    let mut guest = Relay::connect(&world);
    let mut ana = TChat::join(&world, "ana");
    let mut bia = Vpn::join(&world, "bia");
    let mut rui = Rede::join(&world, "rui");
    let mut eva = Truco::join(&world, 2, EVA);
    ana.told("bia entrou");
    ana.told("rui entrou");
    ana.told("eva@escola.br entrou (direto)");
    bia.told("rui entrou");
    bia.told("eva@escola.br entrou (direto)");
    rui.told("eva@escola.br entrou (direto)");
    eva.sees("ana");
    eva.sees("guest1");
    for command in ["/para bia", "/private bia", "/msg BIA", "@bia", "  @bia"] {
        ana.say(&format!("{command} {SECRET}"));
        bia.reads_private("ana", SECRET);
    }
    for command in ["/responder", "/reply", "/r", "@ana"] {
        bia.say(&format!("{command} {SECRET}"));
        ana.reads_private("bia", SECRET);
    }
    rui.say(&format!("/private guest1 {SECRET}"));
    guest.reads_private("rui", SECRET);
    rui.say(&format!("@{EVA} {SECRET}"));
    eva.expect("rui", SECRET);
    eva.say("ana", SECRET);
    ana.reads_private(EVA, SECRET);
    eva.say("guest1", SECRET);
    guest.reads_private(EVA, SECRET);
    // What goes wrong.
    ana.say(&format!("@ninguem {SECRET}"));
    ana.refused("usuário não encontrado: ninguem");
    ana.say(&format!("/parra bia {SECRET}"));
    ana.refused("comando não encontrado: /parra; você quis dizer /para?");
    eva.send(&format!("Envia ninguem {EVA} #m#{SECRET}"));
    eva.send(&format!("Envia ana {SECRET}"));
    // A muted user's line is for nobody.
    world.server.types("/mute bia");
    bia.told("um operador silenciou você: ninguém recebe as suas linhas");
    bia.say(&format!("{SECRET} para todos"));
    bia.refused("você está silenciado: ninguém recebeu essa linha");
    // What the operator types to one user.
    world.server.types(&format!("@ana {SECRET}"));
    world.server.types(&format!("/private ana {SECRET}"));
    ana.say("para todos");
    rui.reads("ana", "para todos");
    let shown = shown_and_logged(world);
    expect_no_secret(&shown);
    let is_public = |line: &String| line.contains("<ana> \"para todos\"");
    assert!(shown.iter().any(is_public), "{shown:#?}");
}

#[test]
fn passwords_of_all_kinds() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path()).expect("a new folder");
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{SECRET} do operador\n")).expect("a new file");
    let options = format!("--log debug --admin-password-file {}", file.display());
    let world = World::with_operator_and(&options);
    let mut ana = TChat::join(&world, "ana");
    ana.say(&format!("/registrar {SECRET} um"));
    ana.told_start("o nome ana está registrado; ");
    ana.say(&format!("/senha {SECRET}"));
    ana.told("sua senha foi trocada");
    ana.say(&format!("/admin {SECRET} errado"));
    ana.refused("a senha não é essa");
    ana.say(&format!("/admin {SECRET} do operador"));
    ana.told_start("você é ");
    let mut bia = Vpn::connect(&world, "ana");
    bia.asked_password("ana");
    bia.say(&format!("{SECRET} errado"));
    bia.refused("a senha não é essa");
    bia.asked_password("ana");
    bia.say(SECRET);
    bia.welcomed("ana");
    let mut nc = Talker::to(world.auto());
    nc.asked();
    // Typed together, and so taken for a name.
    nc.say(&format!("ana {SECRET}"));
    nc.refused_start("um nome é uma palavra só");
    let mut eva = Truco::join(&world, 2, EVA);
    eva.send(&format!("Con {EVA} {SECRET}"));
    eva.send(&format!("Sin {EVA} {SECRET} a mais"));
    eva.beats(1);
    let shown = shown_and_logged(world);
    expect_no_secret(&shown);
    let is_registered = |line: &String| line.contains("accounts are kept in");
    assert!(shown.iter().any(is_registered), "{shown:#?}");
}
