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

/// See the top of this file.
#[derive(Debug)]
pub(super) struct Notices {
    notify: Notify,
    last: Option<Instant>,
}

impl Notices {
    pub(super) fn of(notify: Notify) -> Notices {
        Notices { notify, last: None }
    }

    /// Somebody has said something that the user wants to know of.
    pub(super) fn tell(&mut self, name: &str, text: &str, now: Instant, out: &mut String) {
        if self.last.is_some_and(|last| now < last + PAUSE) || self.notify == Notify::Off {
            return;
        }
        self.last = Some(now);
        let text = cut(&format!("{name}: {text}").replace(';', ","), COLUMNS);
        match self.notify {
            Notify::Desktop => out.push_str(&sequence(&text)),
            Notify::Bell | Notify::Off => out.push('\x07'),
        }
    }
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
