//! Where others join with a browser, for whoever asks. The server finds it out at its start, and it stays so.

use std::rc::Rc;

use super::effect::Effect;
use super::id::Id;
use super::notice::Notice;
use super::{Hub, tell};

impl Hub {
    /// What is told from now on.
    pub fn set_address(&mut self, address: Rc<str>) {
        self.address = address;
    }

    pub(super) fn tell_where_to_join(&self, id: Id, effects: &mut Vec<Effect>) {
        tell(id, Notice::Address(self.address.clone()), effects);
    }
}
