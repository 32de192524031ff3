//! The bots: sockets that join by name, send and receive lines, and leave. `protocol` has the bytes that
//! they send, `measure` decides when they send lines.

pub(crate) mod bot;
pub(crate) mod join;
pub(crate) mod leave;
pub(crate) mod ledger;
pub(crate) mod line;
pub(crate) mod net;
pub(crate) mod poller;
pub(crate) mod tls;
