//! From one rendered line to all its readers: the ring of a room (`feed`), what one reader still has
//! to get (`outbox`), and which rings there are (`feeds`). Nothing here knows sockets or words.

pub mod feed;
pub mod feeds;
pub mod outbox;
