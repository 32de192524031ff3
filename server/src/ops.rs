//! What operators see and set: options, log, metrics, privileges, the service manager. None of it
//! handles lines of chat or decides what users may do.

pub mod announcement;
pub mod export;
pub mod invitation;
pub mod logging;
pub mod metrics;
pub mod options;
pub mod privileges;
pub mod systemd;
