//! What is stored on disk or read from it. Each part has a thread, so that the loop never waits for
//! a disk; the loop submits jobs and takes results (jobs.rs).

pub mod accounts;
pub mod archive;
pub mod certificate;
pub mod jobs;
pub mod motd;
pub mod rereader;
