//! Accounts of users of lines: a registered name, and the question for its password.

use crate::people::Person;
use crate::rede::Rede;
use crate::screen::Pessoa;
use crate::tchat::TChat;
use crate::vpn::Vpn;
use crate::world::World;

const WHICH: &str = "* papo: qual é o seu nome?";
const PASSWORD_OF_ANA: &str = "* papo: qual é a senha de ana? (linha vazia: outro nome)";

/// A user who registers and leaves.
#[track_caller]
fn registered(world: &World, name: &str, password: &str) {
    let mut user = TChat::join(world, name);
    user.say(&format!("/registrar {password}"));
    user.expect_start(&format!("* o nome {name} está registrado; "));
    leaves(user);
}

#[track_caller]
fn leaves(mut user: impl Person) {
    user.say("/sair");
    user.expect_start("* até logo, ");
    user.expect_end();
}

#[test]
fn a_registered_name_needs_its_password() {
    let world = World::start();
    registered(&world, "ana", "segredo");
    let mut ana = TChat::connect(&world);
    ana.expect(WHICH);
    // The same name in any spelling.
    ana.say("ANA");
    ana.expect_start("* papo: qual é a senha de ");
    ana.say("errada");
    ana.expect("! a senha não é essa");
    ana.expect(WHICH);
    ana.say("ana");
    ana.expect(PASSWORD_OF_ANA);
    ana.say("");
    ana.expect(WHICH);
    ana.say("ana");
    ana.expect(PASSWORD_OF_ANA);
    ana.say("segredo");
    ana.expect("* boas-vindas, ana! você está só em lobby; /ajuda lista os comandos");
    ana.expect_silence();
}

#[test]
fn a_registered_name_cannot_be_used_without_its_password() {
    let world = World::start();
    registered(&world, "ana", "segredo");
    let mut bob = TChat::join(&world, "bob");
    bob.say("/nome ana");
    bob.expect_start("! o nome ana está registrado; ");
    // A look-alike does not get around it, wherever it comes from.
    bob.say("/nome аna");
    bob.expect_start("! ");
    let mut other = Vpn::connect(&world, "ana\nola a todos");
    other.expect(WHICH);
    other.expect(PASSWORD_OF_ANA);
    other.expect("! a senha não é essa");
    other.expect(WHICH);
    bob.expect_silence();
}

#[test]
fn clients_without_newlines_log_in_as_well() {
    let world = World::start();
    let mut bia = Vpn::join(&world, "bia");
    bia.say("/register de vpn");
    bia.expect_start("* o nome bia está registrado; ");
    leaves(bia);
    let mut rui = Rede::join(&world, "rui");
    rui.say("/register de_rede");
    rui.expect_start("* o nome rui está registrado; ");
    leaves(rui);
    let mut bia = Vpn::connect(&world, "bia");
    bia.expect(WHICH);
    bia.expect_start("* papo: qual é a senha de bia? ");
    bia.say("de vpn");
    bia.expect_start("* boas-vindas, bia! ");
    let mut rui = Rede::connect(&world);
    rui.expect(WHICH);
    rui.say("rui");
    rui.expect_start("* papo: qual é a senha de rui? ");
    rui.say("de_rede");
    rui.expect_start("* boas-vindas, rui! ");
    bia.expect("* rui entrou");
}

#[test]
fn a_password_is_changed_and_an_account_given_up() {
    let world = World::start();
    registered(&world, "ana", "velha");
    let mut ana = logged_in(&world, "velha");
    ana.say("/senha nova");
    ana.expect("* sua senha foi trocada");
    leaves(ana);
    let mut wrong = TChat::connect(&world);
    wrong.expect(WHICH);
    wrong.say("ana");
    wrong.expect(PASSWORD_OF_ANA);
    wrong.say("velha");
    wrong.expect("! a senha não é essa");
    let mut ana = logged_in(&world, "nova");
    ana.say("/register outra");
    ana.expect("! o nome ana já está registrado");
    ana.say("/unregister");
    ana.expect("* o nome ana não está mais registrado");
    ana.say("/password outra");
    ana.expect("! o nome ana não está registrado");
    leaves(ana);
    // The name is free again.
    TChat::join(&world, "ana");
}

