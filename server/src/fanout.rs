//! From one rendered line to all its readers: the ring of a room (`feed`), which rings there are
//! (`feeds`), what one reader still has to get of one of them (`track`) and of all that it reads
//! (`reader`). Nothing here knows sockets or words.

pub mod feed;
pub mod feeds;
pub mod reader;
pub mod track;
