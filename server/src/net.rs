//! What touches the kernel: readiness, sockets, signals, the keyboard, and the narrow interface of
//! system calls (`sys`) that the loop stands on. Nothing here knows what chat is.

pub mod console;
pub mod listen;
pub mod os;
pub mod poller;
pub mod reach;
pub mod signals;
pub mod sys;
pub mod udp;
