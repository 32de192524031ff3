//! Tells users the address that others open in a browser. The server sets it once, at its start.

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
