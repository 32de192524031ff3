//! What the operator of a simulated server has decided.

use papo_server::conn::ConnDefaults;
use papo_server::conn::web::Serves;
use papo_server::dialect::framing::Framing;
use papo_server::dialect::words::Lang;
use papo_server::dialect::{Dialect, Style};
use papo_server::flood::Rate;
use papo_server::turn::Config;

use crate::desk::motd;
use crate::dice::Dice;

/// The server's configuration in the simulation: a listener of each kind.
pub(crate) fn config(rate: Rate) -> Config {
    let defaults = |dialect, lang, framing| ConnDefaults {
        style: Style {
            dialect,
            lang,
            crlf: false,
            ..Style::default()
        },
        framing,
        endless: None,
        serves: Serves::Lines,
        secure: false,
    };
    let serving = |serves, framing| ConnDefaults {
        serves,
        ..defaults(Dialect::Text, Lang::En, framing)
    };
    // Clients that turn out to send no line ends have another form from then on.
    let guessed = ConnDefaults {
        endless: Some(defaults(Dialect::Vpn, Lang::Pt, Framing::Chunks).style),
        ..defaults(Dialect::Text, Lang::Pt, Framing::Unknown)
    };
    Config {
        listeners: vec![
            defaults(Dialect::Text, Lang::En, Framing::Lines),
            guessed,
            defaults(Dialect::Text, Lang::Pt, Framing::Chunks),
            defaults(Dialect::Relay, Lang::Pt, Framing::Chunks),
            defaults(Dialect::Text, Lang::En, Framing::Unknown),
            defaults(Dialect::Vpn, Lang::Pt, Framing::Chunks),
            serving(Serves::Web, Framing::Lines),
            serving(Serves::Both, Framing::Unknown),
            defaults(Dialect::Text, Lang::En, Framing::Lines),
            ConnDefaults {
                secure: true,
                ..serving(Serves::Web, Framing::Lines)
            },
        ],
        backlog: 0,
        rate,
        max_conns: 0,
        per_address: 0,
        per_minute: 0,
        memory: 256 << 20,
        // A turn reads up to 49 KiB, and a quarter of the ring is dropped at once.
        feed_bytes: 128 * 1024,
        motd: Vec::new(),
        lang: Lang::En,
        address: "http://192.168.1.5:12345".to_owned(),
        hosts: Vec::new(),
        quiet: false,
    }
}

/// What the operator decided, by the dice.
pub(crate) fn drawn(dice: &mut Dice) -> Config {
    let rate = Rate {
        lines_per_s: if dice.chance(500) { 20 } else { 0 },
        burst: 10,
    };
    let mut config = config(rate);
    config.backlog = if dice.chance(500) {
        dice.between(1, 5)
    } else {
        0
    };
    config.max_conns = if dice.chance(250) {
        dice.between(5, 12)
    } else {
        0
    };
    config.per_address = if dice.chance(250) {
        dice.between(1, 3) as u32
    } else {
        0
    };
    config.per_minute = if dice.chance(150) {
        dice.between(2, 6) as u32
    } else {
        0
    };
    if dice.chance(500) {
        config.memory = dice.between(1, 4) << 20;
    }
    config.motd = motd(1);
    config
}
