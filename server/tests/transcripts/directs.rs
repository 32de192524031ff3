//! What happens among the direct users of a transcript.

use papo_server::dialect::Style;
use papo_server::hub::{Direct, Notice};

use super::{Stage, clock, rendered};

impl Stage {
    pub(super) fn direct_event(&mut self, line: &str) {
        let (email, what) = line.split_once(' ').expect("who and what");
        let event = match what.strip_prefix("to ") {
            _ if what == "online" => Direct::Online(email.into()),
            _ if what == "offline" => Direct::Offline(email.into()),
            Some(private) => {
                let (to, text) = private.split_once(": ").expect("to whom: what");
                let (from, to, text) = (email.into(), to.to_owned(), text.into());
                Direct::Private { from, to, text }
            }
            None => panic!("no such event: {what}"),
        };
        let mut effects = Vec::new();
        let done = self.hub.direct(self.now, event, &mut effects);
        self.take_effect(effects);
        if let Err(complaint) = done {
            let told = rendered(
                Style::default(),
                clock(self.now),
                &Notice::Refused(complaint),
            );
            self.write(format_args!("directory< {}", told.trim_end()));
        }
    }
}
