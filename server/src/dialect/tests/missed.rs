//! What somebody who is back is told of what they missed.

use std::time::Duration;

use super::{check, name};
use crate::hub::{Missed, Notice};

#[test]
fn who_has_missed_too_much_is_told_the_command_that_shows_all() {
    let told = |elsewhere, shown, hours: u64| {
        let first = Duration::from_secs(hours * 3600);
        let (count, is_all) = (300, shown > 0);
        let missed = Missed::More {
            count,
            is_all,
            shown,
            first,
        };
        Notice::Missed { elsewhere, missed }
    };
    check(
        &told(None, 90, 1),
        "* 300 lines since you were away; here are the last 90; /history since 10:25 shows all",
        "* 300 linhas enquanto você esteve fora; estas são as últimas 90; /historico desde 10:25 mostra todas",
    );
    check(
        &told(Some(name("games")), 0, 48),
        "* more than 300 lines since you were away in games; /history since 2025-11-24 11:25 games shows all",
        "* mais de 300 linhas enquanto você esteve fora em games; /historico desde 2025-11-24 11:25 games mostra todas",
    );
}
