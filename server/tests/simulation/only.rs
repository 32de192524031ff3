//! Servers that speak nothing but TLS, and those that speak none: what who comes otherwise is told.

use papo_server::flood::Rate;
use papo_server::limits::NAME_WITHIN;
use papo_server::turn::Server;

use crate::configs::config;
use crate::dice::Dice;
use crate::net::Net;
use crate::secure::{Client, DOOR, Stage};

#[test]
fn in_clear_one_is_told_that_all_is_encrypted() {
    let mut stage = Stage::new(true);
    let talker = stage.comes("ana\n");
    let ana = stage.comes_hidden(DOOR, "ana\n");
    stage.until(ana, "* welcome, ana! you are alone");
    stage.turns(20);
    let told = stage.told(talker);
    assert!(told.starts_with("* bye: here all is encrypted"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(stage.server.sys().links[talker].server_fin);
}

#[test]
fn where_all_is_encrypted_nothing_is_said_before_a_handshake_however_late_it_comes() {
    let mut stage = Stage::new(true);
    let (late, silent) = (stage.comes(""), stage.comes(""));
    let began = stage.server.sys().now;
    stage.server.sys().hurry = true;
    while stage.server.sys().now < began + NAME_WITHIN / 2 {
        stage.turns(1);
    }
    assert_eq!(stage.told(late) + &stage.told(silent), "");
    let mut client = Client::new();
    client.say("ana\n");
    let hello = client.output();
    stage.server.sys().links[late].to_server.extend(hello);
    stage.clients.push((late, client));
    stage.until(0, "* welcome, ana! you are alone");
    while !stage.server.sys().links[silent].server_fin {
        stage.turns(1);
    }
    let told = stage.told(silent);
    assert!(told.starts_with("* bye: here all is encrypted"), "{told}");
}

#[test]
fn without_a_certificate_who_speaks_tls_reads_an_alert() {
    let config = config(Rate {
        lines_per_s: 0,
        burst: 1,
    });
    let server = Server::new(Net::new(Dice::new(1)), config);
    let mut stage = Stage {
        server,
        clients: Vec::new(),
    };
    let link = stage.comes("");
    let mut client = Client::new();
    stage.server.sys().links[link]
        .to_server
        .extend(client.output());
    stage.turns(10);
    let written = stage.server.sys().links[link].written.clone();
    client.connection.read_tls(&mut &*written).expect("memory");
    let fault = client
        .connection
        .process_new_packets()
        .expect_err("an alert");
    assert!(fault.to_string().contains("HandshakeFailure"), "{fault}");
    assert!(stage.server.sys().links[link].server_fin);
}
