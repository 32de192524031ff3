//! A bell or a notification of the desktop, as the terminal can give it. Text in one is clean already (see text.rs),
//! and what separates its fields is taken out, so that nobody who writes can command the terminal by it.

use std::env;
use std::time::{Duration, Instant};

use super::prompt::cut;
use crate::reading::Notify;

/// A flood of private lines is told once in so long.
const PAUSE: Duration = Duration::from_secs(1);
/// The most columns of a text: it is a hint, and not for reading all of it.
const COLUMNS: usize = 100;

/// What tells of this, unless something was told a moment ago: `last` is when.
pub(super) fn notice(notify: Notify, text: &str, last: &mut Option<Instant>) -> Option<String> {
    let now = Instant::now();
    if last.is_some_and(|last| now < last + PAUSE) {
        return None;
    }
    let notice = match notify {
        Notify::Off => return None,
        Notify::Bell => "\x07".to_owned(),
        Notify::Desktop => sequence(&cut(&text.replace(';', ","), COLUMNS)),
    };
    *last = Some(now);
    Some(notice)
}

/// The sequence that this terminal knows: kitty's, that of rxvt and of those with GNOME's library, or iTerm's, which
/// most others know too. Terminals that know several would tell it several times.
fn sequence(text: &str) -> String {
    let term = env::var("TERM").unwrap_or_default();
    if term.contains("kitty") {
        format!("\x1b]99;;{text}\x1b\\")
    } else if term.contains("rxvt") || term.contains("foot") || env::var_os("VTE_VERSION").is_some()
    {
        format!("\x1b]777;notify;papo;{text}\x1b\\")
    } else {
        format!("\x1b]9;{text}\x1b\\")
    }
}
