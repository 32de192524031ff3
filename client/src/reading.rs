//! How somebody wants to read at a terminal. Only data: options.rs fills it, and the terminal does it.

/// See the top of this file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Whether lines are shown with the time of day at which they were said.
    pub(crate) times: bool,
}
