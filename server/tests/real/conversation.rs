//! People talk with what they have: two with nc, one with telnet, one with papo, in both languages.

use crate::harness::Server;
use crate::people::{Person, Program};

#[test]
fn two_with_nc_and_one_with_telnet() {
    let server = Server::start("");
    let mut ana = Program::nc(&server, &[]).named("ana");
    let mut bob = Program::nc(&server, &[]).named("bob");
    ana.expect("* bob joined");
    let mut carl = Program::telnet(&server).named("carl");
    ana.expect("* carl joined");
    bob.expect("* carl joined");

    ana.say("good morning");
    bob.expect("<ana> good morning");
    carl.expect("<ana> good morning");
    carl.say("/me waves");
    ana.expect("~ carl waves");
    bob.expect("~ carl waves");

    bob.say("@carl psst");
    carl.expect("[private from bob] psst");
    carl.say("/reply yes?");
    bob.expect("[private from carl] yes?");

    carl.say("/join games");
    carl.expect("* you are alone in games");
    ana.expect("* carl went to games");
    bob.expect("* carl went to games");
    ana.say("/online");
    ana.expect("* 2 here: ana, bob");
    ana.expect("* 1 elsewhere: carl (games)");
    carl.say("nobody hears this");
    carl.expect_nothing_else();
    bob.say("/join games");
    bob.expect("* you are in games with carl");
    bob.expect_past("<carl> nobody hears this");
    carl.expect("* bob joined");
    ana.expect("* bob went to games");

    bob.say("/quit good night");
    bob.expect("* bye, bob");
    carl.expect("* bob left: \"good night\"");
    carl.say("/quit");
    carl.expect("* bye, carl");
    // telnet ends when the server closes; nc when its input ends too.
    carl.expect_exit();
    bob.end_input();
    bob.expect_exit();
    ana.expect_nothing_else();
}

#[test]
fn one_in_three_rooms_with_nc() {
    let server = Server::start("");
    let mut ana = Program::nc(&server, &[]).named("ana");
    let mut bob = Program::nc(&server, &[]).named("bob");
    ana.expect("* bob joined");
    bob.say("/join games");
    ana.expect("* bob went to games");
    bob.expect("* you are alone in games");
    let mut carl = Program::telnet(&server).named("carl");
    ana.expect("* carl joined");
    carl.say("/join chess");
    ana.expect("* carl went to chess");
    carl.expect("* you are alone in chess");

    ana.say("/also games");
    ana.expect_start("* you are also in games with bob; ");
    bob.expect("* ana joined");
    ana.say("/also chess");
    ana.expect_start("* you are also in chess with carl; ");
    carl.expect("* ana joined");
    bob.say("hello");
    ana.expect("#games <bob> hello");
    carl.say("/me waves");
    ana.expect("#chess ~ carl waves");
    ana.say("nobody hears this");
    bob.say("@ana psst");
    ana.expect("[private from bob] psst");

    ana.say("/join games");
    ana.expect("* you are in games with bob");
    ana.say("hello bob");
    bob.expect("<ana> hello bob");
    bob.say("hello again");
    ana.expect("<bob> hello again");
    bob.say("/topic tic tac toe");
    ana.expect("* bob changed the topic: \"tic tac toe\"");
    bob.expect("* bob changed the topic: \"tic tac toe\"");

    ana.say("/leave");
    ana.expect("* you are in chess with carl");
    bob.expect("* ana went to chess");
    ana.say("/quit");
    ana.expect("* bye, ana");
    carl.expect("* ana left");
    bob.expect_nothing_else();
    carl.expect_nothing_else();
}

#[test]
fn dois_com_nc_e_um_com_telnet() {
    let server = Server::start("--lang pt");
    let mut ana = Program::nc(&server, &[]).nomeado("ana");
    let mut bob = Program::telnet(&server).nomeado("bob");
    ana.expect("* bob entrou");
    let mut caio = Program::nc(&server, &[]).nomeado("caio");
    ana.expect("* caio entrou");
    bob.expect("* caio entrou");

    bob.say("olá, coração!");
    ana.expect("<bob> olá, coração!");
    caio.expect("<bob> olá, coração!");
    ana.say("/para caio você vem?");
    caio.expect("[privado de ana] você vem?");
    caio.say("/responder já estou aí");
    ana.expect("[privado de caio] já estou aí");

    caio.say("/entrar jogos");
    caio.expect("* você está só em jogos");
    ana.expect("* caio foi para jogos");
    bob.expect("* caio foi para jogos");
    bob.say("/quem");
    bob.expect("* 2 aqui: ana, bob");
    bob.expect("* 1 em outras salas: caio (jogos)");
    ana.say("/onlin");
    ana.expect_start("! comando não encontrado: /onlin; você quis dizer /");
    bob.say("/sair");
    bob.expect("* até logo, bob");
    bob.expect_end();
    ana.expect("* bob saiu");
}

#[test]
fn each_in_their_own_language() {
    let server = Server::start("");
    let mut ana = Program::nc(&server, &[]).named("ana");
    let mut bob = Program::nc(&server, &[]);
    bob.expect("* papo: what is your name?");
    bob.say("/lang pt");
    bob.expect("* seu idioma é português");
    bob.nomeie("bob");
    ana.expect("* bob joined");
    ana.say("/nick anna");
    ana.expect("* you are now anna");
    bob.expect("* ana agora é anna");
    bob.say("@anna oi");
    ana.expect("[private from bob] oi");
    ana.say("/lang pt");
    ana.expect("* seu idioma é português");
    bob.say("/sair");
    bob.expect("* até logo, bob");
    ana.expect("* bob saiu");
}

#[test]
fn nc_telnet_and_papo() {
    let server = Server::start("");
    let mut ana = Program::nc(&server, &[]).named("ana");
    let mut bob = Program::nc(&server, &[]).named("bob");
    ana.expect("* bob joined");
    let mut carl = Program::telnet(&server).named("carl");
    let mut dora = Program::papo(&server, "dora", "pt");
    ana.expect("* carl joined");
    bob.expect("* carl joined");
    for other in [&mut ana, &mut bob, &mut carl] {
        other.expect("* dora joined");
    }
    dora.expect("* papo: what is your name?");
    dora.expect("* seu idioma é português");
    dora.expect("* papo: qual é o seu nome?");
    dora.expect_start("* boas-vindas, dora! você está em lobby com ana, bob e carl");

    dora.say("olá");
    for other in [&mut ana, &mut bob, &mut carl] {
        other.expect("<dora> olá");
    }
    carl.say("@dora psst");
    dora.expect("[privado de carl] psst");
    dora.say("/r sim?");
    carl.expect("[private from dora] sim?");
    bob.say("/quit");
    bob.expect("* bye, bob");
    dora.expect("* bob saiu");
    dora.say("/sair tchau");
    dora.expect("* até logo, dora");
    dora.expect_exit();
    carl.expect("* bob left");
    carl.expect("* dora left: \"tchau\"");
}

/// What `Person::named` does, in Portuguese.
trait Pessoa: Person {
    fn nomeado(mut self, nome: &str) -> Self {
        self.nomeie(nome);
        self
    }

    fn nomeie(&mut self, nome: &str) {
        self.expect("* papo: qual é o seu nome?");
        self.say(nome);
        self.expect_start(&format!("* boas-vindas, {nome}! você está "));
    }
}

impl Pessoa for Program {}
