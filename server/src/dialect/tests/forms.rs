//! How one conversation looks in the form of each dialect.

use super::*;

/// A public line, an action, a private line, a join, a leave, a refusal, the operator, lines of before.
fn conversation() -> Vec<Notice> {
    let (ana, bob) = (name("ana"), name("Bob"));
    let said = |kind, seconds| Said {
        id: LineId {
            epoch: 1,
            number: 1,
        },
        from: bob.clone(),
        text: "antes".into(),
        kind,
        age: Duration::from_secs(seconds),
        is_edited: false,
        re: None,
    };
    vec![
        Notice::AskName,
        Notice::Public {
            from: ana.clone(),
            text: "olá".into(),
        },
        Notice::Action {
            from: ana.clone(),
            text: "acena".into(),
        },
        Notice::Private {
            from: Who::User(ana),
            text: "oi".into(),
        },
        Notice::Joined(crowd(&["Bob"], 0)),
        Notice::Left {
            who: crowd(&["Bob"], 0),
            why: Gone::Hangup,
        },
        Notice::Refused(Complaint::NoSuchUser("eva".to_owned())),
        Notice::Announced("manutenção".into()),
        Notice::Online {
            here: crowd(&["Bob", "rita"], 0),
            away: Box::new(crowd(&["rita"], 0)),
            elsewhere: vec![(name("Eva"), name("jogos"))],
            others_elsewhere: 2,
            direct: vec!["davi@escola.br".into()],
            others_direct: 0,
        },
        Notice::History {
            room: name("jogos"),
            lines: Lines::Marked,
            said: vec![said(SaidKind::Line, 12 * 3600), said(SaidKind::Action, 55)],
            replay: Replay::Asked,
        },
    ]
}

fn check_form(dialect: Dialect, expected: &str) {
    let notices = conversation();
    let lines = notices
        .iter()
        .map(|notice| shown(dialect, Lang::Pt, notice));
    let lines: String = lines.collect();
    assert_eq!(lines.replace('\u{1b}', "^"), expected);
}

#[test]
fn papo() {
    check_form(
        Dialect::Text,
        "* papo: qual é o seu nome?
<ana> olá
~ ana acena
[privado de ana] oi
* Bob entrou
* Bob saiu
! usuário não encontrado: eva
* [servidor] manutenção
* 2 aqui: Bob, rita
* 3 em outras salas: Eva (jogos) e mais 2
* 1 ausente: rita
* 1 direto: davi@escola.br
* --- terça-feira, 25 de novembro de 2025 ---
* [23:25] #jogos <Bob> antes
* --- quarta-feira, 26 de novembro de 2025 ---
* [11:25] #jogos ~ Bob antes
",
    );
}

#[test]
fn sistema() {
    check_form(
        Dialect::Relay,
        "ana: olá
~ ana acena
[privado de ana] oi
! usuário não encontrado: eva
[servidor] manutenção
",
    );
}

#[test]
fn tchat() {
    check_form(
        Dialect::TChat,
        "papo: qual é o seu nome? \
^[90m[11:25:55]^[0m ^[36m<ana>^[0m olá^[0m
^[90m[11:25:55]^[0m ^[36m~ ana^[0m acena^[0m
^[90m[11:25:55]^[0m ^[35m<ana (privado)>^[0m oi^[0m
^[90m[11:25:55]^[0m ^[33m* bob entrou^[0m
^[90m[11:25:55]^[0m ^[33m* bob saiu^[0m
^[31m! usuário não encontrado: eva^[0m
^[90m[11:25:55]^[0m ^[33m* [servidor] manutenção^[0m
^[33mOnline: bob, rita^[0m
^[33mOnline em outras salas: eva (jogos) e mais 2^[0m
^[33mOnline direto: davi@escola.br^[0m
^[33m* --- terça-feira, 25 de novembro de 2025 ---^[0m
^[90m[23:25:55]^[0m #jogos ^[36m<bob>^[0m antes^[0m
^[33m* --- quarta-feira, 26 de novembro de 2025 ---^[0m
^[90m[11:25:00]^[0m #jogos ^[36m~ bob^[0m antes^[0m
",
    );
}

#[test]
fn vpn() {
    check_form(
        Dialect::Vpn,
        "* papo: qual é o seu nome?
ana: olá
~ ana acena
ana (privado): oi
* Bob entrou
* Bob saiu
! usuário não encontrado: eva
[servidor] manutenção
Online: Bob, rita
Online em outras salas: Eva (jogos) e mais 2
Online direto: davi@escola.br
* --- terça-feira, 25 de novembro de 2025 ---
(23:25) #jogos Bob: antes
* --- quarta-feira, 26 de novembro de 2025 ---
(11:25) #jogos ~ Bob antes
",
    );
}

#[test]
fn rede() {
    check_form(
        Dialect::Rede,
        "papo: qual é o seu nome? 
ana: olá
~ ana acena
ana (privado): oi
[Servidor] Bob entrou
[Servidor] Bob saiu
[Servidor] usuário não encontrado: eva
[Operador] manutenção
Online: Bob, rita
Online em outras salas: Eva (jogos) e mais 2
Online direto: davi@escola.br
[Servidor] --- terça-feira, 25 de novembro de 2025 ---
(23:25) #jogos Bob: antes
[Servidor] --- quarta-feira, 26 de novembro de 2025 ---
(11:25) #jogos ~ Bob antes
",
    );
}
