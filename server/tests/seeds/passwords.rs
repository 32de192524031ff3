//! Accounts of users of lines: a registered name, and the question for its password.

use crate::forms::Pessoa;
use crate::people::Person;
use crate::rede::Rede;
use crate::tchat::TChat;
use crate::vpn::Vpn;
use crate::world::World;

/// A user who registers and leaves.
#[track_caller]
fn registered(world: &World, name: &str, password: &str) {
    let mut user = TChat::join(world, name);
    user.say(&format!("/registrar {password}"));
    user.told_start(&format!("o nome {name} está registrado; "));
    leaves(user);
}

#[track_caller]
fn leaves(mut user: impl Pessoa) {
    user.say("/sair");
    user.told_start("até logo, ");
    user.expect_end();
}

#[test]
fn a_registered_name_needs_its_password() {
    let world = World::start();
    registered(&world, "ana", "segredo");
    let mut ana = TChat::connect(&world);
    ana.asked();
    // The same name in any spelling.
    ana.say("ANA");
    ana.asked_password("ANA");
    // A wrong password typed again is no name.
    for _ in 0..2 {
        ana.say("errada");
        ana.refused("a senha não é essa");
        ana.asked_password("ANA");
    }
    ana.say("");
    ana.asked();
    ana.say("ana");
    ana.asked_password("ana");
    ana.say("segredo");
    ana.welcomed_with("ana", "só em lobby");
    ana.expect_silence();
}

#[test]
fn a_registered_name_cannot_be_used_without_its_password() {
    let world = World::start();
    registered(&world, "ana", "segredo");
    let mut bob = TChat::join(&world, "bob");
    bob.say("/nome ana");
    bob.refused_start("o nome ana está registrado; ");
    // A look-alike does not get around it, wherever it comes from.
    bob.say("/nome аna");
    bob.refused_start("");
    let mut other = Vpn::connect(&world, "ana\nola a todos");
    other.asked_password("ana");
    other.refused("a senha não é essa");
    other.asked_password("ana");
    // A client without line ends sends no empty line; a blank is as good.
    other.say(" ");
    other.asked();
    bob.expect_silence();
}

#[test]
fn clients_without_newlines_log_in_as_well() {
    let world = World::start();
    let mut bia = Vpn::join(&world, "bia");
    bia.say("/register de vpn");
    bia.told_start("o nome bia está registrado; ");
    leaves(bia);
    let mut rui = Rede::join(&world, "rui");
    rui.say("/register de_rede");
    rui.told_start("o nome rui está registrado; ");
    leaves(rui);
    let mut bia = Vpn::connect(&world, "bia");
    bia.asked_password("bia");
    bia.say("de vpn");
    bia.welcomed("bia");
    let mut rui = Rede::connect(&world);
    rui.asked();
    rui.say("rui");
    rui.asked_password("rui");
    rui.say("de_rede");
    rui.welcomed("rui");
    bia.told("rui entrou");
}

#[test]
fn a_password_is_changed_and_an_account_given_up() {
    let world = World::start();
    registered(&world, "ana", "velha");
    let mut ana = logged_in(&world, "velha");
    ana.say("/senha nova");
    ana.told("sua senha foi trocada");
    leaves(ana);
    let mut wrong = TChat::connect(&world);
    wrong.asked();
    wrong.say("ana");
    wrong.asked_password("ana");
    wrong.say("velha");
    wrong.refused("a senha não é essa");
    let mut ana = logged_in(&world, "nova");
    ana.say("/register outra");
    ana.refused("o nome ana já está registrado");
    ana.say("/unregister");
    ana.told("o nome ana não está mais registrado");
    ana.say("/password outra");
    ana.refused("o nome ana não está registrado");
    leaves(ana);
    // The name is free again.
    TChat::join(&world, "ana");
}

#[track_caller]
fn logged_in(world: &World, password: &str) -> TChat {
    let mut ana = TChat::connect(world);
    ana.asked();
    ana.say("ana");
    ana.asked_password("ana");
    ana.say(password);
    ana.welcomed("ana");
    ana
}

#[test]
fn wrong_passwords_are_counted_and_slowed() {
    let world = World::start();
    registered(&world, "ana", "segredo");
    registered(&world, "bia", "segredo");
    let mut guesser = TChat::connect(&world);
    guesser.asked();
    // Ten for one name; the three of an address do not apply to loopback, which everybody shares.
    guesser.say("ana");
    guesser.asked_password("ana");
    for guess in 0..10 {
        guesser.say(&guess.to_string());
        guesser.refused("a senha não é essa");
        guesser.asked_password("ana");
    }
    // Nor does another connection get around it.
    let mut again = TChat::connect(&world);
    again.asked();
    again.say("ana");
    again.asked_password("ana");
    for guesser in [&mut guesser, &mut again] {
        guesser.say("onze");
        let told = guesser.refused_start("senhas demais; tente de novo em ");
        assert!(told.ends_with(" s"), "{told}");
        guesser.asked_password("ana");
    }
    // Users of other names are not affected.
    again.say("");
    again.asked();
    again.say("bia");
    again.asked_password("bia");
    again.say("segredo");
    again.welcomed("bia");
}

#[test]
fn a_new_login_replaces_the_old_session() {
    let world = World::start();
    registered(&world, "ana", "segredo");
    let mut bob = TChat::join(&world, "bob");
    let mut old = logged_in(&world, "segredo");
    bob.told("ana entrou");
    let mut new = logged_in(&world, "segredo");
    old.told("até logo, ana: você entrou por outra conexão");
    old.expect_end();
    bob.told("ana voltou");
    new.say("de novo eu");
    bob.reads("ana", "de novo eu");
    bob.expect_silence();
}

#[test]
fn only_the_lock_of_accounts_is_on_disk_before_a_registration_and_all_is_the_owners() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::start();
    leaves(TChat::join(&world, "ana"));
    let files = || {
        let files = std::fs::read_dir(world.folder.path()).expect("it is a folder");
        let paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        paths
    };
    let mut accounts = files();
    // What was said is kept from the start on.
    accounts.retain(|path| !path.display().to_string().contains("archive.db"));
    assert_eq!(accounts, [world.folder.path().join("accounts.lock")]);
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
        broken.asked();
        broken.say("ana");
        broken.asked_password("ana");
        broken.say(password);
        broken.breaks();
    }
    let mut ana = logged_in(&world, "segredo");
    ana.say("enfim");
    // The first may have been welcomed before it broke; then it joined, left and is back now.
    let mut said = Vec::new();
    while said
        .last()
        .is_none_or(|line| *line != bob.form().public("ana", "enfim"))
    {
        said.push(bob.hear().expect("a line"));
    }
    let count = |start: &str| {
        let start = bob.form().event(start);
        said.iter().filter(|line| line.starts_with(&start)).count()
    };
    let came = count("ana entrou") + count("ana voltou");
    assert_eq!(came, count("ana saiu") + 1, "{said:?}");
    bob.say("/online");
    bob.lists("bob, ana", "");
}
