//! The text dialect.
