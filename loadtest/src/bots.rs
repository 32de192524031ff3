//! The bots: sockets that come in by name, talk, are owed lines and leave. What they say is in
//! `protocol`, when they say it is decided in `measure`.

pub(crate) mod bot;
pub(crate) mod crowd;
pub(crate) mod leave;
pub(crate) mod ledger;
pub(crate) mod line;
pub(crate) mod net;
pub(crate) mod poller;
