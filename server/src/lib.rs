//! papo's server.

pub mod clean;
pub mod dialect;
pub mod framing;
pub mod hub;
pub mod limits;
pub mod name;
pub mod telnet;
pub mod words;
