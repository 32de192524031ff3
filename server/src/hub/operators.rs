//! Operators: their orders, and what those mean for others. The console is an operator without a conn.
//!
//! Chat works without this folder's rules; the rest of the hub asks it only who is refused, who is
//! muted and who is an operator.

mod console;
pub(super) mod net;
mod order;
mod orders;
mod outcome;
mod refusals;
mod registrations;
pub(super) mod rules;

pub use order::{Account, Manage, Order};
pub(super) use orders::short;
pub use outcome::{Banned, Fault, Hook, Listed, Outcome};
pub use rules::{Ban, Target};