#[track_caller]
fn logged_in(world: &World, password: &str) -> TChat {
    let mut ana = TChat::connect(world);
    ana.expect(WHICH);
    ana.say("ana");
    ana.expect(PASSWORD_OF_ANA);
    ana.say(password);
    ana.expect_start("* boas-vindas, ana! ");
    ana
}

#[test]
fn wrong_passwords_are_counted_and_slowed() {
    let world = World::start();
    registered(&world, "ana", "segredo");
    registered(&world, "bia", "segredo");
    let mut guesser = TChat::connect(&world);
    guesser.expect(WHICH);
    // Ten for one name; the three of an address do not apply to loopback, which everybody shares.
    for guess in 0..10 {
        guesser.say("ana");
        guesser.expect(PASSWORD_OF_ANA);
        guesser.say(&guess.to_string());
        guesser.expect("! a senha não é essa");
        guesser.expect(WHICH);
    }
    // Nor does another connection get around it.
    let mut again = TChat::connect(&world);
    again.expect(WHICH);
    for guesser in [&mut guesser, &mut again] {
        guesser.say("ana");
        guesser.expect(PASSWORD_OF_ANA);
        guesser.say("onze");
        let told = guesser.expect_start("! senhas demais; tente de novo em ");
        assert!(told.ends_with(" s"), "{told}");
        guesser.expect(WHICH);
    }
    // Users of other names are not affected.
    again.say("bia");
    again.expect_start("* papo: qual é a senha de bia? ");
    again.say("segredo");
    again.expect_start("* boas-vindas, bia! ");
}

#[test]
fn a_new_login_replaces_the_old_session() {
    let world = World::start();
    registered(&world, "ana", "segredo");
    let mut bob = TChat::join(&world, "bob");
    let mut old = logged_in(&world, "segredo");
    bob.expect("* ana entrou");
    let mut new = logged_in(&world, "segredo");
    old.expect("* até logo, ana: você entrou por outra conexão");
    old.expect_end();
    bob.expect_start("* ana saiu (");
    bob.expect("* ana entrou");
    new.say("de novo eu");
    bob.expect("<ana> de novo eu");
    bob.expect_silence();
}

#[test]
fn only_the_lock_is_on_disk_before_the_first_registration_and_all_is_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::start();
    leaves(TChat::join(&world, "ana"));
    let files = || {
        let files = std::fs::read_dir(world.folder.path()).expect("it is a folder");
        let paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        paths
    };
    assert_eq!(files(), [world.folder.path().join("accounts.lock")]);
    registered(&world, "ana", "segredo-que-ninguem-le");
    let mode = |path: &std::path::Path| {
        let found = std::fs::metadata(path).expect("it is there");
        found.permissions().mode() & 0o777
    };
    assert_eq!(mode(world.folder.path()), 0o700);
    let all = files();
    assert!(all.len() > 1, "{all:?}");
    for path in all {
        assert_eq!(mode(&path), 0o600, "{path:?}");
        let bytes = std::fs::read(&path).expect("it is ours");
        let secret = b"segredo-que-ninguem-le";
        assert!(
            !bytes.windows(secret.len()).any(|part| part == secret),
            "{path:?}"
        );
    }
}

#[test]
fn a_conn_lost_during_a_password_check_leaves_nothing_behind() {
    let world = World::start();
    registered(&world, "ana", "segredo");
    let mut bob = TChat::join(&world, "bob");
    for password in ["segredo", "errada"] {
        let mut broken = TChat::connect(&world);
        broken.expect(WHICH);
        broken.say("ana");
        broken.expect(PASSWORD_OF_ANA);
        broken.say(password);
        broken.breaks();
    }
    let mut ana = logged_in(&world, "segredo");
    ana.say("enfim");
    // The first may have been welcomed before it broke; then it joined and left.
    let mut said = Vec::new();
    while said.last().is_none_or(|line| line != "<ana> enfim") {
        said.push(bob.hear().expect("a line"));
    }
    let count = |start: &str| said.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("* ana entrou"), count("* ana saiu") + 1, "{said:?}");
    bob.say("/online");
    bob.expect("* 2 aqui: bob, ana");
}
