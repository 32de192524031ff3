//! What touches the kernel: readiness, sockets, signals, the keyboard, and the narrow interface of
//! system calls (`sys`) below the loop. Nothing here knows chat.

pub mod console;
pub mod listen;
pub mod os;
pub mod poller;
pub mod reach;
pub mod signals;
pub mod sys;
