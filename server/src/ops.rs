//! What operators see and set: options, log, metrics, privileges, the service manager. Nothing here
//! is on the way of a line, and nothing here decides what users may do.

pub mod logging;
pub mod metrics;
pub mod options;
pub mod privileges;
pub mod systemd;
