//! What lines and events are taken for.

use super::*;

#[test]
fn answers_and_ids() {
    let answer = |name, remark, text| Line::Public { name, remark, text };
    let (name, text) = ("ana", "waves");
    let line = Box::new(Line::Action { name, text });
    let with_id = Line::WithId { id: "a3", line };
    let answered = answer("ana", "re bob", "\"a > b\" yes");
    assert_eq!(Line::parse("<ana re bob> \"a > b\" yes"), answered);
    assert_eq!(Line::parse("[a3] ~ ana waves"), with_id);
    assert_eq!(Line::parse("[a3] hello"), Line::Other("[a3] hello"));
    let (room, line) = ("games", Box::new(answer("ana", "edited", "yes")));
    let elsewhere = Line::parse("#games <ana edited> yes");
    assert_eq!(elsewhere, Line::OtherRoom { room, line });
}

#[test]
fn kinds_of_lines() {
    let private = |head, name, text| Line::Private { head, name, text };
    let public = |name, text| Line::Public {
        name,
        remark: "",
        text,
    };
    let other = |room, line| Line::OtherRoom {
        room,
        line: Box::new(line),
    };
    for (line, expected) in [
        ("<ana> a > b", public("ana", "a > b")),
        ("<ana> ", public("ana", "")),
        (
            "[private from ana] psst",
            private("private from ana", "ana", "psst"),
        ),
        (
            "[privado de ana] [x] y",
            private("privado de ana", "ana", "[x] y"),
        ),
        (
            "~ ana waves",
            Line::Action {
                name: "ana",
                text: "waves",
            },
        ),
        ("* ana joined", Line::Event("ana joined")),
        ("! no such user: bob", Line::Error("no such user: bob")),
        ("#games <ana> hi", other("games", public("ana", "hi"))),
        (
            "#games ~ ana waves",
            other(
                "games",
                Line::Action {
                    name: "ana",
                    text: "waves",
                },
            ),
        ),
        (
            "#jogos * ana entrou",
            other("jogos", Line::Event("ana entrou")),
        ),
        ("#games", Line::Other("#games")),
        ("#games hi", Line::Other("#games hi")),
        ("#games ! no", Line::Other("#games ! no")),
        ("#a #b <ana> x", Line::Other("#a #b <ana> x")),
        (
            "#games [private from ana] x",
            Line::Other("#games [private from ana] x"),
        ),
        ("", Line::Other("")),
        ("<ana", Line::Other("<ana")),
        ("hello", Line::Other("hello")),
        ("é", Line::Other("é")),
    ] {
        assert_eq!(Line::parse(line), expected, "for {line}");
    }
}

#[test]
fn events() {
    for (text, expected) in [
        ("papo: what is your name?", Event::NameQuestion),
        (
            "papo: what is the password of ana? (an empty line: another name)",
            Event::PasswordQuestion,
        ),
        (
            "papo: qual é a senha de ana? (linha vazia: outro nome)",
            Event::PasswordQuestion,
        ),
        (
            "papo: what is the password of the operators? (an empty line: none)",
            Event::PasswordQuestion,
        ),
        (
            "papo: qual é a senha dos operadores? (linha vazia: nenhuma)",
            Event::PasswordQuestion,
        ),
        (
            "welcome, ana! you are alone in lobby; ...",
            Event::Welcome("ana"),
        ),
        ("boas-vindas, zé! ...", Event::Welcome("zé")),
        ("you are now anna", Event::Renamed("anna")),
        ("seu nome agora é anna", Event::Renamed("anna")),
        ("bob left: \"you are now eva\"", Event::Other),
        ("bob is now robert", Event::OtherName("bob", "robert")),
        ("[server] you are now eva", Event::Other),
        ("your name is now me", Event::Other),
        ("welcome, ", Event::Other),
        ("you are alone in games", Event::SpeaksIn("games")),
        (
            "you are in games with bob and eva",
            Event::SpeaksIn("games"),
        ),
        ("você está em jogos com rita", Event::SpeaksIn("jogos")),
        ("you are in 20 rooms already", Event::Other),
        ("you are not in games any more", Event::NotIn("games")),
        ("você não está mais em jogos", Event::NotIn("jogos")),
        ("bye, ana: the operator removed you (x)", Event::Dismissal),
        ("até logo, ana", Event::Dismissal),
        ("bye, ana: the server stops", Event::Other),
        ("bye: too many connections from your address", Event::Other),
        (
            "até logo, ana: você entrou por outra conexão",
            Event::Dismissal,
        ),
    ] {
        assert_eq!(Event::parse(text), expected, "for {text}");
    }
}

#[test]
fn rooms_in_events() {
    for (text, expected) in [
        ("2 rooms: lobby (3, you), games (1)", "lobby games"),
        ("1 sala: lobby (1, você)", "lobby"),
        ("you are alone in games", "games"),
        ("2 here: ana (x), bob", ""),
        ("ana left: \"2 rooms: a (1)\"", ""),
    ] {
        assert_eq!(rooms_told(text).join(" "), expected, "for {text}");
    }
}

#[test]
fn names_in_events() {
    for (text, expected) in [
        ("ana joined", "ana"),
        ("ana is back", "ana"),
        ("ana, bob e carl voltaram", "ana bob carl"),
        ("ana, bob and carl joined", "ana bob carl"),
        ("ana, bob e mais 807 entraram", "ana bob"),
        (
            "welcome, eva! you are in lobby with bob, carl and 3 others; /help lists",
            "bob carl",
        ),
        ("you are in games with bob and carl", "bob carl"),
        ("você está em games com bob e carl", "bob carl"),
        (
            "you are also in games with bob; its lines begin with #games, and ...",
            "bob",
        ),
        (
            "você também está em games com bob e eva; as linhas de lá começam ...",
            "bob eva",
        ),
        (
            "you are also in games, alone; its lines begin with #games",
            "",
        ),
        ("topic of games: \"you are with bob\"", ""),
        ("2 here: ana, bob", "ana bob"),
        ("2 aqui: ana, bob", "ana bob"),
        ("ana left: \"with love\"", ""),
        ("ana left: \"eva joined\"", ""),
        ("ana left: \"2 here: eva\"", ""),
        ("ana left", ""),
    ] {
        assert_eq!(names_told(text).join(" "), expected, "for {text}");
    }
}
