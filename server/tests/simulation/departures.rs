//! How peers leave: with a word, by closing their half, by a reset, or in the middle of something.

use crate::dice::Dice;
use crate::kinds::Kind;
use crate::net::Net;
use crate::peers::Peer;

impl Peer {
    /// Leaves in a random way.
    pub(crate) fn end(&mut self, net: &mut Net, dice: &mut Dice) {
        self.over = true;
        if self.kind == Kind::Dribbler {
            let unsent = self.unsent.drain(..).flatten();
            net.links[self.link].to_server.extend(unsent);
        }
        match dice.below(5) {
            0 | 1 if self.browser.is_some() => self.close(net),
            0 if self.kind == Kind::Relay => self.say(net, "x"),
            0 => self.say(net, dice.pick(&["/quit", "/quit so long"])),
            1 => {
                self.sent += 1;
                let last = format!("x{}.{}", self.link, self.sent);
                net.links[self.link].to_server.extend(last.bytes());
                net.links[self.link].fin = true;
                net.counts.add("last line without end");
            }
            2 => {
                net.links[self.link].fin = true;
                net.counts.add("half-close");
            }
            3 => {
                self.talk(net, dice, false);
                net.links[self.link].reset = true;
                net.counts.add("reset with data pending");
            }
            _ => {
                let link = &mut net.links[self.link];
                link.to_server.clear();
                link.reset = true;
                net.counts.add("reset");
            }
        }
        // Unsent pieces are dropped, except a closing word.
        let last = self.unsent.pop().filter(|_| !net.links[self.link].fin);
        net.links[self.link]
            .to_server
            .extend(last.into_iter().flatten());
        self.unsent.clear();
    }

    /// A browser ends its conversation.
    fn close(&mut self, net: &mut Net) {
        let link = &mut net.links[self.link];
        if let Some(browser) = &mut self.browser {
            let how = browser.close(link);
            net.counts.add(how);
        }
    }

    /// Closes its half, unless it has left.
    pub(crate) fn hang_up(&mut self, net: &mut Net) {
        self.over = true;
        net.links[self.link].fin = true;
    }
}
