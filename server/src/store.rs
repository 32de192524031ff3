//! What is kept on disk or read from it. Each part has a thread of its own, so that the loop never
//! waits for a disk; the loop hands in jobs and takes out what is done (jobs.rs).

pub mod accounts;
pub mod jobs;
pub mod motd;
